import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

interface StoredObject {
  readonly data: Buffer;
  readonly generation: number;
}

/** What a request is answered with instead: a status, or `break` to end the connection in the middle of the answer. */
type Trouble = number | "break";

/**
 * Cloud Storage's JSON API, Google Drive's, and the metadata server's tokens, as far as jobs use them.
 * @see https://cloud.google.com/storage/docs/json_api/v1
 * @see https://cloud.google.com/storage/docs/performing-resumable-uploads
 */
export class Bucket {
  readonly objects = new Map<string, StoredObject>();
  /** `GET gs://bucket/name bytes=0-99`, in order. */
  readonly asked: string[] = [];
  /** What goes wrong, by how many requests there were. */
  trouble: (asked: string) => Trouble | undefined = () => undefined;
  private readonly server: Server;
  private readonly uploads = new Map<string, { readonly name: string; readonly once: boolean; data: Buffer }>();
  private generation = 1000;

  constructor() {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        this.answer(request, response, Buffer.concat(chunks));
      });
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Environment variables that lead jobs here. */
  get env(): Record<string, string> {
    return {
      METADATA_ENDPOINT: this.address,
      STORAGE_ENDPOINT: this.address,
      DRIVE_ENDPOINT: this.address,
      RETRY_SECONDS: "0.01",
    };
  }

  put(name: string, data: Buffer | string): void {
    this.generation += 1;
    this.objects.set(name, { data: Buffer.from(data), generation: this.generation });
  }

  text(name: string): string {
    return this.objects.get(name)?.data.toString() ?? "";
  }

  private answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const url = new URL(request.url ?? "/", this.address);
    const said =
      `${request.method} ${decodeURIComponent(url.pathname)}${url.search} ${request.headers.range ?? ""}`.trim();
    this.asked.push(said);
    const trouble = this.trouble(said);
    if (typeof trouble === "number") {
      json(response, trouble, { error: { code: trouble, message: "played" } });
      return;
    }
    if (url.pathname.endsWith("/token")) {
      json(response, 200, { access_token: `token${url.search}`, expires_in: 3600 });
      return;
    }
    // The address of an upload's session is the right to write it.
    if (!url.searchParams.has("upload_id") && !request.headers.authorization?.startsWith("Bearer token")) {
      json(response, 401, { error: { code: 401, message: "no token" } });
      return;
    }
    const [, upload, bucket, name] = /^(\/upload)?\/storage\/v1\/b\/([^/]+)\/o(?:\/(.+))?$/.exec(url.pathname) ?? [];
    if (upload !== undefined) this.upload(request, response, url, bucket ?? "", body);
    else if (bucket !== undefined && name === undefined) this.list(response, url, bucket);
    else if (bucket !== undefined && name !== undefined) {
      this.read(request, response, url, `${bucket}/${decodeURIComponent(name)}`, trouble === "break");
    } else if (url.pathname.startsWith("/drive/v3/files/")) this.drive(request, response, url);
    else json(response, 404, { error: { code: 404, message: "not played" } });
  }

  private read(request: IncomingMessage, response: ServerResponse, url: URL, key: string, broken: boolean): void {
    const found = this.objects.get(key);
    if (found === undefined) {
      json(response, 404, { error: { code: 404, message: "No such object" } });
      return;
    }
    if (request.method === "DELETE") {
      this.objects.delete(key);
      response.writeHead(204).end();
      return;
    }
    if (url.searchParams.get("alt") !== "media") {
      json(response, 200, {
        name: key.slice(key.indexOf("/") + 1),
        generation: String(found.generation),
        size: String(found.data.length),
      });
      return;
    }
    const wanted = url.searchParams.get("generation");
    if (wanted !== null && wanted !== String(found.generation)) {
      json(response, 404, { error: { code: 404, message: "No such generation" } });
      return;
    }
    media(request, response, found.data, broken);
  }

  private list(response: ServerResponse, url: URL, bucket: string): void {
    const prefix = `${bucket}/${url.searchParams.get("prefix") ?? ""}`;
    const items = [...this.objects]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, { data, generation }]) => ({
        name: key.slice(bucket.length + 1),
        size: String(data.length),
        generation: String(generation),
        md5Hash: createHash("md5").update(data).digest("base64"),
      }));
    json(response, 200, { items });
  }

  private drive(request: IncomingMessage, response: ServerResponse, url: URL): void {
    const key = `drive/${url.pathname.split("/").at(-1)}`;
    const found = request.headers.authorization?.includes("drive.readonly") ? this.objects.get(key) : undefined;
    if (found === undefined) json(response, 404, { error: { code: 404, message: "File not found" } });
    else if (url.searchParams.get("alt") === "media") media(request, response, found.data, false);
    else json(response, 200, { name: "backup.sql", size: String(found.data.length), headRevisionId: "r1" });
  }

  /** Resumable uploads: a session, then pieces of which each but the last is a multiple of 256 KiB. */
  private upload(request: IncomingMessage, response: ServerResponse, url: URL, bucket: string, body: Buffer): void {
    const session = url.searchParams.get("upload_id");
    if (session === null) {
      const id = String(this.uploads.size + 1);
      const once = url.searchParams.get("ifGenerationMatch") === "0";
      this.uploads.set(id, { name: `${bucket}/${url.searchParams.get("name")}`, once, data: Buffer.alloc(0) });
      response.writeHead(200, { location: `${this.address}${url.pathname}?upload_id=${id}` }).end();
      return;
    }
    const open = this.uploads.get(session);
    const [, first, last, total] =
      /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(request.headers["content-range"] ?? "") ?? [];
    if (open === undefined) {
      json(response, 404, { error: { code: 404, message: "no such upload" } });
      return;
    }
    if (first !== undefined && Number(first) === open.data.length) {
      if (Number(last) - Number(first) + 1 !== body.length) throw new Error("a piece is not as long as it says");
      if (total === "*" && body.length % 2 ** 18 !== 0) throw new Error("a piece is no multiple of 256 KiB");
      open.data = Buffer.concat([open.data, body]);
    }
    if (total !== "*" && Number(total) === open.data.length) {
      if (open.once && this.objects.has(open.name)) {
        json(response, 412, { error: { code: 412, message: "exists" } });
        return;
      }
      this.put(open.name, open.data);
      json(response, 200, { name: open.name });
      return;
    }
    response.writeHead(308, open.data.length > 0 ? { range: `bytes=0-${open.data.length - 1}` } : {}).end();
  }
}

function media(request: IncomingMessage, response: ServerResponse, data: Buffer, broken: boolean): void {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
  const part = from === undefined ? data : data.subarray(Number(from), Number(to) + 1);
  response.writeHead(from === undefined ? 200 : 206, { "content-length": part.length });
  if (broken) {
    response.write(part.subarray(0, part.length / 2));
    response.destroy();
    return;
  }
  response.end(part);
}

function json(response: ServerResponse, status: number, content: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(content));
}

/** A tar archive, with whatever names and kinds are asked for. */
export function tar(
  ...members: readonly { readonly name: string; readonly data?: Buffer | string; readonly type?: string }[]
): Buffer {
  const blocks = members.flatMap(({ name, data = "", type = "0" }) => {
    const content = Buffer.from(data);
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write("0000644\0" + "0000000\0".repeat(2), 100);
    header.write(`${content.length.toString(8).padStart(11, "0")}\0${"0".repeat(11)}\0        ${type}`, 124);
    header.write(type === "2" ? "/etc/passwd" : "", 157);
    header.write("ustar\0" + "00", 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
