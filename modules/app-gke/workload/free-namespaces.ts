import { type IResolvable, Lazy, TerraformDataSource, TerraformLocal } from "cdktf";
import { Construct } from "constructs";
import { DataKubernetesNamespaceV1 } from "@cdktf/provider-kubernetes/lib/data-kubernetes-namespace-v1";
import { DataKubernetesResources } from "@cdktf/provider-kubernetes/lib/data-kubernetes-resources";
import type { SharedServices } from "../google/shared-services";
import type { Installation } from "../installation";
import type { PlanCheck } from "../terraform/check-block";
import { idOf, named } from "../terraform/stack";
import type { ClusterCheckProps } from "./cluster-check";
import { INSTANCE_LABEL } from "./labels";
import { placedObjects } from "./placed-objects";

export interface FreeNamespacesProps {
  readonly installation: Installation;
  readonly services: SharedServices;
  readonly namespace: string;
  /** Whether the namespace is somebody else's. @default false */
  readonly existing?: boolean;
  /** Stages, which have namespaces of their own. */
  readonly stages: readonly { readonly installation: Installation; readonly namespace: string }[];
}

/** What a plan knows of an object, as Terraform expressions. Its data source has no `uid` if the object does not exist. */
interface Found {
  readonly exists: string;
  /** Resource prefix of the installation that made it; empty: none did. */
  readonly owner: string;
  readonly labels: string;
}

/**
 * Refuses, at plan time, a namespace that somebody else made: everything of an installation is created in a namespace of
 * its own, and its network policies, quota and pod security are the whole namespace's. Kubernetes would only refuse it in
 * the middle of an apply, with databases and buckets made. A namespace that is said to exist has to exist, and to have no
 * objects under the names that are needed.
 */
export class FreeNamespaces extends Construct {
  readonly checks: readonly PlanCheck[];
  /** What only an apply can look for, in a namespace of others. */
  readonly unclaimed: ClusterCheckProps["free"];
  private readonly cluster: string;

  constructor(
    scope: Construct,
    id: string,
    { installation: home, services, namespace, existing, stages }: FreeNamespacesProps,
  ) {
    super(scope, id);
    this.cluster = services.cluster.name;
    this.unclaimed = existing
      ? {
          paths: () => placedObjects(scope).paths(namespace),
          taken: this.takenBySomebody(home.resourcePrefix, namespace, "{}"),
        }
      : undefined;
    this.checks = [
      ...(existing
        ? [...this.usable(home, namespace), this.noNamesakes(scope, home, namespace)]
        : [this.free(home, namespace)]),
      ...stages.map((stage) => this.free(stage.installation, stage.namespace)),
    ];
  }

  private find(name: string): Found {
    // Nothing to depend on: it is read at every plan.
    return foundBy(new DataKubernetesNamespaceV1(named(this, "namespaces"), idOf(name), { metadata: { name } }));
  }

  private free(installation: Installation, name: string): PlanCheck {
    const { exists, owner } = this.find(name);
    return {
      condition: `!(${exists}) || ${owner} == "${installation.resourcePrefix}"`,
      message:
        `Namespace ${name} of cluster ${this.cluster} exists, and belongs to \${${owner} == "" ? "somebody else" : ${owner}} ` +
        `(label ${INSTANCE_LABEL}): the apply would stop there half-way, and network policies and quota would hold for ` +
        `what others run in it. Set namespace_name to a name that is free, or leave it out; or set namespace_exists = true ` +
        `to use it as it is. If the namespace is this environment's own, import it with that label set to ` +
        `${installation.resourcePrefix}.`,
    };
  }

  private usable({ resourcePrefix }: Installation, name: string): PlanCheck[] {
    const { exists, owner, labels } = this.find(name);
    const standard = `try(${labels}["pod-security.kubernetes.io/enforce"], "")`;
    return [
      {
        condition: exists,
        message:
          `There is no namespace ${name} in cluster ${this.cluster}, and namespace_exists says that there is: the apply ` +
          `would stop at the first object in it. Have it created, correct namespace_name, or take namespace_exists out.`,
      },
      {
        condition: `${owner} != "${resourcePrefix}"`,
        message:
          `Namespace ${name} of cluster ${this.cluster} was made by this environment (label ${INSTANCE_LABEL}): with ` +
          `namespace_exists, the apply would delete it, with everything in it. Take namespace_exists out.`,
      },
      {
        condition: `contains(["", "${resourcePrefix}"], ${owner})`,
        message:
          `Namespace ${name} of cluster ${this.cluster} is that of \${${owner}} (label ${INSTANCE_LABEL}), which deletes it ` +
          `when it is destroyed. Set namespace_name to another one.`,
      },
      {
        condition: `${standard} != "restricted"`,
        message:
          `Namespace ${name} of cluster ${this.cluster} enforces the pod security standard restricted: it refuses NFS ` +
          `volumes and containers that run as root, so no rollout would end. Have it labelled ` +
          `pod-security.kubernetes.io/enforce=baseline, or set namespace_name to another one.`,
      },
    ];
  }

