import { request } from "node:http";
import { Agent, type AgentOptions, type RequestOptions } from "node:https";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect, type ConnectionOptions } from "node:tls";

/**
 * Connections to a control plane, whose certificate is signed by the cluster's own authority. Like Terraform's provider, they go through
 * the proxy that `HTTPS_PROXY` names, unless `NO_PROXY` has the host.
 */
export function controlPlaneAgent(ca: Buffer, host: string, env: NodeJS.ProcessEnv): Agent {
  const proxy = env.HTTPS_PROXY ?? env.https_proxy ?? "";
  const without = (env.NO_PROXY ?? env.no_proxy ?? "").split(",").map((rule) => rule.trim().replace(/^\*?\./, ""));
  const direct = without.some((rule) => rule !== "" && (host === rule || host.endsWith(`.${rule}`)));
  return proxy === "" || direct
    ? new Agent({ ca, keepAlive: true })
    : new ThroughProxy(new URL(proxy), { ca, keepAlive: true });
}

class ThroughProxy extends Agent {
  constructor(
    private readonly proxy: URL,
    options: AgentOptions,
  ) {
    super(options);
  }

  override createConnection(options: RequestOptions, made?: (error: Error | null, stream: Duplex) => void): undefined {
    const { hostname, password, port, username } = this.proxy;
    const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64");
    const asked = request({
      hostname,
      port: port || "80",
      method: "CONNECT",
      path: `${options.host ?? ""}:${options.port ?? 443}`,
      headers: username === "" ? {} : { "proxy-authorization": `Basic ${login}` },
    });
    asked.once("connect", (answer, socket) => {
      if (answer.statusCode === 200) {
        made?.(null, connect({ ...(options as ConnectionOptions), socket }));
        return;
      }
      const why = `The proxy ${this.proxy.host} answers ${answer.statusCode ?? 0} for the control plane`;
      made?.(new Error(why), socket);
    });
    asked.once("error", (error) => made?.(error, asked.socket ?? new Socket()));
    asked.end();
  }
}
