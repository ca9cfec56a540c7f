import type { Manifest } from "./backups";
import type { Progress } from "./record";

/** @returns what a restore will do. @param files the backup that shared files come from. @default - the same */
export function steps(
  { cronJobs, delivering, replicas, safety }: Pick<Progress, "cronJobs" | "delivering" | "replicas" | "safety">,
  manifest: Manifest,
  files?: string,
): string {
  const pipeline = delivering ? ", and the delivery pipeline takes no releases" : "";
  return `1. ${Object.keys(replicas).length} Deployments and StatefulSets and ${cronJobs.length} CronJobs are stopped${pipeline}: nobody can use Dify.
2. The current data is backed up as ${safety}.
3. All data in the databases is replaced by that of the backup. ${sharedFiles(manifest, files)}
4. Everything is started again.
Uploads, in the environment's other buckets, stay as they are.`;
}

/** @returns what happens to the shared files. @param files the backup that they come from. @default - the same */
function sharedFiles({ share }: Manifest, files?: string): string {
  if (files !== undefined) return `Its shared files are put back as they were in ${files}; newer files stay.`;
  return share ? "Its shared files are put back; newer files stay." : "It has no shared files: the existing ones stay.";
}

/** @returns what happens to credentials; nothing, where they are the environment's own */
export function credentials({ remove }: Manifest): string {
  switch (remove) {
    case "all":
      return "Credentials of models, tools, triggers, data sources, traces and APIs are removed, and secret variables of workflows emptied.\n";
    case "system":
      return "Credentials come along, except OAuth clients of the system.\n";
    case undefined:
      return "";
  }
}
