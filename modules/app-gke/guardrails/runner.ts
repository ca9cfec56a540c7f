import { DataGoogleClientOpenidUserinfo } from "@cdktf/provider-google/lib/data-google-client-openid-userinfo";
import type { Precondition } from "cdktf";
import type { Construct } from "constructs";
import { CheckBlock } from "../terraform/check-block";

export interface RunnerOptions {
  /** Who is let in: `serviceAccount:…`, `user:…`, `group:…`, `principalSet://…`. */
  readonly runners: readonly string[];
  /** Whom Terraform acts as; it is among the runners. @default - the account that runs Terraform */
  readonly impersonateServiceAccount?: string;
  /** @default [] */
  readonly publicRanges?: readonly string[];
}

/**
 * Keeps you from locking yourself out: an enforced perimeter is refused if the account that applies it is not let in. With
 * public ranges, an account that is not listed is only a warning, because it may be let in by its address, which Terraform does
 * not see. Membership in groups and pools is not checked.
 */
export function runnerIsLetIn(
  scope: Construct,
  { runners, impersonateServiceAccount, publicRanges = [] }: RunnerOptions,
): Precondition[] {
  if (impersonateServiceAccount !== undefined) return [];
  if (runners.some((member) => !/^(user|serviceAccount):/.test(member))) return [];
  const who = new DataGoogleClientOpenidUserinfo(scope, "runner");
  const email = `data.${who.terraformResourceType}.${who.friendlyUniqueId}.email`;
  const emails = JSON.stringify(runners.map((member) => member.replace(/^\w+:/, "").toLowerCase()));
  const condition = `contains(${emails}, lower(${email}))`;
  if (publicRanges.length === 0) {
    return [
      {
        condition: `\${${condition}}`,
        errorMessage:
          `\${${email}}, who runs Terraform, is not let into the perimeter: once it is enforced, this apply and all later ones ` +
          `would be refused, and only an administrator of the organization could undo it. Name it in vpc_sc_identities, or ` +
          `the range that it comes from in admin_ip_ranges. Until then, leave vpc_sc_dry_run = true.`,
      },
    ];
  }
  new CheckBlock(scope, "runner-by-address", {
    condition,
    message:
      `\${${email}}, who runs Terraform, is not in vpc_sc_identities: it is let into the perimeter from ${publicRanges.join(", ")} ` +
      `only, and Terraform does not see where it comes from. If that is somewhere else, every later apply would be refused: name it ` +
      `in vpc_sc_identities, or continue if you come from there.`,
  });
  return [];
}
