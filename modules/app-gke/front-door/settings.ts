/** How the application is reached from outside. */
export interface FrontDoorSettings {
  /** Without a gateway; behind one the Service is internal. @default LoadBalancer */
  readonly serviceType: "ClusterIP" | "LoadBalancer" | "NodePort";
  /** @default 80 */
  readonly servicePort: number;
  /** Reserve an external address. @default true */
  readonly reserveStaticIp: boolean;
  /** An existing address: regional, or global for a gateway. @default - one is reserved */
  readonly staticIpName?: string;
  /** @default ClientIP */
  readonly sessionAffinity: "ClientIP" | "None";
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly extraPorts: readonly { readonly name: string; readonly port: number; readonly targetPort: number }[];
  /** HTTPS in front of the Service. @default - the Service is the front door */
  readonly gateway?: GatewaySettings;
}

/** A global external Application Load Balancer: made by GKE from Gateway objects, or here where there is a cache. */
export interface GatewaySettings {
  /** The first one is the public address. Empty: `<ip>.nip.io`. */
  readonly domains: readonly string[];
  /** Cloud Armor. @default - none */
  readonly firewall?: FirewallSettings;
  /** Identity-Aware Proxy. Not together with `cachedPaths`. @default - open to everyone */
  readonly signIn?: SignInSettings;
  /** Paths, with everything below them, whose answers Cloud CDN may keep. @default [] - no CDN */
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

export interface FirewallSettings {
  readonly policyName: string;
  /** `false`: the policy exists already, with rules of its own. */
  readonly create: boolean;
  /** Log what a rule would refuse, and let it through. */
  readonly preview: boolean;
  /** Ranges that no rule looks at. */
  readonly exemptRanges: readonly string[];
  /** First parts of paths where people send text and programs: what is written there is not searched for attacks. */
  readonly freeTextPaths: readonly string[];
}

export interface SignInSettings {
  /** IAM members: `user:…`, `group:…`, `serviceAccount:…`. */
  readonly members: readonly string[];
  /** Paths, with everything below them, that need no sign-in. */
  readonly exemptPaths: readonly string[];
  /** Raised to announce a new client secret. @default 1 */
  readonly secretRevision?: number;
}
