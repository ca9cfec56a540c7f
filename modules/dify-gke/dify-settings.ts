import { readFileSync } from "node:fs";
import { plain } from "../app-gke/terraform/literal";
import type { BucketDefinition, BucketMount } from "../app-gke/application-config";
import type { SharedServices } from "../app-gke/google/shared-services";
import { type DifySettings, type ResolvedRelease, resolveRelease } from "../dify-common";
import { backupBucket, backupImport, portableBackups } from "./backup-settings";
import { authoritiesIn } from "./certificates";
import { databaseLogins } from "./database-logins";
import { postgresSettings } from "./database-place";
import { existingSecrets, secretNames } from "../dify-common/secrets";
import type { ComponentSettings, RedisPassword } from "../dify-common/settings";
import { collectsMetrics } from "./monitoring";
import { place, verticalRange } from "./pod-settings";
import { overridden, probe } from "./probe-settings";
import { kindOfApi } from "./stateful-set";
import { earlierFilesPlace, filesPlace } from "./files-place";
import { firstDatabaseIn } from "./redis-databases";
import { earlierRedisPlace, redisPlace, type RedisPlace, usesRedisIn } from "./redis-place";
import { secretEnvironment, storedElsewhere } from "./secret-settings";
import type { Variables } from "./variables";
import { kubeBlocksPods } from "./kubeblocks-pods";
import { vectorSettings } from "./vectors-place";

/** Dify's settings from the documented variables. @param connections that the database offers to it */
export function difySettings(
  variables: Variables,
  services: SharedServices,
  release: ResolvedRelease,
  connections: number,
): DifySettings {
  const port = variables.container_port;
  const elsewhere = storedElsewhere(variables);
  return {
    name: variables.application_name,
    displayName: variables.display_name,
    description: variables.description ?? undefined,
    release,
    imageTags: imagesIn(variables).imageTags,
    sandboxImage: variables.sandbox_image || undefined,
    apiImage: variables.container_image || undefined,
    api: {
      cpu: variables.cpu_limit,
      memory: variables.memory_limit,
      minimum: variables.min_instance_count,
      maximum: variables.max_instance_count,
      port,
      timeoutSeconds: variables.timeout_seconds,
      startupProbe: probe(overridden(variables.startup_probe, variables.startup_probe_config), port),
      livenessProbe: probe(overridden(variables.liveness_probe, variables.health_check_config), port),
      terminationGracePeriodSeconds: variables.termination_grace_period_seconds,
      ...kindOfApi(variables),
    },
    worker: {
      placement: variables.worker_placement,
      minimum: variables.worker_min_instance_count,
      maximum: variables.worker_max_instance_count,
      byWaitingTasks: variables.worker_scaling === "waiting_tasks",
    },
    links: variables.additional_services
      .filter((service) => service.output_env_var_name !== "")
      .map((service) => ({
        variable: service.output_env_var_name,
        component: service.name,
        port: service.service_port ?? service.port,
      })),
    environment: variables.environment_variables,
    secretEnvironment: secretEnvironment(variables, elsewhere),
    database: {
      name: variables.db_name,
      user: variables.db_user,
      userOfOthers: elsewhere.has(secretNames.databasePassword)
        ? { nameInStore: elsewhere.has(secretNames.databaseUser) }
        : undefined,
      passwordLength: variables.database_password_length,
      connections,
      pooled: variables.sql_instance_name === "" && variables.sql_connection_pooling,
      kubeblocks: postgresSettings(variables),
      ...databaseLogins(variables),
      extensions: variables.enable_postgres_extensions ? variables.postgres_extensions : [],
      secondNames: {
        host: variables.db_host_env_var_name || undefined,
        port: variables.db_port_env_var_name || undefined,
        name: variables.db_name_env_var_name || undefined,
        user: variables.db_user_env_var_name || undefined,
        password: variables.db_password_env_var_name || undefined,
      },
    },
    vectors: vectorSettings(variables),
    customSql: customSql(variables),
    existingSecrets: namedSecrets(variables),
    secretRevisions: variables.secret_revisions,
    keyGeneration: variables.internal_key_generation ?? undefined,
    secretsElsewhere: Object.fromEntries(elsewhere),
    restartsForSecrets: variables.secrets_delivery === "external-secrets",
    redisPassword: redisPassword(redisPlace(variables), variables, services),
    redis: redis(redisPlace(variables), variables),
    // Also with enable_redis = false, which a rule refuses once it has seen the whole application.
    redisCluster:
      redisPlace(variables) === "kubeblocks" || usesRedisIn("kubeblocks", variables)
        ? redisCluster(variables)
        : undefined,
    earlierRedis: earlierRedis(variables, services),
    authorities: variables.trusted_ca_file ? () => authoritiesIn(variables.trusted_ca_file) : undefined,
    buckets: variables.create_cloud_storage ? variables.storage_buckets.map(bucket) : [],
    bucketMounts:
      variables.gcs_volumes.length > 0 ? variables.gcs_volumes.map((given) => bucketMount(given)) : undefined,
    sharedFiles: variables.enable_nfs,
    newShare: newShare(variables),
    uploadLimitMb: variables.upload_file_size_limit_mb,
    containerProtocol: variables.container_protocol,
    requestsOfClient: variables.client_connection_limit ?? undefined,
    marketplace: variables.enable_marketplace,
    vertical: verticalRange(variables),
    components: Object.fromEntries(
      Object.entries(variables.component_settings).map(([name, given]) => [kubernetesName(name), component(given)]),
    ),
    pythonRequirements: variables.sandbox_python_requirements_file
      ? () => readFileSync(plain(variables.sandbox_python_requirements_file), "utf8")
      : undefined,
    logs: { json: variables.log_format === "json", healthChecks: variables.log_health_checks },
    tracing: variables.enable_tracing ? { samplingRate: variables.trace_sampling_rate } : undefined,
    outboundProxy: outboundProxy(variables),
    databaseMaintenance: databaseMaintenance(variables),
    retention: {
      workflowRunDays: variables.workflow_run_retention_days ?? undefined,
      messageDays: variables.message_retention_days ?? undefined,
    },
    backupImport: backupImport(variables),
    backupBucket: backupBucket(variables),
    portableBackups: portableBackups(variables),
    metrics: collectsMetrics(variables),
    ssrfProxyAllowedHosts: variables.ssrf_proxy_allowed_hosts,
  };
}

