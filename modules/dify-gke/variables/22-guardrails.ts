import { z } from "zod";
import { group, variable } from "./definition";
import { cidr, perimeterMember, text } from "./limits";

/** Group 22: VPC Service Controls and audit logs. */
export const guardrails = group(22, {
  enable_vpc_sc: variable({
    description: "Creates a [service perimeter](security.md#service-perimeter) around the project.",
    schema: z.boolean(),
    default: false,
  }),
  vpc_cidr_ranges: variable({
    description:
      "Internal ranges of the network that the perimeter lets in, such as those of a VPN whose project is outside. The project's own network is inside.",
    schema: z.array(cidr),
    default: [],
  }),
  vpc_sc_dry_run: variable({
    description: "Logs what the perimeter would block, and blocks nothing.",
    schema: z.boolean(),
    default: true,
  }),
  organization_id: variable({
    description:
      "Number of the organization that the project belongs to, whose access policy the perimeter is added to.",
    schema: text("a number", /^\d+$/, true),
    default: "",
  }),
  access_policy_id: variable({
    documented: false,
    description:
      "Number of the access policy that the perimeter is added to, such as one that is scoped to a folder. Empty: the organization's own.",
    schema: text("a number", /^\d+$/, true),
    default: "",
  }),
  vpc_sc_identities: variable({
    documented: false,
    description:
      "Who is let into the perimeter from everywhere, such as the account that runs Terraform: `serviceAccount:`, `user:` or `group:` with an e-mail address, or `principal://` or `principalSet://` of a workload identity pool.",
    schema: z.array(perimeterMember).max(100),
    default: [],
  }),
  enable_audit_logging: variable({
    description:
      "Logs who read and wrote what in the whole project, for all services; see [audit logs](security.md#audit-logs).",
    schema: z.boolean(),
    default: false,
  }),
});
