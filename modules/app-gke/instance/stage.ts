import { Construct } from "constructs";
import type { StageSettings } from "../delivery/settings";
import type { Installation } from "../installation";
import { StageMarker } from "../platform/plan-checks";
import { Guard } from "../terraform/guard";
import type { Exposure } from "../workload/settings";
import { type CommonInstanceProps, Instance } from "./instance";

export interface StageProps extends CommonInstanceProps {
  /** The environment that the stage belongs to. */
  readonly home: Installation;
  readonly settings: StageSettings;
  readonly exposure: Exposure;
  /** E-mail addresses of the Google service accounts that releases are deployed with. */
  readonly deployers: readonly string[];
}

/**
 * A stage with its own data. It starts with the version in the variable file; from then on Cloud Deploy decides what
 * its pods run.
 */
class Stage extends Construct {
  readonly instance: Instance;

  constructor(scope: Construct, id: string, props: StageProps) {
    super(scope, id);
    const { settings } = props;
    new StageMarker(this, "marker", {
      home: props.home,
      stage: settings.name,
      dependsOn: props.enabled("secretmanager.googleapis.com"),
    });
    this.instance = new Instance(this, {
      ...props,
      redis: settings.redisPort === undefined ? props.redis : { port: settings.redisPort },
      installation: settings.installation,
      application: settings.application,
      namespace: settings.namespace,
      mirror: settings.images?.mirror,
      deliverer: { type: "releases", deployers: props.deployers },
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
export function createStages(
  scope: Construct,
  stages: readonly StageSettings[],
  propsOf: (settings: StageSettings) => Omit<StageProps, "settings">,
): Readonly<Record<string, Instance>> {
  return Object.fromEntries(
    stages.map((settings) => {
      const { instance } = new Stage(scope, `stage-${settings.name}`, { ...propsOf(settings), settings });
      return [settings.name, instance];
    }),
  );
}
