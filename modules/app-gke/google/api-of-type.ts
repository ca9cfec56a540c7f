import type { GoogleApi } from "./google-api";

/**
 * The APIs that resources of a type use: the one that Terraform calls, and those that Google or a machine uses on their
 * behalf. A key is a type, or a prefix of types if it ends with an underscore; the longest match counts.
 */
const APIS: Readonly<Record<string, readonly GoogleApi[]>> = {
  google_access_context_manager_: ["accesscontextmanager.googleapis.com"],
  google_artifact_registry_: ["artifactregistry.googleapis.com"],
  google_billing_budget: ["billingbudgets.googleapis.com"],
  google_binary_authorization_: ["binaryauthorization.googleapis.com"],
  google_certificate_manager_: ["certificatemanager.googleapis.com"],
  // Builds, and rollouts, which are builds too, write their logs to Cloud Logging.
  google_cloudbuild_: ["cloudbuild.googleapis.com", "logging.googleapis.com"],
  google_cloudbuildv2_: ["cloudbuild.googleapis.com"],
  google_clouddeploy_: ["clouddeploy.googleapis.com", "cloudbuild.googleapis.com", "logging.googleapis.com"],
  google_compute_: ["compute.googleapis.com"],
  // The VM logs its start in Cloud Logging.
  google_compute_instance_template: ["compute.googleapis.com", "logging.googleapis.com"],
  // Flow logs, and dropped connections.
  google_compute_router_nat: ["compute.googleapis.com", "logging.googleapis.com"],
  google_compute_subnetwork: ["compute.googleapis.com", "logging.googleapis.com"],
  // Nodes send logs and metrics from their first minute.
  google_container_: [
    "compute.googleapis.com",
    "container.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
  ],
  google_container_analysis_: ["containeranalysis.googleapis.com"],
  google_filestore_: ["file.googleapis.com"],
  google_gke_hub_: ["gkehub.googleapis.com"],
  google_iap_: ["iap.googleapis.com"],
  google_logging_: ["logging.googleapis.com"],
  google_kms_: ["cloudkms.googleapis.com"],
  google_monitoring_: ["monitoring.googleapis.com"],
  google_project_iam_: ["cloudresourcemanager.googleapis.com"],
  google_pubsub_: ["pubsub.googleapis.com"],
  google_secret_manager_: ["secretmanager.googleapis.com"],
  google_service_account: ["iam.googleapis.com"],
  google_service_account_iam_: ["iam.googleapis.com"],
  google_service_networking_: ["servicenetworking.googleapis.com", "compute.googleapis.com"],
  google_sql_: ["sqladmin.googleapis.com"],
  google_storage_: ["storage.googleapis.com"],
  // Two APIs that must be enabled before Terraform can do anything: see `GoogleApis`.
  google_client_config: [],
  google_client_openid_userinfo: [],
  google_project: [],
  google_project_service: [],
};

/**
 * Types for which one of Google's services creates something in the user's project, with its own account there: GKE
 * nodes, Service Networking a peering, Cloud SQL an address, Cloud Deploy builds. Accounts that need a role are created
 * where they get it.
 */
const ACTING: Readonly<Record<string, GoogleApi>> = {
  google_clouddeploy_delivery_pipeline: "clouddeploy.googleapis.com",
  google_clouddeploy_target: "clouddeploy.googleapis.com",
  google_container_cluster: "container.googleapis.com",
  google_service_networking_connection: "servicenetworking.googleapis.com",
  google_sql_database_instance: "sqladmin.googleapis.com",
};

const KNOWN = Object.keys(APIS).sort((a, b) => b.length - a.length);

/**
 * @param type Terraform type of a resource, a data source or an ephemeral resource
 * @returns the APIs that have to be enabled for it; none for types that are not Google's
 * @throws Error for a type of the Google provider that is not in the table
 */
export function apisOfType(type: string): readonly GoogleApi[] {
  if (!type.startsWith("google_")) return [];
  const known = KNOWN.find((name) => type === name || (name.endsWith("_") && type.startsWith(name)));
  if (known === undefined)
    throw new Error(
      `${type} is missing in google/api-of-type.ts: nothing would wait for the APIs that it uses. Add it there.`,
    );
  return APIS[known] ?? [];
}

/** @returns the API whose own account has to exist before a resource of the type is created */
export function agentOfType(type: string): GoogleApi | undefined {
  return ACTING[type];
}
