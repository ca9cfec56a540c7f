import { Construct } from "constructs";
import type { Installation } from "../installation";
import { serviceName } from "./component-service";
import { CustomResource } from "./custom-resource";
import { commonLabels, selectorLabels } from "./labels";
import { AUTH_PROXY_METRICS, metricsPortName } from "./metrics-port";
import type { PodGroup } from "./pod-groups";
import { idOf } from "../terraform/stack";
import { AUTH_PROXY_HEALTH_PORT } from "./auth-proxy";

export interface PodMonitoringsProps {
  readonly installation: Installation;
  readonly namespace: string;
  readonly groups: readonly PodGroup[];
  /** Whether pods that need the database have an Auth Proxy. */
  readonly authProxy: boolean;
}

/** Interval between two readings: each reading of each series is billed. */
const INTERVAL = "60s";

/**
 * Tells Managed Service for Prometheus which pods have metrics.
 * @see https://github.com/GoogleCloudPlatform/prometheus-engine/blob/main/doc/api.md#podmonitoring
 */
export class PodMonitorings extends Construct {
  constructor(scope: Construct, id: string, { installation, namespace, groups, authProxy }: PodMonitoringsProps) {
    super(scope, id);
    for (const group of groups) {
      const [{ name }] = group;
      const endpoints = [
        ...group.flatMap(({ metrics }) => (metrics ? [endpoint(metricsPortName(metrics.port), metrics.names)] : [])),
        ...(authProxy && group.some(({ needs }) => needs?.database)
          ? [endpoint(metricsPortName(AUTH_PROXY_HEALTH_PORT), AUTH_PROXY_METRICS)]
          : []),
      ];
      if (endpoints.length === 0) continue;
      new CustomResource(this, idOf(name), {
        apiVersion: "monitoring.googleapis.com/v1",
        kind: "PodMonitoring",
        name: serviceName(installation, name),
        namespace,
        labels: commonLabels(installation),
        spec: monitoringSpec(selectorLabels(installation, name), endpoints),
      });
    }
  }
}

/** @returns the specification of a PodMonitoring for pods with these labels */
export function monitoringSpec(matchLabels: Readonly<Record<string, string>>, endpoints: readonly object[]) {
  return {
    selector: { matchLabels },
    endpoints,
    // Without the default's other labels, which only say what made the pod.
    targetLabels: { metadata: ["container", "pod"] },
  };
}

/** @param port its name in the pod @param names metrics that are kept */
export function endpoint(port: string, names: readonly string[]) {
  return {
    port,
    path: "/metrics",
    interval: INTERVAL,
    // Prometheus anchors the pattern.
    metricRelabeling: [{ action: "keep", sourceLabels: ["__name__"], regex: names.join("|") }],
  };
}
