import type { DataPlace, ReleaseSettings, UpgradeStep } from "../app-gke/platform/release-guard";
import {
  storeByKubeBlocks,
  convertingComponents,
  originOf,
  releaseNumber,
  storesInCluster,
  upgradeSteps,
  type UpgradeTask,
} from "../dify-common";
import { postgresByKubeBlocks } from "./database-place";
import { filesPlace } from "./files-place";
import { redisPlace, usesRedisIn } from "./redis-place";
import type { Variables } from "./variables";
import { qdrantByKubeBlocks, vectorSettings } from "./vectors-place";

/** What steps by hand need to know: where, and under which names. */
export interface ReleasePlace {
  /** Kubernetes namespace of the environment. */
  readonly namespace: string;
  /** What kubectl calls the API's pods: `deployment/dify-api`. */
  readonly api: string;
}

/** @returns which releases an environment's release may follow, and what an upgrade to it must not skip */
export function releaseSettings(version: string, variables: Variables, place: ReleasePlace): ReleaseSettings {
  return {
    order: releaseNumber(version),
    allowDowngrade: variables.allow_version_downgrade,
    parts: Object.fromEntries(
      convertingComponents.map((component) => [component, originOf(version, component, tagOf(component, variables))]),
    ),
    places: {
      redis: redisRemembered(variables),
      files: filesRemembered(variables),
      vectors: vectorsRemembered(variables),
      "kubeblocks-qdrant": qdrantOfKubeBlocks(variables),
      database: databaseRemembered(variables),
      "kubeblocks-postgresql": postgresOfKubeBlocks(variables),
      "kubeblocks-redis": redisOfKubeBlocks(variables),
      "database-login": loginRemembered(variables),
    },
    counters: keyGeneration(variables),
    floors: vectorPods(variables),
    steps: upgradeSteps.map((step) => upgradeStep(step, version, variables.upgrade_steps_by_hand, place)),
  };
}

/** Pods take the keys of three generations: two steps at once, and some would refuse each other. */
function keyGeneration({ internal_key_generation: value }: Variables): ReleaseSettings["counters"] {
  if (value === null) return {};
  return {
    "key-generation": {
      value,
      unlabelled: 1,
      refusal: (was) =>
        `internal_key_generation is ${value}, and the keys that are deployed are of generation ${was}: pods only accept the key of ` +
        `the previous and the next generation as well, so requests between old and new pods would be refused. Go one step at a time, with an apply for each.`,
    },
  };
}

/** The previous pods log in until they are replaced, so a file that changes the login has to name the previous one. */
function loginRemembered({ database_authentication: used, database_authentication_from: from }: Variables): DataPlace {
  return {
    place: used,
    remembered: used !== "password",
    unlabelled: used === "password",
    refusal:
      from === null
        ? () =>
            `database_authentication is "${used}", and earlier pods log in with the other one: they would be refused until they are replaced. ` +
            `Set database_authentication_from = "${used === "iam" ? "password" : "iam"}" and apply; take it out once all pods are new. See ` +
            "docs/database.md."
        : undefined,
  };
}

/** Everything in Dify is in one database, and nothing moves it to another one during an apply. */
function databaseRemembered(v: Variables): DataPlace {
  const used = postgresByKubeBlocks(v);
  return {
    place: used ? "kubeblocks" : "cloud-sql",
    remembered: used,
    unlabelled: !used,
    refusal:
      v.database_moves_from === null
        ? () =>
            `Dify has its data in ${used ? "Cloud SQL" : "the PostgreSQL of KubeBlocks"}, and with data_services.postgresql = ` +
            `"${used ? "kubeblocks" : "google"}" it would start with an empty database. Set data_services.postgresql = ` +
            `"${used ? "google" : "kubeblocks"}" again; or back up, set database_moves_from = "nothing" and restore, as docs/kubeblocks.md says.`
        : undefined,
  };
}

