import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { Refusal } from "./options";

/** Write-only arguments, which keep secrets out of the state, came with this version. */
const MINIMUM = [1, 11] as const;

export interface RunOptions {
  readonly cwd: string;
  readonly log: string;
  /** Turns a line of Terraform's output into a line for the log. @default - unchanged */
  readonly read?: (line: string) => string;
}

/** The terraform binary, with the run's environment. */
export class Terraform {
  private constructor(
    private readonly binary: string,
    private readonly env: NodeJS.ProcessEnv,
    private readonly signal: AbortSignal,
  ) {}

  /** @throws Refusal if terraform is missing or too old */
  static async find(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Terraform> {
    const binary = env.TERRAFORM_BINARY_NAME || "terraform";
    const own: NodeJS.ProcessEnv = { ...env, TF_IN_AUTOMATION: "1" };
    // Both would move the run's state or plugins out of its own directory.
    delete own.TF_DATA_DIR;
    delete own.TF_WORKSPACE;
    const terraform = new Terraform(binary, own, signal);
    const version = await terraform.version();
    const [major = 0, minor = 0] = version.split(".").map(Number);
    if (major < MINIMUM[0] || (major === MINIMUM[0] && minor < MINIMUM[1])) {
      throw new Refusal(`${binary} is ${version}; ${MINIMUM.join(".")} or later is needed, for write-only arguments.`);
    }
    return terraform;
  }

  private async version(): Promise<string> {
    try {
      const answer = JSON.parse(await this.capture(["version", "-json"], process.cwd())) as {
        terraform_version?: string;
      };
      return answer.terraform_version ?? "";
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
      const problem = missing ? "is not on the PATH" : "does not print its version";
      throw new Refusal(
        `${this.binary} ${problem}. Install Terraform ${MINIMUM.join(".")} or later ` +
          `(https://developer.hashicorp.com/terraform/install), or name the binary in TERRAFORM_BINARY_NAME.`,
      );
    }
  }

  /**
   * @param directories of initialized stacks
   * @returns Terraform and the providers of the stacks, `name version` each; nothing that cannot be read
   */
  async versions(directories: readonly string[]): Promise<string[]> {
    const lines = directories.map(async (directory) => {
      const { terraform_version: own = "", provider_selections: providers = {} } = JSON.parse(
        await this.capture(["version", "-json"], directory).catch(() => "{}"),
      ) as { terraform_version?: string; provider_selections?: Readonly<Record<string, string>> };
      return [`terraform ${own}`, ...Object.entries(providers).map(([name, version]) => `${name} ${version}`)];
    });
    return [...new Set((await Promise.all(lines)).flat())];
  }

  /** @returns what a command prints on standard output @throws if it fails */
  async capture(args: readonly string[], cwd: string): Promise<string> {
    const child = this.spawn(args, cwd);
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => errors.push(chunk));
    const code = await ended(child);
    if (code !== 0) throw new Error(Buffer.concat(errors).toString().trim() || `${this.binary} ended with ${code}`);
    return Buffer.concat(output).toString();
  }

  /** Runs a command with its output in a log file. @returns the exit code */
  async run(args: readonly string[], options: RunOptions): Promise<number> {
    const log = createWriteStream(options.log, { mode: 0o600 });
    log.write(`$ ${this.binary} ${args.join(" ")}\n`);
    const child = this.spawn(args, options.cwd);
    // Only once: at a second signal Terraform gives up and forgets what it is creating.
    const interrupt = (): void => {
      child.kill("SIGINT");
    };
    this.signal.addEventListener("abort", interrupt, { once: true });
    if (this.signal.aborted) interrupt();
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on("line", (line) => {
        log.write(`${options.read ? options.read(line) : line}\n`);
      });
    }
    try {
      return await ended(child);
    } finally {
      this.signal.removeEventListener("abort", interrupt);
      await new Promise<void>((resolve) => {
        log.end(resolve);
      });
    }
  }

  private spawn(args: readonly string[], cwd: string): ChildProcess {
    return spawn(this.binary, args, {
      cwd,
      env: this.env,
      stdio: ["ignore", "pipe", "pipe"],
      // A separate process group: Ctrl-C in a terminal reaches every process of the group, and Terraform would get two
      // signals together with the one passed on.
      detached: process.platform !== "win32",
    });
  }
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      resolve(code ?? 1);
    });
  });
}
