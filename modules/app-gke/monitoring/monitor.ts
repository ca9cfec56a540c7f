import type { Construct } from "constructs";
import type { ApplicationConfig } from "../application-config";
import type { Delivery } from "../delivery/delivery";
import type { ImageBuild } from "../delivery/image-build";
import type { Trigger } from "../delivery/trigger";
import type { FrontDoor } from "../front-door/front-door";
import type { SharedServices } from "../google/shared-services";
import type { Installation } from "../installation";
import type { Instance, RedisAddress } from "../instance/instance";
import type { Lookup } from "../platform/lookup";
import type { ResolvedWorkload } from "../workload/settings";
import type { Workload } from "../workload/workload";
import { Monitoring } from "./monitoring";
import type { MonitoringSettings } from "./settings";
import { ownDisks, ownWorkloads } from "./workload-names";
import { metricsOf, watchedOf } from "./watched";

export interface MonitorProps {
  readonly installation: Installation;
  readonly services: SharedServices;
  readonly lookup: Lookup;
  readonly application: ApplicationConfig;
  readonly monitoring: MonitoringSettings;
  readonly namespace: string;
  /** The stages with data of their own. */
  readonly stages: readonly { readonly namespace: string }[];
  /** @default - the file server */
  readonly redis?: RedisAddress;
  /** The environment itself, and its stages. */
  readonly instances: readonly Instance[];
  readonly frontDoor: FrontDoor;
  /** From a commit to a running version. @default - only Terraform brings new versions */
  readonly delivery?: Delivery;
  /** Starts builds. @default - nothing is built */
  readonly trigger?: Trigger;
  /** Builds an image at apply. @default - none is built */
  readonly imageBuild?: Pick<ImageBuild, "buildTag">;
  /** What requests go to. @default - nothing runs */
  readonly backend?: Workload;
  /** How pods run. @default - nothing runs in the cluster */
  readonly workload?: ResolvedWorkload;
}

/** Watches an environment as a whole. */
export function monitor(scope: Construct, props: MonitorProps): Monitoring {
  const { application, backend, delivery, frontDoor, installation, services } = props;
  const { projectId, region } = installation;
  const pipeline = delivery?.pipeline && { name: delivery.pipeline.name, location: region };
  return new Monitoring(scope, "monitoring", {
    installation,
    projectNumber: props.lookup.projectNumber,
    settings: props.monitoring,
    addresses: frontDoor.publicAddresses(backend),
    watched: watchedOf({
      projectId,
      services,
      namespaces: [props.namespace, ...props.stages.map(({ namespace }) => namespace)],
      own: props.workload?.existingNamespace ? ownWorkloads(installation, application) : undefined,
      redisOnFileServer:
        application.redis === true && props.redis?.host === undefined && props.redis?.memorystore !== true,
      buckets: props.instances.flatMap(({ buckets }) => Object.values(buckets.names)),
      sharedVolume: props.workload?.sharedFiles?.volumeName,
      statefulSets: application.components.some(({ statefulSet }) => statefulSet),
      ownDisks: props.workload && ownDisks(installation, application),
      measured: props.workload?.collectMetrics ? metricsOf(application) : [],
      firewallPolicy: frontDoor.edge?.firewall?.policyName,
      rotationTopic: props.instances[0]?.secrets.rotationTopic,
      pipeline,
      errorLines: backend && application.errorLines,
      dailyBackup: props.workload &&
        application.dailyBackup && { ...application.dailyBackup, namespace: props.namespace },
      monthlyRehearsal: props.workload &&
        application.monthlyRehearsal && { ...application.monthlyRehearsal, namespace: props.namespace },
      certificates: frontDoor.edge && `${installation.resourcePrefix}-`,
    }),
    components: application.components,
    logSources: {
      requests: frontDoor.edge?.requestLog.kept,
      database: services.sql?.create ? `${projectId}:${services.sql.name}` : undefined,
      trigger: props.trigger?.triggerId,
      buildTag: props.imageBuild?.buildTag,
      pipeline,
    },
    sizeReport: props.workload && application.sizeReport,
    requestLog: backend && application.logsRequests ? application.entryPoint : undefined,
  });
}