/**
 * A Cluster of KubeBlocks that is protected refuses to be deleted, and would stay half deleted: it has to be let go of first.
 * @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/controllers/apps/cluster/transformer_cluster_deletion.go#L61
 */
function clusterOfKubeBlocks(used: boolean, { deletion_protection }: Variables, refusal: () => string): DataPlace {
  return {
    place: used && deletion_protection ? "kept" : "released",
    remembered: used,
    unlabelled: true,
    refusal: used ? undefined : refusal,
  };
}

function postgresOfKubeBlocks(v: Variables): DataPlace {
  return clusterOfKubeBlocks(
    postgresByKubeBlocks(v),
    v,
    () =>
      `KubeBlocks runs PostgreSQL for this environment, and nothing uses it any more: the apply would delete it with all that is in it, ` +
      `and it was applied with deletion_protection, so that KubeBlocks would refuse half-way. Put data_services back, apply with ` +
      `deletion_protection = false, and take it out then. See docs/kubeblocks.md.`,
  );
}

/** Shared files are in one place, too. */
function filesRemembered(v: Variables): DataPlace {
  const place = filesPlace(v);
  return {
    place: place.replace("_", "-"),
    remembered: true,
    unlabelled: place !== "filestore",
    refusal:
      v.files_move_from === null
        ? (was) =>
            `The application has its shared files elsewhere (${was}) than ${place}, and would start without them. ${filesRemedy(v)} See docs/files.md.`
        : undefined,
  };
}

/** Knowledge is found by its vectors, which are in one store. */
function vectorsRemembered(v: Variables): DataPlace {
  const place = v.vector_store === "qdrant" && qdrantByKubeBlocks(v) ? "qdrant-of-kubeblocks" : v.vector_store;
  return {
    place,
    remembered: v.vector_store !== "pgvector",
    unlabelled: v.vector_store === "pgvector",
    refusal:
      v.vector_store_moves_from === null
        ? (was) =>
            `The vectors of knowledge are in another store (${was}) than ${place}, and would not be found any more. Set ` +
            `vector_store_moves_from to where they are now, and the job vector-migration moves them; or to "nothing", and they are ` +
            `lost. See docs/vectors.md.`
        : undefined,
  };
}

/** Each pod of a store may have vectors that no other has. */
function vectorPods(v: Variables): ReleaseSettings["floors"] {
  const vectors = v.deploy_application ? vectorSettings(v) : undefined;
  return Object.fromEntries(
    // Of KubeBlocks' pods a plan asks the cluster.
    storesInCluster({ vectors })
      .filter((store) => !storeByKubeBlocks({ vectors }, store))
      .map((store) => [
        `${store}-pods`,
        {
          value: v.vector_store_replicas,
          mayFallFrom: v.vector_store_drained_from ?? undefined,
          refusal: (was: string) =>
            `vector_store_replicas is ${v.vector_store_replicas}, and ${store} has ${was} pods: vectors that only the removed pods have would ` +
            `not be found any more. Set vector_store_replicas = ${was}. ${fewer(store, was)} See docs/vectors.md#fewer-pods.`,
        },
      ]),
  );
}

/** Dify moves nothing from one Qdrant to another. */
function qdrantOfKubeBlocks(v: Variables): DataPlace {
  const used = qdrantByKubeBlocks(v);
  const own =
    !used && v.vector_store_moves_from !== "nothing" && [v.vector_store, v.vector_store_moves_from].includes("qdrant");
  const found = clusterOfKubeBlocks(used, v, () =>
    own
      ? `KubeBlocks runs Qdrant for this environment, and with data_services.qdrant = "google" another Qdrant would take its place, ` +
        `empty: knowledge would not be found, and Dify moves nothing from one Qdrant to another. Set data_services.qdrant = ` +
        `"kubeblocks" again, and move the vectors by way of pgvector first. See docs/kubeblocks.md.`
      : `KubeBlocks runs Qdrant for this environment, and nothing uses it any more: the apply would delete it with all that is in it, ` +
        `and it was applied with deletion_protection, so that KubeBlocks would refuse half-way. Put vector_store and data_services ` +
        `back, apply with deletion_protection = false, and take them out then. See docs/kubeblocks.md.`,
  );
  return own ? { ...found, place: "none" } : found;
}

