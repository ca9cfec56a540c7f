import { App } from "cdktf";
import type { Component } from "../../modules/app-gke/application-config";
import { installation as installationOf } from "../../modules/app-gke/installation";
import { readyPods } from "../../modules/app-gke/monitoring/promql";
import { podNames } from "../../modules/app-gke/monitoring/own-workloads";
import { ownWorkloads } from "../../modules/app-gke/monitoring/workload-names";
import { idOf, InstallationStack } from "../../modules/app-gke/terraform/stack";
import { BUCKET_SIDECAR } from "../../modules/app-gke/workload/bucket-volumes";
import { ComponentDeployment } from "../../modules/app-gke/workload/component-deployment";
import { deploymentValue } from "../../modules/app-gke/workload/deployments";
import { knownContext } from "../../modules/app-gke/workload/known-context";
import type { DeploymentValue } from "../../modules/app-gke/workload/kubernetes";
import { workloadManifest } from "../../modules/app-gke/workload/manifest";
import { ownNames } from "../../modules/app-gke/workload/own-names";
import { SHAPE } from "../../modules/app-gke/workload/stateful-set-shape";
import { podGroups } from "../../modules/app-gke/workload/pod-groups";
import { kubernetesForm } from "../delivery/kubernetes-form";
import type { Manifest } from "../delivery/stages";
import { violations } from "../edge/crd-schema";
import type { StackJson } from "../terraform/synth";

const INSTALLATION = installationOf({
  projectId: "demo-project",
  region: "us-central1",
  environment: "test",
  tenantId: "demo",
  applicationName: "hello",
});
const common = { image: "busybox:1.37", resources: { cpu: "250m", memory: "256Mi" } };
const COMPONENTS: readonly Component[] = [
  {
    ...common,
    name: "store",
    ports: [
      { name: "http", containerPort: 6333 },
      { name: "peers", containerPort: 6335 },
    ],
    scaling: { type: "fixed", replicas: 3 },
    statefulSet: {
      volumes: [
        { name: "storage", mountPath: "/store/storage", size: "20Gi", storageClass: "premium-rwo" },
        { name: "snapshots", mountPath: "/store/snapshots", size: "5Gi", accessMode: "ReadWriteOncePod" },
      ],
      podManagement: "Parallel",
    },
    security: { runAsUser: 1000, fsGroup: 3000 },
  },
  // Shares the pod, and so its volumes.
  { ...common, name: "exporter", inPodOf: "store" },
  {
    ...common,
    name: "queue",
    statefulSet: { updateStrategy: "OnDelete" },
    scaling: { type: "automatic", minimum: 2, maximum: 4 },
  },
  { ...common, name: "web", ports: [{ name: "http", containerPort: 80 }], scaling: { type: "fixed", replicas: 2 } },
];
const APPLICATION = { name: "hello", displayName: "Hello", version: "1", entryPoint: "web", components: COMPONENTS };

const values: DeploymentValue[] = [];
const app = new App({ skipValidation: true });
const construct = new InstallationStack(app, "test");
const context = knownContext({
  application: APPLICATION,
  resourcePrefix: INSTALLATION.resourcePrefix,
  image: (upstream) => upstream,
  authProxyImage: "",
});
for (const group of podGroups(COMPONENTS)) {
  const value = deploymentValue(group, {
    installation: INSTALLATION,
    namespace: "hello",
    version: "1",
    context,
    timeoutSeconds: 600,
    topologySpread: "strict",
    entryPoint: "web",
    bucketSidecar: BUCKET_SIDECAR,
    annotations: { "checksum/configuration": "abc" },
  });
  values.push(value);
  new ComponentDeployment(construct, idOf(group[0].name), {
    component: group[0],
    value,
    minAvailable: "50%",
    cluster: { name: "cluster", location: "us-central1" },
    plainNamespace: "hello",
    access: { host: "https://cluster", caCertificate: "PEM" },
    dependsOn: [],
  });
}
const stack = construct.toTerraform() as StackJson;
const block = (type: string, id: string) => stack.resource[`kubernetes_${type}`]?.[id] as Record<string, unknown>;
const form = (type: string, id: string) => kubernetesForm(stack, block(type, id)) as Manifest;

test.each(["store", "queue"])(
  "%s: a release's manifest is what Terraform makes, and a server would take it",
  (name) => {
    const manifest = workloadManifest(values.find((value) => value.name === `hello-${name}`) as DeploymentValue);
    expect(manifest.kind).toBe("StatefulSet");
    expect(violations(manifest)).toEqual([]);
    const { timeouts, waitForRollout, ...terraform } = form("stateful_set_v1", `${name}_stateful_set`) as Manifest &
      Record<string, unknown>;
    expect(timeouts).toBeDefined();
    // A number that an autoscaler sets is in no manifest.
    const replicas = name === "queue" ? {} : { replicas: Number(terraform.spec.replicas) };
    const { replicas: _, ...spec } = terraform.spec;
    expect({ metadata: manifest.metadata, spec: manifest.spec }).toEqual({
      metadata: terraform.metadata,
      spec: { ...spec, ...replicas },
    });
    expect(waitForRollout).toBe(name === "store");
  },
);

