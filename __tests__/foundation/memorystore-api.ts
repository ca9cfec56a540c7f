import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Fields = Readonly<Record<string, unknown>>;

/** What the script asks: one instance of Memorystore for Redis, and two secrets. */
export class MemorystoreApi {
  instance?: Fields;
  password = "first-password-of-36-characters-long";
  /** Values of the secret's versions, the newest last. */
  readonly versions: string[] = [];
  annotations: Record<string, string> = { team: "ai" };
  /** Label of the release's secret. */
  queueIn?: string;
  /** Methods and paths of what changes something. */
  readonly changes: string[] = [];
  /** Statuses of the next answers. */
  readonly refusals: number[] = [];
  /** What the next operation ends with. */
  failure?: string;
  private readonly server: Server = createServer((request, response) => void this.answer(request, response));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = chunks.length > 0 ? (JSON.parse(Buffer.concat(chunks).toString()) as Fields) : {};
    const [path = "", query = ""] = (request.url ?? "").split("?");
    const method = request.method ?? "";
    const status = this.refusals.shift();
    const [code, answer] = status === undefined ? this.answerTo(method, path, query, body) : [status, error("busy")];
    if (method !== "GET") this.changes.push(`${method} ${path.split("/").at(-1) ?? ""}${query && `?${query}`}`);
    response.writeHead(code, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
  }

  private answerTo(method: string, path: string, query: string, body: Fields): [number, unknown] {
    if (path.includes("/secrets/")) return this.secret(method, path, body);
    if (path.includes("/operations/")) return [200, this.ended()];
    if (method === "POST" && path.endsWith("/instances")) {
      this.instance = {
        ...body,
        ...{ state: "READY", host: "10.9.0.3", port: 6378, serverCaCerts: [{ cert: "PEM 1\n" }, { cert: "PEM 2" }] },
      };
      return [200, { name: "projects/p/locations/l/operations/1" }];
    }
    if (!this.instance) return [404, error("not there")];
    if (path.endsWith("/authString")) return [200, { authString: this.password }];
    if (path.endsWith(":upgrade")) return this.changed({ redisVersion: body["redisVersion"] });
    if (method === "PATCH") {
      const fields = (query.split("updateMask=")[1] ?? "").split(",");
      return this.changed(Object.fromEntries(fields.map((field) => [field, body[field]])));
    }
    if (method === "DELETE") {
      this.instance = undefined;
      return [200, this.ended()];
    }
    return [200, this.instance];
  }

  private changed(fields: Fields): [number, unknown] {
    this.instance = { ...this.instance, ...fields };
    return [200, this.ended()];
  }

  private ended(): Fields {
    return { name: "o", done: true, ...(this.failure === undefined ? {} : { error: { message: this.failure } }) };
  }

  private secret(method: string, path: string, body: Fields): [number, unknown] {
    if (path.endsWith("-release")) {
      return this.queueIn === undefined ? [404, error("no secret")] : [200, { labels: { redis: this.queueIn } }];
    }
    if (path.endsWith(":access")) {
      const newest = this.versions.at(-1);
      return newest === undefined
        ? [404, error("no version")]
        : [200, { payload: { data: Buffer.from(newest).toString("base64") } }];
    }
    if (path.endsWith(":addVersion")) {
      const { data } = body["payload"] as { data: string };
      this.versions.push(Buffer.from(data, "base64").toString());
      return [200, {}];
    }
    if (method === "PATCH") this.annotations = body["annotations"] as Record<string, string>;
    return [200, { annotations: this.annotations, etag: "1" }];
  }
}

function error(message: string): Fields {
  return { error: { message } };
}
