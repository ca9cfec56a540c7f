import { type ApplicationConfig, type Bindings, type Component, DIRECT } from "../application-config";
import { accountSecrets } from "./account-secrets";
import { mountedBucket } from "../platform/mounted-buckets";
import { dataAccountSecret, redisOfCluster } from "./data-names";
import { onCloudSql } from "./data-database";
import {
  authProxyConfigMapName,
  databasePort,
  environmentConfigMapName,
  fileKeys,
  filesConfigMapName,
  serviceAccountNames,
  sharedFilesClaimName,
} from "./names";
import type { PodContext, Task } from "./pod";

export interface KnownContextProps {
  readonly application: ApplicationConfig;
  /** Prefix of the buckets' names. */
  readonly resourcePrefix: string;
  /** Image reference to pull from. */
  readonly image: (upstream: string) => string;
  readonly authProxyImage: string;
  /** Whether the Auth Proxy serves metrics. @default false */
  readonly collectMetrics?: boolean;
  /** E-mail address of the service account that logs in to the database. @default - none does */
  readonly databaseAccount?: string;
  /** @default - no shared files */
  readonly sharedFiles?: {
    readonly volumeName: string;
    readonly mountPath: string;
    /** The installation's directory on the share. */
    readonly subPath: string;
  };
}

/** @returns what pods refer to in the cluster, by names that are known at synth: for manifests of releases */
export function knownContext(props: KnownContextProps): PodContext {
  const { application, sharedFiles } = props;
  const { name } = application;
  const database = onCloudSql(application.database);
  const redis =
    typeof application.redis === "object"
      ? redisOfCluster({ applicationName: name }, application.dataClusters ?? [], application.redis)
      : undefined;
  return {
    image: props.image,
    environmentConfigMap: (task) => (hasEnvironment(task) ? environmentConfigMapName(name, task) : undefined),
    fileConfigMap: (task) =>
      (task.files ?? []).length > 0 ? { name: filesConfigMapName(name, task), keys: fileKeys(task) } : undefined,
    secretName: (application.secrets ?? []).length > 0 ? name : undefined,
    accountSecret: (account) => dataAccountSecret({ applicationName: name }, application.dataClusters ?? [], account),
    accounts: accountSecrets(application, { ...ANY_BINDINGS, redis }),
    serviceAccounts: serviceAccountNames(name),
    authProxy: database && {
      image: props.image(props.authProxyImage),
      instance: { configMap: authProxyConfigMapName(name) },
      port: databasePort(database.version),
      metrics: props.collectMetrics,
      account: database.iam?.used ? props.databaseAccount : undefined,
    },
    bucket: (given) => mountedBucket(given, props, application.buckets),
    sharedFiles: sharedFiles && { ...sharedFiles, source: { claimName: sharedFilesClaimName(name) } },
  };
}

/** The names of variables do not depend on the bindings, only their values do. */
function hasEnvironment(task: Task): boolean {
  return Object.keys(knownEnvironment(task)).length > 0;
}

const known = new WeakMap<object, Readonly<Record<string, string>>>();

/** @returns the environment of a task with placeholders, made once for each task: it takes longer than most of its pod */
export function knownEnvironment(task: Pick<Task, "environment">): Readonly<Record<string, string>> {
  const found = known.get(task) ?? task.environment?.(ANY_BINDINGS) ?? {};
  known.set(task, found);
  return found;
}

/** Placeholders for everything that only apply knows. */
const ANY_BINDINGS: Bindings = {
  projectId: "any",
  region: "any",
  publicUrl: "https://any",
  publicUrls: ["https://any"],
  entrance: DIRECT,
  host: (component: Component["name"]) => component,
  address: (component: Component["name"]) => component,
  database: { host: "any", port: 1, name: "any", user: "any" },
  redis: { host: "any", port: "1", ca: "any", sentinels: { addresses: ["any:1"], primary: "any" } },
  earlierRedis: { host: "any", port: "1", ca: "any" },
  privatelyUsed: { known: [], lines: () => "" },
  bucket: (suffix) => suffix,
  sharedFilesPath: "/any",
  shareDirectory: "any",
};
