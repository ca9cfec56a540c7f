import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installationOf } from "../../modules/dify-gke/installation";
import { claimRuleId } from "../../modules/dify-gke/rules/claims";
import { sharedServices } from "../../modules/dify-gke/shared-services";
import { readEnvironments } from "../../modules/dify-gke/variable-files";
import { environmentWith } from "./cases/given";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "meetings-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

type Values = Readonly<Record<string, unknown>>;
const GOOD = { project_id: "demo-project", require_services_gcp_module: false };

/** Files as people write them: one value a line. @returns problems, each with its file and line as text */
async function read(files: Readonly<Record<string, Values>>, only?: string) {
  for (const [name, values] of Object.entries(files)) {
    const lines = Object.entries(name === "common" ? values : { ...GOOD, ...values }).map(
      ([variable, value]) => `${variable} = ${JSON.stringify(value)}\n`,
    );
    writeFileSync(join(directory, `${name}.tfvars`), lines.join(""));
  }
  const { environments, problems } = await readEnvironments({ directory, only: only ? [only] : undefined });
  return {
    names: environments.map(({ name }) => name),
    problems: problems.map(({ message, ...problem }) => ({
      ...problem,
      message: message.replaceAll(`${directory}/`, ""),
    })),
    rules: problems.map(({ severity, rule }) => `${severity} ${rule?.id ?? ""}`),
  };
}

const REDIS = { redis_host: "redis.example.com" };
const NETWORK = { network_name: "shared", create_private_services_access: false, create_nat: false };
/** Ranges of their own, so that only what a case is about meets. */
const APART = {
  prereq_gke_subnet_cidr: "10.1.0.0/20",
  prereq_gke_pod_cidr_override: "10.64.0.0/16",
  prereq_gke_service_cidr_override: "10.65.0.0/20",
};
const CLUSTER = { ...NETWORK, gke_cluster_name: "shared" };
const FILES = { ...NETWORK, nfs_instance_name: "files" };
const SQL = { ...NETWORK, sql_instance_name: "data" };
const ARMOR = { enable_cloud_armor: true };
const TRIGGER = {
  enable_cicd_trigger: true,
  github_repository_url: "https://github.com/acme/dify",
  github_app_installation_id: "1",
};

