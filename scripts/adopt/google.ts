import { billingbudgets_v1 } from "googleapis/build/src/apis/billingbudgets/v1";
import { binaryauthorization_v1 } from "googleapis/build/src/apis/binaryauthorization/v1";
import { cloudbuild_v1 } from "googleapis/build/src/apis/cloudbuild/v1";
import { compute_v1 } from "googleapis/build/src/apis/compute/v1";
import { logging_v2 } from "googleapis/build/src/apis/logging/v2";
import { monitoring_v1 } from "googleapis/build/src/apis/monitoring/v1";
import { monitoring_v3 } from "googleapis/build/src/apis/monitoring/v3";
import { secretmanager_v1 } from "googleapis/build/src/apis/secretmanager/v1";
import { found, isDisabled } from "../google-apis/answers";
import { clientOptions } from "../google-apis/clients";
import type { Credentials } from "../google-apis/credentials";

/** A version of a secret, without its value. */
export interface SecretVersion {
  /** `projects/<number>/secrets/<secret>/versions/<version>`. */
  readonly name: string;
  /** `ENABLED`, `DISABLED`, `DESTROYED`. */
  readonly state: string;
}

/** What does not follow from names and variables. Each answer is `undefined` if nothing exists. */
export interface Google {
  /** @param secret `projects/<project>/secrets/<secret>` */
  readonly newestVersion: (secret: string) => Promise<SecretVersion | undefined>;
  /** @returns the name of the template that the VMs of a group are made from */
  readonly templateOf: (project: string, zone: string, group: string) => Promise<string | undefined>;
  /** @param attestor `projects/<project>/attestors/<attestor>` @returns the name of the key ring that its key is in */
  readonly keyRingOf: (attestor: string) => Promise<string | undefined>;
  /** @param account `billingAccounts/<id>` @returns the id that Google gave the one budget of this name */
  readonly budgetOf: (account: string, displayName: string) => Promise<string | undefined>;
  /**
   * @param location `projects/<project>/locations/<region>`
   * @returns the name of the one log bucket there whose id matches, and which nobody has deleted
   */
  readonly logBucketOf: (location: string, id: RegExp) => Promise<string | undefined>;
  /** @param location `projects/<project>/locations/<region>` @returns the id that Google gave the trigger of this name */
  readonly triggerOf: (location: string, name: string) => Promise<string | undefined>;
  /**
   * @returns the name that Google gave the one object of Cloud Monitoring whose display name matches:
   * `projects/<project>/alertPolicies/<number>`
   */
  readonly monitoringOf: (kind: Monitored, project: string, displayName: RegExp) => Promise<string | undefined>;
}

/** Collections of Cloud Monitoring. */
export type Monitored = "alertPolicies" | "dashboards" | "notificationChannels" | "uptimeCheckConfigs";

