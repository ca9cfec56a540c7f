import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { DataKubernetesResources } from "@cdktf/provider-kubernetes/lib/data-kubernetes-resources";
import type { ApplicationConfig } from "../application-config";
import type { SharedServices } from "../google/shared-services";
import { installedFirst } from "../operators/installed-first";
import { clusterScript, type ClusterAccess } from "../terraform/cluster-script";
import { accessToken } from "../terraform/ephemeral";
import { DATA_API } from "./data-cluster";
import type { ResolvedWorkload } from "./settings";

export interface DataOperatorProps {
  readonly services: SharedServices;
  /** Expression of whether the cluster is in Autopilot mode, without `${}`. */
  readonly autopilot: string;
  /** Where the operator runs. */
  readonly namespace: string;
  /** The stack that installs it. @default - it is there */
  readonly installedBy?: string;
  /** How the cluster's API is reached. */
  readonly access: ClusterAccess;
}

/** Labels of the operator's Deployment. @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/deploy/helm/templates/deployment.yaml */
const DEPLOYMENT = "app.kubernetes.io/name=kubeblocks,app.kubernetes.io/component=apps";
/** Environment variable of the operator that the chart sets for `ignorePodVerticalScaling`. @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/deploy/helm/templates/deployment.yaml#L206 */
const LEAVES_SIZES = "IGNORE_POD_VERTICAL_SCALING";
/**
 * The end of the address that Terraform names if the cluster has no operator: the provider's own error says that no kind matches. Versions
 * before 1.0 have the kind in another version of the API.
 */
const ADDRESS = "is-missing-or-older-than-1.0-if-this-fails-see-docs-kubeblocks.md";

/**
 * Refuses, at plan time, a cluster without KubeBlocks: an apply would stop at the first object of an unknown kind. Before an apply
 * makes a database, it also refuses an operator that policies would not let in, or that would replace pods without end.
 */
export class DataOperator extends Construct {
  /** A plan reads this only if the cluster knows the operator's kinds. */
  readonly known: readonly ITerraformDependable[];
  /** What exists once the operator has been checked. */
  readonly ready: readonly ITerraformDependable[];
  readonly namespace: string;

  constructor(
    scope: Construct,
    id: string,
    { access, autopilot, installedBy, namespace, services }: DataOperatorProps,
  ) {
    super(scope, id);
    this.namespace = namespace;
    const cluster = services.cluster.name;
    const api = new DataKubernetesResources(this, ADDRESS, {
      apiVersion: DATA_API,
      kind: "Cluster",
      // No object: only whether the kind is known.
      fieldSelector: `metadata.name=${cluster}.none`,
      lifecycle:
        installedBy === undefined
          ? undefined
          : {
              precondition: [
                installedFirst(this, {
                  ...{ cluster, namespace, stack: installedBy },
                  otherwise: "nobody would make the pods of data_services",
                }),
              ],
            },
    });
    const input = { name: "KubeBlocks", namespace, autopilot: `\${try(${autopilot}, false) == true}` };
    const looked = new DataResource(this, "looked", {
      input: { ...input, labels: DEPLOYMENT, told: LEAVES_SIZES, ...refusals(cluster, namespace) },
      triggersReplace: input,
      dependsOn: [api],
      provisioners: [clusterScript("operator", access, accessToken(this, [api]))],
    });
    this.known = [api];
    this.ready = [api, looked];
  }
}

/**
 * On Autopilot every container gets at least 50m of CPU. The operator asks for 0 for its own container in each pod, sees the
 * difference, and makes the pod again, without end, unless it is told to leave sizes alone.
 * @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/pkg/controllerutil/container_util.go#L36
 * @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/pkg/controller/instanceset/in_place_update_util.go#L243
 */
function refusals(cluster: string, namespace: string): Readonly<Record<"elsewhere" | "restless", string>> {
  return {
    elsewhere:
      `cluster ${cluster} has it in namespace {namespace}, and kubeblocks_namespace is ${namespace}: policies would not let it into the ` +
      `pods of its databases. Set kubeblocks_namespace = "{namespace}"`,
    restless:
      `cluster ${cluster} is in Autopilot mode, which gives every container CPU and memory, and KubeBlocks takes that for a change and ` +
      `makes its pods again without end. Have it installed with the value featureGates.ignorePodVerticalScaling.enabled=true ` +
      `(docs/kubeblocks.md#the-operator), name a Standard cluster in gke_cluster_name, or take data_services out`,
  };
}

/** @returns the operator of an application's data clusters; `undefined`: it has none, or nothing runs */
export function dataOperatorOf(
  scope: Construct,
  props: Pick<DataOperatorProps, "services"> & {
    readonly application: Pick<ApplicationConfig, "dataClusters">;
    readonly lookup: { readonly cluster: ClusterAccess & { readonly autopilot: string } };
    readonly workload: Pick<ResolvedWorkload, "kubeBlocksInstalledBy" | "kubeBlocksNamespace"> | undefined;
  },
): DataOperator | undefined {
  const { application, lookup, services, workload } = props;
  const { dataClusters: clusters = [] } = application;
  if (!workload || clusters.length === 0) return undefined;
  const { autopilot } = lookup.cluster;
  return new DataOperator(scope, "data-operator", {
    ...{ autopilot, services },
    access: lookup.cluster,
    installedBy: workload.kubeBlocksInstalledBy,
    namespace: workload.kubeBlocksNamespace,
  });
}
