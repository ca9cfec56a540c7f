import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { effectCases } from "../__tests__/variables/effects";
import { casesOf, effectOf, kindsByVariable } from "../__tests__/variables/effects/measure";
import { quickenSynthesis } from "../modules/app-gke/terraform/quick-synthesis";
import { lastNet } from "./synth/last-net";
import { takesNoArguments } from "./terminal/no-arguments";

const HELP = `Writes which kinds of resources each variable changes, as its cases in __tests__/variables/effects show, to
scripts/docs/effects.json. "npm run docs" adds it to docs/variables.md.

  npm run effects              write the file
  npm run effects -- --help    this text
`;

async function main(args: readonly string[]): Promise<void> {
  if (!takesNoArguments(args, HELP)) return;
  quickenSynthesis();
  const { format } = await import("oxfmt");
  const kinds = kindsByVariable(effectCases, counted());
  const { code } = await format("effects.json", JSON.stringify(kinds), { printWidth: 120 });
  writeFileSync(join(__dirname, "docs", "effects.json"), code);
  console.log("scripts/docs/effects.json written");
}

/** @returns `effectOf`, with its progress: every case is two syntheses */
function counted(): typeof effectOf {
  const all = Object.keys(effectCases).reduce((sum, path) => sum + casesOf(effectCases, path).length, 0);
  const { isTTY } = process.stderr;
  let done = 0;
  if (!isTTY) console.error(`Measuring ${all} cases`);
  return (path, one) => {
    done++;
    if (isTTY) process.stderr.write(`\r… Measuring  ${done} of ${all}${done === all ? "\n" : ""}`);
    return effectOf(path, one);
  };
}

main(process.argv.slice(2)).catch((error: unknown) => {
  lastNet("measuring the effects", error);
  process.exitCode = 1;
});