describe("two files with the same", () => {
  test.each<[what: string, kind: string, both: Values, change: Values]>([
    ["Redis", "redis", REDIS, { redis_database: 3 }],
    ["Redis, by another spelling", "redis", REDIS, { redis_host: "other.example.com" }],
    ["Redis on one port", "redis", REDIS, { redis_port: "6380" }],
    ["Redis under one prefix", "redis", REDIS, { environment_variables: { REDIS_KEY_PREFIX: "two" } }],
    ["Redis of a file server", "redis", FILES, { redis_port: "7801" }],
    ["Redis of a file server in one zone", "redis", FILES, { nfs_instance_zone: "us-central1-b" }],
    ["database", "database", SQL, { db_name: "two", db_user: "two" }],
    ["instance in one project", "database", SQL, { project_id: "other-project" }],
    ["namespace of a cluster", "namespace", { ...CLUSTER, namespace_name: "dify" }, { namespace_name: "two" }],
    [
      "domain",
      "domain",
      { enable_custom_domain: true, application_domains: ["a.example.com"] },
      { application_domains: ["b.example.com"] },
    ],
    ["address", "address", { static_ip_name: "entry" }, { static_ip_name: "two" }],
    ["address of a region", "address", { static_ip_name: "entry" }, { region: "europe-west3" }],
    ["firewall", "firewall", ARMOR, { cloud_armor_policy_name: "two" }],
    ["firewall that one of them makes", "firewall", ARMOR, { create_cloud_armor_policy: false }],
    ["trigger", "delivery", { ...TRIGGER, cicd_trigger_config: { trigger_name: "push" } }, { cicd_trigger_config: {} }],
    [
      "cluster's policy",
      "admission",
      { ...CLUSTER, enable_binary_authorization: true, binauthz_evaluation_mode: "REQUIRE_ATTESTATION" },
      { gke_cluster_name: "other" },
    ],
    ["ranges of a network", "ranges", NETWORK, APART],
    [
      "connection to Google's services",
      "private-services",
      { ...NETWORK, create_private_services_access: true },
      { create_private_services_access: false },
    ],
    [
      "NAT gateway of a subnetwork",
      "nat",
      { network_name: "vpc", subnetwork_name: "nodes", create_nat: true },
      { create_nat: false },
    ],
  ])("%s are refused, and are good with another one", async (_, kind, both, change) => {
    const apart = kind === "ranges" || kind === "nat" ? {} : APART;
    const found = (await read({ one: both, two: { ...both, ...apart } })).problems;
    expect(found.map(({ severity, rule }) => [severity, rule?.id])).toEqual([["error", claimRuleId(kind as "redis")]]);
    const [problem] = found;
    expect(problem?.message).toMatch(/^one\.tfvars.* and two\.tfvars.* both have .*: .*\. [A-Z]/);
    expect(problem?.environment).toBe("two");
    expect((await read({ one: both, two: { ...both, ...apart, ...change } })).rules).toEqual([]);
  });

  test("things name both files, both lines, and everything that they have in common in one go", async () => {
    const { problems } = await read({ one: { ...SQL, ...REDIS }, two: { ...APART, ...SQL, ...REDIS } });
    expect(problems.map(({ message }) => message.split(":").slice(0, 4).join(":"))).toEqual([
      expect.stringMatching(
        /^one\.tfvars:7 and two\.tfvars:10 both have database 0, database 1 and database 2 of Redis redis/,
      ),
      expect.stringMatching(
        /^one\.tfvars:6 and two\.tfvars:9 both have database dify_db, database dify_plugin and user dify_user of Cloud SQL instance data/,
      ),
    ]);
    expect(problems.map(({ line, file }) => [file.endsWith("two.tfvars"), line])).toEqual([
      [true, 10],
      [true, 9],
    ]);
  });

  test("value from the common file say so", async () => {
    const { problems } = await read({ common: REDIS, one: {}, two: {} });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toMatch(
      /^one\.tfvars \(redis_host in .*common\.tfvars:1\) and two\.tfvars \(redis_host in .*common\.tfvars:1\) both have/,
    );
    expect(problems[0]).toMatchObject({ environment: "two", line: 1 });
  });

  test("value by default say so", async () => {
    const { problems } = await read({ one: ARMOR, two: ARMOR });
    expect(problems[0]?.message).toMatch(/^one\.tfvars:3 and two\.tfvars:3 both have Cloud Armor policy default-waf/);
  });

  test("value by default in one network show the line that names it, or the project's", async () => {
    const { problems } = await read({ one: NETWORK, two: NETWORK });
    const [range] = problems.filter(({ rule }) => rule?.id === "apart-ranges");
    expect(range?.message).toMatch(
      /^one\.tfvars \(by default, with network_name in one\.tfvars:3\) and two\.tfvars \(by default, with network_name in two\.tfvars:3\) both/,
    );
    expect(range).toMatchObject({ environment: "two", line: 3 });
    const { variables } = environmentWith({});
    const made = sharedServices(variables, installationOf("one", variables)).network.name;
    const met = await read(
      { one: {}, two: { network_name: made, gke_cluster_name: "", nfs_instance_name: "" } },
      "one",
    );
    expect(met.problems.filter(({ line }) => line === undefined)).toEqual([]);
  });

  test("thing are found where only one of them is asked for, and are shown there", async () => {
    for (const only of ["one", "two"]) {
      const { names, problems } = await read({ one: REDIS, two: REDIS }, only);
      expect(problems).toMatchObject([{ environment: only, rule: { id: "apart-redis" } }]);
      expect(names).toEqual([]);
    }
  });
});

test("many that meet are told of the first twenty pairs, and of how many more there are", async () => {
  const names = Array.from({ length: 8 }, (_, index) => `env${index}`);
  const { problems } = await read(Object.fromEntries(names.map((name) => [name, REDIS])));
  expect(problems).toHaveLength(21);
  expect(problems.at(-1)).toMatchObject({
    id: "more-problems",
    message: expect.stringMatching(/^8 more problems/) as string,
  });
});

test("nothing named at all: any number of environments is good", async () => {
  const files = Object.fromEntries(["one", "two", "three", "four"].map((name) => [name, {}]));
  expect((await read(files)).rules).toEqual([]);
});

test("three that meet are told of each pair", async () => {
  const { problems } = await read({ one: REDIS, two: REDIS, three: { ...REDIS, redis_database: 3 }, four: REDIS });
  expect(problems).toHaveLength(3);
});

