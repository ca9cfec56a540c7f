import { Construct } from "constructs";
import { admission } from "./admission/admission";
import type { BinaryAuthorization } from "./admission/binary-authorization";
import { PolicyRecord } from "./admission/policy-record";
import type { BinaryAuthorizationSettings } from "./admission/settings";
import type { ApplicationConfig, DataRedis } from "./application-config";
import { Delivery } from "./delivery/delivery";
import { ImageBuild } from "./delivery/image-build";
import { type DeliverySettings, type ImageBuildSettings, ownStages, type StageSettings } from "./delivery/settings";
import { Trigger } from "./delivery/trigger";
import type { KeyPurpose } from "./google/encryption";
import type { Installation } from "./installation";
import { FrontDoor } from "./front-door/front-door";
import { openFrontDoor } from "./front-door/opening";
import { type FrontDoorSettings, resolveFrontDoor } from "./front-door/settings";
import type { GoogleApi } from "./google/google-api";
import { type EnableApis, GoogleApis } from "./google/google-apis";
import { checkKeys } from "./google/key-check";
import { mirrorHost, type SharedServices } from "./google/shared-services";
import { AuditLogs, type AuditLogSettings } from "./guardrails/audit-logs";
import { Perimeter, type PerimeterSettings } from "./guardrails/perimeter";
import { Instance, type RedisAddress } from "./instance/instance";
import { createStages } from "./instance/stage";
import { monitor } from "./monitoring/monitor";
import type { Monitoring } from "./monitoring/monitoring";
import type { MonitoringSettings } from "./monitoring/settings";
import { Claims, type ClaimSettings } from "./platform/claims";
import { Lookup } from "./platform/lookup";
import { checkSqlConnections } from "./platform/sql-connections";
import { type FleetMembership, fleetMembership } from "./platform/fleet-membership";
import { MultiClusterService, removeMultiClusterService } from "./platform/multi-cluster-service";
import { checkProps } from "./props-check";
import { planChecks } from "./platform/plan-checks";
import { serviceMesh } from "./platform/service-mesh";
import type { ReleaseSettings } from "./platform/release-guard";
import { resourcesOf } from "./terraform/dependencies";
import { Guard } from "./terraform/guard";
import { requireOneCopy } from "./terraform/one-copy";
import { type KubernetesCredentials, kubernetesProvider, requireProviders } from "./terraform/providers";
import { checkCluster } from "./workload/cluster-checks";
import { FreeNamespaces } from "./workload/free-namespaces";
import { commonLabels } from "./workload/labels";
import { dataOperatorOf } from "./workload/data-operator";
import { secretsOperatorOf, warnOfUnfilled } from "./workload/secrets-operator";
import { type Deliverer, type ResolvedWorkload, resolveWorkload, type WorkloadSettings } from "./workload/settings";
import type { Workload } from "./workload/workload";

