import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { commandLine } from "../../scripts/acceptance/options";
import { acceptance } from "../../scripts/acceptance/run";
import type { Context } from "../../scripts/terminal/command";

/**
 * A stand-in for terraform: writes down each call and plays what the files next to it say. `apply` leaves one resource in
 * the state, `destroy` none. It is started hundreds of times, so it starts no program for what the shell can do itself.
 */
const TERRAFORM = `#!/bin/sh
stub=\${0%/*}
stack=\${PWD##*/}
state() {
  sed -n '/^ *"path": ".*tfstate"$/{s/^ *"path": "//;s/"$//p;q}' cdk.tf.json
}
play() {
  if [ -f "$stub/$1.$stack.out" ]; then cat "$stub/$1.$stack.out"; fi
  if [ -f "$stub/$1.$stack.code" ]; then read -r code <"$stub/$1.$stack.code"; exit "$code"; fi
}
case "$1" in
  version)
    read -r version <"$stub/version"
    echo "{\\"terraform_version\\": \\"$version\\"}"
    exit 0
    ;;
esac
echo "$stack $*" >> "$stub/calls"
case "$1" in
  apply)
    echo '{"resources":[{"mode":"managed","type":"google_sql_user","name":"app","instances":[{}]}]}' > "$(state)"
    if [ -f "$stub/wait" ]; then
      # The shell sees a signal only between two commands.
      trap 'echo INT >> "$stub/calls"; echo "{\\"@message\\":\\"stopping\\"}"; exit 1' INT
      touch "$stub/waiting"
      while :; do sleep 0.05; done
    fi
    echo '{"type":"change_summary","changes":{"add":1,"change":0,"remove":0,"operation":"plan"},"@message":"Plan: 1 to add"}'
    play apply
    echo '{"type":"change_summary","changes":{"add":1,"change":0,"remove":0,"operation":"apply"},"@message":"Apply complete"}'
    ;;
  destroy)
    play destroy
    echo '{"resources":[]}' > "$(state)"
    ;;
  state) play state ;;
  *) play "$1" ;;
esac
exit 0
`;

export interface Result {
  readonly code: number;
  readonly output: string;
  /** What terraform was called with: `<stack> <command> …`. */
  readonly calls: readonly string[];
}

/** A directory with a stub of terraform, variable files and the run's own directory. */
export class Playground {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), "acceptance-")));
  readonly runDirectory = join(this.directory, "run");
  readonly variables = join(this.directory, "variables");
  readonly bin = join(this.directory, "bin");

  constructor() {
    mkdirSync(this.variables);
    mkdirSync(this.bin);
    writeFileSync(join(this.bin, "terraform"), TERRAFORM, { mode: 0o755 });
    this.version("1.11.4");
    this.variableFile("dev", "deletion_protection = false");
  }

  variableFile(environment: string, ...lines: readonly string[]): void {
    const text = ['project_id = "demo-project"', "require_services_gcp_module = false", ...lines];
    writeFileSync(join(this.variables, `${environment}.tfvars`), `${text.join("\n")}\n`);
  }

  version(version: string): void {
    writeFileSync(join(this.bin, "version"), version);
  }

  /** Has a command in a stack print something and end with a code; without either, do what it should. */
  play(command: string, stack: string, played: { readonly output?: string; readonly code?: number }): void {
    for (const [ending, content] of [
      ["out", played.output],
      ["code", played.code],
    ] as const) {
      const file = join(this.bin, `${command}.${stack}.${ending}`);
      if (content === undefined) rmSync(file, { force: true });
      else writeFileSync(file, String(content));
    }
  }

  get env(): NodeJS.ProcessEnv {
    return { ...process.env, PATH: [this.bin, process.env.PATH].join(delimiter), TERRAFORM_BINARY_NAME: "" };
  }

  get arguments(): string[] {
    return ["--directory", this.variables, "--run-dir", this.runDirectory];
  }

  /** @param answers what somebody at a terminal types; `undefined`: nobody is there */
  async run(args: readonly string[], answers?: readonly string[], env = this.env): Promise<Result> {
    let output = "";
    const typed = [...(answers ?? [])];
    const context: Omit<Context, "complain"> = {
      env,
      signal: new AbortController().signal,
      terminal: {
        write: (text) => {
          output += text;
        },
        interactive: answers !== undefined,
        color: false,
        columns: 200,
        ask: (question) => {
          output += `${question}\n`;
          return Promise.resolve(typed.shift());
        },
      },
    };
    const options = commandLine([...args, ...this.arguments], context);
    const code = typeof options === "number" ? options : await acceptance(options, context);
    return { code, output, calls: this.calls() };
  }

  /** The calls since the last look. */
  calls(): string[] {
    const file = join(this.bin, "calls");
    if (!existsSync(file)) return [];
    const text = readFileSync(file, "utf8");
    rmSync(file);
    return text.trim().split("\n");
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** @returns calls without their options: `dify-dev apply` */
export function brief(calls: readonly string[]): string[] {
  return calls.map((call) => call.split(" ").slice(0, 2).join(" "));
}