  /**
   * Refuses names that others' objects have already. A plan reads what the provider can read by name, and lists objects of custom
   * kinds; for the rest an apply looks before it makes anything. Secrets are left out: the provider reads them with their values,
   * which would be in the plan's file. So in a namespace of others, Secrets get names that nobody else has.
   */
  private noNamesakes(scope: Construct, { resourcePrefix }: Installation, namespace: string): PlanCheck {
    const taken = [
      ...KINDS.map(([kind, type]) => {
        const found = new TerraformDataSource(this, type.replace(/^kubernetes_(.*)_v1$/, "$1"), {
          terraformResourceType: type,
        });
        found.addOverride("metadata", { name: "${each.value}", namespace });
        found.addOverride(
          "for_each",
          later(
            () =>
              placedObjects(scope)
                .names.get(type)
                ?.map((name) => [name, name]) ?? [],
          ),
        );
        const metadata = "o.metadata[0]";
        const theirs = `try(length(${metadata}.uid), 0) > 0 && try(${metadata}.labels["${INSTANCE_LABEL}"], "") != "${resourcePrefix}"`;
        return `[for k, o in data.${type}.${found.friendlyUniqueId} : "${kind} \${k}" if ${theirs}]`;
      }),
      this.listedNamesakes(scope, resourcePrefix, namespace),
    ].join(", ");
    const local = new TerraformLocal(this, "namesakes", `\${concat(${taken})}`);
    const all = `local.${local.friendlyUniqueId}`;
    return {
      condition: `length(${all}) == 0`,
      message: this.takenBySomebody(resourcePrefix, namespace, `\${join(", ", ${all})}`),
    };
  }

  private takenBySomebody(resourcePrefix: string, namespace: string, what: string): string {
    return (
      `Namespace ${namespace} of cluster ${this.cluster} has ${what} already, without the label ` +
      `${INSTANCE_LABEL}=${resourcePrefix}, so somebody else made it: the apply would stop there half-way, or take over a claim's disk. Set application_name ` +
      `to a name that nothing there begins with, or namespace_name to another one. What is left of this environment itself can ` +
      `be given that label.`
    );
  }

  private listedNamesakes(scope: Construct, resourcePrefix: string, namespace: string): string {
    const found = new DataKubernetesResources(this, "custom", {
      apiVersion: "${each.value.apiVersion}",
      kind: "${each.value.kind}",
      namespace,
      fieldSelector: "metadata.name=${each.value.name}",
      labelSelector: `${INSTANCE_LABEL}!=${resourcePrefix}`,
    });
    found.addOverride(
      "for_each",
      later(() => placedObjects(scope).custom.map((object) => [`${object.kind} ${object.name}`, object])),
    );
    return `[for k, o in data.${found.terraformResourceType}.${found.friendlyUniqueId} : k if length(o.objects) > 0]`;
  }
}

/** Kinds that the provider reads by name, with its types. */
const KINDS = [
  ["ConfigMap", "kubernetes_config_map_v1"],
  ["PersistentVolumeClaim", "kubernetes_persistent_volume_claim_v1"],
  ["Service", "kubernetes_service_v1"],
  ["ServiceAccount", "kubernetes_service_account_v1"],
] as const;

/** A map that is complete only once all constructs exist. */
function later(entries: () => readonly (readonly [string, unknown])[]): IResolvable {
  return Lazy.anyValue({ produce: () => Object.fromEntries(entries()) });
}

function foundBy({ terraformResourceType, friendlyUniqueId }: DataKubernetesNamespaceV1): Found {
  const metadata = `data.${terraformResourceType}.${friendlyUniqueId}.metadata[0]`;
  return {
    exists: `try(length(${metadata}.uid), 0) > 0`,
    owner: `try(${metadata}.labels["${INSTANCE_LABEL}"], "")`,
    labels: `${metadata}.labels`,
  };
}
