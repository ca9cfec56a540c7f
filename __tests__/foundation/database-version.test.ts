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

test("a pooler keeps sessions and takes as many connections as the server, and off is said where it could be on", () => {
  const plus = (more: object) =>
    synthesize({
      ...SERVICES,
      sql: { ...SERVICES.sql, edition: "ENTERPRISE_PLUS", tier: "db-perf-optimized-N-4", ...more },
    });
  const pool = (more: object) =>
    (block(plus(more), INSTANCE)["settings"] as { connection_pool_config: object[] }).connection_pool_config;
  expect(pool({ connectionPool: true, databaseFlags: { max_connections: "300" } })).toEqual([
    {
      connection_pooling_enabled: true,
      flags: [
        { name: "pool_mode", value: "session" },
        { name: "max_pool_size", value: "300" },
      ],
    },
  ]);
  expect(pool({})).toEqual([{ connection_pooling_enabled: false }]);
  expect(block(withVersion("POSTGRES_15"), INSTANCE)["settings"]).not.toHaveProperty("connection_pool_config");
});

test("a read pool copies the instance: its edition, machine, flags and network", () => {
  const flags = { max_connections: "300" };
  const sql = { ...SERVICES.sql, edition: "ENTERPRISE_PLUS", databaseFlags: flags } as const;
  const POOL = "google_sql_database_instance.foundation_sql_read_pool";
  const pool = block(synthesize({ ...SERVICES, sql: { ...sql, readPoolNodes: 2 } }), POOL);
  expect(pool).toMatchObject({
    name: `${SERVICES.sql.name}-read`,
    instance_type: "READ_POOL_INSTANCE",
    node_count: 2,
    master_instance_name: `\${${INSTANCE}.name}`,
    settings: {
      edition: "ENTERPRISE_PLUS",
      tier: SERVICES.sql.tier,
      database_flags: [{ name: "max_connections", value: "300" }],
      ip_configuration: { ipv4_enabled: false, ssl_mode: "ENCRYPTED_ONLY" },
    },
  });
  expect(synthesize({ ...SERVICES, sql }).resource["google_sql_database_instance"]).not.toHaveProperty(
    "foundation_sql_read_pool",
  );
});
