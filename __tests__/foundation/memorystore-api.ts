import { type Answer, type Asked, PlayedApi } from "../played-api";

type Fields = Readonly<Record<string, unknown>>;

/** What the script asks: one instance of Memorystore for Redis, and two secrets. */
export class MemorystoreApi extends PlayedApi {
  instance?: Fields;
  password = "first-password-of-36-characters-long";
  /** Values of the secret's versions, the newest last. */
  readonly versions: string[] = [];
  /** What was done to older versions, by number. */
  readonly closed = new Map<number, string>();
  annotations: Record<string, string> = { team: "ai" };
  /** Label of the release's secret. */
  queueIn?: string;
  /** Methods and paths of what changes something. */
  readonly changes: string[] = [];
  /** Statuses of the next answers. */
  readonly refusals: number[] = [];
  /** What the next operation ends with. */
  failure?: string;

  protected override answer({ method, path, query, body }: Asked): Answer {
    const mask = query.get("updateMask") ?? "";
    const status = this.refusals.shift();
    const answer: Answer =
      status === undefined ? this.answerTo(method, path, mask, (body ?? {}) as Fields) : [status, error("busy")];
    const asked = query.toString();
    if (method !== "GET") this.changes.push(`${method} ${path.split("/").at(-1) ?? ""}${asked && `?${asked}`}`);
    return answer;
  }

  private answerTo(method: string, path: string, mask: string, body: Fields): Answer {
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
      const fields = mask.split(",");
      // As Google does when authentication is turned on again.
      if (body["authEnabled"] === true && this.instance["authEnabled"] === false)
        this.password = `next-${this.password}`;
      return this.changed(Object.fromEntries(fields.map((field) => [field, body[field]])));
    }
    if (method === "DELETE") {
      this.instance = undefined;
      return [200, this.ended()];
    }
    return [200, this.instance];
  }

  private changed(fields: Fields): Answer {
    this.instance = { ...this.instance, ...fields };
    return [200, this.ended()];
  }

  private ended(): Fields {
    return { name: "o", done: true, ...(this.failure === undefined ? {} : { error: { message: this.failure } }) };
  }

  private secret(method: string, path: string, body: Fields): Answer {
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
    const [, number, verb = ""] = /\/versions\/(\d+):(disable|destroy)$/.exec(path) ?? [];
    if (number !== undefined) {
      this.closed.set(Number(number), verb);
      return [200, {}];
    }
    if (path.endsWith("/versions")) {
      const open = this.versions.map((_, index) => index + 1).filter((one) => !this.closed.has(one));
      return [200, { versions: open.map((one) => ({ name: `projects/1/secrets/s/versions/${one}` })) }];
    }
    if (method === "PATCH") this.annotations = body["annotations"] as Record<string, string>;
    return [200, { annotations: this.annotations, etag: "1" }];
  }
}

function error(message: string): Fields {
  return { error: { message } };
}
