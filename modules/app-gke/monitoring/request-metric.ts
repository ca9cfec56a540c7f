import type { Construct } from "constructs";
import type { Installation } from "../installation";
import { LogMetric } from "./log-metric";
import { type Watched, watchedFilter } from "./watched";

export interface RequestMetricProps {
  readonly installation: Installation;
  readonly watched: Watched;
  /** Container whose log has every request. */
  readonly container: string;
}

/**
 * @returns a metric that counts requests by status, from the entry point's log: the same for every front door, where load
 * balancers have metrics of their own, or none
 */
export function requestMetric(scope: Construct, id: string, props: RequestMetricProps): LogMetric {
  const { installation, watched, container } = props;
  const containers = watchedFilter("k8s_container", watched) ?? "";
  return new LogMetric(scope, id, {
    installation,
    what: "requests",
    description: `Requests to ${installation.resourcePrefix} by status`,
    filter: `${containers} AND resource.labels.container_name = "${container}" AND httpRequest.status > 0`,
    labels: { status: { description: "Status of the answer", extractor: "EXTRACT(httpRequest.status)" } },
  });
}
