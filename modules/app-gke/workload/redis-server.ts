import { isIPv4 } from "node:net";
import { Token } from "cdktf";
import type { RedisBinding } from "../application-config";

/** @returns a Redis as network policies know it */
export function redisServer({ host, port }: RedisBinding) {
  return { host, cidr: cidrOf(host), port: Number(port) };
}

/** @returns the range of an address for a policy, or nothing for a host name, which a policy cannot have */
function cidrOf(host: string): string | undefined {
  return isIPv4(host) || Token.isUnresolved(host) ? `${host}/32` : undefined;
}
