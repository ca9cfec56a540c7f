import { runClusterScript, type Said } from "../cluster-script";
import { type Answer, type Asked, PlayedApi } from "../played-api";

const PATH = "/apis/apps.kubeblocks.io/v1/namespaces/dify/clusters/dify-qdrant";

interface Status {
  phase?: string;
  observedGeneration?: number;
  components?: Record<string, { phase: string; upToDate?: boolean; message?: object }>;
  conditions?: object[];
}

/** An API server whose operator reports one status after the other. */
class Operator extends PlayedApi {
  reports: (Status | undefined)[] = [];
  asked = 0;
  deployments: object[] = [];

  protected override answer({ method, path }: Asked): Answer {
    if (path === "/apis/apps/v1/deployments") return [200, { items: this.deployments }];
    if (method !== "GET" || path !== PATH) return [500, { message: `${method} ${path}` }];
    this.asked += 1;
    const status = this.reports.length > 1 ? this.reports.shift() : this.reports[0];
    return status ? [200, { metadata: { name: "dify-qdrant", generation: 2 }, status }] : [404, { message: "gone" }];
  }
}

const operator = new Operator();
let host = "";

beforeAll(async () => {
  host = await operator.listen();
});
afterAll(() => operator.stop());

async function waited(reports: (Status | undefined)[], settings: object = {}) {
  operator.reports = reports;
  operator.asked = 0;
  return run("await", settings);
}

async function run(action: string, settings: object): Promise<Said> {
  return runClusterScript({
    file: "data_cluster.py",
    action,
    host,
    settings: { name: "dify-qdrant", namespace: "dify", timeoutSeconds: 20, ...settings },
  });
}

const running = (observedGeneration: number, upToDate: boolean): Status => ({
  phase: "Running",
  observedGeneration,
  components: { qdrant: { phase: "Running", upToDate } },
});
const failed: Status = {
  phase: "Failed",
  observedGeneration: 2,
  components: { qdrant: { phase: "Failed", message: { "Pod/dify-qdrant-0": "0/3 nodes are available" } } },
};

test("what runs from before the change does not count: the operator has to have seen it, and done it", async () => {
  const updating: Status = { phase: "Updating", observedGeneration: 2, components: { qdrant: { phase: "Updating" } } };
  const reports = [{}, running(1, true), running(2, false), updating, running(2, true)];
  expect(await waited(reports)).toMatchObject({ code: 0 });
  expect(operator.asked).toBe(5);
});

test("what the operator refuses is said at once, in its words", async () => {
  const message = "no matched component definition found: serviceVersion 9.9.9";
  const conditions = [{ type: "ProvisioningStarted", status: "False", reason: "PreCheckFailed", message }];
  // What runs from before goes on, and says so.
  const { code, said } = await waited([{ ...running(2, true), conditions }]);
  expect(code).toBe(1);
  expect(said).toContain(`KubeBlocks refuses the Cluster: ProvisioningStarted: ${message}`);
  const earlier = conditions.map((one) => ({ ...one, observedGeneration: 1 }));
  expect(await waited([{ ...running(2, true), conditions: earlier }])).toMatchObject({ code: 0 });
});

test("a failure in between passes, one that lasts does not", async () => {
  expect(await waited([failed, failed, running(2, true)])).toMatchObject({ code: 0 });
  const { code, said } = await waited([failed], { lastingSeconds: 0 });
  expect(code).toBe(1);
  expect(said).toContain("qdrant is Failed (Pod/dify-qdrant-0: 0/3 nodes are available)");
});

test("it gives up after its time, and where somebody has deleted it", async () => {
  const creating: Status = { phase: "Creating", observedGeneration: 2, components: { qdrant: { phase: "Creating" } } };
  expect((await waited([creating], { timeoutSeconds: 0 })).said).toContain(
    "does not run after 0 seconds: qdrant is Creating",
  );
  expect((await waited([undefined])).said).toContain("there is no Cluster dify-qdrant in namespace dify any more");
});

describe("an operator that is found", () => {
  const deployment = (namespace: string, env?: object[]) => ({
    metadata: { namespace },
    spec: { template: { spec: { containers: [{ name: "other" }, { name: "manager", env }] } } },
  });
  const TOLD = "IGNORE_POD_VERTICAL_SCALING";
  const settings = {
    namespace: "kb-system",
    labels: "app.kubernetes.io/name=kubeblocks",
    told: TOLD,
    elsewhere: "it is in {namespace}",
    restless: "it would never rest",
  };
  const here = (autopilot: boolean, ...deployments: object[]) => {
    operator.deployments = deployments;
    return run("operator", { ...settings, autopilot });
  };

  test("is let in only where it runs", async () => {
    expect(await here(false, deployment("kb-system"))).toMatchObject({ code: 0 });
    const { code, said } = await here(false, deployment("databases"), deployment("beta"));
    expect([code, said.trim()]).toEqual([1, "dify-qdrant, operator: it is in beta and databases"]);
  });

  test("has to leave the sizes of pods alone on Autopilot", async () => {
    expect((await here(true, deployment("kb-system"))).said).toContain("it would never rest");
    expect((await here(true, deployment("kb-system", [{ name: TOLD, value: "false" }]))).code).toBe(1);
    expect(await here(true, deployment("kb-system", [{ name: TOLD, value: "true" }]))).toMatchObject({ code: 0 });
  });

  test("may have other labels: then nothing is known of it", async () => {
    expect((await here(true)).said).toContain("nothing is known of it");
  });
});
