import { type Condition, evaluate, hasTerraform, type Question } from "./evaluate";
import { PIPELINE } from "../delivery/stages";
import { type Given, type StackJson, synth } from "./synth";

const NAMED: Given = {
  require_services_gcp_module: true,
  network_name: "vpc",
  gke_cluster_name: "gke",
  sql_instance_name: "sql",
  nfs_instance_name: "files",
};
const GATEWAY: Given = { ...NAMED, enable_custom_domain: true, application_domains: ["dify.example.com"] };

type Block = Readonly<Record<string, unknown>>;

function data(given: Given, type: string, name: string): Block {
  const { application } = synth(given);
  const found = (application as unknown as { data: Record<string, Record<string, Block>> }).data[type]?.[name];
  if (!found) throw new Error(`There is no ${type}.${name}`);
  return found;
}

type When = "precondition" | "postcondition";

function conditions(block: Block, when: When = "postcondition"): readonly Condition[] {
  return (block["lifecycle"] as { readonly [K in When]?: Condition[] } | undefined)?.[when] ?? [];
}

const NETWORK = "projects/demo-project/global/networks/vpc";
/** As the provider reads a cluster that somebody made with care: all of it is there. */
const STANDARD = {
  self_link: "https://container.googleapis.com/v1/projects/demo-project/zones/us-central1-b/clusters/gke",
  endpoint: "203.0.113.7",
  network: NETWORK,
  enable_autopilot: false,
  master_version: "1.33.4-gke.1172000",
  datapath_provider: "ADVANCED_DATAPATH",
  network_policy: [{ enabled: false }],
  workload_identity_config: [{ workload_pool: "demo-project.svc.id.goog" }],
  gateway_api_config: [{ channel: "CHANNEL_STANDARD" }],
  private_cluster_config: [{ enable_private_endpoint: false }],
  control_plane_endpoints_config: [
    {
      dns_endpoint_config: [{ endpoint: "gke-1.gke.goog", allow_external_traffic: false }],
      ip_endpoints_config: [{ enabled: true }],
    },
  ],
};
const SQL = {
  self_link: "https://sqladmin.googleapis.com/sql/v1beta4/projects/demo-project/instances/sql",
  database_version: "POSTGRES_15",
  private_ip_address: "10.9.0.3",
  settings: [{ ip_configuration: [{ private_network: NETWORK }] }],
};
const FILES = { network_interface: [{ network: `https://www.googleapis.com/compute/v1/${NETWORK}` }] };
const PLACES = {
  network: ["google_compute_network", "app_lookup_network"],
  cluster: ["google_container_cluster", "app_lookup_cluster"],
  sql: ["google_sql_database_instance", "app_lookup_sql"],
  files: ["google_compute_instance", "app_lookup_file_server_vm"],
  registry: ["google_artifact_registry_repository", "app_lookup_registry_repository"],
  filestore: ["google_filestore_instance", "app_lookup_filestore_instance"],
} as const;
const only = (dns: boolean, ip: boolean): object => ({
  ...STANDARD,
  control_plane_endpoints_config: [
    {
      dns_endpoint_config: [{ endpoint: "gke-1.gke.goog", allow_external_traffic: dns }],
      ip_endpoints_config: [{ enabled: ip }],
    },
  ],
});

const questions = new Map<string, Question>();
let answers: ReadonlyMap<string, readonly string[]> | undefined;

/** @returns what a plan refuses about a service that is as given, once all cases are known */
function plan(what: keyof typeof PLACES, self: object, given: Given = NAMED): () => readonly string[] {
  const name = `${what} ${questions.size}`;
  const [type, address] = PLACES[what];
  questions.set(name, { conditions: conditions(data(given, type, address)), values: { self } });
  return () => (answers ??= evaluate(questions)).get(name) ?? ["no answer"];
}

