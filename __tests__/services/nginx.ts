import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type RequestOptions,
  type Server,
} from "node:http";
import { createConnection, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { nginxConfiguration, type NginxOptions, startCommand } from "../../modules/dify-common/nginx";
import { everyRoute, oldest } from "../../modules/dify-common/releases";
import { Daemon, freePort, own, removeDirectory, stopDaemons, temporaryDirectory } from "./processes";
import { path, tools } from "./require";

/** What a stub back end says about the request that reached it. */
export interface Seen {
  readonly component: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Nginx {
  readonly port: number;
  readonly daemon: Daemon;
  readonly configuration: string;
}

export const trustedPeer = "127.0.0.2";
export const loadBalancer = "203.0.113.9";
export const uploadLimitMb = 2;
export const pluginUploadLimitMb = 4;

/** nginx finds its program where the tests found it. */
export const nginxPath = (): string => `${dirname(path(tools.nginx))}:${process.env.PATH ?? ""}`;

/** Stub back ends, one for each component, and real nginx servers in front of them. */
export class Edge {
  readonly directory = temporaryDirectory("nginx");
  readonly ports = new Map<string, number>();
  readonly servers = new Map<string, Server>();
  /** Lets the next event of the event stream at /v1/stream go. */
  nextEvent: () => void = () => undefined;
  /** How many requests for /v1/slow have reached a back end. */
  slow = 0;
  /** How many requests for /v1/waiting have, which is answered once its body is there. */
  waiting = 0;

  async start(): Promise<void> {
    writeFileSync(join(this.directory, "resolv.conf"), "search test\nnameserver 127.0.0.53\nnameserver 127.0.0.54\n");
    for (const component of new Set(everyRoute.map((route) => route.component))) {
      const server = this.backEnd(component);
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      this.ports.set(component, typeof address === "object" && address !== null ? address.port : 0);
      this.servers.set(component, server);
    }
  }

  async stop(): Promise<void> {
    await stopDaemons();
    for (const server of this.servers.values()) {
      server.closeAllConnections();
      server.close();
    }
    removeDirectory(this.directory);
  }

  async nginx(options: Partial<NginxOptions> = {}): Promise<Nginx> {
    const port = await freePort();
    const scratch = join(this.directory, String(port));
    mkdirSync(scratch);
    own(scratch);
    const configuration = join(scratch, "nginx.conf");
    writeFileSync(
      configuration,
      forInstalled(
        nginxConfiguration({
          routes: oldest.routes,
          upstream: (component) => `127.0.0.1:${this.ports.get(component) ?? 1}`,
          port,
          listenAddress: "127.0.0.1",
          uploadLimitMb,
          pluginUploadLimitMb,
          limits: { keepAliveSeconds: 620 },
          clients: { trustedProxies: [`${trustedPeer}/32`, `${loadBalancer}/32`] },
          workerProcesses: 1,
          directory: scratch,
          ...options,
        }),
      ),
    );
    const [shell = "", ...args] = startCommand(scratch, join(this.directory, "resolv.conf"));
    const daemon = new Daemon(shell, [...args, "sh", "-c", configuration], join(scratch, "log"), {
      env: { PATH: nginxPath() },
    });
    await daemon.ready(port);
    return { port, daemon, configuration };
  }

  private backEnd(component: string): Server {
    const server = createServer({ maxHeaderSize: 65_536 }, (incoming, outgoing) => {
      if (incoming.url?.startsWith("/v1/stream") === true) {
        // Without chunks the end of the connection is the end of the answer; nginx treats the two differently.
        if (incoming.url.endsWith("/until-close")) outgoing.useChunkedEncodingByDefault = false;
        outgoing.writeHead(200, { "Content-Type": "text/event-stream" });
        outgoing.write("data: first\n\n");
        this.nextEvent = () => outgoing.end("data: last\n\n");
        return;
      }
      const delay = incoming.url?.startsWith("/v1/slow") === true ? 1500 : 0;
      if (delay > 0) this.slow += 1;
      if (incoming.url === "/v1/failing") {
        outgoing.writeHead(502, { "Content-Type": "text/plain" }).end("Dify's own");
        return;
      }
      if (incoming.url === "/v1/waiting") this.waiting += 1;
      let bytes = 0;
      incoming.on("data", (part: Buffer) => (bytes += part.length));
      incoming.on("end", () => {
        setTimeout(() => {
          outgoing.writeHead(200, { "Content-Type": "application/json", "X-Content-Type-Options": "other" });
          outgoing.end(JSON.stringify(seenBy(component, incoming, bytes)));
        }, delay);
      });
    });
    server.on("upgrade", (_, socket) => {
      socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
          `X-Component: ${component}\r\n\r\n`,
      );
      socket.pipe(socket);
    });
    return server;
  }
}

/** Whether the nginx of the tests speaks HTTP/1.1 and HTTP/2 on one port, as that of the pods does. */
export function speaksBoth(): boolean {
  const { stderr } = spawnSync(path(tools.nginx), ["-v"], { encoding: "utf8" });
  const [, major, minor, patch] = /nginx\/(\d+)\.(\d+)\.(\d+)/.exec(stderr) ?? [];
  return Number(major) * 1e6 + Number(minor) * 1e3 + Number(patch) >= 1_025_001;
}

/** Debian 12 has nginx 1.22, which has HTTP/2 by another directive, and then nothing else on the port. */
function forInstalled(configuration: string): string {
  return !configuration.includes("http2 on;") || speaksBoth()
    ? configuration
    : configuration.replace(/^( *listen .*);$/m, "$1 http2;").replace(/^ *http2 on;\n/m, "");
}

export function seenBy(component: string, incoming: IncomingMessage, bytes: number): Seen {
  return { component, url: incoming.url ?? "", headers: incoming.headers, bytes };
}

/** One request on a connection of its own; a body in parts is sent without announcing its size. */
export async function send(options: RequestOptions, body?: Buffer | readonly Buffer[]): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", agent: false, ...options }, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8").on("data", (part: string) => (text += part));
      incoming.on("end", () => {
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text });
      });
    });
    // A server that refuses an upload closes the connection while we still write; the answer counts.
    outgoing.on("error", (error) => setTimeout(reject, 500, error));
    for (const part of Array.isArray(body) ? (body as readonly Buffer[]) : []) outgoing.write(part);
    outgoing.end(Buffer.isBuffer(body) ? body : undefined);
  });
}

/** @returns headers of so many characters each */
export function headersOf(count: number, length: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`X-Header-${index}`, "x".repeat(length)]));
}

/** A connection on which a text is sent, and no more. */
export async function connect(port: number, text: string, localAddress?: string): Promise<Socket> {
  return await new Promise((resolve, reject) => {
    const socket = createConnection({ host: "127.0.0.1", port, localAddress }, () => {
      socket.write(text, () => {
        resolve(socket);
      });
    });
    socket.on("error", reject);
  });
}

/** One request, with what the back end that answered says about it. */
export async function ask(port: number, url: string, options: RequestOptions = {}): Promise<Seen> {
  const { status, body } = await send({ port, path: url, ...options });
  if (status !== 200) throw new Error(`${url.slice(0, 100)}: ${status} ${body}`);
  return JSON.parse(body) as Seen;
}
