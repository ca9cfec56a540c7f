import { facts, knownVariables, resolveRelease, type VectorStore } from "../../dify-common/releases";
import { kubernetesName } from "../dify-settings";
import type { Variables } from "../variables";
import { vectorsInCluster } from "../vectors-place";
import { DESIGN, KUBERNETES, type Rule } from "./rule";

/** What this project sets then. */
const CHOSEN =
  /^(VECTOR_STORE|QDRANT_(URL|API_KEY|GRPC_ENABLED|GRPC_PORT|REPLICATION_FACTOR)|WEAVIATE_(ENDPOINT|GRPC_ENDPOINT|API_KEY))$/;

const once: Rule = {
  id: "vectors-chosen-once",
  what: "`vector_store` in the cluster together with environment variables that name another one",
  why: "Knowledge would go to the one of the environment variables, and what runs in the cluster would be empty.",
  risk: "High",
  severity: "error",
  variables: [
    "vector_store",
    "vector_store_moves_from",
    "environment_variables",
    "secret_environment_variables",
    "explicit_secret_names",
  ],
  source: DESIGN,
  brokenBy: (v) => {
    if (!vectorsInCluster(v)) return [];
    const names = [
      ...Object.keys(v.environment_variables),
      ...Object.keys(v.secret_environment_variables),
      ...v.explicit_secret_names,
    ];
    return names.filter((name) => CHOSEN.test(name));
  },
  message: (v, subject) =>
    `${subject} is set for Dify, and vector_store = "${v.vector_store}" makes a store in the cluster: knowledge would go to the one and not to the other. Take ${subject} out, or vector_store.`,
};

const quorum: Rule = {
  id: "vectors-odd",
  what: "An even `vector_store_replicas`",
  why: "The pods decide by majority: two of them stand still when one is away, where a single one would have gone on.",
  risk: "High",
  severity: "error",
  variables: ["vector_store_replicas", "vector_store", "vector_store_moves_from"],
  source: DESIGN,
  brokenBy: (v) => vectorsInCluster(v) && v.vector_store_replicas % 2 === 0,
  message: (v) =>
    `vector_store_replicas is ${v.vector_store_replicas}, and the pods decide by majority: an even number stands still as early as one less. Set vector_store_replicas = ${v.vector_store_replicas + 1}.`,
};

const drained: Rule = {
  id: "vectors-drained-once",
  what: "`vector_store_drained_from` that is not above `vector_store_replicas`",
  why: "It would let a later apply take pods away that nobody has emptied since.",
  risk: "High",
  severity: "error",
  variables: ["vector_store_drained_from", "vector_store_replicas", "vector_store", "vector_store_moves_from"],
  source: DESIGN,
  brokenBy: (v) => vectorsInCluster(v) && (v.vector_store_drained_from ?? Infinity) <= v.vector_store_replicas,
  message: (v) =>
    `vector_store_drained_from is ${v.vector_store_drained_from}, and vector_store_replicas is ${v.vector_store_replicas}: no pod goes now, and a later apply could take some away that nobody has emptied. Take vector_store_drained_from out until then.`,
};

const drainable: Rule = {
  id: "vectors-drained-weaviate",
  what: "`vector_store_drained_from` with Weaviate",
  why: "Its pods elect a leader among all that there ever were: with most of them gone, the others wait for them for good.",
  risk: "Critical",
  severity: "error",
  variables: ["vector_store_drained_from", "vector_store", "vector_store_moves_from"],
  source: DESIGN,
  brokenBy: (v) => v.vector_store_drained_from !== null && inCluster(v).includes("weaviate"),
  message: (v) =>
    `vector_store_drained_from is ${v.vector_store_drained_from}, and Weaviate ${facts.vectorStores.weaviate.tag} has no way to take a pod out of its cluster: the pods that are left would wait for the others and answer nothing. Take vector_store_drained_from out and keep the number of pods that there was; for fewer, move to another store and back (docs/vectors.md#fewer-pods).`,
};

