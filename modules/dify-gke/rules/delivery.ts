import { buildsImage, opensDnsEndpoint } from "../build";
import { placeStages } from "../stage-places";
import { firstRedisDatabase } from "../redis-databases";
import { installationOf } from "../installation";
import { locateStages, redisDatabases, redisServerDatabases, targetName } from "../stages";
import { sharedServices } from "../shared-services";
import type { VariableName, Variables } from "../variables";
import { databasesOf, REDIS_DATABASES } from "../../dify-common";
import { DESIGN, DOCUMENTATION, duplicates, GOOGLE, type Rule } from "./rule";

const deployTrigger: Rule = {
  id: "cloud-deploy-needs-trigger",
  risk: "Medium",
  severity: "error",
  variables: ["enable_cloud_deploy", "enable_cicd_trigger"],
  source: DOCUMENTATION,
  brokenBy: (v) => v.enable_cloud_deploy && !v.enable_cicd_trigger,
  message: () =>
    "enable_cloud_deploy is true and enable_cicd_trigger is false: nothing would create releases, and the pipeline would stay empty. Set enable_cicd_trigger = true.",
};

const repository: Rule = {
  id: "trigger-needs-repository",
  risk: "Medium",
  severity: "error",
  variables: ["github_repository_url", "enable_cicd_trigger"],
  source: DOCUMENTATION,
  brokenBy: (v) => v.enable_cicd_trigger && v.github_repository_url === "",
  message: () =>
    "enable_cicd_trigger is true and github_repository_url is empty: a trigger without a repository builds nothing. Set github_repository_url, and pass TF_VAR_github_token at apply.",
};

const github: Rule = {
  id: "trigger-on-github",
  risk: "Medium",
  severity: "error",
  variables: ["github_repository_url", "enable_cicd_trigger"],
  source: DESIGN,
  // Not by `URL`, which throws for what is no address at all.
  brokenBy: (v) =>
    v.enable_cicd_trigger &&
    v.github_repository_url !== "" &&
    !/^https:\/\/github\.com\//i.test(v.github_repository_url),
  message: (v) =>
    `${v.github_repository_url.replace(/\/\/[^/]*@/, "//")} is not a repository on github.com, the only host that can be connected: the apply would fail. Set github_repository_url to https://github.com/<owner>/<name>.`,
};

const githubApp: Rule = {
  id: "trigger-needs-installation",
  risk: "Medium",
  severity: "warning",
  variables: ["github_app_installation_id", "enable_cicd_trigger"],
  source: GOOGLE,
  brokenBy: (v) => v.enable_cicd_trigger && v.github_app_installation_id === "",
  message: () =>
    "github_app_installation_id is empty, which means that Cloud Build's GitHub app is not installed: the apply stops at the repository until somebody installs it. Install the app for the repository and set github_app_installation_id to the number at the end of its settings page's address.",
};

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
  risk: "High",
  severity: "error",
  variables: [...STAGES],
  source: GOOGLE,
  brokenBy: (v, _, environment) =>
    v.enable_cloud_deploy
      ? [
          ...duplicates(v.cloud_deploy_stages.map(({ name }) => name)),
          // Of two stages of one name, the name is what is wrong.
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
  risk: "Critical",
  severity: "error",
  variables: [...STAGES, "redis_host", "nfs_instance_name", "redis_database"],
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
  risk: "Low",
  severity: "warning",
  variables: ["cloud_deploy_stages", "enable_cloud_deploy"],
  source: DESIGN,
  brokenBy: (v) => v.enable_cloud_deploy && v.cloud_deploy_stages.at(-1)?.auto_promote === true,
  message: () =>
    "auto_promote is true in the last stage, and there is no stage to promote to: it has no effect. Take it out; to have versions arrive in the last stage automatically, set auto_promote in the previous stage.",
};

const delivered: Rule = {
  id: "delivered-once",
  risk: "High",
  severity: "error",
  variables: ["delivered_by_service_account", "enable_cicd_trigger"],
  source: DESIGN,
  brokenBy: (v) => v.delivered_by_service_account !== "" && v.enable_cicd_trigger,
  message: (v) =>
    `Both this environment's own trigger and the pipeline of ${v.delivered_by_service_account} deploy here: each would overwrite the other's version. Take delivered_by_service_account out, or set enable_cicd_trigger = false.`,
};

