import { join } from "node:path";
import { run } from "./processes";
import { POD_SCRIPTS } from "./python";
import { describeWith, path, tools } from "./require";

const SCRIPT = join(POD_SCRIPTS, "worker-answers.py");
const GREEN = "celery.concurrency.gevent:TaskPool";

/** What a worker tells of itself. */
function stats(takes: unknown, room: unknown, implementation = GREEN, more: object = {}): object {
  return { prefetch_count: takes, pool: { "max-concurrency": room, implementation }, ...more };
}

/** @returns what each worker lacks, according to the probe; `null`: nothing */
async function lacks(workers: readonly object[]): Promise<readonly (string | null)[]> {
  const program = `import importlib.util, json, sys
sys.path.insert(0, ${JSON.stringify(POD_SCRIPTS)})
spec = importlib.util.spec_from_file_location("answers", ${JSON.stringify(SCRIPT)})
answers = importlib.util.module_from_spec(spec); spec.loader.exec_module(answers)
print(json.dumps([answers.throttled(each) for each in json.loads(sys.argv[1])]))`;
  const { code, stderr, stdout } = await run(path(tools.python), ["-c", program, JSON.stringify(workers)]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as (string | null)[];
}

describeWith([tools.python], "worker-answers.py", () => {
  test("a worker is only restarted for taking less than it has room for where that is what a lost broker leaves", async () => {
    expect(await lacks([stats(1, 4), stats(3, 4, "celery.concurrency.eventlet:TaskPool")])).toEqual([
      "takes 1 tasks at a time and has room for 4",
      "takes 3 tasks at a time and has room for 4",
    ]);
    // A restart of these would heal nothing, and come again every ten minutes.
    const sound = [
      stats(4, 4),
      stats(8, 4),
      stats(1, 1),
      stats(0, 4),
      stats(1, 4, "celery.concurrency.prefork:TaskPool"),
      stats(1, 4, GREEN, { autoscaler: { max: 4, min: 1, current: 1, qty: 0 } }),
      stats(null, 4),
      stats(1, null),
      { prefetch_count: 1 },
      {},
    ];
    expect(await lacks(sound)).toEqual(sound.map(() => null));
  });
});
