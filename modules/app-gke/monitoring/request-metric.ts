import type { Construct } from "constructs";
import type { Installation } from "../installation";
import { LogMetric } from "./log-metric";
import { ofNamespaces } from "./log-filters";
import type { Watched } from "./watched";

export interface RequestMetricProps {
  readonly installation: Installation;
  readonly watched: Watched;
  /** Container whose log has every request. */
  readonly container: string;
}

/**
 * @returns metrics of requests, from the entry point's log: the same for every front door, where load balancers have metrics
 * of their own, or none
 */
export function requestMetrics(scope: Construct, props: RequestMetricProps): RequestMetrics {
  const { installation, watched, container } = props;
  const prefix = installation.resourcePrefix;
  const entries = `resource.type="k8s_container" AND ${ofNamespaces(watched)} AND resource.labels.container_name="${container}"`;
  return {
    byStatus: new LogMetric(scope, "requests", {
      installation,
      what: "requests",
      description: `Requests to ${prefix} by status`,
      filter: `${entries} AND httpRequest.status > 0`,
      labels: { status: { description: "Status of the answer", extractor: "EXTRACT(httpRequest.status)" } },
    }).promql,
    firstByte: new LogMetric(scope, "first-byte", {
      installation,
      what: "first_byte_seconds",
      description: `Seconds until a component of ${prefix} begins to answer`,
      // The field is missing if nginx answered alone, and has two numbers if the request went to two components: neither counts.
      filter: `${entries} AND jsonPayload.firstByteSeconds =~ "^[0-9.]+$"`,
      // From a hundredth of a second on.
      number: { extractor: "EXTRACT(jsonPayload.firstByteSeconds)", unit: "s", least: 0.01 },
    }).promql,
  };
}

/** Names of metrics, in PromQL. */
export interface RequestMetrics {
  readonly byStatus: string;
  /** A histogram: seconds until a component begins to answer, which for a stream is its first event. */
  readonly firstByte: string;
}