/** @param quotaProject what requests are counted for. @default - the project of the credentials */
export function google(auth: Credentials, env: NodeJS.ProcessEnv, quotaProject?: string): Google {
  // Tries more often than a command that only looks: what is missed here would be made twice.
  const options = (name: string) => ({
    ...clientOptions(auth, env, name, quotaProject),
    retryConfig: { retry: 3 },
    timeout: 30_000,
  });
  const secrets = new secretmanager_v1.Secretmanager(options("SECRET_MANAGER"));
  const compute = new compute_v1.Compute(options("COMPUTE"));
  const builds = new cloudbuild_v1.Cloudbuild(options("CLOUD_BUILD"));
  const budgets = new billingbudgets_v1.Billingbudgets(options("BILLING"));
  const logging = new logging_v2.Logging(options("LOGGING"));
  const { projects: monitoring } = new monitoring_v3.Monitoring(options("MONITORING"));
  const { dashboards } = new monitoring_v1.Monitoring(options("MONITORING")).projects;
  const admission = new binaryauthorization_v1.Binaryauthorization(options("BINARY_AUTHORIZATION"));
  const page = async (kind: Monitored, project: string, pageToken?: string) => {
    switch (kind) {
      case "alertPolicies": {
        const answer = await there(monitoring.alertPolicies.list({ name: project, pageToken }));
        return [answer, answer?.alertPolicies] as const;
      }
      case "dashboards": {
        const answer = await there(dashboards.list({ parent: project, pageToken }));
        return [answer, answer?.dashboards] as const;
      }
      case "notificationChannels": {
        const answer = await there(monitoring.notificationChannels.list({ name: project, pageToken }));
        return [answer, answer?.notificationChannels] as const;
      }
      case "uptimeCheckConfigs": {
        const answer = await there(monitoring.uptimeCheckConfigs.list({ parent: project, pageToken }));
        return [answer, answer?.uptimeCheckConfigs] as const;
      }
    }
  };
  return {
    newestVersion: async (secret) => {
      const version = await there(secrets.projects.secrets.versions.get({ name: `${secret}/versions/latest` }));
      return version && { name: version.name ?? "", state: version.state ?? "" };
    },
    templateOf: async (project, zone, group) => {
      const answer = await there(compute.instanceGroupManagers.get({ project, zone, instanceGroupManager: group }));
      return answer?.versions?.[0]?.instanceTemplate?.split("/").at(-1);
    },
    keyRingOf: async (attestor) => {
      const answer = await there(admission.projects.attestors.get({ name: attestor }));
      const [key] = answer?.userOwnedGrafeasNote?.publicKeys ?? [];
      return /\/keyRings\/([^/]+)\//.exec(key?.id ?? "")?.[1];
    },
    triggerOf: async (parent, name) => {
      for (let pageToken: string | undefined; ;) {
        const answer = await there(builds.projects.locations.triggers.list({ parent, pageToken }));
        const trigger = answer?.triggers?.find((one) => one.name === name);
        pageToken = answer?.nextPageToken ?? undefined;
        if (trigger || !pageToken) return trigger?.id ?? undefined;
      }
    },
    budgetOf: async (parent, displayName) => {
      const all: (string | null | undefined)[] = [];
      for (let pageToken: string | undefined; ;) {
        const answer = await there(budgets.billingAccounts.budgets.list({ parent, pageToken }));
        all.push(...(answer?.budgets ?? []).filter((one) => one.displayName === displayName).map(({ name }) => name));
        pageToken = answer?.nextPageToken ?? undefined;
        if (!pageToken) break;
      }
      const [one, another] = all;
      return another ? undefined : one?.split("/").at(-1);
    },
    logBucketOf: async (parent, id) => {
      const all: (string | null | undefined)[] = [];
      for (let pageToken: string | undefined; ;) {
        const answer = await there(logging.projects.locations.buckets.list({ parent, pageToken }));
        const active = (answer?.buckets ?? []).filter(({ lifecycleState }) => lifecycleState === "ACTIVE");
        all.push(...active.map(({ name }) => name));
        pageToken = answer?.nextPageToken ?? undefined;
        if (!pageToken) break;
      }
      const [one, another] = all.filter((name) => id.test(name?.split("/").at(-1) ?? ""));
      return another ? undefined : (one ?? undefined);
    },
    monitoringOf: async (kind, project, displayName) => {
      const all: { readonly name?: string | null; readonly displayName?: string | null }[] = [];
      for (let pageToken: string | undefined; ;) {
        const [answer, some] = await page(kind, `projects/${project}`, pageToken);
        all.push(...(some ?? []));
        pageToken = answer?.nextPageToken ?? undefined;
        if (!pageToken) break;
      }
      const [one, another] = all.filter((each) => displayName.test(each.displayName ?? ""));
      return another ? undefined : (one?.name ?? undefined);
    },
  };
}

/** @returns the answer; `undefined` also if the API is not enabled, because then nothing of it exists */
async function there<T>(answer: Promise<{ readonly data: T }>): Promise<T | undefined> {
  try {
    return await found(answer);
  } catch (error) {
    if (isDisabled(error)) return undefined;
    throw error;
  }
}