function customSql(variables: Variables): DifySettings["customSql"] {
  if (!variables.enable_custom_sql_scripts) return undefined;
  const folder = variables.custom_sql_scripts_path.replace(/\/+$/, "");
  return {
    bucket: variables.custom_sql_scripts_bucket,
    folder: folder === "" ? "" : `${folder}/`,
    administrator: variables.custom_sql_scripts_use_root,
  };
}

function databaseMaintenance(v: Variables): DifySettings["databaseMaintenance"] {
  if (v.database_maintenance_schedule === "") return undefined;
  return {
    schedule: v.database_maintenance_schedule,
    tasks: v.database_maintenance_tasks,
    minutes: v.database_maintenance_minutes,
  };
}

/** Connections of components to addresses bypass the company's proxy as well. */
function outboundProxy({ outbound_proxy, additional_egress }: Variables): DifySettings["outboundProxy"] {
  if (!outbound_proxy) return undefined;
  const { host, port, user, password_secret, no_proxy } = outbound_proxy;
  const servers = additional_egress.flatMap(({ cidr }) => (cidr === undefined ? [] : [cidr.replace(/\/32$/, "")]));
  return {
    host,
    port,
    user: user || undefined,
    passwordSecret: password_secret || undefined,
    direct: [...new Set([...no_proxy, ...servers])],
  };
}

/** Components may be named as in Dify's own compose file or as in Kubernetes: `plugin_daemon` → `plugin-daemon`. */
export function kubernetesName(component: string): string {
  return component.replaceAll("_", "-");
}

/** @returns which images run, and so which variables they read */
export function imagesIn(
  v: Pick<Variables, "application_version" | "component_image_tags" | "sandbox_image">,
): Pick<DifySettings, "release" | "imageTags"> {
  const { component_image_tags: tags, sandbox_image: own } = v;
  return {
    release: resolveRelease(v.application_version),
    imageTags: own === "" ? tags : { ...tags, sandbox: own.slice(own.lastIndexOf(":") + 1) },
  };
}

function component(given: Variables["component_settings"][string]): ComponentSettings {
  return {
    cpu: given.cpu,
    memory: given.memory,
    ephemeralStorage: given.ephemeral_storage,
    scratch: given.scratch,
    replicas: given.replicas,
    minimum: given.min_replicas,
    maximum: given.max_replicas,
    environment: given.environment,
    secretEnvironment: given.secret_environment,
    place: place(given),
    nodeSelector: given.node_selector,
    tolerations: given.tolerations,
    annotations: given.annotations,
  };
}

