import type { Google } from "../../scripts/google-apis/clients";

export interface Where {
  readonly bucket: string;
  readonly object: string;
}
interface Rewrite {
  readonly sourceBucket: string;
  readonly sourceObject: string;
  readonly destinationBucket: string;
  readonly destinationObject: string;
  readonly ifGenerationMatch?: string;
  readonly rewriteToken?: string;
}

function failed(status: number): Error {
  return Object.assign(new Error(`answers ${status}`), { status });
}

/** Buckets whose objects are texts. A copy takes two requests; what is there already is kept where that is asked for. */
export class PlayedBuckets {
  readonly objects = new Map<string, string>();
  writes = 0;
  failAt = Infinity;

  readonly played = {
    storage: {
      objects: {
        list: ({ bucket, prefix = "" }: { bucket: string; prefix?: string }) => {
          const names = [...this.objects.keys()].filter((key) => key.startsWith(`${bucket}/${prefix}`));
          return Promise.resolve({ data: { items: names.map((key) => ({ name: key.slice(bucket.length + 1) })) } });
        },
        get: ({ alt, bucket, object }: Where & { alt?: string }) => {
          const text = this.objects.get(`${bucket}/${object}`);
          if (text === undefined) return Promise.reject(failed(404));
          const data: unknown = alt === "media" ? JSON.parse(text) : { size: text.length, crc32c: text };
          return Promise.resolve({ data });
        },
        insert: ({ bucket, media, name }: { bucket: string; name: string; media: { body: string } }) => {
          this.write(`${bucket}/${name}`, media.body, "0");
          return Promise.resolve({ data: {} });
        },
        rewrite: (asked: Rewrite) => {
          if (asked.rewriteToken === undefined) return Promise.resolve({ data: { done: false, rewriteToken: "more" } });
          const text = this.objects.get(`${asked.sourceBucket}/${asked.sourceObject}`) ?? "";
          this.write(`${asked.destinationBucket}/${asked.destinationObject}`, text, asked.ifGenerationMatch);
          return Promise.resolve({ data: { done: true } });
        },
      },
    },
  };

  readonly google = this.played as unknown as Pick<Google, "storage">;

  private write(key: string, text: string, unless?: string): void {
    this.writes += 1;
    if (this.writes === this.failAt) throw failed(503);
    if (unless === "0" && this.objects.has(key)) throw failed(412);
    this.objects.set(key, text);
  }
}
