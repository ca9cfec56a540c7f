import type { RestScriptPrefix } from "../../modules/app-gke/google/rest-script";
import type { Resource } from "../stacks/resources";

/**
 * What Terraform needs to create, read, change and delete a resource of a type, by Google's names for permissions
 * (https://cloud.google.com/iam/docs/permissions-reference). `compute.networks: create get` is two of them.
 */
const BY_TYPE: Readonly<Record<string, readonly string[]>> = {
  // In the organization, where `permissions` does not look: `perimeter` does.
  google_access_context_manager_access_level: [],
  google_access_context_manager_service_perimeter: [],
  google_artifact_registry_repository: ["artifactregistry.repositories: create get update delete"],
  google_artifact_registry_repository_iam_member: ["artifactregistry.repositories: getIamPolicy setIamPolicy"],
  google_binary_authorization_attestor: ["binaryauthorization.attestors: create get update delete"],
  google_binary_authorization_attestor_iam_member: ["binaryauthorization.attestors: getIamPolicy setIamPolicy"],
  google_certificate_manager_certificate: ["certificatemanager.certs: create get update delete"],
  google_certificate_manager_certificate_map: ["certificatemanager.certmaps: create get update delete"],
  google_certificate_manager_certificate_map_entry: ["certificatemanager.certmapentries: create get update delete"],
  google_certificate_manager_dns_authorization: ["certificatemanager.dnsauthorizations: create get update delete"],
  // Triggers have the permissions of builds: https://cloud.google.com/build/docs/iam-roles-permissions
  google_cloudbuild_trigger: ["cloudbuild.builds: create get update"],
  google_cloudbuild_worker_pool: ["cloudbuild.workerpools: create get update delete"],
  google_cloudbuildv2_connection: ["cloudbuild.connections: create get update delete"],
  google_cloudbuildv2_repository: ["cloudbuild.repositories: create get delete"],
  google_clouddeploy_automation: ["clouddeploy.automations: create get update delete"],
  google_clouddeploy_delivery_pipeline: ["clouddeploy.deliveryPipelines: create get update delete"],
  google_clouddeploy_delivery_pipeline_iam_member: ["clouddeploy.deliveryPipelines: getIamPolicy setIamPolicy"],
  google_clouddeploy_target: ["clouddeploy.targets: create get update delete"],
  google_clouddeploy_target_iam_member: ["clouddeploy.targets: getIamPolicy setIamPolicy"],
  google_compute_address: ["compute.addresses: create createInternal get delete", "compute.subnetworks: use"],
  google_compute_backend_service: ["compute.backendServices: create get update delete"],
  google_compute_disk: ["compute.disks: create get update resize delete"],
  google_compute_disk_resource_policy_attachment: [
    "compute.disks: addResourcePolicies removeResourcePolicies",
    "compute.resourcePolicies: use",
  ],
  google_compute_firewall: ["compute.firewalls: create get update delete", "compute.networks: updatePolicy"],
  google_compute_global_address: ["compute.globalAddresses: create createInternal get delete"],
  google_compute_global_forwarding_rule: ["compute.globalForwardingRules: create get delete"],
  google_compute_health_check: ["compute.healthChecks: create get update delete"],
  google_compute_instance_group_manager: ["compute.instanceGroupManagers: create get update delete"],
  google_compute_instance_template: [
    "compute.instanceTemplates: create get delete",
    "compute.instances: create",
    "iam.serviceAccounts: actAs",
  ],
  google_compute_network: ["compute.networks: create get update delete"],
  google_compute_network_endpoint_group: ["compute.networkEndpointGroups: create get delete"],
  google_compute_resource_policy: ["compute.resourcePolicies: create get delete"],
  google_compute_router: ["compute.routers: create get update delete"],
  google_compute_router_nat: ["compute.routers: get update"],
  google_compute_security_policy: ["compute.securityPolicies: create get update delete"],
  google_compute_ssl_policy: ["compute.sslPolicies: create get update delete"],
  google_compute_subnetwork: ["compute.subnetworks: create get update delete"],
  google_compute_target_http_proxy: ["compute.targetHttpProxies: create get delete"],
  google_compute_target_https_proxy: ["compute.targetHttpsProxies: create get update delete"],
  google_compute_url_map: ["compute.urlMaps: create get update delete"],
  google_container_analysis_note: ["containeranalysis.notes: create get update delete"],
  google_container_analysis_note_iam_member: ["containeranalysis.notes: getIamPolicy setIamPolicy"],
  google_container_cluster: ["container.clusters: create get update delete", "iam.serviceAccounts: actAs"],
  google_filestore_instance: ["file.instances: create get update delete"],
  google_gke_hub_membership: ["gkehub.memberships: create get update delete"],
  google_iap_web_type_compute_iam_member: ["iap.webTypes: getIamPolicy setIamPolicy"],
  google_kms_crypto_key: ["cloudkms.cryptoKeys: create get list update"],
  google_kms_crypto_key_iam_member: ["cloudkms.cryptoKeys: getIamPolicy setIamPolicy"],
  google_kms_key_ring: ["cloudkms.keyRings: create get list"],
  // Needs permissions in the billing account, which is not part of the project: docs/monitoring.md.
  google_billing_budget: [],
  google_logging_log_view: ["logging.views: create get update delete"],
  google_logging_log_view_iam_member: ["logging.views: getIamPolicy setIamPolicy"],
  google_logging_project_bucket_config: ["logging.buckets: create get update delete"],
  google_logging_project_sink: ["logging.sinks: create get update delete"],
  google_logging_metric: ["logging.logMetrics: create get update delete"],
  google_logging_project_exclusion: ["logging.exclusions: create get update delete"],
  google_monitoring_alert_policy: ["monitoring.alertPolicies: create get update delete"],
  google_monitoring_dashboard: ["monitoring.dashboards: create get update delete"],
  google_monitoring_notification_channel: ["monitoring.notificationChannels: create get update delete"],
  google_monitoring_uptime_check_config: ["monitoring.uptimeCheckConfigs: create get update delete"],
  google_project_iam_member: ["resourcemanager.projects: getIamPolicy setIamPolicy"],
  google_project_service: ["serviceusage.services: enable get list"],
  google_pubsub_topic: ["pubsub.topics: create get update delete"],
  google_pubsub_topic_iam_member: ["pubsub.topics: getIamPolicy setIamPolicy"],
  google_secret_manager_secret: ["secretmanager.secrets: create get update delete"],
  google_secret_manager_secret_iam_member: ["secretmanager.secrets: getIamPolicy setIamPolicy"],
  google_secret_manager_secret_version: ["secretmanager.versions: add get enable disable destroy"],
  google_service_account: ["iam.serviceAccounts: create get update delete"],
  google_service_account_iam_member: ["iam.serviceAccounts: getIamPolicy setIamPolicy"],
  google_service_networking_connection: ["servicenetworking.services: addPeering get"],
  google_sql_database: ["cloudsql.databases: create get list delete"],
  google_sql_database_instance: ["cloudsql.instances: create get update delete"],
  google_sql_user: ["cloudsql.users: create list update delete"],
  google_storage_bucket: ["storage.buckets: create get update delete"],
  google_storage_bucket_iam_member: ["storage.buckets: getIamPolicy setIamPolicy"],
  google_storage_bucket_object: ["storage.objects: create get delete"],
  // A chart defines kinds, gives rights in the whole cluster, and is remembered in Secrets.
  helm_release: [
    "container.secrets: create get list update delete",
    "container.clusterRoles: create get update delete bind escalate",
    "container.clusterRoleBindings: create get update delete",
    "container.customResourceDefinitions: create get update delete",
    "container.configMaps: create get update delete",
    "container.deployments: create get list update delete",
    "container.jobs: create get list delete",
    "container.thirdPartyObjects: create get list update delete",
    "container.roles: create get update delete bind escalate",
    "container.roleBindings: create get update delete",
    "container.podDisruptionBudgets: create get update delete",
    "container.serviceAccounts: create get update delete",
    "container.services: create get update delete",
    "container.validatingWebhookConfigurations: create get update delete",
  ],
  kubernetes_config_map_v1: ["container.configMaps: create get update delete"],
  kubernetes_cron_job_v1: ["container.cronJobs: create get update delete"],
  kubernetes_deployment_v1: ["container.deployments: create get update delete"],
  kubernetes_horizontal_pod_autoscaler_v2: ["container.horizontalPodAutoscalers: create get update delete"],
  kubernetes_job_v1: ["container.jobs: create get update delete"],
  kubernetes_manifest: ["container.thirdPartyObjects: create get update delete"],
  kubernetes_namespace_v1: ["container.namespaces: create get update delete"],
  kubernetes_network_policy_v1: ["container.networkPolicies: create get update delete"],
  kubernetes_persistent_volume_claim_v1: ["container.persistentVolumeClaims: create get update delete"],
  kubernetes_persistent_volume_v1: ["container.persistentVolumes: create get update delete"],
  kubernetes_pod_disruption_budget_v1: ["container.podDisruptionBudgets: create get update delete"],
  kubernetes_resource_quota_v1: ["container.resourceQuotas: create get update delete"],
  kubernetes_role_binding_v1: ["container.roleBindings: create get update delete"],
  kubernetes_role_v1: ["container.roles: create get update delete bind escalate"],
  kubernetes_secret_v1: ["container.secrets: create get update delete"],
  kubernetes_service_account_v1: ["container.serviceAccounts: create get update delete"],
  kubernetes_service_v1: ["container.services: create get update delete"],
  kubernetes_stateful_set_v1: ["container.statefulSets: create get update delete"],
  random_id: [],
  terraform_data: [],
};

