import { stageSettings, furtherRedisServers } from "../../modules/dify-gke/stages";
import { environmentWith } from "./cases/given";
import type { Given } from "./cases/given";

const PIPELINE: Given = {
  enable_cicd_trigger: true,
  enable_cloud_deploy: true,
  cloud_deploy_stages: [
    { name: "dev" },
    { name: "test" },
    { name: "qa" },
    { name: "prod", project_id: "other-project" },
  ],
};

function servers(given: Given) {
  return furtherRedisServers("test", environmentWith(given).variables);
}

function stages(given: Given) {
  const settings = stageSettings("test", environmentWith(given).variables, new Map());
  return settings.map(({ name, redisPort, application }) => {
    const password = application.secrets?.find((secret) => secret.name === "redis-password")?.source;
    return { name, redisPort, password: password?.type === "existing" ? password.secretId : password?.type };
  });
}

test("each stage of the environment's own has a server, and uses it with the password that the server has", () => {
  const made = servers(PIPELINE);
  expect(made.map(({ name }) => name)).toEqual(["stage-dev", "stage-qa"]);
  expect(new Set(made.map(({ port }) => port)).size).toBe(2);
  const used = stages(PIPELINE).filter(({ redisPort }) => redisPort !== undefined);
  expect(used).toEqual(
    made.map(({ name, port, passwordSecret }) => ({
      name: name.replace("stage-", ""),
      redisPort: String(port),
      password: passwordSecret,
    })),
  );
  const home = stages(PIPELINE).find(({ name }) => name === "test");
  expect(home).toEqual({
    name: "test",
    redisPort: undefined,
    password: expect.stringMatching(/-redis-password$/) as string,
  });
});

test("what a stage had on the environment's server moves to its own, under the same numbers", () => {
  const given = {
    ...PIPELINE,
    cloud_deploy_stages: [
      { name: "test" },
      { name: "dev", redis_database: 4 },
      { name: "qa", redis_database: 7 },
      { name: "uat", redis_database: 4093 },
    ],
  };
  expect(servers(given).map(({ port, movedDatabases }) => [port, movedDatabases])).toEqual([
    [6381, [4, 5, 6]],
    [6382, [7, 8, 9]],
    // The last one ends below the ports of guests.
    [7744, [4093, 4094, 4095]],
  ]);
});

test("a stage more or less moves no other one", () => {
  const port = (...names: readonly string[]) =>
    servers({ ...PIPELINE, cloud_deploy_stages: ["test", ...names].map((name) => ({ name })) }).find(
      ({ name }) => name === "stage-qa",
    )?.port;
  expect(port("qa")).toBeDefined();
  expect(port("dev", "qa", "uat")).toBe(port("qa"));
});

test.each<[string, Given]>([
  ["a Redis by name", { ...PIPELINE, redis_host: "10.0.0.3" }],
  ["a file server by name", { ...PIPELINE, network_name: "shared", nfs_instance_name: "shared" }],
])("with %s, stages have databases of it and no server", (_, given) => {
  expect(servers(given)).toEqual([]);
  expect(stages(given).map(({ redisPort }) => redisPort)).toEqual([undefined, undefined, undefined, undefined]);
});

test("without a pipeline there are guests only", () => {
  expect(servers({ ...PIPELINE, enable_cicd_trigger: false, enable_cloud_deploy: false })).toEqual([]);
  expect(servers({ nfs_redis_guests: { shop: 7801 } })).toMatchObject([
    { name: "guest-shop", port: 7801, passwordSecret: expect.stringMatching(/-redis-guest-shop-password$/) as string },
  ]);
});
