import { Fn, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { LoggingProjectExclusion } from "@cdktf/provider-google/lib/logging-project-exclusion";
import { type Installation, prefixedName } from "../installation";
import type { GatewaySettings, RequestLogSettings } from "./settings";

export interface RequestLogProps {
  readonly installation: Installation;
  readonly settings: GatewaySettings;
  /** Host names whose requests they are. */
  readonly hosts: readonly string[];
  readonly dependsOn: readonly ITerraformDependable[];
}

/** How a backend service logs. */
export interface BackendLog {
  readonly enabled: boolean;
  /** From 0 to 1. @default - nothing is logged */
  readonly sampleRate?: number;
}

const DEFAULTS: Required<RequestLogSettings> = { requests: "refused", sampleRate: 1 };

/**
 * The load balancer's log of requests. It has whole addresses, with query strings and what is secret in paths, and the
 * firewall's decisions, which are nowhere else. A backend service can only log a share of all requests, so what the
 * firewall let through is left out where the log is stored: by an exclusion of the project's `_Default` sink that matches
 * requests for these hosts, and nobody else's.
 */
export class RequestLog extends Construct {
  readonly ofBackends: BackendLog;
  /** Filter for the entries that are to be kept. @default - nothing is logged */
  readonly kept?: string;

  constructor(scope: Construct, id: string, props: RequestLogProps) {
    super(scope, id);
    const { installation, settings, hosts } = props;
    const { requests, sampleRate } = { ...DEFAULTS, ...settings.log };
    const logged = requests === "all" || (requests === "refused" && settings.firewall !== undefined);
    this.ofBackends = logged ? { enabled: true, sampleRate } : { enabled: false };
    if (!logged) return;
    const ofHosts = `resource.type="http_load_balancer" AND httpRequest.requestUrl=~"^https?://(${hosts.map(asPattern).join("|")})(:[0-9]+)?/"`;
    // With `preview`, what the firewall would refuse is kept as well.
    const refused = ["enforcedSecurityPolicy", "previewSecurityPolicy"].map(
      (policy) => `jsonPayload.${policy}.outcome="DENY"`,
    );
    this.kept = requests === "all" ? ofHosts : `${ofHosts} AND (${refused.join(" OR ")})`;
    if (requests === "all") return;
    new LoggingProjectExclusion(this, "exclusion", {
      project: installation.projectId,
      name: prefixedName(installation, "requests"),
      description: `Requests to ${installation.resourcePrefix} that the firewall let through`,
      filter: [ofHosts, ...refused.map((condition) => `NOT ${condition}`)].join(" AND "),
      dependsOn: [...props.dependsOn],
    });
  }
}

/** A host name may be known to the apply alone. */
function asPattern(host: string): string {
  return Fn.replace(host, ".", "[.]");
}
