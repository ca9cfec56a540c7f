import { Construct } from "constructs";
import { admission } from "./admission/admission";
import type { BinaryAuthorization } from "./admission/binary-authorization";
import { PolicyRecord } from "./admission/policy-record";
import type { BinaryAuthorizationSettings } from "./admission/settings";
import type { ApplicationConfig } from "./application-config";
import { Delivery } from "./delivery/delivery";
import { backendStage, type DeliverySettings, ownStages } from "./delivery/settings";
import { Trigger } from "./delivery/trigger";
import type { Installation } from "./installation";
import { FrontDoor } from "./front-door/front-door";
import { type FrontDoorSettings, resolveFrontDoor } from "./front-door/settings";
import type { GoogleApi } from "./google/google-api";
import { type EnableApis, GoogleApis } from "./google/google-apis";
import { mirrorHost, type SharedServices } from "./google/shared-services";
import { Instance, type RedisAddress } from "./instance/instance";
import { createStages } from "./instance/stage";
import { Lookup } from "./platform/lookup";
import { checkSqlConnections } from "./platform/sql-connections";
import { planChecks } from "./platform/plan-checks";
import type { ReleaseSettings } from "./platform/release-guard";
import { resourcesOf } from "./terraform/dependencies";
import { Guard } from "./terraform/guard";
import { type KubernetesCredentials, kubernetesProvider } from "./terraform/providers";
import { resolveWorkload, type WorkloadSettings } from "./workload/settings";
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
  /** How the cluster knows who Terraform is. @default token */
  readonly kubernetesCredentials?: KubernetesCredentials;
  /** Where Redis is: a host of its own, or another port of the file server. @default - the file server, port 6379 */
  readonly redis?: RedisAddress;
  /**
   * Period of Secret Manager's rotation reminders, an hour at least:
   * https://cloud.google.com/secret-manager/docs/secret-rotation.
   * @default 2592000s
   */
  readonly secretRotationPeriod?: string;
  /** `false`: Google Cloud side only. @default true */
  readonly deployApplication?: boolean;
  /** Further settings that must never change, by name. @default - the project */
  readonly immutable?: Readonly<Record<string, string>>;
  /** From a commit to a running version. @default - versions come from Terraform alone */
  readonly delivery?: DeliverySettings;
  /** Which images the cluster runs. @default - any */
  readonly binaryAuthorization?: BinaryAuthorizationSettings;
  /**
   * Google service account, by e-mail, that another environment's pipeline deploys here as.
   * @default - this environment is no stage of another one's pipeline
   */
  readonly deliveredBy?: string;
  /** Which release of the application it is, and what it may follow on. @default - any release goes */
  readonly release?: ReleaseSettings;
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
  /** Kubernetes namespace, whether or not anything is deployed into it. */
  readonly namespace: string;
  /** Which images the cluster runs. `undefined`: any. */
  readonly binaryAuthorization?: BinaryAuthorization;
  /** From a commit to a running version. `undefined`: versions come from Terraform alone. */
  readonly delivery?: Delivery;
  readonly trigger?: Trigger;
  readonly frontDoor: FrontDoor;
  /** The environment itself. */
  readonly home: Instance;
  /** Stages with things of their own, by name. */
  readonly stages: Readonly<Record<string, Instance>>;
  /**
   * What the front door leads to: the environment itself, or one of its stages. `undefined` with `deployApplication`
   * off.
   */
  readonly backend?: Workload;

  constructor(scope: Construct, id: string, given: AppGkeProps) {
    super(scope, id);
    const props = resolve(given);
    const { deliveredBy, installation } = props;
    const stages = ownStages(props.delivery);
    const backend = backendStage(props.delivery);
    const apis = new GoogleApis(this, "services", { projectId: installation.projectId, apis: APIS });
    const enabled: EnableApis = (...names) => apis.on(...names);

    this.lookup = new Lookup(this, "lookup", props);
    checkSqlConnections(this, {
      services: props.services,
      lookup: this.lookup,
      databases: [props.application, ...stages.map(({ application }) => application)].flatMap(
        ({ database }) => database ?? [],
      ),
    });
    // Also where nothing is deployed: what an earlier apply made in the cluster has to be removed from it.
    kubernetesProvider(this, this.lookup.cluster, props.kubernetesCredentials);

    this.namespace = props.workload.namespace ?? installation.resourcePrefix;
    const workload = props.deployApplication ? props.workload : undefined;
    const common = { ...props, lookup: this.lookup, namespace: this.namespace, workload, enabled };
    this.binaryAuthorization = admission(this, {
      ...common,
      settings: props.binaryAuthorization,
      delivered: props.delivery !== undefined || deliveredBy !== undefined,
      verified: props.delivery?.pipeline !== undefined || deliveredBy !== undefined,
    });
    const delivery =
      props.delivery &&
      new Delivery(this, "delivery", {
        ...common,
        settings: props.delivery,
        binaryAuthorization: this.binaryAuthorization,
        deploymentTimeoutSeconds: props.workload.deploymentTimeoutSeconds,
      });
    this.frontDoor = new FrontDoor(this, {
      ...common,
      settings: props.frontDoor,
      namespace: backend?.namespace ?? this.namespace,
      deployed: props.deployApplication,
    });

    const { exposure, unexposed } = this.frontDoor;
    const before = [delivery?.images, this.binaryAuthorization?.ready].filter((part) => part !== undefined);
    this.home = new Instance(this, {
      ...common,
      before,
      exposure: backend ? unexposed : exposure,
      mirror: mirrorHost(props.services, installation),
      deliverer: deliveredBy === undefined ? delivery?.intoHome : { type: "releases", deployers: [deliveredBy] },
    });
    planChecks(this, {
      ...props,
      stages,
      deployedAfter: resourcesOf(...(this.home.workload?.migrations ?? [])),
      dependsOn: enabled("secretmanager.googleapis.com"),
    });
    new Guard(this, "guard", { immutable: props.immutable, rememberedAfter: this.home.irreplaceable });
    this.stages = createStages(this, stages, (settings) => ({
      ...common,
      before,
      exposure: settings === backend ? exposure : unexposed,
      home: installation,
      deployers: delivery?.deployers ?? [],
    }));
    this.backend = (backend ? this.stages[backend.name] : this.home)?.workload;

    const workloads = [this.home, ...Object.values(this.stages)].flatMap((instance) => instance.workload ?? []);
    this.frontDoor.open(this.home, this.stages, backend?.name);
    if (this.binaryAuthorization) new PolicyRecord(this.binaryAuthorization, workloads);
    if (delivery) {
      const after = workloads.flatMap(({ deployerAccess }) => deployerAccess ?? []);
      this.trigger = new Trigger(delivery, "trigger", { ...delivery.trigger, after });
    }
    this.delivery = delivery;
    apis.enableForAll(this);
  }
}

/** The props with their defaults. */
function resolve(given: AppGkeProps) {
  const { secretRotationPeriod = "2592000s", deployApplication = true } = given;
  const { immutable = { project_id: given.installation.projectId } } = given;
  const [frontDoor, workload] = [resolveFrontDoor(given.frontDoor), resolveWorkload(given.workload)];
  return { ...given, deployApplication, frontDoor, immutable, secretRotationPeriod, workload };
}
