import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { addressesIn, plannerRole } from "../../scripts/inventory/planner";
import { example, ROOT } from "./examples";

const INVENTORY = join(ROOT, "__tests__/terraform/inventory");
const { includedPermissions: given } = example<{ readonly includedPermissions: readonly string[] }>("planner.yaml");

// Written by npm run inventory.
test("the planner's role has what every variant reads, and nothing else", () => {
  const addresses = readdirSync(INVENTORY).flatMap((file) => addressesIn(readFileSync(join(INVENTORY, file), "utf8")));
  expect(addresses).toEqual(
    expect.arrayContaining(["google_container_cluster.foundation_cluster", "data.google_project.app_lookup_project"]),
  );
  const { text, unknown } = plannerRole(addresses);
  expect(unknown).toEqual([]);
  expect(readFileSync(join(ROOT, "examples/pipelines/planner.yaml"), "utf8")).toBe(text);
});

test("nothing in it can change anything", () => {
  const reading = /\.(get|list|getIamPolicy|access|use|viewPublicKey)$/;
  expect(given.filter((permission) => !reading.test(permission))).toEqual([]);
  // Its only permission of that name, and it changes nothing: requests count for the project.
  expect(given.filter((permission) => permission.endsWith(".use"))).toEqual(["serviceusage.services.use"]);
});

test("nobody's planner gets more for a chart that few install", () => {
  expect(plannerRole(["helm_release.operators_external_secrets_release"]).text).toBe(plannerRole([]).text);
  expect(given).not.toContain("container.secrets.list");
});

test("the deployer gets the roles that docs/security.md asks for", () => {
  const page = readFileSync(join(ROOT, "docs/security.md"), "utf8");
  const [, always = ""] =
    /needs these roles in the project, unless it has `roles\/owner`:\s([\s\S]*?); with a gateway/.exec(page) ?? [];
  const asked = [...always.matchAll(/`roles\/([\w.]+)`/g)].map(([, role = ""]) => role);
  const commands = readFileSync(join(ROOT, "docs/pipelines.md"), "utf8");
  const [, list = ""] = /^for role in ([\s\S]*?); do$/m.exec(commands) ?? [];
  expect(asked.length).toBeGreaterThan(8);
  expect(list.split(/[\s\\]+/).sort()).toEqual(asked.sort());
});
