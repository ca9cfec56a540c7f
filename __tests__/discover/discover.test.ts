import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installationOf } from "../../modules/dify-gke/installation";
import { sharedServices } from "../../modules/dify-gke/shared-services";
import { defaults } from "../../modules/dify-gke/variables";
import { commandLine } from "../../scripts/discover/options";
import type { Context } from "../../scripts/terminal/command";
import { discover as command } from "../../scripts/discover/run";
import { type Answers, type PlayedGoogle, playGoogle, Refused } from "../google-apis";

const PROJECT = "demo-project";
const REGION = "us-central1";
const COMPUTE = `GET /compute/v1/projects/${PROJECT}`;
const EVERYWHERE = `/v1/projects/${PROJECT}/locations/-`;
const APART = ["REDIS", "FILESTORE", "MEMORYSTORE"];

const directory = mkdtempSync(join(tmpdir(), "discover-"));
const FILE = join(directory, "dev.tfvars");
let google: PlayedGoogle | undefined;

afterEach(async () => {
  await google?.stop();
  google = undefined;
  for (const file of readdirSync(directory)) rmSync(join(directory, file));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** A project in which everything may be looked at, and nothing is. */
const EMPTY: Answers = {
  [`GET ${EVERYWHERE}/clusters`]: () => ({}),
  [`GET /v1/projects/${PROJECT}/aggregated/usableSubnetworks`]: () => ({}),
  [`GET /sql/v1beta4/projects/${PROJECT}/instances`]: () => ({}),
  [`GET /v1/projects/${PROJECT}/instances`]: () => ({}),
  [`${COMPUTE}/global/networks`]: () => ({}),
  [`${COMPUTE}/aggregated/subnetworks`]: () => ({}),
  [`${COMPUTE}/aggregated/routers`]: () => ({}),
  [`${COMPUTE}/aggregated/addresses`]: () => ({}),
  [`${COMPUTE}/aggregated/instances`]: () => ({}),
  [`FILESTORE GET ${EVERYWHERE}/instances`]: () => ({}),
  [`REDIS GET ${EVERYWHERE}/instances`]: () => ({}),
  [`REDIS GET ${EVERYWHERE}/clusters`]: () => ({}),
  [`MEMORYSTORE GET ${EVERYWHERE}/instances`]: () => ({}),
  [`GET /v1/projects/${PROJECT}/locations/${REGION}/repositories`]: () => ({}),
  [`GET /v1/projects/${PROJECT}/locations/global/certificates`]: () => ({}),
  [`GET /dns/v1/projects/${PROJECT}/managedZones`]: () => ({}),
};

function cluster(name: string, more: object = {}) {
  return {
    name,
    location: REGION,
    status: "RUNNING",
    autopilot: { enabled: true },
    network: "vpc",
    currentMasterVersion: "1.33.2-gke.1",
    workloadIdentityConfig: { workloadPool: `${PROJECT}.svc.id.goog` },
    networkConfig: {
      network: `projects/${PROJECT}/global/networks/vpc`,
      datapathProvider: "ADVANCED_DATAPATH",
      gatewayApiConfig: { channel: "CHANNEL_STANDARD" },
    },
    ...more,
  };
}

function inNetwork(network: string) {
  return { network, networkConfig: { network: `projects/${PROJECT}/global/networks/${network}` } };
}

function sql(name: string, more: object = {}) {
  return {
    name,
    region: REGION,
    databaseVersion: "POSTGRES_15",
    state: "RUNNABLE",
    ipAddresses: [{ type: "PRIVATE", ipAddress: "10.9.0.3" }],
    settings: {
      tier: "db-custom-8-30720",
      activationPolicy: "ALWAYS",
      ipConfiguration: { privateNetwork: `projects/${PROJECT}/global/networks/vpc` },
    },
    ...more,
  };
}

function machine(name: string, more: object = {}) {
  return {
    name,
    status: "RUNNING",
    zone: `https://www.googleapis.com/compute/v1/projects/${PROJECT}/zones/${REGION}-a`,
    tags: { items: ["nfsserver"] },
    networkInterfaces: [{ network: `projects/${PROJECT}/global/networks/vpc`, networkIP: "10.8.0.9" }],
    ...more,
  };
}

function redis(name: string, more: object = {}) {
  return {
    name: `projects/${PROJECT}/locations/${REGION}/instances/${name}`,
    state: "READY",
    host: "10.7.0.4",
    port: 6378,
    redisVersion: "REDIS_7_2",
    authorizedNetwork: `projects/${PROJECT}/global/networks/vpc`,
    ...more,
  };
}

const scoped = (kind: string, items: readonly object[]) => () => ({
  items: { [`regions/${REGION}`]: { [kind]: items } },
});
const answers = {
  clusters: (...clusters: object[]): Answers => ({ [`GET ${EVERYWHERE}/clusters`]: () => ({ clusters }) }),
  sql: (...items: object[]): Answers => ({ [`GET /v1/projects/${PROJECT}/instances`]: () => ({ items }) }),
  networks: (...items: object[]): Answers => ({ [`${COMPUTE}/global/networks`]: () => ({ items }) }),
  machines: (...items: object[]): Answers => ({ [`${COMPUTE}/aggregated/instances`]: scoped("instances", items) }),
  addresses: (...items: object[]): Answers => ({ [`${COMPUTE}/aggregated/addresses`]: scoped("addresses", items) }),
  subnetworks: (...items: object[]): Answers => ({
    [`${COMPUTE}/aggregated/subnetworks`]: scoped("subnetworks", items),
  }),
  redis: (...instances: object[]): Answers => ({ [`REDIS GET ${EVERYWHERE}/instances`]: () => ({ instances }) }),
};

const ONE_OF_EACH: Answers = {
  ...EMPTY,
  ...answers.clusters(cluster("shared")),
  ...answers.sql(sql("data")),
  ...answers.networks({ name: "vpc" }),
  ...answers.machines(machine("files")),
};
const NAMED = { network: "vpc", cluster: "shared", sql: "data", files: "files" };

async function discover(args: readonly string[], context: Context): Promise<number> {
  const options = commandLine(args, context);
  return typeof options === "number" ? options : command(options, context);
}

interface Run {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
  readonly file: string;
  readonly asked: readonly string[];
}

/** @returns what the command says and does, with a file of those lines */
async function run(
  played: Answers,
  args: readonly string[],
  { lines = ["# kept"], replies }: { readonly lines?: readonly string[]; readonly replies?: readonly string[] } = {},
): Promise<Run> {
  writeFileSync(FILE, `project_id = "${PROJECT}"\n${lines.join("\n")}\n`);
  await google?.stop();
  google = await playGoogle(played, APART);
  let output = "";
  let errors = "";
  const left = [...(replies ?? [])];
  const code = await discover(["dev", "--directory", directory, ...args], {
    env: google.env,
    terminal: {
      write: (text) => (output += text),
      interactive: replies !== undefined,
      color: false,
      columns: 200,
      ask: () => Promise.resolve(left.shift()),
    },
    complain: (text) => (errors += text),
    signal: new AbortController().signal,
  });
  return { code, output, errors, file: readFileSync(FILE, "utf8"), asked: google.asked };
}

interface Json {
  readonly kinds: readonly {
    readonly id: string;
    readonly status: string;
    readonly why?: string;
    readonly services: readonly {
      readonly name: string;
      readonly fits: boolean | null;
      readonly own: boolean;
      readonly facts: readonly string[];
      readonly lacks: readonly { readonly short: string }[];
    }[];
  }[];
  readonly complaints: readonly string[];
  readonly change: { readonly values: object; readonly diff: string } | null;
  readonly written: boolean;
}

async function seen(played: Answers, lines: readonly string[] = [], args: readonly string[] = []) {
  const { output, ...rest } = await run(played, ["--json", ...args], { lines });
  const json = JSON.parse(output) as Json;
  const of = (id: string) => json.kinds.find((kind) => kind.id === id)?.services ?? [];
  const lacks = (id: string, name: string) =>
    of(id)
      .find((one) => one.name === name)
      ?.lacks.map(({ short }) => short);
  return { json, of, lacks, ...rest };
}

test("an empty project: each kind says that there is none, and what follows from that", async () => {
  const { code, output, errors, file, asked } = await run(EMPTY, []);
  expect([code, errors]).toEqual([0, ""]);
  expect(output.match(/^ {2}none$/gm)).toHaveLength(13);
  expect(output).toContain("require_services_gcp_module is true, so services without a name are not created.");
  expect(file).toBe(`project_id = "${PROJECT}"\n# kept\n`);
  expect(asked.filter((request) => !/^(\w+ )?GET /.test(request))).toEqual([]);
});

test("one of each: --yes writes it, below what is there, and a second run has nothing to do", async () => {
  const first = await run(ONE_OF_EACH, ["--yes"]);
  expect([first.code, first.errors.replaceAll(/warning[\s\S]*?\n\n?/g, "")]).toEqual([0, expect.any(String)]);
  expect(first.file).toBe(
    [
      `project_id = "${PROJECT}"`,
      "# kept",
      "",
      `network_name      = "${NAMED.network}"`,
      `gke_cluster_name  = "${NAMED.cluster}"`,
      `sql_instance_name = "${NAMED.sql}"`,
      `sql_tier          = "db-custom-8-30720"`,
      `nfs_instance_name = "${NAMED.files}"`,
      "",
    ].join("\n"),
  );
  expect(first.output).toContain('+gke_cluster_name  = "shared"');
  const again = await run(ONE_OF_EACH, ["--yes"], { lines: first.file.split("\n").slice(1, -1) });
  expect([again.code, again.file]).toEqual([0, first.file]);
  expect(again.output).toContain("Nothing was written");
});

test("several of each: --yes says which, writes nothing, and --pick decides", async () => {
  const several = {
    ...ONE_OF_EACH,
    ...answers.clusters(cluster("one"), cluster("two")),
    ...answers.sql(sql("data"), sql("data2")),
  };
  const yes = await run(several, ["--yes"]);
  expect([yes.code, yes.file]).toEqual([1, `project_id = "${PROJECT}"\n# kept\n`]);
  expect(yes.errors).toContain("2 GKE clusters fit (one, two). Pick one");
  expect(yes.errors).toContain("--pick sql_instance_name=data");
  const picked = await run(several, ["--yes", "--pick", "gke_cluster_name=two", "--pick=sql_instance_name=data2"]);
  expect(picked.code).toBe(0);
  expect(picked.file).toContain('gke_cluster_name  = "two"');
  expect(picked.file).toContain('nfs_instance_name = "files"');
});

test("what may not be looked at is never taken for nothing", async () => {
  const denied = {
    ...ONE_OF_EACH,
    [`GET ${EVERYWHERE}/clusters`]: () => new Refused(403, "Required container.clusters.list permission."),
  };
  const shown = await run(denied, []);
  expect([shown.code, shown.errors]).toEqual([0, ""]);
  expect(shown.output).toMatch(
    /GKE clusters.*\n {2}\? You lack a permission to list them: Required .*\. Ask for roles\/container/,
  );
  const yes = await run(denied, ["--yes"]);
  expect([yes.code, yes.file]).toEqual([1, shown.file]);
  expect(yes.errors).toContain("So gke_cluster_name is not picked.");
  const pick = await run(denied, ["--pick", "gke_cluster_name=shared"]);
  expect(pick.code).toBe(1);
  expect(pick.errors).toContain("It is not known whether shared exists, for gke_cluster_name.");
});

test("an API that is not enabled: none, and --yes goes on without it", async () => {
  const off = new Refused(
    403,
    "Kubernetes Engine API has not been used in project 1 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/container.googleapis.com/overview",
  );
  const { json } = await seen({ ...EMPTY, [`GET ${EVERYWHERE}/clusters`]: () => off });
  expect(json.kinds.find(({ id }) => id === "clusters")).toMatchObject({
    status: "not-enabled",
    why: "the API container.googleapis.com is not enabled in demo-project",
  });
  const yes = await run({ ...EMPTY, [`GET ${EVERYWHERE}/clusters`]: () => off }, ["--yes"], {
    lines: ["require_services_gcp_module = false"],
  });
  expect([yes.code, yes.errors]).toEqual([0, ""]);
  expect(yes.output).toContain("none: the API container.googleapis.com is not enabled");
});

test("an API that is not enabled in another project, which requests are counted for, says nothing of this one", async () => {
  const off = new Refused(
    403,
    "Kubernetes Engine API (container.googleapis.com) has not been used in project 2 before",
  );
  const { json } = await seen({ ...EMPTY, [`GET ${EVERYWHERE}/clusters`]: () => off }, [
    'quota_project = "billed-project"',
  ]);
  const { status, why } = json.kinds.find(({ id }) => id === "clusters") ?? {};
  expect([status, why]).toEqual([
    "denied",
    expect.stringContaining("is not enabled in billed-project, whose quota requests use"),
  ]);
});

test("a project that nobody sees is no empty one", async () => {
  const { code, errors } = await run({}, []);
  expect(code).toBe(1);
  expect(errors).toContain("Nothing in demo-project could be read.");
});

test("locations that do not answer are said, and keep --yes from choosing", async () => {
  const gaps = {
    ...ONE_OF_EACH,
    [`GET ${EVERYWHERE}/clusters`]: () => ({ clusters: [cluster("a")], missingZones: ["x-a"] }),
  };
  const { errors, output } = await run(gaps, ["--yes"]);
  expect(output).toContain("? x-a did not answer, so there may be others.");
  expect(errors).toContain("So gke_cluster_name is not picked.");
});

test("lists go on where Google says so", async () => {
  const paged: Answers = {
    ...EMPTY,
    [`${COMPUTE}/global/networks`]: (count) =>
      count === 0 ? { items: [{ name: "a" }], nextPageToken: "more" } : { items: [{ name: "b" }] },
    [`REDIS GET ${EVERYWHERE}/instances`]: (count) =>
      count === 0 ? { instances: [redis("r1")], nextPageToken: "more" } : { instances: [redis("r2")] },
    [`MEMORYSTORE GET ${EVERYWHERE}/instances`]: (count) =>
      count === 0
        ? { instances: [{ name: `projects/p/locations/${REGION}/instances/v1` }], nextPageToken: "more" }
        : { instances: [{ name: `projects/p/locations/${REGION}/instances/v2` }] },
  };
  const { of } = await seen(paged);
  expect(["networks", "redis", "valkey"].map((id) => of(id).map(({ name }) => name))).toEqual([
    ["a", "b"],
    ["r1", "r2"],
    ["v1", "v2"],
  ]);
});

test.each<[string, readonly string[], Answers, Readonly<Record<string, readonly string[]>>]>([
  [
    "by themselves",
    [],
    {
      ...answers.clusters(
        cluster("elsewhere", { location: "us-east1" }),
        cluster("going", { status: "STOPPING" }),
        cluster("old", { currentMasterVersion: "1.29.1-gke.1" }),
      ),
      ...answers.sql(
        sql("old", { databaseVersion: "POSTGRES_12", state: "SUSPENDED" }),
        sql("public", { ipAddresses: [] }),
        sql("stopped", { settings: { activationPolicy: "NEVER" } }),
      ),
      ...answers.machines(
        machine("off", { status: "TERMINATED" }),
        machine("elsewhere", { zone: "zones/us-east1-b" }),
        machine("grouped", { metadata: { items: [{ key: "created-by" }] } }),
        machine("other", { tags: {} }),
      ),
      ...answers.redis({ ...redis("x"), name: "projects/p/locations/us-east1/instances/elsewhere" }),
      ...answers.addresses({ name: "used", status: "IN_USE", region: `regions/${REGION}`, users: ["x/rule"] }),
    },
    {
      "clusters elsewhere": ["in us-east1"],
      "clusters going": ["its status is STOPPING"],
      "clusters old": ["Autopilot of version 1.29.1-gke.1"],
      "sql-instances old": ["POSTGRES_12, older than 13", "its state is SUSPENDED"],
      "sql-instances public": ["no private address"],
      "sql-instances stopped": ["stopped"],
      "file-servers off": ["its status is TERMINATED"],
      "file-servers elsewhere": ["in us-east1-b"],
      "file-servers grouped": ["its name changes"],
      "redis elsewhere": ["in us-east1"],
      "addresses used": ["in use"],
    },
  ],
  [
    "with what the file says",
    ['network_name = "vpc"', "enable_cloud_armor = true"],
    {
      ...answers.clusters(
        cluster("other", inNetwork("other")),
        cluster("plain", { autopilot: {}, networkConfig: { datapathProvider: "ADVANCED_DATAPATH" } }),
      ),
      ...answers.redis(redis("other", { authorizedNetwork: "networks/other" })),
      ...answers.addresses({ name: "regional", status: "RESERVED", region: `regions/${REGION}` }),
    },
    {
      "clusters other": ["in network other"],
      "clusters plain": ["no Gateway API"],
      "redis other": ["in network other"],
      "addresses regional": [`in ${REGION}`],
    },
  ],
  [
    "with what would be created",
    ["require_services_gcp_module = false"],
    {
      ...answers.networks({ name: "a" }, { name: "default", autoCreateSubnetworks: true }),
      ...answers.subnetworks({ name: "s", network: "networks/a", ipCidrRange: "10.201.0.0/20" }),
    },
    {
      "networks a": ["10.201.0.0/24 is taken"],
      "networks default": ["10.201.0.0/24 is taken", "10.204.0.0/16 is taken", "10.203.0.0/20 is taken"],
    },
  ],
])("what does not fit %s is said, with the reason", async (_, lines, played, expected) => {
  const { json } = await seen({ ...EMPTY, ...played }, lines);
  const lacks = json.kinds.flatMap(({ id, services }) =>
    services.flatMap((one) => (one.fits === false ? [[`${id} ${one.name}`, one.lacks.map(({ short }) => short)]] : [])),
  );
  expect(Object.fromEntries(lacks)).toEqual(expected);
});

test("a Valkey cluster and one that asks for accounts do not fit; one server does", async () => {
  const at = (ipAddress: string) => ({
    endpoints: [{ connections: [{ pscAutoConnection: { ipAddress, port: 6379 } }] }],
  });
  const valkey = (name: string, more: object) => ({
    name: `projects/${PROJECT}/locations/${REGION}/instances/${name}`,
    state: "ACTIVE",
    mode: "CLUSTER_DISABLED",
    ...at("10.6.0.2"),
    ...more,
  });
  const { lacks } = await seen({
    ...EMPTY,
    [`MEMORYSTORE GET ${EVERYWHERE}/instances`]: () => ({
      instances: [valkey("a", { mode: "CLUSTER" }), valkey("b", { authorizationMode: "IAM_AUTH" }), valkey("c", {})],
    }),
  });
  expect(["a", "b", "c"].map((name) => lacks("valkey", name))).toEqual([
    ["cluster mode"],
    ["lets in Google accounts only"],
    [],
  ]);
});

test("secondary ranges are shown with what uses them", async () => {
  const path = `projects/${PROJECT}/regions/${REGION}/subnetworks/s`;
  const { of } = await seen({
    ...EMPTY,
    ...answers.subnetworks({
      name: "s",
      selfLink: `https://www.googleapis.com/compute/v1/${path}`,
      region: `regions/${REGION}`,
      network: "networks/a",
      ipCidrRange: "10.0.0.0/24",
      secondaryIpRanges: [
        { rangeName: "pods", ipCidrRange: "10.1.0.0/16" },
        { rangeName: "spare", ipCidrRange: "10.2.0.0/16" },
      ],
    }),
    [`GET /v1/projects/${PROJECT}/aggregated/usableSubnetworks`]: () => ({
      subnetworks: [
        {
          subnetwork: path,
          secondaryIpRanges: [
            { rangeName: "pods", status: "IN_USE_SHAREABLE_POD" },
            { rangeName: "spare", status: "UNUSED" },
          ],
        },
      ],
    }),
  });
  expect(of("subnetworks")[0]?.facts).toEqual([
    "10.0.0.0/24",
    "pods 10.1.0.0/16 (used for pods, and can be shared)",
    "spare 10.2.0.0/16 (free)",
  ]);
});

test("a file server of another environment is named by its address, whether its VM is there or not", async () => {
  const vm = machine("app-nfs-1-x7kq", { metadata: { items: [{ key: "created-by", value: "group" }] } });
  const address = {
    name: "app-nfs-1",
    address: "10.8.0.9",
    addressType: "INTERNAL",
    region: `regions/${REGION}`,
    description: "NFS and Redis server app-nfs-1",
    subnetwork: "subnetworks/s",
  };
  const played = {
    ...EMPTY,
    ...answers.addresses(address),
    ...answers.subnetworks({ name: "s", region: `regions/${REGION}`, network: "networks/vpc" }),
  };
  const running = await seen({
    ...played,
    ...answers.machines(vm, machine("node", { labels: { "goog-gke-node": "" } })),
  });
  expect(running.of("file-servers")).toMatchObject([{ name: "app-nfs-1", fits: true }]);
  const replaced = await seen(played, ['network_name = "vpc"']);
  expect(replaced.of("file-servers")).toMatchObject([
    { name: "app-nfs-1", location: REGION, network: "vpc", fits: true },
  ]);
});

test("an environment whose foundation has made its services is not told that nothing fits", async () => {
  const lines = ["require_services_gcp_module = false"];
  const own = sharedServices(
    { ...defaults, project_id: PROJECT, require_services_gcp_module: false },
    installationOf("dev", { ...defaults, project_id: PROJECT }),
  );
  const { output } = await run({ ...EMPTY, ...answers.clusters(cluster(own.cluster.name)) }, [], { lines });
  expect(output).toContain("Nothing was written: the services that this environment's foundation has made (·)");
});

test("a guest of another environment's file server gets the Redis that it keeps there", async () => {
  const other = `project_id = "${PROJECT}"\nrequire_services_gcp_module = false\nnfs_redis_guests = { dev = 7801 }\n`;
  writeFileSync(join(directory, "other.tfvars"), other);
  const variables = { ...defaults, project_id: PROJECT };
  const name = sharedServices(variables, installationOf("other", variables)).fileServer?.addressName ?? "";
  const address = { name, address: "10.8.0.9", addressType: "INTERNAL", region: `regions/${REGION}` };
  const grouped = machine("vm", { metadata: { items: [{ key: "created-by" }] } });
  const { file } = await run(
    { ...ONE_OF_EACH, ...answers.machines(grouped), ...answers.addresses(address) },
    ["--yes"],
    {
      lines: ['db_name = "a"', 'db_user = "a"'],
    },
  );
  expect(file).toMatch(
    /redis_port +=.*"7801"\nredis_password_secret +=.*"app-nfs-[0-9a-f]{8}-redis-guest-dev-password"/,
  );
});

test("what does not fit is not written, and is explained as a plan would", async () => {
  const played = { ...ONE_OF_EACH, ...answers.clusters(cluster("old", { currentMasterVersion: "1.29.1-gke.1" })) };
  const { code, errors, file } = await run(played, ["--pick", "gke_cluster_name=old"]);
  expect([code, file]).toEqual([1, `project_id = "${PROJECT}"\n# kept\n`]);
  expect(errors).toContain("GKE cluster old runs 1.29.1-gke.1, and Autopilot before 1.30.2");
});

test.each([
  ["gke_cluster_name=shard", "gke_cluster_name = shard does not exist in the project. Did you mean shared?"],
  ["gke_clustername=shared", "--pick gke_clustername cannot be picked. Did you mean gke_cluster_name?"],
])("--pick %s is answered", async (pick, says) => {
  const { code, errors } = await run(ONE_OF_EACH, ["--pick", pick]);
  expect(code).toBe(1);
  expect(errors).toContain(says);
});

test("a name that several have is picked where one of them fits, and otherwise it is said what each lacks, or how to choose", async () => {
  const pick = async (...clusters: readonly object[]) =>
    await run({ ...ONE_OF_EACH, ...answers.clusters(...clusters) }, ["--yes", "--pick", "gke_cluster_name=shared"]);
  const old = { currentMasterVersion: "1.29.1-gke.1" };
  const [b, c] = [`${REGION}-b`, `${REGION}-c`].map((location) => ({ location }));
  expect((await pick(cluster("shared", { ...b, ...old }), cluster("shared", c))).file).toContain(c?.location);
  const both = await pick(cluster("shared", b), cluster("shared", c));
  expect([both.code, both.file]).toEqual([1, `project_id = "${PROJECT}"\n# kept\n`]);
  expect(both.errors).toContain("gke_cluster_name = shared matches 2 that fit (GKE clusters, us-central1-b; GKE");
  expect(both.errors).toContain("Write gke_cluster_name into the variable file yourself, with the location");
  const none = await pick(cluster("shared", { ...b, ...old }), cluster("shared", { ...c, ...old }));
  expect(none.code).toBe(1);
  expect(none.errors).toContain("and none of them fits. GKE cluster shared runs 1.29.1-gke.1");
});

test("picks that contradict each other or the file are refused together", async () => {
  const played = { ...ONE_OF_EACH, ...answers.networks({ name: "vpc" }, { name: "other" }) };
  const { code, errors } = await run(played, [
    "--pick",
    "network_name=other",
    "--pick",
    "gke_cluster_name=shared",
    "--yes",
  ]);
  expect(code).toBe(1);
  expect(errors).toContain("GKE cluster shared is in network vpc, and network_name is other");
});

test("a file that would not pass the check is not written, and the check says why", async () => {
  const { code, errors, file } = await run(ONE_OF_EACH, ["--pick", "gke_cluster_name=shared"]);
  expect([code, file]).toEqual([1, `project_id = "${PROJECT}"\n# kept\n`]);
  expect(errors).toContain("sql_instance_name and nfs_instance_name are empty");
  expect(errors).toContain("Nothing was written.");
});

test("what another file of the directory has already is refused by its rules", async () => {
  const named = `project_id = "${PROJECT}"\ntenant_id = "b"\nnetwork_name = "vpc"\ngke_cluster_name = "shared"\nsql_instance_name = "data"\nnfs_instance_name = "files2"\n`;
  writeFileSync(join(directory, "other.tfvars"), named);
  const { code, errors, output } = await run(ONE_OF_EACH, ["--yes"]);
  expect(code).toBe(1);
  expect(output).toContain("used by other");
  expect(errors).toContain("database dify_db");
});

describe("what the environment's own foundation made", () => {
  const OWN = "dify-demo-874e3c65-gke";
  const played = { ...ONE_OF_EACH, ...answers.clusters(cluster(OWN), cluster("shared")) };
  const lines = ["require_services_gcp_module = false"];

  test("is shown as its own, and --yes leaves it unnamed", async () => {
    const { of, json } = await seen({ ...EMPTY, ...answers.clusters(cluster(OWN), cluster("shared")) }, lines, [
      "--yes",
    ]);
    expect(of("clusters").map(({ name, own }) => [name, own])).toEqual([
      [OWN, true],
      ["shared", false],
    ]);
    expect([json.complaints, json.change]).toEqual([[], null]);
  });

  test.each([OWN, "shared"])("is neither named nor replaced: %s", async (name) => {
    const { code, errors } = await run(played, ["--pick", `gke_cluster_name=${name}`], { lines });
    expect(code).toBe(1);
    expect(errors).toContain("the foundation would destroy it");
  });
});

test("a zonal cluster of the region is picked with its zone", async () => {
  const zonal = cluster("shared", { location: `${REGION}-b` });
  const { file } = await run({ ...ONE_OF_EACH, ...answers.clusters(zonal) }, ["--yes"]);
  expect(file).toMatch(/gke_cluster_name +=.*"shared"\ngke_cluster_location +=.*"us-central1-b"/);
});

test("a network for what is created there gets what it lacks", async () => {
  const played = { ...EMPTY, ...answers.networks({ name: "vpc" }) };
  const { file, output } = await run(played, ["--pick", "network_name=vpc"], {
    lines: ["require_services_gcp_module = false"],
  });
  expect(file).toContain(
    'network_name                   = "vpc"\ncreate_private_services_access = true\ncreate_nat                     = true\n',
  );
  expect(output).toContain("- vpc has no NAT gateway in us-central1");
});

describe("a Redis with TLS", () => {
  const pem = readFileSync(join(__dirname, "..", "fixtures", "certificates", "authority.pem"), "utf8").trim();
  const tls = redis("cache", {
    transitEncryptionMode: "SERVER_AUTHENTICATION",
    authEnabled: true,
    serverCaCerts: [{ cert: pem }],
  });
  const played = { ...ONE_OF_EACH, ...answers.redis(tls) };
  const CA = join(directory, "dev-redis-ca.pem");
  const args = ["--yes", "--pick", "redis_host=cache"];

  test("comes with its certificates, in a file beside", async () => {
    const { code, file, output } = await run(played, args);
    expect(code).toBe(0);
    expect(file).toMatch(
      /redis_host +=.*"10\.7\.0\.4"\nredis_port +=.*"6378"\nredis_tls +=.*true\nredis_ca_file +=.*"dev-redis-ca\.pem"/,
    );
    expect(readFileSync(CA, "utf8")).toBe(`${pem}\n`);
    expect(output).toContain("gcloud redis instances get-auth-string cache");
  });

  test.each([
    ["", () => ({ managedServerCa: { caCerts: [{ certificates: [pem] }] } })],
    [", or with the command that prints them", () => new Refused(403, "denied")],
  ])("that is a Valkey comes with its certificates%s", async (_, authority) => {
    rmSync(CA, { force: true });
    const name = `projects/${PROJECT}/locations/${REGION}/instances/valkey`;
    const connection = { pscAutoConnection: { ipAddress: "10.6.0.2", port: 6379 } };
    const server = {
      name,
      state: "ACTIVE",
      mode: "CLUSTER_DISABLED",
      transitEncryptionMode: "SERVER_AUTHENTICATION",
      endpoints: [{ connections: [connection] }],
    };
    const valkey = {
      ...ONE_OF_EACH,
      [`MEMORYSTORE GET ${EVERYWHERE}/instances`]: () => ({ instances: [server] }),
      [`MEMORYSTORE GET /v1/${name}/certificateAuthority`]: authority,
    };
    const { code, file, output } = await run(valkey, ["--yes", "--pick", "redis_host=valkey"]);
    expect(code).toBe(0);
    expect(file).toContain("redis_tls");
    const written = existsSync(CA);
    expect(written ? readFileSync(CA, "utf8") : output).toContain(written ? pem : "get-certificate-authority valkey");
    expect(file.includes("dev-redis-ca.pem")).toBe(written);
  });

  test("leaves nothing behind where nothing is written", async () => {
    const { code, file } = await run(played, [...args, "--dry-run"]);
    expect([code, existsSync(CA)]).toEqual([0, false]);
    expect(file).not.toContain("redis_host");
  });

  test("does not touch another file of that name", async () => {
    writeFileSync(CA, "theirs");
    const { code, errors } = await run(played, args);
    expect([code, readFileSync(CA, "utf8")]).toEqual([1, "theirs"]);
    expect(errors).toContain("dev-redis-ca.pem exists already");
  });
});

test("a Redis is known by its host to the environments that use it, and a region of Cloud SQL that is silent is said", async () => {
  const used = `project_id = "${PROJECT}"\nrequire_services_gcp_module = false\nredis_host = "10.7.0.4"\n`;
  writeFileSync(join(directory, "other.tfvars"), used);
  const { json, of } = await seen({
    ...EMPTY,
    ...answers.redis(redis("cache")),
    [`GET /v1/projects/${PROJECT}/instances`]: () => ({
      warnings: [{ code: "REGION_UNREACHABLE", region: "us-east4" }],
    }),
  });
  expect(of("redis")).toMatchObject([{ name: "cache", usedBy: ["other"] }]);
  expect(json.kinds.find(({ id }) => id === "sql-instances")).toMatchObject({ status: "partly" });
});

describe("on a terminal", () => {
  const several = { ...ONE_OF_EACH, ...answers.clusters(cluster("one"), cluster("two")) };

  test("it asks for each, then before it writes", async () => {
    const { code, file, output } = await run(several, [], { replies: ["9", "2", "1", "files", "y"] });
    expect(code).toBe(0);
    expect(output).toContain("Type a number from 0 to 2.");
    expect(file).toContain('gke_cluster_name  = "two"');
    expect(file).toContain('nfs_instance_name = "files"');
  });

  test.each([
    ["no answer to the last question", ["2", "1", "1", ""]],
    ["an interruption", ["2"]],
    ["none of them", ["0", "", "0", "0"]],
  ])("%s writes nothing", async (_, replies) => {
    const { code, file } = await run(several, [], { replies });
    expect([code, file]).toEqual([0, `project_id = "${PROJECT}"\n# kept\n`]);
  });
});

describe("a Shared VPC", () => {
  const HOST = "/compute/v1/projects/host-project";
  const network = "projects/host-project/global/networks/vpc";
  const nodes = {
    name: "nodes",
    region: `regions/${REGION}`,
    network: `https://www.googleapis.com/compute/v1/${network}`,
    ipCidrRange: "10.0.0.0/22",
    privateIpGoogleAccess: true,
    secondaryIpRanges: [
      { rangeName: "small", ipCidrRange: "10.2.0.0/20" },
      { rangeName: "large", ipCidrRange: "10.4.0.0/14" },
    ],
  };
  const SHARED: Answers = {
    ...EMPTY,
    [`GET ${HOST}/global/networks`]: () => ({ items: [{ name: "vpc" }] }),
    [`GET ${HOST}/aggregated/subnetworks`]: scoped("subnetworks", [nodes]),
    [`GET ${HOST}/aggregated/routers`]: () => ({}),
    [`GET ${HOST}/aggregated/addresses`]: () => ({}),
  };
  const inHost = {
    networkConfig: {
      network,
      datapathProvider: "ADVANCED_DATAPATH",
      gatewayApiConfig: { channel: "CHANNEL_STANDARD" },
    },
  };
  const private_ = {
    ipConfiguration: { privateNetwork: network },
    tier: "db-custom-2-7680",
    activationPolicy: "ALWAYS",
  };

  test("is looked at in its host project, and picked with it", async () => {
    const { of, asked, json } = await seen(
      SHARED,
      [],
      ["--network-project", "host-project", "--pick", "network_name=vpc"],
    );
    expect(of("networks")).toMatchObject([{ name: "vpc", networkProject: "host-project", fits: true }]);
    expect(asked).toContain(`${COMPUTE}/aggregated/addresses`);
    expect(json.change?.values).toEqual({ network_name: "vpc", network_project_id: "host-project" });
    expect(json.change?.diff).toContain('+network_project_id = "host-project"');
  });

  test("is found by the file's network_project_id, and a cluster brings it", async () => {
    const played = {
      ...SHARED,
      ...answers.clusters(cluster("shared", inHost)),
      ...answers.sql(sql("data", { settings: private_ })),
    };
    const again = await seen(played, ['network_project_id = "host-project"', 'network_name = "vpc"']);
    expect(again.of("networks").map(({ name }) => name)).toEqual(["vpc"]);
    expect(again.lacks("clusters", "shared")).toEqual([]);
    const picked = await seen(played, [], ["--pick", "gke_cluster_name=shared", "--network-project", "host-project"]);
    expect(picked.json.change?.values).toMatchObject({ network_name: "vpc", network_project_id: "host-project" });
  });

  test("is not taken for a network of that name in the project", async () => {
    const played = {
      ...ONE_OF_EACH,
      ...answers.clusters(cluster("shared", inHost)),
      ...answers.sql(sql("data", { settings: private_ })),
    };
    const { lacks } = await seen(played, ['network_name = "vpc"']);
    expect(lacks("clusters", "shared")).toEqual(["in network vpc of project host-project"]);
    expect(lacks("sql-instances", "data")).toEqual(["in network vpc of project host-project"]);
    expect(lacks("file-servers", "files")).toEqual([]);
  });

  test("gets a new cluster into its subnetwork, the larger range for the pods", async () => {
    const args = ["--network-project", "host-project", "--pick", "network_name=vpc", "--yes"];
    const lines = ["require_services_gcp_module = false", "create_file_server_firewall = false"];
    const { code, file, output } = await run(SHARED, args, { lines });
    expect(code).toBe(0);
    expect(file).toMatch(
      /network_name += "vpc"\nnetwork_project_id += "host-project"\nsubnetwork_name += "nodes"\npod_range_name += "large"\nservice_range_name += "small"/,
    );
    expect(output).toContain(
      "vpc of host-project has no NAT gateway in us-central1, without which no image is pulled: ask",
    );
    expect(file).not.toContain("create_nat");
  });
});

test("a Filestore is picked with its location, if it is in the region and the network", async () => {
  const at = (location: string, network: string) => ({
    name: `projects/${PROJECT}/locations/${location}/instances/${location}-${network}`,
    state: "READY",
    tier: "BASIC_SSD",
    networks: [{ network, ipAddresses: ["10.3.0.2"] }],
    fileShares: [{ name: "vol1", capacityGb: "2560" }],
  });
  const played = {
    ...EMPTY,
    ...answers.networks({ name: "vpc" }),
    [`FILESTORE GET ${EVERYWHERE}/instances`]: () => ({
      instances: [at(`${REGION}-b`, "vpc"), at(`${REGION}-b`, "other"), at("us-east1", "vpc")],
    }),
  };
  const lines = ["require_services_gcp_module = false", 'network_name = "vpc"'];
  const { lacks, json } = await seen(played, lines, ["--pick", `filestore_name=${REGION}-b-vpc`]);
  expect([`${REGION}-b-vpc`, `${REGION}-b-other`, "us-east1-vpc"].map((name) => lacks("filestores", name))).toEqual([
    [],
    ["in network other"],
    ["in us-east1"],
  ]);
  expect(json.change?.values).toMatchObject({ filestore_name: `${REGION}-b-vpc`, filestore_location: `${REGION}-b` });
});

test("a registry is picked if it mirrors Docker Hub, and never the environment's own", async () => {
  const own = installationOf("dev", { ...defaults, project_id: PROJECT });
  const at = (name: string, more: object) => ({
    name: `projects/${PROJECT}/locations/${REGION}/repositories/${name}`,
    format: "DOCKER",
    mode: "REMOTE_REPOSITORY",
    ...more,
  });
  const hub = { remoteRepositoryConfig: { dockerRepository: { publicRepository: "DOCKER_HUB" } } };
  const played = {
    ...ONE_OF_EACH,
    [`GET /v1/projects/${PROJECT}/locations/${REGION}/repositories`]: () => ({
      repositories: [
        at("hub", hub),
        at(`${own.resourcePrefix}-mirror`, hub),
        at("ghcr", { remoteRepositoryConfig: { commonRepository: { uri: "https://ghcr.io" } } }),
      ],
    }),
  };
  const { lacks, json } = await seen(played, [], ["--yes", "--pick", "image_mirror_repository=hub"]);
  expect([lacks("registries", "hub"), lacks("registries", "ghcr")]).toEqual([[], ["fetches from https://ghcr.io"]]);
  // It has one of its own already.
  expect(json.complaints).toEqual([expect.stringContaining("This environment has a registry of its own already")]);
  const other = await seen(
    {
      ...played,
      [`GET /v1/projects/${PROJECT}/locations/${REGION}/repositories`]: () => ({ repositories: [at("hub", hub)] }),
    },
    [],
    ["--yes", "--pick", "image_mirror_repository=hub"],
  );
  expect(other.json.change?.values).toMatchObject({ image_mirror_repository: "hub", gke_cluster_name: "shared" });
  expect(other.json.change).toMatchObject({
    notes: expect.arrayContaining([expect.stringContaining("roles/artifactregistry.reader on hub")]) as unknown,
  });
});

test("a subnetwork is picked if a cluster has room in it", async () => {
  const at = { region: `regions/${REGION}`, network: `projects/${PROJECT}/global/networks/vpc` };
  const ranges = [
    { rangeName: "a", ipCidrRange: "10.2.0.0/20" },
    { rangeName: "b", ipCidrRange: "10.3.0.0/20" },
  ];
  const played = {
    ...EMPTY,
    ...answers.networks({ name: "vpc" }),
    ...answers.subnetworks(
      { ...at, name: "closed", secondaryIpRanges: ranges },
      { ...at, name: "bare", privateIpGoogleAccess: true },
      { ...at, name: "fits", privateIpGoogleAccess: true, secondaryIpRanges: ranges },
    ),
  };
  const lines = ["require_services_gcp_module = false", 'network_name = "vpc"'];
  const { lacks, json } = await seen(played, lines, ["--pick", "subnetwork_name=fits"]);
  expect(["closed", "bare", "fits"].map((name) => lacks("subnetworks", name))).toEqual([
    ["no Private Google Access"],
    ["needs two secondary ranges"],
    [],
  ]);
  // Both ranges have the same size: which one is for what is not guessed.
  expect(json.change?.values).toEqual({ subnetwork_name: "fits" });
  expect(json.change).toMatchObject({ notes: [expect.stringContaining("set pod_range_name and service_range_name")] });
  const other = await seen(played, [lines[0] ?? "", 'network_name = "other"'], ["--pick", "subnetwork_name=fits"]);
  expect(other.json.complaints[0]).toContain("Subnetwork fits is in network vpc, and network_name is other");
});

test("mistakes in the file, missing credentials and wrong usage end it before anything is asked", async () => {
  const broken = await run(EMPTY, [], { lines: ['region = "nowhere"'] });
  expect([broken.code, broken.asked]).toEqual([1, []]);
  expect((await run(EMPTY, ["prod"])).code).toBe(2);
  expect((await run(EMPTY, ["--pick", "nonsense"])).errors).toContain("--pick nonsense is not a pick.");
  const help = await run(EMPTY, ["--help"]);
  expect([help.code, help.output]).toEqual([0, expect.stringContaining("Exit codes:")]);
  let errors = "";
  const code = await discover(["dev", "--directory", directory], {
    env: { GOOGLE_CREDENTIALS: JSON.stringify({ type: "authorized_user" }) },
    terminal: { write: () => undefined, interactive: false, color: false, columns: 80, ask: () => Promise.resolve("") },
    complain: (text) => (errors += text),
    signal: new AbortController().signal,
  });
  expect([code, errors]).toEqual([2, expect.stringContaining("There are no credentials for Google Cloud")]);
});
