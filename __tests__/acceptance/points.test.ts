import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cloudbuild_v1 } from "googleapis/build/src/apis/cloudbuild/v1";
import { clouddeploy_v1 } from "googleapis/build/src/apis/clouddeploy/v1";
import { compute_v1 } from "googleapis/build/src/apis/compute/v1";
import type { Environment } from "../../modules/dify-gke/environment";
import { defaults, type Variables } from "../../modules/dify-gke/variables";
import type { Evidence, StepRecord } from "../../scripts/acceptance/evidence";
import { deliverOnce } from "../../scripts/acceptance/first-delivery";
import { loseServer } from "../../scripts/acceptance/lost-server";
import { CHANGES, judgeChange, POINTS } from "../../scripts/acceptance/points";
import { PROBES } from "../../scripts/acceptance/probes";
import { writeReport } from "../../scripts/acceptance/report";
import { credentials, rootUrl } from "../../scripts/google-apis/credentials";
import { type Answers, type PlayedGoogle, playGoogle } from "../google-apis";

const PROJECT = "very-own-project";

function evidence(steps: readonly Partial<StepRecord>[], variables: Partial<Variables> = {}): Evidence {
  const types = ["google_compute_network", "google_service_networking_connection", "google_project_service"];
  const stack = (name: string, resources: readonly string[]) => ({
    name,
    directory: "",
    state: "",
    resources: Object.fromEntries(resources.map((type) => [type, { one: {} }])),
  });
  const environment = {
    name: "dev",
    variables: { ...defaults, project_id: PROJECT, ...variables },
  } as unknown as Environment;
  return {
    environment,
    stacks: [stack("dify-dev-foundation", types), stack("dify-dev", ["kubernetes_manifest"])],
    steps: steps.map((step) => ({
      stack: "dify-dev",
      title: "apply",
      passed: true,
      seconds: 1,
      result: "",
      log: "",
      resources: new Map(),
      ...step,
    })),
  };
}

const APPLIED = [{ stack: "dify-dev-foundation" }, { stack: "dify-dev" }];

function judged(point: RegExp, given: Evidence) {
  const [found] = POINTS.filter(({ what }) => point.test(what));
  return found?.judge(given);
}

describe("what the logs of a run say of the points that only a real project shows", () => {
  const plugin = { kubernetes_credentials: "plugin" } as const;
  test.each([
    [/Custom resources/, 'no matches for kind "Gateway" in version "v1"', {}],
    [/bare project/, "Error 403: Cloud DNS API has not been used in project 1 before", {}],
    [/bare project/, "Service account service-1@gcp-sa.iam.gserviceaccount.com does not exist.", {}],
    [/outlasts/, "Error: Unauthorized", plugin],
    [/quota project/, "The binaryauthorization API requires a quota project, which is not set by default", {}],
  ] as const)("%s: %s", (point, line, variables) => {
    expect(judged(point, evidence(APPLIED, variables))?.result).toBe("passed");
    const log = `apply\n  ${line}\nend`;
    const broken = evidence([{ stack: "dify-dev-foundation" }, { stack: "dify-dev", passed: false, log }], variables);
    expect(judged(point, broken)).toEqual({ result: "failed", why: line });
    // Nothing is said of what was not reached.
    expect(judged(point, evidence([], variables))?.result).toBe("not tried");
  });

  test("of a network whose destroy Google refuses", () => {
    const destroy = { stack: "dify-dev-foundation", title: "destroy" };
    const log = "Error: already being used by 'projects/1/global/addresses/servicenetworking-googleapis-com'";
    expect(judged(/abandoned/, evidence([destroy]))?.result).toBe("passed");
    expect(judged(/abandoned/, evidence([{ ...destroy, passed: false, log }]))?.result).toBe("failed");
    expect(judged(/abandoned/, evidence([{ ...destroy, passed: false, log: "quota" }]))?.result).toBe("not tried");
    expect(judged(/abandoned/, evidence(APPLIED))?.result).toBe("not tried");
  });

  test.each(CHANGES)("of $title", (change) => {
    const on = { enable_binary_authorization: true, docker_hub_user: "acme" };
    const plan = { title: `plan again, ${change.title}` };
    const plans = [{ ...plan, stack: "dify-dev-foundation" }, plan];
    expect(judgeChange(evidence(plans, on), change).result).toBe("passed");
    expect(judgeChange(evidence([plans[0] ?? {}, { ...plan, passed: false }], on), change)).toEqual({
      result: "failed",
      why: "The plan of dify-dev is not empty.",
    });
    expect(judgeChange(evidence(plans), change)).toEqual({ result: "not tried", why: change.otherwise });
    // What is changed is what makes it apply.
    const { variables } = evidence([], { ...on, ...change.variables }).environment;
    expect(change.applies(variables)).toBe(false);
  });

  test("the page lists each of them", () => {
    const page = readFileSync(join(__dirname, "..", "..", "docs", "acceptance.md"), "utf8");
    for (const { what } of [...PROBES, ...POINTS, ...CHANGES]) expect(page).toContain(`| ${what} `);
  });
});

