import type { Given } from "./given";

/** One additional service. */
export const service = (fields: object): Given => ({
  additional_services: [{ name: "tika", image: "apache/tika:2.9.2", port: 9998, ...fields }],
});
/** Initialization jobs named job-0, job-1, … */
export const job = (...jobs: object[]): Given => ({
  initialization_jobs: jobs.map((fields, index) => ({ name: `job-${index}`, image: "busybox:1.37", ...fields })),
});
/** One cron job. */
export const cron = (fields: object): Given => ({ cron_jobs: [{ name: "clean", schedule: "0 3 * * *", ...fields }] });
