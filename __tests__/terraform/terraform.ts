import { execFile, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BINARY = process.env.TERRAFORM_BINARY_NAME || "terraform";
/** Longer than a download of the providers takes, shorter than the patience of those who wait for the tests. */
const INIT_TIMEOUT_MS = 120_000;

export interface Diagnostic {
  readonly severity: string;
  readonly summary: string;
  readonly detail?: string;
  readonly range?: { readonly filename: string };
}

/** A directory with the providers, which other directories borrow. */
export interface Providers {
  readonly directory: string;
}

/**
 * Has Terraform fetch the providers once, as a stack asks for them. It cannot be awaited: whether there is something to
 * test with has to be known before the tests are named.
 * @param requirements a stack's `terraform` block without its backend
 * @returns the providers, or why there are none
 */
export function fetchProviders(requirements: object): Providers | { readonly missing: string } {
  const directory = mkdtempSync(join(tmpdir(), "terraform-providers-"));
  writeFileSync(join(directory, "providers.tf.json"), JSON.stringify({ terraform: requirements }));
  const { error, status, stderr } = spawnSync(BINARY, ["init", "-backend=false", "-input=false", "-no-color"], {
    cwd: directory,
    encoding: "utf8",
    timeout: INIT_TIMEOUT_MS,
  });
  if (!error && status === 0) return { directory };
  rmSync(directory, { recursive: true, force: true });
  if (error && "code" in error && error.code === "ENOENT") return { missing: `${BINARY} is not on the PATH` };
  const [reason = error?.message ?? ""] = /Error: .*/.exec(stderr) ?? [];
  return { missing: `terraform init cannot reach providers (${reason})` };
}

/** Makes a stack's directory one that Terraform takes for initialized. */
export function borrow(providers: Providers, directory: string): void {
  mkdirSync(directory, { recursive: true });
  if (existsSync(join(directory, ".terraform"))) return;
  symlinkSync(join(providers.directory, ".terraform"), join(directory, ".terraform"));
  copyFileSync(join(providers.directory, ".terraform.lock.hcl"), join(directory, ".terraform.lock.hcl"));
}

/** Go collects its garbage less often: the providers' schemas are most of a validation, and live for a second. */
const env = { GOGC: "400", ...process.env };

/** @returns everything that `terraform validate` has to say about a directory. */
export async function validate(directory: string): Promise<readonly Diagnostic[]> {
  const output = await new Promise<string>((resolve, reject) => {
    // Its exit code is 1 where something is found: the answer says the same, and more.
    execFile(BINARY, ["validate", "-json"], { cwd: directory, env, maxBuffer: 1 << 26 }, (error, stdout) => {
      if (stdout.startsWith("{")) resolve(stdout);
      else reject(error ?? new Error("terraform validate said nothing"));
    });
  });
  return (JSON.parse(output) as { diagnostics: Diagnostic[] }).diagnostics;
}
