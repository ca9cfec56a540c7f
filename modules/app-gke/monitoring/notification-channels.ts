import { Construct } from "constructs";
import { MonitoringNotificationChannel } from "@cdktf/provider-google/lib/monitoring-notification-channel";
import { hash, type Installation } from "../installation";

export interface NotificationChannelsProps {
  readonly installation: Installation;
  /** E-mail addresses. */
  readonly emails: readonly string[];
}

/** Who is told: a channel for each address, so that adding or removing one touches no other. */
export class NotificationChannels extends Construct {
  /** `projects/…/notificationChannels/…`. */
  readonly names: readonly string[];

  constructor(scope: Construct, id: string, { installation, emails }: NotificationChannelsProps) {
    super(scope, id);
    this.names = emails.map((email) => {
      // `a.b@c.com` and `a-b@c.com` are two addresses.
      const channel = `${email.replace(/[^A-Za-z0-9]+/g, "-")}-${hash(email).slice(0, 4)}`;
      return new MonitoringNotificationChannel(this, channel, {
        project: installation.projectId,
        displayName: `${installation.resourcePrefix}: ${email}`,
        type: "email",
        labels: { email_address: email },
        userLabels: installation.labels,
        // Terraform may delete it before the policies that name it have been changed, which Google refuses otherwise.
        forceDelete: true,
      }).name;
    });
  }
}