/** What a plan lists before it looks for a service by its name, and what finds that. */
const LISTS = {
  network: ["google_compute_networks", "app_lookup_networks", PLACES.network],
  sql: ["google_sql_database_instances", "app_lookup_sql_instances", PLACES.sql],
  registry: ["google_artifact_registry_repositories", "app_lookup_registry_repositories", PLACES.registry],
  fileServer: [
    "google_compute_addresses",
    "app_lookup_file_server_addresses",
    ["google_compute_address", "app_lookup_file_server"],
  ],
  filestore: ["google_secret_manager_secrets", "app_lookup_filestore_made", PLACES.filestore],
  nat: [
    "google_compute_addresses",
    "app_lookup_nat_addresses_2",
    ["google_compute_address", "app_lookup_nat_address_2"],
  ],
} as const;

/** @returns what a plan refuses where the list is as given */
function listed(what: keyof typeof LISTS, list: object, given: Given = NAMED): () => readonly string[] {
  const name = `${what} ${questions.size}`;
  const [type, address, [found, at]] = LISTS[what];
  data(given, type, address);
  const values = { [`data.${type}.${address}`]: list };
  questions.set(name, { conditions: conditions(data(given, found, at), "precondition"), values });
  return () => (answers ??= evaluate(questions)).get(name) ?? ["no answer"];
}

const MIRROR: Given = { ...NAMED, image_mirror_repository: "docker-hub" };
const REMOTE = {
  format: "DOCKER",
  mode: "REMOTE_REPOSITORY",
  remote_repository_config: [{ docker_repository: [{ public_repository: "DOCKER_HUB" }] }],
};
const from = (config: object): object => ({ ...REMOTE, remote_repository_config: [config] });

const FILESTORE: Given = { ...NAMED, filestore_name: "share", filestore_location: "us-central1" };
const SHARE = {
  networks: [{ network: "vpc", ip_addresses: ["10.3.0.2"] }],
  file_shares: [{ name: "vol1", nfs_export_options: [] }],
};

/** @returns what a plan refuses where releases bring the pods, and their volume was of this share before */
function volume(was: string, given: Given): () => readonly string[] {
  const name = `volume ${questions.size}`;
  const { locals, resource } = synth({ ...given, ...PIPELINE }).application as StackJson & {
    readonly locals: Readonly<Record<string, unknown>>;
  };
  const { app_workload_known_names_volume: block = {} } = resource["kubernetes_persistent_volume_v1"] ?? {};
  questions.set(name, {
    conditions: conditions(block, "precondition"),
    locals: { app_workload_known_names_share_now: locals["app_workload_known_names_share_now"] },
    values: {
      "terraform_data.app_workload_known_names_share.output.share": was,
      "data.google_filestore_instance.app_lookup_filestore_instance": SHARE,
      "data.google_compute_address.app_lookup_file_server.address": "10.128.0.5",
    },
  });
  return () => (answers ??= evaluate(questions)).get(name) ?? ["no answer"];
}

const NEW: Given = { require_services_gcp_module: false, nat_address_count: 2 };
const ZONAL: Given = { require_services_gcp_module: false, filestore_tier: "ZONAL" };
const prefix = String(
  synth(ZONAL).foundation?.resource["google_secret_manager_secret"]?.["foundation_filestore_made"]?.["secret_id"],
).replace(/-filestore$/, "");
const FIRST = "The foundation stack creates it: apply that stack first.";

