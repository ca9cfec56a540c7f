import { Refusal } from "../acceptance/options";
import { statusOf } from "../google-apis/answers";
import type { Google } from "../google-apis/clients";
import { isCopy, isOfMoment, isSafety } from "./moment";

/** What a manifest says. */
export interface Manifest {
  readonly format?: number;
  readonly name: string;
  readonly started: string;
  readonly release: string;
  readonly databases: readonly {
    readonly object: string;
    readonly database: string;
    /** Revision of the schema. Empty for a database in which Dify keeps none. */
    readonly revision: string;
    /** Versions by name. */
    readonly extensions?: Readonly<Record<string, string>>;
    readonly tables: Readonly<Record<string, number>>;
  }[];
  readonly share: { readonly object: string; readonly files: number } | null;
  /** Which credentials are removed when it is restored. @default - none */
  readonly remove?: "all" | "system";
}

/** @returns the names of whole backups, the oldest first */
export async function wholeBackups({ storage }: Pick<Google, "storage">, bucket: string): Promise<string[]> {
  const found: { readonly name: string; readonly at: string }[] = [];
  let pageToken: string | undefined;
  do {
    const { data } = await reading(
      bucket,
      storage.objects.list({
        bucket,
        pageToken,
        matchGlob: "*/manifest.json",
        fields: "nextPageToken,items(name,timeCreated)",
      }),
    );
    for (const { name, timeCreated } of data.items ?? []) {
      if (name?.endsWith(END)) found.push({ name: name.slice(0, -END.length), at: timeCreated ?? "" });
    }
    pageToken = data.nextPageToken ?? undefined;
  } while (pageToken);
  return found.sort((a, b) => a.at.localeCompare(b.at) || a.name.localeCompare(b.name)).map(({ name }) => name);
}

export async function manifestOf(
  { storage }: Pick<Google, "storage">,
  bucket: string,
  name: string,
): Promise<Manifest> {
  // The job sets no content type, and Google's client returns a Blob for everything that is neither JSON nor text.
  const { data } = await reading(
    bucket,
    storage.objects.get({ bucket, object: `${name}${END}`, alt: "media" }, { responseType: "text" }),
  );
  return (typeof data === "string" ? JSON.parse(data) : data) as Manifest;
}

/** @returns a name that is there @throws Refusal if it is not */
export function chosen(from: string, bucket: string, known: readonly string[]): string {
  // `newest` leaves out backups of a moment, which are written later than their data; copies from another environment; and what a restore
  // replaced.
  const newest = known.findLast((name) => !isOfMoment(name) && !isCopy(name) && !isSafety(name));
  if (from === "newest" && newest !== undefined) return newest;
  if (known.includes(from)) return from;
  throw new Refusal(
    newest === undefined
      ? `gs://${bucket} has no complete backup. The first one is written on backup_schedule, or by hand: docs/backups.md.`
      : `gs://${bucket} has no complete backup "${from}". The newest are: ${known.slice(-5).join(", ")}.`,
  );
}

/** @returns a manifest as a line of text */
export function inWords({ databases, release, share, started }: Manifest): string {
  const contents = databases.map(({ database, tables }) => {
    const counts = Object.values(tables);
    return `${database} with ${counts.length} tables and ${counts.reduce((sum, count) => sum + count, 0)} rows`;
  });
  const files = share ? `, ${share.files} shared files` : "";
  return `Dify ${release} of ${started}: ${contents.join(", ")}${files}`;
}

/** @returns the parts of a manifest that decide whether its backup fits */
export function essence({ databases, format, release }: Manifest): string {
  return JSON.stringify({ format, release, databases: databases.map(({ extensions }) => ({ extensions })) });
}

const END = "/manifest.json";

async function reading<T>(bucket: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const status = statusOf(error);
    if (status === 404) throw new Refusal(`There is no bucket gs://${bucket}, or not that backup in it. Apply first.`);
    if (status !== 403) throw error;
    throw new Refusal(
      `You may not read gs://${bucket}: storage.objects.list and storage.objects.get are needed there (roles/storage.objectViewer).`,
    );
  }
}