export interface AppGkeProps {
  /** Its identity, which everything is named after. */
  readonly installation: Installation;
  /** The shared services, by name: `newServices` names those of an environment that has none yet. */
  readonly services: SharedServices;
  /** What runs. */
  readonly application: ApplicationConfig;
  /** The public way in. @default {} - a load balancer with a reserved address, port 80 */
  readonly frontDoor?: FrontDoorSettings;
  /** How pods run. @default {} */
  readonly workload?: WorkloadSettings;
  /**
   * How Terraform signs in to the cluster.
   * @see https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl#install_plugin
   * @default token
   */
  readonly kubernetesCredentials?: KubernetesCredentials;
  /** Where Redis is: its own host, or another port of the file server. @default - the file server, port 6379 */
  readonly redis?: RedisAddress;
  /** The Redis that the queue is moved away from. @default - it stays where it is */
  readonly earlierRedis?: RedisAddress | DataRedis;
  /**
   * Interval between Secret Manager's rotation reminders, at least an hour.
   * @see https://cloud.google.com/secret-manager/docs/secret-rotation
   * @default 2592000s
   */
  readonly secretRotationPeriod?: string;
  /**
   * Uses the newest version of each secret, even if others added it.
   * @see docs/external-secrets.md
   * @default false - the version that Terraform wrote
   */
  readonly newestSecrets?: boolean;
  /** `false`: the Google Cloud side only. @default true */
  readonly deployApplication?: boolean;
  /** Further settings that cannot be changed later, by name. @see docs/operations.md @default - the project */
  readonly immutable?: Readonly<Record<string, string>>;
  /** Earlier values that such a setting may come from, by name. @see docs/database.md @default {} */
  readonly follows?: Readonly<Record<string, readonly string[]>>;
  /** From a commit to a running version. @default - only Terraform brings new versions */
  readonly delivery?: DeliverySettings;
  /** An image that is built at apply. Not together with `delivery`. @default - none is built */
  readonly imageBuild?: ImageBuildSettings;
  /** Which images the cluster runs. @default - any */
  readonly binaryAuthorization?: BinaryAuthorizationSettings;
  /**
   * E-mail address of the Google service account with which another environment's pipeline deploys here.
   * @see https://cloud.google.com/deploy/docs/cloud-deploy-service-account
   * @default - this environment is not a stage of another one's pipeline
   */
  readonly deliveredBy?: string;
  /** Which release of the application it is, and which releases it may follow. @default - not checked */
  readonly release?: ReleaseSettings;
  /** Who is told when something goes wrong. @default {} - nothing is watched */
  readonly monitoring?: MonitoringSettings;
  /** What this installation takes of the shared services, and no other may take. @default - not checked */
  readonly claims?: ClaimSettings;
  /**
   * Logs who read and wrote what in the whole project.
   * @see https://cloud.google.com/logging/docs/audit/configure-data-access
   * @default - this installation does not ask for it
   */
  readonly auditLogs?: AuditLogSettings;
  /**
   * A service perimeter around the project.
   * @see https://cloud.google.com/vpc-service-controls/docs/overview
   * @default - none is made
   */
  readonly perimeter?: PerimeterSettings;
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
  "storage.googleapis.com",
];

/** What the application stack itself encrypts with the user's own keys. */
const KEYS: readonly KeyPurpose[] = ["buckets", "images", "secrets", "messages", "logs"];

/**
 * An application on GKE Autopilot: its Google Cloud side and, unless `deployApplication` is off, everything that it has in
 * the cluster. It finds the shared services by name; `Foundation` creates those that do not exist yet.
 */
export class AppGke extends Construct {
  readonly lookup: Lookup;
  /** Kubernetes namespace, even if nothing is deployed into it. */
  readonly namespace: string;
  /** Which images the cluster runs. `undefined`: any. */
  readonly binaryAuthorization?: BinaryAuthorization;
  /** From a commit to a running version. `undefined`: only Terraform brings new versions. */
  readonly delivery?: Delivery;
  readonly trigger?: Trigger;
  /** The image that is built at apply. `undefined`: none is. */
  readonly imageBuild?: ImageBuild;
  readonly frontDoor: FrontDoor;
  /** The environment itself. */
  readonly home: Instance;
  /** Stages with data of their own, by name. */
  readonly stages: Readonly<Record<string, Instance>>;
  readonly monitoring: Monitoring;
  /** Name of the entry point's Service in other clusters of the fleet. `undefined`: they do not know it. */
  readonly multiClusterHost?: string;
  /** The service perimeter. `undefined`: this installation makes none. */
  readonly perimeter?: Perimeter;
  /** What the front door leads to: the environment itself or one of its stages. `undefined` without `deployApplication`. */
  readonly backend?: Workload;