/** Its queue goes elsewhere before. */
function redisOfKubeBlocks(v: Variables): DataPlace {
  return clusterOfKubeBlocks(
    usesRedisIn("kubeblocks", v),
    v,
    () =>
      `KubeBlocks runs a Redis for this environment, and nothing uses it any more: the apply would delete it with all that is in it, and it ` +
      `was applied with deletion_protection, so that KubeBlocks would refuse half-way. Set redis_moves_from = "kubeblocks", apply with ` +
      `deletion_protection = false, and take redis_moves_from out then. See docs/kubeblocks.md.`,
  );
}

/** What leads to fewer pods of a store. */
function fewer(store: "qdrant" | "weaviate", was: string): string {
  return store === "qdrant"
    ? `To have fewer pods, move everything away from those that go, and set vector_store_drained_from = ${was} for that apply.`
    : "Those that are left could not elect a leader either: to have fewer pods, move to another store and back.";
}

/** Volumes of pods that releases brought stay as they are: the rule `files-move-with-apply`. */
function filesRemedy(v: Variables): string {
  return v.enable_cloud_deploy || v.delivered_by_service_account !== ""
    ? "Releases bring its pods, so an apply cannot move them: leave filestore_tier and filestore_name as they were."
    : `Set files_move_from to where they are now, and the apply copies them; or to "nothing", if none is needed.`;
}

/** Queued tasks are on one Redis only, so a file that changes to another Redis has to name the previous one. */
function redisRemembered(v: Variables): DataPlace {
  const place = redisPlace(v);
  return {
    place: place.replace("_", "-"),
    remembered: true,
    unlabelled: place !== "memorystore" && place !== "kubeblocks",
    refusal:
      v.redis_moves_from === null
        ? (was) =>
            `The application has its queue on another Redis (${was}) than ${place}, and what is queued there would be lost. ` +
            `Set redis_moves_from to where it is now, and the apply moves it; or to "nothing", and it is lost. See docs/redis.md.`
        : undefined,
  };
}

function tagOf(component: (typeof convertingComponents)[number], variables: Variables): string | undefined {
  const own = component === "api" && variables.container_image;
  return own ? own.slice(own.lastIndexOf(":") + 1) : variables.component_image_tags[component];
}

function upgradeStep(
  { release, tasks }: UpgradeTask,
  version: string,
  byHand: readonly string[],
  { namespace, api }: ReleasePlace,
): UpgradeStep {
  const commands = tasks
    // Terraform does not wrap lines that begin with a space.
    .map(({ command }) => `  kubectl -n ${namespace} exec ${api} -c api -- ${command}`)
    .join("\n");
  const what = tasks.map(({ command, what, without }) => `${command} ${what}; without it ${without}`).join(". ");
  const notes = `See ${[...new Set(tasks.map(({ source }) => source))].join(" and ")}.`;
  return {
    id: release.replaceAll(".", "-"),
    order: releaseNumber(release),
    refusal: byHand.includes(release)
      ? undefined
      : `A release before ${release} is deployed, and an upgrade to ${version} leaves out what Dify needs by hand at ` +
        `${release}. ${what}. Set application_version = "${release}", apply, run the commands below and continue from there; or add ` +
        `"${release}" to upgrade_steps_by_hand and run them after this apply:\n${commands}\n${notes}`,
    reminder:
      `A release before ${release} is deployed, and an upgrade to ${version} needs a step by hand. ${what}. Once the ` +
      `apply is through, run:\n${commands}\n${notes}`,
  };
}
