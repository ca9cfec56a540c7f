import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { ApplicationConfig } from "./application-config";
import { BinaryAuthorization } from "./delivery/binary-authorization";
import { podImages } from "./delivery/images";
import { PolicyClaim } from "./delivery/policy-claim";
import type { DeliverySettings } from "./delivery/settings";
import type { Deployment } from "./deployment";
import { Edge } from "./edge/edge";
import { Gateway } from "./edge/gateway";
import type { FrontDoor } from "./edge/settings";
import { Address } from "./platform/address";
import { Buckets } from "./platform/buckets";
import { Database } from "./platform/database";
import { Identity } from "./platform/identity";
import { Lookup } from "./platform/lookup";
import { ExistingSecrets, ReleaseGuard } from "./platform/plan-checks";
import { Secrets } from "./platform/secrets";
import { type GoogleApi, ProjectServices } from "./project-services";
import { mirrorHost, type SharedServices } from "./shared-services";
import { EphemeralResource } from "./terraform/ephemeral";
import { Guard } from "./terraform/guard";
import { imageReference } from "./workload/image";
import type { ResourceQuota } from "./workload/namespace";
import { Workload } from "./workload/workload";

/** How pods run. */
export interface WorkloadSettings {
  /** Kubernetes namespace. @default - the resource prefix */
  readonly namespace?: string;
  /** Seconds until a rollout has failed. */
  readonly deploymentTimeoutSeconds: number;
  /** Pods, or `50%`, that stay up while nodes are drained. @default - no budget */
  readonly minAvailable?: string;
  /** Spread over zones; `strict` rather leaves a pod pending. @default - the scheduler's own choice */
  readonly topologySpread?: "preferred" | "strict";
  /** Default deny for every pod. */
  readonly networkSegmentation: boolean;
  readonly quota?: ResourceQuota;
  /** Full image reference of the Cloud SQL Auth Proxy. */
  readonly authProxyImage: string;
  /** Digests (`sha256:…`) by image, as its publisher names it: what is here runs by digest. @default - all by tag */
  readonly imageDigests?: Readonly<Record<string, string>>;
  /** Where pods that need shared files see the share. */
  readonly sharedFiles?: { readonly volumeName: string; readonly mountPath: string };
}

export interface AppGkeProps {
  readonly deployment: Deployment;
  readonly services: SharedServices;
  readonly application: ApplicationConfig;
  readonly frontDoor: FrontDoor;
  readonly workload: WorkloadSettings;
  readonly delivery?: DeliverySettings;
  /** A Redis of one's own. @default - the file server's */
  readonly redis?: { readonly host: string; readonly port: string };
  /** Period of Secret Manager's rotation reminders: `2592000s`. */
  readonly secretRotationPeriod: string;
  /** `false`: Google Cloud side only. */
  readonly deployApplication: boolean;
  /** Variables that must never change, by name. */
  readonly immutable: Readonly<Record<string, string>>;
  /** Refuses a release older than the one deployed. @default - any release goes */
  readonly release?: { readonly order: number; readonly allowDowngrade: boolean };
}

/** Google APIs that the application stack itself uses. */
const APIS: readonly GoogleApi[] = [
  "cloudresourcemanager.googleapis.com",
  "compute.googleapis.com",
  "container.googleapis.com",
  "iam.googleapis.com",
  "iamcredentials.googleapis.com",
  "pubsub.googleapis.com",
  "secretmanager.googleapis.com",
  "sqladmin.googleapis.com",
  "storage.googleapis.com",
];

/**
 * An application on GKE Autopilot: its Google Cloud side and, unless `deployApplication` is off, everything of it in the
 * cluster. It finds the shared services by name; `Foundation` creates those that do not exist yet.
 */
export class AppGke extends Construct {
  readonly lookup: Lookup;
  readonly identity: Identity;
  readonly buckets: Buckets;
  readonly secrets: Secrets;
  readonly database?: Database;
  /** Of the Service, where that is the front door; kept behind a gateway, so that there is a way back. */
  readonly address?: Address;
  /** Google's side of the gateway. */
  readonly edge?: Edge;
  /** Which images the cluster runs. `undefined`: any. */
  readonly binaryAuthorization?: BinaryAuthorization;
  /** Kubernetes namespace, whether or not anything is deployed into it. */
  readonly namespace: string;
  /** `undefined` with `deployApplication` off. */
  readonly workload?: Workload;