test("each pod has its own volumes, in every container, and its group owns them", () => {
  const { spec } = form("stateful_set_v1", "store_stateful_set") as unknown as {
    spec: {
      template: { spec: { containers: { volumeMounts: object[] }[]; volumes?: unknown; securityContext: object } };
      volumeClaimTemplates: object[];
      persistentVolumeClaimRetentionPolicy: object;
    };
  };
  const mounts = [
    { name: "storage", mountPath: "/store/storage" },
    { name: "snapshots", mountPath: "/store/snapshots" },
  ];
  expect(spec.template.spec.containers.map(({ volumeMounts }) => volumeMounts)).toEqual([mounts, mounts]);
  expect(spec.template.spec.volumes).toBeUndefined();
  expect(spec.template.spec.securityContext).toMatchObject({ fsGroup: 3000, fsGroupChangePolicy: "OnRootMismatch" });
  expect(spec.volumeClaimTemplates).toMatchObject([
    {
      metadata: { name: "storage" },
      spec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName: "premium-rwo",
        resources: { requests: { storage: "20Gi" } },
      },
    },
    { metadata: { name: "snapshots" }, spec: { accessModes: ["ReadWriteOncePod"], storageClassName: "standard-rwo" } },
  ]);
  // They outlive the StatefulSet.
  expect(spec.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: "Retain", whenScaled: "Retain" });
});

test("zonal disks: pods are spread among themselves, not among those of a Deployment of the same labels", () => {
  const spread = (type: string, id: string) =>
    (form(type, id).spec.template.spec as unknown as { topologySpreadConstraints: { labelSelector: object }[] })
      .topologySpreadConstraints[0]?.labelSelector;
  expect(spread("stateful_set_v1", "store_stateful_set")).toMatchObject({
    matchExpressions: [{ key: "statefulset.kubernetes.io/pod-name", operator: "Exists" }],
  });
  expect(spread("deployment_v1", "web_deployment")).not.toHaveProperty("matchExpressions");
});

test("pods get names by a Service that is there before them, and no other component may be called like it", () => {
  expect(form("service_v1", "store_pods_service_service")).toMatchObject({
    metadata: { name: "hello-store-pods" },
    spec: { clusterIp: "None", publishNotReadyAddresses: true, ports: [{ port: 6333 }, { port: 6335 }] },
  });
  expect(block("stateful_set_v1", "store_stateful_set").depends_on).toContain(
    "kubernetes_service_v1.store_pods_service_service",
  );
  expect(form("stateful_set_v1", "store_stateful_set").spec).toMatchObject({ serviceName: "hello-store-pods" });
  const settings = { networkSegmentation: false, releases: false, openPaths: false };
  expect(ownNames(APPLICATION, settings).map(({ name }) => name)).toEqual(["store-pods", "queue-pods"]);
  // Without a port, there is nothing to find.
  expect(block("service_v1", "queue_pods_service_service")).toBeUndefined();
});

test("autoscaler and budget follow the kind", () => {
  const autoscaler = block("horizontal_pod_autoscaler_v2", "queue_autoscaler") as {
    spec: { scale_target_ref: object };
  };
  expect(autoscaler.spec.scale_target_ref).toEqual({
    api_version: "apps/v1",
    kind: "StatefulSet",
    name: "${kubernetes_stateful_set_v1.queue_stateful_set.metadata[0].name}",
  });
  expect(form("pod_disruption_budget_v1", "store_disruption_budget").spec.selector).toEqual(
    form("stateful_set_v1", "store_stateful_set").spec.selector,
  );
  expect(block("stateful_set_v1", "queue_stateful_set").lifecycle).toEqual({
    ignore_changes: [...SHAPE, "spec[0].replicas"],
  });
});

test("what is watched knows both kinds", () => {
  const own = ownWorkloads(INSTALLATION, { components: COMPONENTS });
  expect(own).toMatchObject({ deployments: ["hello-web"], statefulSets: ["hello-store", "hello-queue"] });
  const pod = new RegExp(`^(${podNames(own)})$`);
  expect(["hello-store-0", "hello-queue-12", "hello-web-5d8f9c7b6d-x2x9z"].every((name) => pod.test(name))).toBe(true);
  expect(["hello-web-0", "hello-store-pods", "other-store-0"].some((name) => pod.test(name))).toBe(false);
  const watched = { cluster: { name: "c", location: "l" }, namespaces: ["hello"], own };
  expect(readyPods(watched)).not.toContain("statefulset");
  expect(readyPods({ ...watched, statefulSets: true })).toContain(
    'or min by (namespace, statefulset) (kube_statefulset_status_replicas_ready{cluster="c", location="l", namespace=~"hello", statefulset=~"hello-store|hello-queue"})',
  );
});
