import { cases, type EffectCases } from "./effect-case";

const GOOGLE = { deploy_application: false };
const TRIGGER = {
  ...GOOGLE,
  enable_cicd_trigger: true,
  github_repository_url: "https://github.com/acme/dify",
  github_app_installation_id: "12345678",
};
const REPOSITORY = {
  ...GOOGLE,
  github_repository_url: "https://github.com/acme/dify",
  container_build_config: { dockerfile_path: "api/Dockerfile" },
  container_build_commit: "0123456789abcdef0123456789abcdef01234567",
};
const STAGES = {
  ...TRIGGER,
  enable_cloud_deploy: true,
  cloud_deploy_stages: [{ name: "staging" }, { name: "dev" }],
};
const IN_CLUSTER = { ...STAGES, deploy_application: true };

/** Group 12. */
export const deliveryEffects: EffectCases = {
  enable_binary_authorization: { value: true, with: GOOGLE },
  enable_cicd_trigger: { value: true, with: { ...TRIGGER, enable_cicd_trigger: false } },
  github_token: { value: "", with: TRIGGER },
  ...cases(TRIGGER, {
    github_repository_url: "https://github.com/acme/other",
    github_app_installation_id: "87654321",
    enable_cloud_deploy: true,
    cloud_build_worker_pool: "projects/demo-project/locations/us-central1/workerPools/builds",
    image_scan_severity: "HIGH",
  }),
  ...cases(
    TRIGGER,
    {
      branch_pattern: "^release$",
      included_files: ["api/**"],
      ignored_files: ["docs/**"],
      trigger_name: "other",
      description: "Builds the fork",
      substitutions: { _A: "b" },
      version_file: "version",
    },
    "cicd_trigger_config.",
  ),
  "cicd_trigger_config.version_file": [
    { value: "version", with: { ...TRIGGER, container_image_source: "prebuilt" } },
    { value: "version", with: TRIGGER },
  ],
  ...cases(
    TRIGGER,
    {
      enabled: false,
      dockerfile_path: "docker/Dockerfile",
      dockerfile_content: "ARG BASE_IMAGE\nFROM $BASE_IMAGE",
      context_path: "api",
      build_args: { A: "b" },
      artifact_repo_name: "other",
      base_image: "python:3.12",
    },
    "container_build_config.",
  ),
  container_build_commit: [{ value: "89abcdef0123456789abcdef0123456789abcdef", with: REPOSITORY }],
  "container_build_config.base_image": [
    { value: "python:3.12", with: TRIGGER },
    { value: "python:3.12", with: GOOGLE },
  ],
  "container_build_config.dockerfile_content": [
    { value: "ARG BASE_IMAGE\nFROM $BASE_IMAGE", with: TRIGGER },
    { value: "ARG BASE_IMAGE\nFROM $BASE_IMAGE", with: GOOGLE },
  ],
  "container_build_config.dockerfile_path": [
    { value: "docker/Dockerfile", with: TRIGGER },
    { value: "docker/Dockerfile", with: { ...TRIGGER, container_image_source: "prebuilt" } },
    { value: "docker/Dockerfile" },
  ],
  cloud_deploy_stages: { value: [{ name: "dev" }, { name: "prod" }], with: STAGES },
  ...cases(
    STAGES,
    {
      name: "other",
      target_name: "other",
      namespace: "elsewhere",
      cluster: "other",
      project_id: "other-project",
      region: "europe-west1",
      require_approval: true,
      auto_promote: true,
    },
    "cloud_deploy_stages[].",
  ),
  "cloud_deploy_stages[].redis_database": [
    { value: 30, with: IN_CLUSTER },
    { value: 30, with: { ...STAGES, cloud_deploy_stages: [{ name: "dev" }] } },
    { value: 30, with: { ...STAGES, cloud_deploy_stages: [{ name: "prod", namespace: "prod" }, { name: "dev" }] } },
  ],
  gateway_backend_stage: [
    { value: "staging", with: IN_CLUSTER },
    { value: "staging", with: { ...IN_CLUSTER, service_type: "ClusterIP", reserve_static_ip: false } },
  ],
  delivered_by_service_account: { value: "deploy@demo-project.iam.gserviceaccount.com" },
  binauthz_evaluation_mode: [
    { value: "REQUIRE_ATTESTATION", with: { ...GOOGLE, enable_binary_authorization: true } },
    { value: "REQUIRE_ATTESTATION" },
  ],
  image_digests: { value: { "langgenius/dify-api:1.16.1": `sha256:${"0".repeat(64)}` } },
};
