import { Construct } from "constructs";
import { admission } from "./admission/admission";
import type { BinaryAuthorization } from "./admission/binary-authorization";
import { PolicyRecord } from "./admission/policy-record";
import type { BinaryAuthorizationSettings } from "./admission/settings";
import type { ApplicationConfig } from "./application-config";
import { Delivery } from "./delivery/delivery";
import { backendStage, type DeliverySettings, ownStages, type StageSettings } from "./delivery/settings";
import { Trigger } from "./delivery/trigger";
import type { KeyPurpose } from "./encryption";
import type { Installation } from "./installation";
import { FrontDoor } from "./front-door/front-door";
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
import { planChecks } from "./platform/plan-checks";
import type { ReleaseSettings } from "./platform/release-guard";
import { resourcesOf } from "./terraform/dependencies";
import { Guard } from "./terraform/guard";
import { requireOneCopy } from "./terraform/one-copy";
import { type KubernetesCredentials, kubernetesProvider } from "./terraform/providers";
import { FreeNamespaces } from "./workload/free-namespaces";
import { MetricsAdapter } from "./workload/metrics-adapter";
import { type ResolvedWorkload, resolveWorkload, type WorkloadSettings } from "./workload/settings";
import type { Workload } from "./workload/workload";

export interface AppGkeProps {
  /** Who it is: what everything is named after. */
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
  readonly earlierRedis?: RedisAddress;
  /**
   * Interval between Secret Manager's rotation reminders, at least an hour.
   * @see https://cloud.google.com/secret-manager/docs/secret-rotation
   * @default 2592000s
   */
  readonly secretRotationPeriod?: string;
  /** `false`: the Google Cloud side only. @default true */
  readonly deployApplication?: boolean;
  /** Further settings that cannot be changed later, by name. @see docs/operations.md @default - the project */
  readonly immutable?: Readonly<Record<string, string>>;
  /** From a commit to a running version. @default - only Terraform brings new versions */
  readonly delivery?: DeliverySettings;
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
  /** What no other deployment may have of the services that they share. @default - not checked */
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
  "sqladmin.googleapis.com",
  "storage.googleapis.com",
];

/** What the application stack itself makes with a key. */
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
  readonly frontDoor: FrontDoor;
  /** The environment itself. */
  readonly home: Instance;
  /** Stages with data of their own, by name. */
  readonly stages: Readonly<Record<string, Instance>>;
  readonly monitoring: Monitoring;
  /** The service perimeter. `undefined`: this installation makes none. */
  readonly perimeter?: Perimeter;
  /** What the front door leads to: the environment itself or one of its stages. `undefined` without `deployApplication`. */
  readonly backend?: Workload;

  constructor(scope: Construct, id: string, given: AppGkeProps) {
    super(scope, id);
    requireOneCopy(scope);
    const props = resolve(given);
    const { deliveredBy, installation } = props;
    const stages = ownStages(props.delivery);
    const backend = backendStage(props.delivery);
    const apis = new GoogleApis(this, "services", {
      projectId: installation.projectId,
      apis: [...APIS, ...(props.application.apis ?? [])],
    });
    const enabled: EnableApis = (...names) => apis.on(...names);

    this.lookup = new Lookup(this, "lookup", props);
    checkOwnKeys(this, installation, enabled);
    checkSqlConnections(this, { ...props, lookup: this.lookup, stages });
    // Even if nothing is deployed: what an earlier apply created in the cluster has to be removed.
    kubernetesProvider(this, this.lookup.cluster, props.kubernetesCredentials);

    this.namespace = props.workload.namespace ?? installation.resourcePrefix;
    const workload = props.deployApplication ? props.workload : undefined;
    const common = { ...props, lookup: this.lookup, namespace: this.namespace, workload, enabled };
    this.binaryAuthorization = admission(this, common);
    const { deploymentTimeoutSeconds } = props.workload;
    this.delivery = createDelivery(this, { ...common, deploymentTimeoutSeconds }, this.binaryAuthorization);
    this.frontDoor = new FrontDoor(this, {
      ...common,
      settings: props.frontDoor,
      namespace: backend?.namespace ?? this.namespace,
      deployed: props.deployApplication,
    });
    new AuditLogs(this, "audit-logs", common);
    const claims = new Claims(this, "claims", { ...common, ...props.claims });

    const { exposure, unexposed } = this.frontDoor;
    const before = [this.delivery?.images, this.binaryAuthorization?.ready].filter((part) => part !== undefined);
    this.home = new Instance(this, {
      ...common,
      before,
      claims,
      exposure: backend ? unexposed : exposure,
      mirror: mirrorHost(props.services, installation),
      deliverer: deliveredBy === undefined ? this.delivery?.intoHome : { type: "releases", deployers: [deliveredBy] },
    });
    checkAtPlan(this, common, { claims, home: this.home, stages });
    new Guard(this, "guard", { immutable: props.immutable, rememberedAfter: this.home.irreplaceable });
    this.stages = createStages(this, stages, (settings) => ({
      ...common,
      workload: workload && { ...workload, existingNamespace: false },
      before,
      claims,
      exposure: settings === backend ? exposure : unexposed,
      home: installation,
      deployers: this.delivery?.deployers ?? [],
    }));
    this.backend = (backend ? this.stages[backend.name] : this.home)?.workload;

    this.frontDoor.open(this.home, this.stages, backend?.name);
    const instances = [this.home, ...Object.values(this.stages)];
    const workloads = instances.flatMap((instance) => instance.workload ?? []);
    if (this.binaryAuthorization) new PolicyRecord(this.binaryAuthorization, workloads);
    if (this.delivery) {
      const after = workloads.flatMap(({ deployerAccess }) => deployerAccess ?? []);
      this.trigger = new Trigger(this.delivery, "trigger", { ...this.delivery.trigger, after });
    }
    this.monitoring = monitor(this, {
      ...common,
      stages,
      instances,
      delivery: this.delivery,
      trigger: this.trigger,
      frontDoor: this.frontDoor,
      backend: this.backend,
    });
    this.perimeter = createPerimeter(this, common, claims, this.delivery);
    apis.enableForAll(this);
  }
}

