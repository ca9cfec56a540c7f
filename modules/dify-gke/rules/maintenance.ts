import type { Variables } from "../variables";
import { GOOGLE, type Rule } from "./rule";

/** https://cloud.google.com/kubernetes-engine/docs/concepts/maintenance-windows-and-exclusions#limitations-maint-exclusions */
const LONGEST_DAYS = 30;
const MOST = 3;

type Period = Variables["maintenance_exclusions"][number];

/** Zero or less if it ends before it begins. */
function days({ start_date, end_date }: Period): number {
  return (Date.parse(end_date) - Date.parse(start_date)) / 86_400_000;
}

const length: Rule = {
  id: "maintenance-exclusion-length",
  what: "A period of `maintenance_exclusions` of less than one day or more than 30",
  why: "GKE would refuse it, and the apply would stop.",
  risk: "Medium",
  severity: "error",
  variables: ["maintenance_exclusions"],
  source: GOOGLE,
  brokenBy: (v) =>
    v.maintenance_exclusions
      .filter((period) => days(period) <= 0 || days(period) > LONGEST_DAYS)
      .map((period) => `${period.start_date} to ${period.end_date}`),
  message: (_, subject) =>
    `The period of maintenance_exclusions from ${subject} does not last 1 to ${LONGEST_DAYS} days: GKE would refuse it, and the apply would stop. Set end_date to a day 1 to ${LONGEST_DAYS} days after start_date.`,
};

const number: Rule = {
  id: "maintenance-exclusions-few",
  what: "More than three periods in `maintenance_exclusions`",
  why: "A cluster takes three, and the apply would stop.",
  risk: "Medium",
  severity: "error",
  variables: ["maintenance_exclusions"],
  source: GOOGLE,
  brokenBy: (v) => v.maintenance_exclusions.length > MOST,
  message: (v) =>
    `maintenance_exclusions has ${v.maintenance_exclusions.length} periods, and a cluster takes at most ${MOST} without any upgrade: the apply would stop. Take out those that have passed, or those that begin last.`,
};

const apart: Rule = {
  id: "maintenance-exclusions-apart",
  what: "Periods of `maintenance_exclusions` that overlap",
  why: "GKE could refuse them, and the apply would stop.",
  risk: "Medium",
  severity: "error",
  variables: ["maintenance_exclusions"],
  source: GOOGLE,
  brokenBy: (v) =>
    [...v.maintenance_exclusions]
      .sort((a, b) => a.start_date.localeCompare(b.start_date))
      .flatMap((period, index, all) => {
        const before = all[index - 1];
        return before && period.start_date < before.end_date ? [period.start_date] : [];
      }),
  message: (_, subject) =>
    `The period of maintenance_exclusions that begins on ${subject} begins before another one has ended: GKE could refuse it, and the apply would stop. Merge the two into one period.`,
};

const ofOthers: Rule = {
  id: "maintenance-of-others",
  what: "Maintenance settings for a cluster and an instance that exist already",
  why: "What exists is never changed, so it has no effect.",
  risk: "Low",
  severity: "warning",
  variables: ["maintenance_start_time", "maintenance_exclusions", "gke_cluster_name", "sql_instance_name"],
  source: GOOGLE,
  brokenBy: (v) =>
    v.gke_cluster_name !== "" &&
    v.sql_instance_name !== "" &&
    (v.maintenance_start_time !== "" || v.maintenance_exclusions.length > 0),
  message: (v) =>
    `Maintenance is set here, but cluster ${v.gke_cluster_name} and instance ${v.sql_instance_name} exist already: it has no effect, because existing services are never changed. Take maintenance_start_time and maintenance_exclusions out of the file.`,
};

/** When Google may restart services, and when not. */
export const maintenanceRules: readonly Rule[] = [length, number, apart, ofOthers];
