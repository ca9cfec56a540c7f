import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { effectCases } from "../__tests__/variables/effects";
import { effectOf, kindsByVariable } from "../__tests__/variables/effects/measure";
import { quickenSynthesis } from "../modules/app-gke/terraform/quick-synthesis";
import { lastNet } from "./synth/last-net";
import { takesNoArguments } from "./terminal/no-arguments";

const HELP = `Writes which kinds of resources each variable changes, as its cases in __tests__/variables/effects show, to
scripts/docs/effects.json. "npm run docs" puts it into docs/variables.md.

  npm run effects              write the file
  npm run effects -- --help    this text
`;

async function main(args: readonly string[]): Promise<void> {
  if (!takesNoArguments(args, HELP)) return;
  quickenSynthesis();
  const { format } = await import("prettier");
  const kinds = kindsByVariable(effectCases, effectOf);
  const text = await format(JSON.stringify(kinds), { parser: "json", printWidth: 120 });
  writeFileSync(join(__dirname, "docs", "effects.json"), text);
  console.log("scripts/docs/effects.json written");
}

main(process.argv.slice(2)).catch((error: unknown) => {
  lastNet("measuring the effects", error);
  process.exitCode = 1;
});
