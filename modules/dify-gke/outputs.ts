import { TerraformOutput } from "cdktf";
import { Construct } from "constructs";
import type { AppGke } from "../app-gke/app-gke";
import type { ApplicationConfig } from "../app-gke/application-config";
import { keyName } from "../app-gke/google/encryption";
import type { Installation } from "../app-gke/installation";
import type { Delivery } from "../app-gke/delivery/delivery";
import { gitHubRepository } from "../app-gke/delivery/source";
import { mirrorHost, type SharedServices } from "../app-gke/google/shared-services";
import { serviceName } from "../app-gke/workload/component-service";
import { OUTPUT_OFF } from "../app-gke/terraform/listed-outputs";
import type { Workload } from "../app-gke/workload/workload";
import { IMPORT_JOB, secretNames } from "../dify-common";
import { buildsImage } from "./build";
import { guestRedis } from "./redis-servers";
import { isStateful } from "./stateful-set";
import type { Variables } from "./variables";

export interface OutputsProps {
  readonly variables: Variables;
  readonly installation: Installation;
  readonly services: SharedServices;
  readonly application: ApplicationConfig;
  readonly app: AppGke;
}

interface Output {
  readonly value: unknown;
  readonly description: string;
  /** Only shown if asked for by name. @default false */
  readonly sensitive?: boolean;
}

/** All documented outputs, `null` or empty for what is off, and a few more. */
export class Outputs extends Construct {
  constructor(scope: Construct, id: string, props: OutputsProps) {
    super(scope, id);
    const all = { ...service(props), ...data(props), ...platform(props), ...delivery(props), ...own(props) };
    for (const [name, { value, description, sensitive }] of Object.entries(all)) {
      const output = new TerraformOutput(this, name, { value: value ?? OUTPUT_OFF, description, sensitive });
      output.overrideLogicalId(name);
    }
  }
}

function service({ app, application, installation, variables }: OutputsProps): Record<string, Output> {
  const workload = app.backend;
  const entry = workload?.kubernetesServices[application.entryPoint];
  const own = new Set(["api", "web", application.entryPoint]);
  const others = Object.entries(workload?.kubernetesServices ?? {}).filter(([name]) => !own.has(name));
  return {
    service_name: { value: entry?.name, description: "Kubernetes Service of the entry point" },
    namespace: { value: app.namespace, description: "Kubernetes namespace of the environment itself" },
    service_url: { value: workload?.bindings.publicUrl, description: "Where Dify is reached" },
    web_url: { value: workload?.bindings.publicUrl, description: "Where a browser reaches Dify" },
    service_external_ip: {
      value: workload && (app.frontDoor.edge?.address.ip ?? entry?.externalIp),
      description: "Address of the load balancer",
    },
    service_cluster_ip: { value: entry?.clusterIp, description: "Address of the entry point inside the cluster" },
    stage_service_cluster_ips: {
      value: Object.fromEntries(
        stagesHere(app).map(([name, stage]) => [name, stage.kubernetesServices[application.entryPoint]?.clusterIp]),
      ),
      description: "Addresses of the entry points inside the cluster, by Cloud Deploy stage",
    },
    additional_service_urls: {
      value: Object.fromEntries(others.map(([name, other]) => [name, `http://${other.host}`])),
      description: "Addresses of the other components inside the cluster",
    },
    kubernetes_ready: { value: workload !== undefined, description: "Whether anything is deployed into the cluster" },
    initialization_jobs: { value: Object.values(app.home.workload?.jobs ?? {}), description: "Kubernetes Jobs" },
    cron_jobs: { value: Object.values(app.home.workload?.cronJobs ?? {}), description: "Kubernetes CronJobs" },
    statefulset_name: {
      value: workload && isStateful(variables) ? serviceName(installation, "api") : undefined,
      description: "StatefulSet of the API",
    },
    nfs_setup_job: { value: undefined, description: "Job that prepares the share: not needed, the kubelet does it" },
    db_import_job: { value: app.home.workload?.jobs[IMPORT_JOB], description: "Job that imports a backup" },
  };
}

