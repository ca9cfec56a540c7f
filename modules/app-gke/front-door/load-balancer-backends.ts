import { type ITerraformDependable, TerraformIterator } from "cdktf";
import { Construct } from "constructs";
import {
  ComputeBackendService,
  type ComputeBackendServiceConfig,
} from "@cdktf/provider-google/lib/compute-backend-service";
import { ComputeFirewall } from "@cdktf/provider-google/lib/compute-firewall";
import { ComputeHealthCheck } from "@cdktf/provider-google/lib/compute-health-check";
import type { Component } from "../application-config";
import { type Installation, prefixedName } from "../installation";
import type { Lookup } from "../platform/lookup";
import { LONGEST_ANSWER_SECONDS } from "./backend";
import { LOAD_BALANCER_RANGES } from "./edge";
import type { EndpointGroups } from "./endpoint-groups";
import type { Firewall } from "./firewall";
import { HEALTH_CHECK, healthPath } from "./health-check";
import type { BackendLog } from "./request-log";

export interface LoadBalancerBackendsProps {
  readonly installation: Installation;
  readonly cluster: Lookup["cluster"];
  readonly component: Component;
  readonly groups: EndpointGroups;
  /** Cloud Armor. @default - none */
  readonly firewall?: Firewall;
  readonly log: BackendLog;
  /** Google's APIs. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Requests per second that a pod is said to take. A backend with endpoint groups has to name a number; it only says
 * when a group is full, and with all groups in one region there is nowhere better to send a request.
 */
const REQUESTS_PER_ENDPOINT = 10_000;

/**
 * Two backend services for the same pods, because caching is a property of a backend service: `main` is treated like a
 * Gateway's Service, `cached` has Cloud CDN in front.
 */
export class LoadBalancerBackends extends Construct {
  readonly main: ComputeBackendService;
  readonly cached: ComputeBackendService;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: LoadBalancerBackendsProps,
  ) {
    super(scope, id);
    const reachable = this.letIn();
    const health = this.healthCheck();
    this.main = this.service("main", health, reachable, {
      // The default of 30 seconds would cut off every long answer.
      timeoutSec: LONGEST_ANSWER_SECONDS,
      // Streams of a pod that is being stopped may end on their own; 3600 is the maximum.
      connectionDrainingTimeoutSec: LONGEST_ANSWER_SECONDS,
      // All requests of a Socket.IO session belong to one pod; 0 means as long as the browser is open.
      sessionAffinity: "GENERATED_COOKIE",
      affinityCookieTtlSec: 0,
    });
    this.cached = this.service("cached", health, reachable, {
      timeoutSec: 30,
      connectionDrainingTimeoutSec: 300,
      // An answer that sets a cookie is never cached.
      sessionAffinity: "NONE",
      enableCdn: true,
      // An answer is cached only if the application says so in `Cache-Control`, and for as long as it says: a file that
      // is missing during a rollout is requested again.
      cdnPolicy: {
        cacheMode: "USE_ORIGIN_HEADERS",
        negativeCaching: false,
        requestCoalescing: true,
        cacheKeyPolicy: { includeHost: true, includeProtocol: true, includeQueryString: true },
      },
    });
  }

  private service(
    id: string,
    health: ComputeHealthCheck,
    reachable: ITerraformDependable,
    config: Partial<ComputeBackendServiceConfig>,
  ): ComputeBackendService {
    const { installation, firewall, groups, log } = this.props;
    const group = TerraformIterator.fromResources(groups.resource);
    return new ComputeBackendService(this, id, {
      project: installation.projectId,
      name: this.named(id),
      loadBalancingScheme: "EXTERNAL_MANAGED",
      // Google's default for this scheme; the provider would remove it if it were missing here.
      localityLbPolicy: "ROUND_ROBIN",
      protocol: "HTTP",
      backend: group.dynamic({
        group: group.getString("id"),
        balancing_mode: "RATE",
        max_rate_per_endpoint: REQUESTS_PER_ENDPOINT,
        capacity_scaler: 1,
      }),
      healthChecks: [health.id],
      logConfig: { enable: log.enabled, sampleRate: log.sampleRate },
      securityPolicy: firewall && `projects/${installation.projectId}/global/securityPolicies/${firewall.policyName}`,
      ...config,
      dependsOn: [reachable, ...(firewall?.ready ?? [])],
    });
  }

  private healthCheck(): ComputeHealthCheck {
    const { component, installation, dependsOn } = this.props;
    return new ComputeHealthCheck(this, "health", {
      project: installation.projectId,
      name: this.named("entry"),
      checkIntervalSec: HEALTH_CHECK.interval,
      timeoutSec: HEALTH_CHECK.timeout,
      healthyThreshold: HEALTH_CHECK.healthyThreshold,
      unhealthyThreshold: HEALTH_CHECK.unhealthyThreshold,
      httpHealthCheck: { portSpecification: "USE_SERVING_PORT", requestPath: healthPath(component) },
      dependsOn: [...dependsOn],
    });
  }

  /** GKE opens its nodes to load balancers that it creates itself, but not to this one. */
  private letIn(): ComputeFirewall {
    const { cluster, component, installation, dependsOn } = this.props;
    const port = component.ports?.[0]?.containerPort;
    if (port === undefined) throw new Error(`The entry point ${component.name} has no port`);
    return new ComputeFirewall(this, "firewall-rule", {
      project: installation.projectId,
      name: this.named("entry"),
      description: `Load balancer and health checks to ${component.name}`,
      network: cluster.network,
      direction: "INGRESS",
      sourceRanges: [...LOAD_BALANCER_RANGES],
      // Connections go to the pods themselves, not to their nodes.
      destinationRanges: [cluster.podCidr],
      allow: [{ protocol: "tcp", ports: [String(port)] }],
      dependsOn: [...dependsOn],
    });
  }

  private named(what: string): string {
    return prefixedName(this.props.installation, what);
  }
}
