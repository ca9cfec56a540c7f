import { DataResource, type ITerraformDependable, type Precondition } from "cdktf";
import { Construct } from "constructs";
import { DataKubernetesResources } from "@cdktf/provider-kubernetes/lib/data-kubernetes-resources";
import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest";
import { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1";
import type { DataCluster, DataClusterPart } from "../application-config";
import type { Installation } from "../installation";
import { clusterScript, type ClusterAccess } from "../terraform/cluster-script";
import { accessToken } from "../terraform/ephemeral";
import { ChosenCluster } from "./chosen-cluster";
import { dataClusterName, dataLabels } from "./data-names";
import { commonLabels } from "./labels";
import { bytes, inBytes } from "./quantities";
import { OUTSIDE_MESH } from "./service-mesh";
import type { DataBackupSettings } from "./settings";

/** The version of KubeBlocks' API, and the kind. @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/apis/apps/v1/cluster_types.go */
export const DATA_API = "apps.kubeblocks.io/v1";
/** GKE's default class of disks: https://cloud.google.com/kubernetes-engine/docs/concepts/persistent-volumes. */
const STORAGE_CLASS = "standard-rwo";
/** Name of the disk in the addons' definitions, and in the pods. @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/pkg/controller/instanceset/instance_util.go#L562 */
export const DATA_VOLUME = "data";
const GIB = 2 ** 30;
/** Annotation of a part: another value replaces its pods, one by one. */
const RESTART = "kubeblocks.io/restart";
/** Seconds that the operator may take: it replaces one pod after the other, and each may have to load its data. */
const SECONDS = 1800;
/**
 * The longest passwords that the operator makes, of letters and digits only, which need no escapes in a URL.
 * @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/pkg/common/password.go
 */
const PASSWORD = { length: 32, numDigits: 8, numSymbols: 0, letterCase: "MixedCases" } as const;
/** The operator also writes some fields of the specification: without force, the next apply would end in a conflict. */
const FORCED = { name: "Terraform", forceConflicts: true } as const;

export interface DataClusterProps {
  readonly installation: Installation;
  readonly definition: DataCluster;
  readonly namespace: string;
  /** The same as plain text: a plan reads in it. */
  readonly plainNamespace: string;
  /** Whether a service mesh puts its proxy into pods that do not say otherwise. */
  readonly forMesh: boolean;
  readonly access: ClusterAccess;
  /** A plan reads this only if the cluster knows the operator's kinds. */
  readonly kindKnown: readonly ITerraformDependable[];
  /** A plan gets past this only if the operator is there. */
  readonly operatorReady: readonly ITerraformDependable[];
  /** KubeBlocks' own backups of it. @default - it makes none */
  readonly backups?: DataClusterBackups;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Where and when KubeBlocks copies a database to. */
export interface DataClusterBackups extends Pick<DataBackupSettings, "keepDays" | "schedule"> {
  /** Name of the BackupRepo. */
  readonly repository: string;
  /** What exists once the operator may write there. */
  readonly ready: readonly ITerraformDependable[];
}

/**
 * KubeBlocks' Cluster of a database, and a budget for its pods. An apply waits until the operator has done what a change asks for, and
 * fails with the operator's words if it cannot. While it is protected, the operator refuses to delete it, and Terraform as well.
 * @see https://github.com/apecloud/kubeblocks-addons/blob/v1.0.2/examples/qdrant/cluster.yaml
 */
export class DataClusterObjects extends Construct {
  /** What uses the database waits for this. */
  readonly running: ITerraformDependable;

  constructor(scope: Construct, id: string, props: DataClusterProps) {
    super(scope, id);
    const { access, backups, definition, dependsOn, forMesh, installation, namespace, operatorReady } = props;
    const name = dataClusterName(installation, definition);
    const spec = {
      clusterDef: definition.definition,
      topology: definition.topology,
      terminationPolicy: installation.deletionProtection ? "DoNotTerminate" : terminationPolicy(backups),
      componentSpecs: definition.parts.map((part) => componentSpec(name, part, forMesh)),
      ...(backups && definition.backupMethod !== undefined && { backup: backup(backups, definition.backupMethod) }),
    };
    const { kindKnown, plainNamespace } = props;
    const chosen = new ChosenCluster(this, {
      ...{ apiVersion: DATA_API, definition, installation, kindKnown, name },
      namespace: plainNamespace,
    });
    const cluster = new Manifest(this, chosen.id, {
      manifest: {
        apiVersion: DATA_API,
        kind: "Cluster",
        metadata: { name, namespace, labels: commonLabels(installation) },
        spec,
      },
      fieldManager: FORCED,
      computedFields: [
        "metadata.labels",
        "metadata.annotations",
        // An operation of KubeBlocks' that restarts pods writes the time here: writing ours back would restart them once more.
        // https://github.com/apecloud/kubeblocks/blob/v1.0.2/pkg/operations/restart.go#L122
        ...definition.parts.map((_, index) => `spec.componentSpecs[${index}].annotations`),
      ],
      timeouts: { create: "10m", update: "10m", delete: "30m" },
      dependsOn: [...operatorReady, ...dependsOn, ...(backups?.ready ?? [])],
      lifecycle: {
        preventDestroy: installation.deletionProtection,
        precondition: [...chosen.conditions, ...this.notLess(name, props)],
      },
    });
    chosen.takeOver(cluster);
    const input = { name, namespace, timeoutSeconds: SECONDS };
    this.running = new DataResource(this, "running", {
      input,
      triggersReplace: { ...input, spec },
      dependsOn: [cluster],
      provisioners: [clusterScript("await", access, accessToken(this, [cluster]))],
    });
    for (const part of definition.parts.filter(({ replicas }) => replicas > 1))
      new PodDisruptionBudgetV1(this, `budget-${part.name}`, {
        metadata: { name: `${name}-${part.name}`, namespace, labels: commonLabels(installation) },
        spec: { maxUnavailable: "1", selector: { matchLabels: dataLabels(name, part.name) } },
      });
  }

  /**
   * Refuses, at plan time, smaller disks, older versions and fewer pods than there are: a disk cannot shrink, a version cannot go
   * back, and data that is only on a removed pod would be lost.
   */
  private notLess(name: string, { definition, operatorReady, plainNamespace }: DataClusterProps): Precondition[] {
    return definition.parts.flatMap((part): Precondition[] => {
      // Compares with what runs, not with what an earlier apply asked for and the operator refused. Read by name alone, so at
      // every plan.
      const found = new DataKubernetesResources(this, `before-${part.name}`, {
        apiVersion: DATA_API,
        kind: "Component",
        namespace: plainNamespace,
        fieldSelector: `metadata.name=${name}-${part.name}`,
        dependsOn: [...operatorReady],
      });
      const own = `data.${found.terraformResourceType}.${found.friendlyUniqueId}.objects[0].spec`;
      const size = `try(${own}.volumeClaimTemplates[0].spec.resources.requests.storage, "0")`;
      const replicas = `try(tonumber(${own}.replicas), 0)`;
      return [
        {
          condition: `\${try(${inBytes(size)} <= ${bytes(storage(part))}, true)}`,
          errorMessage:
            `${part.named.storage} is ${part.storageGb}, and the disks of Cluster ${name} have \${${size}}. A disk cannot shrink. ` +
            `Set ${part.named.storage} to \${try(ceil(${inBytes(size)} / ${GIB}), 0)} or more.`,
        },
        {
          condition: `\${try(${order(`try(${own}.serviceVersion, "0")`)} <= ${order(`"${part.version}"`)}, true)}`,
          errorMessage:
            `${part.named.version} is ${part.version}, and Cluster ${name} runs \${try(${own}.serviceVersion, "")}: an older version ` +
            `may not read what a newer one has written. Set ${part.named.version} to \${try(${own}.serviceVersion, "")} or a newer one.`,
        },
        ...(part.keepsMajor === undefined
          ? []
          : [
              {
                condition: `\${try(split(".", ${own}.serviceVersion)[0] == "${part.version.split(".", 1)[0] ?? ""}", true)}`,
                errorMessage:
                  `${part.named.version} is ${part.version}, and Cluster ${name} runs \${try(${own}.serviceVersion, "")}. ${part.keepsMajor} ` +
                  `Set ${part.named.version} to a version that begins with \${try(split(".", ${own}.serviceVersion)[0], "")}.`,
              },
            ]),
        ...(part.addsNoPods === undefined
          ? []
          : [
              {
                condition: `\${${replicas} == 0 || ${replicas} >= ${part.replicas}}`,
                errorMessage:
                  `${part.named.replicas} is ${part.replicas}, and Cluster ${name} has \${${replicas}} pods. ${part.addsNoPods} ` +
                  `Set ${part.named.replicas} to \${${replicas}}.`,
              },
            ]),
        ...(part.keepsPods === undefined
          ? []
          : [
              {
                condition: `\${${replicas} <= ${part.replicas}}`,
                errorMessage:
                  `${part.named.replicas} is ${part.replicas}, and Cluster ${name} has \${${replicas}} pods. ${part.keepsPods} ` +
                  `Set ${part.named.replicas} to \${${replicas}} or more.`,
              },
            ]),
      ];
    });
  }
}

/**
 * `Delete` also deletes the disks, and `WipeOut` the copies as well: only the operator deletes those, and until then the namespace
 * cannot be deleted.
 * @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/apis/apps/v1/cluster_types.go#L127
 */
function terminationPolicy(backups: DataClusterBackups | undefined): "Delete" | "WipeOut" {
  return backups ? "WipeOut" : "Delete";
}

/** @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/apis/apps/v1/cluster_types.go#L662 */
function backup({ keepDays, repository, schedule }: DataClusterBackups, method: string): object {
  return {
    enabled: true,
    method,
    repoName: repository,
    cronExpression: schedule,
    retentionPeriod: `${keepDays}d`,
    // The API would add these.
    incrementalBackupEnabled: false,
    pitrEnabled: false,
  };
}

/** @returns a version as a number that grows with it, as an expression */
function order(version: string): string {
  return `sum([for i, n in split(".", ${version}) : tonumber(n) * pow(10000, 2 - i)])`;
}

function storage({ storageGb }: DataClusterPart): string {
  return `${storageGb}Gi`;
}

/**
 * Requests equal limits, so that these pods are the last ones that a full node ends. No two are on one node, and they are spread
 * over zones.
 * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/#guaranteed
 */
function componentSpec(cluster: string, part: DataClusterPart, forMesh: boolean): object {
  const { cpu, memory, restarts = 0 } = part;
  const selector = { matchLabels: dataLabels(cluster, part.name) };
  return {
    name: part.name,
    serviceVersion: part.version,
    replicas: part.replicas,
    ...(part.exporter === false && { disableExporter: true }),
    ...(part.login && { systemAccounts: [{ name: part.login.account, passwordConfig: PASSWORD }] }),
    ...(forMesh && { labels: OUTSIDE_MESH }),
    // Another value replaces the pods one by one, so that a new size takes effect even if the operator leaves pods' sizes alone:
    // https://github.com/apecloud/kubeblocks/blob/v1.0.2/pkg/controller/instanceset/in_place_update_util.go#L57.
    annotations: { [RESTART]: [cpu, memory, ...(restarts > 0 ? [restarts] : [])].join("-") },
    // The API would add it.
    podUpdatePolicy: "PreferInPlace",
    resources: { requests: { cpu, memory }, limits: { cpu, memory } },
    volumeClaimTemplates: [
      {
        name: DATA_VOLUME,
        spec: {
          accessModes: ["ReadWriteOnce"],
          storageClassName: STORAGE_CLASS,
          resources: { requests: { storage: storage(part) } },
        },
      },
    ],
    schedulingPolicy: {
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { labelSelector: selector, topologyKey: "kubernetes.io/hostname" },
          ],
        },
      },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "topology.kubernetes.io/zone",
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: selector,
        },
      ],
    },
  };
}
