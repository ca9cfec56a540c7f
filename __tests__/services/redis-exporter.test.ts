import { join } from "node:path";
import { componentsOf, testBindings } from "../dify/components";
import { series } from "./metrics";
import { Daemon, freePort, stopDaemons } from "./processes";
import { request } from "./python";
import { Redis } from "./redis";
import { describeWith, path, tools } from "./require";
import { expectSuccess, type Machine, machine, passwords } from "./vm";

describeWith(
  [tools.redis, tools.python, tools.redisExporter],
  "the exporter beside a Redis as startup.sh configures it",
  () => {
    let vm: Machine;
    let redis: Redis;
    let port: number;
    const exporter = componentsOf({ enable_component_metrics: true }).find(({ name }) => name === "redis-exporter");
    const password = passwords["2"] ?? "";
    const told = async (): Promise<ReadonlyMap<string, number>> => series((await request(port, "/metrics")).body);

    beforeAll(async () => {
      vm = await machine();
      // The password with quotes, blank and backslash.
      vm.attributes["redis-password-secret"] = "projects/p/secrets/dify-redis/versions/2";
      expectSuccess(await vm.boot());
      redis = new Redis(vm, undefined, ["--maxmemory", "4mb"]);
      await redis.start();
      port = await freePort();
      const env = {
        ...exporter?.environment?.({ ...testBindings, redis: { host: "127.0.0.1", port: String(redis.port) } }),
        REDIS_PASSWORD: password,
        REDIS_EXPORTER_WEB_LISTEN_ADDRESS: `127.0.0.1:${port}`,
      };
      await new Daemon(path(tools.redisExporter), [], join(vm.root, "exporter.log"), { env }).ready(port);
    });

    afterAll(async () => {
      await stopDaemons();
    });

    test("tells everything that is collected, with the rights that the file server gives", async () => {
      const names = [...(await told()).keys()].map((name) => name.split("{")[0] ?? "");
      // Nothing was refused yet.
      const missing = exporter?.metrics?.names.filter((name) => !names.includes(name));
      expect(missing).toEqual(["redis_errors_total"].filter((name) => !names.includes(name)));
      expect((await told()).get("redis_up")).toBe(1);
      expect((await told()).get("redis_memory_max_bytes")).toBe(4 * 2 ** 20);
    });

    test("counts writes that a full Redis refuses", async () => {
      const login = ["AUTH", password];
      const full = Array.from({ length: 5 }, (_, index) => ["SET", `key${index}`, "x".repeat(2 ** 20)]);
      const answers = await redis.ask(login, ...full);
      const refused = answers.filter((answer) => answer.startsWith("-OOM")).length;
      expect(refused).toBeGreaterThan(0);
      const after = await told();
      expect(after.get('redis_errors_total{err="OOM"}')).toBe(refused);
      expect(after.get("redis_evicted_keys_total")).toBe(0);
    });
  },
);
