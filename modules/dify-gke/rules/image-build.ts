import { BUILD_FIELDS, buildsAtApply, buildsFromRepository, buildsImage } from "../build";
import type { VariableName } from "../variables";
import { holdsSecret } from "../variables/secret-detection";
import { DESIGN, GOOGLE, type Rule } from "./rule";

const BUILD = [
  "container_build_config",
  "container_image_source",
  "enable_cicd_trigger",
] as const satisfies readonly VariableName[];
const DOCKER = "Docker";

const oneDockerfile: Rule = {
  id: "build-one-dockerfile",
  what: "A `dockerfile_content` and a `dockerfile_path`",
  why: "An image is built from one Dockerfile.",
  risk: "Medium",
  severity: "error",
  variables: ["container_build_config", "container_image_source"],
  source: DESIGN,
  brokenBy: (v) =>
    buildsImage(v) &&
    v.container_build_config.dockerfile_content !== undefined &&
    v.container_build_config.dockerfile_path !== undefined,
  message: (v) =>
    `container_build_config has a dockerfile_content, and a dockerfile_path ("${v.container_build_config.dockerfile_path}"): an image is built from one Dockerfile, and the other would have no effect. Take one of them out.`,
};

const something: Rule = {
  id: "build-of-something",
  what: "A build without a trigger that says neither what it begins with nor where its files are",
  why: "There is nothing to build, and the apply would fail.",
  risk: "Medium",
  severity: "error",
  variables: [...BUILD, "github_repository_url", "container_build_commit"],
  source: DESIGN,
  brokenBy: (v) => {
    if (!buildsAtApply(v)) return false;
    const { base_image, dockerfile_content } = v.container_build_config;
    if (buildsFromRepository(v)) return v.github_repository_url === "" || v.container_build_commit === "";
    return base_image === undefined && dockerfile_content === undefined;
  },
  message: (v) => {
    const fields = BUILD_FIELDS.filter((field) => v.container_build_config[field] !== undefined).join(", ");
    if (!buildsFromRepository(v)) {
      return `container_build_config sets ${fields}, enable_cicd_trigger is false, and nothing says what the image is made of: there is nothing to build. Give it a dockerfile_content or a base_image.`;
    }
    const missing = (["github_repository_url", "container_build_commit"] as const).filter((name) => v[name] === "");
    return `container_build_config sets ${fields}, which are in a repository, enable_cicd_trigger is false, and ${missing.join(" and ")} ${missing.length > 1 ? "are" : "is"} empty: there is nothing to build. Set ${missing.join(" and ")}, or write the Dockerfile into dockerfile_content.`;
  },
};

const base: Rule = {
  id: "build-from-base-image",
  what: "A `base_image` that the `dockerfile_content` does not begin with, or that `build_args` has as well",
  why: "It would have no effect.",
  risk: "Medium",
  severity: "error",
  variables: ["container_build_config", "container_image_source"],
  source: DOCKER,
  brokenBy: (v) => {
    if (!buildsImage(v)) return false;
    const { base_image, build_args = {}, dockerfile_content } = v.container_build_config;
    if (base_image === undefined) return false;
    return (
      Object.hasOwn(build_args, "BASE_IMAGE") ||
      // https://docs.docker.com/reference/dockerfile/#understand-how-arg-and-from-interact
      (dockerfile_content !== undefined && !/^\s*ARG\s+(?:\S+\s+)*BASE_IMAGE\b/im.test(dockerfile_content))
    );
  },
  message: ({ container_build_config: { base_image, build_args = {} } }) =>
    Object.hasOwn(build_args, "BASE_IMAGE")
      ? `container_build_config has base_image = "${base_image}", which is the build argument BASE_IMAGE, and another one of that name in build_args: one of them would have no effect. Take one of them out.`
      : `container_build_config has base_image = "${base_image}", and its dockerfile_content has no line ARG BASE_IMAGE: the image would not begin with it. Begin dockerfile_content with the lines ARG BASE_IMAGE and FROM $BASE_IMAGE, or take base_image out.`,
};

