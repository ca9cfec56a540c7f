import type { RedisServer, SharedServices } from "../app-gke/google/shared-services";
import { REDIS_DATABASES } from "../dify-common";
import { redisPlace } from "./redis-place";
import type { Variables } from "./variables";

/** Port of the file server's own Redis; those of stages follow. */
const OWN_PORT = 6379;

/**
 * @param stage name of a stage with its own data
 * @param firstDatabase first of its three databases on any Redis, which it had on the environment's before it got a
 *   server
 * @returns its Redis. `undefined` if the environment uses an existing one
 */
export function stageRedis(
  variables: Variables,
  services: SharedServices,
  stage: string,
  firstDatabase: number,
): RedisServer | undefined {
  if (redisPlace(variables) !== "file_server" || !services.fileServer?.create) return undefined;
  return {
    // No two stages share databases, so no two get the same port.
    port: OWN_PORT + Math.ceil(firstDatabase / REDIS_DATABASES),
    ...named(variables, services, `stage-${stage}`),
    movedDatabases: Array.from({ length: REDIS_DATABASES }, (_, index) => firstDatabase + index),
  };
}

/** @returns the Redis servers for other environments on the file server, by the names that the variables give them */
export function guestRedis(variables: Variables, services: SharedServices): Readonly<Record<string, RedisServer>> {
  if (!services.fileServer?.create) return {};
  return Object.fromEntries(
    Object.entries(variables.nfs_redis_guests).map(([guest, port]) => [
      guest,
      { port, ...named(variables, services, `guest-${guest}`) },
    ]),
  );
}

function named(
  { secret_revisions }: Variables,
  { fileServer }: SharedServices,
  name: string,
): Pick<RedisServer, "name" | "passwordSecret" | "passwordRevision"> {
  return {
    name,
    passwordSecret: `${fileServer?.name ?? ""}-redis-${name}-password`,
    passwordRevision: new Map(Object.entries(secret_revisions)).get(`redis-${name}-password`),
  };
}

/** @returns the shared services as a stage uses them, with the password of the stage's own Redis */
export function withRedis(services: SharedServices, redis: RedisServer | undefined): SharedServices {
  if (!redis || !services.fileServer) return services;
  return { ...services, fileServer: { ...services.fileServer, redisPasswordSecret: redis.passwordSecret } };
}

/** @returns the shared services, with the additional Redis servers that run on the file server */
export function withRedisServers(services: SharedServices, redisServers: readonly RedisServer[]): SharedServices {
  if (!services.fileServer) return services;
  return { ...services, fileServer: { ...services.fileServer, redisServers } };
}
