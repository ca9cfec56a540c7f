/** @returns the name of a container's port for its metrics: a pod has each name once */
export function metricsPortName(port: number): string {
  return `metrics-${port}`;
}
