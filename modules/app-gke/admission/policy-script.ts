import type { LocalExecProvisioner } from "cdktf";
import { projectFile } from "../terraform/project-file";
import { literal } from "../terraform/literal";

/** This installation's part of the project's policy, as `scripts/delivery/binauthz_policy.py` takes it. */
export interface PolicySettings {
  readonly project: string;
  /** `<location>.<cluster>`, the policy's own form. */
  readonly cluster: string;
  readonly mode: string;
  readonly attestor: string;
  /** Exact image references that need no attestation. */
  readonly exempt: readonly string[];
  /** Repository in which nobody else's images are; may be empty. */
  readonly repository: string;
  /** Service account to act as at destroy; may be empty. */
  readonly impersonate: string;
}

/** @returns what of it stands in the policy: a change of anything else is no reason to write again */
export function written({ project, cluster, mode, attestor, exempt }: PolicySettings): Record<string, unknown> {
  return { project, cluster, mode, attestor, exempt };
}

export interface PolicyScriptOptions {
  readonly action: "put" | "prune" | "remove";
  /** Expression of an access token. @default - none: the script finds one, as Terraform has none to give at destroy */
  readonly token?: string;
  /** Expression of what the last complete apply wrote, as JSON. @default - nothing */
  readonly previous?: string;
  /** Project that requests count for. @default - that of the credentials */
  readonly quotaProject?: string;
}

/**
 * Runs the script on the settings in the resource's `input`. Its text goes along as a variable: the stack's folder holds
 * no file but `cdk.tf.json`, and as the command it would be repeated in front of every error.
 */
export function policyScript({ action, token, previous, quotaProject }: PolicyScriptOptions): LocalExecProvisioner {
  return {
    type: "local-exec",
    ...(action === "remove" ? { when: "destroy" } : {}),
    interpreter: ["python3", "-c"],
    command: 'import os; exec(os.environ["BINAUTHZ_SCRIPT"])',
    environment: {
      BINAUTHZ_SCRIPT: literal(projectFile("scripts/delivery/binauthz_policy.py")),
      BINAUTHZ_ACTION: action,
      BINAUTHZ_SETTINGS: "${jsonencode(self.input)}",
      ...(quotaProject === undefined ? {} : { BINAUTHZ_QUOTA_PROJECT: quotaProject }),
      ...(previous === undefined ? {} : { BINAUTHZ_PREVIOUS: previous }),
      ...(token === undefined ? {} : { BINAUTHZ_TOKEN: token }),
    },
  };
}
