import { buildsImage, opensDnsEndpoint } from "../build";
import { locateStages, placeStages, redisDatabases, redisServerDatabases } from "../stages";
import type { VariableName, Variables } from "../variables";
import { REDIS_DATABASES } from "../../dify-common";
import { DESIGN, DOCUMENTATION, duplicates, GOOGLE, type Rule } from "./rule";

const deployTrigger: Rule = {
  id: "cloud-deploy-needs-trigger",
  risk: "Medium",
  severity: "error",
  variables: ["enable_cloud_deploy", "enable_cicd_trigger"],
  source: DOCUMENTATION,
  brokenBy: (v) => v.enable_cloud_deploy && !v.enable_cicd_trigger,
  message: () =>
    "The pipeline gets its releases from the build trigger and would stay empty. Set enable_cicd_trigger = true.",
};

const repository: Rule = {
  id: "trigger-needs-repository",
  risk: "Medium",
  severity: "error",
  variables: ["github_repository_url", "enable_cicd_trigger"],
  source: DOCUMENTATION,
  brokenBy: (v) => v.enable_cicd_trigger && v.github_repository_url === "",
  message: () =>
    "A trigger without a repository builds nothing. Set github_repository_url, and pass TF_VAR_github_token at apply.",
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
  message: () =>
    "The connection is one to github.com, and this repository is elsewhere: the apply would fail. Set github_repository_url to https://github.com/<owner>/<name>.",
};

const githubApp: Rule = {
  id: "trigger-needs-installation",
  risk: "Medium",
  severity: "warning",
  variables: ["github_app_installation_id", "enable_cicd_trigger"],
  source: GOOGLE,
  brokenBy: (v) => v.enable_cicd_trigger && v.github_app_installation_id === "",
  message: () =>
    "Cloud Build's GitHub app is installed nowhere as far as this file says: the apply would stop at the repository until somebody installs it. Install the app for the repository and set github_app_installation_id to the number at the end of its settings page's address.",
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
  brokenBy: (v) =>
    v.enable_cloud_deploy
      ? [
          ...duplicates(v.cloud_deploy_stages.map(({ name }) => name)),
          ...duplicates(v.cloud_deploy_stages.flatMap(({ target_name }) => target_name ?? [])),
        ]
      : [],
  message: (_, subject) =>
    `Two stages would be one: "${subject}" stands twice. Give each entry of cloud_deploy_stages a name and a target_name of its own.`,
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
    `Two stages would share their data: both are ${subject}. Leave namespace out of one of them, so that it gets databases, buckets and secrets of its own, or name the namespace, cluster or project_id of another environment.`,
};

const redis: Rule = {
  id: "stages-redis-apart",
  risk: "Critical",
  severity: "error",
  variables: [...STAGES, "redis_host", "nfs_instance_name"],
  source: DESIGN,
  brokenBy: (v, _, environment) => {
    if (!v.enable_cloud_deploy) return [];
    const databases = [...redisDatabases(placeStages(environment, v), v)];
    return databases
      .filter(
        ([name, first]) =>
          first + REDIS_DATABASES > redisServerDatabases(v) ||
          databases.some(([other, start]) => other !== name && Math.abs(start - first) < REDIS_DATABASES),
      )
      .map(([name]) => name);
  },
  message: (v, subject) =>
    `Stage "${subject}" would take tasks from another stage's queue, or use a Redis database that is not there: each stage of its own needs three of the server's ${redisServerDatabases(v)} databases, and the environment itself has the first three. Set its redis_database to the first of three free ones, or give it an environment of its own with a variable file, named in namespace.`,
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
  message: (v) =>
    `The front door would show nothing that was asked for: "${v.gateway_backend_stage}" is no stage of this environment, or another environment, which has a front door of its own. Set gateway_backend_stage to one of ${v.cloud_deploy_stages.map(({ name }) => name).join(", ")} that has no namespace, cluster or project of its own.`,
};

const lastPromotes: Rule = {
  id: "last-stage-promotes-nothing",
  risk: "Low",
  severity: "warning",
  variables: ["cloud_deploy_stages", "enable_cloud_deploy"],
  source: DESIGN,
  brokenBy: (v) => v.enable_cloud_deploy && v.cloud_deploy_stages.at(-1)?.auto_promote === true,
  message: () =>
    "There is nowhere to promote to from the last stage. Take auto_promote out of it; to have versions arrive there by themselves, set it in the stage before.",
};

const delivered: Rule = {
  id: "delivered-once",
  risk: "High",
  severity: "error",
  variables: ["delivered_by_service_account", "enable_cicd_trigger"],
  source: DESIGN,
  brokenBy: (v) => v.delivered_by_service_account !== "" && v.enable_cicd_trigger,
  message: () =>
    "Two pipelines would deploy here, each over the other's version. Take delivered_by_service_account out, or set enable_cicd_trigger = false.",
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
    `What deploys here comes from addresses that nobody can name, so the control plane also answers at its DNS endpoint, where IAM decides (container.clusters.connect) and master_authorized_networks does not apply. ${
      v.enable_cicd_trigger
        ? "To keep the control plane to the ranges, set cloud_build_worker_pool to a pool of your own, with a way to the control plane's internal address."
        : "To keep the control plane to the ranges, leave delivered_by_service_account out and apply new versions from here."
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
    `No build and no release could run: trigger and targets are in ${v.region}, the pool is in ${locationOf(v)}, and a pool serves its own region only. Set cloud_build_worker_pool to a pool in ${v.region}.`,
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
    `The version file names a version of Dify's own images, and the API runs ${v.container_image}, which it would not change. Take container_image out, or set container_image_source = "custom" to build the image.`,
};

const stockScan: Rule = {
  id: "scan-of-stock-images",
  risk: "Medium",
  severity: "warning",
  variables: ["image_scan_severity", "container_image_source", "container_build_config", "enable_cicd_trigger"],
  source: GOOGLE,
  brokenBy: (v) => v.enable_cicd_trigger && v.image_scan_severity !== "OFF" && !buildsImage(v),
  message: () =>
    'Stock images come through a mirror that Artifact Registry may not scan, so no build would wait for that: the scan is left out. Build the image (container_image_source = "custom"), or set image_scan_severity = "OFF".',
};

function versioned(v: Variables): boolean {
  return v.container_image.startsWith("langgenius/");
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
];
