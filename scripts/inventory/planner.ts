import { permissionsFor } from "../doctor/permissions";

/** What data sources and ephemeral resources read, by type. */
const OF_DATA: Readonly<Record<string, readonly string[]>> = {
  // A role in the organization: roles/accesscontextmanager.policyReader.
  google_access_context_manager_access_policy: [],
  google_artifact_registry_docker_image: ["artifactregistry.dockerimages.list"],
  google_artifact_registry_repositories: ["artifactregistry.repositories.list"],
  google_artifact_registry_repository: ["artifactregistry.repositories.get"],
  google_client_config: [],
  google_client_openid_userinfo: [],
  google_compute_address: ["compute.addresses.get"],
  google_compute_addresses: ["compute.addresses.list"],
  google_compute_global_address: ["compute.globalAddresses.get"],
  google_compute_instance: ["compute.instances.get"],
  google_compute_network: ["compute.networks.get"],
  google_compute_networks: ["compute.networks.list"],
  google_compute_router_nat: ["compute.routers.get"],
  google_compute_routers: ["compute.routers.list"],
  google_compute_security_policy: ["compute.securityPolicies.get"],
  google_compute_subnetwork: ["compute.subnetworks.get"],
  google_compute_subnetworks: ["compute.subnetworks.list"],
  google_compute_zones: ["compute.zones.list"],
  google_container_cluster: ["container.clusters.get"],
  google_filestore_instance: ["file.instances.get"],
  google_kms_crypto_key: ["cloudkms.cryptoKeys.get"],
  google_kms_crypto_keys: ["cloudkms.cryptoKeys.list"],
  google_kms_key_rings: ["cloudkms.keyRings.list"],
  google_kms_crypto_key_version: ["cloudkms.cryptoKeyVersions.get", "cloudkms.cryptoKeyVersions.viewPublicKey"],
  // https://cloud.google.com/logging/docs/reference/v2/rest/v2/TopLevel/getSettings
  google_logging_project_settings: ["logging.settings.get"],
  google_project: ["resourcemanager.projects.get"],
  google_project_iam_policy: ["resourcemanager.projects.getIamPolicy"],
  google_project_service: ["serviceusage.services.get"],
  google_secret_manager_secret_version: ["secretmanager.versions.access", "secretmanager.versions.get"],
  google_secret_manager_secrets: ["secretmanager.secrets.list"],
  google_sql_database_instance: ["cloudsql.instances.get"],
  google_sql_database_instances: ["cloudsql.instances.list"],
  google_sql_databases: ["cloudsql.databases.list"],
  google_storage_bucket: ["storage.buckets.get"],
  // Names of objects in a bucket of the user's own: given on that bucket, as it is for who applies.
  google_storage_bucket_objects: [],
  // https://cloud.google.com/storage/docs/access-control/iam-json: projects.serviceAccount.get
  google_storage_project_service_account: ["resourcemanager.projects.get"],
  kubernetes_config_map_v1: ["container.configMaps.get"],
  kubernetes_namespace_v1: ["container.namespaces.get"],
  kubernetes_persistent_volume_claim_v1: ["container.persistentVolumeClaims.get"],
  // Custom kinds, and what a component's pods were before they are made in another way.
  kubernetes_resources: ["deployments", "statefulSets", "thirdPartyObjects"].map((kind) => `container.${kind}.list`),
  kubernetes_service_account_v1: ["container.serviceAccounts.get"],
  kubernetes_service_v1: ["container.services.get"],
  random_password: [],
};
/** The kinds of custom resources, and the project's quota. */
const OF_PROVIDERS = ["container.customResourceDefinitions.list", "serviceusage.services.use"];
/** The permissions that a plan needs, of those that an apply needs. */
const READ = /\.(get|list|getIamPolicy)$/;
/** Content of buckets, and Dify keeps users' files in some: it is given on one bucket instead. */
const NOT_EVERYWHERE = ["storage.objects.get"];

const HEAD = `# What a plan reads: gcloud iam roles create difyPlanner --project=my-project --file=examples/pipelines/planner.yaml
# Nothing in it can change anything. secretmanager.versions.access and container.secrets.get read secrets.
# Written by npm run inventory, from the resources of all variants.
title: Dify planner
description: Reads what a plan of Dify's stacks reads
stage: GA
includedPermissions:
`;

/**
 * The role for an account that only plans: exactly what the stacks' resources and data sources read.
 * @param addresses of all variants: `google_storage_bucket.files`, `data.google_project.project`
 * @returns a role for `gcloud iam roles create`, and the types that nobody has looked up
 */
export function plannerRole(addresses: readonly string[]): {
  readonly text: string;
  readonly unknown: readonly string[];
} {
  const places = addresses.map((address) => address.split("."));
  const data = new Set(places.flatMap(([kind, type = ""]) => (kind === "data" || kind === "ephemeral" ? [type] : [])));
  const resources = places.flatMap(([type = ""]) => (/^(google|kubernetes|random)_/.test(type) ? [type] : []));
  const { permissions, unknown } = permissionsFor(resources);
  const all = new Set([
    ...permissions.filter((permission) => READ.test(permission) && !NOT_EVERYWHERE.includes(permission)),
    ...[...data].flatMap((type) => (Object.hasOwn(OF_DATA, type) ? (OF_DATA[type] ?? []) : [])),
    ...OF_PROVIDERS,
  ]);
  return {
    text: `${HEAD}${[...all]
      .sort()
      .map((permission) => `  - ${permission}\n`)
      .join("")}`,
    unknown: [
      ...unknown,
      ...[...data].filter((type) => !Object.hasOwn(OF_DATA, type)).map((type) => `data.${type}`),
    ].sort(),
  };
}

/** @returns the addresses that an inventory lists, also those that are not there but in the base */
export function addressesIn(inventory: string): string[] {
  return [...inventory.matchAll(/^(?:[+-] )?((?:data|ephemeral)\.\w+\.\S+|[a-z]+_\w+\.\S+)$/gm)].map(
    ([, address = ""]) => address,
  );
}
