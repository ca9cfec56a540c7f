import type { RuleCase } from "./rule-case";

const ON = { enable_vpc_sc: true, organization_id: "123456789012" };
const ENFORCED = { ...ON, vpc_sc_dry_run: false };
const RUNNER = { vpc_sc_identities: ["serviceAccount:terraform@demo-project.iam.gserviceaccount.com"] };
const SHARED = { network_project_id: "host-project", network_name: "shared", subnetwork_name: "nodes" };

/** The service perimeter. */
export const perimeterCases: readonly RuleCase[] = [
  {
    id: "perimeter-has-organization",
    breaks: [{ enable_vpc_sc: true }],
    holds: [ON],
  },
  {
    id: "perimeter-lets-runner-in",
    breaks: [ENFORCED, { ...ENFORCED, admin_ip_ranges: ["10.0.0.0/8", "192.168.1.0/24"] }],
    holds: [
      ON,
      { ...ENFORCED, ...RUNNER },
      { ...ENFORCED, admin_ip_ranges: ["203.0.113.0/24"] },
      { ...ENFORCED, impersonation_service_account: "terraform@demo-project.iam.gserviceaccount.com" },
    ],
  },
  {
    id: "perimeter-ranges-narrow",
    breaks: [
      { ...ON, admin_ip_ranges: ["0.0.0.0/0"] },
      { ...ON, admin_ip_ranges: ["203.0.113.0/24", "128.0.0.0/1"] },
    ],
    holds: [{ ...ON, admin_ip_ranges: ["203.0.113.0/24"] }],
  },
  {
    id: "perimeter-network-ranges-private",
    breaks: [{ ...ON, vpc_cidr_ranges: ["203.0.113.0/24"] }],
    holds: [{ ...ON, vpc_cidr_ranges: ["10.20.0.0/16", "100.64.0.0/10"] }],
  },
  {
    id: "perimeter-not-in-shared-vpc",
    breaks: [{ ...ENFORCED, ...RUNNER, ...SHARED }],
    holds: [
      { ...ON, ...SHARED },
      { ...ENFORCED, ...RUNNER },
    ],
  },
];
