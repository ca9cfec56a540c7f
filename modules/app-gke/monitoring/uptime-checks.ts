import { Construct } from "constructs";
import { MonitoringAlertPolicy } from "@cdktf/provider-google/lib/monitoring-alert-policy";
import { MonitoringUptimeCheckConfig } from "@cdktf/provider-google/lib/monitoring-uptime-check-config";
import type { PublicAddress } from "../front-door/public-addresses";
import { hash, type Installation } from "../installation";
import type { UptimeCheckSettings } from "./settings";

export interface UptimeChecksProps {
  readonly installation: Installation;
  readonly settings: UptimeCheckSettings;
  readonly addresses: readonly PublicAddress[];
  /** `projects/…/notificationChannels/…`. */
  readonly channels: readonly string[];
}

/**
 * Asks for a path at each public address, from Google's locations in several continents, and opens an incident when two of
 * them get no answer (https://cloud.google.com/monitoring/uptime-checks/uptime-alerting-policies).
 */
export class UptimeChecks extends Construct {
  /** `projects/…/uptimeCheckConfigs/…`. */
  readonly names: readonly string[];
  /** Ids of those that verify a certificate. */
  readonly secureIds: readonly string[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: UptimeChecksProps,
  ) {
    super(scope, id);
    const checks = props.addresses.map((address) => ({ ...address, check: this.watch(address) }));
    this.names = checks.map(({ check }) => check.name);
    this.secureIds = checks.filter(({ https }) => https).map(({ check }) => check.uptimeCheckId);
  }

  private watch(address: PublicAddress): MonitoringUptimeCheckConfig {
    const { installation, settings } = this.props;
    const { host, port, https } = address;
    // `a.b.com` and `a-b.com` are two hosts.
    const id = `${address.id.replace(/[^A-Za-z0-9]+/g, "-")}-${hash(address.id).slice(0, 4)}`;
    const check = new MonitoringUptimeCheckConfig(this, id, {
      project: installation.projectId,
      displayName: `${installation.resourcePrefix}: ${host}`,
      period: settings.period,
      timeout: settings.timeout,
      monitoredResource: { type: "uptime_url", labels: { project_id: installation.projectId, host } },
      httpCheck: { path: settings.path, port, useSsl: https, validateSsl: https },
      userLabels: installation.labels,
      // Another host is another check, and Google refuses to delete one that a policy still names.
      lifecycle: { createBeforeDestroy: true },
    });
    this.alert(id, host, check.uptimeCheckId);
    return check;
  }

  private alert(id: string, host: string, checkId: string): void {
    const { channels, installation, settings } = this.props;
    new MonitoringAlertPolicy(this, `${id}-alert`, {
      project: installation.projectId,
      displayName: `${installation.resourcePrefix}: ${host} does not answer`,
      combiner: "OR",
      severity: "CRITICAL",
      conditions: [
        {
          displayName: `${host}${settings.path} failed from two locations`,
          conditionThreshold: {
            filter:
              'resource.type = "uptime_url" AND metric.type = "monitoring.googleapis.com/uptime_check/check_passed" AND ' +
              `metric.labels.check_id = "${checkId}"`,
            // Counts the locations whose newest result is a failure.
            aggregations: [
              {
                alignmentPeriod: "1200s",
                perSeriesAligner: "ALIGN_NEXT_OLDER",
                crossSeriesReducer: "REDUCE_COUNT_FALSE",
                groupByFields: ["resource.label.host"],
              },
            ],
            comparison: "COMPARISON_GT",
            thresholdValue: 1,
            duration: "60s",
            trigger: { count: 1 },
          },
        },
      ],
      documentation: {
        mimeType: "text/markdown",
        content:
          `Google's checkers in at least two places got no good answer from ${host}${settings.path}: no connection, a ` +
          "certificate that is not valid for this host, another status than 2xx, or none in time. Look at the pods of the " +
          "entry point first, then at the load balancer and the certificate.",
      },
      notificationChannels: [...channels],
      userLabels: installation.labels,
    });
  }
}
