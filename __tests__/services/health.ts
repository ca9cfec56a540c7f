import { get } from "node:http";
import { join } from "node:path";
import { Daemon, freePort } from "./processes";
import type { Redis } from "./redis";
import { path, tools } from "./require";
import type { Machine } from "./vm";

export interface Health {
  readonly status: number;
  readonly body: Record<string, string>;
}

/** Starts health.py as startup.sh installed it; the kernel's and NFS's lists are the test's. @returns its port */
export async function startHealth(vm: Machine, redis: Redis, nfsPort: number): Promise<number> {
  const port = await freePort();
  const script = join(vm.root, "usr/local/lib/dify/health.py");
  const daemon = new Daemon(path(tools.python), [script], join(vm.root, "health.log"), {
    uid: process.getuid?.(),
    gid: process.getgid?.(),
    env: {
      HEALTH_ADDRESS: "127.0.0.1",
      HEALTH_PORT: String(port),
      DATA_MOUNT: `${vm.root}/srv/data`,
      SHARE_PATH: `${vm.root}/share`,
      MOUNTS_FILE: join(vm.root, "mountinfo"),
      EXPORTS_FILE: join(vm.root, "etab"),
      NFS_PORT: String(nfsPort),
      REDIS_PORT: String(redis.port),
      REDIS_SERVERS_FILE: join(vm.root, "etc/dify-redis-servers"),
      REDIS_PASSWORD_FILE: join(vm.root, "etc/dify/redis-password"),
      CHECK_TIMEOUT: "1",
    },
  });
  await daemon.ready(port);
  return port;
}

/** What the group of instances asks. */
export async function askHealth(port: number): Promise<Health> {
  return await new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path: "/", agent: false }, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8").on("data", (part: string) => (text += part));
      incoming.on("end", () => {
        resolve({ status: incoming.statusCode ?? 0, body: JSON.parse(text) as Record<string, string> });
      });
    }).on("error", reject);
  });
}
