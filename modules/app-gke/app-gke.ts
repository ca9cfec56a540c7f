import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { ApplicationConfig } from "./application-config";
import type { Deployment } from "./deployment";
import { Edge } from "./edge/edge";
import { Gateway } from "./edge/gateway";
import type { FrontDoor } from "./edge/settings";
import { Accounts } from "./delivery/accounts";
import { Delivery } from "./delivery/delivery";
import { ImageRepository } from "./delivery/image-repository";
import type { DeliverySettings } from "./delivery/settings";
import { Address } from "./platform/address";
import type { Buckets } from "./platform/buckets";
import type { Database } from "./platform/database";
import type { Identity } from "./platform/identity";
import { Lookup } from "./platform/lookup";
import { ownResources } from "./platform/own-resources";
import { ExistingSecrets, ReleaseGuard } from "./platform/plan-checks";
import type { Secrets } from "./platform/secrets";
import { type GoogleApi, ProjectServices } from "./project-services";
import { mirrorHost, type SharedServices } from "./shared-services";
import { EphemeralResource } from "./terraform/ephemeral";
import { Guard } from "./terraform/guard";
import type { ResourceQuota } from "./workload/namespace";
import { internal, Stage } from "./stage";
import { type Delivery as WorkloadDelivery, Workload } from "./workload/workload";

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
  /** Where pods that need shared files see the share. */
  readonly sharedFiles?: { readonly volumeName: string; readonly mountPath: string };
}

