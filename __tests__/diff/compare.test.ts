import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Change } from "../../scripts/diff/change";
import { compareStacks } from "../../scripts/diff/compare";
import { immutableArguments } from "../../scripts/diff/immutable";
import { isManaged, parseStack, typeOf } from "../../scripts/stacks/blocks";
import { differences } from "../../scripts/stacks/differences";

type Resources = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** One line an address: kind, address, what is said about it. */
function compare(before: Resources, after: Resources, more: object = {}): string[] {
  const stacks = (resource: Resources, rest: object) =>
    new Map([["app", parseStack(JSON.stringify({ resource, ...rest }))]]);
  return compareStacks(stacks(before, {}), stacks(after, more)).map(line);
}

function line({ kind, address, from, attributes, remarks }: Change): string {
  const details = [...attributes.map(({ path, effect }) => (effect ? `${path} ${effect}` : path)), ...remarks];
  return [`${kind} ${address}`, from && `before ${from}`, ...details].filter(Boolean).join("; ");
}

const BUCKET = { name: "files", location: "EU", labels: { team: "ai" }, versioning: { enabled: true } };

describe("one address", () => {
  test("comes and goes", () => {
    const one = { google_storage_bucket: { app_files: BUCKET } };
    expect(compare({}, one)).toEqual(["added google_storage_bucket.app_files"]);
    expect(compare(one, {})).toEqual(["removed google_storage_bucket.app_files"]);
    expect(compare(one, one)).toEqual([]);
  });

  test("changes in place where the provider can, attribute by attribute", () => {
    const after = { ...BUCKET, labels: { team: "data" }, versioning: { enabled: false } };
    expect(
      compare({ google_storage_bucket: { app_files: BUCKET } }, { google_storage_bucket: { app_files: after } }),
    ).toEqual(["changed google_storage_bucket.app_files; labels.team; versioning.enabled"]);
  });

  test.each([
    ["google_storage_bucket", { location: "EU" }, { location: "US" }, "location"],
    ["google_secret_manager_secret", { secret_id: "a" }, { secret_id: "b" }, "secret_id"],
    ["google_sql_database", { name: "a" }, { name: "b" }, "name"],
    ["google_project_iam_member", { role: "roles/a" }, { role: "roles/b" }, "role"],
    ["google_secret_manager_secret", { replication: { auto: {} } }, { replication: {} }, "replication.auto"],
    ["kubernetes_namespace_v1", { metadata: { name: "a" } }, { metadata: { name: "b" } }, "metadata.name"],
    ["kubernetes_service_v1", { spec: {} }, { spec: { cluster_ip: "None" } }, "spec.cluster_ip"],
    ["terraform_data", { triggers_replace: ["a"] }, { triggers_replace: ["b"] }, "triggers_replace[]"],
  ])("%s is replaced for %j to become %j", (type, before, after, path) => {
    const [first = ""] = compare({ [type]: { app_one: before } }, { [type]: { app_one: after } });
    expect(first).toMatch(`replaced ${type}.app_one; ${path} replaces`);
  });

  test("a block that comes is looked into: what cannot be set later is in it", () => {
    const after = { ...BUCKET, custom_placement_config: { data_locations: ["EUROPE-WEST1"] } };
    expect(
      compare({ google_storage_bucket: { app_files: BUCKET } }, { google_storage_bucket: { app_files: after } }),
    ).toEqual(["replaced google_storage_bucket.app_files; custom_placement_config replaces"]);
  });

  test("what the lifecycle ignores changes nothing, and prevent_destroy is named", () => {
    const lifecycle = { ignore_changes: ["location"], prevent_destroy: true };
    const bucket = (more: object): Resources => ({
      google_storage_bucket: { app_files: { ...BUCKET, lifecycle, ...more } },
    });
    expect(compare(bucket({}), bucket({ location: "US" }))).toEqual([
      "changed google_storage_bucket.app_files; location ignored",
    ]);
    expect(compare(bucket({}), bucket({ name: "others" }))).toEqual([
      "replaced google_storage_bucket.app_files; name replaces; prevent_destroy refuses the plan",
    ]);
  });

  test("the same value in other words replaces nothing", () => {
    const member = (bucket: string): Resources => ({
      google_storage_bucket: { app_files: BUCKET },
      google_storage_bucket_iam_member: { app_reader: { bucket, role: "roles/storage.objectViewer" } },
    });
    expect(compare(member("${google_storage_bucket.app_files.name}"), member("files"))).toEqual([
      "changed google_storage_bucket_iam_member.app_reader; bucket same",
    ]);
    expect(compare(member("${google_storage_bucket.app_files.name}"), member("other"))).toEqual([
      "replaced google_storage_bucket_iam_member.app_reader; bucket replaces",
    ]);
  });

  test("a type that the table lacks is said to be unknown", () => {
    expect(compare({ acme_thing: { app_one: { a: 1 } } }, { acme_thing: { app_one: { a: 2 } } })).toEqual([
      "changed acme_thing.app_one; a; it is not known here which arguments of this type can be changed in place",
    ]);
  });
});

