import { join } from "node:path";
import { type Result, removeDirectory, run, temporaryDirectory } from "./processes";
import { describeWithPackages, python, python3 } from "./python";
import { path, tools } from "./require";

const SCRIPT = join(__dirname, "../../scripts/jobs/redis-move.py");
const STAND_INS = join(__dirname, "python");

interface Outcome {
  readonly code: number;
  readonly said: string;
  readonly queued: Readonly<Record<"old" | "new", number>>;
  readonly lost: readonly string[];
  readonly twice: readonly string[];
  readonly "in flight": readonly string[];
  readonly left: number;
  readonly keys: unknown;
}

describeWithPackages([tools.redis], "redis-move.py", () => {
  let directory: string;

  beforeAll(() => {
    directory = temporaryDirectory("redis-move");
  });

  afterAll(() => {
    removeDirectory(directory);
  });

  test("moves a queue that is in use: no task is lost, and none runs twice but those that a killed worker had", async () => {
    const args = [join(STAND_INS, "redis-move-load.py"), path(tools.redis), SCRIPT, directory];
    // A Python of its own: it starts workers, which end only with it.
    const env = { PYTHONDONTWRITEBYTECODE: "1", PYTHONPATH: STAND_INS };
    const load = await run(python, args, { env, cwd: directory });
    expect(load.stderr).toBe("");
    const outcome = JSON.parse(load.stdout) as Outcome;
    expect([outcome.code, outcome.lost, outcome.left]).toEqual([0, [], 0]);
    expect(outcome["in flight"]).toContain("old-slow-0");
    expect(outcome["in flight"]).toEqual(expect.arrayContaining([...outcome.twice]));
    expect(outcome.said).toMatch(/redis-move: \d+ queued tasks moved, \d+ queued again, [34] other keys copied\n$/);
    expect(Math.min(outcome.queued.old, outcome.queued.new)).toBeGreaterThan(10);
    expect(outcome.keys).toEqual({ token: ["kept", true], state: { a: "1" }, both: "new", agents: 1.5 });
  }, 90_000);

  test("says what is missing, and never a password", async () => {
    const move = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Result> =>
      python3([SCRIPT, ...args], { env, cwd: directory });
    expect((await move(["--help"])).stdout).toMatch(/FROM_ before of the old one/);
    expect(await move([])).toMatchObject({ code: 1, stderr: "redis-move: error: REDIS_HOST is not set\n" });
    const nobody = { REDIS_HOST: "127.0.0.1", REDIS_PORT: "1", REDIS_PASSWORD: "hidden-a" };
    const from = { FROM_REDIS_HOST: "127.0.0.1", FROM_REDIS_PORT: "1", FROM_REDIS_PASSWORD: "hidden-b" };
    const { code, stderr } = await move([], { ...nobody, ...from });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^redis-move: error: .*127.0.0.1:1/)]);
    expect(stderr).not.toContain("hidden");
  });
});
