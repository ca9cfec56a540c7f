import { join } from "node:path";
import { SEEN_ANNOTATION, VALUES_ANNOTATION } from "../../modules/app-gke/workload/secret-restarts";
import type { Asked } from "../played-api";
import { PodApis } from "./pod-apis";
import { preparedPython } from "./prepared-python";
import { removeDirectory, type Result, temporaryDirectory } from "./processes";
import { describeWith, path, tools } from "./require";

const SCRIPT = join(__dirname, "../../scripts/jobs/restart-for-secrets.py");

interface Workload {
  annotations: Record<string, string>;
  pods: Record<string, string>;
}

describeWith([tools.python], "restart-for-secrets.py", () => {
  const apis = new PodApis();
  const directory = temporaryDirectory("restarts");
  let environment: Record<string, string>;
  let secret: Record<string, string>;
  let workloads: Record<string, Workload>;
  let refused = "";

  beforeAll(async () => {
    environment = await apis.start(directory);
    apis.other = answer;
  });

  beforeEach(() => {
    secret = { "secret-key": "salt", url: "redis://a", token: "first" };
    workloads = {
      "statefulsets/api": { annotations: {}, pods: { "checksum/secrets": "1" } },
      "deployments/web": { annotations: { others: "stay" }, pods: {} },
    };
    refused = "";
  });

  afterAll(async () => {
    await apis.stop();
    removeDirectory(directory);
  });

  function answer({ method, path: asked, body }: Asked): readonly [number, unknown] | undefined {
    if (asked === "/api/v1/namespaces/dify/secrets/dify") {
      const encoded = Object.entries(secret).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
      return [200, { data: Object.fromEntries(encoded) as object }];
    }
    const name = /^\/apis\/apps\/v1\/namespaces\/dify\/(.+)$/.exec(asked)?.[1] ?? "";
    const found = workloads[name];
    if (!found) return undefined;
    if (method === "PATCH" && refused === name) return [422, "not now"];
    if (method === "PATCH") {
      const { metadata, spec } = body as {
        metadata: Pick<Workload, "annotations">;
        spec?: { template: { metadata: Pick<Workload, "annotations"> } };
      };
      found.annotations = { ...found.annotations, ...metadata.annotations };
      found.pods = { ...found.pods, ...spec?.template.metadata.annotations };
    }
    return [
      200,
      { metadata: { annotations: found.annotations }, spec: { template: { metadata: { annotations: found.pods } } } },
    ];
  }

  const restart = async (): Promise<Result> =>
    await preparedPython(path(tools.python))([SCRIPT], {
      env: {
        ...process.env,
        ...environment,
        SECRET_NAME: "dify",
        SALT_KEY: "secret-key",
        WORKLOADS: JSON.stringify({ "statefulsets/api": ["token", "url"], "deployments/web": ["url"] }),
        SEEN_ANNOTATION,
        VALUES_ANNOTATION,
      },
    });
  const started = (): string[] =>
    Object.keys(workloads).filter((name) => VALUES_ANNOTATION in (workloads[name]?.pods ?? {}));

  test("notes what pods have, and starts those anew whose own values have changed, once", async () => {
    expect((await restart()).stdout).toContain("statefulsets/api: noted");
    expect(started()).toEqual([]);
    secret.token = "second";
    expect((await restart()).stdout).toBe(
      "restart-for-secrets: statefulsets/api: its secrets have changed, and its pods start anew\n",
    );
    expect(started()).toEqual(["statefulsets/api"]);
    expect(workloads["deployments/web"]?.annotations.others).toBe("stay");
    // Nobody who may read a Deployment can try values out.
    expect(JSON.stringify(workloads)).not.toMatch(/second|first|redis/);
    expect((await restart()).stdout).toBe("");
  });

  test.each([
    ["an apply", "checksum/secrets"],
    ["a release", "delivery/release"],
  ])("does not start again what %s has started with the new values", async (_, annotation) => {
    await restart();
    secret.url = "redis://b";
    const api = workloads["statefulsets/api"];
    if (api) api.pods[annotation] = "2";
    await restart();
    expect(started()).toEqual(["deployments/web"]);
  });

  test("starts nothing while a value is missing, and says which", async () => {
    await restart();
    secret = { "secret-key": "salt", url: "redis://b" };
    const { code, stderr } = await restart();
    expect([code, stderr]).toEqual([1, expect.stringContaining("the Secret has no token yet") as string]);
    expect(started()).toEqual([]);
  });

  test("goes on where a workload is not there yet", async () => {
    delete workloads["statefulsets/api"];
    expect(await restart()).toMatchObject({ code: 0, stdout: "restart-for-secrets: deployments/web: noted\n" });
  });

  test("goes on with the others where one is refused, and the next run tries again", async () => {
    await restart();
    secret.url = "redis://b";
    refused = "statefulsets/api";
    const { code, stderr } = await restart();
    expect([code, stderr]).toEqual([1, expect.stringContaining("api: 422: not now") as string]);
    expect(started()).toEqual(["deployments/web"]);
    refused = "";
    expect((await restart()).code).toBe(0);
    expect(started()).toEqual(["statefulsets/api", "deployments/web"]);
  });
});