const byDns: Rule = {
  id: "control-plane-by-dns",
  risk: "Medium",
  severity: "warning",
  variables: [
    "master_authorized_networks",
    "cloud_build_worker_pool",
    "delivered_by_service_account",
    "gke_cluster_name",
    "enable_cicd_trigger",
  ],
  source: GOOGLE,
  brokenBy: (v) => opensDnsEndpoint(v),
  message: (v) =>
    `New versions are deployed from addresses that are not known in advance. The control plane therefore also answers at its DNS endpoint, where IAM decides (container.clusters.connect) and master_authorized_networks does not apply. ${
      v.enable_cicd_trigger
        ? "To restrict the control plane to the ranges, set cloud_build_worker_pool to your own pool, with a route to the control plane's internal address."
        : "To restrict the control plane to the ranges, leave delivered_by_service_account out and apply new versions from here."
    }`,
};

const poolRegion: Rule = {
  id: "build-pool-in-region",
  risk: "Medium",
  severity: "error",
  variables: ["cloud_build_worker_pool", "region", "enable_cicd_trigger"],
  source: GOOGLE,
  brokenBy: (v) => v.enable_cicd_trigger && v.cloud_build_worker_pool !== "" && locationOf(v) !== v.region,
  message: (v) =>
    `The pool of cloud_build_worker_pool is in ${locationOf(v)}, trigger and targets are in ${v.region}, and a pool serves its own region only: no build and no release could run. Set cloud_build_worker_pool to a pool in ${v.region}.`,
};

/** `projects/<project>/locations/<region>/workerPools/<name>` */
function locationOf(v: Variables): string {
  return v.cloud_build_worker_pool.split("/")[3] ?? "";
}

const imageGiven: Rule = {
  id: "built-or-given",
  risk: "Medium",
  severity: "warning",
  variables: ["container_image", "container_image_source", "container_build_config", "enable_cicd_trigger"],
  source: DESIGN,
  brokenBy: (v) => v.enable_cicd_trigger && v.container_image !== "" && !buildsImage(v) && !versioned(v),
  message: (v) =>
    `container_image is ${v.container_image}, and the version file names a version of Dify's own images: a new version would not change the API. Take container_image out, or set container_image_source = "custom" to build the image.`,
};

const stockScan: Rule = {
  id: "scan-of-stock-images",
  risk: "Medium",
  severity: "warning",
  variables: ["image_scan_severity", "container_image_source", "container_build_config", "enable_cicd_trigger"],
  source: GOOGLE,
  brokenBy: (v) => v.enable_cicd_trigger && v.image_scan_severity !== "OFF" && !buildsImage(v),
  message: () =>
    'image_scan_severity is set, and Dify\'s own images come through a mirror that Artifact Registry may not scan: the scan is left out, because builds would wait for it until they time out. Build the image (container_image_source = "custom"), or set image_scan_severity = "OFF".',
};

function versioned(v: Variables): boolean {
  return v.container_image.startsWith("langgenius/");
}

const repositoryName: Rule = {
  id: "image-repository-free",
  risk: "High",
  severity: "error",
  variables: [
    "container_build_config",
    "enable_cicd_trigger",
    "enable_image_mirroring",
    "application_name",
    "tenant_id",
  ],
  source: GOOGLE,
  brokenBy: (v, _, environment) => {
    const { registry } = sharedServices(v, installationOf(environment, v));
    const name = v.container_build_config.artifact_repo_name;
    return v.enable_cicd_trigger && registry !== undefined && registry.name === name ? [name] : [];
  },
  message: (_, subject) =>
    `artifact_repo_name is "${subject}", which is the name of the mirror of public images: the second of the two could not be created, and the apply would stop half-way. Give container_build_config another artifact_repo_name.`,
};

const databases: Rule = {
  id: "databases-apart",
  risk: "Critical",
  severity: "error",
  variables: ["db_name", "db_user", ...STAGES],
  source: DESIGN,
  brokenBy: (v, _, environment) => {
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
  },
  message: (_, subject) =>
    `${subject}: each would work on the other's data, or the apply would stop half-way. Set db_name and db_user to other names before they are deployed, or rename the stage.`,
};

interface DatabaseParty {
  readonly name: string;
  readonly values: Variables;
}

/** Names that two have, as the beginning of a message. */
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

export const deliveryRules: readonly Rule[] = [
  deployTrigger,
  repository,
  github,
  githubApp,
  unique,
  apart,
  redis,
  front,
  lastPromotes,
  delivered,
  byDns,
  poolRegion,
  imageGiven,
  stockScan,
  repositoryName,
  databases,
];
