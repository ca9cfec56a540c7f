import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Texts by path: many pods have the same scripts, in every environment. */
const known = new Map<string, string>();

/**
 * Reads a file of this project, such as a script that runs elsewhere. The project is found from the place of this code:
 * in `modules`, or in the bundle that `npm run synth` makes.
 * @param path from the project's root: `scripts/jobs/db-init.sh`
 */
export function projectFile(path: string): string {
  const text = known.get(path) ?? read(path);
  known.set(path, text);
  return text;
}

function read(path: string): string {
  for (let directory = __dirname; ; directory = dirname(directory)) {
    const file = join(directory, path);
    if (existsSync(file)) return readFileSync(file, "utf8");
    if (directory === dirname(directory)) throw new Error(`${path} is missing from this project`);
  }
}
