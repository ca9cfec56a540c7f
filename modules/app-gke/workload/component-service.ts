import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { ServiceV1, type ServiceV1SpecPort } from "@cdktf/provider-kubernetes/lib/service-v1";
import type { Component } from "../application-config";
import type { Installation } from "../installation";
import { commonLabels, selectorLabels } from "./labels";

/** How a Service is published. */
export interface ServiceExposure {
  readonly type: "ClusterIP" | "LoadBalancer" | "NodePort";
  readonly servicePort: number;
  /** Reserved address. @default - the load balancer's own choice */
  readonly ip?: string;
  /** Whether the address is an internal one, in the network. @default false */
  readonly internal?: boolean;
  /** Ranges that the load balancer takes connections from. @default [] - any */
  readonly sourceRanges?: readonly string[];
  /** https://kubernetes.io/docs/reference/networking/virtual-ips/#external-traffic-policy. @default - Local for a load balancer */
  readonly externalTrafficPolicy?: "Cluster" | "Local";
  readonly sessionAffinity: "ClientIP" | "None";
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly extraPorts: readonly { readonly name: string; readonly port: number; readonly targetPort: number }[];
}

export interface ComponentServiceProps {
  readonly installation: Installation;
  readonly namespace: string;
  readonly component: Component;
  /** Component whose pods answer; another one if they share a pod. */
  readonly podComponent: string;
  /** @default - inside the cluster only */
  readonly exposure?: ServiceExposure;
  /** Whether proxies of a service mesh connect to it. @default false */
  readonly forMesh?: boolean;
  /** @default [] */
  readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * A component's address in the cluster. It needs no pods: it is created first, so that others know where the component
 * will be.
 */
export class ComponentService extends Construct {
  readonly name: string;
  /** Fully qualified name in the cluster. */
  readonly host: string;
  readonly clusterIp: string;
  /** Address of the load balancer, if there is one. */
  readonly externalIp?: string;
  readonly resource: ServiceV1;

  constructor(scope: Construct, id: string, props: ComponentServiceProps) {
    super(scope, id);
    const { component, installation, exposure } = props;
    const loadBalancer = exposure?.type === "LoadBalancer";
    const fixed = exposure && this.fixedAddress(loadBalancer && exposure.ip !== undefined, exposure.internal);
    const { sourceRanges = [], externalTrafficPolicy } = exposure ?? {};
    const service = new ServiceV1(this, "service", {
      metadata: {
        name: serviceName(installation, component.name),
        namespace: props.namespace,
        labels: {
          ...exposure?.labels,
          ...commonLabels(installation),
          "app.kubernetes.io/component": component.name,
        },
        annotations: exposure ? { ...exposure.annotations } : undefined,
      },
      spec: {
        type: exposure?.type ?? "ClusterIP",
        selector: selectorLabels(installation, props.podComponent),
        // Inside the cluster, clients are pods such as nginx, which send everybody's requests: affinity would give them all to one pod.
        sessionAffinity: exposure?.sessionAffinity ?? "None",
        port: [...servicePorts(component, exposure, props.forMesh)],
        ...(loadBalancer && {
          loadBalancerIp: exposure.ip,
          // Keeps the client's address, which rate limits and Dify's logs need.
          externalTrafficPolicy: externalTrafficPolicy ?? "Local",
          loadBalancerSourceRanges: sourceRanges.length > 0 ? [...sourceRanges] : undefined,
        }),
        ...(exposure?.type === "NodePort" && { externalTrafficPolicy }),
      },
      waitForLoadBalancer: loadBalancer,
      dependsOn: props.dependsOn && [...props.dependsOn],
      lifecycle: fixed && { replaceTriggeredBy: [`${fixed.terraformResourceType}.${fixed.friendlyUniqueId}`] },
    });
    this.resource = service;
    this.name = service.metadata.name;
    this.host = `${this.name}.${props.namespace}.svc.cluster.local`;
    this.clusterIp = service.spec.clusterIp;
    if (loadBalancer) {
      this.externalIp = exposure.ip ?? service.status.get(0).loadBalancer.get(0).ingress.get(0).ip;
    }
  }

  /**
   * Whether the Service has a fixed address, and an internal one. If either changes, the Service is replaced: the
   * provider's in-place patch replaces a field that may not exist, which not every server accepts, and a load balancer
   * that becomes internal is another load balancer.
   */
  private fixedAddress(fixed: boolean, internal?: boolean): DataResource {
    return new DataResource(this, "fixed-address", { input: { fixed, ...(internal && { internal }) } });
  }
}

/** @returns the name of a component's Service and Deployment */
export function serviceName(installation: Installation, component: string): string {
  return `${installation.applicationName}-${component}`;
}

/**
 * Treats connections as plain TCP. For HTTP, the mesh's proxy would route by the requests' host: nginx passes on the client's, and
 * requests to Squid name other servers. TCP is routed by address, without timeouts and retries of the proxy's own.
 * @see https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/
 */
const FOR_MESH = { appProtocol: "tcp" } as const;

/** @returns the ports of a component's Services */
export function servicePorts(component: Component, exposure?: ServiceExposure, forMesh = false): ServiceV1SpecPort[] {
  const own = (component.ports ?? []).map((port, index) => ({
    name: port.name,
    port: (index === 0 ? exposure?.servicePort : undefined) ?? port.servicePort ?? port.containerPort,
    targetPort: port.earlierContainerPort === undefined ? String(port.containerPort) : port.name,
    protocol: "TCP",
    ...(forMesh && FOR_MESH),
    ...protocolOf(component, port.containerPort),
  }));
  const extra = (exposure?.extraPorts ?? []).map(({ name, port, targetPort }) => ({
    name,
    port,
    targetPort: String(targetPort),
    protocol: "TCP",
    ...protocolOf(component, targetPort),
  }));
  return [...own, ...extra];
}

function protocolOf({ ports: own = [] }: Component, containerPort: number): Pick<ServiceV1SpecPort, "appProtocol"> {
  const appProtocol = own.find((port) => port.containerPort === containerPort)?.appProtocol;
  return appProtocol === undefined ? {} : { appProtocol };
}
