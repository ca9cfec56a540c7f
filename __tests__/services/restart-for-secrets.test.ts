import { join } from "node:path";
import { SEEN_ANNOTATION, VALUES_ANNOTATION } from "../../modules/app-gke/workload/secret-restarts";
import { type Asked, PodApis } from "./pod-apis";
import { removeDirectory, type Result, run, temporaryDirectory } from "./processes";
import { describeWith, path, tools } from "./require";

const SCRIPT = join(__dirname, "../../scripts/jobs/restart-for-secrets.py");

interface Deployment {
  annotations: Record<string, string>;
  pods: Record<string, string>;
}

describeWith([tools.python], "restart-for-secrets.py", () => {
  const apis = new PodApis();
  const directory = temporaryDirectory("restarts");
  let environment: Record<string, string>;
  let secret: Record<string, string>;
  let deployments: Record<string, Deployment>;
  let refused = "";

  beforeAll(async () => {
    environment = await apis.start(directory);
    apis.other = answer;
  });

  beforeEach(() => {
    secret = { "secret-key": "salt", url: "redis://a", token: "first" };
    deployments = {
      api: { annotations: {}, pods: { "checksum/secrets": "1" } },
      web: { annotations: { others: "stay" }, pods: {} },
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
    const name = /^\/apis\/apps\/v1\/namespaces\/dify\/deployments\/(.+)$/.exec(asked)?.[1] ?? "";
    const found = deployments[name];
    if (!found) return undefined;
    if (method === "PATCH" && refused === name) return [422, "not now"];
    if (method === "PATCH") {
      const { metadata, spec } = body as {
        metadata: Pick<Deployment, "annotations">;
        spec?: { template: { metadata: Pick<Deployment, "annotations"> } };
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
    await run(path(tools.python), [SCRIPT], {
      env: {
        ...process.env,
        ...environment,
        SECRET_NAME: "dify",
        SALT_KEY: "secret-key",
        DEPLOYMENTS: JSON.stringify({ api: ["token", "url"], web: ["url"] }),
        SEEN_ANNOTATION,
        VALUES_ANNOTATION,
      },
    });
  const started = (): string[] =>
    Object.keys(deployments).filter((name) => VALUES_ANNOTATION in (deployments[name]?.pods ?? {}));

  test("notes what pods have, and starts those anew whose own values have changed, once", async () => {
    expect(await restart()).toMatchObject({ code: 0, stdout: expect.stringContaining("api: noted") });
    expect(started()).toEqual([]);
    secret.token = "second";
    expect((await restart()).stdout).toBe(
      "restart-for-secrets: api: its secrets have changed, and its pods start anew\n",
    );
    expect(started()).toEqual(["api"]);
    expect(deployments.web?.annotations.others).toBe("stay");
    // Nobody who may read a Deployment can try values out.
    expect(JSON.stringify(deployments)).not.toMatch(/second|first|redis/);
    expect((await restart()).stdout).toBe("");
  });

  test("does not start again what an apply has started with the new values", async () => {
    await restart();
    secret.url = "redis://b";
    if (deployments.api) deployments.api.pods["checksum/secrets"] = "2";
    await restart();
    expect(started()).toEqual(["web"]);
  });

  test("starts nothing while a value is missing, and says which", async () => {
    await restart();
    secret = { "secret-key": "salt", url: "redis://b" };
    expect(await restart()).toMatchObject({ code: 1, stderr: expect.stringContaining("the Secret has no token yet") });
    expect(started()).toEqual([]);
  });

  test("goes on with the others where one is refused, and the next run tries again", async () => {
    await restart();
    secret.url = "redis://b";
    refused = "api";
    expect(await restart()).toMatchObject({ code: 1, stderr: expect.stringContaining("api: 422: not now") });
    expect(started()).toEqual(["web"]);
    refused = "";
    expect((await restart()).code).toBe(0);
    expect(started()).toEqual(["api", "web"]);
  });
});
