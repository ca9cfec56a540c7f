import { cloudbilling_v1 } from "googleapis/build/src/apis/cloudbilling/v1";
import { cloudresourcemanager_v3 } from "googleapis/build/src/apis/cloudresourcemanager/v3";
import { compute_v1 } from "googleapis/build/src/apis/compute/v1";
import { container_v1 } from "googleapis/build/src/apis/container/v1";
import { orgpolicy_v2 } from "googleapis/build/src/apis/orgpolicy/v2";
import { serviceusage_v1 } from "googleapis/build/src/apis/serviceusage/v1";
import { sqladmin_v1 } from "googleapis/build/src/apis/sqladmin/v1";
import { storage_v1 } from "googleapis/build/src/apis/storage/v1";
import { type Credentials, rootUrl } from "../google-apis/credentials";
import type { Finding } from "./finding";

/** Clients of the APIs that the checks ask, all of them to read. */
export interface Google {
  readonly billing: cloudbilling_v1.Cloudbilling;
  readonly compute: compute_v1.Compute;
  readonly container: container_v1.Container;
  readonly orgPolicy: orgpolicy_v2.Orgpolicy;
  readonly projects: cloudresourcemanager_v3.Cloudresourcemanager;
  readonly services: serviceusage_v1.Serviceusage;
  readonly sql: sqladmin_v1.Sqladmin;
  readonly storage: storage_v1.Storage;
}

/** @param quotaProject what requests are counted for. @default - the project of the credentials */
export function google(auth: Credentials, env: NodeJS.ProcessEnv, quotaProject?: string): Google {
  const options = (name: string) => ({
    auth,
    ...rootUrl(env, name),
    ...(quotaProject ? { headers: { "x-goog-user-project": quotaProject } } : {}),
    // Once more where Google was busy; a check has to end.
    retryConfig: { retry: 1 },
    timeout: 20_000,
  });
  return {
    billing: new cloudbilling_v1.Cloudbilling(options("CLOUD_BILLING")),
    compute: new compute_v1.Compute(options("COMPUTE")),
    container: new container_v1.Container(options("CONTAINER")),
    orgPolicy: new orgpolicy_v2.Orgpolicy(options("ORG_POLICY")),
    projects: new cloudresourcemanager_v3.Cloudresourcemanager(options("RESOURCE_MANAGER_V3")),
    services: new serviceusage_v1.Serviceusage(options("SERVICE_USAGE")),
    sql: new sqladmin_v1.Sqladmin(options("SQL")),
    storage: new storage_v1.Storage(options("STORAGE")),
  };
}

/** An answer of Google's that is an error. */
interface GoogleError extends Error {
  readonly status?: number;
  readonly code?: number | string;
}

/** @returns the HTTP status of an error, if Google answered at all */
export function statusOf(error: unknown): number | undefined {
  const { status, code } = error as GoogleError;
  return status ?? (typeof code === "number" ? code : Number(code) || undefined);
}

/** @returns what is there; `undefined` where Google says that nothing is */
export async function found<T>(answer: Promise<{ readonly data: T }>): Promise<T | undefined> {
  try {
    return (await answer).data;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** @returns whether Google refused because the API is not enabled in the project */
export function isDisabled(error: unknown): boolean {
  return (
    statusOf(error) === 403 &&
    /SERVICE_DISABLED|has not been used in project|is disabled/.test((error as Error).message)
  );
}

/**
 * @param what was looked for: `the region's quotas`
 * @returns the finding that it could not be seen; `undefined` where the error is another one
 */
export function unseen(error: unknown, what: string): Finding | undefined {
  const status = statusOf(error);
  const { message } = error as Error;
  const [, api] = /\b([a-z]+)\.googleapis\.com\b/.exec(message) ?? [];
  if (isDisabled(error)) {
    return {
      level: "unseen",
      fact: `${what} cannot be looked at yet: the API ${api ? `${api}.googleapis.com ` : ""}is not enabled in the project.`,
      remedy: "To look now, enable it. The apply enables the APIs that it needs itself.",
      ...(api ? { help: `gcloud services enable ${api}.googleapis.com` } : {}),
    };
  }
  if (status === 403 || status === 401) {
    return {
      level: "unseen",
      fact: `${what} cannot be looked at: ${message.split("\n")[0] ?? "Google refused"}`,
      remedy: "Nothing is wrong with that. Ask somebody who may look, or go on.",
    };
  }
  return undefined;
}
