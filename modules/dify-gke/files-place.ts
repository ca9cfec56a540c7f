import type { Variables } from "./variables";

/** Where the shared files are: on the file server, on a Filestore that is made here or one that exists, or nowhere. */
export type FilesPlace = "file_server" | "filestore" | "external" | "none";

/** The variables that say where shared files are, and where they were. */
export type FilesChoice = Pick<Variables, "enable_nfs" | "filestore_name" | "filestore_tier" | "files_move_from">;

/** Their names, for rules. */
export const FILES_CHOICE = ["enable_nfs", "filestore_name", "filestore_tier", "files_move_from"] as const;

/** @returns where the environment's shared files are */
export function filesPlace(v: FilesChoice): FilesPlace {
  if (!v.enable_nfs) return "none";
  if (v.filestore_name !== "") return "external";
  return v.filestore_tier !== null && v.files_move_from !== "filestore" ? "filestore" : "file_server";
}

/** @returns the share that files are copied from, with this apply. `undefined`: they stay where they are, or are given up */
export function earlierFilesPlace(v: FilesChoice): "file_server" | "filestore" | undefined {
  return v.enable_nfs && v.files_move_from !== null && v.files_move_from !== "nothing" ? v.files_move_from : undefined;
}

/** @returns whether the foundation makes a Filestore */
export function makesFilestore(v: FilesChoice): boolean {
  return v.enable_nfs && v.filestore_name === "" && v.filestore_tier !== null;
}
