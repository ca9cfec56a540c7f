import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeDirectory, run, temporaryDirectory } from "./processes";
import { describeWith, path, tools } from "./require";

const script = join(__dirname, "../../scripts/pods/drain-worker.py");

/** Stands in for Celery: a worker that answers as told, and writes down what it was asked. */
const CELERY = `
import json, os, socket
answers = json.loads(os.environ["ANSWERS"])
def note(*what):
    with open(os.environ["CALLS"], "a") as file: file.write(json.dumps(what) + "\\n")
class Conf: pass
class Inspect:
    def __init__(self, names): self.names = names
    def __getattr__(self, question):
        def ask():
            note(question, *self.names)
            left = answers[question]
            answer = left.pop(0) if len(left) > 1 else left[0]
            return None if answer is None else {f"celery@{socket.gethostname()}": answer}
        return ask
class Control:
    def __init__(self, conf): self.conf = conf
    def inspect(self, names, timeout):
        if self.conf is not None: note("conf", {key: str(value) for key, value in vars(self.conf).items()})
        self.conf = None
        return Inspect(names)
    def cancel_consumer(self, queue, destination): note("cancel", queue, *destination)
class Celery:
    def __init__(self, broker):
        self.conf = Conf()
        self.control = Control(self.conf)
        note("broker", broker)
`;

describeWith([tools.python], "drain-worker.py", () => {
  let directory: string;
  beforeEach(() => {
    directory = temporaryDirectory("drain");
    mkdirSync(join(directory, "celery"));
    writeFileSync(join(directory, "celery/__init__.py"), CELERY);
  });
  afterEach(() => {
    removeDirectory(directory);
  });

  const drain = async (answers: object, environment: Record<string, string> = {}, seconds = "30") => {
    const calls = join(directory, "calls");
    const result = await run(path(tools.python), [script, seconds], {
      env: {
        PYTHONPATH: directory,
        CALLS: calls,
        ANSWERS: JSON.stringify(answers),
        CELERY_BROKER_URL: "redis://redis:6379/1",
        ...environment,
      },
    });
    const lines = readFileSync(calls, "utf8").trim().split("\n");
    return { ...result, calls: lines.map((line) => JSON.parse(line) as [string, ...unknown[]]) };
  };
  const QUEUES = [[{ name: "dataset" }, { name: "mail" }]];

  test("takes the worker off every queue, and waits until nothing is active or reserved", async () => {
    const { code, stdout, calls } = await drain({
      active_queues: QUEUES,
      active: [[{ id: "1" }], []],
      reserved: [[], []],
    });
    expect([code, stdout]).toEqual([0, "drain-worker: off 2 queues\ndrain-worker: idle\n"]);
    expect(calls.map(([name]) => name).slice(2)).toEqual([
      ...["active_queues", "cancel", "cancel"],
      ...["active", "reserved", "active", "reserved"],
    ]);
    expect(calls.filter(([name]) => name === "cancel").map(([, queue]) => queue)).toEqual(["dataset", "mail"]);
  });

  test("asks again where the worker does not answer: that is no idleness", async () => {
    const { stdout } = await drain({
      active_queues: [null, ...QUEUES],
      active: [null, []],
      reserved: [null, []],
    });
    expect(stdout).toBe("drain-worker: off 2 queues\ndrain-worker: idle\n");
  });

  test("gives up in time, so that the pod ends within its grace period", async () => {
    const busy = await drain({ active_queues: QUEUES, active: [[{}]], reserved: [[]] }, {}, "0.5");
    expect([busy.code, busy.stdout]).toEqual([
      0,
      "drain-worker: off 2 queues\ndrain-worker: still at work after 0.5 seconds\n",
    ]);
    const silent = await drain({ active_queues: [null], active: [null], reserved: [null] }, {}, "0.5");
    expect(silent.stdout).toBe("drain-worker: still at work after 0.5 seconds\n");
  });

  test("asks by the worker's own key prefix and TLS settings", async () => {
    const idle = { active_queues: [[]], active: [[]], reserved: [[]] };
    const plain = await drain(idle);
    expect(plain.calls[1]).toEqual(["conf", {}]);
    removeDirectory(join(directory, "calls"));
    const { calls } = await drain(idle, {
      CELERY_BROKER_URL: "rediss://:secret@redis:6379/1",
      REDIS_KEY_PREFIX: "team",
      REDIS_SSL_CERT_REQS: "CERT_REQUIRED",
      REDIS_SSL_CA_CERTS: "/ca.pem",
    });
    expect(calls[0]).toEqual(["broker", "rediss://:secret@redis:6379/1"]);
    expect(calls[1]).toEqual([
      "conf",
      {
        broker_transport_options: "{'global_keyprefix': 'team:'}",
        broker_use_ssl: expect.stringMatching(/CERT_REQUIRED.*'ssl_ca_certs': '\/ca\.pem'/) as string,
      },
    ]);
  });

  test("explains itself", async () => {
    const { code, stdout } = await run(path(tools.python), [script, "--help"]);
    expect([code, stdout]).toEqual([0, expect.stringContaining("how long to wait")]);
  });
});
