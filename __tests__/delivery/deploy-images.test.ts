import { describeWith, tools } from "../services/require";
import { digest, Playground, starting } from "./stub";

const API = "us-central1-docker.pkg.dev/demo-project/mirror/langgenius/dify-api";
const WEB = "us-central1-docker.pkg.dev/demo-project/mirror/langgenius/dify-web";
const [NEW_API, NEW_WEB] = [`${API}@${digest("a")}`, `${WEB}@${digest("b")}`] as const;
const KUBECTL = "kubectl --namespace=dify";

/** One container of `kubectl get pods --output=json`, and a secret that must not get out. */
const container = (name: string, ready: boolean): object => ({
  name,
  ready,
  restartCount: ready ? 0 : 3,
  state: ready ? { running: {} } : { waiting: { reason: "CrashLoopBackOff" } },
});
const pod = (name: string, status: object): object => ({
  metadata: { name },
  spec: { containers: [{ name: "api", env: [{ name: "SECRET_KEY", value: "hunter2" }] }] },
  status,
});
const PODS = JSON.stringify({
  items: [
    pod("dify-api-7d4b9-x2x4z", {
      initContainerStatuses: [{ ...container("sql-proxy", true), state: { terminated: { reason: "Completed" } } }],
      containerStatuses: [container("api", false), container("worker", true)],
    }),
    pod("dify-api-55c6d-old", { containerStatuses: [container("api", true)] }),
    // Not scheduled: it has no containers yet.
    pod("dify-api-7d4b9-pending", { phase: "Pending" }),
    pod("other-1", { containerStatuses: [container("other", false)] }),
  ],
});