test("a file that cannot be made sense of is left out, and so are mistakes of files that nobody asked for", async () => {
  const { rules } = await read({ one: REDIS, two: { ...REDIS, region: "nowhere" } }, "one");
  expect(rules).toEqual([]);
});

test("an address that two networks may both have: a warning", async () => {
  const redis = { redis_host: "10.0.0.3" };
  expect((await read({ one: redis, two: redis })).rules).toEqual(["warning apart-redis"]);
  expect((await read({ one: { ...redis, ...NETWORK }, two: { ...redis, ...NETWORK, ...APART } })).rules).toEqual([
    "error apart-redis",
  ]);
});

test.each([
  [true, {}],
  [false, { tenant_id: "two" }],
  [false, { deployment_id: "ab12cd35" }],
])("one deployment id in two files is refused (%s) with %j in the other", async (refused, other) => {
  const id = { deployment_id: "ab12cd34" };
  const { rules } = await read({ one: id, two: { ...id, ...other } });
  expect(rules.includes("error apart-names")).toBe(refused);
});

test("names that differ in upper and lower case only are one Redis and one domain", async () => {
  const { rules } = await read({ one: REDIS, two: { redis_host: "Redis.Example.com" } });
  expect(rules).toEqual(["error apart-redis"]);
});

test("one namespace in two clusters of a fleet is one Service to it", async () => {
  const one = { ...NETWORK, gke_cluster_name: "a", namespace_name: "dify", enable_multi_cluster_service: true };
  const two = { ...one, ...APART, gke_cluster_name: "b" };
  expect((await read({ one, two })).rules).toEqual(["error apart-fleet"]);
  expect((await read({ one, two: { ...two, namespace_name: "two" } })).rules).toEqual([]);
  expect((await read({ one, two: { ...two, enable_multi_cluster_service: false } })).rules).toEqual([]);
});

test.each(["dify_user_b", "dify_user_rotation"])("a rotation's user %s is as much one's own", async (db_user) => {
  const one = { ...SQL, enable_auto_password_rotation: true };
  const two = { ...SQL, ...APART, db_name: "two", db_user };
  expect((await read({ one, two })).rules).toEqual(["error apart-database"]);
  expect((await read({ one: SQL, two })).rules).toEqual([]);
});

describe("stages with their own data", () => {
  const stages = (...names: readonly string[]) => ({
    ...TRIGGER,
    enable_cloud_deploy: true,
    cloud_deploy_stages: names.map((name) => ({ name })),
  });

  test("count like environments: their databases, namespaces and Redis databases", async () => {
    const one = { ...stages("one", "qa"), ...SQL, ...REDIS };
    const two = { ...SQL, ...APART, ...REDIS, db_name: "dify_db_qa", db_user: "two", redis_database: 3 };
    expect((await read({ one, two })).rules).toEqual(["error apart-redis", "error apart-database"]);
    expect((await read({ one, two: { ...two, db_name: "two", redis_database: 6 } })).rules).toEqual([]);
  });

  test("may not be put where the environment itself has its databases", async () => {
    const one = { ...stages("one", "qa"), ...REDIS, redis_database: 3 };
    expect((await read({ one })).rules).toEqual([]);
    const qa = { name: "qa", redis_database: 5 };
    expect((await read({ one: { ...one, cloud_deploy_stages: [{ name: "one" }, qa] } })).rules).toEqual([
      "error stages-redis-apart",
    ]);
  });
});

describe("a file server that one environment makes, and another one names", () => {
  const owner = environmentWith({}).variables;
  const { fileServer, network } = sharedServices(owner, installationOf("one", owner));
  const guest = {
    ...APART,
    network_name: network.name,
    create_private_services_access: false,
    nfs_instance_name: fileServer?.name,
    redis_password_secret: `${fileServer?.name}-redis-guest-two-password`,
  };

  test.each([
    ["the owner's own Redis", {}, "error apart-redis"],
    ["a port that is nobody's", { redis_port: "7802" }, "error apart-guest"],
    ["a guest's", { redis_port: "7801" }, undefined],
  ])("with %s", async (_, port, rule) => {
    const { rules } = await read({ one: { nfs_redis_guests: { two: 7801 } }, two: { ...guest, ...port } });
    expect(rules).toEqual(rule === undefined ? [] : [rule]);
  });
});
