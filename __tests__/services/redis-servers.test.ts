import { existsSync, readdirSync, statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { askHealth, startHealth } from "./health";
import { stopDaemons, until } from "./processes";
import { Redis } from "./redis";
import { describeWith, tools } from "./require";
import { bootedMachine, expectSuccess, type Machine, passwords } from "./vm";

const LIST = "projects/p/secrets/redis-servers/versions/latest";
/** As a stage's password may be; quotes and blank included. */
const QA = `qa's "own" \\pass word`;
const GUEST = "guest-password";
const home = ["AUTH", passwords["1"] ?? ""];

function version(name: string, number = 1): string {
  return `projects/p/secrets/${name}/versions/${number}`;
}
const stage = { name: "stage-qa", port: 6392, password: version("qa"), databases: [] as number[] };
const guest = { name: "guest-shop", port: 7801, password: version("shop"), databases: [] };

async function booted(...servers: readonly object[]): Promise<Machine> {
  const vm = await bootedMachine();
  vm.secrets[version("qa")] = QA;
  vm.secrets[version("shop")] = GUEST;
  list(vm, ...servers);
  return vm;
}

function list(vm: Machine, ...servers: readonly object[]): void {
  vm.secrets[LIST] = JSON.stringify({ servers });
}

function kilobytes(vm: Machine, file: string): number {
  return Number(/^maxmemory (?<kb>\d+)kb$/m.exec(vm.read(file))?.groups?.["kb"]);
}

describeWith([tools.python], "the list of further Redis servers", () => {
  test("is asked for at every start and every minute", async () => {
    const vm = await booted();
    expect(vm.called("systemctl")).toEqual(
      expect.arrayContaining([
        "systemctl start dify-redis-servers.service",
        "systemctl enable --now dify-redis-servers.timer",
      ]),
    );
    expect(vm.read("etc/systemd/system/dify-redis-servers.timer")).toContain("OnUnitInactiveSec=60\n");
  });

  test("with nothing on it leaves the environment's own Redis all of the memory", async () => {
    const vm = await booted();
    const before = kilobytes(vm, "etc/redis/dify-memory.conf");
    expectSuccess(await vm.startRedisServers());
    expect(vm.called("systemctl")).toEqual([]);
    expect(kilobytes(vm, "etc/redis/dify-memory.conf")).toBe(before);
  });

  test("gives each server its port, directory and share, and divides the memory", async () => {
    const vm = await booted(stage, guest);
    const whole = kilobytes(vm, "etc/redis/dify-memory.conf");
    expectSuccess(await vm.startRedisServers());
    expect(vm.called("systemctl")).toEqual([
      "systemctl try-restart redis-server",
      ...[stage, guest].flatMap(({ name }) => [
        `systemctl enable redis-server@${name}`,
        `systemctl restart redis-server@${name}`,
      ]),
    ]);
    const text = vm.read("etc/redis/dify-stage-qa.conf");
    expect(text).toMatch(/^port 6392$/m);
    expect(text).toContain(`\ndir ${vm.root}/srv/data/redis-stage-qa\n`);
    expect(kilobytes(vm, "etc/redis/dify-memory.conf")).toBe(Math.floor(whole / 2));
    expect(kilobytes(vm, "etc/redis/dify-stage-qa.conf")).toBe(Math.floor(whole / 4));
    // Together no more than one had before.
    expect(vm.read("etc/dify-redis-servers")).toBe("stage-qa 6392\nguest-shop 7801\n");
    const unit = vm.read("etc/systemd/system/redis-server@.service.d/dify.conf");
    expect(unit).toContain(`RequiresMountsFor=${vm.root}/srv/data\n`);
    expect(unit).toContain(`/etc/redis/dify-%i.conf --supervised systemd`);
    expect(unit).toContain(`ReadWritePaths=${vm.root}/srv/data/redis-%i\n`);

    const before = vm.written();
    expectSuccess(await vm.startRedisServers());
    expect(vm.called("systemctl").filter((call) => call.includes("restart"))).toEqual([]);
    expect(vm.written()).toEqual(before);
  });

  test("keeps passwords to itself", async () => {
    const vm = await booted(stage, guest);
    const { stdout, stderr } = await vm.startRedisServers();
    for (const password of [QA, GUEST]) {
      expect(stdout + stderr + vm.calls.join("\n")).not.toContain(password);
      const holding = Object.entries(vm.written()).filter(([, content]) => content.includes(password));
      expect(holding.map(([file, content]) => [file, content.slice(0, 4)])).toEqual([
        [expect.stringMatching(/^etc\/dify\/redis\/[a-z-]+\.password$/), "600 "],
      ]);
    }
    expect(statSync(join(vm.root, "etc/dify")).mode & 0o777).toBe(0o700);
  });

  test("that gets shorter stops a server and keeps its data", async () => {
    const vm = await booted(stage, guest);
    expectSuccess(await vm.startRedisServers());
    list(vm, guest);
    expectSuccess(await vm.startRedisServers());
    expect(vm.called("systemctl")).toContain("systemctl disable --now redis-server@stage-qa");
    expect(readdirSync(join(vm.root, "etc/redis")).filter((name) => name.includes("qa"))).toEqual([]);
    expect(readdirSync(join(vm.root, "etc/dify/redis"))).toEqual(["guest-shop.password", "guest-shop.version"]);
    expect(existsSync(join(vm.root, "srv/data/redis-stage-qa"))).toBe(true);
  });

  test("one password that cannot be read stops no other server, and is tried again", async () => {
    const vm = await booted(stage, guest);
    vm.secrets[version("qa")] = undefined;
    const { code, stderr } = await vm.startRedisServers();
    expect([code, stderr]).toEqual([1, expect.stringContaining("versions/1:access answers 403")]);
    expect(vm.called("systemctl")).toContain("systemctl restart redis-server@guest-shop");
    vm.secrets[version("qa")] = QA;
    expectSuccess(await vm.startRedisServers());
    expect(vm.called("systemctl")).toContain("systemctl restart redis-server@stage-qa");
  });

  test("a new password reaches its server alone, and an old one goes on while Secret Manager does not answer", async () => {
    const vm = await booted(stage, guest);
    expectSuccess(await vm.startRedisServers());
    vm.secrets[version("qa", 2)] = "new";
    list(vm, { ...stage, password: version("qa", 2) }, guest);
    expectSuccess(await vm.startRedisServers());
    expect(vm.called("systemctl").filter((call) => call.includes("restart"))).toEqual([
      "systemctl restart redis-server@stage-qa",
    ]);
    list(vm, { ...stage, password: version("qa", 3) }, guest);
    const { code, stderr } = await vm.startRedisServers();
    expect([code, stderr]).toEqual([0, expect.stringContaining("stage-qa goes on with the password that it has")]);
    vm.secretManagerWorks = false;
    expect((await vm.startRedisServers()).code).toBe(1);
    expect(vm.called("systemctl")).toEqual([]);
  });

  test.each([
    ["another port than one of its own", { ...stage, port: 80 }],
    ["a name that is a path", { ...stage, name: "../x" }],
    ["a line more in its name", { ...stage, name: "x\nport 1" }],
    ["a server twice", { ...guest, name: "stage-qa" }],
    ["a port twice", { ...guest, port: stage.port }],
    ["a password that is none", { ...stage, name: "other", port: 6400, password: "../../x" }],
  ])("is refused with %s", async (_, server) => {
    const vm = await booted(stage, server);
    const { code, stderr } = await vm.startRedisServers();
    expect([code, stderr]).toEqual([1, expect.stringMatching(/error: /)]);
    expect(
      readdirSync(join(vm.root, "etc/redis")).filter((name) => /dify-(?!access|memory|rules|stage-qa)/.test(name)),
    ).toEqual([]);
  });

  test("starts nothing while the disk is not mounted", async () => {
    const vm = await booted(stage);
    vm.replaceStub("mountpoint", "exit 1");
    expect(await vm.startRedisServers()).toMatchObject({ code: 1 });
    expect(existsSync(join(vm.root, "srv/data/redis-stage-qa"))).toBe(false);
  });
});

describeWith([tools.redis, tools.python], "a stage's Redis beside the environment's own", () => {
  let vm: Machine;
  let own: Redis;
  let qa: Redis;

  beforeAll(async () => {
    vm = await booted();
    own = new Redis(vm);
    await own.start();
    // The stage's databases from the time before it had a server, the queue among them, and a key of the environment's.
    await own.ask(
      home,
      ["SET", "mine", "1"],
      ["SELECT", "39"],
      ["SET", "cached", "old", "EX", "900"],
      ["SELECT", "40"],
      ["LPUSH", "dataset", "first", "second"],
      ["HSET", "unacked", "a", "task"],
      ["ZADD", "unacked_index", "5", "a"],
      ["SADD", "_kombu.binding.dataset", "x"],
    );
    qa = new Redis(vm, undefined, ["--maxmemory", "8mb"], "stage-qa");
    list(vm, stage);
    expectSuccess(await vm.startRedisServers());
    await qa.start();
  });

  afterAll(async () => {
    await stopDaemons();
  });

  const login = ["AUTH", QA];
  /** As the timer does, with the ports of the test. */
  const pass = async () => {
    list(vm, { ...stage, port: qa.port, databases: [39, 40, 41] });
    return await vm.startRedisServers({ REDIS_PORT: String(own.port) });
  };

  test("takes its own password and no other, and neither does the other take its", async () => {
    expect(await qa.ask(login, ["PING"])).toEqual(["+OK", "+PONG"]);
    for (const [redis, password] of [
      [qa, home],
      [own, login],
    ] as const) {
      expect(await redis.ask(password, ["GET", "mine"])).toEqual([
        expect.stringMatching(/^-WRONGPASS/),
        expect.stringMatching(/^-NOAUTH/),
      ]);
    }
  });

  test.each(["CONFIG GET dir", "CLIENT LIST", "FLUSHALL", "MIGRATE 127.0.0.1 1 k 0 1", "ACL LIST", "SHUTDOWN NOSAVE"])(
    "is not configured from outside: %s",
    async (words) => {
      expect((await qa.ask(login, words.split(" ")))[1]).toMatch(/^-NOPERM/);
    },
  );

  test("moves nothing while something is still connected to the old databases", async () => {
    const socket = connect(own.port, "127.0.0.1");
    try {
      const said = new Promise((resolve) => socket.once("data", resolve));
      socket.write(`AUTH ${passwords["1"] ?? ""}\r\nSELECT 40\r\nPING\r\n`);
      await said;
      expectSuccess(await pass());
      expect(await own.ask(home, ["SELECT", "40"], ["LLEN", "dataset"])).toEqual(["+OK", "+OK", ":2"]);
    } finally {
      socket.destroy();
    }
  });

  test("gets the queue, oldest first, with what is new already behind it", async () => {
    await qa.ask(login, ["SELECT", "40"], ["LPUSH", "dataset", "third"], ["SELECT", "39"], ["SET", "fresh", "1"]);
    await until("nobody to be connected", async () => {
      expectSuccess(await pass());
      return (await own.ask(home, ["SELECT", "40"], ["DBSIZE"]))[2] === ":0";
    });
    expect(
      await qa.ask(
        login,
        ["SELECT", "40"],
        ["RPOP", "dataset"],
        ["RPOP", "dataset"],
        ["RPOP", "dataset"],
        ["HGET", "unacked", "a"],
        ["ZSCORE", "unacked_index", "a"],
        ["SISMEMBER", "_kombu.binding.dataset", "x"],
        ["SELECT", "39"],
        ["GET", "cached"],
        ["GET", "fresh"],
      ),
    ).toEqual(["+OK", "+OK", "first", "second", "third", "task", "5", ":1", "+OK", "old", "1"]);
    expect((await qa.ask(login, ["SELECT", "39"], ["TTL", "cached"]))[2]).toMatch(/^:[1-9]/);
    // Nothing of the environment's own has moved.
    expect(await own.ask(home, ["GET", "mine"])).toEqual(["+OK", "1"]);
    expect(await qa.ask(login, ["EXISTS", "mine"])).toEqual(["+OK", ":0"]);
  });

  test("that is full takes nothing from the environment's own", async () => {
    const block = "x".repeat(500_000);
    const answers = await qa.ask(login, ...Array.from({ length: 40 }, (_, index) => ["SET", `key${index}`, block]));
    expect(answers.at(-1)).toMatch(/^-OOM/);
    expect(await own.ask(home, ["SET", "other", block])).toEqual(["+OK", "+OK"]);
  });

  test("is reported by the health check, and never makes it fail", async () => {
    const port = await startHealth(vm, own, 1);
    expect((await askHealth(port)).body).toMatchObject({ redis: "answers", "redis-stage-qa": "answers" });
    await qa.stop("SIGTERM");
    expect((await askHealth(port)).body).toMatchObject({ redis: "answers", "redis-stage-qa": "Connection refused" });
  });
});