describeWith([tools.python], "deploy-images.sh", () => {
  let playground: Playground;

  beforeEach(() => {
    playground = new Playground("deploy-images.sh", {
      PROJECT: "demo-project",
      LOCATION: "us-central1",
      CLUSTER: "dify",
      ENDPOINT: "internal-ip",
      NAMESPACE: "dify",
      WORKLOADS: [
        `deployment/dify-web web ${WEB}`,
        `deployment/dify-api api ${API}`,
        `deployment/dify-api worker ${API}`,
        `deployment/dify-proxy proxy docker.io/nginx`,
      ].join("\n"),
      ROLLOUT_TIMEOUT_SECONDS: "600",
    })
      .answer("gcloud container clusters get-credentials *", { stderr: "kubeconfig entry generated for dify.\n" })
      .answer(
        "kubectl * get deployment/dify-api *",
        "migrate=old/api:0 api=old/api:1 worker=old/api:1 sidecar=proxy:2 ",
      )
      .answer("kubectl * get deployment/dify-web *", "web=old/web:1 ")
      .answer("kubectl * set image *", "deployment.apps/some image updated\n")
      .answer("kubectl * rollout status *", 'deployment "some" successfully rolled out\n')
      .answer(
        "kubectl * get events *",
        "\ndify-api-7d4b9-x2x4z   BackOff   Back-off restarting failed container\nother-1   Unhealthy   no\n",
      )
      .answer("kubectl * get pods *", PODS)
      .answer("kubectl * logs *", "ImportError: no module named models\n");
    playground.images = { [API]: NEW_API, [WEB]: NEW_WEB };
  });

  afterEach(() => {
    playground.remove();
  });

  const without = (calls: readonly string[]): string[] => calls.map((call) => call.replace(/ --timeout=\d+s$/, ""));

  const DEPLOYED = [
    `${KUBECTL} set image deployment/dify-api api=${NEW_API} worker=${NEW_API}`,
    `${KUBECTL} set image deployment/dify-web web=${NEW_WEB}`,
    `${KUBECTL} rollout status deployment/dify-api`,
    `${KUBECTL} rollout status deployment/dify-web`,
  ];
  const BACK = [
    `${KUBECTL} set image deployment/dify-api migrate=old/api:0 api=old/api:1 worker=old/api:1 sidecar=proxy:2`,
    `${KUBECTL} set image deployment/dify-web web=old/web:1`,
    `${KUBECTL} rollout status deployment/dify-api`,
    `${KUBECTL} rollout status deployment/dify-web`,
  ];

  test("reads what runs, sets each workload once, and waits for all", async () => {
    const { code, stdout, calls } = await playground.run();
    expect(code).toBe(0);
    const path = "{range .spec.template.spec['initContainers','containers'][*]}{.name}={.image} {end}";
    expect(without(calls)).toEqual([
      "gcloud container clusters get-credentials dify --location=us-central1 --project=demo-project --internal-ip",
      `${KUBECTL} get deployment/dify-api --output=jsonpath=${path}`,
      `${KUBECTL} get deployment/dify-web --output=jsonpath=${path}`,
      ...DEPLOYED,
    ]);
    expect(stdout).toMatch(/all rollouts are done\n$/);
  });

  test("gives all rollouts one time", async () => {
    playground.answer("kubectl * rollout status deployment/dify-api *", { run: "sleep 1.1" });
    const { calls } = await playground.run({ ROLLOUT_TIMEOUT_SECONDS: "300" });
    const times = calls.flatMap((call) => /--timeout=(\d+)s$/.exec(call)?.[1] ?? []).map(Number);
    expect(times).toHaveLength(2);
    expect(times[0]).toBeLessThanOrEqual(300);
    expect(times[1]).toBeLessThan(times[0] ?? 0);
    expect(times[1]).toBeGreaterThan(200);
  });

  test("reaches a public cluster by its public address", async () => {
    const { code, calls } = await playground.run({ ENDPOINT: "public" });
    expect(code).toBe(0);
    expect(calls[0]).toBe(
      "gcloud container clusters get-credentials dify --location=us-central1 --project=demo-project",
    );
  });

  test("reaches a cluster by its name where addresses are not let in", async () => {
    const { calls } = await playground.run({ ENDPOINT: "dns-endpoint" });
    expect(calls[0]).toMatch(/ --dns-endpoint$/);
  });

  test("changes only workloads whose image is to be delivered", async () => {
    playground.images = { [WEB]: NEW_WEB };
    const { code, calls } = await playground.run();
    expect(code).toBe(0);
    expect(calls.join("\n")).not.toContain("dify-api");
  });

  test("sets stateful sets and daemon sets too", async () => {
    playground.answer("kubectl * get *set/*", "web=old/web:1 ");
    const { code, calls } = await playground.run({ WORKLOADS: `statefulset/a web ${WEB}\ndaemonset/b web ${WEB}\n` });
    expect(code).toBe(0);
    expect(starting(calls, `${KUBECTL} set image`)).toEqual([
      `${KUBECTL} set image daemonset/b web=${NEW_WEB}`,
      `${KUBECTL} set image statefulset/a web=${NEW_WEB}`,
    ]);
  });

  const TIMED_OUT = { code: 1, stderr: "error: timed out waiting for the condition\n", times: 1 };

  test("takes every workload back when one does not run, waits for that, and fails", async () => {
    playground.answer("kubectl * rollout status deployment/dify-api *", TIMED_OUT);
    const { code, stderr, calls } = await playground.run();
    expect(code).toBe(1);
    const changes = without(calls).filter((call) => / (set image|rollout status) /.test(call));
    expect(changes).toEqual([...DEPLOYED.slice(0, 3), ...BACK]);
    expect(stderr).toContain("rollout of deployment/dify-api failed");
    expect(stderr).toContain("The old images run again, but migrations of the database");
  });

  test("takes workloads back when the last one cannot be set", async () => {
    playground.answer(`kubectl * set image deployment/dify-web *`, { code: 1, stderr: "Error: denied\n", times: 1 });
    const { code, stderr, calls } = await playground.run();
    expect(code).toBe(1);
    const changes = without(calls).filter((call) => / (set image|rollout status) /.test(call));
    expect(changes).toEqual([...DEPLOYED.slice(0, 2), ...BACK]);
    expect(stderr).toContain("Error: denied\n");
  });

  test("shows events and last lines of what failed, and no environment", async () => {
    playground.answer("kubectl * rollout status deployment/dify-api *", TIMED_OUT);
    const { stdout, stderr, calls } = await playground.run();
    expect(stderr).toContain("dify-api-7d4b9-x2x4z   BackOff   Back-off restarting failed container\n");
    expect(stderr).toContain("last lines of api in dify-api-7d4b9-x2x4z:\n");
    expect(stderr).toContain("ImportError: no module named models\n");
    expect(starting(calls, `${KUBECTL} logs`)).toEqual([
      `${KUBECTL} logs dify-api-7d4b9-x2x4z --container=api --tail=10`,
    ]);
    expect(stdout + stderr).not.toContain("hunter2");
    expect(stdout + stderr).not.toContain("other-1");
  });

  test("goes back even when nothing can be shown", async () => {
    playground
      .answer("kubectl * rollout status deployment/dify-web *", TIMED_OUT)
      .answer("kubectl * get events *", { code: 1 })
      .answer("kubectl * get pods *", { code: 1 });
    const { code, stderr, calls } = await playground.run();
    expect(code).toBe(1);
    expect(without(calls).slice(-4)).toEqual(BACK);
    expect(stderr).toContain("The old images run again");
  });

  test("says so when the way back fails too", async () => {
    playground.answer("kubectl * rollout status deployment/dify-api *", { ...TIMED_OUT, times: 2 });
    const { code, stderr } = await playground.run();
    expect(code).toBe(1);
    expect(stderr).toContain(
      "the rollout failed, and so did going back to the old images. Look at deployment/dify-api.",
    );
    expect(stderr).not.toContain("The old images run again");
  });

  test.each([
    ["ENDPOINT", "private", "ENDPOINT has to be one of those in --help"],
    ["ROLLOUT_TIMEOUT_SECONDS", "10m", "ROLLOUT_TIMEOUT_SECONDS a number"],
    ["WORKLOADS", `deployment/dify-api ${API}`, "of WORKLOADS is not 'deployment/name container image-name'"],
    ["WORKLOADS", `deployment/dify-api api ${API} more`, "of WORKLOADS is not"],
    ["WORKLOADS", `cronjob/dify-api api ${API}`, "of WORKLOADS is not"],
    ["WORKLOADS", `deployment/dify-api api ${API}:1.16.1`, "is named in WORKLOADS"],
    ["WORKLOADS", "deployment/dify-proxy proxy docker.io/nginx", "is named in WORKLOADS"],
  ])("refuses %s=%s before it calls anything", async (name, value, message) => {
    const { code, stderr, calls } = await playground.run({ [name]: value });
    expect([code, calls]).toEqual([1, []]);
    expect(stderr).toMatch(/^deploy-images: error: /);
    expect(stderr).toContain(message);
  });

  test.each([
    ["the cluster cannot be reached", "gcloud *", "cannot reach cluster dify, see above."],
    [
      "a workload is not there",
      "kubectl * get deployment/dify-web *",
      "cannot read deployment/dify-web. Nothing is changed",
    ],
  ])("changes nothing when %s", async (_, pattern, message) => {
    playground.answer(pattern, { code: 1, stderr: "Error from server (NotFound)\n" });
    const { code, stderr, calls } = await playground.run();
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(calls.join("\n")).not.toContain("set image");
  });
});
