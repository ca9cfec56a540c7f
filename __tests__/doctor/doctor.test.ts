import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataResource, TerraformStack, Testing } from "cdktf";
import { restScript } from "../../modules/app-gke/google/rest-script";
import { clusterScript } from "../../modules/app-gke/terraform/cluster-script";
import type { Environment } from "../../modules/dify-gke/environment";
import { defaults, type Variables } from "../../modules/dify-gke/variables";
import type { Finding } from "../../scripts/doctor/finding";
import type { Subject } from "../../scripts/doctor/subject";
import { google as clients } from "../../scripts/google-apis/clients";
import { commandLine, type DoctorContext } from "../../scripts/doctor/options";
import { permissionsFor, SCRIPTS, scriptsOf } from "../../scripts/doctor/permissions";
import { CHECKS, doctor, examine } from "../../scripts/doctor/run";
import { credentials, quotaProjectOf } from "../../scripts/google-apis/credentials";
import { resourcesOf } from "../../scripts/stacks/resources";
import { type Answers, type PlayedGoogle, playGoogle, Refused } from "../google-apis";

const ROOT = join(__dirname, "..", "..");
const PROJECT = "demo-project";
const REGION = "us-central1";
const COMPUTE = `/compute/v1/projects/${PROJECT}`;

const directory = mkdtempSync(join(tmpdir(), "doctor-"));
let google: PlayedGoogle | undefined;

afterEach(() => google?.stop());
afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** Everything that the shipped environments need. */
const NEEDED = permissionsFor(
  readdirSync(join(ROOT, "__tests__", "terraform", "inventory")).flatMap((file) => typesIn(file)),
  SCRIPTS,
);

function typesIn(inventory: string): string[] {
  const text = readFileSync(join(ROOT, "__tests__", "terraform", "inventory", inventory), "utf8");
  return [...text.matchAll(/^\+ ((?:google|kubernetes|random|terraform)_\w+)\./gm)].map(([, type = ""]) => type);
}

const ROOM = [
  "CPUS",
  "SSD_TOTAL_GB",
  "INSTANCES",
  "STATIC_ADDRESSES",
  "IN_USE_ADDRESSES",
  "NETWORKS",
  "SECURITY_POLICIES",
].map((metric) => ({ metric, limit: 10_000, usage: 3 }));

/** A project in which all is well. */
const WELL: Answers = {
  [`GET /v3/projects/${PROJECT}`]: () => ({ state: "ACTIVE" }),
  [`GET /v1/projects/${PROJECT}/billingInfo`]: () => ({ billingEnabled: true }),
  [`GET /v1/projects/${PROJECT}/services:batchGet`]: () => ({
    services: ["cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com"].map((name) => ({
      state: "ENABLED",
      config: { name },
    })),
  }),
  [`POST /v3/projects/${PROJECT}:testIamPermissions`]: () => ({
    permissions: NEEDED.permissions,
  }),
  [`GET ${COMPUTE}/regions/${REGION}`]: () => ({ quotas: ROOM }),
  [`GET ${COMPUTE}`]: () => ({ quotas: ROOM }),
  [`GET ${COMPUTE}/zones`]: () => ({
    items: ["a", "b"].map((zone) => ({
      name: `${REGION}-${zone}`,
      status: "UP",
      region: `x/regions/${REGION}`,
    })),
  }),
  [`GET ${COMPUTE}/zones/${REGION}-a/machineTypes/e2-small`]: () => ({
    name: "e2-small",
  }),
  "GET /storage/v1/b/states": () => ({ versioning: { enabled: true } }),
};

/** @returns what the command says of a project, with a file of those lines */
async function look(lines: readonly string[], more: readonly string[] = []) {
  const file = ['project_id = "demo-project"', "require_services_gcp_module = false", ...lines];
  writeFileSync(join(directory, "dev.tfvars"), `${file.join("\n")}\n`);
  const played = await answering(WELL);
  let output = "";
  let errors = "";
  const code = await run(["dev", "--directory", directory, ...more], {
    env: played.env,
    terminal: {
      write: (text) => (output += text),
      interactive: false,
      color: false,
      columns: 200,
      ask: () => Promise.resolve(undefined),
    },
    complain: (text) => (errors += text),
    resolve,
  });
  return { code, output, errors, asked: played.asked };
}

async function run(args: readonly string[], context: DoctorContext): Promise<number> {
  const options = commandLine(args, context);
  return typeof options === "number" ? options : doctor(options, context);
}

