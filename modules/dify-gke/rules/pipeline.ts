import { databasesOf, REDIS_DATABASES } from "../../dify-common";
import { installationOf } from "../installation";
import { firstRedisDatabase } from "../redis-databases";
import { placeStages } from "../stage-places";
import { locateStages, redisDatabases, redisServerDatabases, targetName } from "../stages";
import type { VariableName, Variables } from "../variables";
import { DESIGN, duplicates, GOOGLE, type Rule } from "./rule";

const STAGES = [
  "cloud_deploy_stages",
  "enable_cloud_deploy",
  "project_id",
  "region",
  "tenant_id",
  "application_name",
  "namespace_name",
  "gke_cluster_name",
] as const satisfies readonly VariableName[];

const unique: Rule = {
  id: "stages-once",
  what: "Two stages with the same name or target",
  why: "They would be one stage.",
  risk: "High",
  severity: "error",
  variables: [...STAGES],
  source: GOOGLE,
  brokenBy: (v, _, environment) =>
    v.enable_cloud_deploy
      ? [
          ...duplicates(v.cloud_deploy_stages.map(({ name }) => name)),
          // If two stages have the same name, only that is reported.
          ...duplicates(
            [...new Map(v.cloud_deploy_stages.map((stage) => [stage.name, stage])).values()].map((stage) =>
              targetName(stage, installationOf(environment, v)),
            ),
          ),
        ]
      : [],
  message: (_, subject) =>
    `Two stages are named "${subject}": they would be one stage. Give each entry of cloud_deploy_stages its own name and target_name.`,
};

const apart: Rule = {
  id: "stages-apart",
  what: "Two stages in the same namespace",
  why: "They would share their data.",
  risk: "Critical",
  severity: "error",
  variables: [...STAGES],
  source: DESIGN,
  brokenBy: (v, _, environment) => {
    if (!v.enable_cloud_deploy || duplicates(v.cloud_deploy_stages.map(({ name }) => name)).length > 0) return [];
    const places = locateStages(environment, v, new Map()).map(
      ({ cluster, installation, namespace }) =>
        `namespace ${namespace} of cluster ${cluster.name} in ${installation.projectId}`,
    );
    return duplicates(places);
  },
  message: (_, subject) =>
    `Two stages are both ${subject}: they would share their data. Leave namespace out of one of them, so that it gets its own databases, buckets and secrets, or name the namespace, cluster or project_id of another environment.`,
};

const redis: Rule = {
  id: "stages-redis-apart",
  what: "A stage without three Redis databases to itself",
  why: "It would take tasks from another stage's queue, or use a database that does not exist.",
  risk: "Critical",
  severity: "error",
  variables: [...STAGES, "redis_host", "redis_service", "data_services", "nfs_instance_name", "redis_database"],
  source: DESIGN,
  brokenBy: (v, _, environment) => {
    if (!v.enable_cloud_deploy) return [];
    const databases = [...redisDatabases(placeStages(environment, v), v)];
    return databases
      .filter(
        ([name, first]) =>
          first + REDIS_DATABASES > redisServerDatabases(v) ||
          Math.abs(firstRedisDatabase(v) - first) < REDIS_DATABASES ||
          databases.some(([other, start]) => other !== name && Math.abs(start - first) < REDIS_DATABASES),
      )
      .map(([name]) => name);
  },
  message: (v, subject) =>
    `Stage "${subject}" does not have three Redis databases to itself: the server has ${redisServerDatabases(v)}, each stage with its own data needs three, and the environment itself has three from ${firstRedisDatabase(v)} on. The stage would take tasks from another stage's queue, or use a database that does not exist. Set its redis_database to the first of three free ones, or make it an environment with a variable file, named in namespace.`,
};