/** @returns how to connect to Redis; Memorystore's certificate authorities are known only after it is created */
function redis(place: RedisPlace, { redis_tls, redis_ca_file }: Variables): DifySettings["redis"] {
  if (place === "memorystore") return { tls: true, ca: "bindings" };
  if (place === "file_server" || place === "kubeblocks") return { tls: false };
  return { tls: redis_tls, ca: redis_ca_file ? () => readFileSync(plain(redis_ca_file), "utf8") : undefined };
}

/** A Filestore belongs to root at first; to a file server, files may come back. */
function newShare(v: Variables): DifySettings["newShare"] {
  const copied = earlierFilesPlace(v) !== undefined;
  return copied || filesPlace(v) === "filestore" ? { copied } : undefined;
}

function earlierRedis(variables: Variables, services: SharedServices): DifySettings["earlierRedis"] {
  const place = earlierRedisPlace(variables);
  if (!place) return undefined;
  return {
    ...redis(place, variables),
    password: redisPassword(place, variables, services),
    firstDatabase: firstDatabaseIn(place, variables),
  };
}

function redisCluster({ kubeblocks_clusters: { redis: given } }: Variables): DifySettings["redisCluster"] {
  const { broker_by_sentinel: brokerBySentinel, sentinel, ...rest } = given;
  return { redis: kubeBlocksPods(rest), sentinel: kubeBlocksPods(sentinel), brokerBySentinel };
}

/** The password comes from the user for a Redis of their own, from KubeBlocks for its own, and from an existing secret for any other. */
function redisPassword(place: RedisPlace, variables: Variables, services: SharedServices): RedisPassword {
  if (place === "kubeblocks") return { type: "kubeblocks" };
  const at = storedElsewhere(variables).get(secretNames.redisPassword);
  if (at && place === "external") return { type: "store", at };
  const secretId = {
    external: variables.redis_password_secret || undefined,
    file_server: services.fileServer?.redisPasswordSecret,
    memorystore: services.memorystore?.passwordSecret,
  }[place];
  return secretId === undefined
    ? { type: "variable", variable: "redis_auth", revision: variables.secret_revisions.redis_auth }
    : { type: "existing", secretId, withApply: place !== "external" };
}

/** @returns a bucket as pods mount it @param more where one pod mounts it in another way */
export function bucketMount(
  {
    name,
    bucket_name: bucket,
    mount_path: mountPath,
    readonly,
    mount_options: options,
  }: Variables["gcs_volumes"][number],
  more: Pick<Partial<BucketMount>, "mountPath" | "readOnly"> = {},
): BucketMount {
  return { name, bucket, mountPath, ...more, readOnly: readonly || more.readOnly === true, options };
}

function bucket(variable: Variables["storage_buckets"][number]): BucketDefinition {
  return {
    nameSuffix: variable.name_suffix,
    location: variable.location || undefined,
    storageClass: variable.storage_class,
    versioning: variable.versioning_enabled,
    publicAccessPrevention: variable.public_access_prevention,
    forceDestroy: variable.force_destroy,
    lifecycleRules: variable.lifecycle_rules.map(({ action, condition }) => ({
      action: { type: action.type, storageClass: action.storage_class },
      condition: {
        age: condition.age,
        createdBefore: condition.created_before,
        withState: condition.with_state,
        matchesStorageClass: condition.matches_storage_class,
        numNewerVersions: condition.num_newer_versions,
        daysSinceNoncurrentTime: condition.days_since_noncurrent_time,
      },
    })),
    cors: variable.cors.map((rule) => ({
      origin: rule.origin,
      method: rule.method,
      responseHeader: rule.response_header,
      maxAgeSeconds: rule.max_age_seconds,
    })),
  };
}

/** @returns all Secret Manager secrets that a component or an addition names */
function namedSecrets(v: Variables): DifySettings["existingSecrets"] {
  return existingSecrets(
    [
      ...[
        ...v.additional_services,
        ...v.initialization_jobs.filter(({ execute_on_apply }) => execute_on_apply),
        ...v.cron_jobs,
      ].map(({ secret_env_vars }) => secret_env_vars),
      ...Object.values(v.component_settings).map(({ secret_environment }) => secret_environment),
      v.outbound_proxy?.password_secret ? { password: v.outbound_proxy.password_secret } : {},
    ].flatMap((secrets) => Object.values(secrets)),
  );
}