async function answering(answers: Answers): Promise<PlayedGoogle> {
  await google?.stop();
  google = await playGoogle(answers);
  return google;
}

const resolve: Subject["resolve"] = (host) =>
  host.startsWith("gone")
    ? Promise.reject(Object.assign(new Error("no"), { code: "ENOTFOUND" }))
    : Promise.resolve(["192.0.2.7"]);

const base = {
  ...defaults,
  project_id: PROJECT,
  require_services_gcp_module: false,
  state_bucket: "states",
};
let resources: Subject["resources"] = [];

beforeAll(async () => {
  resources = (await resourcesOf({ name: "dev", variables: base } as unknown as Environment)).flat();
});

/** @returns what checks say of an environment that differs by some variables from the smallest one; all of them by default */
async function findings(
  variables: Partial<Variables>,
  changes: Answers = {},
  ids: readonly string[] = CHECKS.map(({ id }) => id),
): Promise<Finding[]> {
  const { env } = await answering({ ...WELL, ...changes });
  const { nfs_machine_type: machine = "e2-small" } = variables;
  const subject: Subject = {
    variables: { ...base, ...variables },
    resources: resources.map((resource) =>
      resource.type === "google_compute_instance_template"
        ? { ...resource, block: { ...resource.block, machine_type: machine } }
        : resource,
    ),
    google: clients(await credentials(env), env),
    resolve,
  };
  const checks = CHECKS.filter(({ id }) => ids.includes(id));
  const looked = await examine(checks, subject);
  return looked.flatMap((one) => one.findings);
}

test("a project in which all is well: each check says so, and nothing was asked but to read", async () => {
  const { code, output, errors, asked } = await look(['state_bucket = "states"']);
  expect([code, errors]).toEqual([0, ""]);
  expect(output).toContain("Nothing will be refused, as far as can be seen from here.");
  expect(output.match(/^✓/gm)).toHaveLength(9);
  expect(output).not.toMatch(/^[✗!?]/m);
  expect(asked.filter((request) => !request.startsWith("GET ") && !request.endsWith(":testIamPermissions"))).toEqual(
    [],
  );
});

const CACHE = {
  name: `projects/${PROJECT}/locations/${REGION}/instances/cache`,
  state: "READY",
  host: "10.7.0.4",
  port: 6378,
  transitEncryptionMode: "SERVER_AUTHENTICATION",
};
const REDIS: Answers = {
  [`GET /v1/projects/${PROJECT}/locations/${REGION}/instances`]: () => ({ instances: [CACHE] }),
};

test("a Redis that is not Memorystore's is not looked at, and one that is as the file says fits", async () => {
  const facts = async (variables: Partial<Variables>): Promise<string> =>
    (await findings(variables, REDIS)).map(({ fact }) => fact).join("\n");
  expect(await facts({ redis_host: "10.7.0.5" })).not.toContain("cache");
  expect(await facts({ redis_host: "10.7.0.4", redis_port: "6378", redis_tls: true })).toContain(
    "The Redis cache of redis_host fits.",
  );
});

const POLICY = `GET /v2/projects/${PROJECT}/policies`;
const rules = (...list: readonly object[]) => ({ spec: { rules: list } });
const only = (...allowedValues: readonly string[]) => rules({ values: { allowedValues } });

const PERIMETER = { enable_vpc_sc: true, organization_id: "111" };
const ORGANIZATION: Answers = {
  "POST /v3/organizations/111:testIamPermissions": () => ({
    permissions: [
      ...["accessLevels", "servicePerimeters"].flatMap((kind) =>
        ["create", "get", "update", "delete"].map((verb) => `accesscontextmanager.${kind}.${verb}`),
      ),
      "accesscontextmanager.policies.list",
      "accesscontextmanager.servicePerimeters.list",
    ],
  }),
  "GET /v1/accessPolicies": () => ({
    accessPolicies: [{ name: "accessPolicies/7" }, { name: "accessPolicies/8", scopes: ["folders/1"] }],
  }),
  "GET /v1/accessPolicies/7/servicePerimeters": () => ({
    servicePerimeters: [
      { name: "accessPolicies/7/servicePerimeters/other", status: { resources: ["projects/420"] } },
      {
        name: "accessPolicies/7/servicePerimeters/bridge",
        perimeterType: "PERIMETER_TYPE_BRIDGE",
        status: { resources: ["projects/42"] },
      },
    ],
  }),
  "GET /v1/accessPolicies/8/servicePerimeters": () => ({}),
  [`GET /v3/projects/${PROJECT}`]: () => ({ state: "ACTIVE", name: "projects/42" }),
};

