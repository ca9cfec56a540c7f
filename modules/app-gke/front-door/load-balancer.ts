import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { ComputeGlobalForwardingRule } from "@cdktf/provider-google/lib/compute-global-forwarding-rule";
import { ComputeTargetHttpProxy } from "@cdktf/provider-google/lib/compute-target-http-proxy";
import { ComputeTargetHttpsProxy } from "@cdktf/provider-google/lib/compute-target-https-proxy";
import { ComputeUrlMap } from "@cdktf/provider-google/lib/compute-url-map";
import type { Component } from "../application-config";
import { type Installation, prefixedName } from "../installation";
import type { Lookup } from "../platform/lookup";
import { resourcesOf } from "../terraform/dependencies";
import type { ComponentService } from "../workload/component-service";
import type { Edge } from "./edge";
import type { EndpointGroups } from "./endpoint-groups";
import { LoadBalancerBackends } from "./load-balancer-backends";

export interface LoadBalancerProps {
  readonly installation: Installation;
  readonly cluster: Lookup["cluster"];
  readonly edge: Edge;
  /** The entry point, its Service, and the groups with its pods' addresses. */
  readonly component: Component;
  readonly service: ComponentService;
  readonly groups: EndpointGroups;
  /** Paths, with everything below them, whose answers Cloud CDN may cache. */
  readonly cachedPaths: readonly string[];
  /** What has to exist when this front door has the address. */
  readonly handover: ITerraformDependable;
  /** Google's APIs. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * A global external Application Load Balancer like the one that GKE's Gateway creates, with a cache for some paths,
 * which the Gateway supports only on GKE 1.35.2 and newer. It answers as the Gateway does: only for its hosts, and HTTP
 * with a redirect.
 *
 * The forwarding rules are created last and deleted first: from its first request on it has its firewall, its routes
 * and somewhere to send requests, and nothing is deleted that still answers.
 */
export class LoadBalancer extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: LoadBalancerProps,
  ) {
    super(scope, id);
    const { installation, edge } = props;
    const { projectId } = installation;
    const backends = new LoadBalancerBackends(this, "backends", {
      ...props,
      firewall: edge.firewall,
      log: edge.requestLog.ofBackends,
    });
    const https = new ComputeTargetHttpsProxy(this, "https-proxy", {
      project: projectId,
      name: this.named("https"),
      urlMap: this.routes(backends).id,
      certificateMap: `//certificatemanager.googleapis.com/projects/${projectId}/locations/global/certificateMaps/${edge.certificates.mapName}`,
      sslPolicy: edge.sslPolicy.id,
      dependsOn: [...edge.certificates.ready],
    });
    const http = new ComputeTargetHttpProxy(this, "http-proxy", {
      project: projectId,
      name: this.named("http"),
      urlMap: this.redirect().id,
    });
    this.listen("https", "443", https.id);
    this.listen("http", "80", http.id);
  }

  private routes({ main, cached }: LoadBalancerBackends): ComputeUrlMap {
    const { cachedPaths, installation, edge } = this.props;
    return new ComputeUrlMap(this, "routes", {
      project: installation.projectId,
      name: this.named("https"),
      // Any other host gets a 404, as from a Gateway, and the application never sees the request. A map without a
      // backend is refused, which is why the service is named.
      defaultService: main.id,
      defaultRouteAction: { faultInjectionPolicy: { abort: { httpStatus: 404, percentage: 100 } } },
      hostRule: [{ hosts: [...edge.hosts], pathMatcher: "application" }],
      pathMatcher: [
        {
          name: "application",
          defaultService: main.id,
          pathRule: [{ paths: cachedPaths.flatMap((path) => [path, `${path}/*`]), service: cached.id }],
        },
      ],
    });
  }

  private redirect(): ComputeUrlMap {
    const { installation, dependsOn } = this.props;
    return new ComputeUrlMap(this, "redirect", {
      project: installation.projectId,
      name: this.named("http"),
      defaultUrlRedirect: {
        httpsRedirect: true,
        redirectResponseCode: "MOVED_PERMANENTLY_DEFAULT",
        stripQuery: false,
      },
      dependsOn: [...dependsOn],
    });
  }

  private listen(id: string, port: string, target: string): void {
    const { installation, edge, handover, service } = this.props;
    new ComputeGlobalForwardingRule(this, id, {
      project: installation.projectId,
      name: this.named(id),
      loadBalancingScheme: "EXTERNAL_MANAGED",
      networkTier: "PREMIUM",
      ipProtocol: "TCP",
      ipAddress: edge.address.ip,
      portRange: port,
      target,
      dependsOn: [handover, service.resource, ...resourcesOf(edge.address)],
    });
  }

  private named(what: string): string {
    return prefixedName(this.props.installation, what);
  }
}
