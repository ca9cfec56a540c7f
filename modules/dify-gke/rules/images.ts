import { keepsImages } from "../build";
import { imagesOf } from "../images";
import { nearest } from "../variables/mention";
import { DESIGN, GOOGLE, type Rule } from "./rule";

const allows: Rule = {
  id: "binauthz-refuses-nothing",
  what: "`enable_binary_authorization` with its default mode",
  why: "Attestor and key are created, but any image still runs.",
  risk: "Medium",
  severity: "warning",
  variables: ["enable_binary_authorization", "binauthz_evaluation_mode"],
  source: DESIGN,
  brokenBy: (v, given) =>
    v.enable_binary_authorization &&
    v.binauthz_evaluation_mode === "ALWAYS_ALLOW" &&
    // Writing it down is deliberate: it is the step in which images are attested before anything requires it.
    !given.has("binauthz_evaluation_mode"),
  message: () =>
    'binauthz_evaluation_mode is "ALWAYS_ALLOW", its default: attestor and key are created, but any image still runs. Set binauthz_evaluation_mode = "REQUIRE_ATTESTATION" to have images checked, or write "ALWAYS_ALLOW" to say that you mean it.',
};

const denies: Rule = {
  id: "binauthz-denies-new-images",
  what: '`binauthz_evaluation_mode = "ALWAYS_DENY"`',
  why: "Only the images that run today start in the cluster, attested or not.",
  risk: "High",
  severity: "warning",
  variables: ["binauthz_evaluation_mode", "enable_binary_authorization"],
  source: GOOGLE,
  brokenBy: (v) => v.enable_binary_authorization && v.binauthz_evaluation_mode === "ALWAYS_DENY",
  message: () =>
    'binauthz_evaluation_mode is "ALWAYS_DENY": only the images that this environment runs today, and those of GKE itself, can start in its cluster. All others are refused, attested or not: those of other applications in the cluster, and those of a new release until it is applied here. Set binauthz_evaluation_mode = "REQUIRE_ATTESTATION" to let attested images run.',
};

const digests: Rule = {
  id: "digests-name-images",
  what: "A digest of an image that no pod runs",
  why: "It has no effect.",
  risk: "Medium",
  severity: "warning",
  variables: [
    "image_digests",
    "application_version",
    "component_image_tags",
    "container_image",
    "sandbox_image",
    "cloud_sql_proxy_version",
    "additional_services",
    "initialization_jobs",
    "cron_jobs",
  ],
  source: DESIGN,
  brokenBy: (v) => {
    const names = Object.keys(v.image_digests);
    if (names.length === 0) return [];
    const images = imagesOf(v);
    return names.filter((name) => !images.includes(name));
  },
  message: (v, subject) => {
    const near = nearest(subject, imagesOf(v));
    return `image_digests names ${subject}, which no pod runs: the digest has no effect.${near ? ` Did you mean "${near}"?` : ""} Name the image as its publisher does, with its tag and without a mirror, or take it out of image_digests.`;
  },
};

const wholeCredentials: Rule = {
  id: "docker-hub-credentials-whole",
  what: "An account at Docker Hub without its password, or the reverse",
  why: "Artifact Registry would refuse it, or continue without an account.",
  risk: "Medium",
  severity: "error",
  variables: ["docker_hub_user", "docker_hub_password_secret"],
  source: GOOGLE,
  brokenBy: (v) => (v.docker_hub_user === "") !== (v.docker_hub_password_secret === ""),
  message: (v) =>
    v.docker_hub_user === ""
      ? `docker_hub_password_secret is set and docker_hub_user is empty: the mirror would pull without an account. Set docker_hub_user, or leave both empty.`
      : `docker_hub_user is "${v.docker_hub_user}" and docker_hub_password_secret is empty: Artifact Registry would refuse the account. Put an access token into Secret Manager and name the secret in docker_hub_password_secret, or leave both empty.`,
};

const credentialsOfMirror: Rule = {
  id: "docker-hub-needs-mirror",
  what: "An account at Docker Hub without `enable_image_mirroring`, or with an `image_mirror_repository` that exists",
  why: "The account is that of the mirror that is created here, so it has no effect.",
  risk: "Low",
  severity: "warning",
  variables: ["docker_hub_user", "enable_image_mirroring", "image_mirror_repository"],
  source: DESIGN,
  brokenBy: (v) => v.docker_hub_user !== "" && (!v.enable_image_mirroring || v.image_mirror_repository !== ""),
  message: (v) =>
    v.enable_image_mirroring
      ? `docker_hub_user is "${v.docker_hub_user}" and image_mirror_repository is "${v.image_mirror_repository}", which exists and is never changed: the account has no effect. Give it to that repository, and take docker_hub_user and docker_hub_password_secret out of the file.`
      : `docker_hub_user is "${v.docker_hub_user}" and enable_image_mirroring is false: the account has no effect, because only the mirror uses it. Set enable_image_mirroring = true, or take docker_hub_user and docker_hub_password_secret out of the file.`,
};

const runningKept: Rule = {
  id: "running-image-kept",
  what: "`max_images_to_retain = 0`, with images that are deleted for their age",
  why: "The image that runs is deleted as well, and the next pod does not start.",
  risk: "High",
  severity: "warning",
  variables: [
    "max_images_to_retain",
    "image_retention_days",
    "enable_cicd_trigger",
    "container_build_config",
    "container_image_source",
  ],
  source: DESIGN,
  brokenBy: (v) => keepsImages(v) && v.max_images_to_retain === 0 && v.image_retention_days > 0,
  message: (v) =>
    `max_images_to_retain is 0, and images are deleted after ${v.image_retention_days} days: that includes the image in use if nothing was built since, and then no new pod starts. Set max_images_to_retain = 1 or more, or image_retention_days = 0.`,
};

export const imageRules: readonly Rule[] = [
  allows,
  denies,
  digests,
  wholeCredentials,
  credentialsOfMirror,
  runningKept,
];
