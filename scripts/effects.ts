import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { lastNet } from "./synth/last-net";
import { takesNoArguments } from "./terminal/no-arguments";

const HELP = `Writes which kinds of resources each variable changes, as its cases in __tests__/variables/effects show, to
scripts/docs/effects.json. "npm run docs" adds it to docs/variables.md.

  npm run effects                  write the file
  npm run effects -- --contexts    instead: try all cases where other variables may take their effect away (ten minutes)
  npm run effects -- --help        this text

Exit codes of --contexts: 0 every value counts or is said not to, 1 one does neither.
`;

async function main(args: readonly string[]): Promise<void> {
  if (args[0] === "--contexts" && args.length <= 2) {
    const { contextNames, tryContext } = await import("./effects/contexts.js");
    const [, name] = args;
    // CDKTF keeps what it has made, so each context has a process of its own.
    const fine =
      name === undefined
        ? contextNames.map(inOwnProcess).every(Boolean)
        : tryContext(name, (line) => {
            console.log(line);
          });
    process.exitCode = fine ? 0 : 1;
    return;
  }
  if (!takesNoArguments(args, HELP)) return;
  const [{ format }, { effectCases }, { casesOf, effectOf, kindsByVariable }] = await Promise.all([
    import("oxfmt"),
    import("../__tests__/variables/effects/index.js"),
    import("../__tests__/variables/effects/measure.js"),
  ]);
  const told = progress(Object.keys(effectCases).reduce((sum, path) => sum + casesOf(effectCases, path).length, 0));
  const kinds = kindsByVariable(effectCases, (path, one) => {
    told();
    return effectOf(path, one);
  });
  const { code } = await format("effects.json", JSON.stringify(kinds), { printWidth: 120 });
  writeFileSync(join(__dirname, "docs", "effects.json"), code);
  console.log("scripts/docs/effects.json written");
}

function inOwnProcess(context: string): boolean {
  const own = [...process.execArgv, __filename, "--contexts", context];
  return spawnSync(process.execPath, own, { stdio: "inherit" }).status === 0;
}

/** @returns a function to call after each case, which takes two syntheses */
function progress(all: number): () => void {
  const { isTTY } = process.stderr;
  let done = 0;
  if (!isTTY) console.error(`Measuring ${all} cases`);
  return () => {
    done++;
    if (isTTY) process.stderr.write(`\r… Measuring  ${done} of ${all}${done === all ? "\n" : ""}`);
  };
}

main(process.argv.slice(2)).catch((error: unknown) => {
  lastNet("measuring the effects", error);
  process.exitCode = 1;
});