const release: Rule = {
  id: "vectors-release",
  what: "`vector_store` with a release of Dify whose client does not work with that version",
  why: "Nothing could be stored, and only users would notice.",
  risk: "High",
  severity: "error",
  variables: ["vector_store", "vector_store_moves_from", "application_version", "component_image_tags"],
  source: DESIGN,
  brokenBy: (v) => inCluster(v).some((store) => !reads(v, store)),
  message: (v) => {
    const store = inCluster(v).find((one) => !reads(v, one)) ?? "weaviate";
    const { readsFrom, tag } = facts.vectorStores[store];
    return `Dify ${v.application_version} does not read ${readsFrom}, so its client is not the one for ${store} ${tag}: nothing could be stored. Set application_version = "1.16.1", or vector_store = "pgvector".`;
  },
};

function inCluster(v: Variables): readonly VectorStore[] {
  return (["qdrant", "weaviate"] as const).filter((store) =>
    [v.vector_store, v.vector_store_moves_from].includes(store),
  );
}

function reads({ application_version: version, component_image_tags: tags }: Variables, store: VectorStore): boolean {
  return (
    knownVariables(resolveRelease(version).version, "api", tags["api"])?.read.has(
      facts.vectorStores[store].readsFrom,
    ) === true
  );
}

const elsewhere: Rule = {
  id: "vectors-move-from-elsewhere",
  what: "`vector_store_moves_from` that is `vector_store` itself",
  why: "There is nothing to move.",
  risk: "Medium",
  severity: "error",
  variables: ["vector_store_moves_from", "vector_store"],
  source: DESIGN,
  brokenBy: (v) => v.vector_store_moves_from === v.vector_store,
  message: (v) =>
    `vector_store_moves_from and vector_store are both "${v.vector_store}": there is nothing to move. Take vector_store_moves_from out.`,
};

const byApply: Rule = {
  id: "vectors-move-with-apply",
  what: "`vector_store_moves_from` where an apply does not bring Dify's pods",
  why: "Pods that a release brought keep using the previous store.",
  risk: "High",
  severity: "error",
  variables: ["vector_store_moves_from", "deploy_application", "enable_cloud_deploy", "delivered_by_service_account"],
  source: DESIGN,
  brokenBy: (v) => {
    if (v.vector_store_moves_from === null || v.vector_store_moves_from === "nothing" || !v.deploy_application)
      return [];
    if (v.enable_cloud_deploy) return ["enable_cloud_deploy"];
    return v.delivered_by_service_account === "" ? [] : ["delivered_by_service_account"];
  },
  message: (v, subject) =>
    `vector_store_moves_from is "${v.vector_store_moves_from ?? ""}", and ${subject} is set: pods of earlier releases would keep using the previous store. Take vector_store_moves_from out and leave vector_store as it was; an environment whose pods an apply brings can move (docs/vectors.md).`,
};

const pods: Rule = {
  id: "vectors-pods",
  what: "A number of pods for the vector store in `component_settings`",
  why: "Its pods know how many they are, so that number has a variable of its own.",
  risk: "Medium",
  severity: "error",
  variables: ["component_settings", "vector_store", "vector_store_moves_from"],
  source: KUBERNETES,
  brokenBy: (v) =>
    Object.entries(v.component_settings)
      .filter(([name]) => inCluster(v).some((store) => store === kubernetesName(name)))
      .filter(([, given]) =>
        [given.replicas, given.min_replicas, given.max_replicas].some((number) => number !== undefined),
      )
      .map(([name]) => name),
  message: (_, subject) =>
    `component_settings says how many pods ${subject} has: they decide by majority and have to know how many they are. Take the number out: vector_store_replicas is for that.`,
};

/** Stores of vectors in the cluster. */
export const vectorRules: readonly Rule[] = [once, quorum, drained, drainable, release, elsewhere, byApply, pods];
