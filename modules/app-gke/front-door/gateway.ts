import { Construct } from "constructs";
import type { ITerraformDependable } from "cdktf";
import type { Component } from "../application-config";
import type { Installation } from "../installation";
import { resourcesOf } from "../terraform/dependencies";
import { serviceName } from "../workload/component-service";
import { commonLabels } from "../workload/labels";
import { CustomResource } from "../workload/custom-resource";
import type { Edge } from "./edge";
import type { FrontDoor } from "./front-door";
import { type EntryPoint, gatewayBackend } from "./gateway-backend";
import { LISTENERS, Routes } from "./routes";
import type { GatewaySettings } from "./settings";

export interface GatewayProps {
  readonly installation: Installation;
  /** It says which of them requests go to. */
  readonly frontDoor: FrontDoor;
  readonly settings: GatewaySettings;
  readonly edge: Edge;
  /** Labels of the entry point, the same everywhere. */
  readonly component: Component;
  /** The environment's own workload; its namespace is the gateway's. */
  readonly home: EntryPoint;
  /** The stages' workloads, by name. */
  readonly stages: Readonly<Record<string, EntryPoint>>;
  /** What has to exist when this front door has the address. */
  readonly handover: ITerraformDependable;
}

/**
 * The Kubernetes side of the gateway. The Gateway itself is created last and deleted first: it has its firewall,
 * sign-in and routes from its first request on, and what it names in Google Cloud is deleted only after GKE has removed
 * the load balancer, which the Gateway's finalizer waits for.
 */
export class Gateway extends Construct {
  constructor(scope: Construct, id: string, props: GatewayProps) {
    super(scope, id);
    const { component, installation, edge, frontDoor, settings } = props;
    const { namespace } = props.home;
    const labels = commonLabels(installation);
    const name = serviceName(installation, "gateway");
    const exemptPaths = settings.signIn?.exemptPaths ?? [];

    const common = { home: installation, frontDoor: frontDoor.settings, edge, component, open: exemptPaths.length > 0 };
    const home = gatewayBackend(this, { ...common, ...props.home });
    const stages = Object.entries(props.stages).map(([stage, other]) => {
      const part = new Construct(this, `stage-${stage}`);
      return [stage, gatewayBackend(part, { ...common, ...other, routesFrom: namespace })] as const;
    });
    const backend = frontDoor.backendOf(home, Object.fromEntries(stages));
    const routes = new Routes(this, "routes", {
      namespace,
      labels,
      gateway: name,
      hosts: edge.hosts,
      main: backend.main,
      open: backend.open && { ...backend.open, paths: exemptPaths },
      dependsOn: backend.ready,
    });
    const policy = new CustomResource(this, "policy", {
      apiVersion: "networking.gke.io/v1",
      kind: "GCPGatewayPolicy",
      name,
      namespace,
      labels,
      spec: {
        default: { sslPolicy: edge.sslPolicy.name },
        targetRef: { group: "gateway.networking.k8s.io", kind: "Gateway", name },
      },
    });
    new CustomResource(this, "gateway", {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "Gateway",
      name,
      namespace,
      labels,
      annotations: { "networking.gke.io/certmap": edge.certificates.mapName },
      spec: {
        gatewayClassName: "gke-l7-global-external-managed",
        addresses: [{ type: "NamedAddress", value: edge.address.name }],
        listeners: [
          { name: LISTENERS.http, protocol: "HTTP", port: 80, allowedRoutes },
          // The certificate map has its certificates.
          { name: LISTENERS.https, protocol: "HTTPS", port: 443, allowedRoutes },
        ],
      },
      waitFor: "Programmed",
      dependsOn: [
        ...routes.resources,
        ...backend.ready,
        policy.resource,
        ...edge.certificates.ready,
        ...(edge.signIn?.ready ?? []),
        ...resourcesOf(edge.address),
        props.handover,
      ],
    });
  }
}

const allowedRoutes = {
  namespaces: { from: "Same" },
  kinds: [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute" }],
};
