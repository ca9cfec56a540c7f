/** @returns the name of a container's port for its metrics: it has to be unique in the pod */
export function metricsPortName(port: number): string {
  return `metrics-${port}`;
}

/**
 * The Auth Proxy's metrics that are collected. Its latencies are left out: they have a series for each bucket and each new pod.
 * @see https://github.com/GoogleCloudPlatform/cloud-sql-go-connector/blob/main/README.md#supported-metrics
 */
export const AUTH_PROXY_METRICS = [
  "cloudsqlconn_open_connections",
  "cloudsqlconn_(dial|refresh)_failure_count(_total)?",
];