function data({ app, application, variables }: OutputsProps): Record<string, Output> {
  const { database } = application;
  const passwordSecret = database?.passwordSecret;
  // KubeBlocks' is known by what pods are told of it.
  const inCluster = database?.inCluster === undefined ? undefined : database;
  const host = inCluster && app.home.workload?.bindings.database?.host;
  return {
    database_instance_name: { value: app.lookup.sql?.name, description: "Cloud SQL instance" },
    database_name: { value: app.home.database?.name ?? inCluster?.name, description: "The application's database" },
    database_user: {
      value: app.home.database?.user ?? inCluster?.user,
      description: "The application's database user",
    },
    database_host: {
      value: app.lookup.sql?.privateIp ?? host,
      description: "Private address of the instance, or the Service of KubeBlocks' primary",
    },
    database_port: { value: 5432, description: "Port of the database" },
    database_password_secret: {
      value: passwordSecret === undefined ? undefined : app.home.secrets.get(passwordSecret).secretId || undefined,
      description: "Secret Manager secret with the password of the database user",
    },
    storage_buckets: { value: app.home.buckets.names, description: "Buckets by suffix" },
    nfs_server_ip: { value: app.lookup.share?.ip, description: "Address of the NFS server", sensitive: true },
    nfs_mount_path: {
      value: variables.enable_nfs ? variables.nfs_mount_path : undefined,
      description: "Where pods see the share",
    },
    nfs_share_path: {
      value: variables.enable_nfs ? app.lookup.share?.sharePath : undefined,
      description: "Exported directory",
    },
  };
}

function platform({ app, installation, services, application, variables }: OutputsProps): Record<string, Output> {
  const { registry } = services;
  const mirror = mirrorHost(services, installation);
  const api = application.components.find((component) => component.name === "api");
  return {
    network_name: { value: app.lookup.networkName, description: "VPC network" },
    network_exists: { value: !services.network.create, description: "Whether the network was there before" },
    regions: { value: [installation.region], description: "Regions in use" },
    region: { value: installation.region, description: "Region of the deployment" },
    container_image: {
      value: api && (app.home.workload?.image(api.image) ?? api.image),
      description: "Image of the API",
    },
    container_registry: { value: mirror, description: "Artifact Registry repository that images come through" },
    artifact_registry_repository: {
      value: (app.delivery ?? app.imageBuild)?.images.name ?? registry?.name,
      description: "Name of the repository of built images, or of the mirror where none is built",
    },
    artifact_registry_cmek_enabled: {
      value: keyName(installation.encryption, "images", installation.region) !== undefined,
      description: "Whether it is encrypted with your own key",
    },
    deployment_id: { value: installation.deploymentId, description: "Part of every resource's name" },
    tenant_id: { value: installation.tenantId, description: "Tenant" },
    resource_prefix: { value: installation.resourcePrefix, description: "First part of every resource's name" },
    project_id: { value: installation.projectId, description: "Google Cloud project" },
    project_number: { value: app.lookup.projectNumber, description: "Its number" },
    monitoring_enabled: { value: app.monitoring.isOn, description: "Whether any alert is set up" },
    monitoring_notification_channels: { value: app.monitoring.channels, description: "Who is told, as channels" },
    uptime_check_names: { value: app.monitoring.uptimeChecks, description: "Uptime checks" },
    log_view: { value: app.monitoring.logView, description: "View of the environment's own log bucket" },
    vpc_sc_enabled: { value: app.perimeter !== undefined, description: "Whether a service perimeter is set up" },
    vpc_sc_perimeter_name: { value: app.perimeter?.name, description: "Its name" },
    vpc_sc_dry_run_mode: { value: app.perimeter?.dryRun, description: "Whether it only logs" },
    audit_logging_enabled: { value: variables.enable_audit_logging, description: "Whether data access is logged" },
  };
}

