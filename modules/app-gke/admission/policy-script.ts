import type { LocalExecProvisioner } from "cdktf";
import { projectFile } from "../terraform/project-file";
import { literal } from "../terraform/literal";

/** This installation's part of the project's policy, as input of `scripts/delivery/binauthz_policy.py`. */
export interface PolicySettings {
  readonly project: string;
  /** `<location>.<cluster>`, as in the policy. */
  readonly cluster: string;
  readonly mode: string;
  readonly attestor: string;
  /** Exact image references that need no attestation. */
  readonly exempt: readonly string[];
  /** Repository that only has images of this installation; may be empty. */
  readonly repository: string;
  /** Service account to act as at destroy; may be empty. */
  readonly impersonate: string;
}

/** @returns the part that is written into the policy: a change of anything else is no reason to write it again */
export function written({ project, cluster, mode, attestor, exempt }: PolicySettings): Record<string, unknown> {
  return { project, cluster, mode, attestor, exempt };
}

export interface PolicyScriptOptions {
  readonly action: "put" | "prune" | "remove";
  /**
   * Expression of an access token.
   * @default - the script gets one itself, as at destroy, where Terraform has none to give
   */
  readonly token?: string;
  /** Expression of what the last complete apply wrote, as JSON. @default - nothing */
  readonly previous?: string;
  /** Project whose quota requests count against. @default - that of the credentials */
  readonly quotaProject?: string;
}

/**
 * Runs the script with the settings in the resource's `input`. The script's text is passed as a variable: the stack's
 * folder has no file but `cdk.tf.json`, and if the text were the command, it would be repeated in front of every error.
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
