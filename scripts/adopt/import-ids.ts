/** How a resource that exists comes into a state that does not have it. */
export type Way =
  /**
   * By an `import` block. In braces are arguments of the resource: `projects/{project}/secrets/{secret_id}`; `{found}` is
   * what only Google knows (`lookups.ts`).
   */
  | { readonly id: string }
  /**
   * By an entry that is written into the state, because an import would replace it or put a secret into the state. `why`
   * says which.
   */
  | { readonly entry: string }
  /** Not at all: the apply creates it once more, which changes nothing. `why` says so. */
  | { readonly again: string };

/** How an object of a namespace is imported. @see https://registry.terraform.io/providers/hashicorp/kubernetes/2.38.0/docs/resources/deployment_v1#import */
const NAMESPACED: Way = { id: "{metadata.namespace}/{metadata.name}" };
/** How an object outside namespaces is imported. */
const CLUSTER_WIDE: Way = { id: "{metadata.name}" };

/** How a member of a role is imported: the policy's resource, role, member. */
function member(resource: string): Way {
  return { id: `${resource} {role} {member}` };
}

/** How something of Compute Engine is imported. */
function compute(scope: "global" | "regions/{region}" | "zones/{zone}", collection: string): Way {
  return { id: `projects/{project}/${scope}/${collection}/{name}` };
}

/**
 * Every type of resource that a stack can have: `__tests__/adopt` compares with the inventory. The formats are those under
 * "Import" of each type's page, the first or the longest.
 * @see https://registry.terraform.io/providers/hashicorp/google/7.45.0/docs
 * @see https://registry.terraform.io/providers/hashicorp/kubernetes/2.38.0/docs
 */
