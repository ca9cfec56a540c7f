import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { Installation } from "../installation";
import type { ClusterAccess } from "../terraform/cluster-script";
import { CustomResource } from "./custom-resource";
import { API_VERSION, OperatorReady } from "./operator-ready";

export interface SecretStoreProps {
  readonly installation: Installation;
  readonly namespace: string;
  /** The same as plain text. */
  readonly plainNamespace: string;
  readonly access: ClusterAccess;
  readonly labels: Readonly<Record<string, string>>;
  readonly cluster: { readonly name: string; readonly location: string };
  /** Kubernetes service account, in the same namespace. */
  readonly serviceAccount: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Where the operator reads the application's secrets: as a service account of the namespace, so that neither a key nor the operator's own
 * rights are needed. Without a Google service account that it acts as, the operator uses the account's own identity
 * (https://github.com/external-secrets/external-secrets/blob/main/providers/v1/gcp/secretmanager/workload_identity.go).
 * @see https://external-secrets.io/latest/provider/google-secrets-manager/
 */
export class SecretStore extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, props: SecretStoreProps) {
    super(scope, id);
    const { access, cluster, installation, namespace, labels, plainNamespace, serviceAccount, dependsOn } = props;
    this.name = installation.applicationName;
    const { resource: object } = new CustomResource(this, "store", {
      apiVersion: API_VERSION,
      kind: "SecretStore",
      name: this.name,
      namespace,
      labels,
      spec: {
        provider: {
          gcpsm: {
            projectID: installation.projectId,
            auth: {
              workloadIdentity: {
                clusterLocation: cluster.location,
                clusterName: cluster.name,
                clusterProjectID: installation.projectId,
                serviceAccountRef: { name: serviceAccount },
              },
            },
          },
        },
      },
      dependsOn,
    });
    new OperatorReady(this, "usable", {
      ...{ kind: "SecretStore", name: this.name, access, object, plainNamespace },
      otherwise: "It can read nothing, and no pod is started. Correct what the message names, then apply again",
    });
  }
}
