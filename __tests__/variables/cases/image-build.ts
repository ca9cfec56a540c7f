import type { RuleCase } from "./rule-case";

const TRIGGER = {
  enable_cicd_trigger: true,
  github_repository_url: "https://github.com/owner/name",
  github_app_installation_id: "123",
} as const;
const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const CONTENT = "ARG BASE_IMAGE\nFROM $BASE_IMAGE\n";
const FROM_TEXT = { container_build_config: { dockerfile_content: CONTENT } };
const FROM_FILES = {
  container_build_config: { dockerfile_path: "api/Dockerfile" },
  github_repository_url: "https://github.com/owner/name",
};

/** Of images that are built at apply, or from what the variable file says. */
export const imageBuildCases: readonly RuleCase[] = [
  {
    id: "build-one-dockerfile",
    breaks: [
      { container_build_config: { dockerfile_content: CONTENT, dockerfile_path: "Dockerfile" } },
      { ...TRIGGER, container_build_config: { dockerfile_content: CONTENT, dockerfile_path: "Dockerfile" } },
    ],
    holds: [FROM_TEXT, { ...TRIGGER, container_build_config: { dockerfile_path: "Dockerfile" } }],
    shows: "container_build_config",
  },
  {
    id: "build-of-something",
    breaks: [
      { container_build_config: { build_args: { A: "1" } } },
      { container_build_config: { dockerfile_path: "Dockerfile" } },
      { container_build_config: { dockerfile_content: CONTENT, context_path: "api" } },
      FROM_FILES,
    ],
    holds: [
      {},
      FROM_TEXT,
      { container_build_config: { base_image: "langgenius/dify-api:1.16.1" } },
      { ...FROM_FILES, container_build_commit: COMMIT },
      { ...TRIGGER, container_build_config: { build_args: { A: "1" } } },
      { container_build_config: { enabled: false, dockerfile_path: "Dockerfile" } },
    ],
    shows: "container_build_config",
  },
  {
    id: "build-from-base-image",
    breaks: [
      { container_build_config: { base_image: "python:3.12", dockerfile_content: "FROM python:3.12" } },
      { container_build_config: { base_image: "python:3.12", build_args: { BASE_IMAGE: "python:3.11" } } },
    ],
    holds: [
      { container_build_config: { base_image: "python:3.12", dockerfile_content: CONTENT } },
      { container_build_config: { base_image: "a/b:1", dockerfile_content: "ARG A=1 BASE_IMAGE=c\nFROM $BASE_IMAGE" } },
      { container_build_config: { dockerfile_content: "FROM python:3.12" } },
      { ...TRIGGER, container_build_config: { base_image: "python:3.12" } },
    ],
    shows: "container_build_config",
  },
  {
    id: "build-args-without-secrets",
    breaks: [
      { container_build_config: { dockerfile_content: CONTENT, build_args: { PIP_TOKEN: "abc" } } },
      { ...TRIGGER, container_build_config: { build_args: { INDEX: "https://me:word@pypi.example.com" } } },
    ],
    holds: [{ container_build_config: { dockerfile_content: CONTENT, build_args: { EXTRA: "boto3" } } }],
    shows: "container_build_config",
  },
  {
    id: "built-or-named",
    breaks: [{ ...FROM_TEXT, container_image: "ghcr.io/acme/api:1" }],
    holds: [
      { ...FROM_TEXT, container_image_source: "prebuilt", container_image: "ghcr.io/acme/api:1" },
      { ...TRIGGER, ...FROM_TEXT, container_image: "ghcr.io/acme/api:1" },
    ],
    shows: "container_image",
  },
  {
    id: "built-not-delivered",
    breaks: [{ ...FROM_TEXT, delivered_by_service_account: "deploy@demo-project.iam.gserviceaccount.com" }],
    holds: [FROM_TEXT, { delivered_by_service_account: "deploy@demo-project.iam.gserviceaccount.com" }],
    shows: "delivered_by_service_account",
  },
  {
    id: "built-image-not-denied",
    breaks: [{ ...FROM_TEXT, enable_binary_authorization: true, binauthz_evaluation_mode: "ALWAYS_DENY" }],
    holds: [
      { ...FROM_TEXT, enable_binary_authorization: true, binauthz_evaluation_mode: "REQUIRE_ATTESTATION" },
      { enable_binary_authorization: true, binauthz_evaluation_mode: "ALWAYS_DENY" },
    ],
    shows: "binauthz_evaluation_mode",
  },
  {
    id: "unused-container-build-commit",
    breaks: [
      { ...FROM_TEXT, container_build_commit: COMMIT },
      { ...TRIGGER, container_build_commit: COMMIT },
    ],
    holds: [{ ...FROM_FILES, container_build_commit: COMMIT }],
    shows: "container_build_commit",
  },
];
