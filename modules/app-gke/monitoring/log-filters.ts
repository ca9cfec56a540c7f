import type { Component } from "../component";
import { plain } from "../terraform/literal";
import { podNames } from "./own-workloads";
import type { Watched } from "./watched";

/**
 * Parts of filters for log entries.
 * @see https://cloud.google.com/logging/docs/view/logging-query-language
 */

/** @returns a condition that only entries of the cluster meet */
export function ofCluster({ name, location }: { readonly name: string; readonly location: string }): string {
  return `resource.labels.cluster_name="${name}" AND resource.labels.location="${location}"`;
}

/** @returns a value that any of the texts is equal to */
export function oneOf(texts: readonly string[]): string {
  return `(${texts.map((text) => `"${plain(text)}"`).join(" OR ")})`;
}

/** @returns a condition that only entries of the environment meet, of containers and pods */
export function ofNamespaces({ cluster, namespaces, own }: Pick<Watched, "cluster" | "namespaces" | "own">): string {
  const pods = own ? ` AND resource.labels.pod_name=~"^${podNames(own)}$"` : "";
  return `${ofCluster(cluster)} AND resource.labels.namespace_name=${oneOf(namespaces)}${pods}`;
}

/**
 * @returns a filter for what containers log of health checks that they passed: lines with the path and the status, as web
 * frameworks write them; `undefined` where no component has such a check
 */
export function passedHealthChecks(components: readonly Checked[]): string | undefined {
  const each = components.flatMap(({ name, probes = {} }) => {
    const paths = [probes.startup, probes.readiness, probes.liveness].flatMap((probe) =>
      probe?.check.type === "http" ? [probe.check.path] : [],
    );
    return [...new Set(paths)].map((path) => {
      const pattern = plain(path).replace(/[^A-Za-z0-9/_-]/g, "[$&]");
      return `(resource.labels.container_name="${name}" AND textPayload=~"(^|[^A-Za-z0-9/_-])${pattern}($|[^A-Za-z0-9/_-])" AND textPayload=~"(^|[^0-9.])200($|[^0-9.])")`;
    });
  });
  return each.length > 0 ? `(${each.join(" OR ")})` : undefined;
}

type Checked = Pick<Component, "name" | "probes">;
