import { mkdir, writeFile, copyFile } from "node:fs/promises";
import { join } from "node:path";
import { Refusal } from "../acceptance/options";
import type { Terraform } from "../acceptance/terraform";
import { ADOPT_FILE } from "../synth/whole";
import { errorsIn, missing } from "./attempt";
import { type Adoptable, FIRST_LINE, type Import, importFile } from "./imports";
import type { State } from "./state";

export interface Planned {
  /** Those for which something exists. */
  readonly imports: readonly Import[];
  /** Output of `terraform show -json` for the plan with them. */
  readonly plan: string;
}

export interface TryOptions {
  readonly terraform: Pick<Terraform, "run" | "capture">;
  /** The stack, with its providers installed. */
  readonly stackDirectory: string;
  /** An empty directory of this run's own. */
  readonly scratch: string;
  /** Content of the stack's file. */
  readonly json: Readonly<Record<string, unknown>>;
  /** The stack's resources by address. */
  readonly resources: ReadonlyMap<string, Adoptable>;
  /** The state as it would be with the entries that are written into it. */
  readonly state: State;
  /** Called before each plan with the blocks that it has. */
  readonly progress: (count: number) => void;
}

/**
 * Plans the stack with import blocks, in a directory of its own and on a copy of the state, without those for which the
 * provider says that nothing exists, until it succeeds. Nothing outside that directory is written.
 * @throws Refusal with Terraform's words where something else is wrong
 */
export async function planWith(blocks: readonly Import[], options: TryOptions): Promise<Planned> {
  const { terraform, scratch, stackDirectory, resources } = options;
  await prepare(options);
  let imports = [...blocks];
  for (;;) {
    options.progress(imports.length);
    await writeFile(join(scratch, ADOPT_FILE), importFile(imports));
    const lines: string[] = [];
    const code = await terraform.run(["plan", "-input=false", "-json", "-lock=false", "-out=adopt.tfplan"], {
      cwd: scratch,
      log: join(scratch, "plan.log"),
      read: (line) => {
        lines.push(line);
        return "";
      },
    });
    if (code === 0) return { imports, plan: await terraform.capture(["show", "-json", "adopt.tfplan"], scratch) };
    const errors = errorsIn(lines);
    const where = { file: ADOPT_FILE, firstLine: FIRST_LINE, resources };
    const gone = new Set(errors.flatMap((error) => missing(error, imports, where)));
    // Other errors may follow from these: what is left when nothing more is missing is Terraform's last word.
    if (gone.size === 0) throw new Refusal(wordsOf(errors, stackDirectory));
    imports = imports.filter((one) => !gone.has(one));
  }
}

async function prepare({ terraform, scratch, stackDirectory, json, state }: TryOptions): Promise<void> {
  const { backend: _, ...terraformBlock } = json.terraform as Readonly<Record<string, unknown>>;
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  await writeFile(join(scratch, "cdk.tf.json"), JSON.stringify({ ...json, terraform: terraformBlock }));
  await writeFile(join(scratch, "terraform.tfstate"), JSON.stringify(state), { mode: 0o600 });
  await copyFile(join(stackDirectory, ".terraform.lock.hcl"), join(scratch, ".terraform.lock.hcl"));
  const providers = join(stackDirectory, ".terraform", "providers");
  await terraform.capture(["init", "-input=false", `-plugin-dir=${providers}`], scratch);
}

function wordsOf(errors: readonly { summary: string; detail?: string }[], directory: string): string {
  const said = errors.map(({ summary, detail = "" }) => [summary, detail].filter(Boolean).join("\n")).join("\n\n");
  return `Terraform cannot plan ${directory}:\n\n${said || "It ended without an error message."}`;
}