describe("another address", () => {
  const before = {
    google_storage_bucket: { app_files: BUCKET },
    google_storage_bucket_iam_member: { app_reader: { bucket: "${google_storage_bucket.app_files.name}", role: "a" } },
  };
  const after = {
    google_storage_bucket: { app_data: { ...BUCKET, labels: { team: "data" } } },
    google_storage_bucket_iam_member: { app_reader: { bucket: "${google_storage_bucket.app_data.name}", role: "a" } },
  };

  test("is a replacement, and what refers to it is not mentioned", () => {
    expect(compare(before, after)).toEqual([
      "replaced google_storage_bucket.app_data; before google_storage_bucket.app_files; labels.team; " +
        "the address has changed without a moved block",
    ]);
  });

  test("with a moved block is none", () => {
    const moved = [{ from: "google_storage_bucket.app_files", to: "google_storage_bucket.app_data" }];
    expect(compare(before, after, { moved })).toEqual([
      "moved google_storage_bucket.app_data; before google_storage_bucket.app_files; labels.team",
    ]);
  });

  test("with other content is another thing", () => {
    const other = { name: "others", location: "US", storage_class: "NEARLINE" };
    expect(compare({ google_storage_bucket: { app_a: BUCKET } }, { google_storage_bucket: { app_b: other } })).toEqual([
      "removed google_storage_bucket.app_a",
      "added google_storage_bucket.app_b",
    ]);
  });

  test("of several that are alike, the one with the likest name", () => {
    const alike = (prefix: string): Resources => ({
      google_project_service: {
        [`${prefix}_services_run`]: { project: "demo" },
        [`${prefix}_services_sql`]: { project: "demo" },
      },
    });
    expect(compare(alike("app"), alike("own"))).toEqual(
      ["run", "sql"].map(
        (name) =>
          `replaced google_project_service.own_services_${name}; before google_project_service.app_services_${name}; ` +
          "the address has changed without a moved block",
      ),
    );
  });

  test("in another stack is said so", () => {
    const stack = (resource: object) => parseStack(JSON.stringify({ resource }));
    const [own, none] = [stack({ google_storage_bucket: { files: BUCKET } }), stack({})];
    const stacks = (foundation: typeof own, app: typeof own) =>
      new Map([
        ["app", app],
        ["app-foundation", foundation],
      ]);
    expect(compareStacks(stacks(own, none), stacks(none, own)).map(line)).toEqual([
      "added google_storage_bucket.files",
      "removed google_storage_bucket.files; app creates one with this address",
    ]);
  });

  test("of a data source costs nothing", () => {
    const named = (name: string) =>
      new Map([["app", parseStack(JSON.stringify({ data: { google_project: { [name]: { project_id: "demo" } } } }))]]);
    expect(compareStacks(named("one"), named("two")).map(line)).toEqual([
      "renamed data.google_project.two; before data.google_project.one",
    ]);
  });
});

describe("what follows from a replacement", () => {
  const stack = (name: string, key: string): Resources => ({
    google_secret_manager_secret: { app_key: { secret_id: name, project: "demo" } },
    google_secret_manager_secret_version: { app_version: { secret: key, secret_data_wo_version: 1 } },
    terraform_data: {
      app_run: { lifecycle: { replace_triggered_by: ["google_secret_manager_secret_version.app_version"] } },
    },
  });

  test("is replaced as well where it refers to what only the apply knows, and so on", () => {
    const id = "${google_secret_manager_secret.app_key.id}";
    expect(compare(stack("a", id), stack("b", id))).toEqual([
      "replaced google_secret_manager_secret.app_key; secret_id replaces",
      "replaced google_secret_manager_secret_version.app_version; " +
        "secret refers to google_secret_manager_secret.app_key, which is replaced",
      "replaced terraform_data.app_run; replace_triggered_by names google_secret_manager_secret_version.app_version",
    ]);
  });

  test("stays where the value is known", () => {
    const project = "${google_secret_manager_secret.app_key.project}";
    expect(compare(stack("a", project), stack("b", project))).toEqual([
      "replaced google_secret_manager_secret.app_key; secret_id replaces",
    ]);
  });
});

describe("lists", () => {
  const paths = (before: unknown, after: unknown): string[] => differences(before, after).map(({ path }) => path);

  test("elements are found by their name, wherever they stand", () => {
    const [a, b, c] = ["a", "b", "c"].map((name) => ({ name, value: "1" }));
    expect(paths({ env: [a, b] }, { env: [c, { ...b, value: "2" }, a] })).toEqual(["env[b].value", "env[c]"]);
    expect(paths({ env: [a, b] }, { env: [b, a] })).toEqual(["env"]);
  });

  test("of plain values, those that come and go", () => {
    expect(differences(["a", "b"], ["b", "c"])).toEqual([
      { path: "[]", before: "a", after: undefined },
      { path: "[]", before: undefined, after: "c" },
    ]);
  });

  test("without names: one more in front changes none of the others", () => {
    const [a, b] = [{ condition: "a" }, { condition: "b" }];
    expect(paths([a, b], [{ condition: "new" }, a, b])).toEqual(["[0]"]);
    expect(paths([a, b], [{ condition: "other" }, b])).toEqual(["[0].condition"]);
  });

  test("of one block is that block", () => {
    expect(paths({ settings: [{ tier: "a" }] }, { settings: { tier: "b" } })).toEqual(["settings.tier"]);
    expect(paths({ settings: [{ tier: "a" }] }, { settings: { tier: "a" } })).toEqual([]);
  });
});

test("the table knows every type of resource that a variant has", () => {
  const directory = join(__dirname, "../terraform/inventory");
  const addresses = readdirSync(directory)
    .flatMap((file) => readFileSync(join(directory, file), "utf8").split("\n"))
    .map((text) => text.replace(/^[+-] /, ""))
    .filter((text) => /^[a-z0-9_]+\.\w+$/.test(text) && isManaged(text));
  const types = [...new Set(addresses.map(typeOf))];
  expect(types.length).toBeGreaterThan(40);
  // Missing: add its line to scripts/diff/immutable-arguments.txt as immutable-arguments.go says.
  expect(types.filter((type) => !immutableArguments(type))).toEqual([]);
});
