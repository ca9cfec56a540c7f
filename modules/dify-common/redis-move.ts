import type { Job } from "../app-gke/application-config";
import { literal } from "../app-gke/terraform/literal";
import { projectFile } from "../app-gke/terraform/project-file";
import { apiProcess } from "./components/api";
import { earlierRedisAccess, redisTlsEnvironment, redisUserFrom } from "./redis";
import { secretNames } from "./secrets";
import type { DifySettings } from "./settings";

const REDIS_MOVE_JOB = "redis-move";
const REDIS_MOVE_PATH = "/opt/jobs/redis-move.py";
/** Seconds for previous workers to end; tasks that they have not finished by then run again. */
const MOVE_PATIENCE = 900;

/**
 * Moves what is queued on the Redis that was used before, once all pods work with the new one: docs/redis.md.
 * @returns none where the queue stays where it is
 */
export function redisMoveJob(settings: DifySettings): readonly Job[] {
  const access = earlierRedisAccess(settings);
  if (!access) return [];
  const script = projectFile("scripts/jobs/redis-move.py");
  const process = apiProcess(settings, "api", {});
  return [
    {
      name: REDIS_MOVE_JOB,
      description: "Moves queue and cache from the previous Redis",
      image: process.image,
      command: ["python", REDIS_MOVE_PATH],
      environment: (bindings) => {
        if (!bindings.redis) throw new Error("Dify needs Redis: the bindings have none");
        return {
          REDIS_HOST: bindings.redis.host,
          REDIS_PORT: bindings.redis.port,
          REDIS_DB: String(settings.firstRedisDatabase ?? 0),
          ...(settings.environment.REDIS_USERNAME ? { REDIS_USERNAME: settings.environment.REDIS_USERNAME } : {}),
          ...redisTlsEnvironment(settings, "api"),
          ...access.environment(bindings),
          MOVE_PATIENCE: String(MOVE_PATIENCE),
        };
      },
      secrets: {
        REDIS_PASSWORD: secretNames.redisPassword,
        FROM_REDIS_PASSWORD: secretNames.earlierRedisPassword,
        ...redisUserFrom(settings, "REDIS_USERNAME"),
      },
      files: [{ mountPath: REDIS_MOVE_PATH, content: () => literal(script) }, ...access.files],
      scratch: process.scratch,
      resources: { cpu: "500m", memory: "1Gi" },
      security: { ...process.security, exception: undefined },
      talksTo: ["redis", "earlier-redis"],
      beforeComponents: false,
      afterComponents: true,
      timeoutSeconds: MOVE_PATIENCE + 900,
    },
  ];
}
