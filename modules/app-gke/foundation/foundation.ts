import { dependable, type ITerraformDependable, type Precondition, type TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { createsKeys, type KeyPurpose } from "../google/encryption";
import type { Installation } from "../installation";
import { GoogleApis } from "../google/google-apis";
import { checkIdentity } from "../google/identity-check";
import { natAddressNames } from "../google/nat-addresses";
import { createsRegistry, networkProject, type SharedServices } from "../google/shared-services";
import { resourcesOf } from "../terraform/dependencies";
import { requireOneCopy } from "../terraform/one-copy";
import { requireProviders } from "../terraform/providers";
import { Cluster } from "./cluster";
import { EncryptionKeys } from "./encryption-keys";
import { ExistingCluster } from "./existing-cluster";
import { FileServer } from "./file-server";
import { keepsFileServer, keepsGuests, stopsDestroy, stopsRemoval } from "./file-server-guests";
import { Filestore } from "./filestore";
import { leavesNothingBehind } from "./left-behind";
import { Memorystore, removeMemorystore } from "./memorystore";
import { Nat } from "./nat";
import { Network } from "./network";
import { hasPrivateServices, PrivateServicesAccess } from "./private-services-access";
import { Registry } from "./registry";
import { SqlInstance } from "./sql-instance";
import { subnetworkFor } from "./subnetwork";

/**
 * Terraform types that hold data, or run what holds it. The instance group is one: a disk is empty until a VM has
 * started in its zone.
 */
const IRREPLACEABLE = [
  "google_compute_disk",
  "google_compute_instance_group_manager",
  "google_compute_region_disk",
  "google_container_cluster",
  "google_filestore_instance",
  "google_sql_database_instance",
];

/** What each type of resource is encrypted with, if there is a key. */
const ENCRYPTED: Readonly<Record<string, readonly KeyPurpose[]>> = {
  google_artifact_registry_repository: ["images"],
  google_compute_disk: ["files"],
  google_compute_instance_template: ["files"],
  google_container_cluster: ["cluster", "nodes"],
  google_filestore_instance: ["filestore"],
  google_secret_manager_secret: ["secrets"],
  google_sql_database_instance: ["database"],
};

export interface FoundationProps {
  readonly installation: Installation;
  readonly services: SharedServices;
}

/**
 * Creates the shared services that are marked for it; existing ones are found by name where a new one needs them.
 * Cluster and SQL instance take ten minutes each, so neither waits for the other.
 */
export class Foundation extends Construct {
  /** What holds data that is lost if the variables that name it change; if none of it is created here, all resources. */
  readonly irreplaceable: readonly ITerraformDependable[];
  /** What has to hold in every plan, so that nobody loses data. */
  readonly conditions: readonly Precondition[];

  constructor(scope: Construct, id: string, props: FoundationProps) {
    super(scope, id);
    requireOneCopy(scope);
    checkIdentity(props.installation);
    const { installation, services } = props;
    const { encryption } = installation;
    requireProviders(this, ["google", "random"], encryption !== undefined && createsKeys(encryption));
    const { projectId, region } = installation;
    const { cluster, fileServer, filestore, memorystore, sql } = services;
    const registry = createsRegistry(services) ? services.registry : undefined;
    const apis = new GoogleApis(this, "services", { projectId });

    const inNetwork = networkProject(services, installation);
    const network = new Network(this, "network", {
      projectId: inNetwork,
      name: services.network.name,
      create: services.network.create,
      dependsOn: apis.on("compute.googleapis.com"),
    });
    const { networkId, name: networkName } = network;

    const subnetwork =
      cluster.create || fileServer?.create
        ? subnetworkFor(this, {
            projectId: inNetwork,
            region,
            networkId,
            networkName,
            settings: services.network.subnetwork,
            forCluster: cluster.create,
          })
        : undefined;
    const privateServices = services.network.createPrivateServicesAccess
      ? new PrivateServicesAccess(this, "private-services", {
          projectId: inNetwork,
          networkId,
          networkName,
          existingNetwork: !services.network.create,
          dependsOn: [
            ...apis.on("compute.googleapis.com", "servicenetworking.googleapis.com"),
            // Google takes the range from what is free: it must not be the one that the subnetwork is about to get.
            ...(subnetwork?.resource ? [subnetwork.resource] : []),
          ],
        })
      : undefined;

    const needsConnection = sql?.create === true || memorystore !== undefined || filestore?.create !== undefined;
    const precondition: readonly Precondition[] =
      !needsConnection || services.network.create || privateServices
        ? []
        : [hasPrivateServices(this, "existing-private-services", { projectId: inNetwork, networkName })];
    if (sql?.create) {
      new SqlInstance(this, "sql", {
        installation,
        settings: sql,
        network,
        precondition,
        dependsOn: [
          ...apis.on("sqladmin.googleapis.com", "servicenetworking.googleapis.com"),
          ...(privateServices ? [privateServices.ready] : []),
        ],
      });
    }

    const redis =
      memorystore &&
      new Memorystore(this, {
        installation,
        settings: memorystore,
        network,
        precondition,
        dependsOn: [
          ...apis.on("redis.googleapis.com", "servicenetworking.googleapis.com", "secretmanager.googleapis.com"),
          ...(privateServices ? [privateServices.ready] : []),
        ],
        secretApis: apis.on("secretmanager.googleapis.com"),
      });
    if (!redis) removeMemorystore(this);

    const nat = subnetwork
      ? new Nat(this, "nat", {
          projectId: inNetwork,
          region,
          networkId,
          subnetworkId: subnetwork.subnetworkId,
          subnetworkName: subnetwork.name,
          existingNetwork: services.network.create ? undefined : networkName,
          create: services.network.createNat,
          owner: installation.resourcePrefix,
          addressNames: natAddressNames(services.network),
        })
      : undefined;

    const clusterAccess =
      subnetwork && cluster.create
        ? new Cluster(this, "cluster", {
            installation,
            settings: cluster,
            network,
            subnetwork,
            dependsOn: apis.on(
              "cloudresourcemanager.googleapis.com",
              "compute.googleapis.com",
              "container.googleapis.com",
              "iam.googleapis.com",
              // The cluster is created with the policy enforced.
              ...(cluster.binaryAuthorization ? (["binaryauthorization.googleapis.com"] as const) : []),
            ),
            secretApis: apis.on("secretmanager.googleapis.com"),
          })
        : fileServer?.create || filestore?.create || registry
          ? new ExistingCluster(this, "existing-cluster", { installation, settings: cluster })
          : undefined;

    if (subnetwork && nat && clusterAccess && fileServer?.create) {
      new FileServer(this, "file-server", {
        installation,
        settings: fileServer,
        network,
        networkProject: inNetwork,
        createFirewall: services.network.createFirewall ?? true,
        subnetwork,
        nodeCidr: clusterAccess.nodeCidr,
        podCidr: clusterAccess.podCidr,
        internetAccess: nat.ready,
        dependsOn: apis.on("compute.googleapis.com", "iam.googleapis.com", "secretmanager.googleapis.com"),
      });
    }

    if (filestore?.create && clusterAccess) {
      new Filestore(this, "filestore", {
        installation,
        name: filestore.name,
        location: filestore.location,
        settings: filestore.create,
        network,
        nodeCidr: clusterAccess.nodeCidr,
        precondition,
        dependsOn: privateServices ? [privateServices.ready] : [],
        secretApis: apis.on("secretmanager.googleapis.com"),
      });
    }

    if (registry && clusterAccess) {
      new Registry(this, "registry", {
        installation,
        settings: registry,
        nodeServiceAccount: clusterAccess.nodeServiceAccount,
        dependsOn: apis.on("artifactregistry.googleapis.com"),
        secretApis: registry.credentials ? apis.on("secretmanager.googleapis.com") : [],
      });
    }
    if (encryption) {
      const keys = new EncryptionKeys(this, "keys", { installation, encryption, enabled: (...on) => apis.on(...on) });
      waitForKeys(this, keys);
      if (redis) waitFor(redis.encrypted, keys.ready("redis"));
    }
    const resources = resourcesOf(this);
    const irreplaceable = resources.filter(({ terraformResourceType }) =>
      IRREPLACEABLE.includes(terraformResourceType),
    );
    this.irreplaceable = irreplaceable.length > 0 ? irreplaceable : resources;
    this.conditions = this.dataElsewhere(props, resources, apis);
  }

  /** @returns conditions that refuse to delete what still holds data of the application or of others */
  private dataElsewhere(
    { installation, services: { fileServer, former } }: FoundationProps,
    resources: readonly ITerraformDependable[],
    apis: GoogleApis,
  ): readonly Precondition[] {
    const secrets = { installation, dependsOn: apis.on("secretmanager.googleapis.com") };
    const here = fileServer?.create ? { ...secrets, name: fileServer.name } : undefined;
    if (here) stopsDestroy(this, here, resources);
    else stopsRemoval(this);
    const dependsOn = [...secrets.dependsOn, ...apis.on("compute.googleapis.com")];
    return [
      ...(here && fileServer ? [keepsGuests(this, fileServer, here)] : []),
      ...(former?.fileServer === undefined ? [] : [keepsFileServer(this, { ...secrets, name: former.fileServer })]),
      ...(former ? leavesNothingBehind(this, { installation, former, dependsOn }) : []),
    ];
  }
}

/** Google checks a key, and its own right to use it, when something is created. */
function waitForKeys(scope: Construct, keys: EncryptionKeys): void {
  for (const resource of resourcesOf(scope)) {
    waitFor(
      resource,
      (ENCRYPTED[resource.terraformResourceType] ?? []).flatMap((purpose) => keys.ready(purpose)),
    );
  }
}

function waitFor(resource: TerraformResource, before: readonly ITerraformDependable[]): void {
  if (before.length > 0) resource.dependsOn = [...(resource.dependsOn ?? []), ...before.map(dependable)];
}
