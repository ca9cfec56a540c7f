import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

export const ROOT = join(__dirname, "../..");
const EXAMPLES = join(ROOT, "examples/pipelines");

/** @returns a file of the examples as its program reads it */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller says what it expects there
export function example<T>(path: string): T {
  return parse(readFileSync(join(EXAMPLES, path), "utf8")) as T;
}

/** Commands that the shell lines of a pipeline run: scripts of the examples and of package.json. */
function commandsIn(lines: readonly string[]): { readonly script: string; readonly command: string }[] {
  return lines.flatMap((line) =>
    [...line.matchAll(/\bsh (examples\/\S+\.sh)(?: "?([\w$]+)"?)?/g)].map(([, script = "", command = ""]) => ({
      script,
      command,
    })),
  );
}

/** @returns what is called and is not there */
export function notThere(lines: readonly string[]): string[] {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { readonly scripts: object };
  const npm = lines.flatMap((line) => [...line.matchAll(/npm run (\S+)/g)].map(([, name = ""]) => name));
  return [
    ...npm.filter((name) => !Object.hasOwn(scripts, name)),
    ...commandsIn(lines).flatMap(({ script, command }) => {
      if (!existsSync(join(ROOT, script))) return [script];
      const usage = /Usage: (.*)/.exec(readFileSync(join(ROOT, script), "utf8"))?.[1] ?? "";
      return command === "" || command.startsWith("$") || new RegExp(`\\b${command}\\b`).test(usage)
        ? []
        : [`${script} ${command}`];
    }),
  ];
}

/** The version of Node.js that the tests run with. */
export const nodeVersion = readFileSync(join(ROOT, ".nvmrc"), "utf8").trim();
