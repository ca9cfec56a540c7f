/** @returns the name of a container's port for its metrics: a pod has each name once */
export function metricsPortName(port: number): string {
  return `metrics-${port}`;
}

/**
 * What of the Auth Proxy is collected. Its latencies are left out: a series for each bucket and each start of a pod.
 * @see https://github.com/GoogleCloudPlatform/cloud-sql-go-connector/blob/main/README.md#supported-metrics
 */
export const AUTH_PROXY_METRICS = [
  "cloudsqlconn_open_connections",
  "cloudsqlconn_(dial|refresh)_failure_count(_total)?",
];
