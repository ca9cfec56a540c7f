import { VARIANTS } from "../terraform/variants";
import { type Given, synth } from "../terraform/synth";

interface Removed {
  readonly from: string;
  readonly lifecycle: object;
}

function foundationOf(given: Given) {
  const { foundation } = synth(given);
  const addresses = Object.entries(foundation?.resource ?? {}).flatMap(([type, named]) =>
    Object.keys(named).map((name) => `${type}.${name}`),
  );
  const { removed = [] } = (foundation ?? {}) as { readonly removed?: readonly Removed[] };
  // Of keys that an earlier apply may have made, `encryption.test.ts` says why they are there.
  // And Redis on Memorystore is deleted where there is none, as `memorystore.test.ts` says, and nobody's file server before somebody
  // has looked, as `file-server-guests.test.ts` says.
  const others = /\.foundation_(keys|memorystore|file_server_guests)/;
  return { addresses, removed: removed.filter(({ from }) => !others.test(from)) };
}

/** Without a file server or a mirror, the foundation has nothing else for which it would stay. */
const ALONE: Given = { enable_nfs: false, redis_host: "10.1.2.3", enable_image_mirroring: false };
const EVERYTHING: Given = { handed_over_services: ["network", "cluster", "sql_instance"] };

test("nothing is taken out of the state as long as nothing is handed over", () => {
  expect(foundationOf({}).removed).toEqual([]);
});

test.each<[string, Given]>([
  ["a SQL instance", { handed_over_services: ["sql_instance"] }],
  ["a network", { handed_over_services: ["network"] }],
  ["a cluster", { handed_over_services: ["cluster"] }],
  ["everything", EVERYTHING],
  ["a network, without a file server", { ...ALONE, handed_over_services: ["network"] }],
  ["everything, without a file server", { ...ALONE, ...EVERYTHING }],
])("%s: what the foundation had and no longer has is kept, so its plan destroys nothing", (_, given) => {
  const { handed_over_services: __, ...before } = given;
  const { addresses, removed } = foundationOf(given);
  const gone = foundationOf(before).addresses.filter((address) => !addresses.includes(address));
  expect(gone).not.toEqual([]);
  expect(removed).toEqual(gone.sort().map((from) => ({ from, lifecycle: { destroy: false } })));
});

test("what is handed over is found by the name that it has", () => {
  const [before, after] = [{}, VARIANTS["everything handed over"] ?? {}].map((given) => {
    const { data } = synth(given).application;
    const {
      app_lookup_network: network,
      app_lookup_cluster: cluster,
      app_lookup_sql: sql,
    } = {
      ...data?.google_compute_network,
      ...data?.google_container_cluster,
      ...data?.google_sql_database_instance,
    };
    return [network?.name, cluster?.name, sql?.name];
  });
  expect(before).not.toContain(undefined);
  expect(after).toEqual(before);
});

test("the connection that a handed over instance needs goes with it, unless the file wants to keep it", () => {
  const connection = "google_service_networking_connection.foundation_private_services_connection";
  const sql: Given = { handed_over_services: ["sql_instance"] };
  expect(foundationOf(sql).removed.map(({ from }) => from)).toContain(connection);
  expect(foundationOf({ ...sql, create_private_services_access: true }).addresses).toContain(connection);
});
