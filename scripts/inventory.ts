import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BASE, fileOf, inventory } from "./inventory/inventory";
import { addressesIn, plannerRole } from "./inventory/planner";
import { synthesizeVariants } from "./stacks/variants";
import { Console, streamTerminal } from "./terminal/console";
import { lastNet } from "./synth/last-net";
import { takesNoArguments } from "./terminal/no-arguments";

const HELP = `Writes the addresses of each variant, and counts by type, to __tests__/terraform/inventory/, and the role of who plans them
to examples/pipelines/planner.yaml.

  npm run inventory              write all files, remove those of variants that are gone
  npm run inventory -- --help    this text

Look at "git diff __tests__/terraform/inventory" afterwards: an address that disappears or changes is a resource that is
destroyed. "npm run diff" says what else changes.
`;

async function main(args: readonly string[]): Promise<void> {
  if (!takesNoArguments(args, HELP)) return;
  const root = join(__dirname, "..");
  const directory = join(root, "__tests__", "terraform", "inventory");
  const terminal = new Console(streamTerminal(process.stderr, process.env));
  let at = "";
  const stop = terminal.start("Synthesizing", () => at);
  const { stacks, errors } = await synthesizeVariants({
    checkout: root,
    progress: (text) => {
      at = text;
    },
  }).finally(stop);
  for (const [variant, why] of errors) terminal.line(`"${variant}" cannot be synthesized: ${why}`);
  if (errors.size > 0) {
    process.exitCode = 1;
    return;
  }
  const base = stacks.get(BASE);
  mkdirSync(directory, { recursive: true });
  const files = new Map(
    [...stacks].map(([variant, own]) => [
      fileOf(variant),
      inventory(variant, own, variant === BASE ? undefined : base),
    ]),
  );
  for (const file of readdirSync(directory)) if (!files.has(file)) rmSync(join(directory, file));
  for (const [file, text] of files) writeFileSync(join(directory, file), text);
  console.log(`${files.size} files written to __tests__/terraform/inventory`);
  const { text, unknown } = plannerRole([...files.values()].flatMap(addressesIn));
  if (unknown.length > 0) {
    const missing = `what ${unknown.join(", ")} reads is not known, so who plans might not be allowed to`;
    throw new Error(`${missing}: add it to scripts/doctor/permissions.ts or scripts/inventory/planner.ts`);
  }
  writeFileSync(join(root, "examples", "pipelines", "planner.yaml"), text);
  console.log("examples/pipelines/planner.yaml written");
}

main(process.argv.slice(2)).catch((error: unknown) => {
  lastNet("the inventory", error);
  process.exitCode = 1;
});
