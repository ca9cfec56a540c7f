import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createTwoFilesPatch } from "diff";
import type { Environment } from "../../modules/dify-gke/environment";
import { hasErrors, type Problem } from "../../modules/dify-gke/problems";
import { readEnvironments } from "../../modules/dify-gke/variable-files";
import { withValues } from "./edit";
import type { Picked } from "./kind";
import { type FileText, readFileText, replaceText } from "./write";

/** A change of a variable file that has been checked. */
export interface Change {
  readonly before: FileText;
  readonly after: string;
  /** In the form of `diff -u`. */
  readonly diff: string;
  /** What the project's own check says of the file with it, and does not say without. */
  readonly problems: readonly Problem[];
  /** Whether the file may be written. */
  readonly sound: boolean;
}

/**
 * Works out what the file would be, and checks that as any other file is checked.
 * @throws Error if a value in the file cannot be replaced
 */
export async function changeOf({ name, file }: Environment, { values }: Picked): Promise<Change> {
  const before = readFileText(file);
  const after = withValues(file, before.text, values);
  const read = { directory: dirname(file), only: [name] };
  const known = (await readEnvironments(read)).problems.map(textOf);
  const { problems } = await readEnvironments({ ...read, proposed: new Map([[file, after]]) });
  const added = problems.filter((problem) => problem.severity === "error" || !known.includes(textOf(problem)));
  const diff = createTwoFilesPatch(file, file, before.text, after, "now", "then", { context: 2 });
  return { before, after, diff: diff.replace(/^Index: .*\n=+\n/, ""), problems: added, sound: !hasErrors(problems) };
}

function textOf({ message, variable }: Problem): string {
  return `${variable ?? ""}: ${message}`;
}

/** @returns whether the file has been written: not if somebody has changed it meanwhile */
export function write({ file }: Environment, { before, after }: Change): boolean {
  return replaceText(file, before, after);
}

/**
 * Puts a file next to the variable file for as long as an action takes, and leaves it there if the action wants that. One that
 * is there already and says something else is not touched.
 * @returns what the action returns; `undefined` if another file is in the way
 */
export async function withFile<Result extends { readonly keep: boolean }>(
  { file }: Environment,
  extra: Picked["file"],
  action: () => Promise<Result>,
): Promise<Result | undefined> {
  if (!extra) return action();
  const path = join(dirname(file), extra.name);
  const there = existsSync(path);
  if (there && readFileSync(path, "utf8") !== extra.text) return undefined;
  if (!there) writeFileSync(path, extra.text, { flag: "wx" });
  let keep = there;
  try {
    const result = await action();
    keep ||= result.keep;
    return result;
  } finally {
    if (!keep) rmSync(path, { force: true });
  }
}
