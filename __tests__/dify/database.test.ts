import { difyOf } from "../../modules/dify-gke/dify";
import { extensionRules } from "../../modules/dify-gke/rules/extensions";
import { type Given, synth, variablesOf } from "../terraform/synth";
import { testBindings } from "./components";

/** @returns the environment of a job */
function jobEnvironment(name: string, given: Given): Readonly<Record<string, string>> {
  const job = difyOf(variablesOf(given)).jobs.find((candidate) => candidate.name === name);
  if (!job) throw new Error(`There is no job ${name}`);
  return job.environment?.(testBindings) ?? {};
}

describe("extensions", () => {
  test.each<[string, Given, string]>([
    ["only Dify's own", {}, "uuid-ossp vector"],
    ["the user's after them, each once", { postgres_extensions: ["vector", "pg_trgm"] }, "uuid-ossp vector pg_trgm"],
    [
      "none of a list that is off",
      { postgres_extensions: ["pg_trgm"], enable_postgres_extensions: false },
      "uuid-ossp vector",
    ],
  ])("%s are created in the main database", (_, given, expected) => {
    const environment = jobEnvironment("db-init", { enable_postgres_extensions: true, ...given });
    expect(environment.POSTGRES_EXTENSIONS).toBe(expected);
    expect(environment.ADDITIONAL_EXTENSIONS).toBe("uuid-ossp");
  });

  test.each([
    ["pgvector", "vector"],
    ["postgresql_anonymizer", "anon"],
    ["pg_tgrm", "pg_trgm"],
  ])("%s is refused, and %s is meant", (written, meant) => {
    const offered = extensionRules.find(({ id }) => id === "extensions-offered");
    const variables = variablesOf({});
    expect(offered?.brokenBy({ ...variables, postgres_extensions: [written] }, new Set(), "dev")).toEqual([written]);
    expect(offered?.message(variables, written)).toContain(`Did you mean "${meant}"?`);
  });
});

describe("a login that changes", () => {
  const rotating: Given = {
    enable_auto_password_rotation: true,
    db_user_env_var_name: "PGLOGIN",
    enable_custom_sql_scripts: true,
    custom_sql_scripts_bucket: "company-sql",
    enable_backup_import: true,
    backup_uri: "gs://company-backups/dify.sql",
    cron_jobs: [{ name: "nightly", schedule: "0 3 * * *" }],
    initialization_jobs: [{ name: "first", needs_db: true }],
    worker_placement: "deployment",
  };
  const tasksOf = (given: Given) => {
    const { components, jobs } = difyOf(variablesOf(given));
    return [...components, ...jobs].filter(({ secrets = {} }) => Object.values(secrets).includes("db-password"));
  };

  test("comes with its user, wherever the password is read", () => {
    const tasks = tasksOf(rotating);
    expect(tasks.map(({ name }) => name).sort()).toEqual([
      ...[
        "api",
        "api-websocket",
        "beat",
        "custom-sql",
        "db-init",
        "first",
        "import-backup",
        "migration",
        "nightly",
        "plugin-daemon",
        "worker",
      ],
    ]);
    for (const { name, environment, secrets = {} } of tasks) {
      const users = Object.entries(environment?.(testBindings) ?? {}).filter(([, value]) => value === "dify_user");
      expect([name, users.length]).toEqual([name, expect.any(Number)]);
      expect(users.length).toBeGreaterThan(0);
      // A variable from a secret wins over the same one in a ConfigMap.
      expect([name, users.map(([variable]) => secrets[variable])]).toEqual([name, users.map(() => "db-user")]);
    }
  });

  test("is the same for ever without rotation, and nobody looks for its user in a secret", () => {
    const tasks = tasksOf({ ...rotating, enable_auto_password_rotation: false });
    expect(tasks.flatMap(({ secrets = {} }) => Object.values(secrets)).filter((key) => key === "db-user")).toEqual([]);
  });

  test("is changed by roles whose names fit", () => {
    const { database } = difyOf(variablesOf({ ...rotating, db_user: "d".repeat(63) }));
    const names = [database.user, database.rotation?.secondUser, database.rotation?.rotator];
    expect(new Set(names.map((name) => name?.slice(0, 63))).size).toBe(3);
    expect(names.every((name) => name !== undefined && name.length <= 63)).toBe(true);
  });
});

