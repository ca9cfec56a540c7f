import { Refusal } from "../acceptance/options";
import { found } from "../google-apis/answers";
import type { Google } from "../google-apis/clients";
import { type Manifest, manifestOf } from "./backups";

const KEYS = "privkeys/";

/** A backup that is to be copied. */
export interface Original {
  readonly bucket: string;
  readonly name: string;
  /** The backup whose shared files belong to it. @default - the same */
  readonly files?: string;
}

/** Copies between buckets as the account that runs the command: no data passes here, and nobody gets a right that stays. */
export class Copies {
  /** What has been copied last. */
  status = "";

  constructor(private readonly google: Pick<Google, "storage">) {}

  /**
   * @param remove which credentials are not restored from the copy, however it is restored
   * @returns what the manifest of a copy says, except its name and where its parts are
   */
  async manifest({ bucket, files, name }: Original, remove: Manifest["remove"]): Promise<Manifest> {
    const manifest = await manifestOf(this.google, bucket, name);
    const { share } = files === undefined ? manifest : await manifestOf(this.google, bucket, files);
    return { ...manifest, share, ...(remove && { remove }) };
  }

  /**
   * @param manifest as above
   * @throws Refusal if something else is in its place
   */
  async backup(original: Original, manifest: Manifest, bucket: string, name: string): Promise<void> {
    const { storage } = this.google;
    const copied = async <T extends { readonly object: string }>(part: T): Promise<T> => {
      const object = `${name}/${part.object.split("/").at(-1) ?? ""}`;
      await this.object(original.bucket, part.object, bucket, object);
      return { ...part, object };
    };
    const databases: Manifest["databases"][number][] = [];
    for (const part of manifest.databases) databases.push(await copied(part));
    const share = manifest.share && (await copied(manifest.share));
    const body = JSON.stringify({ ...manifest, name, databases, share }, undefined, 1);
    await storage.objects.insert({
      ...{ bucket, name: `${name}/manifest.json`, ifGenerationMatch: "0" },
      media: { mimeType: "application/json", body },
    });
  }

  /** Copies the private keys of workspaces. Existing keys are replaced, because the copied data was encrypted with the others. */
  async keys(from: string, to: string): Promise<void> {
    let pageToken: string | undefined;
    do {
      const { data } = await this.google.storage.objects.list({ bucket: from, prefix: KEYS, pageToken });
      for (const { name = "" } of data.items ?? []) {
        if (name) await this.object(from, name, to, name, true);
      }
      pageToken = data.nextPageToken ?? undefined;
    } while (pageToken);
  }

  private async object(sourceBucket: string, sourceObject: string, bucket: string, object: string, replace = false) {
    const { storage } = this.google;
    const there = await found(storage.objects.get({ bucket, object, fields: "size,crc32c" }));
    if (there) {
      const { data } = await storage.objects.get({ bucket: sourceBucket, object: sourceObject, fields: "size,crc32c" });
      if (data.crc32c === there.crc32c && data.size === there.size) return;
      if (!replace)
        throw new Refusal(
          `gs://${bucket}/${object} exists already with other content. Nothing was overwritten. Delete it, or choose another backup.`,
        );
    }
    let rewriteToken: string | undefined;
    do {
      const { data } = await storage.objects.rewrite({
        ...{ sourceBucket, sourceObject, destinationBucket: bucket, destinationObject: object, rewriteToken },
        ...(!replace && { ifGenerationMatch: "0" }),
        requestBody: {},
      });
      this.status = `${object}: ${data.totalBytesRewritten ?? 0} of ${data.objectSize ?? 0} bytes`;
      rewriteToken = data.done ? undefined : (data.rewriteToken ?? undefined);
    } while (rewriteToken !== undefined);
  }
}
