import { DataResource, type TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { accessToken } from "../terraform/ephemeral";
import { clusterScript, type ClusterAccess } from "../terraform/cluster-script";

/** The version that a cluster's operator has to serve. @see https://external-secrets.io/latest/introduction/stability-support/ */
export const API_VERSION = "external-secrets.io/v1";

export interface OperatorReadyProps {
  readonly kind: "SecretStore" | "ExternalSecret";
  readonly name: string;
  /** The namespace as plain text: it is in a path. */
  readonly plainNamespace: string;
  readonly access: ClusterAccess;
  /** For the message: what follows if it does not become ready, and what to do. */
  readonly otherwise: string;
  /** The object. When it changes, the wait starts again. */
  readonly object: TerraformResource;
}

/** Seconds to wait: a new role on a secret can take minutes to count. @see https://cloud.google.com/iam/docs/access-change-propagation */
const SECONDS = 600;
/** Seconds to wait for a value that is not in the store: it will not appear during the apply. */
const MISSING_SECONDS = 60;
const PLURALS = { SecretStore: "secretstores", ExternalSecret: "externalsecrets" } as const;

/**
 * Waits until the operator has done what an object asks for. If it cannot, the apply ends with what the operator says, such as which
 * secret is missing; Terraform's own way to wait would only say that the time is over.
 */
export class OperatorReady extends Construct {
  constructor(scope: Construct, id: string, props: OperatorReadyProps) {
    super(scope, id);
    const { access, kind, name, object, otherwise, plainNamespace } = props;
    new DataResource(this, "ready", {
      input: {
        path: `/apis/${API_VERSION}/namespaces/${plainNamespace}/${PLURALS[kind]}/${name}`,
        ...{ kind, name, namespace: plainNamespace, otherwise },
        ...{ timeoutSeconds: SECONDS, missingSeconds: MISSING_SECONDS },
      },
      dependsOn: [object],
      provisioners: [clusterScript("ready", access, accessToken(this, [object]))],
      lifecycle: { replaceTriggeredBy: [`${object.terraformResourceType}.${object.friendlyUniqueId}`] },
    });
  }
}