(hasTerraform ? describe : describe.skip)("by name, a plan", () => {
  test.each([
    ["a Standard cluster for a gateway", plan("cluster", STANDARD, GATEWAY)],
    ["a zonal cluster", plan("cluster", STANDARD, { ...NAMED, gke_cluster_location: "us-central1-b" })],
    ["a cluster at its DNS name only", plan("cluster", only(true, false))],
    [
      "a cluster at its DNS name, as asked",
      plan("cluster", only(true, true), { ...NAMED, kubernetes_endpoint: "dns" }),
    ],
    ["an SQL instance", plan("sql", SQL)],
    ["a file server", plan("files", FILES)],
    ["a network that exists", listed("network", { networks: ["default", "vpc"] })],
    [
      "a registry that exists",
      listed("registry", { repositories: [{ repository_id: "docker-hub" }, { repository_id: "x" }] }, MIRROR),
    ],
    ["a mirror of Docker Hub", plan("registry", REMOTE, MIRROR)],
    [
      "a mirror by Docker Hub's address",
      plan("registry", from({ common_repository: [{ uri: "https://registry-1.docker.io" }] }), MIRROR),
    ],
    ["a registry of copies", plan("registry", { format: "DOCKER", mode: "STANDARD_REPOSITORY" }, MIRROR)],
    ["a Filestore", plan("filestore", SHARE, FILESTORE)],
    [
      "a Filestore of the foundation's",
      listed("filestore", { secrets: [{ secret_id: `${prefix}-filestore` }] }, ZONAL),
    ],
    ["the share whose volume releases have", volume("10.3.0.2:/vol1", FILESTORE)],
    ["the file server whose volume releases have", volume("10.128.0.5:/share", NEW)],
    ["an SQL instance that exists", listed("sql", { instances: [{ name: "sql" }, { name: "other" }] })],
  ])("takes %s", (_, refusals) => {
    expect(refusals()).toEqual([]);
  });

  test.each([
    [
      "no network",
      listed("network", { networks: ["other", "default"] }),
      "There is no network vpc in project demo-project: this environment would have no network. Set network_name to an existing one, or leave it empty to have one created. Those that exist: default, other.",
    ],
    ["no network at all", listed("network", { networks: null }), "None exists."],
    ["a network before the foundation", listed("network", { networks: [] }, NEW), FIRST],
    [
      "no registry",
      listed("registry", { repositories: [] }, MIRROR),
      "There is no repository docker-hub in us-central1",
    ],
    [
      "a registry without images",
      plan("registry", { format: "NPM", mode: "STANDARD_REPOSITORY" }, MIRROR),
      "holds NPM and no container images: no pod would start. Set image_mirror_repository to",
    ],
    [
      "a mirror of something else",
      plan("registry", from({ common_repository: [{ uri: "https://ghcr.io" }] }), MIRROR),
      "fetches from https://ghcr.io, and images are those of Docker Hub: it would not",
    ],
    ["no SQL instance", listed("sql", { instances: [{ name: "sql2" }] }), "There is no Cloud SQL instance sql in"],
    ["an SQL instance before the foundation", listed("sql", { instances: [] }, NEW), FIRST],
    ["a file server before the foundation", listed("fileServer", { addresses: [] }, NEW), FIRST],
    [
      "a Filestore before the foundation",
      listed("filestore", { secrets: [{ secret_id: `${prefix}-filestore-key` }] }, ZONAL),
      "no shared files. The foundation stack makes it: apply that stack first.",
    ],
    ["a way out before the foundation", listed("nat", { addresses: null }, NEW), "(nat_address_count) has none yet"],
    [
      "a cluster without policies",
      plan("cluster", { ...STANDARD, datapath_provider: "LEGACY_DATAPATH" }),
      "does not enforce network policies: the sandboxes",
    ],
    [
      "a cluster without the Gateway API",
      plan("cluster", { ...STANDARD, gateway_api_config: [{ channel: "CHANNEL_DISABLED" }] }, GATEWAY),
      "gcloud container clusters update gke --gateway-api=standard --location=us-central1 --project=demo-project",
    ],
    [
      "a cluster whose DNS name is closed",
      plan("cluster", only(false, true), { ...NAMED, kubernetes_endpoint: "dns" }),
      'kubernetes_endpoint is "dns": Terraform would not reach it. Set kubernetes_endpoint = "ip", or open it: gcloud',
    ],
    [
      "MySQL",
      plan("sql", { ...SQL, database_version: "MYSQL_8_4" }),
      "is MYSQL_8_4, and the application needs POSTGRES",
    ],
    [
      "a cluster in a network of that name of another project",
      plan("cluster", { ...STANDARD, network: "projects/host-project/global/networks/vpc" }),
      "GKE cluster gke is in network vpc of project host-project, and network_name is vpc: pods",
    ],
    [
      "a cluster in the project's own network of that name",
      plan("cluster", STANDARD, { ...NAMED, network_project_id: "host-project" }),
      "GKE cluster gke is in network vpc, and network_name is vpc of project host-project: pods",
    ],
    [
      "a Filestore in another network",
      plan("filestore", { ...SHARE, networks: [{ network: "default", ip_addresses: ["10.3.0.2"] }] }, FILESTORE),
      "Filestore share is in network default, and the cluster is in vpc: no node could mount",
    ],
    [
      "a Filestore that is read-only",
      plan(
        "filestore",
        { ...SHARE, file_shares: [{ name: "vol1", nfs_export_options: [{ access_mode: "READ_ONLY" }] }] },
        FILESTORE,
      ),
      "Filestore share lets nobody write to its share",
    ],
    [
      "another share where releases bring the pods",
      volume("10.128.0.5:/share", FILESTORE),
      "The shared files were at 10.128.0.5:/share and would be at 10.3.0.2:/vol1: pods of releases hold",
    ],
    [
      "a file server in another network",
      plan("files", { network_interface: [{ network: "x/networks/default" }] }),
      "is in network default, and the cluster is in vpc",
    ],
  ])("refuses %s", (_, refusals, says) => {
    const found = refusals();
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(says);
  });
});

