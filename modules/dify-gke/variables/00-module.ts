import { z } from "zod";
import { group, sensitive, variable } from "./definition";
import {
  count,
  environmentMap,
  environmentName,
  optionalBucketName,
  optionalEmail,
  secretId,
  secretLocations,
  text,
} from "./limits";

const metadata = { platformMetadata: true } as const;

/** Group 0: what the hosting platform's catalogue reads, and how the project is wired up. */
export const moduleWiring = group(0, {
  module_description: variable({
    ...metadata,
    description: "The catalogue's text about the module.",
    schema: z.string(),
    default: "Dify, the LLM application platform, on GKE Autopilot",
  }),
  module_documentation: variable({
    ...metadata,
    description: "The catalogue's link to the documentation.",
    schema: z.string(),
    default: "https://docs.radmodules.dev/docs/modules/App_GKE",
  }),
  module_dependency: variable({
    ...metadata,
    description: "Modules that the catalogue wants deployed first.",
    schema: z.array(z.string()),
    default: ["Services_GCP"],
  }),
  module_services: variable({
    ...metadata,
    description: "Google Cloud services that the catalogue lists for the module.",
    schema: z.array(z.string()),
    default: ["GKE Autopilot", "Cloud SQL", "Secret Manager", "Cloud Storage", "Artifact Registry", "Compute Engine"],
  }),
  credit_cost: variable({
    ...metadata,
    description: "What a deployment costs in the catalogue's credits.",
    schema: z.number().min(0),
    default: 150,
  }),
  require_credit_purchases: variable({
    ...metadata,
    description: "Whether the catalogue only accepts purchased credits.",
    schema: z.boolean(),
    default: false,
  }),
  enable_purge: variable({
    ...metadata,
    description: "Whether the catalogue offers to remove a deployment completely.",
    schema: z.boolean(),
    default: true,
  }),
  public_access: variable({
    ...metadata,
    description: "Whether the catalogue shows the module to everyone.",
    schema: z.boolean(),
    default: true,
  }),
  require_services_gcp_module: variable({
    description:
      "`true`: the shared services (network, cluster, SQL instance, file server) exist and each one is named here. `false`: what is not named is created in the foundation stack.",
    schema: z.boolean(),
    default: true,
  }),
  handed_over_services: variable({
    documented: false,
    description:
      "Shared services that this environment's foundation created and gave to another team's Terraform: they are found under the names that they have, and no plan destroys them. `npm run handover` fills this in.",
    schema: z.array(z.enum(["network", "cluster", "sql_instance"])),
    default: [],
  }),
  shared_users: variable({
    ...metadata,
    description: "Users whom the catalogue shares the module with.",
    schema: z.array(z.string()),
    default: [],
  }),
  technical_support_users: variable({
    ...metadata,
    description: "Users whom the catalogue names for technical support.",
    schema: z.array(z.string()),
    default: [],
  }),
  resource_creator_identity: variable({
    ...metadata,
    description: "Service account that the hosting platform deploys as.",
    schema: z.string(),
    default: "rad-module-creator@YOUR_PLATFORM_PROJECT.iam.gserviceaccount.com",
  }),
  impersonation_service_account: variable({
    description: "Service account that Terraform acts as. Empty: the account that runs it.",
    schema: optionalEmail,
    default: "",
  }),
  quota_project: variable({
    documented: false,
    description:
      "Project whose quota Terraform's requests use; the account that runs Terraform needs `serviceusage.services.use` there. Empty: `project_id`. `none`: the project that the credentials belong to.",
    schema: text(
      "a project id (6 to 30 lower-case letters, digits and hyphens, first a letter, last no hyphen), or none",
      /^([a-z][a-z0-9-]{4,28}[a-z0-9]|none)$/,
      true,
    ),
    default: "",
  }),
  job_execution_wait_timeout: variable({
    description: "The base module's limit for waiting for a job.",
    schema: count(60, 86400),
    default: 900,
  }),
  explicit_secret_values: sensitive({
    description:
      "Values of secrets by environment variable, stored in Secret Manager at apply. Their names are in `explicit_secret_names`.",
    schema: environmentMap,
    default: {},
  }),
  scripts_dir: variable({
    description: "Directory that `script_path` of a job starts from. Empty: `scripts` of the project.",
    schema: z.string(),
    default: "",
  }),
  requires_services: variable({
    ...metadata,
    description: "Shared services that the hosting platform prepares before a deployment.",
    schema: z
      .object({
        create_postgres: z.boolean().optional(),
        create_mysql: z.boolean().optional(),
        create_redis: z.boolean().optional(),
        create_network_filesystem: z.boolean().optional(),
        create_google_kubernetes_engine: z.boolean().optional(),
      })
      .catchall(z.boolean()),
    default: { create_postgres: true, create_network_filesystem: true, create_google_kubernetes_engine: true },
  }),
  deletion_protection: variable({
    documented: false,
    description: "Protects cluster, SQL instance, data disk and buckets from being deleted.",
    schema: z.boolean(),
    default: true,
  }),
  state_bucket: variable({
    documented: false,
    description: "Cloud Storage bucket that keeps Terraform's state. Empty: the state is a local file.",
    schema: optionalBucketName,
    default: "",
  }),
  state_backend: variable({
    documented: false,
    description:
      "`gcs`: the state is in the Cloud Storage bucket that `terraform init` gets (`-backend-config=bucket=my-state`), unless `state_bucket` names it. Empty: in `state_bucket`, or a local file without one.",
    schema: z.enum(["", "gcs"]),
    default: "",
  }),
  state_prefix: variable({
    documented: false,
    description: "Folder for the state inside the bucket, with a folder for each stack in it.",
    schema: text("letters, digits, ., -, _ and /, no / at either end", /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/, true),
    default: "",
  }),
  silenced_warnings: variable({
    documented: false,
    description:
      "Warnings that you accept, by the id of their rule, each with the reason. They are counted instead of printed. An error cannot be silenced.",
    schema: z.record(
      text("the id of a rule, such as cors-restricted", /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/),
      text("the reason, in a sentence", (reason) => reason.trim().length > 0 && reason.length <= 500),
    ),
    default: {},
  }),
  secret_revisions: variable({
    documented: false,
    description:
      "Revision numbers of secrets. Raise one to announce a new value of a sensitive variable or to rotate a generated secret: Terraform cannot see that a value which it never stores has changed.",
    schema: z.record(secretId, z.int().min(1)),
    default: {},
  }),
  internal_key_generation: variable({
    documented: false,
    description:
      "Raise it by one to rotate all keys between components at once: each accepts the previous and the next key as well, so no request is refused while pods are replaced. `null`: one key each, and `secret_revisions` rotates it.",
    schema: z.int().min(1).max(1_000_000).nullable(),
    default: null,
  }),
  secret_replication_locations: variable({
    documented: false,
    description:
      "Regions in which Secret Manager keeps the values of new secrets. Empty: the environment's region. `automatic`: Google's choice, worldwide. A secret keeps the regions that it was created with.",
    schema: secretLocations,
    default: [],
  }),
  secret_version_destroy_days: variable({
    documented: false,
    description:
      "Days until Secret Manager destroys a version that a newer one has replaced; until then it is disabled. `null`: it stays, disabled.",
    schema: z.int().min(1).max(365).nullable(),
    default: null,
  }),
  explicit_secret_names: variable({
    documented: false,
    description: "Environment variables whose values come in `TF_VAR_explicit_secret_values`.",
    schema: z.array(environmentName),
    default: [],
  }),
});