/** The props with their defaults. */
function resolve(given: AppGkeProps) {
  const { secretRotationPeriod = "2592000s", deployApplication = true, monitoring = {} } = given;
  const { immutable = { project_id: given.installation.projectId } } = given;
  const [frontDoor, workload] = [resolveFrontDoor(given.frontDoor), resolveWorkload(given.workload)];
  return { ...given, deployApplication, frontDoor, immutable, monitoring, secretRotationPeriod, workload };
}

/** What all parts of an environment know. */
type Common = Omit<ReturnType<typeof resolve>, "workload"> & {
  readonly lookup: Lookup;
  readonly namespace: string;
  /** How pods run. `undefined`: nothing is deployed. */
  readonly workload: ResolvedWorkload | undefined;
  readonly enabled: EnableApis;
};

/** Keys of the user's own, before anything is encrypted with them. */
function checkOwnKeys(scope: Construct, installation: Installation, enabled: EnableApis): void {
  const { encryption } = installation;
  if (!encryption || encryption.keys.length === 0) return;
  checkKeys(scope, { installation, encryption, purposes: KEYS, dependsOn: enabled("cloudkms.googleapis.com") });
}

function createDelivery(
  scope: Construct,
  common: Common & Pick<ResolvedWorkload, "deploymentTimeoutSeconds">,
  binaryAuthorization: BinaryAuthorization | undefined,
): Delivery | undefined {
  const { delivery: settings } = common;
  return settings && new Delivery(scope, "delivery", { ...common, settings, binaryAuthorization });
}

function createPerimeter(
  scope: Construct,
  { perimeter: settings, ...common }: Common,
  { resource: claim }: Claims,
  delivery: Delivery | undefined,
): Perimeter | undefined {
  return settings && new Perimeter(scope, "perimeter", { ...common, settings, claim, delivery });
}

/** What a plan can tell of that would stop an apply. */
function checkAtPlan(
  scope: Construct,
  common: Common,
  {
    claims,
    home,
    stages,
  }: { readonly claims: Claims; readonly home: Instance; readonly stages: readonly StageSettings[] },
): void {
  const { workload, enabled } = common;
  const existing = workload?.existingNamespace;
  const namespaces = workload && new FreeNamespaces(scope, "free-namespaces", { ...common, existing, stages });
  const adapter = workload && new MetricsAdapter(scope, "metrics-adapter", common);
  planChecks(scope, {
    ...common,
    stages,
    others: [...claims.checks, ...(namespaces?.checks ?? []), ...(adapter?.checks ?? [])],
    deployedAfter: resourcesOf(...(home.workload?.migrations ?? []), ...(home.workload?.afterwards ?? [])),
    dependsOn: enabled("secretmanager.googleapis.com"),
  });
}