type Script = RestScriptPrefix | "CLUSTER";

/** The same for what Terraform has done by a script in `scripts/google/` and `scripts/kubernetes/`, by how its variables begin. */
const BY_SCRIPT: Readonly<Record<Script, readonly string[]>> = {
  AUDIT: ["resourcemanager.projects: getIamPolicy setIamPolicy", "secretmanager.secrets: get list update"],
  BACKUPS: ["container.thirdPartyObjects: list"],
  BINAUTHZ: ["binaryauthorization.policy: get update"],
  CLUSTER: [
    "container.deployments: get delete",
    "container.persistentVolumeClaims: list update",
    "container.statefulSets: create get update delete",
  ],
  FLEET: [
    "container.clusters: get",
    "container.thirdPartyObjects: create get delete",
    "gkehub.features: create get update delete",
    "gkehub.memberships: list",
    "gkehub.operations: get",
    "resourcemanager.projects: getIamPolicy setIamPolicy",
  ],
  IMAGE_BUILD: ["artifactregistry.tags: get", "cloudbuild.builds: create get list"],
  MEMORYSTORE: [
    "redis.instances: create get getAuthString update upgrade delete",
    "redis.operations: get",
    "secretmanager.secrets: get update",
    "secretmanager.versions: access add",
  ],
  // Lists the objects of an operator's kinds, to see whether somebody has some.
  OPERATORS: ["container.customResourceDefinitions: create get update delete", "container.thirdPartyObjects: list"],
  // In the organization, as its resources.
  PERIMETER: [],
  UPSTREAMS: ["artifactregistry.vpcscconfigs: get update"],
};
export const SCRIPTS = Object.keys(BY_SCRIPT) as readonly Script[];

