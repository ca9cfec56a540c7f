import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface PlayedBuild {
  readonly id: string;
  status: string;
  readonly tags: readonly string[];
  readonly createTime: string;
  readonly steps: readonly { readonly id: string; readonly status?: string; readonly script?: string }[];
  readonly [field: string]: unknown;
}

/** What the script asks of Cloud Build and Artifact Registry. */
export class BuildApi {
  readonly builds: PlayedBuild[] = [];
  /** Tags that were pushed. */
  readonly pushed = new Set<string>();
  /** What the next builds end with. */
  ends: Readonly<Record<string, unknown>> = { status: "SUCCESS" };
  /** Statuses of the next answers to what is submitted. */
  readonly refusals: number[] = [];
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
    const url = new URL(request.url ?? "", "http://any");
    const [code, answer] = this.answerTo(request.method ?? "", url, Buffer.concat(chunks).toString());
    response.writeHead(code, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
  }

  private answerTo(method: string, { pathname, searchParams }: URL, body: string): [number, unknown] {
    const name = pathname.split("/").at(-1) ?? "";
    if (pathname.includes("/repositories/")) {
      const [, image] = /\/repositories\/(.+)\/tags\//.exec(pathname) ?? [];
      return this.pushed.has(`${image}:${name}`) ? [200, {}] : [404, { error: { message: "not there" } }];
    }
    if (method === "POST") {
      const refusal = this.refusals.shift();
      if (refusal !== undefined) return [refusal, { error: { message: "refused" } }];
      const asked = JSON.parse(body) as Pick<PlayedBuild, "tags" | "steps">;
      const build = { ...asked, ...this.times(), status: "QUEUED" };
      this.builds.push(build);
      return [200, { name: "operations/1", metadata: { build } }];
    }
    if (name === "builds") {
      const [, tag = ""] = /^tags="(.+)"$/.exec(searchParams.get("filter") ?? "") ?? [];
      return [200, { builds: this.builds.filter(({ tags }) => tags.includes(tag)) }];
    }
    const build = this.builds.find(({ id }) => id === name);
    if (!build) return [404, { error: { message: "no such build" } }];
    if (build.status === "QUEUED") build.status = "WORKING";
    else if (build.status === "WORKING") this.end(build);
    return [200, build];
  }

  private times() {
    const number = this.builds.length + 1;
    const logUrl = `https://console.cloud.google.com/cloud-build/builds/${number}`;
    return { id: `build-${number}`, createTime: `2026-01-01T00:00:0${number}Z`, logUrl };
  }

  private end(build: PlayedBuild): void {
    Object.assign(build, this.ends);
    if (build.status === "SUCCESS") this.pushed.add("built/packages/dify:0123");
  }
}
