import { hash } from "../installation";

/** Notes with which environments that use a file server by its name tell the environment that made it: docs/operations.md. */

export interface UsedFileServer {
  readonly projectId: string;
  readonly name: string;
}

/** @returns the prefix of the annotations of all its guests; they end with the port of the guest's Redis, or 0 */
export function guestNotePrefix({ projectId, name }: UsedFileServer): string {
  return `file-server-${hash([projectId, name].join(" ")).slice(0, 16)}-`;
}

/** @returns the annotation of a guest @param guest its resource prefix @param port of its Redis on the file server */
export function guestNote(server: UsedFileServer, guest: string, port: string | undefined): string {
  return `${guestNotePrefix(server)}${hash(guest).slice(0, 8)}-${port ?? "0"}`;
}
