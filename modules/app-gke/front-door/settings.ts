import { withDefaults } from "../defaults";

/**
 * The public way in: by default a Service with its own address, or with `gateway` an HTTPS load balancer.
 */
export interface FrontDoorSettings {
  /**
   * Kind of the entry point's Service (https://kubernetes.io/docs/concepts/services-networking/service/). Behind a gateway it is
   * always internal.
   * @default LoadBalancer
   */
  readonly serviceType?: "ClusterIP" | "LoadBalancer" | "NodePort";
  /** Port of the Service. @default 80 */
  readonly servicePort?: number;
  /**
   * Reserve an external address: https://cloud.google.com/vpc/docs/reserve-static-external-ip-address.
   * @default true
   */
  readonly reserveStaticIp?: boolean;
  /** An existing address: regional, or global for a gateway. @default - one is reserved */
  readonly staticIpName?: string;
  /** Of the Service: https://kubernetes.io/docs/reference/networking/virtual-ips/#session-affinity. @default None */
  readonly sessionAffinity?: "ClientIP" | "None";
  /** Of the Service. @default {} */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Of the Service. @default {} */
  readonly labels?: Readonly<Record<string, string>>;
  /** Further ports of the Service. @default [] */
  readonly extraPorts?: readonly { readonly name: string; readonly port: number; readonly targetPort: number }[];
  /** HTTPS in front of the Service. @default - the Service is the front door */
  readonly gateway?: GatewaySettings;
}

type Defaulted = Omit<FrontDoorSettings, "staticIpName" | "gateway">;

/** A front door's settings with their defaults. */
export type ResolvedFrontDoor = Required<Defaulted> & Pick<FrontDoorSettings, "staticIpName" | "gateway">;

const DEFAULTS: Required<Defaulted> = {
  serviceType: "LoadBalancer",
  servicePort: 80,
  reserveStaticIp: true,
  sessionAffinity: "None",
  annotations: {},
  labels: {},
  extraPorts: [],
};

export function resolveFrontDoor(settings: FrontDoorSettings = {}): ResolvedFrontDoor {
  return withDefaults(DEFAULTS, settings);
}

/**
 * A global external Application Load Balancer: made by GKE from Gateway objects
 * (https://cloud.google.com/kubernetes-engine/docs/concepts/gateway-api), or here where there is a cache.
 */
export interface GatewaySettings {
  /** The first one is the public address. @default [] - `<ip>.nip.io` (https://nip.io) */
  readonly domains?: readonly string[];
  /** Cloud Armor: https://cloud.google.com/armor/docs/security-policy-overview. @default - none */
  readonly firewall?: FirewallSettings;
  /**
   * Identity-Aware Proxy (https://cloud.google.com/iap/docs/concepts-overview). Not together with `cachedPaths`.
   * @default - open to everyone
   */
  readonly signIn?: SignInSettings;
  /**
   * Paths, with everything below them, whose answers Cloud CDN may keep: https://cloud.google.com/cdn/docs/overview.
   * @default [] - no CDN
   */
  readonly cachedPaths?: readonly string[];
}

/**
 * Who makes the load balancer. GKE's Gateway has Cloud CDN only from 1.35.2 on, by a kind of object that an older cluster
 * does not know, so that already the plan would fail there.
 */
export type FrontDoorType = "gateway" | "load-balancer";

/** @returns which of the two front doors the settings ask for. */
export function frontDoorType({ cachedPaths = [], signIn }: GatewaySettings): FrontDoorType {
  if (cachedPaths.length === 0) return "gateway";
  if (signIn)
    throw new Error("A cache would answer before anybody has signed in: cachedPaths and signIn exclude each other");
  return "load-balancer";
}

/** A Cloud Armor policy: https://cloud.google.com/armor/docs/security-policy-overview. */
export interface FirewallSettings {
  readonly policyName: string;
  /** `false`: the policy exists already, with rules of its own. @default true */
  readonly create?: boolean;
  /** Log what a rule would refuse, and let it through. @default false */
  readonly preview?: boolean;
  /** Ranges that no rule looks at. @default [] */
  readonly exemptRanges?: readonly string[];
  /**
   * First parts of paths where people send text and programs: what is written there is not searched for attacks.
   * @default [] - every request is searched
   */
  readonly freeTextPaths?: readonly string[];
}

/** Identity-Aware Proxy in front of everything: https://cloud.google.com/iap/docs/concepts-overview. */
export interface SignInSettings {
  /** IAM members, such as `user:…` or `group:…`: https://cloud.google.com/iam/docs/principal-identifiers. */
  readonly members: readonly string[];
  /** Paths, with everything below them, that need no sign-in. @default [] */
  readonly exemptPaths?: readonly string[];
  /** Raised to announce a new client secret. @default 1 */
  readonly secretRevision?: number;
}
