import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Problem } from "../problems";
import { nearest, readable, shorten } from "./mention";

/**
 * @returns variable files by name of environment, two if an environment has both formats; nothing if there is no
 * directory
 */
export async function listFiles(directory: string): Promise<Map<string, string[]> | undefined> {
  let entries: string[];
  try {
    entries = await readdir(directory);
  } catch {
    return undefined;
  }
  const files = new Map<string, string[]>();
  for (const entry of entries.sort()) {
    const name = /^([^.].*)\.tfvars(\.json)?$/.exec(entry)?.[1];
    if (name !== undefined) files.set(name, [...(files.get(name) ?? []), join(directory, entry)]);
  }
  return files;
}

/**
 * @param only names of environments that were asked for; empty for all
 * @param problems gets one for each name without a file
 * @returns those of the names that were asked for
 */
export function select(
  names: readonly string[],
  only: readonly string[],
  directory: string,
  problems: Problem[],
): string[] {
  if (only.length === 0) return [...names];
  for (const name of new Set(only)) {
    if (names.includes(name)) continue;
    const [remedy, allowed] =
      names.length > 0
        ? [`Name one that has, or create <environment>.tfvars.`, readable(names.join(", "))]
        : [`${directory} has no variable file at all. Copy dev.tfvars to <environment>.tfvars and edit it.`];
    const separated = /[\s;:]/.test(name) ? " Several are separated by commas in DIFY_ENVIRONMENTS." : "";
    const near = nearest(name.replace(/^.*\/|\.tfvars(\.json)?$/g, ""), names);
    problems.push({
      id: "environment-unknown",
      severity: "error",
      environment: name,
      file: directory,
      message: `The environment "${readable(name)}" has no variable file.${near ? ` Did you mean "${near}"?` : ""}${separated} ${remedy}`,
      given: shorten(name),
      allowed,
    });
  }
  return names.filter((name) => only.includes(name));
}
