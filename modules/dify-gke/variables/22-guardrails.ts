import { z } from "zod";
import { group, variable } from "./definition";
import { cidr, text } from "./limits";

/** Group 22: VPC Service Controls and audit logs. */
export const guardrails = group(22, {
  enable_vpc_sc: variable({
    description: "Creates a service perimeter around the project.",
    schema: z.boolean(),
    default: false,
  }),
  vpc_cidr_ranges: variable({
    description: "Ranges of the network that the perimeter lets in. Empty: those of its subnetworks.",
    schema: z.array(cidr),
    default: [],
  }),
  vpc_sc_dry_run: variable({
    description: "Logs what the perimeter would block, and blocks nothing.",
    schema: z.boolean(),
    default: true,
  }),
  organization_id: variable({
    description: "Organization whose access policy the perimeter belongs to.",
    schema: text("a number", /^\d+$/, true),
    default: "",
  }),
  enable_audit_logging: variable({
    description:
      "Logs who read and wrote what in the whole project, for all services; see [audit logs](security.md#audit-logs).",
    schema: z.boolean(),
    default: false,
  }),
});
