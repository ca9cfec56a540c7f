import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Testing } from "cdktf";
import { DifyGke } from "../../modules/dify-gke/dify-gke";
import { hasErrors } from "../../modules/dify-gke/problems";
import { installationOf } from "../../modules/dify-gke/installation";
import { sharedServices } from "../../modules/dify-gke/shared-services";
import { locateStages } from "../../modules/dify-gke/stages";
import { readEnvironments } from "../../modules/dify-gke/variable-files";
import { objectsIn, releaseFiles } from "../delivery/stages";
import type { StackJson } from "../terraform/synth";

const DEV = {
  project_id: "demo-project",
  require_services_gcp_module: false,
  enable_cicd_trigger: true,
  enable_cloud_deploy: true,
  github_repository_url: "https://github.com/acme/dify",
  github_app_installation_id: "1",
  cloud_deploy_stages: [{ name: "dev" }, { name: "prod", project_id: "prod-project" }],
};
const PROD = {
  project_id: "prod-project",
  require_services_gcp_module: false,
  region: "us-central1",
  namespace_name: "dify-prod",
  cpu_limit: "6000m",
  memory_limit: "12Gi",
  delivered_by_service_account: "deploy@demo-project.iam.gserviceaccount.com",
};

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "stages-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

async function read(files: Readonly<Record<string, object>>, only?: string) {
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(directory, `${name}.tfvars.json`), JSON.stringify(content));
  }
  const { environments, problems } = await readEnvironments({ directory, only: only ? [only] : undefined });
  return { environments, problems, rules: problems.map(({ severity, rule }) => `${severity} ${rule?.id ?? ""}`) };
}

