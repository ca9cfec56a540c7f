import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { MonitoringAlertPolicy } from "@cdktf/provider-google/lib/monitoring-alert-policy";
import type { Installation } from "../installation";
import { LogMetric } from "./log-metric";
import type { StandardAlertSettings } from "./settings";
import type { StandardAlert, StandardAlertId } from "./standard-alert";
import { standardAlerts } from "./standard-alerts";
import type { Watched } from "./watched";

export interface StandardAlertPoliciesProps {
  readonly installation: Installation;
  /** By the alert's name. */
  readonly settings: Readonly<Partial<Record<StandardAlertId, StandardAlertSettings>>>;
  readonly watched: Watched;
  /** `projects/…/notificationChannels/…`. */
  readonly channels: readonly string[];
}

/**
 * The alerts that every environment has. Their conditions are PromQL, as Google refuses a threshold on a metric that nobody
 * has written yet, and in a new project that is most of them
 * (https://cloud.google.com/monitoring/promql/create-promql-alerts-api#disable-check).
 */
export class StandardAlertPolicies extends Construct {
  /** Names of those that there are. */
  readonly names: readonly StandardAlertId[];

  constructor(scope: Construct, id: string, props: StandardAlertPoliciesProps) {
    super(scope, id);
    this.names = standardAlerts.filter((alert) => this.create(alert, props)).map((alert) => alert.id);
  }

  private create(alert: StandardAlert, { installation, settings, watched, channels }: StandardAlertPoliciesProps) {
    const { enabled = true, threshold = alert.threshold } = settings[alert.id] ?? {};
    const condition = enabled ? this.conditionOf(alert, installation, watched) : undefined;
    if (condition === undefined) return false;
    const sign = alert.opens === "less" ? "<" : ">";
    new MonitoringAlertPolicy(this, alert.id, {
      project: installation.projectId,
      displayName: `${installation.resourcePrefix}: ${alert.title}`,
      combiner: "OR",
      severity: alert.severity,
      conditions: [
        {
          displayName: `${alert.unit}: ${alert.opens ?? "more"} than ${threshold}`,
          conditionPrometheusQueryLanguage: {
            query: `(${condition.query}) ${sign} ${threshold}`,
            duration: `${alert.minutes * 60}s`,
            evaluationInterval: "60s",
            disableMetricValidation: true,
          },
        },
      ],
      documentation: {
        mimeType: "text/markdown",
        content: `${alert.meaning}\n\n${alert.remedy}\n\nstandard_alerts: ${alert.id}`,
      },
      alertStrategy: { autoClose: "86400s" },
      notificationChannels: [...channels],
      userLabels: installation.labels,
      dependsOn: condition.counted && [condition.counted],
    });
    return true;
  }

  /** @returns what is compared, and the metric that it needs; `undefined` where there is nothing to watch */
  private conditionOf(alert: StandardAlert, installation: Installation, watched: Watched): Condition | undefined {
    if (!("entries" in alert)) {
      const query = alert.query(watched);
      return query === undefined ? undefined : { query };
    }
    const { resource, window, labels, filter: of } = alert.entries;
    const filter = of(watched);
    if (filter === undefined) return undefined;
    const metric = new LogMetric(this, `${alert.id}-entries`, {
      installation,
      what: alert.id,
      description: `${installation.resourcePrefix}: ${alert.title}`,
      filter: `resource.type="${resource}" AND ${filter}`,
      labels,
    });
    const query = `sum(increase(${metric.promql}{monitored_resource="${resource}"}[${window}]))`;
    // Without an entry there is no series, which is not less than the threshold either: then 0 is compared.
    return { query: alert.opens === "less" ? `${query} or vector(0)` : query, counted: metric.resource };
  }
}

interface Condition {
  /** PromQL. */
  readonly query: string;
  /** Metric that has to exist first. @default - Google has it */
  readonly counted?: ITerraformDependable;
}
