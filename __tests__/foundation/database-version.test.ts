import { App, Testing } from "cdktf";
import { InstallationStack } from "../../modules/app-gke/terraform/stack";
import { Guard } from "../../modules/app-gke/terraform/guard";
import { block, SERVICES, synthesize } from "./stack";

const INSTANCE = "google_sql_database_instance.foundation_sql_instance";
const withVersion = (databaseVersion: string) => synthesize({ ...SERVICES, sql: { ...SERVICES.sql, databaseVersion } });
const lifecycle = (of: ReturnType<typeof synthesize>) => JSON.stringify(block(of, INSTANCE)["lifecycle"]);

test("a version below the instance's is refused by the plan, and nothing is asked where none was chosen", () => {
  const chosen = withVersion("POSTGRES_17");
  expect(lifecycle(chosen)).toContain("Google upgrades in place and never goes back");
  expect(lifecycle(chosen)).toContain("0) > 17]");
  expect(chosen.data?.["google_sql_database_instances"]).toBeDefined();
  expect(withVersion("POSTGRES_15").data?.["google_sql_database_instances"]).toBeUndefined();
});

test("a setting that cannot be changed may follow the values that it is an upgrade of", () => {
  const stack = new InstallationStack(new App(), "guarded");
  new Guard(stack, "guard", {
    immutable: { database_type: "POSTGRES_17", region: "us-central1" },
    follows: { database_type: ["POSTGRES", "POSTGRES_16"] },
  });
  const { resource } = JSON.parse(Testing.synth(stack)) as { resource: { terraform_data: Record<string, object> } };
  const [type, region] = (
    resource.terraform_data["guard_check"] as { lifecycle: { precondition: { condition: string }[] } }
  ).lifecycle.precondition.map(({ condition }) => condition);
  expect(type).toMatch(/contains\(\["POSTGRES_17","POSTGRES","POSTGRES_16"\], try\(/);
  expect(region).toMatch(/ == "us-central1"\}$/);
});

test("Enterprise Plus has its cache, and flags are in an order of their own", () => {
  const plus = synthesize({
    ...SERVICES,
    sql: { ...SERVICES.sql, edition: "ENTERPRISE_PLUS", databaseFlags: { work_mem: "8192", max_connections: "300" } },
  });
  expect(block(plus, INSTANCE)["settings"]).toMatchObject({
    edition: "ENTERPRISE_PLUS",
    data_cache_config: { data_cache_enabled: true },
    database_flags: [
      { name: "max_connections", value: "300" },
      { name: "work_mem", value: "8192" },
    ],
  });
  expect(block(withVersion("POSTGRES_15"), INSTANCE)["settings"]).not.toHaveProperty("database_flags");
});
