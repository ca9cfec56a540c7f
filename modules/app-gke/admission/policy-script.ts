import type { LocalExecProvisioner } from "cdktf";
import { restScript } from "../google/rest-script";

/** This installation's part of the project's policy, as input of `scripts/google/binauthz_policy.py`. */
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
export function writtenPolicy({ project, cluster, mode, attestor, exempt }: PolicySettings): Record<string, unknown> {
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

/** Runs the script with the settings in the resource's `input`. */
export function policyScript({ action, previous, ...options }: PolicyScriptOptions): LocalExecProvisioner {
  return restScript({
    ...options,
    file: "binauthz_policy.py",
    prefix: "BINAUTHZ",
    action,
    atDestroy: action === "remove",
    more: previous === undefined ? {} : { PREVIOUS: previous },
  });
}
