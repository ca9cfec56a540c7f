import { type Installation, installation, hash, limitName } from "../app-gke/installation";
import { type StageSettings, TARGET_NAME_LIMIT } from "../app-gke/delivery/settings";
import {
  mirrorHost,
  REDIS_SERVER_DATABASES,
  type RedisServer,
  type SharedServices,
} from "../app-gke/google/shared-services";
import { regionOf } from "../app-gke/google/zones";
import { REDIS_DATABASES } from "../dify-common";
import { dify } from "./dify";
import type { Siblings } from "./environment";
import { installationOf } from "./installation";
import { firstRedisDatabase } from "./redis-databases";
import { hasOwnRedis, type RedisNow } from "./redis-place";
import { guestRedis, stageRedis, withRedis } from "./redis-servers";
import { sharedServices } from "./shared-services";
import { namespaceOf, type PlacedStage, placeStages, type StageVariable } from "./stage-places";
import type { Variables } from "./variables";
import { workload } from "./workload";

/** @returns the stages that are other environments: those of the variable files with the stages' names */
export function stagesElsewhere(environment: string, variables: Variables): readonly string[] {
  if (!variables.enable_cloud_deploy) return [];
  return placeStages(environment, variables)
    .filter(({ type }) => type === "elsewhere")
    .map(({ variable }) => variable.name);
}

/**
 * By default, the front door leads to the environment itself. The documented default, "dev", would take the address
 * away from an environment of another name as soon as it has stages, and lead to a new and empty one.
 */
export function withFrontStage(environment: string, variables: Variables, given: ReadonlySet<string>): Variables {
  if (!variables.enable_cloud_deploy || given.has("gateway_backend_stage")) return variables;
  const home = placeStages(environment, variables).find(({ type }) => type === "home");
  return home ? { ...variables, gateway_backend_stage: home.variable.name } : variables;
}

/** @returns how many databases the environment's Redis has: an existing server has Redis's default number */
export function redisServerDatabases(v: RedisNow & Pick<Variables, "nfs_instance_name">): number {
  return hasOwnRedis(v) ? REDIS_SERVER_DATABASES : 16;
}

/**
 * First Redis database of each stage with its own data, after those of the environment itself. On a server with room it
 * follows from the stage's name, so that adding or removing a stage moves no other one.
 */
export function redisDatabases(stages: readonly PlacedStage[], variables: Variables): ReadonlyMap<string, number> {
  const own = stages.filter(({ type }) => type === "own").map(({ variable }) => variable);
  const home = firstRedisDatabase(variables);
  const triples = Math.floor(redisServerDatabases(variables) / REDIS_DATABASES) - 1;
  const byName = triples > own.length * 16;
  const taken = new Set<number>(own.flatMap(({ redis_database }) => redis_database ?? []));
  const first = new Map(own.flatMap(({ name, redis_database: given }) => (given === undefined ? [] : [[name, given]])));
  // By name, so that the order of the stages does not matter.
  const open = own.filter(({ name }) => !first.has(name));
  for (const { name } of byName ? [...open].sort((a, b) => (a.name < b.name ? -1 : 1)) : open) {
    let place = byName
      ? parseInt(hash(name).slice(16, 24), 16) % triples
      : own.findIndex((stage) => stage.name === name);
    // Two names may lead to the same place: the second takes the next one.
    while (byName && taken.has(REDIS_DATABASES * (1 + place))) place = (place + 1) % triples;
    taken.add(REDIS_DATABASES * (1 + place));
    first.set(name, home + REDIS_DATABASES * (1 + place));
  }
  return first;
}

/** A stage with the names that follow from its place. */
export interface LocatedStage extends PlacedStage {
  /** The stage's own variables; another environment's if its file is here. */
  readonly variables: Variables;
  readonly services: SharedServices;
  readonly installation: Installation;
  readonly namespace: string;
  readonly cluster: StageSettings["cluster"];
  /** @default - 0: it has no data of its own */
  readonly firstRedisDatabase?: number;
  /** Its own Redis server. @default - it uses databases of the environment's */
  readonly redis?: RedisServer;
}

/** @returns the stages with their names */
export function locateStages(environment: string, variables: Variables, siblings: Siblings): readonly LocatedStage[] {
  const placed = placeStages(environment, variables, siblings);
  const redis = redisDatabases(placed, variables);
  const home = installationOf(environment, variables);
  const homeServices = sharedServices(variables, home);
  return placed.map((stage) => {
    const { cluster, name, namespace } = stage.variable;
    const values = valuesOf(stage, variables, siblings.get(name));
    const own = stage.type === "own";
    const identity = own ? ownInstallation(home, stage.environment) : installationOf(stage.environment, values);
    const services = stage.type === "elsewhere" ? sharedServices(values, identity) : homeServices;
    const near = stage.projectId === home.projectId && !siblings.has(name);
    return {
      ...stage,
      variables: values,
      services,
      installation: identity,
      namespace:
        namespace ?? (own ? limitName(`${namespaceOf(variables, home)}-${name}`, 63) : namespaceOf(values, identity)),
      cluster: clusterOf(stage, cluster ?? (near ? homeServices : services).cluster.name, [
        { projectId: home.projectId, services: homeServices },
        { projectId: identity.projectId, services },
      ]),
      firstRedisDatabase: redis.get(name),
      redis: own ? stageRedis(variables, homeServices, name, redis.get(name) ?? 0) : undefined,
    };
  });
}

