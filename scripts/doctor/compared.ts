import type { Requirement } from "../../modules/app-gke/google/requirement";
import { type Finding, good } from "./finding";

/** @returns a finding for each requirement that is not met, as a plan would say it */
export function compared<Found>(requirements: readonly Requirement<Found>[], service: Found, fits: string): Finding[] {
  const unmet = requirements.filter(({ met }) => !met(service));
  if (unmet.length === 0) return [good(fits)];
  return unmet.map(({ message, shown }) => {
    const { fact, consequence, ...rest } = message(shown?.of(service) ?? "");
    return { level: "problem", fact: `${fact}.`, consequence: sentence(consequence), ...rest };
  });
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
