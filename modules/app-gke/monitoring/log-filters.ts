import { plain } from "../terraform/literal";

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