/** A cluster is only known if an environment here has it. */
function clusterOf(
  { projectId, region }: PlacedStage,
  name: string,
  known: readonly { readonly projectId: string; readonly services: SharedServices }[],
): StageSettings["cluster"] {
  const environment = known.find(
    ({ projectId: project, services: { cluster } }) =>
      project === projectId && cluster.name === name && regionOf(cluster.location) === region,
  );
  const { location = region, dnsEndpoint } = environment?.services.cluster ?? {};
  return { name, location, dnsEndpoint };
}

/** @returns the name of a stage's target */
export function targetName({ name, target_name: given }: StageVariable, { deploymentId }: Installation): string {
  return given ?? limitName(`stage-${name}-${deploymentId}`, TARGET_NAME_LIMIT);
}

/** @returns the stages for `AppGke` */
export function stageSettings(environment: string, variables: Variables, siblings: Siblings): readonly StageSettings[] {
  const home = installationOf(environment, variables);
  return locateStages(environment, variables, siblings).map((stage) => {
    const { name, require_approval, auto_promote } = stage.variable;
    const { type, installation: identity, namespace, cluster, services, firstRedisDatabase, redis } = stage;
    const own = type === "own";
    return {
      name,
      targetName: targetName(stage.variable, home),
      requireApproval: require_approval,
      autoPromote: auto_promote,
      type,
      installation: identity,
      namespace,
      application: dify(
        own ? environment : stage.environment,
        stage.variables,
        withRedis(services, redis),
        firstRedisDatabase,
      ),
      redisPort: redis && String(redis.port),
      cluster,
      images: {
        mirror: mirrorHost(services, own ? home : identity),
        digests: stage.variables.image_digests,
      },
      pods: workload(stage.variables),
      immutable: own ? immutable(stage) : {},
    };
  });
}

/**
 * @returns the Redis servers of the environment's file server in addition to its own: those of its stages, and of
 * guests
 */
export function furtherRedisServers(environment: string, variables: Variables): readonly RedisServer[] {
  const staged = variables.enable_cicd_trigger && variables.enable_cloud_deploy;
  const stages = staged ? locateStages(environment, variables, new Map()) : [];
  const services = sharedServices(variables, installationOf(environment, variables));
  return [...stages.flatMap(({ redis }) => redis ?? []), ...Object.values(guestRedis(variables, services))];
}

/** What a stage's data depends on. */
function immutable({ firstRedisDatabase, namespace, variables }: LocatedStage): Record<string, string> {
  return {
    namespace,
    db_name: variables.db_name,
    db_user: variables.db_user,
    redis_database: String(firstRedisDatabase),
  };
}

/** Another environment has its own values, if its file is here; our own stages have ours. */
function valuesOf(stage: PlacedStage, variables: Variables, sibling?: Variables): Variables {
  if (stage.type === "home") return variables;
  if (stage.type === "elsewhere") {
    return (
      sibling ?? {
        ...variables,
        project_id: stage.projectId,
        region: stage.region,
        // Restored here, not there: its pods would wait for the Secret of a Cluster that it lacks.
        kubeblocks_clusters: firstClusters(variables.kubeblocks_clusters),
      }
    );
  }
  const suffix = stage.variable.name.replaceAll("-", "_");
  return {
    ...variables,
    // What is moved here is moved once, and not to where changes are tried.
    enable_backup_import: false,
    enable_portable_backups: false,
    kubeblocks_backups: false,
    // Its own Clusters are not those that were restored.
    kubeblocks_clusters: firstClusters(variables.kubeblocks_clusters),
    db_name: limitName(`${variables.db_name}_${suffix}`, 63),
    db_user: limitName(`${variables.db_user}_${suffix}`, 63),
  };
}

function firstClusters({
  postgresql,
  qdrant,
  redis,
}: Variables["kubeblocks_clusters"]): Variables["kubeblocks_clusters"] {
  return {
    postgresql: { ...postgresql, restored: 0 },
    qdrant: { ...qdrant, restored: 0 },
    redis: { ...redis, restored: 0 },
  };
}

function ownInstallation(home: Installation, environment: string): Installation {
  const { projectId, region, tenantId, applicationName, deletionProtection, secretLocations, encryption } = home;
  return installation({
    projectId,
    region,
    environment,
    tenantId,
    applicationName,
    labels: home.labels,
    deletionProtection,
    secretLocations,
    encryption,
  });
}
