import type { Construct } from "constructs";
import type { ApplicationConfig, Entrance } from "../application-config";
import type { Installation } from "../installation";
import type { EnableApis } from "../google/google-apis";
import { backendStage, type DeliverySettings, type StageSettings } from "../delivery/settings";
import { networkProject, type SharedServices } from "../google/shared-services";
import type { Lookup } from "../platform/lookup";
import { serviceName } from "../workload/component-service";
import type { Exposure } from "../workload/settings";
import type { Workload } from "../workload/workload";
import { Address } from "./address";
import { Edge, LOAD_BALANCER_RANGES } from "./edge";
import { Handover } from "./handover";
import { internalSubnetwork } from "./internal-load-balancer";
import { type PublicAddress, publicAddresses } from "./public-addresses";
import type { ResolvedFrontDoor } from "./settings";

export interface FrontDoorProps {
  readonly installation: Installation;
  readonly settings: ResolvedFrontDoor;
  readonly application: ApplicationConfig;
  readonly lookup: Lookup;
  readonly services: SharedServices;
  /** Kubernetes namespace of the environment itself, as plain text. */
  readonly namespace: string;
  /** Its pipeline says which stage requests go to. @default - they go to the environment itself */
  readonly delivery?: Pick<DeliverySettings, "pipeline">;
  /** Whether anything runs behind it. */
  readonly deployApplication: boolean;
  readonly enabled: EnableApis;
}

/**
 * The public way in, as far as it needs nothing that runs: address, certificates, firewall and sign-in. They are created
 * first, because what runs is told its public address; `openFrontDoor` makes the rest.
 *
 * Its parts are created in `scope`, because their Terraform addresses are older than this class.
 */
export class FrontDoor {
  /** The Service's address, if the Service is the front door; kept behind a gateway, so that there is a way back. */
  readonly address?: Address;
  /** Google's side of the gateway: addresses, certificates, firewall and sign-in. */
  readonly edge?: Edge;
  /** What the gateway hands requests over to. `undefined`: there is no gateway, or nothing runs behind it. */
  readonly handover?: Handover;
  readonly settings: ResolvedFrontDoor;
  /** The stage that requests go to. `undefined`: they go to the environment itself. */
  private readonly backendStage?: StageSettings;

  constructor(
    scope: Construct,
    private readonly props: FrontDoorProps,
  ) {
    const { application, installation, enabled, lookup, settings } = props;
    const { gateway, serviceType, reserveStaticIp, staticIpName } = settings;
    this.settings = settings;
    this.backendStage = backendStage(props.delivery);
    // With a gateway, the name is that of a global address.
    const named = gateway ? undefined : staticIpName;
    if (serviceType === "LoadBalancer" && (named || (reserveStaticIp && !staticIpName))) {
      this.address = new Address(scope, "address", {
        installation,
        name: named,
        subnetwork: this.internalSubnetwork,
        dependsOn: enabled("compute.googleapis.com"),
      });
    }
    if (!gateway) return;
    this.edge = new Edge(scope, "edge", {
      installation,
      projectNumber: lookup.projectNumber,
      settings: gateway,
      addressName: staticIpName,
      enabled,
    });
    if (!props.deployApplication) return;
    this.handover = new Handover(scope, "front", {
      installation,
      settings: gateway,
      cluster: lookup.cluster,
      namespace: (this.backendStage ?? props).namespace,
      serviceName: serviceName(installation, application.entryPoint),
      servicePort: settings.servicePort,
      dependsOn: enabled("compute.googleapis.com"),
    });
  }

  /**
   * How a workload is reached.
   * @param stage name of a stage; `undefined`: the environment itself
   */
  exposureOf(stage: string | undefined): Exposure {
    return stage === this.backendStage?.name ? this.exposed : this.unexposed;
  }

  /** @returns the environment itself or one of its stages: what requests go to */
  backendOf<Backend>(home: Backend, stages: Readonly<Record<string, Backend>>): Backend {
    return (this.backendStage === undefined ? undefined : stages[this.backendStage.name]) ?? home;
  }

