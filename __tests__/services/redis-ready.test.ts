import { join } from "node:path";
import { Daemon, freePort, type Result, removeDirectory, stopDaemons, temporaryDirectory } from "./processes";
import { describeWithPackages, python3 } from "./python";
import { path, tools } from "./require";

const SCRIPT = join(__dirname, "../../scripts/jobs/redis-ready.py");
const PASSWORD = "a b+c";

describeWithPackages([tools.redis], "redis-ready.py", () => {
  let directory: string;
  let port: number;

  beforeAll(async () => {
    directory = temporaryDirectory("redis-ready");
    port = await freePort();
    const server = ["--bind", "127.0.0.1", "--port", String(port), "--save", "", "--dir", directory];
    const settings = ["--requirepass", PASSWORD, "--databases", "4", "--maxmemory-policy", "allkeys-lru"];
    const redis = new Daemon(path(tools.redis), [...server, ...settings], join(directory, "redis.log"), {
      uid: process.getuid?.(),
      gid: process.getgid?.(),
    });
    await redis.ready(port);
  });

  afterAll(async () => {
    await stopDaemons("SIGKILL");
    removeDirectory(directory);
  });

  const ask = async (environment: Readonly<Record<string, string>>): Promise<Result> =>
    await python3([SCRIPT, "0"], {
      env: { REDIS_HOST: "127.0.0.1", REDIS_PORT: String(port), REDIS_PASSWORD: PASSWORD, ...environment },
    });

  test("lets Dify start on a Redis that works, and warns of one that forgets tasks", async () => {
    const { code, stdout } = await ask({ REDIS_DB: "1" });
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/warning: .*allkeys-lru.*\n.*answers: version \d.*databases 1 to 3/),
    ]);
  });

  test.each([
    ["another password", { REDIS_PASSWORD: "other" }, /refuses the password: .* Put its password into the secret of/],
    ["no password", { REDIS_PASSWORD: "" }, /refuses the password: /],
    ["a database too few", { REDIS_DB: "2" }, /has no database 4: .* Set redis_database to the first of three/],
    ["no database at all", { REDIS_DB: "9" }, /has no database 9: /],
    ["nobody there", { REDIS_PORT: "1" }, /does not answer, for 0 seconds: .* Check redis_host and redis_port/],
  ])("stops at %s, and says what to do", async (_, environment, says) => {
    const { code, stderr } = await ask(environment);
    expect([code, stderr]).toEqual([1, expect.stringMatching(says)]);
    expect(stderr).toMatch(/^redis-ready: error: .*\n$/);
  });
});
