import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as an answer sees it. */
export interface Asked {
  readonly method: string;
  /** Decoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** As JSON, YAML as text; `undefined` without one. */
  readonly body: unknown;
}

/** A status, and what is sent as JSON, or as it is if it is text. */
export type Answer = readonly [status: number, body: unknown];

/** A server of JSON on 127.0.0.1, which stands for an API. */
export abstract class PlayedApi {
  private readonly server = createServer((request, response) => void this.serve(request, response));

  /** @returns its address: `http://127.0.0.1:12345` */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  protected abstract answer(asked: Asked): Answer;

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const { pathname, searchParams } = new URL(request.url ?? "", "http://any");
    const [status, body] = this.answer({
      method: request.method ?? "",
      path: decodeURIComponent(pathname),
      query: searchParams,
      headers: request.headers,
      body:
        text === ""
          ? undefined
          : request.headers["content-type"] === "application/yaml"
            ? text
            : (JSON.parse(text) as unknown),
    });
    response
      .writeHead(status, { "Content-Type": "application/json" })
      .end(typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  }
}
