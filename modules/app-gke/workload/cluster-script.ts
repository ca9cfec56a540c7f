import type { LocalExecProvisioner } from "cdktf";
import { literal } from "../terraform/literal";
import { projectFile } from "../terraform/project-file";

/** How the cluster's API is reached. */
export interface ClusterAccess {
  /** `https://…` of the control plane. */
  readonly host: string;
  /** PEM. */
  readonly caCertificate: string;
}

/**
 * @param action of `scripts/kubernetes/stateful_set.py`, with the settings in its resource's `input`
 * @param token expression of an access token
 * @returns what runs it on the machine that Terraform runs on, which needs Python 3
 */
export function clusterScript(
  action: "reshape" | "hand-over",
  { host, caCertificate }: ClusterAccess,
  token: string,
): LocalExecProvisioner {
  return {
    type: "local-exec",
    // The stack's folder has no file but `cdk.tf.json`. The text is a variable: a command would be repeated in front of errors.
    interpreter: ["python3", "-c"],
    command: 'import os; exec(os.environ["CLUSTER_SCRIPT"])',
    environment: {
      CLUSTER_SCRIPT: literal(projectFile("scripts/kubernetes/stateful_set.py")),
      CLUSTER_ACTION: action,
      CLUSTER_SETTINGS: "${jsonencode(self.input)}",
      CLUSTER_HOST: host,
      CLUSTER_CA: caCertificate,
      CLUSTER_TOKEN: token,
    },
  };
}