  constructor(scope: Construct, id: string, props: AppGkeProps) {
    super(scope, id);
    const { application, deployment, services } = props;
    const apis = new ProjectServices(this, "services", { projectId: deployment.projectId, apis: APIS });
    const enabled = (...names: GoogleApi[]): ITerraformDependable[] => apis.on(...names);

    const secretApis = enabled("secretmanager.googleapis.com");
    const existing = new ExistingSecrets(this, "existing-secrets", {
      deployment,
      definitions: application.secrets ?? [],
      dependsOn: secretApis,
    });
    const release =
      props.release &&
      new ReleaseGuard(this, "release", {
        ...props.release,
        deployment,
        version: application.version,
        dependsOn: secretApis,
      });
    new Guard(this, "guard", {
      immutable: props.immutable,
      checks: [...existing.checks, ...(release ? [release.check] : [])],
    });
    const { binaryAuthorization } = props.delivery ?? {};
    this.lookup = new Lookup(this, "lookup", { deployment, services });
    this.namespace = props.workload.namespace ?? deployment.resourcePrefix;
    this.identity = new Identity(this, "identity", {
      deployment,
      displayName: application.displayName,
      namespace: this.namespace,
      kubernetesServiceAccount: application.name,
      workloadPool: this.lookup.cluster.workloadPool,
      sqlInstance: services.sql?.name,
      dependsOn: enabled("iam.googleapis.com", "cloudresourcemanager.googleapis.com"),
    });
    this.buckets = new Buckets(this, "buckets", {
      deployment,
      definitions: application.buckets ?? [],
      member: this.identity.member,
      dependsOn: enabled("storage.googleapis.com"),
    });
    this.secrets = new Secrets(this, "secrets", {
      deployment,
      projectNumber: this.lookup.projectNumber,
      definitions: application.secrets ?? [],
      rotationPeriod: props.secretRotationPeriod,
      dependsOn: enabled("secretmanager.googleapis.com", "pubsub.googleapis.com"),
    });
    if (application.database && this.lookup.sql) {
      const password = this.secrets.get(application.database.passwordSecret);
      this.database = new Database(this, "database", {
        deployment,
        definition: application.database,
        instance: this.lookup.sql.name,
        password: password.value,
        passwordVersion: password.version,
      });
    }
    const { gateway, serviceType, reserveStaticIp, staticIpName } = props.frontDoor;
    // Behind a gateway the name is that of a global address.
    const named = gateway ? undefined : staticIpName;
    if (serviceType === "LoadBalancer" && (named || (reserveStaticIp && !staticIpName))) {
      this.address = new Address(this, "address", {
        deployment,
        name: named,
        dependsOn: enabled("compute.googleapis.com"),
      });
    }
    if (gateway) {
      this.edge = new Edge(this, "edge", {
        deployment,
        projectNumber: this.lookup.projectNumber,
        settings: gateway,
        addressName: staticIpName,
        enabled,
      });
    }
    if (binaryAuthorization) {
      const mirror = mirrorHost(services, deployment);
      const { authProxyImage, imageDigests: digests } = props.workload;
      const images = props.deployApplication ? podImages(application, services.sql && authProxyImage) : [];
      this.binaryAuthorization = new BinaryAuthorization(this, "binary-authorization", {
        deployment,
        projectNumber: this.lookup.projectNumber,
        cluster: services.cluster,
        settings: binaryAuthorization,
        images: images.map((image) => imageReference(image, { mirror, digests })),
        repository: mirror,
        enabled,
      });
    } else {
      // What an earlier apply wrote into the policy has to be taken out of it.
      new PolicyClaim(this, "binary-authorization", { clusterStays: !services.cluster.create, dependsOn: [] });
    }
    // Also where nothing is deployed: what an earlier apply made in the cluster has to be removed from it.
    this.connectToCluster();
    if (!props.deployApplication) {
      this.binaryAuthorization?.completeAfter();
      return;
    }

    this.workload = new Workload(this, "workload", {
      ...props.workload,
      deployment,
      application,
      namespace: this.namespace,
      frontDoor: props.frontDoor,
      reservedIp: this.address?.ip,
      publicUrls: this.edge?.publicUrls,
      trustedProxies: this.edge?.trustedProxies,
      googleServiceAccountEmail: this.identity.email,
      secrets: this.secrets,
      buckets: this.buckets.names,
      database: this.database && this.lookup.sql && { resource: this.database, instance: this.lookup.sql },
      redis: application.redis ? (props.redis ?? { host: this.fileServerIp(), port: "6379" }) : undefined,
      fileServer: services.fileServer && { ip: this.fileServerIp(), sharePath: services.fileServer.sharePath },
      mirror: mirrorHost(services, deployment),
      // Pods that start before their permissions do would fail their first requests, or not start at all.
      permissions: [this.identity, this.buckets, ...(this.binaryAuthorization ? [this.binaryAuthorization.ready] : [])],
    });
    this.binaryAuthorization?.completeAfter(this.workload);
    this.openGateway(props, this.workload);
  }

  private openGateway({ application, deployment, frontDoor }: AppGkeProps, workload: Workload): void {
    const component = application.components.find(({ name }) => name === application.entryPoint);
    const service = workload.services[application.entryPoint];
    if (!frontDoor.gateway || !this.edge) return;
    if (!component || !service) throw new Error(`The entry point ${application.entryPoint} has no port`);
    new Gateway(this, "gateway", {
      deployment,
      namespace: workload.namespace.name,
      frontDoor,
      settings: frontDoor.gateway,
      edge: this.edge,
      component,
      service,
    });
  }

  private fileServerIp(): string {
    const ip = this.lookup.fileServerIp;
    if (!ip) throw new Error("The application uses shared files or Redis, and there is no file server");
    return ip;
  }

  /** The token lives for this run only: the data source of that name would put it into the state. */
  private connectToCluster(): void {
    const client = new EphemeralResource(this, "client", { type: "google_client_config", config: {} });
    new KubernetesProvider(this, "kubernetes", {
      host: this.lookup.cluster.host,
      clusterCaCertificate: this.lookup.cluster.caCertificate,
      token: client.ref("access_token"),
      // GKE and Autopilot write these into objects that Terraform manages; they are not ours to remove.
      ignoreAnnotations: ["^autopilot\\.gke\\.io\\/.*", "^cloud\\.google\\.com\\/neg.*"],
    });
  }
}