function delivery({ app, variables }: OutputsProps): Record<string, Output> {
  const { delivery } = app;
  const url = variables.github_repository_url;
  const [owner, name] = url === "" ? [] : gitHubRepository(url);
  return {
    cicd_enabled: { value: variables.enable_cicd_trigger, description: "Whether a trigger builds and deploys" },
    github_repository_url: { value: url || undefined, description: "Repository" },
    github_repository_owner: { value: owner, description: "Its owner" },
    github_repository_name: { value: name, description: "Its name" },
    cloudbuild_trigger_name: { value: app.trigger?.name, description: "Cloud Build trigger" },
    cloudbuild_trigger_id: { value: app.trigger?.triggerId, description: "Its id" },
    cicd_configuration: {
      value: delivery && deliveryFacts(app, delivery, variables),
      description: "What the trigger does",
    },
    cloud_deploy_pipeline: { value: delivery?.pipeline?.name, description: "Cloud Deploy pipeline" },
    cloud_deploy_targets: { value: delivery?.pipeline?.targets ?? {}, description: "Its targets, by stage" },
    cloud_deploy_service_account: {
      value: app.delivery?.accounts.executor?.email,
      description: "Account that deploys releases: delivered_by_service_account of environments that are stages",
    },
  };
}

function deliveryFacts(app: AppGke, { pipeline, pool }: Delivery, variables: Variables): Record<string, unknown> {
  const built = buildsImage(variables);
  return {
    trigger: app.trigger?.name,
    branch_pattern: variables.cicd_trigger_config.branch_pattern,
    builds: built ? "image" : "nothing",
    version_file: built ? OUTPUT_OFF : variables.cicd_trigger_config.version_file,
    image_repository: app.delivery?.images.host ?? OUTPUT_OFF,
    deploys: pipeline ? "release" : "images",
    stages: variables.enable_cloud_deploy ? variables.cloud_deploy_stages.map(({ name }) => name) : [],
    worker_pool: pool ?? OUTPUT_OFF,
  };
}

/** This environment's own stages, including the environment itself. */
function stagesHere(app: AppGke): (readonly [name: string, workload: Workload])[] {
  const home = app.delivery?.homeStage;
  return [
    ...(home !== undefined && app.home.workload ? [[home, app.home.workload] as const] : []),
    ...Object.entries(app.stages).flatMap(([name, { workload }]) => (workload ? [[name, workload] as const] : [])),
  ];
}

function own({ app, services, variables }: OutputsProps): Record<string, Output> {
  const { binaryAuthorization } = app;
  return {
    dns_records: {
      value: app.frontDoor.edge?.dnsRecords ?? [],
      description: "Records to create for application_domains: their address, and the proof that they are yours",
    },
    nat_addresses: {
      value: app.lookup.natAddresses,
      description:
        "Reserved addresses of outgoing connections, for providers that allow access by address (nat_address_count)",
    },
    multi_cluster_service_host: {
      value: app.multiClusterHost,
      description: "Name of the entry point's Service in other clusters of the fleet (enable_multi_cluster_service)",
    },
    iap_authorized: {
      value: app.frontDoor.edge?.signIn?.members ?? [],
      description: "Who may enter through Identity-Aware Proxy",
    },
    binary_authorization: {
      value: binaryAuthorization && {
        attestor: binaryAuthorization.attestorId,
        key_version: binaryAuthorization.keyVersion,
        mode: binaryAuthorization.mode,
        images: binaryAuthorization.images,
        exempt_images: binaryAuthorization.exemptImages,
      },
      description: "Who attests images, with which key; the images in use, and those that run without an attestation",
    },
    redis_guests: {
      value: Object.fromEntries(
        Object.entries(guestRedis(variables, services)).map(([guest, { port, passwordSecret }]) => [
          guest,
          {
            nfs_instance_name: services.fileServer?.name,
            redis_port: String(port),
            redis_password_secret: passwordSecret,
          },
        ]),
      ),
      description: "What environments set that have a Redis server on this file server (nfs_redis_guests)",
    },
    init_password_secret: {
      value: app.home.secrets.get(secretNames.initPassword).secretId || undefined,
      description: "Secret Manager secret with the password that Dify's first visit asks for",
    },
  };
}
