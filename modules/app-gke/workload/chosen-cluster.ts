import { type ITerraformDependable, type Precondition, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { DataKubernetesResources } from "@cdktf/provider-kubernetes/lib/data-kubernetes-resources";
import type { Manifest } from "@cdktf/provider-kubernetes/lib/manifest";
import type { DataCluster } from "../data-cluster";
import type { Installation } from "../installation";
import { importFound } from "../terraform/import-found";
import { forgetAddresses } from "../terraform/removed";
import { clustersAfter, restoredName } from "./data-names";
import { commonLabels } from "./labels";

/** Id of the construct of a database's first Cluster. A restored one has the same suffix as its name. */
const FIRST = "cluster";

export interface ChosenClusterProps {
  readonly apiVersion: string;
  readonly definition: DataCluster;
  readonly installation: Installation;
  /** Name of the Cluster that is chosen. */
  readonly name: string;
  /** As plain text: a plan reads in it. */
  readonly namespace: string;
  /** A plan reads this only if the cluster knows the kind. */
  readonly kindKnown: readonly ITerraformDependable[];
}

/**
 * Which of a database's Clusters is the application's: the first one, or one that was restored from a backup. Each has an address of its
 * own, so that going from one to another destroys none.
 */
export class ChosenCluster {
  /** Id of its construct. */
  readonly id: string;
  readonly conditions: readonly Precondition[];
  private readonly found: string;

  constructor(
    scope: Construct,
    private readonly props: ChosenClusterProps,
  ) {
    const { apiVersion, definition, installation, kindKnown, name, namespace } = props;
    const { restored } = definition;
    this.id = restoredName(FIRST, restored?.number ?? 0);
    const labels = Object.entries(commonLabels(installation)).map(([label, value]) => `${label}=${value}`);
    const existing = new DataKubernetesResources(scope, "existing", {
      ...{ apiVersion, kind: "Cluster", namespace },
      fieldSelector: `metadata.name=${name}`,
      // By labels, because a first Cluster of that name may belong to others. One from a backup has no labels of ours yet.
      labelSelector: restored ? undefined : labels.join(","),
      dependsOn: [...kindKnown],
    });
    this.found = `data.${existing.terraformResourceType}.${existing.friendlyUniqueId}.objects`;
    this.conditions = restored
      ? [
          {
            condition: `\${length(${this.found}) == 1}`,
            errorMessage:
              `${restored.named} is ${restored.number}, and namespace ${namespace} has no Cluster ${name}: an empty one would take the place of ` +
              `the one that is used now. Restore a backup as ${name} first, or set ${restored.named} to the number of one that is there. ` +
              `See docs/kubeblocks-operations.md#a-restored-cluster-becomes-difys.`,
          },
        ]
      : [];
  }

  /** Takes it into the state where it exists, and the others out of it, as they are. */
  takeOver(cluster: Manifest): void {
    const { apiVersion, name, namespace } = this.props;
    const id = `apiVersion=${apiVersion},kind=Cluster,namespace=${namespace},name=${name}`;
    importFound(cluster, `length(${this.found}) == 0 ? [] : ["${id}"]`);
    const base = cluster.friendlyUniqueId.slice(0, -addressPart(this.id).length);
    forgetAddresses(
      TerraformStack.of(cluster),
      clustersAfter(FIRST)
        .filter((other) => other !== this.id)
        .map((other) => `${cluster.terraformResourceType}.${base}${addressPart(other)}`),
    );
  }
}

/** @returns a construct's id as it is in a Terraform address */
function addressPart(id: string): string {
  return id.replaceAll("-", "_");
}
