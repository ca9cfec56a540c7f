import { type Condition, evaluate, hasTerraform, type Question } from "../terraform/evaluate";
import { type Blocks, type Given, synth } from "../terraform/synth";

const SHARED: Given = {
  network_project_id: "host-project",
  network_name: "vpc",
  subnetwork_name: "nodes",
  pod_range_name: "gke-pods",
  service_range_name: "gke-services",
  create_file_server_firewall: false,
};

function foundation(given: Given) {
  const { foundation: stack } = synth(given);
  if (!stack) throw new Error("Nothing is created");
  return stack;
}

/** Blocks of the stack that are in the host project, by address. */
function inHost(blocks: Blocks): readonly string[] {
  return Object.entries(blocks).flatMap(([type, all]) =>
    Object.entries(all).flatMap(([name, block]) => (block["project"] === "host-project" ? [`${type}.${name}`] : [])),
  );
}

test("in a host project nothing is created that is not asked for", () => {
  expect(inHost(foundation(SHARED).resource)).toEqual([]);
  expect(inHost(synth(SHARED).application.resource)).toEqual([]);
});

test("and there, what is asked for", () => {
  const given = { create_file_server_firewall: true, create_nat: true, create_private_services_access: true };
  const made = inHost(foundation({ ...SHARED, ...given }).resource);
  expect(new Set(made.map((address) => address.split(".")[0]))).toEqual(
    new Set([
      "google_compute_firewall",
      "google_compute_global_address",
      "google_compute_router",
      "google_compute_router_nat",
    ]),
  );
});

test("cluster, database and file server are in the project, and name the host's network and subnetwork by path", () => {
  const { resource } = foundation(SHARED);
  const subnetwork =
    "projects/host-project/regions/us-central1/subnetworks/${data.google_compute_subnetwork.foundation_existing_subnetwork_subnetwork.name}";
  expect(resource["google_container_cluster"]?.["foundation_cluster"]).toMatchObject({
    project: "demo-project",
    network: "${data.google_compute_network.foundation_network.id}",
    subnetwork,
    ip_allocation_policy: { cluster_secondary_range_name: "gke-pods", services_secondary_range_name: "gke-services" },
  });
  expect(resource["google_compute_address"]?.["foundation_file_server_address"]).toMatchObject({
    project: "demo-project",
    subnetwork,
  });
  expect(resource["google_compute_instance_template"]?.["foundation_file_server_instance_template"]).toMatchObject({
    network_interface: [{ subnetwork }],
  });
  expect(synth(SHARED).application.data?.["google_compute_network"]?.["app_lookup_network"]).toMatchObject({
    project: "host-project",
  });
});

const SUBNETWORK = {
  self_link: "https://www.googleapis.com/compute/v1/projects/host-project/regions/us-central1/subnetworks/nodes",
  network: "https://www.googleapis.com/compute/v1/projects/host-project/global/networks/vpc",
  private_ip_google_access: true,
  secondary_ip_range: [{ range_name: "gke-pods" }, { range_name: "gke-services" }, { range_name: "others" }],
};
const RANGES = "data.google_compute_addresses.foundation_existing_private_services.addresses";
const RANGE = {
  name: "google-services",
  address_type: "INTERNAL",
  prefix_length: 16,
  self_link: "https://www.googleapis.com/compute/v1/projects/host-project/global/addresses/google-services",
};

const questions = new Map<string, Question>();
let answers: ReadonlyMap<string, readonly string[]> | undefined;

function ask(conditions: readonly Condition[], values: Question["values"]): () => readonly string[] {
  const name = String(questions.size);
  questions.set(name, { conditions, values });
  return () => (answers ??= evaluate(questions)).get(name) ?? ["no answer"];
}

function lifecycle(given: Given): { readonly precondition: Condition[]; readonly postcondition: Condition[] } {
  const found = foundation(given).data?.["google_compute_subnetwork"]?.["foundation_existing_subnetwork_subnetwork"];
  return found?.["lifecycle"] as ReturnType<typeof lifecycle>;
}

function subnetwork(self: object, given: Given = SHARED): () => readonly string[] {
  return ask(lifecycle(given).postcondition, { self });
}

function subnetworks(...names: readonly string[]): () => readonly string[] {
  return ask(lifecycle(SHARED).precondition, {
    "data.google_compute_subnetworks.foundation_existing_subnetwork_subnetworks": {
      subnetworks: names.map((name) => ({ name })),
    },
  });
}

function database(addresses: readonly object[]): () => readonly string[] {
  const instance = foundation(SHARED).resource["google_sql_database_instance"]?.["foundation_sql_instance"];
  const { precondition } = instance?.["lifecycle"] as { readonly precondition: Condition[] };
  return ask(precondition, { [RANGES]: addresses });
}

(hasTerraform ? describe : describe.skip)("a plan", () => {
  test.each([
    ["a subnetwork that exists", subnetworks("gke", "nodes")],
    ["a subnetwork with two ranges", subnetwork(SUBNETWORK)],
    [
      "one without ranges for a file server alone",
      subnetwork({ ...SUBNETWORK, secondary_ip_range: [] }, { ...SHARED, gke_cluster_name: "gke" }),
    ],
    ["a network with private services access", database([RANGE])],
  ])("takes %s", (_, refusals) => {
    expect(refusals()).toEqual([]);
  });

  test.each([
    ["no subnetwork", subnetworks("gke"), "There is no subnetwork nodes in us-central1 of project host-project"],
    [
      "one in another network",
      subnetwork({ ...SUBNETWORK, network: "x/networks/default" }),
      "Subnetwork nodes is in network default, and network_name is vpc",
    ],
    [
      "one without Private Google Access",
      subnetwork({ ...SUBNETWORK, private_ip_google_access: false }),
      "--enable-private-ip-google-access",
    ],
    [
      "one without a range for Services",
      subnetwork({ ...SUBNETWORK, secondary_ip_range: [{ range_name: "gke-pods" }] }),
      "Subnetwork nodes has no secondary range gke-services",
    ],
    [
      "a network without private services access",
      database([]),
      "Network vpc of project host-project has no private services",
    ],
  ])("refuses %s", (_, refusals, says) => {
    expect(refusals()).toEqual([expect.stringContaining(says)]);
  });
});