describe("without a password", () => {
  const given: Given = {
    database_authentication: "iam",
    enable_custom_sql_scripts: true,
    custom_sql_scripts_bucket: "company-sql",
    enable_backup_import: true,
    backup_uri: "gs://company-backups/dify.sql",
    enable_portable_backups: true,
    cron_jobs: [{ name: "nightly", schedule: "0 3 * * *", command: ["true"] }],
    db_password_env_var_name: "PGPASS",
  };

  test("nobody is given one, and what asks for one gets a word that is none", () => {
    const { components, jobs, secrets, database } = difyOf(variablesOf(given));
    expect(database).toMatchObject({ passwordSecret: undefined, iam: { used: true } });
    expect(secrets.map(({ name }) => name)).not.toContain("db-password");
    const tasks = [...components, ...jobs];
    expect(tasks.flatMap((task) => Object.values(task.secrets ?? {}))).not.toContain("db-password");
    const asking = tasks.flatMap(({ name, environment, needs }) => {
      const words = Object.entries(environment?.(testBindings) ?? {}).filter(([variable]) =>
        /^(DB_PASSWORD|PGVECTOR_PASSWORD|PGPASSWORD|PGPASS)$/.test(variable),
      );
      expect([name, words.length > 0]).toEqual([name, needs?.database === true]);
      return words;
    });
    expect(new Set(asking.map(([, value]) => value))).toEqual(new Set(["not-used"]));
  });

  test("those who keep one connect to the instance itself: rehearsals alone so, an administrator's job in both ways", () => {
    const own: Given = {
      ...given,
      enable_network_segmentation: true,
      backup_rehearsal_schedule: "0 4 1 * *",
      custom_sql_scripts_use_root: true,
    };
    const resourcesOf = (more: Given) =>
      (synth({ ...own, ...more }).application as { resource: Record<string, Record<string, Record<string, unknown>>> })
        .resource;
    const [iam, password] = [resourcesOf({}), resourcesOf({ database_authentication: "password" })];
    const same = (type: string, name: string, field: string): void => {
      expect([name, iam[type]?.[name]?.[field]]).toEqual([name, password[type]?.[name]?.[field]]);
      expect(iam[type]?.[name]).toBeDefined();
    };
    // Nothing of a rehearsal depends on how Dify logs in.
    same("kubernetes_cron_job_v1", "app_workload_backup_rehearsal_cron_job", "spec");
    same("kubernetes_job_v1", "app_workload_rehearsal_init_job", "spec");
    for (const job of ["backup_rehearsal", "rehearsal_init"]) {
      same("kubernetes_config_map_v1", `app_workload_configuration_${job}_environment`, "data");
      same("kubernetes_network_policy_v1", `app_workload_network_${job}`, "spec");
    }
    const members = Object.keys(iam["google_service_account_iam_member"] ?? {});
    expect(members).toContain("app_database_account_as_own_custom_sql");
    expect(members).not.toContain("app_database_account_as_own_backup_rehearsal");

    const address = "${data.google_sql_database_instance.app_lookup_sql.private_ip_address}";
    const environment = "app_workload_configuration_custom_sql_environment";
    expect(iam["kubernetes_config_map_v1"]?.[environment]?.["data"]).toMatchObject({
      ...{ DB_HOST: "127.0.0.1", DB_ADMINISTRATOR_HOST: address, PGPASSWORD: "not-used", PGSSLMODE: "disable" },
      DB_ADMINISTRATOR_CERTIFICATE: "/etc/cloud-sql/server-ca.pem",
    });
    expect(password["kubernetes_config_map_v1"]?.[environment]?.["data"]).not.toHaveProperty("DB_ADMINISTRATOR_HOST");
    const ports = (of: typeof iam): readonly string[] => {
      const spec = of["kubernetes_network_policy_v1"]?.["app_workload_network_custom_sql"]?.["spec"] as {
        readonly egress: readonly { readonly ports: readonly { readonly port: string }[]; readonly to: object }[];
      };
      return spec.egress
        .filter(({ to }) => JSON.stringify(to).includes(`${address}/32`))
        .flatMap((rule) => rule.ports.map(({ port }) => port));
    };
    expect([ports(iam), ports(password)]).toEqual([
      ["5432", "3306", "3307"],
      ["5432", "3306"],
    ]);
  });

  test("the one from before stays for pods from before, and pods get it back on the way back", () => {
    const before = difyOf(variablesOf({ ...given, database_authentication_from: "password" }));
    expect(before.database).toMatchObject({ passwordSecret: "db-password", iam: { used: true } });
    expect(before.components.flatMap((task) => Object.values(task.secrets ?? {}))).not.toContain("db-password");
    const back = difyOf(
      variablesOf({ ...given, database_authentication: "password", database_authentication_from: "iam" }),
    );
    expect(back.database).toMatchObject({ passwordSecret: "db-password", iam: { used: false } });
    expect(back.components.flatMap((task) => Object.values(task.secrets ?? {}))).toContain("db-password");
  });
});
