import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseStack, type Stack } from "./blocks";

/** Stacks of one variant by their names. */
export type Stacks = ReadonlyMap<string, Stack>;

/** Variants of one checkout by their names: those of the tests, and the shipped environments. */
export interface Variants {
  readonly stacks: ReadonlyMap<string, Stacks>;
  /** Why a variant cannot be synthesized. */
  readonly errors: ReadonlyMap<string, string>;
}

export interface SynthesisOptions {
  /** Directory of the checkout. */
  readonly checkout: string;
  /** Part of the names of the wanted variants. @default - all of them */
  readonly only?: string;
  /** Gets the progress: `7/78`. @default - no progress is reported */
  readonly progress?: (text: string) => void;
  /** Aborted to stop it. @default - it runs to its end */
  readonly signal?: AbortSignal;
}

type Index = readonly ({ readonly variant: string } & (
  | { readonly stacks: Readonly<Record<string, string>> }
  | { readonly error: string }
))[];

/** Synthesizes the variants of a checkout in a separate process. @throws if that process fails, with its output */
export async function synthesizeVariants({ checkout, only = "", ...options }: SynthesisOptions): Promise<Variants> {
  // At the same depth in every checkout, because the path of a local state is relative to its stack.
  const output = join(checkout, "cdktf.out", `variants-${process.pid}`);
  try {
    await run([join(__dirname, "synthesize.mjs"), checkout, output, only], options);
    const index = JSON.parse(readFileSync(join(output, "index.json"), "utf8")) as Index;
    return {
      stacks: new Map(index.flatMap((entry) => ("stacks" in entry ? [[entry.variant, read(entry.stacks)]] : []))),
      errors: new Map(index.flatMap((entry) => ("error" in entry ? [[entry.variant, entry.error]] : []))),
    };
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

function read(files: Readonly<Record<string, string>>): Stacks {
  return new Map(Object.entries(files).map(([name, file]) => [name, parseStack(readFileSync(file, "utf8"))]));
}

function run(
  args: readonly string[],
  { progress, signal }: Pick<SynthesisOptions, "progress" | "signal">,
): Promise<void> {
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], signal });
    let errors = "";
    child.stdout.on("data", (chunk: Buffer) => progress?.(chunk.toString().trim().split("\n").at(-1) ?? ""));
    child.stderr.on("data", (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) done();
      else reject(new Error(errors.trim() || `ended with ${code ?? "a signal"}`));
    });
  });
}