test("a report names no project and says how each part went", async () => {
  const directory = mkdtempSync(join(tmpdir(), "report-"));
  try {
    const given = evidence([
      { seconds: 61, result: "80 added", log: "token", resources: new Map([["google_sql_database.x", 59]]) },
    ]);
    const file = await writeReport(directory, {
      evidence: given,
      points: [{ what: "A point", result: "failed", why: `projects/${PROJECT}/locations is wrong` }],
      outcome: "failed: a point",
      began: new Date(0),
      seconds: 62,
      versions: ["terraform 1.11.4"],
      left: ["google_sql_database.x"],
    });
    const text = readFileSync(file, "utf8");
    expect(text).toContain("| dify-dev | apply | 1m01s | 80 added |");
    expect(text).toContain("| `google_sql_database.x` | apply | 59 |");
    expect(text).toContain("| A point | failed | projects/<project>/locations is wrong |");
    expect(text).toContain("- `google_sql_database.x`");
    expect(text).not.toContain("token");
    const json = readFileSync(join(directory, "report.json"), "utf8");
    expect(`${text}${json}`).not.toContain(PROJECT);
    expect(JSON.parse(json)).toMatchObject({ outcome: "failed: a point", left: ["google_sql_database.x"] });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

describe("what is done to a running environment", () => {
  let google: PlayedGoogle | undefined;

  afterEach(() => google?.stop());

  async function answering(answers: Answers): Promise<NodeJS.ProcessEnv> {
    google = await playGoogle(answers);
    return google.env;
  }

  const waiting = { signal: new AbortController().signal, pause: 1, looks: 3 };
  const zone = `/compute/v1/projects/${PROJECT}/zones/us-central1-a`;
  const group = { project: PROJECT, zone: "us-central1-a", name: "nfs" };
  const managed = (name: string, ready = true) => ({
    managedInstances: [
      { instance: `${zone}/instances/${name}`, instanceStatus: ready ? "RUNNING" : "STAGING", currentAction: "NONE" },
    ],
  });
  const instance = (id: string, address: string, disk: string) => ({
    id,
    name: `nfs-${id}`,
    networkInterfaces: [{ networkIP: address }],
    disks: [
      { boot: true, source: `x/boot-${id}` },
      { boot: false, source: `x/${disk}` },
    ],
  });

  async function lose(next: object | undefined) {
    const env = await answering({
      [`POST ${zone}/instanceGroupManagers/nfs/listManagedInstances`]: (count) =>
        count === 0 ? managed("nfs-1") : count === 1 ? managed("nfs-1", false) : managed(next ? "nfs-2" : "nfs-1"),
      [`GET ${zone}/instances/nfs-1`]: () => instance("1", "10.0.0.2", "data"),
      [`GET ${zone}/instances/nfs-2`]: () => next,
      [`DELETE ${zone}/instances/nfs-1`]: () => ({ status: "DONE" }),
    });
    const compute = new compute_v1.Compute({ auth: await credentials(env), ...rootUrl(env, "COMPUTE") });
    const verdict = await loseServer(compute, group, waiting);
    expect(google?.asked).toContain(`DELETE ${zone}/instances/nfs-1`);
    return verdict;
  }

  test("a VM that was deleted comes back with its address and its disk", async () => {
    expect(await lose(instance("2", "10.0.0.2", "data"))).toMatchObject({ result: "passed" });
  });

  test("it fails with another address, another disk, or no VM at all", async () => {
    const other = await lose(instance("2", "10.0.0.9", "new"));
    expect(other.result).toBe("failed");
    expect(other.why).toContain("the address 10.0.0.9 instead of 10.0.0.2 and other disks: new");
    await google?.stop();
    expect((await lose(undefined)).why).toContain("has no new one");
  });

  const location = `projects/${PROJECT}/locations/us-central1`;
  const delivery = {
    trigger: `${location}/triggers/t`,
    branches: "^main$",
    pipeline: `${location}/deliveryPipelines/p`,
  };

  test("no branch is guessed from a pattern", async () => {
    const env = await answering({});
    const auth = await credentials(env);
    const clients = {
      cloudbuild: new cloudbuild_v1.Cloudbuild({ auth }),
      clouddeploy: new clouddeploy_v1.Clouddeploy({ auth }),
    };
    const verdict = await deliverOnce(clients, { ...delivery, branches: "^release-.*$" }, waiting);
    expect(verdict).toEqual({ result: "not tried", why: "branch_pattern ^release-.*$ does not name a single branch." });
  });

  async function deliver(status: string, state: string) {
    const env = await answering({
      [`POST /v1/${delivery.trigger}:run`]: () => ({ metadata: { build: { id: "b" } } }),
      [`GET /v1/${location}/builds/b`]: (count) => ({ status: count === 0 ? "WORKING" : status, statusDetail: "why" }),
      [`GET /v1/${delivery.pipeline}/releases/-/rollouts`]: (count) => ({
        rollouts: [{ name: "old", state: "FAILED" }, ...(count === 0 ? [] : [{ name: "new", state }])],
      }),
    });
    const auth = await credentials(env);
    const clients = {
      cloudbuild: new cloudbuild_v1.Cloudbuild({ auth, ...rootUrl(env, "CLOUD_BUILD") }),
      clouddeploy: new clouddeploy_v1.Clouddeploy({ auth, ...rootUrl(env, "CLOUDDEPLOY") }),
    };
    return deliverOnce(clients, delivery, waiting);
  }

  test.each([
    ["SUCCESS", "SUCCEEDED", "passed", "SUCCEEDED"],
    ["SUCCESS", "PENDING_APPROVAL", "passed", "PENDING_APPROVAL"],
    ["SUCCESS", "FAILED", "failed", "The first rollout is FAILED"],
    ["SUCCESS", "IN_PROGRESS", "failed", "still under way"],
    ["FAILURE", "SUCCEEDED", "failed", "is FAILURE: why"],
    ["WORKING", "SUCCEEDED", "failed", "is running"],
  ])("a build that ends with %s and a rollout with %s: %s", async (status, state, result, why) => {
    const verdict = await deliver(status, state);
    expect(verdict.result).toBe(result);
    expect(verdict.why).toContain(why);
  });
});
