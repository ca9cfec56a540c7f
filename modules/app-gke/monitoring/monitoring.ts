import { Construct } from "constructs";
import type { PublicAddress } from "../front-door/public-addresses";
import type { Installation } from "../installation";
import { MetricAlerts } from "./metric-alerts";
import { NotificationChannels } from "./notification-channels";
import type { MonitoringSettings } from "./settings";
import { UptimeChecks } from "./uptime-checks";
import type { Watched } from "./watched";

export interface MonitoringProps {
  readonly installation: Installation;
  readonly settings: MonitoringSettings;
  readonly watched: Watched;
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

  constructor(scope: Construct, id: string, { installation, settings, watched, addresses }: MonitoringProps) {
    super(scope, id);
    const { emails = [], uptimeCheck, alerts = [] } = settings;
    this.channels = new NotificationChannels(this, "channels", { installation, emails }).names;
    const common = { installation, channels: this.channels };
    this.uptimeChecks = uptimeCheck
      ? new UptimeChecks(this, "uptime", { ...common, settings: uptimeCheck, addresses }).names
      : [];
    new MetricAlerts(this, "alerts", { ...common, alerts, watched });
    this.isOn = alerts.length + this.uptimeChecks.length > 0;
  }
}
