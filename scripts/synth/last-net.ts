import { printable } from "../../modules/dify-gke/printable";

/** Errors of the file system, with what can be done about them. */
const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: "The disk is full. Free some space, then run it again.",
  EDQUOT: "The disk quota is used up. Free some space, then run it again.",
  EFBIG: "A file may not be that large here. Raise the limit (ulimit -f), then run it again.",
  EACCES: "Correct the path or its permissions.",
  EPERM: "Correct the path or its permissions.",
  EROFS: "The file system is read-only. Correct the path.",
  ENOTDIR: "A part of the path is a file and not a directory. Correct the path.",
  EEXIST: "A file with that name exists. Correct the path.",
  EMFILE: "This process cannot open more files. Raise the limit (ulimit -n), then run it again.",
};
const FAULT =
  "This is a fault of this project and not of your variable file. Please report it with the text above, the version in " +
  "package.json and, if you can, the output with DIFY_TRACE=1.";

/** What a shell says of a command that wrote to a pipe without a reader. */
const BROKEN_PIPE = 141;

/**
 * Ends the command without a message when the reader of its output, such as `head`, has seen enough. The exit code is 141, because the
 * command's own result is not known yet.
 */
export function endWithReader(): void {
  whenReaderIsGone(() => process.exit(BROKEN_PIPE));
}

/** Goes on without a reader: what the command has begun is not to be left half done. */
export function outliveReader(): void {
  whenReaderIsGone(() => undefined);
}

function whenReaderIsGone(then: () => void): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      then();
    });
  }
}

/**
 * Reports an error that nothing else has caught: of the file system, a missing program, or a fault of the project. None
 * of them needs a stack trace to be understood; `DIFY_TRACE=1` shows it to developers.
 * @param doing what failed, as in "writing the stacks to cdktf.out"
 * @param paths the settings that paths come from, as in "CDKTF_OUTDIR"
 */
export function lastNet(doing: string, error: unknown, paths?: string): void {
  const { code, message, syscall = "" } = error instanceof Error ? (error as NodeJS.ErrnoException) : failure(error);
  console.error(printable(`error: ${doing} failed: ${message}`));
  const remedy =
    typeof code !== "string" || !/^E[A-Z0-9]+$/.test(code) || code.startsWith("ERR")
      ? FAULT
      : syscall.startsWith("spawn")
        ? "That program is missing, or must not be run. Install it, then run this again."
        : `${REMEDIES[code] ?? "Correct the path."}${paths ? ` The path comes from ${paths}.` : ""}`;
  console.error(remedy);
  if (process.env.DIFY_TRACE) console.error(error);
}

function failure(thrown: unknown): NodeJS.ErrnoException {
  return { name: "Error", message: String(thrown) };
}
