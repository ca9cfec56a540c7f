import { rmSync, writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { dirname, join } from "node:path";
import { squidCommand, squidConfiguration, type SquidOptions } from "../../modules/dify-common/ssrf-proxy";
import { Daemon, freePort, until } from "./processes";
import { path, tools } from "./require";

export interface Outcome {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Squid {
  readonly port: number;
  readonly daemon: Daemon;
  /** @param extra `port` is another of its ports. @default - a GET on the first one */
  get(
    url: string,
    extra?: {
      readonly method?: string;
      readonly localAddress?: string;
      readonly port?: number;
      readonly body?: string;
    },
  ): Promise<Outcome>;
  /** @returns the answer's status */
  connect(authority: string, port?: number): Promise<number>;
  /** The access log's entry of a URL. It is written after the answer, so this waits for it. */
  logged(url: string): Promise<Record<string, unknown>>;
}

const services: string[] = [];

/** Killed, squid leaves its shared memory behind. */
export function removeSharedMemory(): void {
  const parts = ["metadata", "queues", "readers"];
  for (const file of services.flatMap((service) => parts.map((part) => `${service}-cf__${part}.shm`))) {
    rmSync(join("/dev/shm", file), { force: true });
  }
}

/** @param hosts the only names that squid can look up without a DNS server: name to address */
export async function startSquid(
  directory: string,
  hosts: Readonly<Record<string, string>>,
  options: Partial<SquidOptions>,
  env: Readonly<Record<string, string>> = {},
): Promise<Squid> {
  const port = await freePort();
  const hostsFile = join(directory, "hosts");
  writeFileSync(
    hostsFile,
    Object.entries(hosts)
      .map(([name, address]) => `${address} ${name}\n`)
      .join(""),
  );
  const configuration = join(directory, `squid-${port}.conf`);
  writeFileSync(
    configuration,
    squidConfiguration({ port, listenAddress: "127.0.0.1", allowedHosts: [], hostsFile, directory, ...options }) +
      // No packet leaves the machine: from a loopback address the kernel refuses to connect to any other.
      "tcp_outgoing_address 127.0.0.1\ntcp_outgoing_address ::1\n",
  );
  const log = join(directory, `squid-${port}.log`);
  // All squids of one name share their memory's name, and of two that start together one fails.
  const service = `dify${process.pid}x${port}`;
  services.push(service);
  const [program = "", ...args] = squidCommand(options.parent, configuration, directory);
  const daemon = new Daemon(program === "sh" ? "/bin/sh" : path(tools.squid), [...args, "-n", service], log, {
    cwd: directory,
    env: { ...env, PATH: `${dirname(path(tools.squid))}:/usr/bin:/bin` },
  });
  await daemon.ready(port);

  return {
    port,
    daemon,
    get: async (url, { body: sent, ...extra } = {}) =>
      await new Promise((resolve, reject) => {
        const options = { host: "127.0.0.1", port, path: url, agent: false, headers: { Host: "x" }, ...extra };
        const outgoing = request(options, (incoming) => {
          let body = "";
          incoming.setEncoding("utf8").on("data", (text: string) => (body += text));
          incoming.on("end", () => {
            resolve({ status: incoming.statusCode ?? 0, body, headers: incoming.headers });
          });
        });
        outgoing.on("error", reject);
        outgoing.end(sent);
      }),
    connect: async (authority, other = port) =>
      await new Promise((resolve, reject) => {
        const options = { host: "127.0.0.1", port: other, method: "CONNECT", path: authority, agent: false };
        const outgoing = request(options);
        outgoing.on("connect", (incoming, socket) => {
          socket.destroy();
          resolve(incoming.statusCode ?? 0);
        });
        outgoing.on("error", reject);
        outgoing.end();
      }),
    logged: async (url) => {
      let entry: Record<string, unknown> | undefined;
      await until(`the access log's entry of ${url}`, () => {
        const lines = daemon.output.split("\n").filter((line) => line.startsWith("{") && line.endsWith("}"));
        entry = lines.map((line) => JSON.parse(line) as Record<string, unknown>).find((line) => line.url === url);
        return entry !== undefined;
      });
      return entry ?? {};
    },
  };
}
