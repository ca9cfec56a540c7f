import { z } from "zod";
import { group, sensitive, variable } from "./definition";
import {
  count,
  dnsLabel,
  image,
  imageDigest,
  namespace,
  optionalEmail,
  projectId,
  re2,
  region,
  resourceName,
  deployTargetName,
  text,
} from "./limits";

const repositoryPath = text(
  "a path inside the repository",
  (path) => /^[^/\s][^\s]*$/.test(path) && !path.split("/").includes(".."),
);

const trigger = z.strictObject({
  branch_pattern: re2.default("^main$").describe("Regular expression for the branches that are built."),
  included_files: z.array(z.string()).optional().describe("Builds only if one of these has changed."),
  ignored_files: z.array(z.string()).optional().describe("If only these have changed, nothing is built."),
  trigger_name: resourceName.optional(),
  description: z.string().optional(),
  // https://cloud.google.com/build/docs/build-config-file-schema#substitutions
  substitutions: z
    .record(
      text("_ and up to 99 capital letters, digits and _", /^_[A-Z0-9_]{1,99}$/),
      text("up to 4000 bytes", (value) => Buffer.byteLength(value) <= 4000, true),
    )
    .optional()
    .describe("Cloud Build substitutions; `build_args` may name them."),
  version_file: repositoryPath
    .default("dify-version")
    .describe(
      'With `container_image_source = "prebuilt"`: the file of the repository whose one line is the version to deploy.',
    ),
});

const stage = z.strictObject({
  name: dnsLabel,
  target_name: deployTargetName.optional(),
  namespace: namespace
    .optional()
    .describe("Namespace of another environment, which has its own variable file. Without it the stage gets its own."),
  cluster: resourceName.optional(),
  project_id: projectId.optional(),
  region: region.optional(),
  require_approval: z.boolean().default(false).describe("Each rollout needs an approval."),
  auto_promote: z
    .boolean()
    .default(false)
    .describe("A version that has passed this stage is promoted to the next one automatically."),
  redis_database: count(3, 4093)
    .optional()
    .describe(
      "First of the three Redis databases of a stage with its own data. Without it, it follows from the stage's name, or, on a Redis that was not made here, from its place: 3, 6, 9, 12.",
    ),
});

/** Group 12: from a commit to a running version. */
export const delivery = group(12, {
  enable_binary_authorization: variable({
    description: "Lets the cluster run attested images only.",
    schema: z.boolean(),
    default: false,
  }),
  enable_cicd_trigger: variable({
    description: "Builds and deploys on every push, with Cloud Build.",
    schema: z.boolean(),
    default: false,
  }),
  github_repository_url: variable({
    description: "Repository that is built.",
    schema: text(
      "an address such as https://github.com/owner/name",
      /^https:\/\/[A-Za-z0-9.-]+\/[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+$/,
      true,
    ),
    default: "",
  }),
  github_token: sensitive({
    description: "Personal access token that connects Cloud Build with GitHub.",
    schema: z.string(),
    default: "",
  }),
  github_app_installation_id: variable({
    description: "Id of the installation of Cloud Build's GitHub app.",
    schema: text("a number", /^\d+$/, true),
    default: "",
  }),
  cicd_trigger_config: variable({
    description: "Which pushes start a build.",
    schema: trigger,
    default: { branch_pattern: "^main$" },
  }),
  enable_cloud_deploy: variable({
    description: "Brings a build through stages with Cloud Deploy, instead of deploying it at once.",
    schema: z.boolean(),
    default: false,
  }),
  cloud_deploy_stages: variable({
    description: "The stages, in order.",
    schema: z.array(stage).min(1),
    default: [{ name: "dev" }, { name: "staging" }, { name: "prod", require_approval: true }],
  }),
  gateway_backend_stage: variable({
    description:
      "Stage that the public address leads to. Not set: the environment itself, whatever its stage is named.",
    schema: dnsLabel,
    default: "dev",
  }),
  delivered_by_service_account: variable({
    documented: false,
    description:
      "If this environment is a stage of another one's pipeline: the service account that deploys here (that environment's output `cloud_deploy_service_account`).",
    schema: optionalEmail,
    default: "",
  }),
  cloud_build_worker_pool: variable({
    documented: false,
    description:
      "Private pool for builds and releases: `projects/…/locations/…/workerPools/…`. Empty: one is created if `master_authorized_networks` would keep Google's own machines out.",
    schema: text(
      "projects/<project>/locations/<region>/workerPools/<name>",
      /^projects\/[^/]+\/locations\/[^/]+\/workerPools\/[^/]+$/,
      true,
    ),
    default: "",
  }),
  image_scan_severity: variable({
    documented: false,
    description:
      "A known vulnerability of this severity or above in an image stops the build. `OFF`: images are not scanned.",
    schema: z.enum(["OFF", "LOW", "MEDIUM", "HIGH", "CRITICAL"]),
    default: "OFF",
  }),
  binauthz_evaluation_mode: variable({
    description: "What Binary Authorization does with an image.",
    schema: z.enum(["ALWAYS_ALLOW", "REQUIRE_ATTESTATION", "ALWAYS_DENY"]),
    default: "ALWAYS_ALLOW",
  }),
  image_digests: variable({
    documented: false,
    description:
      "Digests by image, as its publisher names it. These images run by digest, and with Binary Authorization need an attestation instead of being exempt.",
    schema: z.record(image, imageDigest),
    default: {},
  }),
});