const secrets: Rule = {
  id: "build-args-without-secrets",
  what: "A secret in `build_args`",
  why: "It would stay in the image's history, for everybody who may pull it, and in the build's record.",
  risk: "High",
  severity: "error",
  variables: ["container_build_config"],
  source: DOCKER,
  brokenBy: (v) =>
    Object.entries(v.container_build_config.build_args ?? {})
      .filter(([name, value]) => holdsSecret(name, value))
      .map(([name]) => name),
  message: (_, subject) =>
    `build_args has ${subject}, which holds a secret by its name or its value: it would stay in the image's history, where everybody who may pull the image reads it. The running containers get their secrets from secret_environment_variables. Take ${subject} out.`,
};

const named: Rule = {
  id: "built-or-named",
  what: "A `container_image` and an image that is built at apply",
  why: "Pods run one of them.",
  risk: "Medium",
  severity: "error",
  variables: ["container_image", ...BUILD],
  source: DESIGN,
  brokenBy: (v) => buildsAtApply(v) && v.container_image !== "",
  message: (v) =>
    `container_image is ${v.container_image}, and container_build_config builds another image for the same containers: they can run only one. Take container_image out, use it as base_image of container_build_config, or set enabled = false there.`,
};

const delivered: Rule = {
  id: "built-not-delivered",
  what: "An image that is built at apply where another environment's pipeline brings versions",
  why: "The next release would replace the image.",
  risk: "High",
  severity: "error",
  variables: ["delivered_by_service_account", ...BUILD],
  source: DESIGN,
  brokenBy: (v) => buildsAtApply(v) && v.delivered_by_service_account !== "",
  message: (v) =>
    `container_build_config builds an image here, and the pipeline of ${v.delivered_by_service_account} brings versions here: its next release would replace the image. Have the image built by that pipeline, and take the fields out of container_build_config.`,
};

const denied: Rule = {
  id: "built-image-not-denied",
  what: '`binauthz_evaluation_mode = "ALWAYS_DENY"` with an image that is built at apply',
  why: "Its digest is only known after the build, so the policy could not name it: no pod would start.",
  risk: "High",
  severity: "error",
  variables: ["binauthz_evaluation_mode", "enable_binary_authorization", ...BUILD],
  source: GOOGLE,
  brokenBy: (v) => buildsAtApply(v) && v.enable_binary_authorization && v.binauthz_evaluation_mode === "ALWAYS_DENY",
  message: () =>
    'binauthz_evaluation_mode is "ALWAYS_DENY", which lets images in by name alone, and container_build_config builds an image whose digest is only known afterwards: none of its pods would start. Set binauthz_evaluation_mode = "REQUIRE_ATTESTATION", which lets the image in because its build attests it.',
};

const commit: Rule = {
  id: "unused-container-build-commit",
  what: "`container_build_commit` where nothing is built from a repository at apply",
  why: "It has no effect.",
  risk: "Low",
  severity: "warning",
  variables: ["container_build_commit", ...BUILD],
  source: DESIGN,
  brokenBy: (v) => v.container_build_commit !== "" && !(buildsAtApply(v) && buildsFromRepository(v)),
  message: (v) =>
    v.enable_cicd_trigger
      ? "container_build_commit is set, and enable_cicd_trigger builds what is pushed: it has no effect. Take container_build_commit out."
      : "container_build_commit is set, and container_build_config names no dockerfile_path and no context_path of a repository: it has no effect. Take container_build_commit out, or set dockerfile_path.",
};

/** Of images that are built at apply, or from what the variable file says. */
export const imageBuildRules: readonly Rule[] = [
  oneDockerfile,
  something,
  base,
  secrets,
  named,
  delivered,
  denied,
  commit,
];
