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
import { describeWithPackages, environmentOf, POD_SCRIPTS, python, pythonDaemon } from "./python";
import { path, tools } from "./require";

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
      await until("the worker", () => worker.output.includes("ready."), 45_000);
    });

    afterAll(async () => {
      await stopDaemons("SIGKILL");
      removeDirectory(directory);
    });

    /** The probe's own command, with another patience where no answer is to come. */
    const answers = async (own: Readonly<Record<string, string>> = {}, seconds?: string): Promise<Result> => {
      const check = componentsOf().find(({ name }) => name === "worker")?.probes?.liveness?.check;
      if (check?.type !== "exec") throw new Error("the worker's probe is no command");
      const [, script = "", given = ""] = check.command;
      return await run(python, [script.replace("/opt/pods", POD_SCRIPTS), seconds ?? given], {
        env: { ...environment, ...own },
        cwd: directory,
      });
    };
    const redisDo = async (program: string): Promise<string> =>
      (
        await run(python, ["-c", `import redis; r = redis.Redis.from_url("${plain}"); ${program}`], {
          env: environment,
          cwd: directory,
        })
      ).stdout.trim();

    test("answers its probe, which asks by the same prefix and the same TLS", async () => {
      expect(await answers()).toMatchObject({ code: 0, stdout: "" });
      // It has the prefix: without it, nobody is there.
      expect(await answers({ REDIS_KEY_PREFIX: "" }, "1")).toMatchObject({ code: 1 });
    });

    test("does its tasks side by side, at least four, and answers meanwhile", async () => {
      const tasks = Number(environment.CELERY_WORKER_AMOUNT);
      expect(tasks).toBeGreaterThanOrEqual(4);
      const send = `from celery_entrypoint import hold; [hold.delay("${plain}") for _ in range(${tasks})]`;
      expect(await run(python, ["-c", send], { env: environment, cwd: directory })).toMatchObject({ code: 0 });
      // Each runs until it is told to end: all have begun, and none is done.
      await until("every task", async () => Number(await redisDo('print(r.llen("running"))')) === tasks, 30_000);
      expect(await answers()).toMatchObject({ code: 0 });
      await redisDo(`r.rpush("end", *range(${tasks}))`);
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

    test("is not blamed for a broker that is away, or does not let the probe in", async () => {
      const away = await answers({ CELERY_BROKER_URL: `rediss://127.0.0.1:${await freePort()}/1` }, "1");
      expect(away).toMatchObject({ code: 0, stdout: expect.stringContaining("the broker does not answer") as string });
      // Another authority than the broker's: what the worker would not connect to either.
      const strange = await answers({ REDIS_SSL_CA_CERTS: "/etc/ssl/certs/ca-certificates.crt" }, "1");
      expect(strange.stdout).toContain("the broker does not answer");
    });
  },
);
