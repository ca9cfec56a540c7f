import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** An answer: a status, and what is sent as JSON, or as it is if it is text. */
type Answer = readonly [status: number, body: unknown];

/** A request as a handler sees it. */
export interface Asked {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/**
 * What a pod's scripts ask: the metadata server for a token, and Google's and Kubernetes' APIs with one. A request without the
 * token that belongs there is refused.
 */
export class PodApis {
  readonly requests: string[] = [];
  /** Objects of Cloud Storage, by `<bucket>/<name>`, each with its generation. */
  readonly objects = new Map<string, { readonly generation: string; readonly content: string | Buffer }>();
  /** Data of ConfigMaps, by name. */
  readonly configMaps: Record<string, Record<string, string>> = {};
  /** Answers what is not known here. */
  other?: (asked: Asked) => Answer | undefined;
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  /** @returns the environment of a script that asks it */
  async start(directory: string): Promise<Record<string, string>> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    const account = join(directory, "account");
    mkdirSync(account, { recursive: true });
    writeFileSync(join(account, "namespace"), "dify");
    writeFileSync(join(account, "token"), "of-the-pod");
    return {
      METADATA_URL: `${url}/metadata`,
      STORAGE_API: url,
      SECRETS_API: url,
      KUBERNETES_API: url,
      SERVICE_ACCOUNT_DIRECTORY: account,
      API_PAUSE: "0",
    };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const url = new URL(request.url ?? "", "http://localhost");
    const asked: Asked = {
      method: request.method ?? "",
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
      body: text === "" ? undefined : (JSON.parse(text) as unknown),
    };
    const [status, body] = this.answer(asked, request.headers);
    this.requests.push(`${asked.method} ${asked.path} ${status}`);
    response.writeHead(status).end(typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  }

  private answer(asked: Asked, headers: IncomingMessage["headers"]): Answer {
    const { method, path, query, body } = asked;
    if (path === "/metadata")
      return headers["metadata-flavor"] === "Google" ? [200, { access_token: "of-the-identity" }] : [403, "no"];
    const kubernetes = /^\/apis?\//.test(path);
    if (headers.authorization !== `Bearer ${kubernetes ? "of-the-pod" : "of-the-identity"}`) return [401, "no token"];
    const own = this.other?.(asked);
    if (own) return own;
    const object = /^\/storage\/v1\/b\/([^/]+)\/o\/(.+)$/.exec(path);
    if (object && method === "GET") {
      const found = this.objects.get(`${object[1] ?? ""}/${object[2] ?? ""}`);
      const wanted = query.get("generation");
      return found && (wanted === null || wanted === found.generation) ? [200, found.content] : [404, "Not Found"];
    }
    const map = /^\/api\/v1\/namespaces\/dify\/configmaps\/(.+)$/.exec(path)?.[1];
    if (map !== undefined && method === "PATCH" && headers["content-type"] === "application/merge-patch+json") {
      this.configMaps[map] = { ...this.configMaps[map], ...(body as { data: Record<string, string> }).data };
      return [200, { data: this.configMaps[map] }];
    }
    return [404, `nothing at ${method} ${path}`];
  }
}