const KNOWN = {
  google_access_context_manager_access_level: { id: "{name}" },
  google_access_context_manager_service_perimeter: { id: "{name}" },
  google_artifact_registry_repository: { id: "projects/{project}/locations/{location}/repositories/{repository_id}" },
  google_artifact_registry_repository_iam_member: member(
    "projects/{project}/locations/{location}/repositories/{repository}",
  ),
  google_binary_authorization_attestor: { id: "projects/{project}/attestors/{name}" },
  google_binary_authorization_attestor_iam_member: member("projects/{project}/attestors/{attestor}"),
  google_certificate_manager_certificate: { id: "projects/{project}/locations/global/certificates/{name}" },
  google_certificate_manager_certificate_map: { id: "projects/{project}/locations/global/certificateMaps/{name}" },
  google_certificate_manager_certificate_map_entry: {
    id: "projects/{project}/locations/global/certificateMaps/{map}/certificateMapEntries/{name}",
  },
  google_certificate_manager_dns_authorization: { id: "projects/{project}/locations/global/dnsAuthorizations/{name}" },
  google_cloudbuild_trigger: { id: "projects/{project}/locations/{location}/triggers/{found}" },
  google_cloudbuild_worker_pool: { id: "projects/{project}/locations/{location}/workerPools/{name}" },
  google_cloudbuildv2_connection: { id: "projects/{project}/locations/{location}/connections/{name}" },
  google_cloudbuildv2_repository: {
    id: "projects/{project}/locations/{location}/connections/{parent_connection}/repositories/{name}",
  },
  google_clouddeploy_automation: {
    id: "projects/{project}/locations/{location}/deliveryPipelines/{delivery_pipeline}/automations/{name}",
  },
  google_clouddeploy_delivery_pipeline: { id: "projects/{project}/locations/{location}/deliveryPipelines/{name}" },
  google_clouddeploy_delivery_pipeline_iam_member: member(
    "projects/{project}/locations/{location}/deliveryPipelines/{name}",
  ),
  google_clouddeploy_target: { id: "projects/{project}/locations/{location}/targets/{name}" },
  google_clouddeploy_target_iam_member: member("projects/{project}/locations/{location}/targets/{name}"),
  google_compute_address: compute("regions/{region}", "addresses"),
  google_compute_backend_service: compute("global", "backendServices"),
  google_compute_disk: compute("zones/{zone}", "disks"),
  google_compute_disk_resource_policy_attachment: { id: "projects/{project}/zones/{zone}/disks/{disk}/{name}" },
  google_compute_firewall: compute("global", "firewalls"),
  google_compute_global_address: compute("global", "addresses"),
  google_compute_global_forwarding_rule: compute("global", "forwardingRules"),
  google_compute_health_check: compute("global", "healthChecks"),
  google_compute_instance_group_manager: compute("zones/{zone}", "instanceGroupManagers"),
  google_compute_instance_template: {
    entry: "An import forgets name_prefix, which replaces the template, and with it the VM.",
  },
  google_compute_network: compute("global", "networks"),
  google_compute_network_endpoint_group: compute("zones/{zone}", "networkEndpointGroups"),
  google_compute_resource_policy: compute("regions/{region}", "resourcePolicies"),
  google_compute_router: compute("regions/{region}", "routers"),
  google_compute_router_nat: { id: "projects/{project}/regions/{region}/routers/{router}/{name}" },
  google_compute_security_policy: compute("global", "securityPolicies"),
  google_compute_ssl_policy: compute("global", "sslPolicies"),
  google_compute_subnetwork: compute("regions/{region}", "subnetworks"),
  google_compute_target_http_proxy: compute("global", "targetHttpProxies"),
  google_compute_target_https_proxy: compute("global", "targetHttpsProxies"),
  google_compute_url_map: compute("global", "urlMaps"),
  google_container_analysis_note: { id: "projects/{project}/notes/{name}" },
  google_container_analysis_note_iam_member: member("projects/{project}/notes/{note}"),
  google_container_cluster: { id: "projects/{project}/locations/{location}/clusters/{name}" },
  google_filestore_instance: { id: "projects/{project}/locations/{location}/instances/{name}" },
  google_gke_hub_membership: { id: "projects/{project}/locations/{location}/memberships/{membership_id}" },
  google_iap_web_type_compute_iam_member: member("projects/{project}/iap_web/compute"),
  google_kms_crypto_key: { id: "{key_ring}/cryptoKeys/{name}" },
  google_kms_crypto_key_iam_member: member("{crypto_key_id}"),
  google_kms_key_ring: { id: "projects/{project}/locations/{location}/keyRings/{name}" },
  google_logging_metric: { id: "{project} {name}" },
  google_billing_budget: { id: "billingAccounts/{billing_account}/budgets/{found}" },
  google_logging_log_view: { id: "{bucket}/views/{name}" },
  google_logging_log_view_iam_member: member("{parent}/locations/{location}/buckets/{bucket}/views/{name}"),
  google_logging_project_bucket_config: { id: "projects/{project}/locations/{location}/buckets/{bucket_id}" },
  google_logging_project_sink: { id: "projects/{project}/sinks/{name}" },
  google_logging_project_exclusion: { id: "projects/{project}/exclusions/{name}" },
  // Google chooses their names; display names have the environment's prefix.
  google_monitoring_alert_policy: { id: "{found}" },
  google_monitoring_dashboard: { id: "{found}" },
  google_monitoring_notification_channel: { id: "{found}" },
  google_monitoring_uptime_check_config: { id: "{found}" },
  google_project_iam_member: member("{project}"),
  google_project_service: { id: "{project}/{service}" },
  google_pubsub_topic: { id: "projects/{project}/topics/{name}" },
  google_pubsub_topic_iam_member: {
    again: "The role is granted once more: its member is Google's own account, which an apply first asks for.",
  },
  google_secret_manager_secret: { id: "projects/{project}/secrets/{secret_id}" },
  google_secret_manager_secret_iam_member: member("{secret_id}"),
  google_secret_manager_secret_version: {
    entry: "An import reads the value into the state, and then replaces the version by one with a new value.",
  },
  google_service_account: {
    id: "projects/{project}/serviceAccounts/{account_id}@{project}.iam.gserviceaccount.com",
  },
  google_service_account_iam_member: member("{service_account_id}"),
  google_service_networking_connection: { id: "{network}:{service}" },
  google_sql_database: { id: "projects/{project}/instances/{instance}/databases/{name}" },
  google_sql_database_instance: { id: "projects/{project}/instances/{name}" },
  google_sql_user: { id: "{project}/{instance}/{name}" },
  google_storage_bucket: { id: "{project}/{name}" },
  google_storage_bucket_iam_member: member("b/{bucket}"),
  google_storage_bucket_object: {
    again: "It is written once more with the same content: the provider cannot import objects.",
  },
  helm_release: { entry: "A cluster that has an operator keeps it: take it out of install_operators." },
  kubernetes_config_map_v1: NAMESPACED,
  kubernetes_cron_job_v1: NAMESPACED,
  kubernetes_deployment_v1: NAMESPACED,
  kubernetes_stateful_set_v1: NAMESPACED,
  kubernetes_horizontal_pod_autoscaler_v2: NAMESPACED,
  kubernetes_job_v1: NAMESPACED,
  // https://registry.terraform.io/providers/hashicorp/kubernetes/2.38.0/docs/resources/manifest#import
  kubernetes_manifest: {
    id: "apiVersion={manifest.apiVersion},kind={manifest.kind},namespace={manifest.metadata.namespace},name={manifest.metadata.name}",
  },
  kubernetes_namespace_v1: CLUSTER_WIDE,
  kubernetes_network_policy_v1: NAMESPACED,
  kubernetes_persistent_volume_claim_v1: NAMESPACED,
  kubernetes_persistent_volume_v1: CLUSTER_WIDE,
  kubernetes_pod_disruption_budget_v1: NAMESPACED,
  kubernetes_resource_quota_v1: NAMESPACED,
  kubernetes_role_binding_v1: NAMESPACED,
  kubernetes_role_v1: NAMESPACED,
  kubernetes_secret_v1: { entry: "An import reads the values into the state, where they stay." },
  kubernetes_service_account_v1: NAMESPACED,
  kubernetes_service_v1: NAMESPACED,
  random_id: { id: "{found}" },
  terraform_data: { again: "It remembers the variables as they are now: nothing outside the state belongs to it." },
} as const satisfies Readonly<Record<string, Way>>;
export const WAYS: Readonly<Record<string, Way>> = KNOWN;

/** Types of which only Google knows a part of the id. */
export type LookedUp = {
  [Type in keyof typeof KNOWN]: (typeof KNOWN)[Type] extends { readonly id: `${string}{found}${string}` }
    ? Type
    : never;
}[keyof typeof KNOWN];

/** @returns the import id of a resource; Terraform expressions stay as they are @throws if an argument is missing */
export function importId(format: string, block: Readonly<Record<string, unknown>>): string {
  const id = format.replace(/\{([\w.]+)\}/g, (_, path: string) => {
    const value = path
      .split(".")
      .reduce<unknown>((part, name) => (part as Record<string, unknown> | undefined)?.[name], block);
    if (typeof value !== "string") throw new Error(`A resource without ${path} cannot be imported by ${format}`);
    return value;
  });
  const { condition } = block as { condition?: { title?: string } };
  return format.endsWith("{member}") && condition?.title ? `${id} ${condition.title}` : id;
}
