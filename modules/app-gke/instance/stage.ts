import type { ITerraformDependable } from "cdktf";
import { Construct, type IConstruct } from "constructs";
import type { DeliveryBasis } from "../delivery/basis";
import type { StageSettings } from "../delivery/settings";
import type { Deployment } from "../deployment";
import type { Lookup } from "../platform/lookup";
import { ownResources } from "../platform/own-resources";
import { StageMarker } from "../platform/plan-checks";
import type { GoogleApi } from "../google/project-services";
import { Guard } from "../terraform/guard";
import { inside, type Outside, type WorkloadSettings } from "../workload/settings";
import { Workload } from "../workload/workload";

export interface StageProps {
  /** Of the environment that the stage belongs to. */
  readonly home: Deployment;
  readonly settings: StageSettings;
  readonly lookup: Lookup;
  readonly sqlInstance?: string;
  readonly secretRotationPeriod: string;
  readonly enabled: (...names: GoogleApi[]) => ITerraformDependable[];
  /** `undefined`: nothing of it in the cluster. */
  readonly workload?: WorkloadSettings;
  /** What leads to it from outside. */
  readonly outside: Outside;
  readonly redis?: { readonly host: string; readonly port: string };
  readonly fileServer?: { readonly ip: string; readonly sharePath: string };
  /** What is there before its pods, beside what they may do. */
  readonly before: readonly IConstruct[];
  /** Google service accounts that releases are deployed as, by e-mail. */
  readonly deployers: readonly string[];
}

/**
 * A stage with everything of its own: databases and a user of its own on the shared instance, buckets, secrets, an
 * identity, a namespace, a directory on the share. It starts with the version of the variable file; from then on its
 * pods are Cloud Deploy's.
 */
export class Stage extends Construct {
  readonly workload?: Workload;

  constructor(scope: Construct, id: string, props: StageProps) {
    super(scope, id);
    const { settings, lookup } = props;
    const { application, deployment, namespace } = settings;
    new Guard(this, "guard", {
      immutable: settings.immutable,
      message: (name, was, now) =>
        `${name} of stage ${settings.name} was ${was} when the stage was created and is now ${now}: it would work on ` +
        `other data than before, or on another stage's. Leave the stages before it where they are, or write the old ` +
        `value out in cloud_deploy_stages.`,
    });
    new StageMarker(this, "marker", {
      home: props.home,
      stage: settings.name,
      dependsOn: props.enabled("secretmanager.googleapis.com"),
    });
    const { identity, buckets, secrets, database } = ownResources(this, {
      deployment,
      application,
      lookup,
      namespace,
      sqlInstance: props.sqlInstance,
      secretRotationPeriod: props.secretRotationPeriod,
      enabled: props.enabled,
    });
    if (!props.workload) return;
    this.workload = new Workload(this, "workload", {
      ...props.workload,
      deployment,
      application,
      namespace,
      ...props.outside,
      googleServiceAccountEmail: identity.email,
      secrets,
      buckets: buckets.names,
      database: database && lookup.sql && { resource: database, instance: lookup.sql },
      redis: props.redis,
      fileServer: props.fileServer,
      mirror: settings.images.mirror,
      permissions: [identity, buckets, ...props.before],
      delivery: { type: "releases", deployers: props.deployers },
    });
  }
}

export interface StagesProps extends Omit<StageProps, "settings" | "deployers"> {
  /** @default - there is no pipeline */
  readonly basis?: DeliveryBasis;
}

/** Makes in `scope` the stages with things of their own. @returns what runs of each, by name */
export function createStages(scope: Construct, { basis, ...props }: StagesProps): Readonly<Record<string, Workload>> {
  const workloads = (basis?.ownStages ?? []).flatMap((settings): [string, Workload][] => {
    const { workload } = new Stage(scope, `stage-${settings.name}`, {
      ...props,
      settings,
      outside: settings === basis?.front ? props.outside : inside(props.outside),
      deployers: basis?.deployers ?? [],
    });
    return workload ? [[settings.name, workload]] : [];
  });
  return Object.fromEntries(workloads);
}
