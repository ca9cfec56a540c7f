import { standardAlerts } from "../../modules/app-gke/monitoring/standard-alerts";
import { code } from "./markdown";

/** @returns a heading for each standard alert, with what it means and what to do */
export function alertsSection(): string {
  return standardAlerts
    .map(({ id, title, severity, opens = "more", threshold, unit, minutes, meaning, remedy }) => {
      const lasting = minutes === 0 ? "" : `, for ${minutes} minutes`;
      const when = `${unit.charAt(0).toUpperCase()}${unit.slice(1)}: ${opens} than ${threshold}${lasting}.`;
      return `### ${code(id)}\n\n${severity}: ${title}. ${when}\n\n${meaning} ${remedy}\n`;
    })
    .join("\n");
}
