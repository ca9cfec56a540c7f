/**
 * What is known only at apply time, handed to an application's functions. Every string may be a Terraform expression (a
 * CDKTF token): put it into other strings, never take it apart.
 */
export interface Bindings {
  readonly projectId: string;
  readonly region: string;
  /** Where a browser reaches the application, without a trailing slash: `https://dify.example.com`. */
  readonly publicUrl: string;
  /** Every address under which a browser may reach it, `publicUrl` first. */
  readonly publicUrls: readonly string[];
  readonly entrance: Entrance;
  /** The in-cluster host name of a component's Service, fully qualified. Throws for an unknown component. */
  readonly host: (component: string) => string;
  /** The cluster IP of a component's Service, for components that may not use DNS. */
  readonly address: (component: string) => string;
  /** The application's database, through the Auth Proxy in the same pod. @default - the application has none */
  readonly database?: {
    readonly host: string;
    readonly port: number;
    readonly name: string;
    readonly user: string;
    /**
     * The instance itself, for a job whose own login has a password while the application's has none: its address, and the file with
     * the certificate of its authority. @default - `host` is for both logins
     */
    readonly direct?: { readonly host: string; readonly certificate: string };
  };
  /** @default - the application does not use Redis */
  readonly redis?: RedisBinding;
  /** The Redis that its queue is moved away from. @default - it stays where it is */
  readonly earlierRedis?: RedisBinding;
  /**
   * Public ranges that cluster and network use privately: those `known` at synth, and `lines` with one line for each of all, which
   * is `beginning` and the range. Some ranges only a plan knows: then the lines are one expression, which code cannot count.
   */
  readonly privatelyUsed: { readonly known: readonly string[]; readonly lines: (beginning: string) => string };
  /** The name of the bucket with this suffix. Throws for an unknown suffix. */
  readonly bucket: (nameSuffix: string) => string;
  /** Where the shared files are mounted in a pod. @default - there are none */
  readonly sharedFilesPath?: string;
  /** The installation's directory on a share. */
  readonly shareDirectory: string;
}

/** Where a Redis is. */
export interface RedisBinding {
  readonly host: string;
  /** `6379`. */
  readonly port: string;
  /** PEM of the authorities that its certificate is checked against. @default - not known here */
  readonly ca?: string;
  /** The part of a data cluster that it is. @default - none */
  readonly part?: string;
  /** Who says which server is the primary, for clients that ask. @default - `host` leads to it */
  readonly sentinels?: RedisSentinels;
}

/** The sentinels of a Redis. @see https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/ */
export interface RedisSentinels {
  /** `<host>:<port>` of each. */
  readonly addresses: readonly string[];
  /** The name under which they know the primary. */
  readonly primary: string;
}

/** How requests come to the entry point. Ranges are CIDRs. */
export interface Entrance {
  /**
   * Whose forwarded headers say who the client is and with which scheme it came: a load balancer's, or those of proxies of the
   * user's own. Empty where the peer is the client.
   */
  readonly trustedProxies: readonly string[];
  /** Those of them whose headers also say which host was asked for: the user's own proxies. */
  readonly ownProxies: readonly string[];
  /** Whether `publicUrls` are configured, and complete: a request for another host is treated as one for the first of them. */
  readonly fixedUrls: boolean;
  /** Whether a proxy stands between clients and the Service, which sends many clients' requests over connections that it keeps. */
  readonly proxied: boolean;
  /** Whether the address that the entry point sees, or is told by `trustedProxies`, is the client's own, not a node's or a proxy's. */
  readonly clientsKnown: boolean;
}

/** The entrance of a Service with nothing in front of it. */
export const DIRECT: Entrance = {
  trustedProxies: [],
  ownProxies: [],
  fixedUrls: false,
  proxied: false,
  clientsKnown: false,
};

/** Environment variables by name; evaluated once the bindings are known. */
export type EnvironmentVariables = (bindings: Bindings) => Readonly<Record<string, string>>;
