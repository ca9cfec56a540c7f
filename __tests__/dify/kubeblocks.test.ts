import { violations } from "../edge/crd-schema";
import { type Condition, evaluate, hasTerraform, type Question } from "../terraform/evaluate";
import { environmentOf, get, type Stack, synthesize } from "./synthesize";

const BY_KUBEBLOCKS = { vector_store: "qdrant", data_services: { qdrant: "kubeblocks" } };
const CLUSTER = "app_workload_qdrant_cluster";
const manifestOf = ({ resource }: Stack) =>
  get<{ apiVersion: string; kind: string; spec: Record<string, unknown> }>(
    resource["kubernetes_manifest"]?.[CLUSTER],
    "manifest",
  );
const { application } = synthesize(BY_KUBEBLOCKS);
const sized = synthesize({
  ...BY_KUBEBLOCKS,
  deletion_protection: true,
  enable_network_segmentation: true,
  configure_service_mesh: true,
  kubeblocks_clusters: { qdrant: { replicas: 5, cpu: "2", memory: "8Gi", storage_gb: 100, version: "1.13.4" } },
}).application;

describe("Qdrant by KubeBlocks", () => {
  test("is as in the source: three pods with one core, 2 GiB and a disk of 20 GiB each, no two on a node", () => {
    const manifest = manifestOf(application);
    expect(violations(manifest)).toEqual([]);
    expect(manifest.spec).toMatchObject({
      clusterDef: "qdrant",
      topology: "cluster",
      terminationPolicy: "Delete",
      componentSpecs: [
        {
          name: "qdrant",
          replicas: 3,
          serviceVersion: "1.15.4",
          resources: { requests: { cpu: "1", memory: "2Gi" }, limits: { cpu: "1", memory: "2Gi" } },
          volumeClaimTemplates: [{ name: "data", spec: { resources: { requests: { storage: "20Gi" } } } }],
          schedulingPolicy: {
            affinity: {
              podAntiAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "kubernetes.io/hostname" }],
              },
            },
          },
        },
      ],
    });
    expect(JSON.stringify(manifest.spec)).not.toContain("sidecar.istio.io");
  });

  test("has other sizes and another version by variable, is out of the mesh, and outlives a mistake while it is protected", () => {
    const manifest = manifestOf(sized);
    expect(violations(manifest)).toEqual([]);
    expect(manifest.spec).toMatchObject({
      terminationPolicy: "DoNotTerminate",
      componentSpecs: [
        {
          replicas: 5,
          serviceVersion: "1.13.4",
          labels: { "sidecar.istio.io/inject": "false" },
          resources: { limits: { cpu: "2", memory: "8Gi" } },
          volumeClaimTemplates: [{ spec: { resources: { requests: { storage: "100Gi" } } } }],
        },
      ],
    });
    expect(get(sized.resource["kubernetes_manifest"]?.[CLUSTER], "lifecycle.prevent_destroy")).toBe(true);
    expect(get(application.resource["kubernetes_manifest"]?.[CLUSTER], "lifecycle.prevent_destroy")).toBe(false);
    // A new size is new pods, also where the operator leaves pods' sizes alone.
    const restarts = [application, sized].map((stack) =>
      get(get<object[]>(manifestOf(stack).spec, "componentSpecs")[0], "annotations"),
    );
    expect(restarts[0]).not.toEqual(restarts[1]);
    const again = synthesize({ ...BY_KUBEBLOCKS, kubeblocks_clusters: { qdrant: { restarts: 1 } } }).application;
    expect(get(get<object[]>(manifestOf(again).spec, "componentSpecs")[0], "annotations")).toEqual({
      "kubeblocks.io/restart": "1-2Gi-1",
    });
  });

  test("keeps the time that an operation of the operator's has noted: writing ours back would restart it once more", () => {
    expect(get(application.resource["kubernetes_manifest"]?.[CLUSTER], "computed_fields")).toEqual([
      ...["metadata.labels", "metadata.annotations"],
      "spec.componentSpecs[0].annotations",
    ]);
  });

  test("is what the API's processes use, at the Service that KubeBlocks makes, and nothing else runs Qdrant", () => {
    for (const component of ["api", "worker"]) {
      const environment = environmentOf(application, component);
      expect(environment).toMatchObject({ VECTOR_STORE: "qdrant", QDRANT_REPLICATION_FACTOR: "2" });
      expect(environment["QDRANT_URL"]).toMatch(/^http:\/\/dify-qdrant-qdrant-qdrant\..*\.svc\.cluster\.local:6333$/);
    }
    expect(JSON.stringify(application)).not.toContain("qdrant-key");
    expect(application.resource["kubernetes_stateful_set_v1"]).toBeUndefined();
    const deployment = get<string[]>(
      application.resource["kubernetes_deployment_v1"]?.["app_workload_api_deployment"],
      "depends_on",
    );
    expect(deployment).toContain("terraform_data.app_workload_qdrant_running");
  });

  test("is waited for after every change, and loses one pod at a time", () => {
    const triggers = (stack: Stack): unknown =>
      get(stack.resource["terraform_data"]?.["app_workload_qdrant_running"], "triggers_replace");
    expect(triggers(application)).toMatchObject({ name: "dify-qdrant", spec: manifestOf(application).spec });
    expect(triggers(sized)).not.toEqual(triggers(application));
    const budget = application.resource["kubernetes_pod_disruption_budget_v1"]?.["app_workload_qdrant_budget_qdrant"];
    expect(get(budget, "spec")).toEqual({
      max_unavailable: "1",
      selector: {
        match_labels: {
          "app.kubernetes.io/managed-by": "kubeblocks",
          "app.kubernetes.io/instance": "dify-qdrant",
          "apps.kubeblocks.io/component-name": "qdrant",
        },
      },
    });
  });

  test("takes connections of those that use it, of its own pods and of the operator alone, because it has no key", () => {
    const policy = get<{
      pod_selector: object;
      policy_types: string[];
      ingress: { ports: { port: string }[]; from: { pod_selector: { match_labels: Record<string, string> } }[] }[];
      egress?: { ports?: { port: string }[] }[];
    }>(application.resource["kubernetes_network_policy_v1"]?.["app_workload_network_qdrant"], "spec");
    expect(policy.pod_selector).toMatchObject({ match_labels: { "apps.kubeblocks.io/component-name": "qdrant" } });
    const who = policy.ingress.map(({ from, ports }) => [
      ports.map(({ port }) => port).join(),
      from
        .map(({ pod_selector: { match_labels: labels } }) =>
          ["app.kubernetes.io/component", "apps.kubeblocks.io/component-name", "app.kubernetes.io/name"]
            .map((label) => labels[label])
            .find((value) => value !== undefined),
        )
        .join(),
    ]);
    expect(who).toEqual([
      ["6333,6334", "api,vector-backup,qdrant"],
      ["6335", "qdrant"],
      ["3501,3502", "kubeblocks"],
    ]);
    expect(policy.policy_types).toEqual(["Ingress"]);
    const closed = get<typeof policy>(
      sized.resource["kubernetes_network_policy_v1"]?.["app_workload_network_qdrant"],
      "spec",
    );
    const out = (closed.egress ?? []).map(({ ports = [] }) => ports.map(({ port }) => port).join());
    expect(out).toEqual(["53,53", "6333,6334,6335", "443"]);
    const ofApi = JSON.stringify(sized.resource["kubernetes_network_policy_v1"]?.["app_workload_network_api"]);
    expect(ofApi).toContain('"apps.kubeblocks.io/component-name":"qdrant"');
  });

  test("tells collectors what it measures, where that is collected, and has a policy that lets them in", () => {
    const { application: collected } = synthesize({ ...BY_KUBEBLOCKS, enable_component_metrics: true });
    const monitoring = get<{ apiVersion: string; kind: string; spec: object }>(
      collected.resource["kubernetes_manifest"]?.["app_workload_data_metrics_qdrant_manifest"],
      "manifest",
    );
    expect(violations(monitoring)).toEqual([]);
    expect(monitoring.spec).toMatchObject({
      selector: {
        matchLabels: {
          "app.kubernetes.io/instance": "dify-qdrant",
          "apps.kubeblocks.io/component-name": "qdrant",
        },
      },
      endpoints: [{ port: "tcp-qdrant", path: "/metrics", metricRelabeling: [{ action: "keep" }] }],
    });
    const opened = (stack: Stack) =>
      get<{ ports: { port: string }[]; from: { namespace_selector?: { match_labels: Record<string, string> } }[] }[]>(
        stack.resource["kubernetes_network_policy_v1"]?.["app_workload_network_qdrant"],
        "spec.ingress",
      ).filter(({ from }) => JSON.stringify(from).includes("gmp-system"));
    expect(opened(collected).map(({ ports }) => ports.map(({ port }) => port))).toEqual([["6333"]]);
    expect(opened(application)).toEqual([]);
    expect(JSON.stringify(application)).not.toContain("PodMonitoring");
  });

  test("is copied every night like a Qdrant of ours, pod by pod and without a key", () => {
    const job = get<object>(
      application.resource["kubernetes_cron_job_v1"]?.["app_workload_vector_backup_cron_job"],
      "spec",
    );
    expect(JSON.stringify(job)).not.toContain("API_KEY");
    expect(environmentOf(application, "vector_backup")["NODES"]?.split(" ")).toEqual(
      [0, 1, 2].map((pod) => `http://dify-qdrant-qdrant-${pod}.dify-qdrant-qdrant-headless:6333`),
    );
  });

  test("comes before what uses it while vectors move to it, and Weaviate's pods keep their own numbers", () => {
    const { application: moving } = synthesize({
      ...BY_KUBEBLOCKS,
      vector_store: "weaviate",
      vector_store_moves_from: "qdrant",
    });
    expect(environmentOf(moving, "api")).toMatchObject({ VECTOR_STORE: "weaviate", QDRANT_REPLICATION_FACTOR: "2" });
    expect(environmentOf(moving, "weaviate")).toMatchObject({ REPLICATION_MINIMUM_FACTOR: "1" });
    expect(manifestOf(moving).spec).toMatchObject({ clusterDef: "qdrant" });
  });

  test("is asked for by its own kind, by a name that says what an error means, and looked at before it makes anything", () => {
    const asked = application.data?.["kubernetes_resources"] ?? {};
    const [kind = ""] = Object.keys(asked).filter((name) => name.includes("is_missing_or_older_than_1_0"));
    expect(asked[kind]).toMatchObject({ api_version: "apps.kubeblocks.io/v1", kind: "Cluster" });
    const looked = application.resource["terraform_data"]?.["app_data_operator_looked"];
    expect(get(looked, "triggers_replace")).toMatchObject({
      namespace: "kb-system",
      autopilot: "${try(data.google_container_cluster.app_lookup_cluster.enable_autopilot, false) == true}",
    });
    expect(get(application.resource["kubernetes_manifest"]?.[CLUSTER], "depends_on")).toContain(
      "terraform_data.app_data_operator_looked",
    );
    const { application: after } = synthesize({ ...BY_KUBEBLOCKS, install_operators: ["kubeblocks"] });
    expect(JSON.stringify(after.data)).toContain("Apply the stack dify-dev-operators first");
  });

  test("nothing asks for the operator where nobody asks for KubeBlocks", () => {
    const { application: own } = synthesize({ vector_store: "qdrant" });
    expect(JSON.stringify(own)).not.toContain("apps.kubeblocks.io/v1");
    const { application: off } = synthesize({ ...BY_KUBEBLOCKS, deploy_application: false });
    expect(JSON.stringify(off)).not.toContain("apps.kubeblocks.io/v1");
  });
});

