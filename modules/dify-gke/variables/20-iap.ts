import { z } from "zod";
import { group, sensitive, variable } from "./definition";
import { iapGroup, iapUser, optionalEmail, plainPath } from "./limits";

/** Group 20: Google sign-in in front of the application. */
export const iap = group(20, {
  enable_iap: variable({
    description: "Lets signed-in, authorized people through and nobody else.",
    schema: z.boolean(),
    default: false,
  }),
  iap_authorized_users: variable({
    description: "People and service accounts who may sign in.",
    schema: z.array(iapUser),
    default: [],
  }),
  iap_authorized_groups: variable({
    description: "Google groups whose members may sign in.",
    schema: z.array(iapGroup),
    default: [],
  }),
  iap_exempt_paths: variable({
    documented: false,
    description:
      "Paths, with everything below them, that need no sign-in: for programs, webhooks and published applications. Still behind Cloud Armor.",
    schema: z.array(plainPath).max(50),
    default: [],
  }),
  iap_oauth_client_id: sensitive({
    description: "OAuth client for the sign-in.",
    schema: z.string(),
    default: "",
  }),
  iap_oauth_client_secret: sensitive({
    description: "Secret of the OAuth client.",
    schema: z.string(),
    default: "",
  }),
  iap_support_email: variable({
    description: "Address that the consent screen shows for questions.",
    schema: optionalEmail,
    default: "",
  }),
});
