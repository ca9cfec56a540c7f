import { withDefaults } from "../workload/defaults";

/**
 * The public way in: by default a Service with its own address, or with `gateway` an HTTPS load balancer.
 */
export interface FrontDoorSettings {
  /**
   * Type of the entry point's Service. Behind a gateway it is always internal.
   * @see https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types
   * @default LoadBalancer
   */
  readonly serviceType?: "ClusterIP" | "LoadBalancer" | "NodePort";
  /**
   * Port of the Service.
   * @see https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports
   * @default 80
   */
  readonly servicePort?: number;
  /**
   * Whether an external address is reserved.
   * @see https://cloud.google.com/vpc/docs/reserve-static-external-ip-address
   * @default true
   */
  readonly reserveStaticIp?: boolean;
  /**
   * An existing address: regional, or global for a gateway.
   * @see https://cloud.google.com/vpc/docs/reserve-static-external-ip-address
   * @default - one is reserved
   */
  readonly staticIpName?: string;
  /**
   * For the Service.
   * @see https://kubernetes.io/docs/reference/networking/virtual-ips/#session-affinity
   * @default None
   */
  readonly sessionAffinity?: "ClientIP" | "None";
  /**
   * For the Service.
   * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/
   * @default {}
   */
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * For the Service.
   * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
   * @default {}
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Ports of the Service in addition to `servicePort`.
   * @see https://kubernetes.io/docs/concepts/services-networking/service/#multi-port-services
   * @default []
   */
  readonly extraPorts?: readonly { readonly name: string; readonly port: number; readonly targetPort: number }[];
  /**
   * CIDR ranges that the Service's load balancer takes connections from.
   * @see https://cloud.google.com/kubernetes-engine/docs/concepts/service-load-balancer-parameters
   * @default [] - any
   */
  readonly sourceRanges?: readonly string[];
  /**
   * For a Service with a load balancer or ports of the nodes. `Cluster` hides the client's address behind a node's.
   * @see https://kubernetes.io/docs/reference/networking/virtual-ips/#external-traffic-policy
   * @default - Local for a load balancer, Cluster for ports of the nodes
   */
  readonly externalTrafficPolicy?: "Cluster" | "Local";
  /**
   * URLs under which browsers reach the application: `https://dify.example.com`. The first one is its main address.
   * @default [] - addresses of the gateway or of the Service
   */
  readonly publicUrls?: readonly string[];
  /** What the user has in front of it. @default - nothing */
  readonly ownProxies?: OwnProxies;
  /** HTTPS in front of the Service. @default - the Service is the front door */
  readonly gateway?: GatewaySettings;
}

/** An ingress controller, a CDN, a tunnel or a company's gateway. */
export interface OwnProxies {
  /** CIDR ranges that they connect from: forwarded headers from there are trusted. @default [] */
  readonly ranges?: readonly string[];
  /**
   * Kubernetes namespaces that they run in. A Service inside the cluster is open to them and to `ranges` alone. A Service whose
   * load balancer has `sourceRanges` lets them in as well.
   * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors
   * @default [] - a Service inside the cluster is open to everybody
   */
  readonly namespaces?: readonly string[];
}

type Optional = "staticIpName" | "gateway" | "externalTrafficPolicy";
type Defaulted = Omit<FrontDoorSettings, Optional | "ownProxies"> & { readonly ownProxies: Required<OwnProxies> };

/** A front door's settings with their defaults. */
export type ResolvedFrontDoor = Required<Defaulted> & Pick<FrontDoorSettings, Optional>;

const DEFAULTS: Required<Defaulted> = {
  serviceType: "LoadBalancer",
  servicePort: 80,
  reserveStaticIp: true,
  sessionAffinity: "None",
  annotations: {},
  labels: {},
  extraPorts: [],
  sourceRanges: [],
  publicUrls: [],
  ownProxies: { ranges: [], namespaces: [] },
};

export function resolveFrontDoor(settings: FrontDoorSettings = {}): ResolvedFrontDoor {
  const { ranges = [], namespaces = [] } = settings.ownProxies ?? {};
  return withDefaults<Required<Defaulted>, FrontDoorSettings>(DEFAULTS, {
    ...settings,
    ownProxies: { ranges, namespaces },
  });
}

