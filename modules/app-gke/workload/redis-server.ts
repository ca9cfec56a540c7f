import { isIPv4 } from "node:net";
import { Token } from "cdktf";
import type { RedisBinding } from "../application-config";

/** A Redis as network policies know it. */
export interface RedisServer {
  readonly host: string;
  /** CIDR of its single address. @default - any: Redis is given by a host name that is not the cluster's own */
  readonly cidr?: string;
  readonly port: number;
  /** Name of the policy of its pods. @default - its pods are not the application's */
  readonly pods?: string;
}

/** @returns the Redis in use and the previous one, as network policies know them */
export function redisServers({
  earlierRedis,
  redis,
}: {
  readonly earlierRedis?: RedisBinding;
  readonly redis?: RedisBinding;
}): { readonly earlierRedis?: RedisServer; readonly redis?: RedisServer } {
  return { redis: redis && redisServer(redis), earlierRedis: earlierRedis && redisServer(earlierRedis) };
}

function redisServer({ host, port, part }: RedisBinding): RedisServer {
  return { host, cidr: cidrOf(host), port: Number(port), pods: part };
}

/** @returns the range of an address for a policy, or nothing for a host name, which a policy cannot contain */
function cidrOf(host: string): string | undefined {
  return isIPv4(host) || Token.isUnresolved(host) ? `${host}/32` : undefined;
}
