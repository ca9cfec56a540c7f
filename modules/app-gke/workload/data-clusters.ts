import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import type { NetworkPolicyV1SpecIngress } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import type { DataCluster, DataClusterPart } from "../application-config";
import type { Installation } from "../installation";
import { BACKUPS } from "../platform/backup-bucket";
import { named } from "../terraform/stack";
import { BACKUP_LABEL, DataBackups, removeDataBackups } from "./data-backups";
import { type DataClusterBackups, DataClusterObjects } from "./data-cluster";
import { dataClusterName, dataLabels, dataServiceName } from "./data-names";
import { NAMESPACE_LABEL, tcp } from "./policy-rules";
import type { PolicySubject } from "./policy-subject";
import type { DataOperatorFound, WorkloadProps } from "./settings";

/**
 * Ports of KubeBlocks' own container in each pod, through which the operator works there.
 * @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/pkg/kbagent/setup.go#L46
 */
const AGENT_PORTS = [3501, 3502];
const NO_OPERATOR = "Data clusters need the operator of the cluster: AppGke looks for it where an application has some";

/** @returns addresses of the Services that KubeBlocks makes, by part */
export function dataHosts(
  installation: Installation,
  clusters: readonly DataCluster[],
  namespace: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    clusters.flatMap((cluster) =>
      cluster.parts.map((part) => [
        part.name,
        `${dataServiceName(installation, cluster, part)}.${namespace}.svc.cluster.local`,
      ]),
    ),
  );
}

/** @returns their pods as network policies see them: closed to all but those that talk to them, each other and the operator */
export function dataSubjects(
  installation: Installation,
  clusters: readonly DataCluster[],
  operator: DataOperatorFound | undefined,
  backups: boolean,
): readonly PolicySubject[] {
  return clusters.flatMap((cluster) => {
    const { parts, backupMethod } = cluster;
    const name = dataClusterName(installation, cluster);
    return parts.map((part): PolicySubject => {
      if (!operator) throw new Error(NO_OPERATOR);
      return {
        name: part.name,
        labels: dataLabels(name, part.name),
        tasks: [
          {
            name: part.name,
            ports: part.ports,
            talksTo: parts.map((other) => other.name),
            metrics: part.metrics,
            guarded: true,
            mesh: false,
          },
        ],
        // The operator's own container in each pod does.
        callsKubernetes: true,
        additionalIngress: [
          {
            from: [
              {
                namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: operator.namespace } },
                podSelector: { matchLabels: { "app.kubernetes.io/name": "kubeblocks" } },
              },
            ],
            ports: tcp(...AGENT_PORTS),
          },
          ...(backups && backupMethod !== undefined ? [fromBackups(name, part)] : []),
        ],
      };
    });
  });
}

/** Lets in the operator's pods that copy the database. They have a label with its cluster, but none with the part. */
function fromBackups(cluster: string, { ports }: DataClusterPart): NetworkPolicyV1SpecIngress {
  return {
    from: [
      {
        podSelector: {
          matchLabels: { "app.kubernetes.io/instance": cluster },
          matchExpressions: [{ key: BACKUP_LABEL, operator: "Exists" }],
        },
      },
    ],
    ports: tcp(...ports.filter(({ openTo }) => openTo === undefined).map(({ containerPort }) => containerPort)),
  };
}

/** The props of a workload that data clusters need. */
type DataClustersProps = Pick<
  WorkloadProps,
  | "application"
  | "buckets"
  | "clusterAccess"
  | "controlPlane"
  | "dataBackups"
  | "dataBackupsReady"
  | "dataOperator"
  | "existingNamespace"
  | "installation"
  | "namespace"
  | "networkSegmentation"
  | "privatelyUsed"
  | "serviceMesh"
> & { readonly placedIn: string };

/** Creates the data clusters. @returns what a user of one has to wait for */
export function createDataClusters(
  scope: Construct,
  props: DataClustersProps,
  dependsOn: readonly ITerraformDependable[],
): readonly DataClusterObjects[] {
  const { application, clusterAccess: access, dataOperator, installation, namespace, placedIn, serviceMesh } = props;
  const backups = createBackups(scope, props, dependsOn);
  return (application.dataClusters ?? []).map((definition) => {
    if (!dataOperator) throw new Error(NO_OPERATOR);
    return new DataClusterObjects(named(scope, "data"), definition.name, {
      ...{ access, definition, dependsOn, installation },
      namespace: placedIn,
      plainNamespace: namespace,
      forMesh: serviceMesh !== undefined,
      kindKnown: dataOperator.known,
      operatorReady: dataOperator.ready,
      backups: definition.backupMethod === undefined ? undefined : backups,
    });
  });
}

/** @returns where KubeBlocks backs data clusters up to; `undefined` if it does not */
function createBackups(
  scope: Construct,
  props: DataClustersProps,
  dependsOn: readonly ITerraformDependable[],
): DataClusterBackups | undefined {
  const { application, buckets, dataBackups, namespace, placedIn } = props;
  const clusters = (application.dataClusters ?? []).filter(({ backupMethod }) => backupMethod !== undefined);
  const bucket = buckets[BACKUPS];
  if (clusters.length === 0) return undefined;
  if (!dataBackups || bucket === undefined) {
    removeDataBackups(scope, "data-backups");
    return undefined;
  }
  const { ready, repository } = new DataBackups(scope, "data-backups", {
    ...{ bucket, clusters },
    installation: props.installation,
    namespace: placedIn,
    plainNamespace: namespace,
    segmentation: props.networkSegmentation,
    sharedNamespace: props.existingNamespace === true,
    privatelyUsed: props.privatelyUsed,
    controlPlaneCidr: `${props.controlPlane}/32`,
    access: props.clusterAccess,
    impersonateServiceAccount: dataBackups.impersonateServiceAccount,
    dependsOn: [...dependsOn, ...(props.dataOperator?.ready ?? []), ...(props.dataBackupsReady ?? [])],
  });
  return { ...dataBackups, ready, repository };
}
