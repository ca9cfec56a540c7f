import { Construct } from "constructs";
import { LoggingMetric } from "@cdktf/provider-google/lib/logging-metric";
import type { Installation } from "../installation";

/** Labels that entries are counted by, each with a description and the expression that extracts its value. */
export type LogLabels = Readonly<Record<string, { readonly description: string; readonly extractor: string }>>;

export interface LogMetricProps {
  readonly installation: Installation;
  /** After the environment's own name. */
  readonly what: string;
  readonly description: string;
  /** @see https://cloud.google.com/logging/docs/view/logging-query-language */
  readonly filter: string;
  /** @default {} - entries are counted together */
  readonly labels?: LogLabels;
  /**
   * A number of each entry, whose distribution is kept: 20 buckets, from the least on, each twice as large as the one before.
   * @see https://cloud.google.com/logging/docs/logs-based-metrics/distribution-metrics
   * @default - entries are only counted
   */
  readonly number?: {
    readonly extractor: string;
    /** @see https://ucum.org/ucum */
    readonly unit: "s" | "By";
    readonly least: number;
  };
}

/** Counts log entries. @see https://cloud.google.com/logging/docs/logs-based-metrics/counter-metrics */
export class LogMetric extends Construct {
  /** As PromQL writes it. @see https://cloud.google.com/monitoring/promql/promql-mapping */
  readonly promql: string;
  readonly resource: LoggingMetric;

  constructor(scope: Construct, id: string, { installation, what, labels = {}, number, ...props }: LogMetricProps) {
    super(scope, id);
    const name = `${installation.resourcePrefix}/${what}`;
    const all = Object.entries(labels);
    this.resource = new LoggingMetric(this, "metric", {
      project: installation.projectId,
      name,
      description: props.description,
      filter: props.filter,
      labelExtractors:
        all.length > 0 ? Object.fromEntries(all.map(([key, { extractor }]) => [key, extractor])) : undefined,
      valueExtractor: number?.extractor,
      bucketOptions: number && {
        exponentialBuckets: { numFiniteBuckets: 20, growthFactor: 2, scale: number.least },
      },
      metricDescriptor: {
        metricKind: "DELTA",
        valueType: number ? "DISTRIBUTION" : "INT64",
        unit: number?.unit,
        labels: all.map(([key, { description }]) => ({ key, valueType: "STRING", description })),
      },
    });
    this.promql = `logging_googleapis_com:user_${name.replace(/[^A-Za-z0-9]/g, "_")}`;
  }
}
