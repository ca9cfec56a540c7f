import { Construct } from "constructs";
import { LoggingMetric } from "@cdktf/provider-google/lib/logging-metric";
import type { Installation } from "../installation";
import { type Watched, watchedFilter } from "./watched";

export interface RequestMetricProps {
  readonly installation: Installation;
  readonly watched: Watched;
  /** Container whose log has every request. */
  readonly container: string;
}

/**
 * Counts requests by status, from the entry point's log: the same for every front door, where load balancers have metrics
 * of their own, or none.
 */
export class RequestMetric extends Construct {
  /** As PromQL writes it. @see https://cloud.google.com/monitoring/promql/promql-mapping */
  readonly promql: string;

  constructor(scope: Construct, id: string, { installation, watched, container }: RequestMetricProps) {
    super(scope, id);
    const name = `${installation.resourcePrefix}/requests`;
    const containers = watchedFilter("k8s_container", watched) ?? "";
    new LoggingMetric(this, "metric", {
      project: installation.projectId,
      name,
      description: `Requests to ${installation.resourcePrefix} by status`,
      filter: `${containers} AND resource.labels.container_name = "${container}" AND httpRequest.status > 0`,
      labelExtractors: { status: "EXTRACT(httpRequest.status)" },
      metricDescriptor: {
        metricKind: "DELTA",
        valueType: "INT64",
        labels: [{ key: "status", valueType: "STRING", description: "Status of the answer" }],
      },
    });
    this.promql = `logging_googleapis_com:user_${name.replace(/[^A-Za-z0-9]/g, "_")}`;
  }
}