/** @returns which scripts the provisioners of a resource run */
export function scriptsOf({ block }: Resource): Script[] {
  const { provisioner = [] } = block as {
    readonly provisioner?: readonly { readonly "local-exec"?: { readonly environment?: object } }[];
  };
  const variables = provisioner.flatMap((one) => Object.keys(one["local-exec"]?.environment ?? {}));
  return SCRIPTS.filter((script) => variables.includes(`${script}_SETTINGS`));
}

/**
 * @param types of the resources that Terraform manages
 * @param scripts that their provisioners run
 * @returns the permissions that they need, sorted, and the types that nobody has looked up
 */
export function permissionsFor(
  types: Iterable<string>,
  scripts: readonly Script[] = [],
): {
  readonly permissions: readonly string[];
  readonly unknown: readonly string[];
} {
  const known = [...new Set(types)];
  const lines = [
    ...known.flatMap((type) => (Object.hasOwn(BY_TYPE, type) ? (BY_TYPE[type] ?? []) : [])),
    ...scripts.flatMap((script) => BY_SCRIPT[script]),
  ];
  const permissions = lines.flatMap((line) => {
    const [resource = "", verbs = ""] = line.split(": ");
    return verbs.split(" ").map((verb) => `${resource}.${verb}`);
  });
  return {
    permissions: [...new Set(permissions)].sort(),
    unknown: known.filter((type) => !Object.hasOwn(BY_TYPE, type)).sort(),
  };
}
