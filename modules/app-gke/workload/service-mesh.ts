import type { Component, ComputeClass, Resources } from "../application-config";
import { AUTH_PROXY_HEALTH_PORT, AUTH_PROXY_SERVER_PORT } from "./auth-proxy";
import { fitted } from "./container-limits";

/** What makes the mesh's proxy part of pods, and what it leaves alone: docs/service-mesh.md. */

type Meshed = Pick<Component, "name" | "untrusted" | "mesh" | "metrics" | "ports" | "needs">;

/** How an application takes part in Cloud Service Mesh. */
export interface MeshSettings {
  /**
   * Ports of servers outside of the mesh, which pods connect to past their proxy.
   * @see https://cloud.google.com/service-mesh/docs/onboarding/unsupported-istio-apis
   * @default []
   */
  readonly outsidePorts?: readonly number[];
  /**
   * What the proxy requests, and may use, in each pod.
   * @see https://cloud.google.com/service-mesh/docs/onboarding/unsupported-istio-apis
   * @default - `MESH_PROXY`
   */
  readonly proxy?: Pick<Resources, "cpu" | "memory">;
  /**
   * E-mail address of the service account to act as.
   * @see https://cloud.google.com/iam/docs/service-account-impersonation
   * @default - the account that runs Terraform
   */
  readonly impersonateServiceAccount?: string;
}

/**
 * What Google's webhook reads of a namespace. The other label, `istio.io/rev`, would have to name the cluster's release channel.
 * @see https://cloud.google.com/service-mesh/docs/onboarding/provision-control-plane
 */
export const MESH_NAMESPACE: Readonly<Record<string, string>> = { "istio-injection": "enabled" };
/**
 * Keeps the proxy out of a pod.
 * @see https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#controlling-the-injection-policy
 */
export const OUTSIDE_MESH: Readonly<Record<string, string>> = { "sidecar.istio.io/inject": "false" };
/** What the proxy requests in each pod by default. Its disk cannot be set, so it gets Autopilot's default. */
export const MESH_PROXY: Required<Resources> = { cpu: "100m", memory: "256Mi", ephemeralStorage: "1Gi" };
/** HTTPS, and the Auth Proxy's connection to the database: both have their own TLS. */
const OWN_OUTSIDE_PORTS = [443, AUTH_PROXY_SERVER_PORT];
/** Link-local addresses: the metadata server, which a pod needs before its proxy runs, and the node's DNS cache. */
const LINK_LOCAL = "169.254.0.0/16";

/** @returns whether pods of these components have the proxy: one that must not have it keeps it out of the whole pod */
export function inMesh(tasks: readonly Pick<Meshed, "untrusted" | "mesh">[]): boolean {
  return tasks.every(({ untrusted, mesh }) => untrusted !== true && mesh !== false);
}

/** @returns labels of the pods of these components. Jobs' pods stay without the proxy, which would keep them from ending */
export function meshLabels(
  tasks: readonly Meshed[],
  settings: MeshSettings | undefined,
): Readonly<Record<string, string>> {
  return settings && !inMesh(tasks) ? OUTSIDE_MESH : {};
}

/**
 * @param entryPoint name of the component that requests from outside reach first: it has to see the client's address
 * @returns annotations with the proxy's settings for the pods of these components
 * @see https://cloud.google.com/service-mesh/docs/onboarding/unsupported-istio-apis for those that Google takes
 */
export function meshAnnotations(
  tasks: readonly Meshed[],
  settings: MeshSettings | undefined,
  { computeClass, entryPoint, graceSeconds }: { computeClass?: ComputeClass; entryPoint: string; graceSeconds: number },
): Readonly<Record<string, string>> {
  if (!settings || !inMesh(tasks)) return {};
  const { cpu, memory } = fitted(settings.proxy ?? MESH_PROXY, computeClass);
  // Pods of one component connect to each other before they are ready, when the mesh does not know them yet.
  const peers = tasks.flatMap(({ name, ports = [] }) =>
    ports.filter(({ openTo }) => openTo?.length === 1 && openTo[0] === name).map(({ containerPort }) => containerPort),
  );
  const inbound = [
    ...tasks.flatMap(({ name, ports = [] }) =>
      name === entryPoint ? ports.map(({ containerPort }) => containerPort) : [],
    ),
    ...tasks.flatMap(({ metrics }) => (metrics ? [metrics.port] : [])),
    ...(tasks.some(({ needs }) => needs?.database) ? [AUTH_PROXY_HEALTH_PORT] : []),
    ...peers,
  ];
  return {
    // The proxy starts before the application, and ends only when the application's grace period is over.
    "proxy.istio.io/config": JSON.stringify({
      holdApplicationUntilProxyStarts: true,
      terminationDrainDuration: `${graceSeconds}s`,
    }),
    "sidecar.istio.io/proxyCPU": cpu,
    "sidecar.istio.io/proxyCPULimit": cpu,
    "sidecar.istio.io/proxyMemory": memory,
    "sidecar.istio.io/proxyMemoryLimit": memory,
    ...(inbound.length > 0 && { "traffic.sidecar.istio.io/excludeInboundPorts": list(inbound) }),
    "traffic.sidecar.istio.io/excludeOutboundIPRanges": LINK_LOCAL,
    "traffic.sidecar.istio.io/excludeOutboundPorts": list([
      ...OWN_OUTSIDE_PORTS,
      ...(settings.outsidePorts ?? []),
      ...peers,
    ]),
  };
}

function list(ports: readonly number[]): string {
  return [...new Set(ports)].sort((a, b) => a - b).join(",");
}
