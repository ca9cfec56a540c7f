import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { componentsOf } from "../dify/components";
import {
  Daemon,
  freePort,
  type Result,
  removeDirectory,
  run,
  stopDaemons,
  temporaryDirectory,
  until,
} from "./processes";
import { series } from "./metrics";
import { celeryPython, describeWithPackages, environmentOf, POD_SCRIPTS, pythonDaemon, request } from "./python";
import { path, tools } from "./require";

const COLLECTED = { enable_component_metrics: true };
const OWN = { REDIS_KEY_PREFIX: "team-a", REDIS_SSL_CERT_REQS: "CERT_REQUIRED" };

describeWithPackages(
  [tools.redis, tools.openssl],
  "a Celery worker as a pod starts it, with a key prefix and TLS",
  () => {
    let directory: string;
    let redis: Daemon;
    let worker: Daemon;
    let environment: Record<string, string>;
    let plain: string;
    let tlsPort: number;
    let exporterPort: number;

    beforeAll(async () => {
      directory = temporaryDirectory("worker");
      execFileSync(
        path(tools.openssl),
        [
          ...[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=127.0.0.1",
          ],
          ...[
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            join(directory, "key"),
            "-out",
            join(directory, "cert"),
          ],
        ],
        { stdio: "ignore" },
      );
      const port = await freePort();
      tlsPort = await freePort();
      plain = `redis://127.0.0.1:${port}/1`;
      const here = { uid: process.getuid?.(), gid: process.getgid?.() };
      redis = new Daemon(
        path(tools.redis),
        [
          ...["--bind", "127.0.0.1", "--port", String(port), "--tls-port", String(tlsPort), "--save", ""],
          ...["--tls-cert-file", join(directory, "cert"), "--tls-key-file", join(directory, "key")],
          ...["--tls-auth-clients", "no", "--dir", directory],
        ],
        join(directory, "redis.log"),
        here,
      );
      await redis.ready(tlsPort);
      environment = {
        ...environmentOf("worker", { environment_variables: OWN }),
        CELERY_BROKER_URL: `rediss://127.0.0.1:${tlsPort}/1`,
        REDIS_SSL_CA_CERTS: join(directory, "cert"),
      };
      const tasks = environment.CELERY_WORKER_AMOUNT ?? "1";
      // As the image's entry point (api/docker/entrypoint.sh of 1.16.1) does.
      const command = ["-m", "celery", "-A", "celery_entrypoint.celery", "worker", "-P", "gevent", "-c", tasks];
      worker = pythonDaemon(
        [...command, "--loglevel", "INFO", "--max-tasks-per-child", "50", "-Q", "dataset", "--prefetch-multiplier=1"],
        join(directory, "worker.log"),
        directory,
        environment,
      );
      exporterPort = await freePort();
      const exporter = componentsOf({ ...COLLECTED, environment_variables: OWN }).find(
        ({ name }) => name === "celery-exporter",
      );
      const [, script = ""] = exporter?.command ?? [];
      const env = {
        ...environmentOf("celery-exporter", { ...COLLECTED, environment_variables: OWN }),
        CELERY_BROKER_URL: `rediss://127.0.0.1:${tlsPort}/1`,
        REDIS_SSL_CA_CERTS: join(directory, "cert"),
      };
      pythonDaemon(
        [script.replace("/opt/pods", POD_SCRIPTS), String(exporterPort), "--sample-seconds", "0.2"],
        join(directory, "exporter.log"),
        directory,
        env,
      );
      await until("the worker", () => worker.output.includes("ready."));
    });

    afterAll(async () => {
      await stopDaemons("SIGKILL");
      removeDirectory(directory);
    });

    /** The probe's own command, with another patience where no answer is to come. */
    const answers = async (
      own: Readonly<Record<string, string>> = {},
      seconds?: string,
      ...others: readonly string[]
    ): Promise<Result> => {
      const check = componentsOf().find(({ name }) => name === "worker")?.probes?.liveness?.check;
      if (check?.type !== "exec") throw new Error("the worker's probe is no command");
      const [, script = "", given = "", grace = ""] = check.command;
      return await celeryPython([script.replace("/opt/pods", POD_SCRIPTS), seconds ?? given, grace, ...others], {
        env: { ...environment, ...own },
        cwd: directory,
      });
    };
    /** What the exporter in its pod tells, by name and labels. */
    const told = async (): Promise<ReadonlyMap<string, number>> =>
      series((await request(exporterPort, "/metrics")).body);
    const redisDo = async (...command: readonly string[]): Promise<string> =>
      (await run("redis-cli", ["-u", plain, ...command])).stdout.trim();

    test("answers its probe, which asks by the same prefix and the same TLS", async () => {
      expect(await answers()).toMatchObject({ code: 0, stdout: "" });
      // It has the prefix: without it, nobody is there.
      expect(await answers({ REDIS_KEY_PREFIX: "" }, "1")).toMatchObject({ code: 1 });
    });

    test("does its tasks side by side, at least four, and answers meanwhile", async () => {
      const tasks = Number(environment.CELERY_WORKER_AMOUNT);
      expect(tasks).toBeGreaterThanOrEqual(4);
      const send = `from celery_entrypoint import hold; [hold.delay("${plain}") for _ in range(${tasks})]`;
      expect(await celeryPython(["-c", send], { env: environment, cwd: directory })).toMatchObject({ code: 0 });
      // Each runs until it is told to end: all have begun, and none is done.
      await until("every task", async () => Number(await redisDo("LLEN", "running")) === tasks);
      expect(await answers()).toMatchObject({ code: 0 });
      await redisDo("RPUSH", "end", ...Array.from({ length: tasks }, String));
    });

    test("fails its probe where it hangs, and no sooner", async () => {
      worker.signal("SIGSTOP");
      expect(await answers({}, "1")).toMatchObject({
        code: 1,
        stdout: expect.stringContaining("does not answer") as string,
      });
      worker.signal("SIGCONT");
      expect(await answers()).toMatchObject({ code: 0 });
    });

    test("is told of by the exporter: what waits as it is, since when, and how it ended", async () => {
      // It asks now and then, and on a busy machine it has not asked yet.
      await until("the worker to be counted", async () => (await told()).get("celery_workers") === 1);
      const ended = async (task: string, outcome: string): Promise<number> =>
        (await told()).get(`celery_tasks_total{task="celery_entrypoint.${task}",outcome="${outcome}"}`) ?? 0;
      const before = await ended("hold", "succeeded");
      worker.signal("SIGSTOP");
      const sent = Date.now();
      const calls = `[hold.delay("${plain}") for _ in range(4)]; fail.delay()`;
      const send = `from celery_entrypoint import fail, hold; ${calls}`;
      expect(await celeryPython(["-c", send], { env: environment, cwd: directory })).toMatchObject({ code: 0 });
      // Without the one that the stopped worker has already been sent.
      const waiting = Number(await redisDo("LLEN", "team-a:dataset"));
      expect(waiting).toBeGreaterThanOrEqual(4);
      await until("the queue", async () => (await told()).get('celery_queue_length{queue="dataset"}') === waiting);
      const age = 'celery_queue_oldest_seconds{queue="dataset"}';
      await until("the oldest to be older", async () => ((await told()).get(age) ?? 0) >= 1);
      expect((await told()).get(age)).toBeLessThanOrEqual((Date.now() - sent) / 1000 + 1);
      worker.signal("SIGCONT");
      await redisDo("RPUSH", "end", "0", "1", "2", "3");
      await until("the tasks", async () => (await ended("hold", "succeeded")) === before + 4);
      await until("the one that fails", async () => (await ended("fail", "failed")) === 1);
      expect(await ended("fail", "succeeded")).toBe(0);
      await until("an empty queue", async () => (await told()).get(age) === 0);
      // Nothing of Celery's own, such as the queue of commands.
      expect([...(await told()).keys()].filter((name) => name.startsWith("celery_queue_length"))).toEqual([
        'celery_queue_length{queue="dataset"}',
      ]);
      const names = componentsOf(COLLECTED).find(({ name }) => name === "celery-exporter")?.metrics?.names;
      expect([...new Set([...(await told()).keys()].map((name) => name.split("{")[0]))].sort()).toEqual(
        [...(names ?? [])].sort(),
      );
    });

    test("is not blamed for a broker that is away, or does not let the probe in", async () => {
      const away = await answers({ CELERY_BROKER_URL: `rediss://127.0.0.1:${await freePort()}/1` }, "1");
      expect(away).toMatchObject({ code: 0, stdout: expect.stringContaining("the broker does not answer") as string });
      // Another authority than the broker's: what the worker would not connect to either.
      const strange = await answers({ REDIS_SSL_CA_CERTS: "/etc/ssl/certs/ca-certificates.crt" }, "1");
      expect(strange.stdout).toContain("the broker does not answer");
    });

    test("fails its probe once it takes one task at a time, which a lost broker leaves behind", async () => {
      const port = new URL(plain).port;
      const connected = () => worker.output.split("pidbox: Connected").length;
      const before = connected();
      await run("redis-cli", ["-u", plain, "client", "kill", "type", "normal", "skipme", "yes"]);
      await run("redis-cli", ["-p", port, "client", "kill", "type", "pubsub"]);
      await until("the worker to connect again", () => connected() > before);
      await until("its probe", async () => (await answers()).stdout !== "");
      expect(await answers()).toMatchObject({
        code: 1,
        stdout: expect.stringContaining(
          `takes 1 tasks at a time and has room for ${environment.CELERY_WORKER_AMOUNT}, since it lost its broker`,
        ) as string,
      });
      // A restart would wait for a task, but not for as long as this one has lasted.
      await redisDo("DEL", "running");
      const send = `from celery_entrypoint import hold; hold.delay("${plain}")`;
      expect(await celeryPython(["-c", send], { env: environment, cwd: directory })).toMatchObject({ code: 0 });
      await until("the task", async () => Number(await redisDo("LLEN", "running")) > 0);
      expect(await answers()).toMatchObject({ code: 1 });
      expect(await answers({}, undefined, "--grace=0")).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("has long tasks to finish first") as string,
      });
      await redisDo("RPUSH", "end", "0");
    });

    test("is told of no more, and nothing old instead, once the broker is away", async () => {
      await redis.stop("SIGKILL");
      await until("the broker to be missed", async () => (await told()).get("celery_broker_up") === 0);
      expect([...(await told()).keys()].filter((name) => /queue|workers/.test(name))).toEqual([]);
    });
  },
);
