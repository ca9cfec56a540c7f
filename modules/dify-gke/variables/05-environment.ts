import { z } from "zod";
import { group, variable } from "./definition";
import { count, environmentMap, rotationPeriod, secretMap } from "./limits";

/** Group 5: what reaches the containers as environment. */
export const environment = group(5, {
  secret_environment_variables: variable({
    description:
      "Environment variables whose values are in Secret Manager: name to id of an existing secret. They go to the components " +
      "that read them.",
    schema: secretMap,
    default: {},
  }),
  secret_rotation_period: variable({
    description:
      "How often Secret Manager reminds of rotating a secret, and how often the database's login changes with `enable_auto_password_rotation`.",
    schema: rotationPeriod,
    default: "2592000s",
  }),
  secret_propagation_delay: variable({
    description: "The documented module's pause after creating a secret, in seconds.",
    schema: count(0, 3600),
    default: 30,
  }),
  environment_variables: variable({
    description:
      "Further environment variables: each goes to the components that read it, and what none is known to read to the API's " +
      "processes. No secrets: everyone who may read a pod can read them.",
    schema: environmentMap,
    default: {},
  }),
  trusted_ca_file: variable({
    documented: false,
    file: true,
    description:
      "PEM file with the certificates of authorities that [everything trusts](operations.md#certificates-of-your-own-authority) in " +
      "addition to the public ones, such as a company's own, from the variable file's directory. Empty: the public ones alone.",
    schema: z.string(),
    default: "",
  }),
});