  constructor(scope: Construct, id: string, given: AppGkeProps) {
    super(scope, id);
    requireOneCopy(scope);
    checkProps(given);
    requireProviders(this, ["google", "kubernetes", "random"]);
    const props = resolve(given);
    const apis = createApis(this, props);
    this.lookup = new Lookup(this, "lookup", props);
    const common = commonOf(props, this.lookup, (...names) => apis.on(...names));
    this.namespace = common.namespace;
    checkOwnKeys(this, common);
    checkSqlConnections(this, common);
    // Needed even if nothing is deployed, to remove what an earlier apply created in the cluster.
    kubernetesProvider(this, this.lookup.cluster, props.kubernetesCredentials);

    // What may run, and what brings it here.
    this.binaryAuthorization = admission(this, common);
    this.delivery = createDelivery(this, common, this.binaryAuthorization);
    this.imageBuild = createImageBuild(this, common, this.binaryAuthorization);
    const { delivery, imageBuild } = this;

    // What is there before anything runs.
    this.frontDoor = new FrontDoor(this, { ...common, settings: common.frontDoor });
    const { frontDoor } = this;
    new AuditLogs(this, "audit-logs", common);
    const claims = new Claims(this, "claims", { ...common, ...common.claims });
    const secretsOperator = secretsOperatorOf(this, common);
    const dataOperator = dataOperatorOf(this, common);
    const fleet = fleetOf(this, common);
    const meshReady = serviceMesh(this, common, fleet, common.workload?.serviceMesh);
    const before = [(delivery ?? imageBuild)?.images, this.binaryAuthorization?.ready].filter(
      (part) => part !== undefined,
    );
    const shared = { ...common, before, claims, dataOperator, frontDoor, meshReady, secretsOperator };

    // The application, and its stages.
    this.home = new Instance(this, {
      ...shared,
      exposure: frontDoor.exposureOf(undefined),
      mirror: mirrorHost(props.services, props.installation),
      built: imageBuild?.built,
      deliverer: delivererOf(common, delivery),
    });
    checkBefore(this, common, claims, this.home);
    new Guard(this, "guard", {
      immutable: props.immutable,
      follows: props.follows,
      optional: ["deployment_id"],
      rememberedAfter: this.home.irreplaceable,
    });
    this.multiClusterHost = exportService(this, common, fleet, this.home);
    this.stages = createStages(this, { ...shared, delivery });

    // What leads to them, and looks after them.
    const { home, stages } = this;
    this.backend = frontDoor.backendOf(home, stages).workload;
    openFrontDoor(this, { ...common, frontDoor, home, stages });
    const instances = [home, ...Object.values(stages)];
    const workloads = instances.flatMap(({ workload }) => workload ?? []);
    warnOfUnfilled(secretsOperator, workloads);
    if (this.binaryAuthorization) new PolicyRecord(this.binaryAuthorization, workloads);
    this.trigger = createTrigger(delivery, workloads);
    const { backend, trigger } = this;
    this.monitoring = monitor(this, { ...common, instances, delivery, imageBuild, trigger, frontDoor, backend });
    this.perimeter = createPerimeter(this, common, claims, delivery ?? imageBuild);
  }
}

/** The props with their defaults. */
function resolve(given: AppGkeProps) {
  const { secretRotationPeriod = "2592000s", deployApplication = true, monitoring = {} } = given;
  const { immutable = { project_id: given.installation.projectId } } = given;
  const [frontDoor, workload] = [resolveFrontDoor(given.frontDoor), resolveWorkload(given.workload)];
  return { ...given, deployApplication, frontDoor, immutable, monitoring, secretRotationPeriod, workload };
}

type Resolved = ReturnType<typeof resolve>;

/** What all parts of an environment know. */
type Common = Omit<Resolved, "workload"> & {
  readonly lookup: Lookup;
  readonly namespace: string;
  /** How pods run. `undefined`: nothing is deployed. */
  readonly workload: ResolvedWorkload | undefined;
  readonly deploymentTimeoutSeconds: number;
  /** Stages with data of their own. */
  readonly stages: readonly StageSettings[];
  readonly enabled: EnableApis;
};

function commonOf(props: Resolved, lookup: Lookup, enabled: EnableApis): Common {
  return {
    ...props,
    lookup,
    enabled,
    namespace: props.workload.namespace ?? props.installation.resourcePrefix,
    workload: props.deployApplication ? props.workload : undefined,
    deploymentTimeoutSeconds: props.workload.deploymentTimeoutSeconds,
    stages: ownStages(props.delivery),
  };
}

