import { componentsOf } from "../dify/components";
import { PIPELINE } from "../delivery/stages";
import { violations } from "../edge/crd-schema";
import { clusterOf, deliveredPods, type Pod } from "../network/cluster";
import { passes } from "../network/passes";
import { type Given, type StackJson, synth } from "../terraform/synth";

const COLLECTED: Given = { enable_component_metrics: true };
/** https://cloud.google.com/stackdriver/docs/managed-prometheus/setup-managed#gmp-pod-namespaces */
const COLLECTORS = ["gke-gmp-system", "gmp-system"];

interface PodMonitoring {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly endpoints: readonly {
      readonly port: string;
      readonly metricRelabeling: readonly { readonly regex: string }[];
    }[];
  };
}

function monitorings({ resource }: StackJson): readonly PodMonitoring[] {
  return Object.values(resource.kubernetes_manifest ?? {})
    .map(({ manifest }) => manifest as PodMonitoring)
    .filter(({ kind }) => kind === "PodMonitoring");
}

/** Ports on which a pod tells what it measures. */
const metricsPorts = ({ ports }: Pod) => ports.filter(({ name }) => name?.startsWith("metrics-"));

const pod = (namespace: string): Pod => ({
  kind: "pod",
  name: "other",
  namespace,
  labels: { app: "other" },
  ports: [],
  environment: {},
});

describe.each([
  ["alone", COLLECTED],
  ["with a pipeline and stages of its own", { ...COLLECTED, ...PIPELINE }],
])("what components measure is collected, %s", (_, given) => {
  const stack = synth(given).application;
  const { pods } = clusterOf(stack);

  test("from every pod that measures something, in each namespace, by ports that it has", () => {
    const found = monitorings(stack);
    expect(found.flatMap(violations)).toEqual([]);
    const collected = found.flatMap(({ spec: { selector, endpoints } }) =>
      pods
        .filter(({ labels }) => Object.entries(selector.matchLabels).every(([name, value]) => labels[name] === value))
        .map(({ labels }) => [
          labels["app.kubernetes.io/instance"],
          labels["app.kubernetes.io/component"],
          endpoints.map(({ port }) => port),
        ]),
    );
    const measuring = pods
      .filter((each) => metricsPorts(each).length > 0)
      .map(({ labels, ...rest }) => [
        labels["app.kubernetes.io/instance"],
        labels["app.kubernetes.io/component"],
        metricsPorts({ labels, ...rest }).map(({ name }) => name),
      ]);
    const sorted = (all: readonly (readonly unknown[])[]) =>
      all
        .map(([instance, component, ports]) => JSON.stringify([instance, component, [...(ports as string[])].sort()]))
        .sort();
    expect(sorted(collected)).toEqual(sorted(measuring));
    const components = new Set(measuring.map(([, component]) => component));
    expect([...components].sort()).toEqual([
      "api",
      "api-websocket",
      "beat",
      "celery-exporter",
      "plugin-daemon",
      "proxy",
    ]);
  });

  test("a release that Cloud Deploy brings measures the same", () => {
    const known = deliveredPods(stack).filter((each) => metricsPorts(each).length > 0);
    expect(known.length > 0).toBe(given !== COLLECTED);
    for (const delivered of deliveredPods(stack)) {
      const own = pods.find(({ name, namespace }) => name === delivered.name && namespace === delivered.namespace);
      if (own) expect(metricsPorts(delivered)).toEqual(metricsPorts(own));
    }
  });
});

describe.each([true, false])("with segmentation = %s", (segmentation) => {
  const cluster = clusterOf(synth({ ...COLLECTED, enable_network_segmentation: segmentation }).application);
  const exporters = cluster.pods.flatMap((to) => metricsPorts(to).map(({ containerPort }) => ({ to, containerPort })));

  test("the collectors of Managed Service for Prometheus reach what is measured", () => {
    expect(exporters.length).toBeGreaterThan(5);
    for (const { to, containerPort } of exporters) {
      for (const namespace of COLLECTORS) {
        expect([to.name, containerPort, passes(cluster, pod(namespace), to, containerPort)]).toEqual([
          to.name,
          containerPort,
          true,
        ]);
      }
    }
  });

  test("nobody else does, but for Auth Proxies without segmentation", () => {
    const others = [
      ...cluster.pods,
      pod("default"),
      pod(cluster.pods[0]?.namespace ?? ""),
      { kind: "address", ip: "35.191.1.1" } as const,
    ];
    for (const { to, containerPort } of exporters) {
      const reached = others.filter((from) => from !== to && passes(cluster, from, to, containerPort));
      if (segmentation || containerPort !== 9801)
        expect([to.name, containerPort, reached]).toEqual([to.name, containerPort, []]);
    }
  });

  test("the entry point answers as before", () => {
    const door = cluster.pods.find(({ name }) => name === "proxy");
    expect(door && passes(cluster, { kind: "address", ip: "203.0.113.7" }, door, 8080)).toBe(true);
  });
});

test("it is collected where somebody is told, unless the file says otherwise", () => {
  const told = { support_users: ["ops@example.com"] };
  const number = (given: Given): number => monitorings(synth(given).application).length;
  expect([{}, told, { ...told, enable_component_metrics: false }, COLLECTED].map(number)).toEqual([0, 6, 0, 6]);
});

test("without it nothing measures, and pods are as they were", () => {
  const stack = JSON.stringify(synth().application);
  expect(stack).not.toMatch(/exporter|--prometheus|metrics-\d/);
});

describe("the exporter for Redis", () => {
  const environment = (given: Given) => {
    const exporter = componentsOf({ ...COLLECTED, ...given }).find(({ name }) => name === "redis-exporter");
    return exporter?.environment?.({ redis: { host: "10.0.0.5", port: "6380" } } as never);
  };
  const own = { redis_host: "10.0.0.5", redis_port: "6380" };

  test("connects as the components do", () => {
    expect(environment({})).toMatchObject({ REDIS_ADDR: "redis://10.0.0.5:6380" });
    expect(environment({ ...own, environment_variables: { REDIS_USERNAME: "dify" } })).toMatchObject({
      REDIS_USER: "dify",
    });
    expect(environment({ ...own, redis_tls: true })).toMatchObject({ REDIS_ADDR: "rediss://10.0.0.5:6380" });
    expect(environment({ ...own, environment_variables: { REDIS_USE_SSL: "true" } })).toMatchObject({
      REDIS_ADDR: "rediss://10.0.0.5:6380",
      REDIS_EXPORTER_SKIP_TLS_VERIFICATION: "true",
    });
  });

  test("is left out where a certificate is in an image that it does not have", () => {
    const files = {
      REDIS_USE_SSL: "true",
      REDIS_SSL_CERTFILE: "/app/client.pem",
      REDIS_SSL_KEYFILE: "/app/client.key",
    };
    expect(environment({ ...own, environment_variables: files })).toBeUndefined();
  });
});