export interface AppGkeProps {
  readonly deployment: Deployment;
  readonly services: SharedServices;
  readonly application: ApplicationConfig;
  readonly frontDoor: FrontDoor;
  readonly workload: WorkloadSettings;
  /** A Redis of one's own. @default - the file server's */
  readonly redis?: { readonly host: string; readonly port: string };
  /** Period of Secret Manager's rotation reminders: `2592000s`. */
  readonly secretRotationPeriod: string;
  /** `false`: Google Cloud side only. */
  readonly deployApplication: boolean;
  /** Variables that must never change, by name. */
  readonly immutable: Readonly<Record<string, string>>;
  /** From a commit to a running version. @default - versions come from Terraform alone */
  readonly delivery?: DeliverySettings;
  /**
   * Google service account, by e-mail, that another environment's pipeline deploys here as.
   * @default - this environment is no stage of another one's pipeline
   */
  readonly deliveredBy?: string;
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
  /** Kubernetes namespace, whether or not anything is deployed into it. */
  readonly namespace: string;
  /** The environment itself. `undefined` with `deployApplication` off. */
  readonly workload?: Workload;
  /** What the front door shows: the environment itself, or one of its stages. */
  readonly front?: Workload;
  /** Stages with things of their own, by name. */
  readonly stages: Readonly<Record<string, Workload>>;
  /** Name of the stage that is the environment itself. */
  readonly homeStage?: string;
  readonly delivery?: Delivery;
  /** Whom the delivery acts as. */
  readonly deliveryAccounts?: Accounts;
  /** Where built images are. */
  readonly builtImages?: ImageRepository;

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
    this.lookup = new Lookup(this, "lookup", { deployment, services });
    this.namespace = props.workload.namespace ?? deployment.resourcePrefix;
    ({
      identity: this.identity,
      buckets: this.buckets,
      secrets: this.secrets,
      database: this.database,
    } = ownResources(this, {
      deployment,
      application,
      lookup: this.lookup,
      namespace: this.namespace,
      sqlInstance: services.sql?.name,
      secretRotationPeriod: props.secretRotationPeriod,
      enabled,
    }));
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
    // Also where nothing is deployed: what an earlier apply made in the cluster has to be removed from it.
    this.connectToCluster();
    const accounts =
      props.delivery &&
      new Accounts(this, "delivery-accounts", {
        deployment,
        pipeline: props.delivery.pipeline !== undefined,
        dependsOn: enabled("iam.googleapis.com", "cloudresourcemanager.googleapis.com"),
      });
    this.deliveryAccounts = accounts;
    this.builtImages = accounts && this.createImageRepository(props, accounts, enabled);
    this.homeStage = props.delivery?.pipeline?.stages.find((stage) => stage.type === "home")?.name;
    if (this.homeStage !== undefined) {
      new Guard(this, "home-stage", {
        immutable: { stage: this.homeStage },
        message: (_, was, now) =>
          `The environment's own data was that of stage ${was} and would now be that of stage ${now}, which would show ` +
          `another stage's content. A stage that is called like the variable file is the environment itself, or else the ` +
          `first one without a namespace: put ${was} back there.`,
      });
    }
    const stages = this.createStages(props, enabled, accounts);
    const front = stages.get(props.delivery?.pipeline?.front ?? "");
    if (props.deployApplication) {
      this.workload = this.createWorkload(props, front === undefined, accounts);
      this.openGateway(props, this.workload, front?.workload ?? this.workload);
    }
    this.front = front?.workload ?? this.workload;
    this.stages = Object.fromEntries(
      [...stages].flatMap(([name, { workload }]) => (workload ? [[name, workload]] : [])),
    );
    if (props.delivery && accounts && this.builtImages) {
      this.delivery = new Delivery(this, "delivery", {
        deployment,
        settings: props.delivery,
        accounts,
        imageHost: this.builtImages.host,
        application,
        lookup: this.lookup,
        services,
        namespace: this.namespace,
        deploymentTimeoutSeconds: props.workload.deploymentTimeoutSeconds,
        enabled,
        after: [this.workload, ...Object.values(this.stages)].flatMap((workload) => workload?.deployerAccess ?? []),
      });
    }
  }

  /**
   * Where built images are. It stays while there is a trigger, whatever that does: pods may still run what an earlier
   * build made.
   */
  private createImageRepository(
    { deployment, delivery }: AppGkeProps,
    { builder }: Accounts,
    enabled: (...names: GoogleApi[]) => ITerraformDependable[],
  ): ImageRepository | undefined {
    return (
      delivery &&
      new ImageRepository(this, "built-images", {
        deployment,
        settings: delivery.images,
        scanned: delivery.scanSeverity !== undefined,
        writers: delivery.build.type === "image" ? { "builder-writes": builder.member } : {},
        readers: { "nodes-read": `serviceAccount:${this.lookup.cluster.nodeServiceAccount}` },
        dependsOn: enabled("artifactregistry.googleapis.com"),
      })
    );
  }

  /** Stages with things of their own; the environment itself and other environments are none of them. */
  private createStages(
    props: AppGkeProps,
    enabled: (...names: GoogleApi[]) => ITerraformDependable[],
    accounts?: Accounts,
  ): Map<string, Stage> {
    const pipeline = props.delivery?.pipeline;
    const own = pipeline?.stages.filter((stage) => stage.type === "own") ?? [];
    return new Map(
      own.map((settings) => [
        settings.name,
        new Stage(this, `stage-${settings.name}`, {
          settings,
          lookup: this.lookup,
          sqlInstance: props.services.sql?.name,
          secretRotationPeriod: props.secretRotationPeriod,
          enabled,
          workload: props.deployApplication ? props.workload : undefined,
          frontDoor: props.frontDoor,
          front: settings.name === pipeline?.front ? this.publicSide() : undefined,
          ...this.sharedSide(props),
          images: this.builtImages,
          deployers: accounts?.executor ? [accounts.executor.email] : [],
        }),
      ]),
    );
  }

  private createWorkload(props: AppGkeProps, isFront: boolean, accounts?: Accounts): Workload {
    return new Workload(this, "workload", {
      ...props.workload,
      deployment: props.deployment,
      application: props.application,
      namespace: this.namespace,
      frontDoor: isFront ? props.frontDoor : internal(props.frontDoor),
      ...(isFront ? this.publicSide() : {}),
      googleServiceAccountEmail: this.identity.email,
      secrets: this.secrets,
      buckets: this.buckets.names,
      database: this.database && this.lookup.sql && { resource: this.database, instance: this.lookup.sql },
      ...this.sharedSide(props),
      mirror: mirrorHost(props.services, props.deployment),
      // Pods that start before their permissions do would fail their first requests.
      permissions: [this.identity, this.buckets, ...(this.builtImages ? [this.builtImages] : [])],
      delivery: deliveryOf(props, accounts),
    });
  }

  /** What leads to the application from outside. */
  private publicSide() {
    return {
      reservedIp: this.address?.ip,
      publicUrls: this.edge?.publicUrls,
      trustedProxies: this.edge?.trustedProxies,
    };
  }

  /** Redis and file server. */
  private sharedSide({ application, redis, services }: AppGkeProps) {
    return {
      redis: application.redis ? (redis ?? { host: this.fileServerIp(), port: "6379" }) : undefined,
      fileServer: services.fileServer && { ip: this.fileServerIp(), sharePath: services.fileServer.sharePath },
    };
  }

  private openGateway({ application, deployment, frontDoor }: AppGkeProps, home: Workload, front: Workload): void {
    const component = application.components.find(({ name }) => name === application.entryPoint);
    const service = front.services[application.entryPoint];
    if (!frontDoor.gateway || !this.edge) return;
    if (!component || !service) throw new Error(`The entry point ${application.entryPoint} has no port`);
    new Gateway(this, "gateway", {
      deployment,
      namespace: home.namespace.name,
      backend: front === home ? undefined : { namespace: front.namespace.name, deployment: front.deployment },
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

/** @returns who else brings versions into the environment's own namespace */
function deliveryOf(props: AppGkeProps, accounts?: Accounts): WorkloadDelivery | undefined {
  if (props.deliveredBy) return { type: "releases", deployers: [props.deliveredBy] };
  if (!props.delivery || !accounts) return undefined;
  const { build, pipeline } = props.delivery;
  if (!pipeline) {
    const images = build.type === "image" ? build.replaces : build.images;
    return { type: "images", images, deployers: [accounts.builder.email] };
  }
  if (!accounts.executor || !pipeline.stages.some((stage) => stage.type === "home")) return undefined;
  return { type: "releases", deployers: [accounts.executor.email] };
}
