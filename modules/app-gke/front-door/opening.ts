import type { Construct } from "constructs";
import type { ApplicationConfig } from "../application-config";
import type { EnableApis } from "../google/google-apis";
import type { Installation } from "../installation";
import type { Lookup } from "../platform/lookup";
import type { Workload } from "../workload/workload";
import type { FrontDoor } from "./front-door";
import { Gateway } from "./gateway";
import type { EntryPoint } from "./gateway-backend";
import { LoadBalancer } from "./load-balancer";

/** What a front door can lead to: the environment itself or a stage. */
interface Backend {
  /** @default - nothing of it is in the cluster */
  readonly workload?: Workload;
}

export interface OpeningProps {
  readonly installation: Installation;
  readonly application: ApplicationConfig;
  readonly lookup: Lookup;
  readonly enabled: EnableApis;
  readonly frontDoor: FrontDoor;
  readonly home: Backend;
  /** Stages with data of their own, by name. */
  readonly stages: Readonly<Record<string, Backend>>;
}

/** Lets requests in: a published Service is open as it is, and a gateway is told what it leads to. */
export function openFrontDoor(scope: Construct, props: OpeningProps): void {
  const { application, enabled, frontDoor, home, installation, lookup, stages } = props;
  const { edge, handover, settings } = frontDoor;
  if (!settings.gateway || !edge || !handover) return;
  const component = application.components.find(({ name }) => name === application.entryPoint);
  if (!component) throw new Error(`There is no component ${application.entryPoint}`);
  const common = { installation, edge, component, handover: handover.resource };
  const entryPoint = (backend: Backend): EntryPoint => entryPointOf(application, backend);
  if (handover.groups) {
    new LoadBalancer(scope, "load-balancer", {
      ...common,
      service: entryPoint(frontDoor.backendOf(home, stages)).service,
      cluster: lookup.cluster,
      groups: handover.groups,
      cachedPaths: settings.gateway.cachedPaths ?? [],
      dependsOn: enabled("compute.googleapis.com"),
    });
    return;
  }
  new Gateway(scope, "gateway", {
    ...common,
    home: entryPoint(home),
    stages: Object.fromEntries(Object.entries(stages).map(([name, stage]) => [name, entryPoint(stage)])),
    frontDoor,
    settings: settings.gateway,
  });
}

function entryPointOf({ entryPoint }: ApplicationConfig, { workload }: Backend): EntryPoint {
  const service = workload?.kubernetesServices[entryPoint];
  if (!workload || !service) throw new Error(`The entry point ${entryPoint} has no port`);
  const { amongOthers, installation, namespace } = workload;
  return { installation, namespace: namespace.name, amongOthers, service };
}
