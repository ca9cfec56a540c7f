import type { ProblemKind } from "./problem-kinds";
import { readFile, stat } from "node:fs/promises";

/** A problem with a file as a text. */
export interface SyntaxProblem {
  readonly id: ProblemKind;
  /** Counted from 1. @default - not known */
  readonly line?: number;
  /** Counted from 1. @default - not known */
  readonly column?: number;
  readonly message: string;
  /** The variable, if the problem is about one. @default - about none */
  readonly variable?: string;
  /** Where in its value. @default - the value itself */
  readonly path?: readonly PropertyKey[];
  /** What the file has, shortened. @default - not shown */
  readonly given?: string;
  /** What is allowed instead. @default - in the message */
  readonly allowed?: string;
}

/** The limit of a ConfigMap (https://kubernetes.io/docs/concepts/configuration/configmap/). */
const MOST_BYTES = 1024 * 1024;

/** @returns the content of a variable file, or why it cannot be read */
export async function readText(path: string): Promise<{ readonly text: string } | SyntaxProblem> {
  try {
    const found = await stat(path);
    // Anything that is not a file may never end: a pipe that nobody writes to, a device.
    if (found.isDirectory()) return unreadable("This is a directory and not a file. Rename it, or put a file there.");
    if (!found.isFile()) return unreadable("This is a pipe or a device and not a file. Put a file there.");
    if (found.size > MOST_BYTES) return tooLarge(found.size);
    return decoded(await readFile(path));
  } catch (error) {
    return unreadable(REASONS[(error as NodeJS.ErrnoException).code ?? ""] ?? "This file cannot be read.");
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "This is a link to a file that is not there. Correct the link, or remove it.",
  ELOOP: "This is a link that leads back to itself. Correct the link, or remove it.",
  EACCES: "You may not read this file. Give yourself the permission to: chmod u+r.",
};

function unreadable(message: string): SyntaxProblem {
  return { id: "file-unreadable", message };
}

function tooLarge(bytes: number): SyntaxProblem {
  const message = `This file has ${bytes} bytes, and a variable file has at most ${MOST_BYTES}: what it says would not fit into a ConfigMap. Take out what is not a setting.`;
  return { id: "file-too-large", message };
}

function decoded(bytes: Buffer): { readonly text: string } | SyntaxProblem {
  const start = bytes.subarray(0, 4).toString("hex");
  if (/^(fffe|feff|00..00|..00..00)/.test(start)) {
    return {
      id: "file-not-utf-8",
      line: 1,
      message: "This file is UTF-16 or UTF-32, which Terraform does not read either. Save it as UTF-8.",
    };
  }
  try {
    // Without the byte order mark that some editors write.
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    const message =
      "A character here is not UTF-8: read on, the value would become another one. Save the file as UTF-8, or correct the character.";
    return { id: "file-not-utf-8", line: firstBadLine(bytes), message };
  }
}

function firstBadLine(bytes: Buffer): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  // In UTF-8, no byte of a longer character is a line feed.
  for (let from = 0; from < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, from);
    const to = end === -1 ? bytes.length : end;
    try {
      decoder.decode(bytes.subarray(from, to));
    } catch {
      return line;
    }
    from = to + 1;
  }
  return line;
}
