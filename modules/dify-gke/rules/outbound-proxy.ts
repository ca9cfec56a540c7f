import { goesTo } from "../../dify-common/routing";
import { parseRange } from "../../dify-common/address-ranges";
import { imagesIn, kubernetesName } from "../dify-settings";
import type { Variables } from "../variables";
import { everyName, namesAndReaders } from "./environment";
import { DESIGN, type Rule } from "./rule";

/** A company's proxy, `outbound_proxy`. */

const reachable: Rule = {
  id: "outbound-proxy-elsewhere",
  what: "An `outbound_proxy` in the pod itself, or at a link-local address",
  why: "Nothing answers there, and no request leaves without it.",
  risk: "High",
  severity: "error",
  variables: ["outbound_proxy"],
  source: DESIGN,
  brokenBy: ({ outbound_proxy: proxy }) => proxy !== null && isNowhere(proxy.host),
  message: (v) =>
    `outbound_proxy.host is ${v.outbound_proxy?.host ?? ""}, which in a pod leads to the pod itself or to nobody: no request would leave. Set outbound_proxy.host to the proxy's name or address in your network, or take outbound_proxy out of the file.`,
};

function isNowhere(host: string): boolean {
  return parseRange(host) ? /^(0|127)\.|^169\.254\./.test(host) : /(^|\.)localhost$/i.test(host);
}

const login: Rule = {
  id: "outbound-proxy-login",
  what: "An `outbound_proxy` with a user and no password, or the other way round",
  why: "Requests would come to it without a login, and it would answer 407.",
  risk: "High",
  severity: "error",
  variables: ["outbound_proxy"],
  source: DESIGN,
  brokenBy: ({ outbound_proxy: proxy }) => proxy !== null && (proxy.user === "") !== (proxy.password_secret === ""),
  message: (v) => {
    const [given, missing] = v.outbound_proxy?.user === "" ? ["password_secret", "user"] : ["user", "password_secret"];
    return `outbound_proxy has ${given} and no ${missing}: a proxy that asks for a login would get none, and answer 407. Set ${missing} in outbound_proxy as well${missing === "password_secret" ? ", the id of a secret in Secret Manager," : ""} or take ${given} out.`;
  },
};

const NAMES = [
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "ALL_PROXY",
  "all_proxy",
];
/** Who goes out by it. */
const CLIENTS = ["api", "worker", "beat", "api-websocket", "plugin-daemon"];

/** @returns by what the user calls it: variables of their own that say how to go out */
function ownWords(v: Variables): readonly string[] {
  if (v.outbound_proxy === null) return [];
  const where = imagesIn(v);
  const general = everyName(v).filter((name) => {
    const to = goesTo(where, name);
    return NAMES.includes(name) && (to.length > 0 ? to : ["api"]).some((one) => CLIENTS.includes(kubernetesName(one)));
  });
  const single = Object.entries(v.component_settings)
    .filter(([component]) => CLIENTS.includes(kubernetesName(component)))
    .flatMap(([component, { environment, secret_environment: secrets }]) =>
      [...Object.keys(environment), ...Object.keys(secrets)]
        .filter((name) => NAMES.includes(name))
        .map((name) => `component_settings.${component}.${name}`),
    );
  return [...general, ...single];
}

const heard: Rule = {
  id: "outbound-proxy-heard",
  what: "An environment variable that says how to go out, and `outbound_proxy`",
  why: "What reads it does not use the proxy.",
  risk: "Medium",
  severity: "warning",
  variables: [...namesAndReaders, "component_settings", "outbound_proxy"],
  source: DESIGN,
  brokenBy: ownWords,
  message: (_, subject) =>
    `${subject} is set in this file and wins over outbound_proxy: what reads it does not use that proxy, and may not reach services in the cluster. Take it out, and name what has to be reached directly in no_proxy of outbound_proxy.`,
};

const marketplace: Rule = {
  id: "outbound-proxy-marketplace",
  what: "`enable_marketplace` with `outbound_proxy`",
  why: "nginx and the web front end ask the marketplace directly.",
  risk: "Low",
  severity: "warning",
  variables: ["enable_marketplace", "outbound_proxy"],
  source: DESIGN,
  brokenBy: (v) => v.outbound_proxy !== null && v.enable_marketplace,
  message: () =>
    "enable_marketplace is true, and nginx and the web front end ask the marketplace directly, because they cannot use a proxy: if the network lets nothing out except through outbound_proxy, its pages stay empty. Set enable_marketplace = false and install plugins from files, or put outbound-proxy-marketplace into silenced_warnings where marketplace.dify.ai is open.",
};

export const outboundProxyRules: readonly Rule[] = [reachable, login, heard, marketplace];