test("what the foundation makes has all of it, and is not asked", () => {
  const given = { require_services_gcp_module: false };
  expect(conditions(data(given, ...PLACES.sql))).toEqual([]);
  expect(conditions(data(given, ...PLACES.cluster))).toEqual([]);
});

function provider(given: Given): Block | undefined {
  return synth(given).application.provider["kubernetes"]?.[0];
}

test("the control plane is reached at its address, or at its DNS name, whose certificate everybody trusts", () => {
  const cluster = "data.google_container_cluster.app_lookup_cluster";
  expect(provider({ require_services_gcp_module: false })?.["host"]).toBe(`https://\${${cluster}.endpoint}`);
  expect(provider({ ...NAMED, kubernetes_endpoint: "ip" })?.["host"]).toBe(`https://\${${cluster}.endpoint}`);
  const dns = provider({ ...NAMED, kubernetes_endpoint: "dns" });
  expect(dns?.["host"]).toContain("dns_endpoint_config[0].endpoint");
  expect(dns?.["cluster_ca_certificate"]).toBe("${null}");
  const auto = provider(NAMED);
  expect(auto?.["host"]).toContain("enable_private_endpoint");
  expect(auto?.["cluster_ca_certificate"]).toContain("? null : base64decode(");
});

test("in a cluster that is created here, the DNS name is opened where Terraform comes that way", () => {
  const { foundation } = synth({ require_services_gcp_module: false, kubernetes_endpoint: "dns" });
  expect(foundation?.resource["google_container_cluster"]?.["foundation_cluster"]).toMatchObject({
    control_plane_endpoints_config: { dns_endpoint_config: { allow_external_traffic: true } },
  });
});

test("a named file server is found by its reserved address, which stays, or else by its VM's name", () => {
  expect(data(NAMED, "google_compute_addresses", "app_lookup_file_server_address")["filter"]).toBe('name = "files"');
  const vm = data(NAMED, ...PLACES.files);
  expect(vm["count"]).toMatch(/^\$\{length\(\[for a in data\.google_compute_addresses\..*\? 1 : 0\}$/);
});

test("shared files are on the Filestore that is named, and Redis stays on a file server without redis_host", () => {
  const { application, foundation } = synth({ filestore_name: "share", filestore_location: "us-central1-b" });
  const share = "data.google_filestore_instance.app_lookup_filestore_instance";
  const volumes = JSON.stringify(application.resource["kubernetes_deployment_v1"]);
  expect(volumes).toContain(
    `"nfs":{"path":"/\${${share}.file_shares[0].name}","server":"\${${share}.networks[0].ip_addresses[0]}"}`,
  );
  expect(volumes).not.toContain("app_lookup_file_server.address");
  expect(foundation?.resource).toHaveProperty("google_compute_instance_group_manager");
  const alone = synth({ filestore_name: "share", filestore_location: "us-central1", redis_host: "10.0.0.3" });
  expect(alone.foundation?.resource).not.toHaveProperty("google_compute_instance_group_manager");
  expect(JSON.stringify(alone.application)).not.toContain("app_lookup_file_server");
});
