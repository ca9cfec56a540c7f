import { PRIVATE_RANGES } from "../app-gke/google/privately-used";
import type { PerimeterSettings } from "../app-gke/guardrails/perimeter";
import { parseRange, subtract } from "../dify-common/address-ranges";
import type { Variables } from "./variables";

/** The service perimeter, from the documented variables. @returns `undefined` if there is none */
export function perimeter(v: Variables): PerimeterSettings | undefined {
  if (!v.enable_vpc_sc) return undefined;
  return {
    organizationId: v.organization_id,
    accessPolicyId: v.access_policy_id || undefined,
    dryRun: v.vpc_sc_dry_run,
    publicRanges: publicAdminRanges(v),
    networkRanges: v.vpc_cidr_ranges,
    identities: v.vpc_sc_identities,
    impersonateServiceAccount: v.impersonation_service_account || undefined,
  };
}

/** @returns the administrators' ranges from which a request to Google can come: Google never sees private addresses */
export function publicAdminRanges(v: Pick<Variables, "admin_ip_ranges">): readonly string[] {
  return v.admin_ip_ranges.filter((range) => !isPrivate(range));
}

/** @returns whether all of a range is private */
export function isPrivate(text: string): boolean {
  const range = parseRange(text);
  return range !== undefined && PRIVATE_RANGES.some((one) => subtract(range, [parseRange(one) ?? range]).length === 0);
}