  private get exposed(): Exposure {
    const { settings } = this;
    const { publicUrls, serviceType } = settings;
    const fixedUrls = publicUrls.length > 0;
    if (!this.edge) {
      return {
        service: {
          ...settings,
          type: serviceType,
          ip: this.address?.ip,
          internal: serviceType === "LoadBalancer" && this.internalSubnetwork !== undefined,
        },
        publicUrls: fixedUrls ? publicUrls : undefined,
        sources: this.sources(),
        namespaces: settings.ownProxies.namespaces,
        entrance: this.entrance([]),
      };
    }
    const { annotations, dependsOn } = this.handover?.service ?? {};
    return {
      service: { ...settings, type: "ClusterIP", annotations: { ...settings.annotations, ...annotations } },
      dependsOn,
      publicUrls: fixedUrls ? publicUrls : this.edge.publicUrls,
      // Requests that bypass the gateway have neither its firewall nor its sign-in.
      sources: LOAD_BALANCER_RANGES,
      entrance: this.entrance(this.edge.trustedProxies),
    };
  }

  /** Ranges that connections to the Service come from, where it is the front door. `undefined`: any. */
  private sources(): readonly string[] | undefined {
    const { externalTrafficPolicy, ownProxies, serviceType, sourceRanges } = this.settings;
    switch (serviceType) {
      case "ClusterIP":
        return ownProxies.namespaces.length > 0 ? ownProxies.ranges : undefined;
      case "LoadBalancer":
        // With `Cluster`, any node may pass a connection on, so pods see the node's address and not the client's.
        return externalTrafficPolicy !== "Cluster" && sourceRanges.length > 0 ? sourceRanges : undefined;
      case "NodePort":
        return undefined;
    }
  }

  private entrance(trustedProxies: readonly string[]): Entrance {
    const { externalTrafficPolicy, ownProxies, publicUrls, serviceType } = this.settings;
    const proxies = ownProxies.ranges.length > 0;
    const local =
      serviceType === "LoadBalancer" ? externalTrafficPolicy !== "Cluster" : externalTrafficPolicy === "Local";
    return {
      trustedProxies: [...trustedProxies, ...ownProxies.ranges],
      ownProxies: ownProxies.ranges,
      fixedUrls: publicUrls.length > 0,
      proxied: this.edge !== undefined || proxies || publicUrls.length > 0 || ownProxies.namespaces.length > 0,
      clientsKnown:
        proxies || !this.isProxied ? this.edge !== undefined || serviceType === "ClusterIP" || local : false,
    };
  }

  /** Whether a proxy of the user's own is certainly in front: a Service inside the cluster is open to nobody else. */
  private get isProxied(): boolean {
    const { publicUrls, serviceType } = this.settings;
    if (this.edge) return publicUrls.some((url) => this.edge?.publicUrls.includes(url) === false);
    return serviceType === "ClusterIP" || publicUrls.length > 0;
  }

  /** Subnetwork in which the Service's load balancer has its address. `undefined`: it has an external one. */
  private get internalSubnetwork(): string | undefined {
    const { installation, lookup, services, settings } = this.props;
    return internalSubnetwork(
      settings.annotations,
      { networkProject: networkProject(services, installation), region: installation.region },
      lookup.cluster.subnetwork,
    );
  }

  private get unexposed(): Exposure {
    return {
      service: { ...this.settings, type: "ClusterIP", annotations: {}, extraPorts: [] },
      // A gateway has routes to every stage, and checks the health of each.
      ...(this.edge && { sources: LOAD_BALANCER_RANGES }),
    };
  }

  /**
   * Where the internet reaches the application.
   * @param backend what requests go to; `undefined`: nothing runs
   */
  publicAddresses(backend: Workload | undefined): readonly PublicAddress[] {
    const { application, settings } = this.props;
    if (!backend) return [];
    const external = settings.serviceType === "LoadBalancer" && this.internalSubnetwork === undefined;
    const service = backend.kubernetesServices[application.entryPoint];
    return publicAddresses({
      settings,
      edge: this.edge,
      serviceIp: external ? (this.address?.ip ?? service?.externalIp) : undefined,
    });
  }
}
