import type { Bindings, Component, ComposedSecret, Destination } from "../app-gke/application-config";
import { PRIVATE_RANGES } from "../app-gke/google/privately-used";
import { plain } from "../app-gke/terraform/literal";
import { serviceNamed } from "../app-gke/workload/cluster-names";
import { formatRange, parseRange, subtract } from "./address-ranges";
import { ports } from "./environment";
import { namedServers } from "./named-hosts";
import { urlPart } from "./redis";
import { ownOf } from "./routing";
import { secretNamed, secretNames } from "./secrets";
import type { DifySettings } from "./settings";

/**
 * A company's proxy, through which everything goes out. It is the parent of squid, and components that would go out
 * directly use squid instead. So only squid knows its address and password. Plugins, which are other people's code, know
 * neither.
 */

/** Components that would go out directly, and that read the proxy's variables. Node.js, nginx and the Auth Proxy do not: docs/ways-out.md. */
const CLIENTS = ["api", "worker", "beat", "api-websocket", "plugin-daemon"];

/**
 * What every client reaches itself, as all of them read it: names with a dot before them are ends of names. Google's APIs are
 * reached privately (https://cloud.google.com/vpc/docs/private-google-access).
 */
const DIRECT = ["localhost", "127.0.0.1", "metadata.google.internal", "169.254.169.254", ".googleapis.com"];
const NOT_COMPONENTS: readonly string[] = [
  "database",
  "redis",
  "google-apis",
  "internet",
  "internal",
] satisfies Destination[];

/**
 * In the cluster: for plugins everything, as models may be anywhere; for the API its own components alone, because its extensions
 * by API go directly to all that `NO_PROXY` names (core/extension/api_based_extension_requestor.py).
 */
function inCluster({ name, talksTo = [] }: Component, { host }: Bindings): readonly string[] {
  if (name === "plugin-daemon") return [".svc", ".svc.cluster.local"];
  return talksTo.filter((one) => !NOT_COMPONENTS.includes(one)).map(host);
}

/** @returns a component that goes out by the company's proxy, if there is one; the user's own variables win */
export function withOutboundProxy(component: Component, settings: DifySettings): Component {
  const proxy = settings.outboundProxy;
  if (!proxy || !CLIENTS.includes(component.name)) return component;
  const { environment, secrets = {}, talksTo = [] } = component;
  const inside = namedServers(ownOf(settings, component.name)).map(({ host }) => host);
  const named = [...inside.filter(isInside), ...proxy.direct.map(plain).flatMap(singly)];
  const variables = (bindings: Bindings): Readonly<Record<string, string>> => {
    const squid = `http://${bindings.host("ssrf-proxy")}:${ports.ssrfProxy}`;
    // In capitals alone: gRPC, which would not come through squid, reads the others.
    const direct = new Set([...DIRECT, ...inCluster(component, bindings), ...named]);
    const all = { HTTP_PROXY: squid, HTTPS_PROXY: squid, NO_PROXY: [...direct].join(",") };
    return Object.fromEntries(Object.entries(all).filter(([name]) => !(name in secrets)));
  };
  return {
    ...component,
    environment: (bindings) => ({ ...variables(bindings), ...environment?.(bindings) }),
    talksTo: [...new Set([...talksTo, "ssrf-proxy"])],
  };
}

/** What squid would refuse, or look for outside: a private address, or a Service of the cluster. */
function isInside(host: string): boolean {
  const address = parseRange(host);
  if (!address) return serviceNamed(host, "own") !== undefined;
  return PRIVATE_RANGES.some((range) => subtract(address, [parseRange(range) ?? address]).length === 0);
}

/** The shortest prefix of a range whose addresses are named one by one: 64. */
const SINGLY = 26;

/** httpx, which most clients of models use, knows no ranges: https://www.python-httpx.org/environment_variables/#no_proxy. */
function singly(host: string): readonly string[] {
  const range = parseRange(host);
  if (range?.bits !== 32 || range.prefix < SINGLY || range.prefix === 32) return [host];
  const addresses = Array.from({ length: 2 ** (32 - range.prefix) }, (_, index) =>
    formatRange({ ...range, first: range.first + BigInt(index), prefix: 32 }).replace("/32", ""),
  );
  return [host, ...addresses];
}

/** squid's own environment variable with user name and password, as they stand in its configuration. */
export const LOGIN_VARIABLE = "OUTBOUND_PROXY_LOGIN";

/** User name and password of the proxy, as squid reads them. */
export function outboundProxySecrets({ outboundProxy, existingSecrets }: DifySettings): ComposedSecret[] {
  const { user, passwordSecret } = outboundProxy ?? {};
  if (user === undefined || passwordSecret === undefined) return [];
  const password = secretNamed(existingSecrets, passwordSecret);
  return [
    {
      name: secretNames.outboundProxyLogin,
      from: [password],
      value: (_, secret) => `${encodeURIComponent(plain(user))}:${urlPart(secret(password))}`,
    },
  ];
}