test("a stage that is another environment gets that environment's values, whether or not that one is asked for", async () => {
  const manifests = [];
  for (const only of ["dev", undefined]) {
    const { environments, rules } = await read({ dev: DEV, prod: PROD }, only);
    expect(rules).toEqual([]);
    expect(environments.map(({ name }) => name)).toEqual(only ? [only] : ["dev", "prod"]);
    const [dev] = environments;
    if (!dev) throw new Error("There is no environment");
    const app: App = Testing.app();
    const stacks = new DifyGke(app, { environment: "dev", variables: dev.variables, siblings: dev.siblings });
    const files = releaseFiles(JSON.parse(Testing.synth(stacks.application)) as StackJson);
    manifests.push(files["prod/deployments.yaml"]);
    const api = objectsIn(files["prod/deployments.yaml"]).find(({ metadata }) => metadata.name === "dify-api");
    expect(api?.metadata.namespace).toBe("dify-prod");
    const container = api?.spec.template.spec.containers.find(({ name }) => name === "api");
    expect(container).toMatchObject({ resources: { requests: { cpu: "6000m", memory: "12Gi" } } });
    expect(container?.image).toMatch(/^us-central1-docker\.pkg\.dev\/prod-project\//);
  }
  expect(manifests[0]).toBe(manifests[1]);
});

test("without a file of its own it is not taken to have restored the same database", async () => {
  const { environments } = await read({
    dev: { ...DEV, data_services: { redis: "kubeblocks" }, kubeblocks_clusters: { redis: { restored: 1 } } },
  });
  const [dev] = environments;
  if (!dev) throw new Error("There is no environment");
  const stacks = new DifyGke(Testing.app(), { environment: "dev", variables: dev.variables, siblings: dev.siblings });
  const files = releaseFiles(JSON.parse(Testing.synth(stacks.application)) as StackJson);
  expect(files["dev/deployments.yaml"]).toContain("dify-redis-r1-redis-account-default");
  expect(files["prod/deployments.yaml"]).toContain("dify-redis-redis-account-default");
  expect(files["prod/deployments.yaml"]).not.toContain("dify-redis-r1");
});

test("the names of its objects are those that its own stack gives them", async () => {
  const { environments } = await read({ dev: DEV, prod: PROD });
  expect(environments.map(({ name }) => name)).toEqual(["dev", "prod"]);
  const json = environments.map(({ name, variables, siblings }) => {
    const stacks = new DifyGke(Testing.app(), { environment: name, variables, siblings });
    return JSON.parse(Testing.synth(stacks.application)) as StackJson;
  });
  const [pipeline, stage] = json as [StackJson, StackJson];
  const delivered = objectsIn(releaseFiles(pipeline)["prod/deployments.yaml"]).map(({ metadata }) => metadata);
  const made = Object.values(stage.resource.kubernetes_deployment_v1 ?? {}).map(
    ({ metadata }) => metadata as { name: string; labels: object },
  );
  expect(delivered.map(({ name, labels }) => ({ name, labels }))).toEqual(
    expect.arrayContaining(made.map(({ name, labels }) => ({ name, labels }))),
  );
  expect(delivered).toHaveLength(made.length);
});

test("the front door stays with the environment until it is told to turn to a stage", async () => {
  // Of the three default stages, the file called prod is the last one; the variable's documented default names the first.
  const file = { ...DEV, cloud_deploy_stages: undefined };
  const outside = async (change: object): Promise<string[]> => {
    const [prod] = (await read({ prod: { ...file, ...change } }, "prod")).environments;
    if (!prod) throw new Error("There is no environment");
    const { application } = new DifyGke(Testing.app(), { environment: "prod", variables: prod.variables });
    const services = (JSON.parse(Testing.synth(application)) as StackJson).resource.kubernetes_service_v1 ?? {};
    return Object.keys(services).filter((id) => (services[id]?.spec as { type: string }).type === "LoadBalancer");
  };
  expect(await outside({ enable_cicd_trigger: false, enable_cloud_deploy: false })).toEqual([
    "app_workload_proxy_service_service",
  ]);
  expect(await outside({})).toEqual(["app_workload_proxy_service_service"]);
  expect(await outside({ gateway_backend_stage: "prod" })).toEqual(["app_workload_proxy_service_service"]);
  expect(await outside({ gateway_backend_stage: "dev" })).toEqual(["app_stage_dev_workload_proxy_service_service"]);
});

test("without a file of its own: a warning, and the pipeline's own values", async () => {
  const { rules, problems } = await read({ dev: DEV });
  expect(rules).toEqual(["warning stage-has-no-file"]);
  expect(problems[0]?.message).toContain("prod.tfvars");
});

test.each([
  ["namespace", { project_id: "prod-project", namespace: "dify-live" }],
  ["project", { namespace: "dify-prod", project_id: "other-project" }],
  ["region", { project_id: "prod-project", region: "europe-west1" }],
  ["cluster", { project_id: "prod-project", cluster: "elsewhere" }],
])("another %s than the environment's own file says is refused", async (what, stage) => {
  const cloud_deploy_stages = [{ name: "dev" }, { name: "prod", ...stage }];
  const { rules, problems } = await read({ dev: { ...DEV, cloud_deploy_stages }, prod: PROD });
  expect(rules).toEqual(["error stage-is-its-environment"]);
  expect(problems[0]).toMatchObject({ variable: "cloud_deploy_stages", environment: "dev" });
  expect(problems[0]?.message).toContain(`the ${what} is `);
});

test("all that the entry and the environment's own file both say may be said twice", async () => {
  const [live] = (await read({ prod: PROD }, "prod")).environments;
  if (!live) throw new Error("There is no environment");
  const cluster = sharedServices(live.variables, installationOf("prod", live.variables)).cluster.name;
  const prod = { name: "prod", namespace: "dify-prod", project_id: "prod-project", region: "us-central1", cluster };
  const { rules } = await read({ dev: { ...DEV, cloud_deploy_stages: [{ name: "dev" }, prod] }, prod: PROD });
  expect(rules).toEqual([]);
});

test("an environment that does not know of the pipeline: a warning that says what to set", async () => {
  const { rules, problems } = await read({ dev: DEV, prod: { ...PROD, delivered_by_service_account: "" } });
  expect(rules).toEqual(["warning stage-lets-nobody-in"]);
  expect(problems[0]?.message).toContain("delivered_by_service_account");
});

describe("a mistake in the stage's file is reported once, and stops the pipeline's environment", () => {
  const asked = ["dev", undefined];

  test.each(asked)("a value, with %s asked for", async (only) => {
    const { environments, problems } = await read({ dev: DEV, prod: { ...PROD, region: "nowhere" } }, only);
    expect(problems).toMatchObject([{ severity: "error", environment: "prod", variable: "region" }]);
    expect(environments).toEqual([]);
  });

  test.each(asked)("a rule, with %s asked for", async (only) => {
    const { environments, problems, rules } = await read({ dev: DEV, prod: { ...PROD, enable_redis: false } }, only);
    expect(rules).toEqual(["error redis-required"]);
    expect(problems).toMatchObject([{ environment: "prod", variable: "enable_redis" }]);
    expect(environments).toEqual([]);
  });

  test.each(asked)("no file at all, with %s asked for", async (only) => {
    writeFileSync(join(directory, "prod.tfvars"), "region = \n");
    const { environments, problems } = await read({ dev: DEV }, only);
    expect(problems).toMatchObject([{ severity: "error", environment: "prod" }]);
    expect(environments).toEqual([]);
  });

  test("and leaves alone who has nothing to do with it", async () => {
    const { environments } = await read({ dev: DEV, prod: { ...PROD, enable_redis: false }, other: PROD });
    expect(environments.map(({ name }) => name)).toEqual(["other"]);
  });

  test("a warning is for whoever asks for that environment", async () => {
    const prod = { ...PROD, backup_schedule: "" };
    const { environments, rules } = await read({ dev: DEV, prod }, "dev");
    expect(rules).toEqual([]);
    expect(environments).toHaveLength(1);
    expect((await read({ dev: DEV, prod })).rules).toEqual([expect.stringMatching(/^warning /)]);
  });
});

test("a pipeline that does not fit its stages is not among the environments", async () => {
  const dev = { ...DEV, cloud_deploy_stages: [{ name: "dev" }, { name: "prod", project_id: "other-project" }] };
  const { environments, problems } = await read({ dev, prod: PROD });
  expect(hasErrors(problems, "dev")).toBe(true);
  expect(environments.map(({ name }) => name)).toEqual(["prod"]);
});

describe("where another environment is", () => {
  const located = async (stage: object, prod: object = ELSEWHERE) => {
    const cloud_deploy_stages = [{ name: "dev" }, { name: "prod", ...stage }];
    const { environments } = await read({ dev: { ...DEV, cloud_deploy_stages }, prod }, "dev");
    const [dev] = environments;
    if (!dev?.siblings) throw new Error("There is no environment");
    return locateStages("dev", dev.variables, dev.siblings)[1];
  };
  const ELSEWHERE = { ...PROD, region: "europe-west1", gke_cluster_name: "live", network_name: "live" };

  test.each([[{ namespace: "dify-prod" }], [{ project_id: "prod-project" }], [{ cluster: "live" }]])(
    "its own file says, as far as %j does not",
    async (stage) => {
      expect(await located(stage)).toMatchObject({
        type: "elsewhere",
        projectId: "prod-project",
        region: "europe-west1",
        namespace: "dify-prod",
        installation: { projectId: "prod-project", region: "europe-west1" },
        cluster: { name: "live", location: "europe-west1" },
      });
    },
  );

  test("its control plane is reached by name where it lets in ranges and knows of the pipeline", async () => {
    const prod = { ...PROD, region: "europe-west1" };
    const master_authorized_networks = ["203.0.113.0/24"];
    const stage = { namespace: "dify-prod" };
    const dnsEndpoint = async (given: object) => (await located(stage, { ...prod, ...given }))?.cluster.dnsEndpoint;
    expect(await dnsEndpoint({ master_authorized_networks })).toBe(true);
    expect(await dnsEndpoint({})).toBe(false);
    // A cluster that was not made there is as its owner made it.
    expect((await located(stage, { ...ELSEWHERE, master_authorized_networks }))?.cluster.dnsEndpoint).toBe(false);
    expect(await dnsEndpoint({ master_authorized_networks, delivered_by_service_account: "" })).toBe(false);
  });

  test("has no say in what a stage is: an entry without a place of its own is a stage of its own", async () => {
    const prod = (await read({ dev: DEV, prod: ELSEWHERE }, "prod")).environments[0]?.variables;
    const dev = (await read({ dev: { ...DEV, cloud_deploy_stages: [{ name: "dev" }, { name: "prod" }] } }, "dev"))
      .environments[0]?.variables;
    if (!dev || !prod) throw new Error("There is no environment");
    const stages = locateStages("dev", dev, new Map([["prod", prod]]));
    expect(stages.map(({ type, projectId, region }) => [type, projectId, region])).toEqual([
      ["home", "demo-project", "us-central1"],
      ["own", "demo-project", "us-central1"],
    ]);
  });
});

test.each([
  [{ enable_binary_authorization: true, binauthz_evaluation_mode: "REQUIRE_ATTESTATION" }, true],
  [{ enable_binary_authorization: true, binauthz_evaluation_mode: "ALWAYS_ALLOW" }, false],
  [{}, false],
])("a stage with %j: whether its cluster would refuse what the pipeline brings is %s", async (binauthz, refuses) => {
  for (const home of [{}, { enable_binary_authorization: true, binauthz_evaluation_mode: "REQUIRE_ATTESTATION" }]) {
    const { rules, problems } = await read({ dev: { ...DEV, ...home }, prod: { ...PROD, ...binauthz } });
    expect(rules).toEqual(refuses ? ["warning stage-attests-by-itself"] : []);
    if (refuses) expect(problems[0]?.message).toContain("scripts/delivery/attest-images.sh");
  }
});
