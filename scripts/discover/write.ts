import { chmodSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** The byte order mark that some editors write at the beginning of a file. It is not part of the text. */
const MARK = "\uFEFF";

/** A file as it is. */
export interface FileText {
  readonly text: string;
  readonly marked: boolean;
}

export function readFileText(path: string): FileText {
  const text = readFileSync(path, "utf8");
  const marked = text.startsWith(MARK);
  return { text: marked ? text.slice(MARK.length) : text, marked };
}

/**
 * Replaces a file's text as a whole: a reader in the meantime, or after an interruption, finds the old or the new one. A
 * link stays a link, and the file keeps its permissions.
 * @returns whether it did: not if somebody else has changed the file since it was read
 */
export function replaceText(path: string, before: FileText, after: string): boolean {
  const target = realpathSync(path);
  const scratch = join(dirname(target), `.${basename(target)}.${process.pid}`);
  try {
    writeFileSync(scratch, `${before.marked ? MARK : ""}${after}`, { flush: true });
    chmodSync(scratch, statSync(target).mode & 0o7777);
    if (readFileText(path).text !== before.text) return false;
    renameSync(scratch, target);
    return true;
  } finally {
    rmSync(scratch, { force: true });
  }
}
