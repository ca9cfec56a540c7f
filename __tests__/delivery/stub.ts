import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { type Result, run } from "../services/processes";
import { tools } from "../services/require";

/**
 * A stand-in for curl, docker, gcloud, gh, kubectl and terraform: writes down each call and answers with the first rule that
 * fits, the youngest rule first. A call that no rule fits fails, so that no test passes by a call that nobody thought of.
 * It is started thousands of times, so it starts no program for what bash can do itself.
 */
const PROGRAM = `#!/usr/bin/env bash
stub=\${0%/*}
program=\${0##*/}
{ printf '%s' "$program"; printf '\\x1f%s' "$@"; printf '\\x1e'; } >>"$stub/calls"
call="$program $*"
for ((number = $(<"$stub/rules"); number > 0; number--)); do
  rule=$stub/rule.$number
  # Unquoted on purpose: it is a pattern.
  [[ $call == $(<"$rule.calls") ]] || continue
  if [ -f "$rule.times" ]; then
    times=$(<"$rule.times")
    ((times > 0)) || continue
    echo $((times - 1)) >"$rule.times"
  fi
  # shellcheck disable=SC1090
  . "$rule.run"
  if [ -s "$rule.stdout" ]; then cat "$rule.stdout"; fi
  if [ -s "$rule.stderr" ]; then cat "$rule.stderr" >&2; fi
  exit "$(<"$rule.code")"
done
echo "stub: nobody expects: $call" >&2
exit 97
`;

/** How a stub answers. */
export interface Answer {
  /** @default nothing */
  readonly stdout?: string;
  /** @default nothing */
  readonly stderr?: string;
  /** @default 0 */
  readonly code?: number;
  /** How often it answers; after that, older rules do. @default always */
  readonly times?: number;
  /** Bash that runs in the stub, with the call's arguments. @default nothing */
  readonly run?: string;
}

export interface ScriptResult extends Result {
  /** The calls of this run, each as `program argument argument`. */
  readonly calls: readonly string[];
}

export const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;

/** A repository to run in, a directory for the hand-over, and programs that answer as told. */
export class Playground {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), "delivery-")));
  readonly repository = join(this.directory, "repository");
  readonly delivery = join(this.directory, "delivery");
  private readonly bin = join(this.directory, "bin");
  private rules = 0;

  /** @param script name in `scripts/delivery`, with its ending */
  constructor(
    readonly script: string,
    private readonly settings: Readonly<Record<string, string>> = {},
  ) {
    mkdirSync(this.repository);
    mkdirSync(this.bin);
    for (const program of ["curl", "docker", "gcloud", "gh", "kubectl", "terraform"]) {
      writeFileSync(join(this.bin, program), PROGRAM, { mode: 0o755 });
    }
    writeFileSync(join(this.bin, "rules"), "0");
  }

  /**
   * @param calls pattern as in bash's `case`, for `program argument argument`
   */
  answer(calls: string, answer: Answer | string = {}): this {
    const {
      stdout = "",
      stderr = "",
      code = 0,
      times,
      run = "",
    } = typeof answer === "string" ? { stdout: answer } : answer;
    this.rules += 1;
    const rule = join(this.bin, `rule.${this.rules}`);
    for (const [ending, content] of Object.entries({ calls, stdout, stderr, code, times, run })) {
      if (content !== undefined) writeFileSync(`${rule}.${ending}`, String(content));
    }
    writeFileSync(join(this.bin, "rules"), String(this.rules));
    return this;
  }

  /** Lets no time pass where the script waits, and writes down how long it would have. */
  sleepWritten(): this {
    writeFileSync(join(this.bin, "sleep"), PROGRAM, { mode: 0o755 });
    return this.answer("sleep *");
  }

  /** Lets no time pass where the script waits. */
  withoutSleep(): this {
    writeFileSync(join(this.bin, "sleep"), "#!/bin/sh\n", { mode: 0o755 });
    return this;
  }

  /** Writes a file of the repository. */
  file(path: string, content = ""): this {
    const file = join(this.repository, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return this;
  }

  /** What steps hand over, by image name; a name may stand there once only. */
  get images(): Record<string, string> {
    const file = join(this.delivery, "images");
    const images: Record<string, string> = {};
    if (!existsSync(file)) return images;
    for (const line of readFileSync(file, "utf8").trimEnd().split("\n")) {
      const [name = "", ...reference] = line.split("=");
      if (Object.hasOwn(images, name)) throw new Error(`${name} stands in ${file} twice`);
      images[name] = reference.join("=");
    }
    return images;
  }

  set images(images: Readonly<Record<string, string>>) {
    mkdirSync(this.delivery, { recursive: true });
    const lines = Object.entries(images).map(([name, reference]) => `${name}=${reference}\n`);
    writeFileSync(join(this.delivery, "images"), lines.join(""));
  }

  /**
   * Runs the script.
   * @param changes settings over those of the constructor; `undefined` takes one away
   */
  async run(
    changes: Readonly<Record<string, string | undefined>> = {},
    args: readonly string[] = [],
    input = "",
  ): Promise<ScriptResult> {
    rmSync(join(this.bin, "calls"), { force: true });
    const settings = { ...this.settings, ...changes };
    const result = await run(join(__dirname, "../../scripts/delivery", this.script), args, {
      cwd: this.repository,
      input,
      env: {
        // Debian's Python before a version manager's, which is a script that takes five times as long to start.
        PATH: [this.bin, dirname(tools.python.command), process.env.PATH].join(delimiter),
        HOME: this.directory,
        TMPDIR: this.directory,
        DELIVERY_DIR: this.delivery,
        ...Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)),
      },
    });
    return { ...result, calls: this.calls().map((call) => call.join(" ")) };
  }

  /** The last run's calls, argument by argument. */
  calls(): string[][] {
    const file = join(this.bin, "calls");
    if (!existsSync(file)) return [];
    const calls = readFileSync(file, "utf8").split("\x1e").slice(0, -1);
    return calls.map((call) => call.split("\x1f"));
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** @returns the calls that begin with these words */
export const starting = (calls: readonly string[], words: string): string[] =>
  calls.filter((call) => call === words || call.startsWith(`${words} `));
