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
  /** The entry point, its Service, and where its pods are found. */
  readonly component: Component;
  readonly service: ComponentService;
  readonly groups: EndpointGroups;
  /** Paths, with everything below them, whose answers Cloud CDN may keep. */
  readonly cachedPaths: readonly string[];
  /** What has to be there when the address is this front door's. */
  readonly handover: ITerraformDependable;
  /** Google's APIs. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * A global external Application Load Balancer of the kind that GKE's Gateway makes, with a cache for some paths, which
 * the Gateway has on GKE 1.35.2 and newer only. It answers as the Gateway does: the hosts and nothing else, HTTP with a
 * redirect.
 *
 * The forwarding rules come last and go first: from its first request on it has its firewall, its routes and somewhere to
 * send requests, and nothing is deleted that still answers.
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
      // A host that is none of ours gets the 404 that it gets of a Gateway, and the application never sees the request. A
      // map without anything to send requests to is refused, hence the service.
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
