import type { LocalExecProvisioner } from "cdktf";
import { literal } from "./literal";
import { projectFile } from "./project-file";

/** How the cluster's API is reached. */
export interface ClusterAccess {
  /** `https://…` of the control plane. */
  readonly host: string;
  /** PEM. */
  readonly caCertificate: string;
}

/** Scripts in `scripts/kubernetes/`, and what they can do. */
const SCRIPTS = {
  reshape: "stateful_set",
  "hand-over": "stateful_set",
  ready: "secret_operator",
  absent: "cluster_check",
  await: "data_cluster",
  operator: "data_cluster",
  repository: "data_cluster",
  fitting: "cluster_check",
} as const;

/** Runs scripts from variables: the stack's folder has no file but `cdk.tf.json`, and a command is repeated in front of its errors. */
const START = [
  "import os, sys, types",
  'sys.modules["cluster_api"] = api = types.ModuleType("cluster_api")',
  'exec(os.environ["CLUSTER_API"], api.__dict__)',
  'exec(os.environ["CLUSTER_SCRIPT"])',
].join("; ");

/**
 * @param action with the settings in its resource's `input`
 * @param token expression of an access token
 * @returns the provisioner that runs it, on the machine that Terraform runs on: it needs Python 3
 */
export function clusterScript(
  action: keyof typeof SCRIPTS,
  { host, caCertificate }: ClusterAccess,
  token: string,
): LocalExecProvisioner {
  const script = (name: string): string => literal(projectFile(`scripts/kubernetes/${name}.py`));
  return {
    type: "local-exec",
    interpreter: ["python3", "-c", START],
    command: action,
    environment: {
      CLUSTER_API: script("cluster_api"),
      CLUSTER_SCRIPT: script(SCRIPTS[action]),
      CLUSTER_SETTINGS: "${jsonencode(self.input)}",
      CLUSTER_HOST: host,
      CLUSTER_CA: caCertificate,
      CLUSTER_TOKEN: token,
    },
  };
}
