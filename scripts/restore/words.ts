import type { Manifest } from "./backups";

/** @returns what happens to the shared files. @param files the backup that they come from. @default - the same */
export function sharedFiles({ share }: Manifest, files?: string): string {
  if (files !== undefined) return `Its shared files are put back as they were in ${files}; those that came later stay.`;
  return share
    ? "Its shared files are put back; those that came later stay."
    : "It has no shared files: those that are there stay.";
}

/** @returns what becomes of credentials; nothing, where they are the environment's own */
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
