import { readFileSync } from "node:fs";
import type { Variables } from "../../modules/dify-gke/variables";
import { type AuthClient, GoogleAuth, Impersonated, OAuth2Client } from "google-auth-library";

const SCOPES = ["https://www.googleapis.com/auth/cloud-platform"];

/** The service account that Terraform acts as; empty for none. */
type ActingAs = Pick<Variables, "impersonation_service_account">;

/**
 * @returns the project that Terraform's requests are counted for, and whose APIs they use; `none`: that of the credentials
 */
export function quotaProjectOf(v: Pick<Variables, "quota_project" | "project_id">): string {
  return v.quota_project || v.project_id;
}

/** What all clients of Google APIs take as `auth`. */
export type Credentials = GoogleAuth | OAuth2Client;

/**
 * The credentials of Terraform's Google provider, in its order: `GOOGLE_OAUTH_ACCESS_TOKEN`, `GOOGLE_CREDENTIALS` (the
 * path of a key file or its content), application default credentials; as another account with
 * `impersonation_service_account` or `GOOGLE_IMPERSONATE_SERVICE_ACCOUNT`.
 * @throws Error if there are none
 * @see https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/provider_reference#authentication
 */
export async function credentials(env: NodeJS.ProcessEnv, variables?: ActingAs): Promise<Credentials> {
  const own = ownCredentials(env);
  const targetPrincipal = variables?.impersonation_service_account || env.GOOGLE_IMPERSONATE_SERVICE_ACCOUNT;
  if (!targetPrincipal) return own;
  const sourceClient: AuthClient = own instanceof GoogleAuth ? await own.getClient() : own;
  const { rootUrl: root } = rootUrl(env, "IAM_CREDENTIALS");
  const endpoint = root === undefined ? {} : { endpoint: root.replace(/\/$/, "") };
  return new Impersonated({ sourceClient, targetPrincipal, targetScopes: SCOPES, ...endpoint });
}

/** @returns credentials that Google takes, or what to say where there are none */
export async function usableCredentials(env: NodeJS.ProcessEnv, variables?: ActingAs): Promise<Credentials | string> {
  try {
    const auth = await credentials(env, variables);
    await auth.getAccessToken();
    return auth;
  } catch (error) {
    return (
      `There are no credentials for Google Cloud: ${(error as Error).message.split("\n")[0] ?? ""}\n` +
      "Nothing was looked at. Sign in, then run it again:\n  gcloud auth application-default login\n"
    );
  }
}

function ownCredentials(env: NodeJS.ProcessEnv): Credentials {
  if (env.GOOGLE_OAUTH_ACCESS_TOKEN) {
    const client = new OAuth2Client();
    client.setCredentials({ access_token: env.GOOGLE_OAUTH_ACCESS_TOKEN });
    return client;
  }
  const given = env.GOOGLE_CREDENTIALS;
  if (!given) return new GoogleAuth({ scopes: SCOPES });
  const json = given.trimStart().startsWith("{") ? given : readFileSync(given, "utf8");
  // Deprecated for credentials from somewhere else: these are the user's own, as Terraform takes them too.
  // oxlint-disable-next-line typescript/no-deprecated
  return new GoogleAuth({ scopes: SCOPES, credentials: JSON.parse(json) as object });
}

/**
 * @param name as in the provider's variable: `COMPUTE` for `GOOGLE_COMPUTE_CUSTOM_ENDPOINT`
 * @returns where a client finds its API if not at Google, as its `rootUrl`: the provider's own variable decides. The
 * client adds the path, which is the API's version
 */
export function rootUrl(env: NodeJS.ProcessEnv, name: string): { readonly rootUrl?: string } {
  const endpoint = env[`GOOGLE_${name}_CUSTOM_ENDPOINT`];
  return endpoint ? { rootUrl: `${new URL(endpoint).origin}/` } : {};
}