/**
 * A global external Application Load Balancer: created by GKE from Gateway objects
 * (https://cloud.google.com/kubernetes-engine/docs/concepts/gateway-api), or with a cache by Terraform.
 */
export interface GatewaySettings {
  /**
   * The first one is the public address.
   * @see https://cloud.google.com/certificate-manager/docs/domain-authorization
   * @default [] - `<ip>.nip.io` (https://nip.io)
   */
  readonly domains?: readonly string[];
  /** Cloud Armor. @see https://cloud.google.com/armor/docs/security-policy-overview @default - none */
  readonly firewall?: FirewallSettings;
  /**
   * Identity-Aware Proxy. Not together with `cachedPaths`.
   * @see https://cloud.google.com/iap/docs/concepts-overview
   * @default - open to everyone
   */
  readonly signIn?: SignInSettings;
  /**
   * Paths, with everything below them, whose answers Cloud CDN may cache.
   * @see https://cloud.google.com/cdn/docs/overview
   * @default [] - no CDN
   */
  readonly cachedPaths?: readonly string[];
  /** @see https://cloud.google.com/load-balancing/docs/https/https-logging-monitoring @default {} */
  readonly log?: RequestLogSettings;
}

/** Which requests the load balancer logs. An entry has the whole address, so every token in it. */
export interface RequestLogSettings {
  /**
   * `refused` is what the firewall refuses, or would refuse; without a firewall that is nothing.
   * @see https://cloud.google.com/armor/docs/request-logging
   * @default refused
   */
  readonly requests?: "none" | "refused" | "all";
  /**
   * Share of these requests, from 0 to 1.
   * @see https://cloud.google.com/load-balancing/docs/https/https-logging-monitoring
   * @default 1
   */
  readonly sampleRate?: number;
}

/**
 * Who creates the load balancer. GKE's Gateway supports Cloud CDN only from 1.35.2 on, with a kind of object that older
 * clusters do not have: there, even the plan would fail.
 */
export type FrontDoorType = "gateway" | "load-balancer";

/** @returns which of the two front doors the settings ask for. */
export function frontDoorType({ cachedPaths = [], signIn }: GatewaySettings): FrontDoorType {
  if (cachedPaths.length === 0) return "gateway";
  if (signIn)
    throw new Error(
      "cachedPaths and signIn are both set: the cache would answer before anybody has signed in. Leave one of the two out.",
    );
  return "load-balancer";
}

/** A Cloud Armor policy. */
export interface FirewallSettings {
  /** @see https://cloud.google.com/armor/docs/security-policy-overview */
  readonly policyName: string;
  /** `false`: the policy exists already, with its own rules. @default true */
  readonly create?: boolean;
  /**
   * Logs what a rule would refuse, but lets it through.
   * @see https://cloud.google.com/armor/docs/security-policy-overview#preview_mode
   * @default false
   */
  readonly preview?: boolean;
  /**
   * Client ranges that no rule applies to.
   * @see https://cloud.google.com/armor/docs/security-policy-overview
   * @default []
   */
  readonly exemptRanges?: readonly string[];
  /**
   * Beginnings of paths where people send texts and programs: request bodies there are not searched for attacks.
   * @see https://cloud.google.com/armor/docs/waf-rules
   * @default [] - every request is searched
   */
  readonly freeTextPaths?: readonly string[];
}

/** Identity-Aware Proxy in front of everything. */
export interface SignInSettings {
  /** IAM members, such as `user:…` or `group:…`. @see https://cloud.google.com/iam/docs/principal-identifiers */
  readonly members: readonly string[];
  /**
   * Paths, with everything below them, that need no sign-in.
   * @see https://cloud.google.com/iap/docs/enabling-kubernetes-howto
   * @default []
   */
  readonly exemptPaths?: readonly string[];
  /**
   * Raise it to announce a new client secret.
   * @see https://cloud.google.com/iap/docs/enabling-kubernetes-howto
   * @default 1
   */
  readonly secretRevision?: number;
}
