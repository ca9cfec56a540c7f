/** Names of what nginx tells of its connections. */
export const nginxMetrics = [
  "nginx_connections_active",
  "nginx_connections_reading",
  "nginx_connections_writing",
  "nginx_connections_waiting",
  "nginx_connections_limit",
] as const;

/**
 * A server that tells how many connections to clients there are, in Prometheus' text format. nginx has these numbers in
 * variables, so an exporter in its pod, which would only ask for the same ones and reformat them, is not needed.
 * @param connections of each process
 * @param processes several, or one for each CPU of the node: then the limit is not known
 * @see https://nginx.org/en/docs/http/ngx_http_stub_status_module.html#variables
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function connectionMetrics(
  port: number | undefined,
  address: string,
  connections: number,
  processes: number | "auto" = "auto",
): readonly string[] {
  if (port === undefined) return [];
  const [active, reading, writing, waiting, limit] = nginxMetrics;
  const values: readonly (readonly [string, string])[] = [
    [active, "$connections_active"],
    [reading, "$connections_reading"],
    // Requests that are answered or wait for a component: open streams are among them.
    [writing, "$connections_writing"],
    [waiting, "$connections_waiting"],
    ...(processes === "auto" ? [] : ([[limit, String(connections * processes)]] as const)),
  ];
  const text = values.map(([name, value]) => `# TYPE ${name} gauge\\n${name} ${value}\\n`).join("");
  return [
    "",
    "# For the cluster's own Prometheus.",
    "server {",
    `  listen ${address}${port};`,
    "  access_log off;",
    "  location = /metrics {",
    '    default_type "text/plain; version=0.0.4";',
    `    return 200 "${text}";`,
    "  }",
    "  location / {",
    "    return 404;",
    "  }",
    "}",
  ];
}
