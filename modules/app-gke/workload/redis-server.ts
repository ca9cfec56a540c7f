import { isIPv4 } from "node:net";
import { Token } from "cdktf";
import type { RedisBinding } from "../application-config";

/** A Redis as network policies know it. */
export interface RedisServer {
  readonly host: string;
  /** CIDR of its single address. @default - any: Redis is given by a host name that is not the cluster's own */
  readonly cidr?: string;
  readonly port: number;
}

/** @returns a Redis as network policies know it */
export function redisServer({ host, port }: RedisBinding): RedisServer {
  return { host, cidr: cidrOf(host), port: Number(port) };
}

/** @returns the range of an address for a policy, or nothing for a host name, which a policy cannot have */
function cidrOf(host: string): string | undefined {
  return isIPv4(host) || Token.isUnresolved(host) ? `${host}/32` : undefined;
}
