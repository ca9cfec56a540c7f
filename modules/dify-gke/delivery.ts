import type { BinaryAuthorizationSettings } from "../app-gke/admission/settings";
import type {
  BuildSettings,
  DeliverySettings,
  ImageBuildSettings,
  ImageRepositorySettings,
  PoolSettings,
} from "../app-gke/delivery/settings";
import { withoutTag } from "../app-gke/workload/image";
import type { DifyCommon } from "../dify-common";
import { buildsAtApply, buildsFromRepository, buildsImage, createsBuildPool } from "./build";
import type { Siblings } from "./environment";
import { type PlacedStage, placeStages } from "./stage-places";
import { stageSettings } from "./stages";
import type { Variables } from "./variables";

/** From a commit to a running version, from the documented variables. @returns `undefined` without the trigger */
export function deliverySettings(
  environment: string,
  variables: Variables,
  application: DifyCommon,
  siblings: Siblings,
): DeliverySettings | undefined {
  if (!variables.enable_cicd_trigger) return undefined;
  const trigger = variables.cicd_trigger_config;
  return {
    source: {
      url: variables.github_repository_url,
      appInstallationId: variables.github_app_installation_id,
      tokenRevision: variables.secret_revisions.github_token,
    },
    trigger: {
      name: trigger.trigger_name,
      description: trigger.description,
      branchPattern: trigger.branch_pattern,
      includedFiles: trigger.included_files ?? [],
      ignoredFiles: trigger.ignored_files ?? [],
      substitutions: trigger.substitutions ?? {},
    },
    build: buildsImage(variables) ? builtImage(variables, application) : stockImages(variables, application),
    images: imageRepository(variables),
    scanSeverity: scanSeverity(variables),
    pool: buildPool(variables),
    pipeline: variables.enable_cloud_deploy
      ? {
          stages: stageSettings(environment, variables, siblings),
          backendStage: backendStage(variables, placeStages(environment, variables)),
        }
      : undefined,
  };
}

/** An image that is built at apply, from the documented variables. @returns `undefined` if none is */
export function imageBuild(variables: Variables, application: DifyCommon): ImageBuildSettings | undefined {
  if (!buildsAtApply(variables)) return undefined;
  const { base_image, dockerfile_content } = variables.container_build_config;
  const build = builtImage(variables, application);
  const fromRepository = buildsFromRepository(variables);
  return {
    build:
      base_image !== undefined && dockerfile_content === undefined && !fromRepository
        ? { ...build, dockerfileText: "ARG BASE_IMAGE\nFROM $BASE_IMAGE\n" }
        : build,
    source: fromRepository
      ? { url: variables.github_repository_url, commit: variables.container_build_commit }
      : undefined,
    images: imageRepository(variables),
    scanSeverity: scanSeverity(variables),
    pool: variables.cloud_build_worker_pool || undefined,
    impersonateServiceAccount: variables.impersonation_service_account || undefined,
  };
}

function imageRepository(variables: Variables): ImageRepositorySettings {
  return {
    name: variables.container_build_config.artifact_repo_name,
    retainedVersions: variables.max_images_to_retain,
    deleteUntagged: variables.delete_untagged_images,
    retentionDays: variables.image_retention_days,
  };
}

function scanSeverity({ image_scan_severity: severity }: Variables): DeliverySettings["scanSeverity"] {
  return severity === "OFF" ? undefined : severity;
}

/** Which images may run, from the documented variables. @returns `undefined` if any may */
export function binaryAuthorization(variables: Variables): BinaryAuthorizationSettings | undefined {
  if (!variables.enable_binary_authorization) return undefined;
  return {
    mode: variables.binauthz_evaluation_mode,
    impersonateServiceAccount: variables.impersonation_service_account || undefined,
  };
}

/** @returns this environment's own stage that the front door leads to; `undefined`: the environment itself */
function backendStage(
  { gateway_backend_stage }: Pick<Variables, "gateway_backend_stage">,
  stages: readonly PlacedStage[],
): string | undefined {
  return stages.some(({ type, variable }) => type === "own" && variable.name === gateway_backend_stage)
    ? gateway_backend_stage
    : undefined;
}

function buildPool(variables: Variables): PoolSettings {
  const name = variables.cloud_build_worker_pool;
  if (name !== "") return { type: "existing", name };
  return { type: createsBuildPool(variables) ? "created" : "default" };
}

/** The image that is built replaces Dify's API image everywhere. */
function builtImage(variables: Variables, application: DifyCommon): Extract<BuildSettings, { type: "image" }> {
  const config = variables.container_build_config;
  const api = application.components.find(({ name }) => name === "api");
  const { base_image, dockerfile_content } = config;
  return {
    type: "image",
    dockerfile: config.dockerfile_path ?? "Dockerfile",
    dockerfileText: dockerfile_content,
    // A Dockerfile in the variable file begins with Dify's own image, unless it names another one.
    baseImage: base_image ?? (dockerfile_content === undefined ? undefined : api?.image),
    context: config.context_path ?? ".",
    args: config.build_args ?? {},
    replaces: api ? [withoutTag(api.image)] : [],
  };
}

/** Dify's own images have Dify's version; sandbox, plugin daemon and proxies have their own. */
function stockImages(variables: Variables, application: DifyCommon): BuildSettings {
  const versioned = application.components
    .map(({ image }) => image)
    .filter((image) => image.endsWith(`:${application.version}`));
  return {
    type: "version",
    file: variables.cicd_trigger_config.version_file,
    images: [...new Set(versioned.map(withoutTag))],
  };
}
