import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What a later run has to know about an interrupted one. */
export interface Record {
  readonly project: string;
  /** How far it was. */
  readonly phase: "apply" | "check" | "destroy";
  /** Protection was lifted for the run. */
  readonly liftProtection: boolean;
  /** What exists was made with deletion protection, some of it at least. */
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
