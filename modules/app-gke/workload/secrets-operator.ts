import type { ITerraformDependable, Precondition } from "cdktf";
import { Construct } from "constructs";
import { DataKubernetesNamespaceV1 } from "@cdktf/provider-kubernetes/lib/data-kubernetes-namespace-v1";
import { DataKubernetesResources } from "@cdktf/provider-kubernetes/lib/data-kubernetes-resources";
import type { ApplicationConfig } from "../application-config";
import type { SharedServices } from "../google/shared-services";
import { EXTERNAL_SECRETS } from "../operators/external-secrets-operator";
import { CheckBlock } from "../terraform/check-block";
import { named } from "../terraform/stack";
import { API_VERSION } from "./operator-ready";
import type { ExternalSecretsSettings, ResolvedWorkload } from "./settings";
import type { Workload } from "./workload";

export interface SecretsOperatorProps {
  readonly application: Pick<ApplicationConfig, "secrets">;
  readonly services: SharedServices;
  readonly settings: ExternalSecretsSettings;
}

/**
 * The end of the address that Terraform names if the cluster has no operator: the provider's own error says that no kind matches, and
 * nothing that a plan can read tells a kind that is missing without an error.
 */
const ADDRESS = "is-missing-or-older-than-0.16-if-this-fails-see-docs-external-secrets.md";

/**
 * Refuses, at plan time, a cluster without the operator, and a store of others that does not exist: an apply would stop at the first
 * object of an unknown kind, or wait for values that nobody writes.
 */
export class SecretsOperator extends Construct {
  /** A plan gets past this only if the operator is there. */
  readonly ready: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, { application, services, settings }: SecretsOperatorProps) {
    super(scope, id);
    const cluster = services.cluster.name;
    const api = new DataKubernetesResources(this, ADDRESS, {
      apiVersion: API_VERSION,
      kind: "ClusterSecretStore",
      // No object: only whether the kind is known.
      fieldSelector: `metadata.name=${cluster}.none`,
      lifecycle: { precondition: [this.namespace(cluster, settings)] },
    });
    const stores = clusterStores(application, settings).map((name) => this.clusterStore(name, cluster, api));
    this.ready = [api, ...stores];
  }

  /** Looks for the operator's namespace first: that causes no error if it is missing, and allows a better message than a missing kind. */
  private namespace(
    cluster: string,
    { installedBy, operatorNamespace = EXTERNAL_SECRETS }: ExternalSecretsSettings,
  ): Precondition {
    const found = new DataKubernetesNamespaceV1(this, "namespace", { metadata: { name: operatorNamespace } });
    const none = `Cluster ${cluster} has no namespace ${operatorNamespace}, and secrets_delivery is external-secrets: nobody would write the values into the pods' Secret. `;
    return {
      condition: `\${try(length(data.${found.terraformResourceType}.${found.friendlyUniqueId}.metadata[0].uid), 0) > 0}`,
      errorMessage:
        installedBy === undefined
          ? `${none}Have the External Secrets Operator installed (docs/external-secrets.md#the-operator), name the namespace that it runs in ` +
            `(secrets_operator_namespace), or set secrets_delivery = "terraform".`
          : `${none}Apply the stack ${installedBy} first: it installs the External Secrets Operator.`,
    };
  }

  private clusterStore(name: string, cluster: string, api: ITerraformDependable): ITerraformDependable {
    const conditions = "try(self.objects[0].status.conditions, [])";
    const said = `join("; ", [for c in ${conditions} : c.message if c.type == "Ready"])`;
    return new DataKubernetesResources(named(this, "stores"), name, {
      apiVersion: API_VERSION,
      kind: "ClusterSecretStore",
      fieldSelector: `metadata.name=${name}`,
      dependsOn: [api],
      lifecycle: {
        postcondition: [
          {
            condition: "${length(self.objects) > 0}",
            errorMessage:
              `Cluster ${cluster} has no ClusterSecretStore ${name}: the operator could read nothing, and the apply would wait ` +
              `for values until it times out. Have it created, or correct its name.`,
          },
          {
            condition: `\${length([for c in ${conditions} : c if c.type == "Ready" && c.status == "False"]) == 0}`,
            errorMessage:
              `ClusterSecretStore ${name} of cluster ${cluster} is not ready (\${${said}}): the operator could read nothing. ` +
              `Ask its administrators to repair it.`,
          },
        ],
      },
    });
  }
}

/** @returns the operator that fills Secrets; `undefined`: Terraform does, or nothing runs */
export function secretsOperatorOf(
  scope: Construct,
  props: Pick<SecretsOperatorProps, "application" | "services"> & {
    readonly workload?: Pick<ResolvedWorkload, "externalSecrets">;
  },
): SecretsOperator | undefined {
  const { application, services, workload } = props;
  const settings = workload?.externalSecrets;
  return settings && new SecretsOperator(scope, "secrets-operator", { application, services, settings });
}

/**
 * Reports, at every plan, what the operator says if it could not fill a Secret: the pods keep the previous values.
 * @param operator `undefined`: Terraform fills them
 */
export function warnOfUnfilled(
  operator: SecretsOperator | undefined,
  workloads: readonly Pick<Workload, "secret">[],
): void {
  if (!operator) return;
  for (const { secret } of workloads) {
    if (!secret) continue;
    const { name, namespace } = secret.at;
    const found = new DataKubernetesResources(named(operator, "objects"), namespace, {
      apiVersion: API_VERSION,
      kind: "ExternalSecret",
      namespace,
      fieldSelector: `metadata.name=${name}`,
      dependsOn: [...operator.ready],
    });
    const conditions = `try(data.${found.terraformResourceType}.${found.friendlyUniqueId}.objects[0].status.conditions, [])`;
    const failed = `[for c in ${conditions} : c.message if c.type == "Ready" && c.status == "False"]`;
    new CheckBlock(operator, `filled-${namespace}`, {
      condition: `length(${failed}) == 0`,
      message:
        `The External Secrets Operator could not fill Secret ${name} of namespace ${namespace}: \${join("; ", ${failed})}. Pods ` +
        `keep the values that they have, and new versions do not reach them ` +
        `(kubectl describe externalsecret ${name} --namespace ${namespace}).`,
    });
  }
}

/** @returns the stores of the cluster that values are taken from */
function clusterStores(
  { secrets = [] }: SecretsOperatorProps["application"],
  settings: ExternalSecretsSettings,
): string[] {
  const named = secrets.flatMap(({ source, takenFrom }) => takenFrom ?? (source.type === "store" ? source.at : []));
  const ofCluster = named.filter(({ kind }) => kind === "ClusterSecretStore").map(({ store }) => store);
  return [...new Set([...(settings.clusterStore === undefined ? [] : [settings.clusterStore]), ...ofCluster])].sort();
}
