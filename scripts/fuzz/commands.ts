import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Finding, writeInput } from "../../__tests__/fuzz/examine";
import { kinds } from "../../__tests__/fuzz/kinds";
import type { Console } from "../terminal/console";
import type { Options } from "./options";
import type { Tally } from "./tally";

const SYNTH = resolve(__dirname, "..", "synth.mjs");

/**
 * Runs the real command with inputs, each in its own directory with earlier output: if it refuses, not one byte of that
 * may change.
 */
export async function tryCommands(tally: Tally, options: Options, work: string, terminal: Console): Promise<void> {
  if (options.commands === 0) return;
  let done = 0;
  const stop = terminal.start("npm run synth", () => `${done} of ${options.commands}`);
  for (let turn = 0; turn < options.commands; turn++) {
    const kind = options.only[turn % options.only.length] ?? "mutations";
    const inputs = kinds[kind](options.seed);
    const length = Math.min(inputs.length ?? options.count, options.count);
    const index = Math.floor((turn * length) / options.commands);
    const input = inputs.at(index);
    tally.found({ kind, index, what: input.what }, await commandFindings(input, join(work, "command")));
    done++;
  }
  const took = stop();
  terminal.line(`npm run synth: ${done} inputs  ${took}`);
}

async function commandFindings(
  input: Parameters<typeof writeInput>[0],
  directory: string,
): Promise<readonly Finding[]> {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(join(directory, "out", "stacks"), { recursive: true });
  writeFileSync(join(directory, "out", "stacks", "earlier"), "of an earlier run\n");
  const variables = writeInput(input, directory);
  const before = snapshot(directory);
  const { code, output } = await synth(variables, directory);
  const after = snapshot(directory);
  const same = JSON.stringify(before) === JSON.stringify(after);
  const found = (kind: string, text: string): Finding => ({ kind, text: `npm run synth: ${text}` });
  return [
    ...(/^\s+at .*:\d+:\d+\)?$/m.test(output) ? [found("trace", "a stack trace is printed")] : []),
    ...(/fault of this project/.test(output) ? [found("trace", output.slice(0, 300))] : []),
    ...(code === 0 || code === 1 ? [] : [found("exit-code", `ends with ${code ?? "a signal"}`)]),
    ...(code === 1 && !output.includes("Nothing was written.")
      ? [found("silent", "does not say what was written")]
      : []),
    ...(code !== 0 && !same ? [found("written", "refuses, and has changed a file")] : []),
    ...(code === 0 && !existsSync(join(directory, "out", "stacks", "dify-dev", "cdk.tf.json"))
      ? [found("lost", "accepts, and has written no stack")]
      : []),
  ];
}

function synth(
  variables: string,
  directory: string,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const env = {
    ...process.env,
    DIFY_VARIABLES: variables,
    DIFY_ENVIRONMENTS: "",
    CDKTF_OUTDIR: join(directory, "out"),
    NO_COLOR: "1",
  };
  const child = spawn(process.execPath, [SYNTH], { cwd: directory, env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return new Promise((done, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      done({ code, output });
    });
  });
}

/** All files below a directory with their content and time: writing the same again also counts as writing. */
function snapshot(directory: string): Readonly<Record<string, string>> {
  const paths = readdirSync(directory, { recursive: true, encoding: "utf8" }).sort();
  return Object.fromEntries(
    paths.map((path) => {
      const found = statSync(join(directory, path));
      return [
        path,
        found.isFile() ? `${found.mtimeMs} ${readFileSync(join(directory, path), "base64")}` : "a directory",
      ];
    }),
  );
}
