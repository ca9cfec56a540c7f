import { plain } from "../terraform/literal";
import type { Edge } from "./edge";
import type { ResolvedFrontDoor } from "./settings";

/** Where the internet reaches the application. */
export interface PublicAddress {
  /** Distinguishes it from the others, also where the host is known to the apply alone. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly https: boolean;
}

export interface PublicAddressesProps {
  readonly settings: ResolvedFrontDoor;
  /** @default - the Service is the front door */
  readonly edge?: Edge;
  /** Address of the Service's own load balancer, if it is an external one. @default - it has none */
  readonly serviceIp?: string;
}

/**
 * @returns the addresses that the settings name, those of the gateway, or that of the Service; none where it is reached from
 * inside the network or the cluster only
 */
export function publicAddresses({ settings, edge, serviceIp }: PublicAddressesProps): readonly PublicAddress[] {
  if (settings.publicUrls.length > 0) return settings.publicUrls.map(ofUrl);
  if (edge) {
    const own = settings.gateway?.domains ?? [];
    return edge.hosts.map((host) => ({ id: own.length > 0 ? host : "nip-io", host, port: 443, https: true }));
  }
  if (serviceIp === undefined) return [];
  return [{ id: "service", host: serviceIp, port: settings.servicePort, https: false }];
}

function ofUrl(url: string): PublicAddress {
  const { hostname: host, host: id, port, protocol } = new URL(plain(url));
  const https = protocol === "https:";
  return { id, host, port: port === "" ? (https ? 443 : 80) : Number(port), https };
}
