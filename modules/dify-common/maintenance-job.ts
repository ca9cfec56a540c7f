import type { Job } from "../app-gke/application-config";
import { literal } from "../app-gke/terraform/literal";
import { projectFile } from "../app-gke/terraform/project-file";
import { imageOf } from "./components/image";
import { databaseOfJob, jobLogin, pluginDatabase } from "./environment";
import { JOB_DIRECTORY } from "./postgres-clients";
import type { DatabaseMaintenance, DifySettings } from "./settings";

/** Name of the job that keeps the databases in shape. */
export const MAINTENANCE_JOB = "database-maintenance";
const SCRIPT = "maintain-database.py";
/** After its window, a run only has to notice that it is over. */
const GRACE_SECONDS = 600;

/** Reports sizes, vacuums and builds indexes again. In the API's image, which has Python and a driver. */
export function maintenanceJob(settings: DifySettings, { schedule, tasks, minutes }: DatabaseMaintenance): Job {
  const script = projectFile(`scripts/jobs/${SCRIPT}`);
  return {
    name: MAINTENANCE_JOB,
    description: "Reports the databases' sizes, vacuums them and builds their indexes again",
    image: imageOf(settings, "api"),
    command: ["python", `${JOB_DIRECTORY}/${SCRIPT}`],
    environment: (bindings) => ({
      ...databaseOfJob(settings, bindings, MAINTENANCE_JOB),
      ADDITIONAL_DATABASES: pluginDatabase(settings),
      TASKS: tasks.join(" "),
      WINDOW_MINUTES: String(minutes),
    }),
    secrets: jobLogin(settings),
    files: [{ mountPath: `${JOB_DIRECTORY}/${SCRIPT}`, content: () => literal(script) }],
    resources: { cpu: "250m", memory: "512Mi" },
    security: { runAsUser: 1001 },
    needs: { database: true },
    schedule,
    concurrencyPolicy: "Forbid",
    // What a run did not do, the next one does.
    retries: 0,
    timeoutSeconds: minutes * 60 + GRACE_SECONDS,
    // Later than that, it would no longer be in its window.
    startingDeadlineSeconds: 600,
    beforeComponents: false,
  };
}
