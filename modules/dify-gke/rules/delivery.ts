import { buildsImage, keepsImages, opensDnsEndpoint } from "../build";
import { installationOf } from "../installation";
import { sharedServices } from "../shared-services";
import type { Variables } from "../variables";
import { triggerWith } from "./dependents";
import { DESIGN, DOCUMENTATION, GOOGLE, type Rule } from "./rule";

const deployTrigger: Rule = {
  id: "cloud-deploy-needs-trigger",
  what: "`enable_cloud_deploy` without `enable_cicd_trigger`",
  why: "The trigger makes the pipeline's releases: it would stay empty.",
  risk: "Medium",
  severity: "error",
  variables: ["enable_cloud_deploy", "enable_cicd_trigger"],
  source: DOCUMENTATION,
  brokenBy: (v) => v.enable_cloud_deploy && !v.enable_cicd_trigger,
  message: (v) =>
    `enable_cloud_deploy is true and enable_cicd_trigger is false: nothing would create releases, and the pipeline would stay empty. Set ${triggerWith(v)}.`,
};

const repository: Rule = {
  id: "trigger-needs-repository",
  what: "`enable_cicd_trigger` without `github_repository_url`",
  why: "A trigger without a repository builds nothing.",
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
  what: "A repository that is not on github.com",
  why: "The connection leads there only, and the apply would fail.",
  risk: "Medium",
  severity: "error",
  variables: ["github_repository_url", "enable_cicd_trigger"],
  source: DESIGN,
  // Not with `URL`, which throws for anything that is not a URL.
  brokenBy: (v) =>
    v.enable_cicd_trigger &&
    v.github_repository_url !== "" &&
    !/^https:\/\/github\.com\//i.test(v.github_repository_url),
  message: (v) =>
    `${v.github_repository_url.replace(/\/\/[^/]*@/, "//")} is not a repository on github.com, the only host that can be connected: the apply would fail. Set github_repository_url to https://github.com/<owner>/<name>.`,
};

const githubApp: Rule = {
  id: "trigger-needs-installation",
  what: "`enable_cicd_trigger` without `github_app_installation_id`",
  why: "The apply stops at the repository until somebody installs Cloud Build's GitHub app.",
  risk: "Medium",
  severity: "warning",
  variables: ["github_app_installation_id", "enable_cicd_trigger"],
  source: GOOGLE,
  brokenBy: (v) => v.enable_cicd_trigger && v.github_app_installation_id === "",
  message: () =>
    "github_app_installation_id is empty, which means that Cloud Build's GitHub app is not installed: the apply stops at the repository until somebody installs it. Install the app for the repository and set github_app_installation_id to the number at the end of its settings page's address.",
};

const delivered: Rule = {
  id: "delivered-once",
  what: "`delivered_by_service_account` with a trigger of its own",
  why: "Each of the two pipelines would overwrite the other's version.",
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
  what: "`master_authorized_networks` where what deploys comes from addresses that are not known",
  why: "The control plane also answers at its DNS endpoint, where the ranges do not apply.",
  risk: "Medium",
  severity: "warning",
  variables: [
    "master_authorized_networks",
    "cloud_build_worker_pool",
    "delivered_by_service_account",
    "gke_cluster_name",
    "enable_cicd_trigger",
    "kubernetes_endpoint",
  ],
  source: GOOGLE,
  // Who chose this endpoint knows.
  brokenBy: (v) => v.kubernetes_endpoint !== "dns" && opensDnsEndpoint(v),
  message: (v) =>
    `New versions are deployed from addresses that are not known in advance. The control plane therefore also answers at its DNS endpoint, where IAM decides (container.clusters.connect) and master_authorized_networks does not apply. ${
      v.enable_cicd_trigger
        ? "To restrict the control plane to the ranges, set cloud_build_worker_pool to your own pool, with a route to the control plane's internal address."
        : "To restrict the control plane to the ranges, leave delivered_by_service_account out and apply new versions from here."
    }`,
};

const poolRegion: Rule = {
  id: "build-pool-in-region",
  what: "A `cloud_build_worker_pool` of another region",
  why: "A pool serves its own region only: no build and no release could run.",
  risk: "Medium",
  severity: "error",
  variables: [
    "cloud_build_worker_pool",
    "region",
    "enable_cicd_trigger",
    "container_build_config",
    "container_image_source",
  ],
  source: GOOGLE,
  brokenBy: (v) => keepsImages(v) && v.cloud_build_worker_pool !== "" && locationOf(v) !== v.region,
  message: (v) =>
    `The pool of cloud_build_worker_pool is in ${locationOf(v)}, builds are in ${v.region}, and a pool serves its own region only: no build and no release could run. Set cloud_build_worker_pool to a pool in ${v.region}.`,
};

/** `projects/<project>/locations/<region>/workerPools/<name>` */
function locationOf(v: Variables): string {
  return v.cloud_build_worker_pool.split("/")[3] ?? "";
}

const imageGiven: Rule = {
  id: "built-or-given",
  what: "A `container_image` while the version file names a version of Dify's own",
  why: "A new version would not change the API.",
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
  what: "`image_scan_severity` where no image is built",
  why: "A mirror may not be scanned, so the scan is left out.",
  risk: "Medium",
  severity: "warning",
  variables: ["image_scan_severity", "container_image_source", "container_build_config", "enable_cicd_trigger"],
  source: GOOGLE,
  brokenBy: (v) => v.enable_cicd_trigger && v.image_scan_severity !== "OFF" && !buildsImage(v),
  message: () =>
    'image_scan_severity is set, and Dify\'s own images come through a mirror that Artifact Registry may not scan: the scan is left out, because builds would wait for it until they time out. Build the image (container_image_source = "custom", with enabled = true in container_build_config), or set image_scan_severity = "OFF".',
};

function versioned(v: Variables): boolean {
  return v.container_image.startsWith("langgenius/");
}

const repositoryName: Rule = {
  id: "image-repository-free",
  what: "An `artifact_repo_name` that the mirror has",
  why: "The second of the two could not be created, and the apply would stop half-way.",
  risk: "High",
  severity: "error",
  variables: [
    "container_build_config",
    "container_image_source",
    "enable_cicd_trigger",
    "enable_image_mirroring",
    "application_name",
    "tenant_id",
  ],
  source: GOOGLE,
  brokenBy: (v, _, environment) => {
    const { registry } = sharedServices(v, installationOf(environment, v));
    const name = v.container_build_config.artifact_repo_name;
    return keepsImages(v) && registry !== undefined && registry.name === name ? [name] : [];
  },
  message: (_, subject) =>
    `artifact_repo_name is "${subject}", which is the name of the mirror of public images: the second of the two could not be created, and the apply would stop half-way. Give container_build_config another artifact_repo_name.`,
};

export const deliveryRules: readonly Rule[] = [
  deployTrigger,
  repository,
  github,
  githubApp,
  delivered,
  byDns,
  poolRegion,
  imageGiven,
  stockScan,
  repositoryName,
];