const RUNNING = "data.kubernetes_resources.app_workload_qdrant_before_qdrant.objects";

(hasTerraform ? describe : describe.skip)("a plan", () => {
  const before = (replicas: number, storage: string, serviceVersion = "1.8.4") => ({
    conditions: get<Condition[]>(application.resource["kubernetes_manifest"]?.[CLUSTER], "lifecycle.precondition"),
    values: {
      [RUNNING]: [
        {
          spec: {
            replicas,
            serviceVersion,
            volumeClaimTemplates: [{ spec: { resources: { requests: { storage } } } }],
          },
        },
      ],
    },
  });
  const answers = evaluate(
    new Map<string, Question>([
      ["first apply", { ...before(0, "0"), values: { [RUNNING]: [] } }],
      ["grows", before(1, "10Gi")],
      ["stays", before(3, "20Gi")],
      ["fewer pods", before(5, "20Gi")],
      ["smaller disks", before(3, "100Gi")],
      ["older", before(3, "20Gi", "1.16.0")],
    ]),
  );

  test.each(["first apply", "grows", "stays"])("passes: %s", (name) => {
    expect(answers.get(name)).toEqual([]);
  });

  test.each([
    ["fewer pods", "replicas is 3, and Cluster dify-qdrant has 5 pods"],
    ["smaller disks", "storage_gb to 100 or more"],
    ["older", "version is 1.15.4, and Cluster dify-qdrant runs 1.16.0"],
  ])("is refused: %s", (name, text) => {
    expect(answers.get(name)?.join()).toContain(text);
  });
});
