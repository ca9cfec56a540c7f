import { isPrivate, publicAdminRanges } from "../perimeter";
import { isSharedVpc } from "../shared-services";
import type { Variables } from "../variables";
import { DESIGN, GOOGLE, type Rule } from "./rule";

/** Whether a perimeter blocks, and not only logs. */
function enforced(v: Variables): boolean {
  return v.enable_vpc_sc && !v.vpc_sc_dry_run;
}

const organization: Rule = {
  id: "perimeter-has-organization",
  what: "`enable_vpc_sc` without `organization_id`",
  why: "Only an organization has perimeters: there would be none, and nothing would say so.",
  risk: "High",
  severity: "error",
  variables: ["organization_id", "enable_vpc_sc"],
  source: DESIGN,
  brokenBy: (v) => v.enable_vpc_sc && v.organization_id === "",
  message: () =>
    "enable_vpc_sc is true and organization_id is empty, and only an organization has service perimeters: there would be none, and the project would be as open as before. Set organization_id to its number (gcloud organizations list), or set enable_vpc_sc = false where the project belongs to none.",
};

const lockedOut: Rule = {
  id: "perimeter-lets-runner-in",
  what: "An enforced perimeter that lets nobody in from outside",
  why: "Terraform and people would be locked out, and only an administrator of the organization could undo it.",
  risk: "Critical",
  severity: "error",
  variables: [
    "vpc_sc_dry_run",
    "vpc_sc_identities",
    "admin_ip_ranges",
    "impersonation_service_account",
    "enable_vpc_sc",
  ],
  source: DESIGN,
  brokenBy: (v) =>
    enforced(v) &&
    v.impersonation_service_account === "" &&
    v.vpc_sc_identities.length + publicAdminRanges(v).length === 0,
  message: (v) =>
    `vpc_sc_dry_run = false enforces the perimeter, and neither vpc_sc_identities nor ${v.admin_ip_ranges.length > 0 ? `a public range in admin_ip_ranges (${v.admin_ip_ranges.join(", ")} are private)` : "admin_ip_ranges"} lets anybody in: Terraform and people would be locked out of the project, and only an administrator of the organization could undo it. Name who runs Terraform in vpc_sc_identities, or the public range that it comes from in admin_ip_ranges.`,
};

/** Nobody's offices are larger than a /8. */
const WIDEST = 8;

const narrow: Rule = {
  id: "perimeter-ranges-narrow",
  what: "`admin_ip_ranges` that let everybody into the perimeter",
  why: "A stolen key could be used from anywhere, which a perimeter is there to prevent.",
  risk: "High",
  severity: "error",
  variables: ["admin_ip_ranges", "enable_vpc_sc"],
  source: DESIGN,
  brokenBy: (v) =>
    v.enable_vpc_sc ? v.admin_ip_ranges.filter((range) => Number(range.replace(/^.*\//, "")) < WIDEST) : [],
  message: (_, subject) =>
    `admin_ip_ranges holds ${subject}, which lets everybody into the perimeter: a stolen key could be used from anywhere. Name the ranges that administrators connect from, or take admin_ip_ranges out of the file.`,
};

const networkRanges: Rule = {
  id: "perimeter-network-ranges-private",
  what: "`vpc_cidr_ranges` with a public range",
  why: "They are ranges inside the network, where Google compares the internal address: a public one is refused or never matches.",
  risk: "Medium",
  severity: "error",
  variables: ["vpc_cidr_ranges", "enable_vpc_sc"],
  source: GOOGLE,
  brokenBy: (v) => (v.enable_vpc_sc ? v.vpc_cidr_ranges.filter((range) => !isPrivate(range)) : []),
  message: (_, subject) =>
    `vpc_cidr_ranges holds ${subject}, which is a public range, and these are internal addresses of the network: Google would refuse it, or nobody would ever come from there. Set a public range in admin_ip_ranges instead.`,
};

const shared: Rule = {
  id: "perimeter-not-in-shared-vpc",
  what: "An enforced perimeter of a project whose network is another project's",
  why: "The network's own project stays outside, and everything that the cluster asks Google for comes from there.",
  risk: "Critical",
  severity: "error",
  variables: ["vpc_sc_dry_run", "network_project_id", "project_id", "enable_vpc_sc"],
  source: GOOGLE,
  brokenBy: (v) => enforced(v) && isSharedVpc(v),
  message: (v) =>
    `vpc_sc_dry_run = false enforces a perimeter around ${v.project_id} alone, and the network is ${v.network_project_id}'s, which stays outside: what pods and nodes ask Google for comes from there and would be refused. Have the organization's administrators make one perimeter of both projects and set enable_vpc_sc = false here, or leave vpc_sc_dry_run = true.`,
};

export const perimeterRules: readonly Rule[] = [organization, lockedOut, narrow, networkRanges, shared];
