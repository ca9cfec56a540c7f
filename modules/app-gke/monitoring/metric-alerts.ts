import { Construct } from "constructs";
import { MonitoringAlertPolicy } from "@cdktf/provider-google/lib/monitoring-alert-policy";
import { metricOf } from "../google/metrics";
import { hash, type Installation } from "../installation";
import { plain } from "../terraform/literal";
import type { MetricAlert } from "./settings";
import { type Watched, watchedFilter } from "./watched";

export interface MetricAlertsProps {
  readonly installation: Installation;
  readonly alerts: readonly MetricAlert[];
  readonly watched: Watched;
  /** `projects/…/notificationChannels/…`. */
  readonly channels: readonly string[];
}

/** The user's own alerts: a threshold for a metric of what belongs to this environment. */
export class MetricAlerts extends Construct {
  constructor(scope: Construct, id: string, { installation, alerts, watched, channels }: MetricAlertsProps) {
    super(scope, id);
    for (const alert of alerts) {
      const { filter, aligner } = seriesOf(alert.metricType, watched);
      new MonitoringAlertPolicy(this, idOfAlert(alert.name), {
        project: installation.projectId,
        displayName: `${installation.resourcePrefix}: ${alert.name}`,
        combiner: "OR",
        conditions: [
          {
            displayName: alert.name,
            conditionThreshold: {
              filter: `${filter} AND metric.type = "${alert.metricType}"`,
              aggregations: [{ alignmentPeriod: alert.aggregationPeriod, perSeriesAligner: aligner }],
              comparison: alert.comparison,
              thresholdValue: alert.threshold,
              duration: `${alert.durationSeconds}s`,
              trigger: { count: 1 },
            },
          },
        ],
        notificationChannels: [...channels],
        userLabels: installation.labels,
      });
    }
  }
}

/** A gauge is averaged over the period; of a counter, what was added in the period is taken. */
function seriesOf(metricType: string, watched: Watched): { readonly filter: string; readonly aligner: string } {
  const metric = metricOf(plain(metricType));
  const filter = metric && watchedFilter(metric.resource, watched);
  if (filter === undefined) throw new Error(`No resource of this environment has the metric ${metricType}`);
  return { filter, aligner: metric?.kind === "GAUGE" ? "ALIGN_MEAN" : "ALIGN_DELTA" };
}

/** Names are free texts, and Terraform's addresses are not. */
function idOfAlert(name: string): string {
  const text = plain(name);
  const readable = text.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "");
  return `${readable.slice(0, 40)}-${hash(text).slice(0, 6)}`;
}
