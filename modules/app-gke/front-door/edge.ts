import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { ComputeSslPolicy } from "@cdktf/provider-google/lib/compute-ssl-policy";
import type { Installation } from "../installation";
import type { GoogleApi } from "../google/google-api";
import { Certificates, type DnsRecord } from "./certificates";
import { Firewall, NoFirewall } from "./firewall";
import { GlobalAddress } from "./global-address";
import type { GatewaySettings } from "./settings";
import { RequestLog } from "./request-log";
import { SignIn } from "./sign-in";

export interface EdgeProps {
  readonly installation: Installation;
  readonly projectNumber: string;
  readonly settings: GatewaySettings;
  /** Existing global address. @default - one is reserved */
  readonly addressName?: string;
  readonly enabled: (...names: GoogleApi[]) => ITerraformDependable[];
}

/** Ranges from which Google's load balancers connect to their backends. */
export const LOAD_BALANCER_RANGES = ["130.211.0.0/22", "35.191.0.0/16"] as const;

/**
 * Google's side of a gateway: everything that its Kubernetes objects name, or the load balancer that is created here.
 * None of it needs the cluster, so the public address is known before anything runs there, and stays when the
 * application is removed.
 */
export class Edge extends Construct {
  readonly address: GlobalAddress;
  /** Host names, the public one first. */
  readonly hosts: readonly string[];
  /** Without a trailing slash. */
  readonly publicUrls: readonly string[];
  /**
   * Addresses whose forwarded headers are trusted: the ranges, and the address that the load balancer appends as the
   * last one.
   */
  readonly trustedProxies: readonly string[];
  readonly certificates: Certificates;
  readonly sslPolicy: ComputeSslPolicy;
  readonly firewall?: Firewall;
  readonly signIn?: SignIn;
  readonly requestLog: RequestLog;
  /** DNS records to create for the domains. */
  readonly dnsRecords: readonly DnsRecord[];

  constructor(scope: Construct, id: string, props: EdgeProps) {
    super(scope, id);
    const { installation, settings, enabled } = props;
    const { domains = [] } = settings;
    const compute = enabled("compute.googleapis.com");
    this.address = new GlobalAddress(this, "address", { installation, name: props.addressName, dependsOn: compute });
    const fallback = `${this.address.ip}.nip.io`;
    this.hosts = domains.length > 0 ? domains : [fallback];
    this.publicUrls = this.hosts.map((host) => `https://${host}`);
    this.trustedProxies = [...LOAD_BALANCER_RANGES, `${this.address.ip}/32`];
    this.certificates = new Certificates(this, "certificates", {
      installation,
      domains,
      fallback,
      dependsOn: enabled("certificatemanager.googleapis.com"),
    });
    this.dnsRecords = [
      ...domains.map((domain) => ({ name: `${domain}.`, type: "A", data: this.address.ip })),
      ...this.certificates.records,
    ];
    this.sslPolicy = new ComputeSslPolicy(this, "ssl-policy", {
      project: installation.projectId,
      name: `${installation.resourcePrefix}-gateway`,
      profile: "MODERN",
      minTlsVersion: "TLS_1_2",
      dependsOn: compute,
    });
    if (settings.firewall) {
      this.firewall = new Firewall(this, "firewall", { installation, settings: settings.firewall, dependsOn: compute });
    } else new NoFirewall(this, "firewall");
    this.requestLog = new RequestLog(this, "request-log", {
      installation,
      settings,
      hosts: this.hosts,
      dependsOn: enabled("logging.googleapis.com"),
    });
    if (settings.signIn) {
      this.signIn = new SignIn(this, "sign-in", {
        installation,
        projectNumber: props.projectNumber,
        settings: settings.signIn,
        hosts: this.hosts,
        secretApis: enabled("secretmanager.googleapis.com"),
        dependsOn: enabled("iap.googleapis.com"),
      });
    }
  }
}