test("a perimeter that can be made is said to be", async () => {
  expect(await findings(PERIMETER, ORGANIZATION, ["perimeter"])).toEqual([
    { level: "good", fact: "The access policy accessPolicies/7 is there, and no other perimeter holds the project." },
  ]);
});

test.each<
  [check: string, what: string, variables: Partial<Variables>, changes: Answers, level: Finding["level"], fact: RegExp]
>([
  [
    "project",
    "no project",
    {},
    { [`GET /v3/projects/${PROJECT}`]: () => new Refused(403, "denied") },
    "problem",
    /no project demo-project/,
  ],
  [
    "project",
    "a project that is going",
    {},
    { [`GET /v3/projects/${PROJECT}`]: () => ({ state: "DELETE_REQUESTED" }) },
    "problem",
    /DELETE_REQUESTED/,
  ],
  [
    "project",
    "no billing",
    {},
    { [`GET /v1/projects/${PROJECT}/billingInfo`]: () => ({}) },
    "problem",
    /no billing account/,
  ],
  [
    "apis",
    "a bootstrap API that is off",
    {},
    {
      [`GET /v1/projects/${PROJECT}/services:batchGet`]: () => ({
        services: [{ state: "ENABLED", config: { name: "serviceusage.googleapis.com" } }],
      }),
    },
    "problem",
    /^cloudresourcemanager\.googleapis\.com is not enabled/,
  ],
  [
    "permissions",
    "permissions that are missing",
    {},
    {
      [`POST /v3/projects/${PROJECT}:testIamPermissions`]: () => ({
        permissions: NEEDED.permissions.filter((permission) => !/^cloudsql|clusters.create/.test(permission)),
      }),
    },
    "problem",
    /lack 13 of .*: cloudsql\.databases\.create, .*, container\.clusters\.create\.$/,
  ],
  [
    "quotas",
    "CPUs",
    {},
    {
      [`GET ${COMPUTE}/regions/${REGION}`]: () => ({
        quotas: [{ metric: "CPUS", limit: 8, usage: 1 }],
      }),
    },
    "problem",
    /quota CPUS of us-central1 is 8, of which 1 are used/,
  ],
  [
    "quotas",
    "250 GB of SSD",
    {},
    {
      [`GET ${COMPUTE}/regions/${REGION}`]: () => ({
        quotas: [{ metric: "SSD_TOTAL_GB", limit: 250, usage: 0 }],
      }),
    },
    "problem",
    /SSD_TOTAL_GB .* is 250/,
  ],
  [
    "quotas",
    "networks",
    {},
    {
      [`GET ${COMPUTE}`]: () => ({
        quotas: [{ metric: "NETWORKS", limit: 5, usage: 5 }],
      }),
    },
    "problem",
    /NETWORKS of the project is 5/,
  ],
  ["zones", "no zone", {}, { [`GET ${COMPUTE}/zones`]: () => ({}) }, "problem", /no zone that is up/],
  ["zones", "a zone that is down", { nfs_instance_zone: `${REGION}-c` }, {}, "problem", /us-central1-c" is none of/],
  [
    "zones",
    "a machine type that is not there",
    { nfs_machine_type: "e2-medium" },
    {},
    "problem",
    /e2-medium of nfs_machine_type is not on offer/,
  ],
  [
    "organization-policies",
    "other locations",
    {},
    {
      [`${POLICY}/gcp.resourceLocations:getEffectivePolicy`]: () => only("in:eu-locations"),
    },
    "problem",
    /resourceLocations refuses resources in us-central1/,
  ],
  [
    "organization-policies",
    "services",
    {},
    {
      [`${POLICY}/gcp.restrictServiceUsage:getEffectivePolicy`]: () =>
        rules({ values: { deniedValues: ["sqladmin.googleapis.com"] } }),
    },
    "problem",
    /APIs sqladmin\.googleapis\.com/,
  ],
  [
    "organization-policies",
    "keys",
    {},
    {
      [`${POLICY}/gcp.restrictNonCmekServices:getEffectivePolicy`]: () =>
        rules({ values: { deniedValues: ["is:storage.googleapis.com"] } }),
    },
    "problem",
    /storage\.googleapis\.com without a key/,
  ],
  [
    "organization-policies",
    "keys, which there are for some",
    { customer_managed_keys: ["buckets"] },
    {
      [`${POLICY}/gcp.restrictNonCmekServices:getEffectivePolicy`]: () =>
        rules({ values: { deniedValues: ["is:storage.googleapis.com", "is:sqladmin.googleapis.com"] } }),
    },
    "problem",
    /refuses resources of sqladmin\.googleapis\.com without a key/,
  ],
  [
    "organization-policies",
    "load balancers",
    {},
    {
      [`${POLICY}/compute.restrictLoadBalancerCreationForTypes:getEffectivePolicy`]: () => only("in:INTERNAL"),
    },
    "problem",
    /EXTERNAL_NETWORK_TCP_UDP/,
  ],
  [
    "organization-policies",
    "peering",
    {},
    {
      [`${POLICY}/compute.restrictVpcPeering:getEffectivePolicy`]: () => rules({ denyAll: true }),
    },
    "problem",
    /peering with Google's services/,
  ],
  [
    "organization-policies",
    "NAT",
    {},
    {
      [`${POLICY}/compute.restrictCloudNATUsage:getEffectivePolicy`]: () => rules({ denyAll: true }),
    },
    "problem",
    /refuses Cloud NAT/,
  ],
  [
    "organization-policies",
    "builds",
    {
      enable_cicd_trigger: true,
      github_repository_url: "https://github.com/acme/dify",
      github_app_installation_id: "12345678",
    },
    { [`${POLICY}/cloudbuild.allowedWorkerPools:getEffectivePolicy`]: () => only("under:organizations/1") },
    "problem",
    /refuses builds on Google's own machines/,
  ],
  [
    "organization-policies",
    "images",
    {},
    {
      [`${POLICY}/compute.trustedImageProjects:getEffectivePolicy`]: () => only("projects/own"),
    },
    "problem",
    /debian-cloud's/,
  ],
  [
    "organization-policies",
    "accounts",
    {},
    {
      [`${POLICY}/iam.disableServiceAccountCreation:getEffectivePolicy`]: () => rules({ enforce: true }),
    },
    "problem",
    /new service accounts/,
  ],
  [
    "names",
    "a database that is there",
    {},
    { "GET /v1/projects/demo-project/instances/app-sql-874e3c65": () => ({}) },
    "warning",
    /database instance .* exists already/,
  ],
  [
    "names",
    "a user of that name on a shared instance",
    { sql_instance_name: "shared" },
    {
      "GET /v1/projects/demo-project/instances/shared/users": () => ({
        items: [{ name: "postgres" }, { name: "dify_user" }],
      }),
    },
    "warning",
    /user of the database instance shared dify_user exists already/,
  ],
  [
    "names",
    "a bucket of somebody else's",
    {},
    {
      "GET /storage/v1/b/dify-demo-874e3c65-data": () => new Refused(403, "denied"),
    },
    "problem",
    /belongs to somebody else/,
  ],
  [
    "state-bucket",
    "no state bucket",
    {},
    { "GET /storage/v1/b/states": () => undefined },
    "problem",
    /bucket states of state_bucket does not exist/,
  ],
  [
    "state-bucket",
    "a state bucket without versions",
    {},
    { "GET /storage/v1/b/states": () => ({}) },
    "warning",
    /keeps no versions/,
  ],
  ["state-bucket", "no bucket named", { state_bucket: "" }, {}, "warning", /state_bucket is not set/],
  [
    "build-region",
    "a region that new projects may not build in",
    {
      region: "europe-west3",
      enable_cicd_trigger: true,
      github_repository_url: "https://github.com/acme/dify",
      github_app_installation_id: "1",
    },
    {},
    "warning",
    /every project build in europe-west3/,
  ],
  [
    "dns",
    "a domain elsewhere",
    { enable_custom_domain: true, application_domains: ["ai.example.com"] },
    {},
    "warning",
    /ai\.example\.com leads to 192\.0\.2\.7/,
  ],
  [
    "dns",
    "a domain that is not there",
    { enable_custom_domain: true, application_domains: ["gone.example.com"] },
    {},
    "warning",
    /gone\.example\.com is not in DNS/,
  ],
  [
    "named-services",
    "a named cluster that is not there",
    { gke_cluster_name: "shared", network_name: "net" },
    {
      [`GET ${COMPUTE}/global/networks/net`]: () => ({}),
      [`GET /v1/projects/${PROJECT}/locations/-/clusters`]: () => ({
        clusters: ["two", "one"].map((name) => ({ name, location: "europe-west1" })),
      }),
    },
    "problem",
    /gke_cluster_name = "shared" names no cluster in .*\. Those that exist: one in europe-west1, two in europe-west1\./,
  ],
  [
    "named-services",
    "a named cluster that does not fit",
    { gke_cluster_name: "shared", network_name: "net" },
    {
      [`GET ${COMPUTE}/global/networks/net`]: () => ({}),
      [`GET /v1/projects/${PROJECT}/locations/${REGION}/clusters/shared`]: () => ({
        location: REGION,
        status: "RUNNING",
        network: "net",
      }),
    },
    "problem",
    /shared does not enforce network policies/,
  ],
  [
    "named-services",
    "a named database that does not fit",
    { sql_instance_name: "shared", network_name: "net" },
    {
      [`GET ${COMPUTE}/global/networks/net`]: () => ({}),
      "GET /v1/projects/demo-project/instances/shared": () => ({
        databaseVersion: "POSTGRES_12",
        state: "RUNNABLE",
        region: REGION,
      }),
    },
    "problem",
    /shared is POSTGRES_12, which is older than POSTGRES_13/,
  ],
  [
    "named-services",
    "a named Filestore that is not there",
    { filestore_name: "share", filestore_location: "us-central1-b" },
    {},
    "problem",
    /filestore_name = "share" names no Filestore instance in us-central1-b/,
  ],
  [
    "named-services",
    "a named Filestore that is not ready",
    { filestore_name: "share", filestore_location: "us-central1-b" },
    {
      [`GET /v1/projects/${PROJECT}/locations/us-central1-b/instances/share`]: () => ({
        name: `projects/${PROJECT}/locations/us-central1-b/instances/share`,
        state: "REPAIRING",
        networks: [{ network: "vpc", ipAddresses: ["10.3.0.2"] }],
      }),
    },
    "problem",
    /Filestore share has the state REPAIRING/,
  ],
  [
    "named-services",
    "a named registry that is not there",
    { image_mirror_repository: "hub" },
    {},
    "problem",
    /image_mirror_repository = "hub" names no repository in us-central1/,
  ],
  [
    "named-services",
    "a named registry that does not fit",
    { image_mirror_repository: "hub" },
    {
      [`GET /v1/projects/${PROJECT}/locations/${REGION}/repositories/hub`]: () => ({ format: "NPM" }),
    },
    "problem",
    /hub in us-central1 of project demo-project holds NPM and no container images/,
  ],
  [
    "named-services",
    "a named file server that is not there",
    { nfs_instance_name: "files" },
    {
      [`GET ${COMPUTE}/regions/${REGION}/addresses`]: () => ({}),
      [`GET ${COMPUTE}/aggregated/instances`]: () => ({}),
    },
    "problem",
    /nfs_instance_name = "files" names no VM in us-central1 that these credentials see\. There is none\./,
  ],
  [
    "named-services",
    "a named file server that is off",
    { nfs_instance_name: "files" },
    {
      [`GET ${COMPUTE}/regions/${REGION}/addresses`]: () => ({}),
      [`GET ${COMPUTE}/aggregated/instances`]: () => ({
        items: {
          "zones/a": {
            instances: [{ name: "files", status: "TERMINATED", zone: `x/${REGION}-b` }],
          },
        },
      }),
    },
    "problem",
    /files has the status TERMINATED/,
  ],
  [
    "named-services",
    "a Redis of Memorystore's that wants TLS at another port",
    { redis_host: "10.7.0.4" },
    REDIS,
    "problem",
    /redis_port is "6379", and the Redis cache of redis_host has "6378"/,
  ],
  [
    "named-services",
    "one that lets in accounts only",
    { redis_host: "10.7.0.4" },
    {
      [`GET /v1/projects/${PROJECT}/locations/${REGION}/instances`]: () => ({
        instances: [
          {
            ...CACHE,
            host: undefined,
            state: "ACTIVE",
            mode: "CLUSTER_DISABLED",
            authorizationMode: "IAM_AUTH",
            endpoints: [{ connections: [{ pscAutoConnection: { ipAddress: "10.7.0.4", port: 6379 } }] }],
          },
        ],
      }),
    },
    "problem",
    /Redis cache lets in Google accounts only/,
  ],
  [
    "named-services",
    "a named network that is not there",
    { network_name: "net" },
    {},
    "problem",
    /network_name = "net" names no network/,
  ],
  [
    "perimeter",
    "an organization without an access policy",
    PERIMETER,
    {
      ...ORGANIZATION,
      "GET /v1/accessPolicies": () => ({ accessPolicies: [{ name: "accessPolicies/8", scopes: ["folders/1"] }] }),
    },
    "problem",
    /Organization 111 has no access policy of its own/,
  ],
  [
    "perimeter",
    "an access policy that is not there",
    { ...PERIMETER, access_policy_id: "9" },
    ORGANIZATION,
    "problem",
    /Organization 111 has no access policy 9/,
  ],
  [
    "perimeter",
    "a project in another perimeter",
    PERIMETER,
    {
      ...ORGANIZATION,
      "GET /v1/accessPolicies/7/servicePerimeters": () => ({
        servicePerimeters: [
          { name: "accessPolicies/7/servicePerimeters/company", spec: { resources: ["projects/42"] } },
        ],
      }),
    },
    "problem",
    /in the perimeter accessPolicies\/7\/servicePerimeters\/company/,
  ],
  [
    "perimeter",
    "no permission in the organization",
    PERIMETER,
    { ...ORGANIZATION, "POST /v3/organizations/111:testIamPermissions": () => ({}) },
    "problem",
    /may not do this in organization 111: accesscontextmanager\.accessLevels\.create/,
  ],
])("%s: %s is found", async (check, _, variables, changes, level, fact) => {
  const all = await findings(variables, changes, [check]);
  const wrong = all.filter((one) => one.level !== "good");
  const [found] = wrong.filter((one) => fact.test(one.fact));
  expect(found ?? wrong).toMatchObject({ level });
  // Fact, consequence and remedy, each a sentence.
  for (const part of [found?.fact, found?.consequence, found?.remedy]) expect(part).toMatch(/^\S.*[.:]$/s);
});

test("what may not be looked at hides nothing of the others", async () => {
  const all = await findings(
    { gke_cluster_name: "shared", sql_instance_name: "shared", network_name: "net" },
    {
      [`GET /v1/projects/${PROJECT}/locations/${REGION}/clusters/shared`]: () => new Refused(403, "denied"),
      [`GET ${COMPUTE}/global/networks/net`]: () => ({}),
    },
  );
  const facts = all.map(({ level, fact }) => `${level}: ${fact}`);
  expect(facts).toContain("unseen: Whether the cluster of gke_cluster_name can be used cannot be checked: denied");
  expect(facts).toContain("good: The network net is there.");
  expect(facts.join("\n")).toContain('problem: sql_instance_name = "shared" names no database instance');
});

test("a state bucket that terraform init is told is not missing", async () => {
  const all = await findings({ state_bucket: "", state_backend: "gcs" }, {});
  expect(all.filter(({ fact }) => /terraform init gets/.test(fact))).toMatchObject([{ level: "good" }]);
  expect(all.filter(({ fact }) => /state_bucket/.test(fact))).toEqual([]);
});

test("one permission that Google does not test on a project does not hide the others", async () => {
  const all = await findings(
    {},
    {
      [`POST /v3/projects/${PROJECT}:testIamPermissions`]: (count) =>
        count === 0
          ? new Refused(400, "Permission cloudsql.users.create is not valid for this resource.")
          : { permissions: NEEDED.permissions },
    },
  );
  expect(all.filter(({ level }) => level !== "good")).toMatchObject([
    {
      level: "unseen",
      fact: "Google does not test cloudsql.users.create on a project.",
    },
  ]);
});

describe("in a Shared VPC", () => {
  const shared = {
    network_project_id: "host-project",
    network_name: "vpc",
    subnetwork_name: "nodes",
    create_file_server_firewall: true,
  };
  const READ = ["compute.networks.get", "compute.networks.list", "compute.subnetworks.get", "compute.subnetworks.list"];
  const HOST = "POST /v3/projects/host-project:testIamPermissions";
  const SUBNETWORK = `POST /compute/v1/projects/host-project/regions/${REGION}/subnetworks/nodes/testIamPermissions`;
  const OWN = `POST /v3/projects/${PROJECT}:testIamPermissions`;

  async function lookAt(host: readonly string[], subnetwork: readonly string[]): Promise<Finding[]> {
    const before = resources;
    const there = resources.map((resource) =>
      resource.type === "google_compute_firewall"
        ? { ...resource, block: { ...resource.block, project: "host-project" } }
        : resource,
    );
    resources = there;
    const own = NEEDED.permissions.filter((permission) => !permission.startsWith("compute.firewalls."));
    try {
      return await findings(
        shared,
        {
          [OWN]: () => ({ permissions: own }),
          [HOST]: () => ({ permissions: host }),
          [SUBNETWORK]: () => ({ permissions: subnetwork }),
        },
        ["permissions"],
      );
    } finally {
      resources = before;
    }
  }

  test("what is created in the host project needs its permissions there, and not in the project", async () => {
    const all = await lookAt([...READ, ...NEEDED.permissions], ["compute.subnetworks.use"]);
    expect(all.map(({ level }) => level)).toEqual(["good", "good"]);
  });

  test("what is missing there is said, with the subnetwork, which may be shared alone", async () => {
    const all = await lookAt(READ.slice(0, 2), []);
    expect(all).toMatchObject([
      { level: "good" },
      {
        level: "problem",
        fact: expect.stringMatching(
          /^You lack compute\.firewalls\.create, .*compute\.subnetworks\.get, compute\.subnetworks\.list in the host project host-project, and compute\.subnetworks\.use on its subnetwork nodes\.$/,
        ) as unknown,
      },
    ]);
  });
});

test("what a resource has done by a script needs its permissions too", async () => {
  const stack = new TerraformStack(Testing.app(), "scripts");
  new DataResource(stack, "of-a-fleet", {
    provisioners: [restScript({ file: "multi_cluster_service.py", prefix: "FLEET", action: "join" })],
  });
  new DataResource(stack, "of-a-stateful-set", {
    provisioners: [clusterScript("reshape", { host: "https://cluster", caCertificate: "" }, "token")],
  });
  const { resource } = JSON.parse(Testing.synth(stack)) as {
    readonly resource: { readonly terraform_data: Readonly<Record<string, Record<string, unknown>>> };
  };
  const made = Object.entries(resource.terraform_data).map(([name, block]) => ({
    type: "terraform_data",
    name,
    block,
  }));
  expect(made.map(scriptsOf)).toEqual([["FLEET"], ["CLUSTER"]]);

  const before = resources;
  resources = [...before, ...made];
  const granted = NEEDED.permissions.filter((permission) => !/^gkehub\.|persistentVolumeClaims/.test(permission));
  const found = await findings(
    {},
    { [`POST /v3/projects/${PROJECT}:testIamPermissions`]: () => ({ permissions: granted }) },
    ["permissions"],
  ).finally(() => (resources = before));
  expect(found).toMatchObject([
    {
      fact: expect.stringMatching(
        /: container\.persistentVolumeClaims\.\w+, .*persistentVolumeClaims\.update, gkehub\.features\.create, .*, gkehub\.operations\.get\.$/,
      ) as unknown,
    },
  ]);
});

test("requests are counted as Terraform's are, and made as the account that it acts as", async () => {
  const { env } = await answering(WELL);
  expect(quotaProjectOf({ ...base, quota_project: "" })).toBe(PROJECT);
  expect(quotaProjectOf({ ...base, quota_project: "none" })).toBe("none");
  const account = "deploy@demo-project.iam.gserviceaccount.com";
  const acting = await credentials(env, { impersonation_service_account: account });
  expect(acting).toMatchObject({ targetPrincipal: account });
  const file = ['state_bucket = "states"', `impersonation_service_account = "${account}"`];
  const { code, errors, asked } = await look(file);
  expect([code, errors]).toEqual([2, expect.stringContaining("There are no credentials for Google Cloud")]);
  expect(asked).toEqual([`POST /v1/projects/-/serviceAccounts/${account}:generateAccessToken`]);
});

test("where everything is forbidden, each check says so, and none has failed", async () => {
  const denied = Object.fromEntries(
    Object.keys(WELL).map((path) => [path, () => new Refused(403, "Permission denied.")]),
  );
  const all = await findings(
    {},
    {
      ...denied,
      // Who may not see a project is told that, and nothing else.
      [`GET /v3/projects/${PROJECT}`]: () =>
        new Refused(403, "The API has not been used in project 1 before, or is disabled"),
      ...Object.fromEntries(
        ["gcp.resourceLocations", "compute.restrictVpcPeering"].map((name) => [
          `${POLICY}/${name}`,
          () => new Refused(403, "Permission denied."),
        ]),
      ),
    },
  );
  expect(all.filter(({ level }) => level === "unseen").length).toBeGreaterThan(5);
  expect(all.filter(({ level }) => level === "problem")).toEqual([]);
});

test("credentials that are missing end it before anything is asked", async () => {
  writeFileSync(join(directory, "dev.tfvars"), 'project_id = "demo-project"\nrequire_services_gcp_module = false\n');
  let errors = "";
  const code = await run(["dev", "--directory", directory], {
    env: { GOOGLE_CREDENTIALS: JSON.stringify({ type: "authorized_user" }) },
    terminal: {
      write: () => undefined,
      interactive: false,
      color: false,
      columns: 80,
      ask: () => Promise.resolve(undefined),
    },
    complain: (text) => (errors += text),
  });
  expect(code).toBe(2);
  expect(errors).toContain("There are no credentials for Google Cloud");
  expect(errors).toContain("gcloud auth application-default login");
});

test("--strict takes warnings for problems; wrong usage is refused", async () => {
  expect((await look([], ["--strict", "--json"])).code).toBe(1);
  expect((await look([], ["prod"])).code).toBe(2);
  expect((await look([], ["--frobnicate"])).errors).toContain("See --help.");
  expect((await look(["nonsense = 1"])).code).toBe(1);
});

/** Permissions that a role has, by their beginnings: https://cloud.google.com/iam/docs/understanding-roles */
const ROLES: Readonly<Record<string, RegExp>> = {
  "roles/serviceusage.serviceUsageAdmin": /^serviceusage\.services\./,
  "roles/resourcemanager.projectIamAdmin": /^resourcemanager\.projects\.(get|set)IamPolicy$/,
  "roles/iam.serviceAccountAdmin": /^iam\.serviceAccounts\.(?!actAs)/,
  "roles/iam.serviceAccountUser": /^iam\.serviceAccounts\.actAs$/,
  "roles/compute.admin": /^compute\./,
  "roles/servicenetworking.networksAdmin": /^servicenetworking\.services\./,
  "roles/container.admin": /^container\./,
  "roles/cloudsql.admin": /^cloudsql\./,
  "roles/secretmanager.admin": /^secretmanager\./,
  "roles/storage.admin": /^storage\./,
  "roles/artifactregistry.admin": /^artifactregistry\./,
  "roles/pubsub.admin": /^pubsub\./,
  "roles/redis.admin": /^redis\./,
  "roles/file.editor": /^file\./,
  "roles/gkehub.editor": /^gkehub\./,
  "roles/certificatemanager.owner": /^certificatemanager\./,
  "roles/iap.admin": /^iap\./,
  "roles/logging.configWriter": /^logging\.(buckets|exclusions|logMetrics|sinks|views)\.(create|get|update|delete)$/,
  "roles/logging.admin": /^logging\./,
  "roles/monitoring.alertPolicyEditor": /^monitoring\.alertPolicies\./,
  "roles/monitoring.dashboardEditor": /^monitoring\.dashboards\./,
  "roles/monitoring.notificationChannelEditor": /^monitoring\.notificationChannels\./,
  "roles/monitoring.uptimeCheckConfigEditor": /^monitoring\.uptimeCheckConfigs\./,
  "roles/binaryauthorization.attestorsAdmin": /^binaryauthorization\.attestors\./,
  "roles/binaryauthorization.policyEditor": /^binaryauthorization\.policy\./,
  "roles/containeranalysis.admin": /^containeranalysis\./,
  "roles/cloudkms.admin": /^cloudkms\./,
  "roles/cloudbuild.builds.editor": /^cloudbuild\.builds\./,
  "roles/cloudbuild.connectionAdmin": /^cloudbuild\.(connections|repositories)\./,
  "roles/cloudbuild.workerPoolOwner": /^cloudbuild\.workerpools\./,
  "roles/clouddeploy.admin": /^clouddeploy\./,
};
/** For the key that a data source reads. */
const BEYOND = ["roles/cloudkms.publicKeyViewer"];

describe("the roles that docs/security.md asks for", () => {
  const page = readFileSync(join(ROOT, "docs", "security.md"), "utf8");
  const [, section = ""] =
    /needs these roles in the project, unless it has `roles\/owner`:\s([\s\S]*?)\n\n/.exec(page) ?? [];
  const listed = [...new Set([...section.matchAll(/`(roles\/[\w.]+)`/g)].map(([, role = ""]) => role))].filter(
    (role) => role !== "roles/owner",
  );

  test("give every permission that any variant needs", () => {
    expect(NEEDED.unknown).toEqual([]);
    const given = (permission: string): boolean => listed.some((role) => ROLES[role]?.test(permission));
    expect(NEEDED.permissions.filter((permission) => !given(permission))).toEqual([]);
  });

  test("are each needed", () => {
    const useless = listed.filter(
      (role) => !BEYOND.includes(role) && !NEEDED.permissions.some((permission) => ROLES[role]?.test(permission)),
    );
    expect(useless).toEqual([]);
  });
});

test("every check is in the documents", () => {
  const page = readFileSync(join(ROOT, "docs", "doctor.md"), "utf8");
  for (const { id } of CHECKS) expect(page).toContain(`| \`${id}\` `);
});
