import { hash } from "../installation";

/** How environments that use a file server by its name note that for the environment that made it: docs/operations.md. */

export interface UsedFileServer {
  readonly projectId: string;
  readonly name: string;
}

/** @returns what the annotations of all its guests begin with; they end with the port of their Redis, 0 without one */
export function guestNotePrefix({ projectId, name }: UsedFileServer): string {
  return `file-server-${hash([projectId, name].join(" ")).slice(0, 16)}-`;
}

/** @returns the annotation of a guest @param guest what its names begin with @param port of its Redis there */
export function guestNote(server: UsedFileServer, guest: string, port: string | undefined): string {
  return `${guestNotePrefix(server)}${hash(guest).slice(0, 8)}-${port ?? "0"}`;
}
