import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { importId, WAYS } from "../../scripts/adopt/import-ids";
import { importBlocks } from "../../scripts/adopt/imports";
import { resourcesIn } from "../../scripts/adopt/steps";
import accepted from "./accepted-ids.json";
import { synth } from "../terraform/synth";
import { CACHED, evaluated, everything, resourcesOf, RICH } from "./environment";

const INVENTORY = join(__dirname, "..", "terraform", "inventory");

function typesOfInventory(): Set<string> {
  const files = readdirSync(INVENTORY).map((file) => readFileSync(join(INVENTORY, file), "utf8"));
  return new Set(
    files.flatMap((text) =>
      [...text.matchAll(/^(?:\+ )?((?:google|helm|kubernetes|random|terraform)_\w+)\.\w+$/gm)].map(
        ([, type = ""]) => type,
      ),
    ),
  );
}

/** Hashes and Google's own numbers differ between environments, and what only a cluster knows is as it was in the run. */
function alike(text: string): string {
  const id = text.replace(/\$\{substr\(.*\), 0, 6\)\}/, "badca6").replace("${each.value}", "us-central1-a");
  return id
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<![0-9a-z])[0-9a-f]{8}(?![0-9a-z])/g, "#")
    .replace("dify-one", "dify-dev");
}

test("there is a way for every type that a stack can have, and for no other", () => {
  expect(Object.keys(WAYS).sort()).toEqual([...typesOfInventory()].sort());
});

test("what is not imported has a reason", () => {
  const reasons = Object.values(WAYS).flatMap((way) => ("entry" in way ? way.entry : "again" in way ? way.again : []));
  expect(reasons.length).toBeGreaterThan(4);
  expect(reasons.filter((reason) => !/^[A-Z].{30,}\.$/.test(reason))).toEqual([]);
});

// Google provider 7.45.0, Kubernetes provider 2.38.0: ids that they imported by, of one resource of each type.
describe("ids that the providers took", () => {
  const environments = [RICH, CACHED].map((given) => {
    const resources = everything(given);
    const found = new Map([...resources.keys()].map((address) => [address, { found: "FOUND" }]));
    return importBlocks([...resources.values()], found).map(({ to, id }) => ({ to, id: evaluated(id, resources) }));
  });
  const blocks = environments.flat();

  test.each(Object.entries(accepted))("%s", (type, id) => {
    const own = blocks.filter(({ to }) => to.startsWith(`${type}.`)).map((block) => alike(block.id));
    const wanted = alike(id);
    expect(
      own.map((one) => (one === "FOUND" ? wanted : one.replace("FOUND", wanted.split("/").at(-1) ?? ""))),
    ).toContain(wanted);
  });

  test("every type that is imported is among them", () => {
    const imported = Object.entries(WAYS).flatMap(([type, way]) => ("id" in way ? [type] : []));
    expect(imported.filter((type) => !(type in accepted))).toEqual([]);
  });

  test("no id names what a plan cannot know", () => {
    const unknown = blocks.filter(({ id, to }) => /\$\{[a-z]+_/.test(id) && !to.includes("_iam_member."));
    expect(unknown).toEqual([]);
  });
});

test("what only Google knows is not guessed", () => {
  const resources = [...everything(RICH).values()];
  const types = new Set(importBlocks(resources, new Map()).map(({ to }) => to.split(".")[0]));
  expect(types.has("random_id")).toBe(false);
  expect(types.has("google_cloudbuild_trigger")).toBe(false);
});

test("a resource for each of several things has a block for each", () => {
  const resources = everything(CACHED);
  const [group] = importBlocks([...resources.values()], new Map()).filter(({ to }) =>
    to.startsWith("google_compute_network_endpoint_group."),
  );
  expect(group?.to).toMatch(/\[each\.key\]$/);
  expect(group?.for_each).toBe(resources.get(group?.to.replace("[each.key]", "") ?? "")?.block.for_each);
});

test("a resource of which a network of others may have one is that one", () => {
  const { foundation } = synth({ network_name: "vpc" });
  const blocks = importBlocks(resourcesOf(foundation), new Map());
  expect(blocks.map(({ to }) => to)).toEqual(
    expect.arrayContaining([
      "google_compute_router.foundation_nat_router[0]",
      "google_compute_router_nat.foundation_nat_gateway[0]",
    ]),
  );
});

test("an id that lacks an argument is a fault", () => {
  expect(() => importId("projects/{project}/topics/{name}", { project: "p" })).toThrow("without name");
});

test("what a stack takes over itself has no second block, and neither have rights of accounts that an apply asks for", () => {
  const { foundation } = synth({ customer_managed_keys: ["all"] });
  const blocks = importBlocks(resourcesIn({ ...foundation }), new Map());
  const to = blocks.map((one) => one.to);
  expect(to).toContain("google_sql_database_instance.foundation_sql_instance");
  expect(to.filter((address) => address.startsWith("google_kms_"))).toEqual([]);
});
