import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

export interface MainRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Synthesizes as `npm run synth` does. */
export function runMain(options: {
  readonly variables: string;
  readonly output: string;
  /** Largest file that it may write, in blocks of the shell: 512 or 1024 bytes. @default - as large as it wants */
  readonly largest?: number;
  /** Environment variables in addition to those of the tests. */
  readonly env?: NodeJS.ProcessEnv;
}): Promise<MainRun> {
  const limit = options.largest === undefined ? "" : `ulimit -f ${options.largest}; `;
  const child = spawn("/bin/sh", ["-c", `${limit}exec "$0" "$1"`, process.execPath, join("scripts", "synth.mjs")], {
    cwd: resolve(__dirname, "..", ".."),
    env: {
      ...process.env,
      DIFY_VARIABLES: options.variables,
      DIFY_ENVIRONMENTS: "",
      CDKTF_OUTDIR: options.output,
      NO_COLOR: "1",
      ...options.env,
    },
  });
  const run = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].on("data", (chunk: Buffer) => {
      run[name] += chunk.toString();
    });
  }
  return new Promise((done, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      done({ code, ...run });
    });
  });
}

/** @returns the files below a directory by their path in it, each as a hash of its bytes */
export function tree(directory: string): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((path) => statSync(join(directory, path)).isFile())
    .sort();
  return Object.fromEntries(
    files.map((path) => [
      path,
      createHash("sha256")
        .update(readFileSync(join(directory, path)))
        .digest("hex"),
    ]),
  );
}