function createApis(scope: Construct, { installation: { projectId }, application, services }: Resolved): GoogleApis {
  const sql = services.sql ? (["sqladmin.googleapis.com"] as const) : [];
  return new GoogleApis(scope, "services", { projectId, apis: [...APIS, ...sql, ...(application.apis ?? [])] });
}

/** Checks the user's own keys before anything is encrypted with them. */
function checkOwnKeys(scope: Construct, { installation, enabled }: Common): void {
  const { encryption } = installation;
  if (!encryption || encryption.keys.length === 0) return;
  checkKeys(scope, { installation, encryption, purposes: KEYS, dependsOn: enabled("cloudkms.googleapis.com") });
}

function createDelivery(
  scope: Construct,
  { delivery: settings, ...common }: Common,
  binaryAuthorization: BinaryAuthorization | undefined,
): Delivery | undefined {
  return settings && new Delivery(scope, "delivery", { ...common, settings, binaryAuthorization });
}

function createImageBuild(
  scope: Construct,
  { imageBuild: settings, delivery, ...common }: Common,
  binaryAuthorization: BinaryAuthorization | undefined,
): ImageBuild | undefined {
  if (settings && delivery)
    throw new Error("An image is built either at apply or by a delivery: leave one of the two out");
  return settings && new ImageBuild(scope, "image-build", { ...common, settings, binaryAuthorization });
}

/** Who else than Terraform brings versions into the environment itself. */
function delivererOf({ deliveredBy }: Common, delivery: Delivery | undefined): Deliverer | undefined {
  return deliveredBy === undefined ? delivery?.intoHome : { type: "releases", deployers: [deliveredBy] };
}

/** The trigger comes after the rights of the accounts that deploy: its first build may start at once. */
function createTrigger(delivery: Delivery | undefined, workloads: readonly Workload[]): Trigger | undefined {
  const after = workloads.flatMap(({ deployerAccess }) => deployerAccess ?? []);
  return delivery && new Trigger(delivery, "trigger", { ...delivery.trigger, after });
}

/** The cluster's place in the project's fleet, where something needs it. */
function fleetOf(scope: Construct, common: Common): FleetMembership | undefined {
  const { multiCluster, serviceMesh: mesh } = common.workload ?? {};
  const { impersonateServiceAccount } = mesh ?? multiCluster ?? {};
  return fleetMembership(scope, multiCluster || mesh ? { ...common, impersonateServiceAccount } : undefined);
}

function exportService(
  scope: Construct,
  common: Common,
  fleet: FleetMembership | undefined,
  { workload: home }: Instance,
): string | undefined {
  const { application, workload } = common;
  const entry = home?.kubernetesServices[application.entryPoint];
  if (!workload?.multiCluster || !fleet || !home || !entry) {
    removeMultiClusterService(scope);
    return undefined;
  }
  return new MultiClusterService(scope, {
    ...common,
    ...workload.multiCluster,
    fleet,
    service: entry.name,
    labels: commonLabels(common.installation),
    dependsOn: [entry.resource, ...resourcesOf(home.namespace)],
  }).host;
}

function createPerimeter(
  scope: Construct,
  { perimeter: settings, ...common }: Common,
  { resource: claim }: Claims,
  delivery: Delivery | ImageBuild | undefined,
): Perimeter | undefined {
  return settings && new Perimeter(scope, "perimeter", { ...common, settings, claim, delivery });
}

/** Looks for what would stop an apply half-way: a plan reports what it can see, and an apply checks the rest first. */
function checkBefore(scope: Construct, common: Common, claims: Claims, home: Instance): void {
  const { workload, enabled, lookup } = common;
  const existing = workload?.existingNamespace;
  const namespaces = workload && new FreeNamespaces(scope, "free-namespaces", { ...common, existing });
  planChecks(scope, {
    ...common,
    others: [...claims.checks, ...(namespaces?.checks ?? [])],
    deployedAfter: resourcesOf(...(home.workload?.migrations ?? []), ...(home.workload?.afterwards ?? [])),
    dependsOn: enabled("secretmanager.googleapis.com"),
  });
  if (namespaces)
    checkCluster(scope, { ...common, access: lookup.cluster, free: namespaces.unclaimed, before: claims });
}
