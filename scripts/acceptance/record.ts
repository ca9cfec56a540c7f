import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Refusal } from "./options";

/** What a later run needs to know about an interrupted one. */
export interface Record {
  readonly project: string;
  /** How far it got. */
  readonly phase: "apply" | "check" | "destroy";
  /** Whether protection was lifted for the run. */
  readonly liftProtection: boolean;
  /** Whether at least some of what exists was created with deletion protection. */
  readonly protected: boolean;
}

export async function readRecord(runDirectory: string): Promise<Record | undefined> {
  try {
    return JSON.parse(await readFile(join(runDirectory, "run.json"), "utf8")) as Record;
  } catch {
    return undefined;
  }
}

export async function writeRecord(runDirectory: string, record: Record): Promise<void> {
  await writeFile(join(runDirectory, "run.json"), `${JSON.stringify(record, null, 2)}\n`);
}

/**
 * Locks a run's directory: two runs at the same time would share one state.
 * @returns a function that releases it
 * @throws Refusal if another run has it
 */
export async function claim(runDirectory: string): Promise<() => Promise<void>> {
  const file = join(runDirectory, "run.pid");
  const owner = Number(await readFile(file, "utf8").catch(() => ""));
  if (owner > 0 && owner !== process.pid && isRunning(owner)) {
    throw new Refusal(`Another run, process ${owner}, is using ${runDirectory}.`);
  }
  // A state contains all that Terraform knows, and not all of that is for everyone.
  await mkdir(runDirectory, { recursive: true, mode: 0o700 });
  await writeFile(file, String(process.pid));
  return () => rm(file, { force: true });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