const front: Rule = {
  id: "front-stage-here",
  what: "A `gateway_backend_stage` that is not a stage of this environment",
  why: "The front door could not lead there.",
  risk: "High",
  severity: "error",
  variables: ["gateway_backend_stage", ...STAGES],
  source: DESIGN,
  brokenBy: (v, given, environment) =>
    v.enable_cloud_deploy &&
    given.has("gateway_backend_stage") &&
    !placeStages(environment, v).some(
      ({ type, variable }) => type !== "elsewhere" && variable.name === v.gateway_backend_stage,
    ),
  message: (v) => {
    const own = v.cloud_deploy_stages
      .filter((stage) =>
        [stage.namespace, stage.cluster, stage.project_id, stage.region].every((at) => at === undefined),
      )
      .map(({ name }) => name);
    return `gateway_backend_stage is "${v.gateway_backend_stage}", which is not a stage of this environment, or is another environment with its own front door: this front door cannot lead there. Set gateway_backend_stage to ${own.length > 0 ? `one of ${own.join(", ")}` : "a stage that names no namespace, cluster, region or project"}.`;
  },
};

const lastPromotes: Rule = {
  id: "last-stage-promotes-nothing",
  what: "`auto_promote` in the last stage",
  why: "There is no stage after it to promote to.",
  risk: "Low",
  severity: "warning",
  variables: ["cloud_deploy_stages", "enable_cloud_deploy"],
  source: DESIGN,
  brokenBy: (v) => v.enable_cloud_deploy && v.cloud_deploy_stages.at(-1)?.auto_promote === true,
  message: () =>
    "auto_promote is true in the last stage, and there is no stage to promote to: it has no effect. Take it out; to have versions arrive in the last stage automatically, set auto_promote in the previous stage.",
};

const databases: Rule = {
  id: "databases-apart",
  what: "Databases or their users that this environment and its stages share",
  why: "Each would work on the other's data, or the apply would stop half-way.",
  risk: "Critical",
  severity: "error",
  variables: ["db_name", "db_user", ...STAGES],
  source: DESIGN,
  brokenBy: (v, _, environment) => {
    // A stage named plugin has the name of the plugin daemon's database, whatever the other one is called.
    const helped = sharedNames(environment, { ...v, db_name: "other", db_user: "other" }).length === 0;
    return sharedNames(environment, v).map(
      (shared) =>
        `${shared}: each would work on the other's data, or the apply would stop half-way. ${helped ? "Set db_name and db_user to other names before they are deployed, or rename the stage" : "Rename the stage before it is deployed"}.`,
    );
  },
  message: (_, subject) => subject,
};

/** @returns what two of an environment and its stages would both have, each as the beginning of a message */
function sharedNames(environment: string, v: Variables): readonly string[] {
  if (duplicates(v.cloud_deploy_stages.map(({ name }) => name)).length > 0) return [];
  const here = [{ name: "this environment", values: v }];
  if (v.enable_cloud_deploy) {
    for (const { type, variable, variables } of locateStages(environment, v, new Map()))
      if (type === "own") here.push({ name: `stage ${variable.name}`, values: variables });
  }
  return [
    ...taken(here, "database", (values) => databasesOf(values.db_name)),
    ...taken(here, "database user", (values) => [values.db_user]),
  ];
}

interface DatabaseParty {
  readonly name: string;
  readonly values: Variables;
}

/** Names that two parties have, as the beginning of a message. */
function taken(
  parties: readonly DatabaseParty[],
  what: string,
  namesOf: (values: Variables) => readonly string[],
): readonly string[] {
  const owners = new Map<string, string[]>();
  for (const { name, values } of parties) {
    for (const each of namesOf(values)) owners.set(each, [...(owners.get(each) ?? []), name]);
  }
  return [...owners]
    .filter(([, names]) => names.length > 1)
    .map(([each, names]) => `The ${what} ${each} would belong to both ${[...new Set(names)].join(" and ")}`);
}

/** Stages of a delivery pipeline. */
export const pipelineRules: readonly Rule[] = [unique, apart, redis, front, lastPromotes, databases];
