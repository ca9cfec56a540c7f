import { runAsApplied } from "../cluster-script";
import { type Answer, type Asked, PlayedApi } from "../played-api";

const PATH = "/apis/external-secrets.io/v1/namespaces/dify/externalsecrets/dify";
const GENERAL = "could not get secret data from provider";

interface Condition {
  readonly status: "True" | "False";
  readonly message: string;
}

/** A cluster in which the operator says one thing after another about an ExternalSecret. */
class Cluster extends PlayedApi {
  /** Of each time that somebody looks; the last one stays. */
  says: readonly (Condition | undefined | "gone")[] = [];
  synced = "2-abc";
  events: readonly { message: string; lastTimestamp: string }[] | "forbidden" = [];
  asked: string[] = [];
  /** How often it was asked to try again. */
  nudged = 0;
  private looks = 0;

  reset(): void {
    Object.assign(this, { says: [], synced: "2-abc", events: [], asked: [], nudged: 0, looks: 0 });
  }

  protected override answer({ body, method, path, query }: Asked): Answer {
    if (method === "PATCH") {
      expect(body).toEqual({ metadata: { annotations: { "force-sync": expect.stringMatching(/^\d+$/) as string } } });
      this.nudged += 1;
      return [403, { message: "no" }];
    }
    if (path.endsWith("/events")) {
      this.asked.push(query.get("fieldSelector") ?? "");
      return this.events === "forbidden" ? [403, { message: "no" }] : [200, { items: this.events }];
    }
    const said = this.says[Math.min(this.looks, this.says.length - 1)];
    this.looks += 1;
    if (path !== PATH || said === "gone") return [404, { message: "not found" }];
    const conditions = said
      ? [
          { type: "Deleted", status: "False" },
          { type: "Ready", ...said },
        ]
      : [];
    const metadata = { name: "dify", namespace: "dify", uid: "u-1", generation: 2 };
    return [200, { metadata, status: { syncedResourceVersion: this.synced, conditions } }];
  }
}

const cluster = new Cluster();
let host = "";
beforeAll(async () => {
  host = await cluster.listen();
});
afterAll(() => cluster.stop());
beforeEach(() => {
  cluster.reset();
});

async function ready(patience: { timeoutSeconds: number; missingSeconds: number }) {
  const settings = { kind: "ExternalSecret", name: "dify", namespace: "dify", path: PATH, otherwise: "Correct it" };
  return runAsApplied("ready", { host, settings: { ...settings, ...patience } });
}
const LONG = { timeoutSeconds: 60, missingSeconds: 60 };

test("it waits until the operator has filled the Secret", async () => {
  cluster.says = [undefined, { status: "False", message: GENERAL }, { status: "True", message: "secret synced" }];
  expect(await ready(LONG)).toEqual({ code: 0, said: "dify, ready: ready\n" });
  // It waits for longer after each failure: somebody who has corrected something would wait with it.
  expect(cluster.nudged).toBe(1);
});

test("what it said of the object before a change does not count", async () => {
  cluster.says = [{ status: "True", message: "secret synced" }];
  cluster.synced = "1-abc";
  expect(await ready({ timeoutSeconds: 0.2, missingSeconds: 60 })).toMatchObject({ code: 1 });
});

test("a missing secret is named, from the newest warning, long before the time is over", async () => {
  cluster.says = [{ status: "False", message: GENERAL }];
  cluster.events = [
    { message: "permission denied", lastTimestamp: "2026-11-26T00:00:00Z" },
    { message: "key: dify/mail, err: Secret does not exist", lastTimestamp: "2026-11-27T00:00:00Z" },
  ];
  const { code, said } = await ready({ timeoutSeconds: 60, missingSeconds: 0.2 });
  expect(code).toBe(1);
  expect(said).toBe(
    `dify, ready: the External Secrets Operator says of ExternalSecret dify of namespace dify: ${GENERAL}: key: dify/mail, err: Secret does not exist. Correct it\n`,
  );
  expect(cluster.asked[0]).toBe("involvedObject.uid=u-1,type=Warning");
});

test("a right that may still come is waited for until the time is over, and whoever may not read events gets the condition", async () => {
  cluster.says = [{ status: "False", message: "Permission denied on resource" }];
  cluster.events = "forbidden";
  const before = Date.now();
  const { code, said } = await ready({ timeoutSeconds: 0.5, missingSeconds: 0 });
  expect(Date.now() - before).toBeGreaterThan(500);
  expect({ code, said }).toEqual({
    code: 1,
    said: expect.stringContaining("Permission denied on resource. Correct") as string,
  });
});

test("silence of the operator and a deleted object are told apart", async () => {
  cluster.says = [undefined];
  expect((await ready({ timeoutSeconds: 0.2, missingSeconds: 60 })).said).toContain(
    "nothing at all, so it may not run",
  );
  cluster.says = ["gone"];
  expect((await ready(LONG)).said).toContain("is gone: somebody has deleted it");
});
