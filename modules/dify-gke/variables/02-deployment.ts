import { z } from "zod";
import { group, variable } from "./definition";
import { email, namePart, resourceLabels, text } from "./limits";

/** Group 2: what tells this deployment from others in the project. */
export const deployment = group(2, {
  tenant_id: variable({
    description: "Distinguishes deployments in one project. Part of every resource's name.",
    schema: namePart,
    default: "demo",
    immutable: true,
  }),
  deployment_id: variable({
    documented: false,
    description:
      "Part of every resource's name, in place of the one that follows from project, tenant, application and environment. Only for an environment that the documented Terraform modules deployed, with the deployment id that they chose: see [adopt](adopt.md#from-the-documented-terraform-modules). It cannot be changed later.",
    schema: text("empty, or 4 to 8 lower-case letters and digits", /^([a-z0-9]{4,8})?$/),
    default: "",
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
