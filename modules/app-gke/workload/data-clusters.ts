import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import type { DataCluster } from "../application-config";
import type { Installation } from "../installation";
import { named } from "../terraform/stack";
import { DataClusterObjects } from "./data-cluster";
import { dataClusterName, dataLabels, dataServiceName } from "./data-names";
import { NAMESPACE_LABEL, tcp } from "./policy-rules";
import type { PolicySubject } from "./policy-subject";
import type { DataOperatorFound, WorkloadProps } from "./settings";

/**
 * Ports of KubeBlocks' own container in each pod, by which the operator has something done there.
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
): readonly PolicySubject[] {
  return clusters.flatMap(({ name, parts }) =>
    parts.map((part): PolicySubject => {
      if (!operator) throw new Error(NO_OPERATOR);
      return {
        name: part.name,
        labels: dataLabels(dataClusterName(installation, name), part.name),
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
        // By the operator's own container in each pod.
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
        ],
      };
    }),
  );
}

/** Makes them. @returns what uses one of them waits for this */
export function createDataClusters(
  scope: Construct,
  props: Pick<
    WorkloadProps,
    "application" | "clusterAccess" | "dataOperator" | "installation" | "namespace" | "serviceMesh"
  > & { readonly placedIn: string },
  dependsOn: readonly ITerraformDependable[],
): readonly DataClusterObjects[] {
  const { application, clusterAccess: access, dataOperator, installation, namespace, placedIn, serviceMesh } = props;
  return (application.dataClusters ?? []).map((definition) => {
    if (!dataOperator) throw new Error(NO_OPERATOR);
    return new DataClusterObjects(named(scope, "data"), definition.name, {
      ...{ access, definition, dependsOn, installation },
      namespace: placedIn,
      plainNamespace: namespace,
      forMesh: serviceMesh !== undefined,
      operatorReady: dataOperator.ready,
    });
  });
}
