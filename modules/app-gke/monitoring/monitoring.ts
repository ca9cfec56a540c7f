import { Construct } from "constructs";
import type { Component } from "../component";
import type { PublicAddress } from "../front-door/public-addresses";
import type { Installation } from "../installation";
import { Budget } from "./budget";
import type { LogSources } from "./log-sources";
import { Logs } from "./logs";
import { Dashboard } from "./dashboard";
import { MetricAlerts } from "./metric-alerts";
import { NotificationChannels } from "./notification-channels";
import { requestMetrics } from "./request-metric";
import type { MonitoringSettings } from "./settings";
import { sizeMetric } from "./size-metric";
import { StandardAlertPolicies } from "./standard-alert-policies";
import { UptimeChecks } from "./uptime-checks";
import type { Watched } from "./watched";

export interface MonitoringProps {
  readonly installation: Installation;
  readonly projectNumber: string;
  readonly settings: MonitoringSettings;
  readonly watched: Watched;
  /** Components whose log lines of health checks can be left out. */
  readonly components: readonly Component[];
  /** Container whose log has every request as Cloud Logging's `httpRequest`. @default - requests are not counted */
  readonly requestLog?: string;
  /** Container that logs the databases' sizes. @default - none does */
  readonly sizeReport?: string;
  /** What else than pods logs something of the environment. */
  readonly logSources: LogSources;
  /** None where nothing is public, or nothing runs. */
  readonly addresses: readonly PublicAddress[];
}

/** Who is told when something goes wrong, and what is watched. */
export class Monitoring extends Construct {
  /** Whether any alert is set up. */
  readonly isOn: boolean;
  /** `projects/…/notificationChannels/…`. */
  readonly channels: readonly string[];
  /** `projects/…/uptimeCheckConfigs/…`. */
  readonly uptimeChecks: readonly string[];
  /** View of the environment's own log bucket: `projects/…/views/…`. @default - it has no bucket */
  readonly logView?: string;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const { installation, settings, addresses } = props;
    const { emails = [], uptimeCheck, alerts = [], standardAlerts = {}, logs = {} } = settings;
    const { watched: ofPods, components, projectNumber } = props;
    const { logSources: sources } = props;
    this.logView = new Logs(this, "logs", { installation, settings: logs, watched: ofPods, components, sources }).view;
    this.channels = new NotificationChannels(this, "channels", { installation, emails }).names;
    const common = { installation, channels: this.channels };
    if (settings.budget) new Budget(this, "budget", { ...common, projectNumber, settings: settings.budget });
    const checks = uptimeCheck && new UptimeChecks(this, "uptime", { ...common, settings: uptimeCheck, addresses });
    this.uptimeChecks = checks?.names ?? [];
    new MetricAlerts(this, "alerts", { ...common, alerts, watched: props.watched });
    this.isOn = emails.length + alerts.length + this.uptimeChecks.length > 0;
    const { measured = [] } = props.watched;
    if (emails.length === 0 && measured.length === 0) return;
    const watched = {
      ...props.watched,
      checkIds: checks?.secureIds,
      ...this.countRequests(props),
      ...this.sizes(props),
    };
    const { billingExport } = settings;
    new Dashboard(this, "dashboard", { installation, watched, settings: standardAlerts, billingExport });
    if (emails.length > 0)
      new StandardAlertPolicies(this, "standard", { ...common, settings: standardAlerts, watched });
  }

  private sizes({ installation, watched, sizeReport }: MonitoringProps): Partial<Watched> {
    return sizeReport === undefined ? {} : { databaseSizeMetric: sizeMetric(this, installation, watched, sizeReport) };
  }

  private countRequests({ installation, watched, requestLog }: MonitoringProps): Partial<Watched> {
    if (requestLog === undefined) return {};
    const { byStatus, firstByte } = requestMetrics(this, { installation, watched, container: requestLog });
    return { requestMetric: byStatus, firstByteMetric: firstByte };
  }
}
