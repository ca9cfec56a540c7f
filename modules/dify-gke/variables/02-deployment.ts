import { z } from "zod";
import { group, variable } from "./definition";
import { email, namePart, resourceLabels } from "./limits";

/** Group 2: what tells this deployment from others in the project. */
export const deployment = group(2, {
  tenant_id: variable({
    description: "Distinguishes deployments in one project. Part of every resource's name.",
    schema: namePart,
    default: "demo",
    immutable: true,
  }),
  support_users: variable({
    description: "E-mail addresses that alerts go to.",
    schema: z.array(email),
    default: [],
  }),
  resource_labels: variable({
    description: "Labels for every Google Cloud resource that can have labels.",
    schema: resourceLabels,
    default: { env: "dev" },
  }),
});
