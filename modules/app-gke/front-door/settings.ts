import { withDefaults } from "../defaults";

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
    throw new Error("A cache would answer before anybody has signed in: cachedPaths and signIn exclude each other");
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
