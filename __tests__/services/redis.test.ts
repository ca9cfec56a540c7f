import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { join } from "node:path";
import { askHealth, type Health, startHealth } from "./health";
import { run, sleep, stopDaemons, until } from "./processes";
import { Redis } from "./redis";
import { describeWith, tools } from "./require";
import { expectSuccess, type Machine, machine, passwords } from "./vm";

describeWith([tools.redis, tools.python], "a real Redis as startup.sh configures it", () => {
  let vm: Machine;
  let redis: Redis;
  const login = ["AUTH", passwords["2"] ?? ""];

  beforeAll(async () => {
    vm = await machine();
    // The password with quotes, blank and backslash.
    vm.attributes["redis-password-secret"] = "projects/p/secrets/dify-redis/versions/2";
    expectSuccess(await vm.boot());
    redis = new Redis(vm);
    await redis.start();
  });

  afterAll(async () => {
    await stopDaemons();
  });

  test("answers nobody without the password", async () => {
    expect(await redis.ask(["PING"], ["AUTH", "wrong"], ["GET", "x"], ["INFO"])).toEqual([
      expect.stringMatching(/^-NOAUTH/),
      expect.stringMatching(/^-WRONGPASS/),
      expect.stringMatching(/^-NOAUTH/),
      expect.stringMatching(/^-NOAUTH/),
    ]);
    expect(await redis.ask(login, ["PING"])).toEqual(["+OK", "+PONG"]);
  });

  test("does what Celery, caches, locks and event buses need", async () => {
    const answers = await redis.ask(
      login,
      ...[
        ["CLIENT", "SETNAME", "x"],
        ["INFO", "server"],
        ["LPUSH", "queue", "job"],
        ["BRPOP", "queue", "1"],
      ],
      ...[
        ["SET", "lock", "1", "NX", "EX", "9"],
        ["EVAL", "return 1", "0"],
        ["PUBLISH", "channel", "event"],
      ],
      ...[["MULTI"], ["ZADD", "unacked", "1", "a"], ["EXEC"], ["SCAN", "0"], ["KEYS", "no*"], ["UNLINK", "lock"]],
      ...[["XADD", "stream", "*", "a", "b"], ["SELECT", "1"], ["DBSIZE"], ["SPUBLISH", "channel", "event"]],
    );
    expect(answers.filter((answer) => answer.startsWith("-"))).toEqual([]);
  });

  test.each([
    ...["CONFIG SET dir /tmp", "CONFIG GET requirepass", "FLUSHALL", "FLUSHDB", "SWAPDB 0 1", "DEBUG SLEEP 0"],
    ...["MODULE LOAD /tmp/x.so", "REPLICAOF 127.0.0.1 1", "SHUTDOWN NOSAVE", "MONITOR", "ACL SETUSER x"],
    ...["MIGRATE 127.0.0.1 1 k 0 1", "BGREWRITEAOF", "CLIENT KILL TYPE normal"],
  ])("refuses %s", async (words) => {
    expect(await redis.ask(login, words.split(" "))).toEqual([
      "+OK",
      expect.stringMatching(/^-(NOPERM|ERR \w+ command not allowed)/),
    ]);
  });

  test("keeps its data on the data disk, through a kill", async () => {
    expect(await redis.ask(login, ["SET", "kept", "value"], ["RPUSH", "jobs", "1", "2", "3"])).toEqual([
      "+OK",
      "+OK",
      ":3",
    ]);
    expect(readdirSync(join(vm.root, "srv/data/redis/appendonlydir")).length).toBeGreaterThan(0);
    // Longer than appendfsync's second.
    await sleep(1200);
    await redis.stop("SIGKILL");
    await redis.start();
    await until("Redis to have loaded its file", async () => (await redis.ask(login, ["PING"]))[1] === "+PONG");
    expect(await redis.ask(login, ["GET", "kept"], ["LLEN", "jobs"])).toEqual(["+OK", "value", ":3"]);
  });

  test("forgets nothing to make room", async () => {
    const information = (await run("sh", ["-c", `cat ${join(vm.root, "etc/redis/dify-memory.conf")}`])).stdout;
    expect(information).toMatch(/^maxmemory [1-9]\d*kb$/m);
    const cli = await run("redis-cli", ["-p", String(redis.port), "INFO", "memory"], {
      env: { ...process.env, REDISCLI_AUTH: passwords["2"] },
    });
    expect(cli.stdout).toContain("maxmemory_policy:noeviction");
    expect(cli.stdout).toMatch(/maxmemory:[1-9]\d+/);
    const persistence = await run("redis-cli", ["-p", String(redis.port), "INFO", "persistence"], {
      env: { ...process.env, REDISCLI_AUTH: passwords["2"] },
    });
    expect(persistence.stdout).toContain("aof_enabled:1");
  });

  test("logs no password", () => {
    expect(redis.output).not.toContain(passwords["2"]);
  });

  describe("health.py", () => {
    let port: number;
    let nfs: TcpServer;
    const mounts = (text: string): void => {
      writeFileSync(join(vm.root, "mountinfo"), text);
    };
    // As systemd shows it to a protected service: the mount is read-only, the file system is not.
    const mounted = (options = "rw"): string =>
      `22 1 8:1 / / ro - ext4 /dev/sda1 rw\n40 22 8:16 / ${vm.root}/srv/data ro,relatime shared:9 - ext4 /dev/sdb ${options},discard\n`;
    const exported = (text: string): void => {
      writeFileSync(join(vm.root, "etab"), text);
    };

    const health = async (): Promise<Health> => await askHealth(port);

    beforeAll(async () => {
      nfs = createTcpServer((socket) => socket.end());
      await new Promise<void>((resolve) => nfs.listen(0, "127.0.0.1", resolve));
      const address = nfs.address();
      mounts(mounted());
      exported(`${vm.root}/share\t10.0.0.0/20(rw,sync,wdelay)\n`);
      const nfsPort = typeof address === "object" && address !== null ? address.port : 0;
      port = await startHealth(vm, redis, nfsPort);
    });

    afterAll(() => {
      nfs.close();
    });

    test("says 200 while everything works", async () => {
      expect(await health()).toEqual({ status: 200, body: { disk: "mounted", nfs: "exported", redis: "answers" } });
    });

    test("says 503 without the disk, and on a disk that went read-only", async () => {
      mounts(mounted().split("\n").slice(0, 1).join("\n"));
      expect(await health()).toMatchObject({ status: 503, body: { disk: "not mounted" } });
      mounts(mounted("ro"));
      expect(await health()).toMatchObject({ status: 503, body: { disk: "read-only" } });
      mounts(mounted());
    });

    test("says 503 without the export", async () => {
      exported(`${vm.root}/shared\t10.0.0.0/20(rw)\n`);
      expect(await health()).toMatchObject({ status: 503, body: { nfs: "not exported" } });
      exported(`${vm.root}/share\t10.0.0.0/20(rw)\n`);
      expect((await health()).status).toBe(200);
    });

    test("says 503 with a password that Redis does not take", async () => {
      const file = join(vm.root, "etc/dify/redis-password");
      writeFileSync(file, "wrong");
      expect(await health()).toMatchObject({ status: 503, body: { redis: "refuses the password" } });
      writeFileSync(file, passwords["2"] ?? "");
      expect((await health()).status).toBe(200);
    });

    test("takes a Redis that loads its data for alive", async () => {
      const loading = createTcpServer((socket) => {
        socket.resume();
        socket.write("+OK\r\n-LOADING Redis is loading the dataset in memory\r\n");
      });
      await redis.stop("SIGTERM");
      await new Promise<void>((resolve) => loading.listen(redis.port, "127.0.0.1", resolve));
      expect(await health()).toMatchObject({ status: 200, body: { redis: "loading its data" } });
      await new Promise((resolve) => loading.close(resolve));
    });

    test("says 503 when Redis is gone, 200 when it is back", async () => {
      expect(await health()).toMatchObject({ status: 503, body: { redis: "Connection refused" } });
      await redis.start();
      expect((await health()).status).toBe(200);
    });

    test("says 503 when NFS is gone", async () => {
      await new Promise((resolve) => nfs.close(resolve));
      expect(await health()).toMatchObject({ status: 503, body: { nfs: "Connection refused" } });
    });

    test("logs changes, each once, and no password", () => {
      const log = readFileSync(join(vm.root, "health.log"), "utf8");
      expect(log.split("\n").filter((line) => line.includes('"disk": "read-only"'))).toHaveLength(1);
      expect(log).not.toContain(passwords["2"]);
      expect(log).not.toContain("GET /");
    });
  });
});
