import { synth } from "./synth";

const NAMED = {
  require_services_gcp_module: true,
  network_name: "vpc",
  gke_cluster_name: "gke",
  sql_instance_name: "sql",
  nfs_instance_name: "files",
};

type Block = Readonly<Record<string, unknown>>;

function data(given: Readonly<Record<string, unknown>>, type: string, name: string): Block {
  const { application } = synth(given);
  const found = (application as unknown as { data: Record<string, Record<string, Block>> }).data[type]?.[name];
  if (!found) throw new Error(`There is no ${type}.${name}`);
  return found;
}

function conditions(block: Block): readonly { readonly condition: string; readonly error_message: string }[] {
  return (block["lifecycle"] as { postcondition?: [] } | undefined)?.postcondition ?? [];
}

const cluster = ["google_container_cluster", "app_lookup_cluster"] as const;
const sql = ["google_sql_database_instance", "app_lookup_sql"] as const;

test.each([
  ["a cluster that enforces network policies", cluster, "datapath_provider", "does not enforce network policies"],
  ["a cluster with Workload Identity", cluster, "workload_identity_config", "has no Workload Identity"],
  ["a cluster in the network", cluster, "self.network", "network_name is vpc"],
  ["an instance of the engine", sql, "POSTGRES_", "needs POSTGRES"],
  ["an instance of a version that works", sql, ">= 13", "older than POSTGRES_13"],
  ["an instance with a private address", sql, "private_ip_address", "has no private address"],
  ["an instance in the network", sql, "private_network", "is in vpc"],
])("by name, a plan expects %s", (_, [type, name], looksAt, says) => {
  const found = conditions(data(NAMED, type, name)).filter(({ condition }) => condition.includes(looksAt));
  expect(found.map(({ error_message }) => error_message).join("\n")).toContain(says);
});

test("what the foundation makes has all of it, and is not asked", () => {
  const given = { require_services_gcp_module: false };
  expect(conditions(data(given, ...sql))).toEqual([]);
  expect(conditions(data(given, ...cluster))).toHaveLength(1);
});

test("a named file server is found by its reserved address, which stays, or else by its VM's name", () => {
  expect(data(NAMED, "google_compute_addresses", "app_lookup_file_server_address")["filter"]).toBe('name = "files"');
  const vm = data(NAMED, "google_compute_instance", "app_lookup_file_server_vm");
  expect(vm["count"]).toMatch(/^\$\{length\(\[for a in data\.google_compute_addresses\..*\? 1 : 0\}$/);
});
