import { Construct } from "constructs";
import type { Delivery } from "../delivery/delivery";
import type { StageSettings } from "../delivery/settings";
import type { FrontDoor } from "../front-door/front-door";
import type { Installation } from "../installation";
import { StageMarker } from "../platform/plan-checks";
import { Guard } from "../terraform/guard";
import { type CommonInstanceProps, Instance } from "./instance";

export interface StagesProps extends CommonInstanceProps {
  /** The environment that the stages belong to. */
  readonly installation: Installation;
  /** Stages with data of their own. */
  readonly stages: readonly StageSettings[];
  readonly frontDoor: Pick<FrontDoor, "exposureOf">;
  /** Brings versions into them. @default - Terraform alone does */
  readonly delivery?: Pick<Delivery, "deployers">;
}

interface StageProps extends Omit<StagesProps, "stages"> {
  readonly settings: StageSettings;
}

/**
 * A stage with its own data. It starts with the version in the variable file; from then on Cloud Deploy decides what
 * its pods run.
 */
class Stage extends Construct {
  readonly instance: Instance;

  constructor(scope: Construct, id: string, props: StageProps) {
    super(scope, id);
    const { delivery, frontDoor, settings, workload } = props;
    new StageMarker(this, "marker", {
      home: props.installation,
      stage: settings.name,
      dependsOn: props.enabled("secretmanager.googleapis.com"),
    });
    this.instance = new Instance(this, {
      ...props,
      redis: settings.redisPort === undefined ? props.redis : { port: settings.redisPort },
      installation: settings.installation,
      application: settings.application,
      namespace: settings.namespace,
      // Its namespace is created here. Only the environment itself is known in other clusters.
      workload: workload && { ...workload, existingNamespace: false, multiCluster: undefined },
      exposure: frontDoor.exposureOf(settings.name),
      mirror: settings.images?.mirror,
      deliverer: { type: "releases", deployers: delivery?.deployers ?? [] },
    });
    new Guard(this, "guard", {
      immutable: settings.immutable ?? {},
      rememberedAfter: this.instance.irreplaceable,
      message: (name, was, now) =>
        `${name} of stage ${settings.name} was ${was} when the stage was created and is now ${now}: it would work on ` +
        `other data than before, or on another stage's. Leave the stages before it where they are, or write the old ` +
        `value out in cloud_deploy_stages.`,
    });
  }
}

/** Creates the stages with their own data. @returns each by its name */
export function createStages(scope: Construct, { stages, ...common }: StagesProps): Readonly<Record<string, Instance>> {
  return Object.fromEntries(
    stages.map((settings) => {
      const { instance } = new Stage(scope, `stage-${settings.name}`, { ...common, settings });
      return [settings.name, instance];
    }),
  );
}
