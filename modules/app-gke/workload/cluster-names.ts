/** A Service by its name in the cluster's name service. */
interface ServiceName {
  /** @default - every one of the namespace */
  readonly service?: string;
  /** @default - every one */
  readonly namespace?: string;
}

/**
 * @param namespace the one that short names belong to
 * @returns the Service that a host name stands for: `qdrant.vectors.svc.cluster.local`, `qdrant.vectors.svc`, `qdrant`, and
 *   a name that begins with a dot stands for everything below; `undefined` if it is not a name in the cluster
 */
export function serviceNamed(host: string, namespace: string): ServiceName | undefined {
  if (!/[a-z]/.test(host)) return undefined;
  if (/^[a-z0-9-]+$/.test(host)) return { service: host, namespace };
  const { before } = /^(?<before>.*)\.svc(\.cluster\.local)?$/.exec(host)?.groups ?? {};
  // What comes before the Service is the name of one of its pods.
  const [of, service] = (before ?? "").split(".").reverse();
  return before === undefined ? undefined : { ...(service && { service }), ...(of && { namespace: of }) };
}
