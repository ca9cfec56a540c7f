import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { ApplicationConfig } from "./application-config";
import { DeliveryBasis } from "./delivery/basis";
import { BinaryAuthorization } from "./admission/binary-authorization";
import { Delivery } from "./delivery/delivery";
import { podImages } from "./workload/pod-images";
import { PolicyClaim } from "./admission/policy-claim";
import type { BinaryAuthorizationSettings } from "./admission/settings";
import { type DeliverySettings, ownStages } from "./delivery/settings";
import type { Deployment } from "./deployment";
import { Edge } from "./front-door/edge";
import type { Entry } from "./front-door/gateway-backend";
import { Front } from "./front-door/handover";
import { Gateway } from "./front-door/gateway";
import { LoadBalancer } from "./front-door/load-balancer";
import type { FrontDoor } from "./front-door/settings";
import { Address } from "./front-door/address";
import type { Buckets } from "./platform/buckets";
import type { Database } from "./platform/database";
import type { Identity } from "./platform/identity";
import { Lookup } from "./platform/lookup";
import { ownResources } from "./platform/own-resources";
import { ExistingSecrets, KeptStages, ReleaseGuard } from "./platform/plan-checks";
import type { Secrets } from "./platform/secrets";
import { type GoogleApi, ProjectServices } from "./google/project-services";
import { mirrorHost, type SharedServices } from "./google/shared-services";
import { createStages } from "./instance/stage";
import { accessToken } from "./terraform/ephemeral";
import { Guard } from "./terraform/guard";
import { serviceName } from "./workload/component-service";
import { imageReference } from "./workload/image";
import { inside, type Outside, type WorkloadSettings } from "./workload/settings";
import { Workload } from "./workload/workload";

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
  /** Which images the cluster runs. @default - any */
  readonly binaryAuthorization?: BinaryAuthorizationSettings;
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
  /** Google's side of the gateway: addresses, certificates, firewall and sign-in. */
  readonly edge?: Edge;
  /** Which images the cluster runs. `undefined`: any. */
  readonly binaryAuthorization?: BinaryAuthorization;
  /** Kubernetes namespace, whether or not anything is deployed into it. */
  readonly namespace: string;
  /** The environment itself. `undefined` with `deployApplication` off. */
  readonly workload?: Workload;
  /** What the front door shows: the environment itself, or one of its stages. `undefined` with `deployApplication` off. */
  readonly front?: Workload;
  /** Stages with things of their own, by name. */
  readonly stages: Readonly<Record<string, Workload>>;
  /** What a pipeline needs before anything runs. */
  readonly pipeline?: DeliveryBasis;
  readonly delivery?: Delivery;

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
    const kept = new KeptStages(this, "kept-stages", {
      deployment,
      stages: ownStages(props.delivery).map(({ name }) => name),
      dependsOn: secretApis,
    });
    new Guard(this, "guard", {
      immutable: props.immutable,
      checks: [...existing.checks, ...(release ? [release.check] : []), ...kept.checks],
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
    this.binaryAuthorization = this.admission(props, enabled);
    // Also where nothing is deployed: what an earlier apply made in the cluster has to be removed from it.
    this.connectToCluster();
    this.pipeline =
      props.delivery && new DeliveryBasis(this, props.delivery, { deployment, lookup: this.lookup, enabled });
    const shown = this.pipeline?.front;
    const door =
      gateway && props.deployApplication
        ? new Front(this, "front", {
            deployment,
            settings: gateway,
            cluster: this.lookup.cluster,
            namespace: shown?.namespace ?? this.namespace,
            serviceName: serviceName(deployment, application.entryPoint),
            servicePort: props.frontDoor.servicePort,
            dependsOn: enabled("compute.googleapis.com"),
          })
        : undefined;
    const outside: Outside = {
      frontDoor: props.frontDoor,
      reservedIp: this.address?.ip,
      publicUrls: this.edge?.publicUrls,
      trustedProxies: this.edge?.trustedProxies,
      entryService: door?.service,
    };
    const shared = this.sharedSide(props);
    const before = [this.pipeline?.images, this.binaryAuthorization?.ready].filter((part) => part !== undefined);
    this.stages = createStages(this, {
      basis: this.pipeline,
      home: deployment,
      lookup: this.lookup,
      sqlInstance: services.sql?.name,
      secretRotationPeriod: props.secretRotationPeriod,
      enabled,
      workload: props.deployApplication ? props.workload : undefined,
      outside,
      before,
      ...shared,
    });
    if (props.deployApplication) {
      this.workload = new Workload(this, "workload", {
        ...props.workload,
        deployment,
        application,
        namespace: this.namespace,
        ...(shown ? inside(outside) : outside),
        googleServiceAccountEmail: this.identity.email,
        secrets: this.secrets,
        buckets: this.buckets.names,
        database: this.database && this.lookup.sql && { resource: this.database, instance: this.lookup.sql },
        ...shared,
        mirror: mirrorHost(services, deployment),
        // Pods that start before their permissions do would fail their first requests, or not start at all.
        permissions: [this.identity, this.buckets, ...before],
        delivery: props.deliveredBy
          ? { type: "releases", deployers: [props.deliveredBy] }
          : this.pipeline?.intoEnvironment,
      });
      this.front = (shown && this.stages[shown.name]) ?? this.workload;
      if (door) this.openFrontDoor(props, this.workload, door, enabled("compute.googleapis.com"));
    }
    const workloads = [this.workload, ...Object.values(this.stages)].filter((workload) => workload !== undefined);
    this.binaryAuthorization?.completeAfter(...workloads);
    if (props.delivery && this.pipeline) {
      this.delivery = new Delivery(this, "delivery", {
        deployment,
        settings: props.delivery,
        basis: this.pipeline,
        application,
        lookup: this.lookup,
        services,
        namespace: this.namespace,
        deploymentTimeoutSeconds: props.workload.deploymentTimeoutSeconds,
        enabled,
        binaryAuthorization: this.binaryAuthorization,
        after: workloads.flatMap(({ deployerAccess }) => deployerAccess ?? []),
      });
    }
  }

  /** Which images may start. */
  private admission(
    props: AppGkeProps,
    enabled: (...names: GoogleApi[]) => ITerraformDependable[],
  ): BinaryAuthorization | undefined {
    const { application, binaryAuthorization, deployment, services } = props;
    if (!binaryAuthorization) {
      // What an earlier apply wrote into the policy has to be taken out of it.
      new PolicyClaim(this, "binary-authorization", { clusterStays: !services.cluster.create, dependsOn: [] });
      return undefined;
    }
    const mirror = mirrorHost(services, deployment);
    const { authProxyImage, imageDigests: digests } = props.workload;
    const delivered = props.delivery?.pipeline !== undefined || props.deliveredBy !== undefined;
    const images = props.deployApplication ? podImages(application, services.sql && authProxyImage, delivered) : [];
    return new BinaryAuthorization(this, "binary-authorization", {
      deployment,
      projectNumber: this.lookup.projectNumber,
      cluster: services.cluster,
      settings: binaryAuthorization,
      images: images.map((image) => imageReference(image, { mirror, digests })),
      repository: mirror,
      imagesChangeElsewhere: props.delivery !== undefined || props.deliveredBy !== undefined,
      enabled,
    });
  }

  /** Redis and file server. */
  private sharedSide({ application, redis, services }: AppGkeProps) {
    return {
      redis: application.redis ? (redis ?? { host: this.fileServerIp(), port: "6379" }) : undefined,
      fileServer: services.fileServer && { ip: this.fileServerIp(), sharePath: services.fileServer.sharePath },
    };
  }

  private openFrontDoor(
    { application, deployment, frontDoor }: AppGkeProps,
    home: Workload,
    { groups, handover }: Front,
    dependsOn: readonly ITerraformDependable[],
  ): void {
    const component = application.components.find(({ name }) => name === application.entryPoint);
    if (!frontDoor.gateway || !this.edge) return;
    if (!component) throw new Error(`There is no component ${application.entryPoint}`);
    const entry = (workload: Workload): Entry => {
      const service = workload.services[application.entryPoint];
      if (!service) throw new Error(`The entry point ${application.entryPoint} has no port`);
      return { deployment: workload.deployment, namespace: workload.namespace.name, service };
    };
    const common = { deployment, edge: this.edge, component, handover };
    if (groups) {
      new LoadBalancer(this, "load-balancer", {
        ...common,
        service: entry(this.front ?? home).service,
        cluster: this.lookup.cluster,
        groups,
        cachedPaths: frontDoor.gateway.cachedPaths ?? [],
        dependsOn,
      });
    } else {
      new Gateway(this, "gateway", {
        ...common,
        entry: entry(home),
        stages: Object.fromEntries(Object.entries(this.stages).map(([name, stage]) => [name, entry(stage)])),
        shown: this.pipeline?.front?.name,
        frontDoor,
        settings: frontDoor.gateway,
      });
    }
  }

  private fileServerIp(): string {
    const ip = this.lookup.fileServerIp;
    if (!ip) throw new Error("The application uses shared files or Redis, and there is no file server");
    return ip;
  }

  private connectToCluster(): void {
    new KubernetesProvider(this, "kubernetes", {
      host: this.lookup.cluster.host,
      clusterCaCertificate: this.lookup.cluster.caCertificate,
      token: accessToken(this),
      // GKE and Autopilot write these into objects that Terraform manages; they are not ours to remove.
      ignoreAnnotations: ["^autopilot\\.gke\\.io\\/.*", "^cloud\\.google\\.com\\/neg.*"],
    });
  }
}
