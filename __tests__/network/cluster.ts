import { kubernetesForm } from "../delivery/kubernetes-form";
import { objectsIn, releaseFiles } from "../delivery/stages";
import type { StackJson } from "../terraform/synth";

/** A pod as policies see it: https://kubernetes.io/docs/concepts/services-networking/network-policies/. */
export interface Pod {
  readonly kind: "pod";
  /** Its component. */
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly { readonly name?: string; readonly containerPort: number }[];
  /** Environment of its containers, as far as it is no secret. */
  readonly environment: Readonly<Record<string, string>>;
}

/** An address that belongs to no pod and to no node. */
export interface Address {
  readonly kind: "address";
  readonly ip: string;
}

/** A machine of the cluster. */
export interface Node {
  readonly kind: "node";
}

export interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

export interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
}

export interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly {
    readonly port?: number | string;
    readonly endPort?: number;
    readonly protocol?: string;
  }[];
}

export interface Policy {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly podSelector: Selector;
    readonly policyTypes: readonly string[];
    readonly ingress?: readonly Rule[];
    readonly egress?: readonly Rule[];
  };
}

export interface Service {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly selector: Readonly<Record<string, string>>;
    readonly ports: readonly { readonly port: number; readonly targetPort: number | string }[];
  };
}

/** What a stack puts into the cluster, as far as connections go. */
export interface Cluster {
  readonly pods: readonly Pod[];
  readonly policies: readonly Policy[];
  readonly services: readonly Service[];
}

/** Addresses that only apply knows, made up. */
export const KNOWN = { sql: "10.9.0.3", fileServer: "10.10.0.2" } as const;

/** Services of others that are in the cluster, by `<namespace>/<name>`, with the pods behind them. */
export const OTHERS: Readonly<Record<string, { readonly pod: Pod; readonly ports: Readonly<Record<number, string>> }>> =
  {
    "vectors/weaviate": { pod: other("vectors", "weaviate", 8080), ports: { 80: "8080", 50051: "50051" } },
    "vectors/qdrant": { pod: other("vectors", "qdrant", 6333), ports: { 6333: "http" } },
    "cache/redis": { pod: other("cache", "redis", 6379), ports: { 6379: "6379" } },
    "models/ollama": { pod: other("models", "ollama", 11434), ports: { 80: "11434" } },
  };

function other(namespace: string, name: string, containerPort: number): Pod {
  const labels = { "app.kubernetes.io/name": name };
  return { kind: "pod", name, namespace, labels, ports: [{ name: "http", containerPort }], environment: {} };
}

interface Workload {
  readonly metadata: { readonly namespace: string };
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: { readonly containers: readonly Container[] };
    };
  };
}

interface Container {
  readonly ports?: Pod["ports"];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly envFrom?: readonly { readonly configMapRef?: { readonly name: string } }[];
}

/** @returns what Terraform makes in the cluster */
export function clusterOf(stack: StackJson): Cluster {
  const resolved = withNames(stack);
  const all = <T>(type: string): T[] =>
    Object.values(resolved.resource[type] ?? {}).map((block) => kubernetesForm(resolved, block) as T);
  const workloads = [
    ...all<Workload>("kubernetes_deployment_v1"),
    ...all<Workload>("kubernetes_job_v1"),
    ...all<{ metadata: Workload["metadata"]; spec: { jobTemplate: { spec: Workload["spec"] } } }>(
      "kubernetes_cron_job_v1",
    ).map(({ metadata, spec }) => ({ metadata, spec: spec.jobTemplate.spec })),
  ];
  const configMaps = all<{ metadata: Policy["metadata"]; data?: Readonly<Record<string, string>> }>(
    "kubernetes_config_map_v1",
  );
  return {
    pods: workloads.map((workload) => podOf(workload, configMaps)),
    policies: all<Policy>("kubernetes_network_policy_v1"),
    services: all<Service & { spec: { port?: Service["spec"]["ports"] } }>("kubernetes_service_v1"),
  };
}

/** @returns the pods of Cloud Deploy's manifests, of every stage */
export function deliveredPods(stack: StackJson): readonly Pod[] {
  return Object.entries(releaseFiles(stack))
    .filter(([name]) => name !== "skaffold.yaml")
    .flatMap(([, file]) => objectsIn(file).map((object) => podOf(object as unknown as Workload, [])));
}

function podOf(
  { metadata, spec }: Workload,
  configMaps: readonly { metadata: Policy["metadata"]; data?: Readonly<Record<string, string>> }[],
): Pod {
  const { labels } = spec.template.metadata;
  const { containers } = spec.template.spec;
  const sources = containers.flatMap(({ envFrom = [] }) => envFrom.map(({ configMapRef }) => configMapRef?.name));
  const given = configMaps
    .filter((map) => map.metadata.namespace === metadata.namespace && sources.includes(map.metadata.name))
    .map(({ data = {} }) => data);
  const own = containers.flatMap(({ env = [] }) => env.map(({ name, value = "" }) => ({ [name]: value })));
  return {
    kind: "pod",
    name: labels["app.kubernetes.io/component"] ?? "",
    namespace: metadata.namespace,
    labels,
    ports: containers.flatMap(({ ports = [] }) => ports),
    environment: Object.assign({}, ...given, ...own) as Record<string, string>,
  };
}

/** With the values of what one object says of another, and addresses for what only apply knows. */
function withNames(stack: StackJson): StackJson {
  let text = JSON.stringify(stack)
    .replaceAll(/\$\{data\.google_sql_database_instance\.\w+\.private_ip_address\}/g, KNOWN.sql)
    .replaceAll(/\$\{data\.google_compute_address\.\w+_file_server\.address\}/g, KNOWN.fileServer)
    .replaceAll(/\$\{(kubernetes_service_v1\.\w+)\.spec\[0\]\.cluster_ip\}/g, "$${$1.metadata[0].name}.address");
  for (let before = ""; before !== text;) {
    before = text;
    text = text.replaceAll(/\$\{(\w+)\.(\w+)\.metadata\[0\]\.name\}/g, (whole, type: string, id: string) => {
      const metadata = stack.resource[type]?.[id]?.metadata as { readonly name: string } | undefined;
      return metadata?.name ?? whole;
    });
  }
  const services = stack.data?.kubernetes_service_v1 ?? {};
  return JSON.parse(text, (_, value: unknown) =>
    typeof value === "string" ? ofOthers(value, services) : value,
  ) as StackJson;
}

/** What Terraform would put in the place of an expression about a Service that is in the cluster already. */
function ofOthers(text: string, services: Readonly<Record<string, unknown>>): unknown {
  const { id = "" } = /^\$\{try\((?:length\()?data\.kubernetes_service_v1\.(?<id>\w+)\./.exec(text)?.groups ?? {};
  const found = services[id] as
    | { readonly metadata: { readonly name: string; readonly namespace: string } }
    | undefined;
  if (!found) return text;
  const service = OTHERS[`${found.metadata.namespace}/${found.metadata.name}`];
  const { port } = /p\.port == (?<port>\d+)/.exec(text)?.groups ?? {};
  if (port !== undefined) return service?.ports[Number(port)] ?? port;
  return service?.pod.labels ?? { "app.kubernetes.io/name": "there-is-no-such-service" };
}
