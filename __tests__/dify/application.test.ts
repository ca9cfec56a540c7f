import { releases } from "../../modules/dify-common/releases";
import reference from "../fixtures/outputs.json";
import { difyOf } from "../../modules/dify-gke/dify";
import { definitions } from "../../modules/dify-gke/variables";
import { variablesOf } from "../terraform/synth";
import { componentsOf, variablesIn } from "./components";
import { containerOf, environmentOf, get, strings, synthesize } from "./synthesize";

const { application } = synthesize();
const jobDefaults = {
  args: [],
  script_path: "",
  env_vars: {},
  secret_env_vars: {},
  mount_nfs: false,
  mount_gcs_volumes: [],
  description: "",
  cpu_limit: "250m",
  memory_limit: "256Mi",
  timeout_seconds: 60,
  max_retries: 1,
  task_count: 1,
  execution_mode: "TASK" as const,
  execute_on_apply: true,
  needs_db: false,
  needs_secrets: false,
};
const { resource } = application;

describe("environment", () => {
  const api = environmentOf(application, "api");

  test("is the documented one", () => {
    expect(api).toMatchObject({
      MODE: "api",
      MIGRATION_ENABLED: "false",
      VECTOR_STORE: "pgvector",
      STORAGE_TYPE: "google-storage",
      DB_TYPE: "postgresql",
      DB_HOST: "127.0.0.1",
      DB_PORT: "5432",
      DIFY_PORT: "5001",
    });
    expect(api).not.toHaveProperty("GOOGLE_STORAGE_SERVICE_ACCOUNT_JSON_BASE64");
  });

  test("has one public URL everywhere that a browser looks", () => {
    const web = environmentOf(application, "web");
    const url = api.CONSOLE_API_URL ?? "";
    expect(url).toMatch(/^http:\/\/\$\{google_compute_address\.app_address_reserved\.address\}$/);
    for (const name of ["CONSOLE_WEB_URL", "SERVICE_API_URL", "APP_WEB_URL", "FILES_URL", "TRIGGER_URL"]) {
      expect(api[name]).toBe(url);
    }
    expect(api.ENDPOINT_URL_TEMPLATE).toBe(`${url}/e/{hook_id}`);
    expect([web.CONSOLE_API_URL, web.APP_API_URL]).toEqual([url, url]);
    expect([api.WEB_API_CORS_ALLOW_ORIGINS, api.CONSOLE_CORS_ALLOW_ORIGINS]).toEqual([url, url]);
  });

  test("has the database's address and login under second names as well, in jobs too", () => {
    const given = {
      db_host_env_var_name: "PGHOST",
      db_port_env_var_name: "PGPORT",
      db_name_env_var_name: "PGDATABASE",
      db_user_env_var_name: "PGUSER",
      db_password_env_var_name: "APP_PASSWORD",
      cron_jobs: [
        { name: "own", schedule: "0 3 * * *", command: ["true"] },
        { name: "other", schedule: "0 3 * * *", command: ["true"], image: "busybox:1.36" },
      ],
    };
    const components = componentsOf(given);
    const jobs = difyOf(variablesOf(given)).jobs.filter(({ schedule }) => schedule !== undefined);
    expect(jobs).toHaveLength(2);
    for (const one of [...components.filter(({ name }) => /^(api.*|worker|beat)$/.test(name)), ...jobs]) {
      expect(variablesIn(one)).toMatchObject({
        ...{ PGHOST: "127.0.0.1", PGPORT: "5432", PGDATABASE: "dify_db", PGUSER: "dify_user" },
        APP_PASSWORD: "db-password",
      });
    }
    for (const one of components.filter(({ name }) => /^(web|sandbox|proxy|plugin-daemon)$/.test(name)))
      expect(variablesIn(one)).not.toHaveProperty("PGHOST");
  });

  test("without a reserved address the URL is the load balancer's own", () => {
    const { application: floating } = synthesize({ reserve_static_ip: false });
    expect(floating.resource).not.toHaveProperty("google_compute_address");
    expect(environmentOf(floating, "api").CONSOLE_API_URL).toMatch(
      /^http:\/\/\$\{kubernetes_service_v1\.app_workload_proxy_service_service\.status\[0\]\.load_balancer\[0\]\.ingress\[0\]\.ip\}$/,
    );
  });

  test("no pod migrates the database", () => {
    for (const component of ["api", "worker", "api-websocket"]) {
      expect(environmentOf(application, component).MIGRATION_ENABLED).toBe("false");
    }
    // Beat does not come by the entry point that does it.
    expect(get<readonly string[]>(containerOf(application, "beat"), "command")[0]).toBe("celery");
  });

  test("the user's own variables win, and text that looks like Terraform stays text", () => {
    const { application: own } = synthesize({ environment_variables: { LOG_LEVEL: "DEBUG", GREETING: "${name}" } });
    expect(environmentOf(own, "worker")).toMatchObject({ LOG_LEVEL: "DEBUG", GREETING: "$${name}" });
  });

  test("plugins stay on the share where there is one, also after an upgrade", () => {
    for (const { version } of releases) {
      const daemon = componentsOf({ application_version: version }).find(({ name }) => name === "plugin-daemon");
      expect([version, daemon && variablesIn(daemon)]).toEqual([
        version,
        expect.objectContaining({
          PLUGIN_STORAGE_TYPE: "local",
          PLUGIN_STORAGE_LOCAL_ROOT: "/mnt/share/plugins",
          DB_DATABASE: "dify_plugin",
        }),
      ]);
    }
    const { application: noShare } = synthesize({ enable_nfs: false, redis_host: "10.0.0.9" });
    expect(environmentOf(noShare, "plugin-daemon")).toMatchObject({ PLUGIN_STORAGE_TYPE: "gcs" });
  });

  test("the sandboxes get the way out by address, since they have no name service", () => {
    expect(environmentOf(application, "sandbox").HTTP_PROXY).toMatch(
      /^http:\/\/\$\{kubernetes_service_v1\..*\.cluster_ip\}:3128$/,
    );
  });
});

describe("Google Cloud side", () => {
  test("one identity, bound by Workload Identity, with roles on single resources", () => {
    expect(Object.keys(resource.google_service_account ?? {})).toHaveLength(1);
    expect(resource).not.toHaveProperty("google_service_account_key");
    const project = Object.values(resource.google_project_iam_member ?? {});
    expect(project.map(({ role }) => role)).toEqual(["roles/cloudsql.client"]);
    expect(get<string>(project[0], "condition.expression")).toMatch(
      /resource\.name == "projects\/demo-project\/instances\//,
    );
    for (const member of Object.values(resource.google_storage_bucket_iam_member ?? {})) {
      expect(["roles/storage.objectUser", "roles/storage.legacyBucketReader"]).toContain(member.role);
    }
  });

  test("buckets are private, versioned, and emptied only where nothing is protected", () => {
    for (const [name, bucket] of Object.entries(resource.google_storage_bucket ?? {})) {
      expect(bucket).toMatchObject({
        uniform_bucket_level_access: true,
        public_access_prevention: "enforced",
        versioning: { enabled: true },
        // "data" is the user's own, whose force_destroy is false without a word.
        force_destroy: !name.endsWith("_data"),
      });
    }
    const kept = synthesize({ deletion_protection: true }).application.resource;
    for (const type of ["google_storage_bucket", "google_sql_database"]) {
      for (const block of Object.values(kept[type] ?? {})) {
        expect(block).toMatchObject({ lifecycle: { prevent_destroy: true } });
        if (type === "google_storage_bucket") expect(block).toMatchObject({ force_destroy: false });
      }
    }
  });

  test("both databases are made before and dropped after nothing but their user", () => {
    const databases = Object.values(resource.google_sql_database ?? {});
    expect(databases.map(({ name }) => name).sort()).toEqual(["dify_db", "dify_plugin"]);
    for (const database of databases) expect(database.depends_on).toContain("google_sql_user.app_database_user");
  });

  test("another deployment on the same instance has databases of its own", () => {
    const own = synthesize({ db_name: "two_db", db_user: "two_user" }).application;
    expect(Object.values(own.resource.google_sql_database ?? {}).map(({ name }) => name)).toEqual([
      "two_db",
      "two_db_plugin",
    ]);
    expect(environmentOf(own, "plugin-daemon").DB_DATABASE).toBe("two_db_plugin");
    expect(environmentOf(own, "db-init").ADDITIONAL_DATABASES).toBe("two_db_plugin");
  });

  test("shared services are read the same way, created or not", () => {
    const named = synthesize({
      require_services_gcp_module: true,
      gke_cluster_name: "gke",
      network_name: "vpc",
      sql_instance_name: "sql",
      nfs_instance_name: "nfs",
      enable_image_mirroring: false,
    });
    expect(named.foundation).toBeUndefined();
    expect(Object.keys(named.application.data ?? {})).toEqual(
      expect.arrayContaining(["google_container_cluster", "google_compute_network", "google_sql_database_instance"]),
    );
    expect(named.application.data?.google_sql_database_instance?.app_lookup_sql).toMatchObject({ name: "sql" });
  });

  test("without the application there is nothing in the cluster, and the way to it stays", () => {
    const infrastructure = synthesize({ deploy_application: false }).application;
    expect(Object.keys(infrastructure.resource).filter((type) => type.startsWith("kubernetes_"))).toEqual([]);
    expect(infrastructure.provider).toHaveProperty("kubernetes");
    expect(infrastructure.output?.service_url).toMatchObject({ value: "${null}" });
  });
});

describe("order", () => {
  const dependsOn = (type: string, name: string): readonly string[] =>
    get<string[]>(resource[type]?.[name], "depends_on");

  test("no pod starts before its permissions and its network policy are there", () => {
    const deployments = Object.keys(resource.kubernetes_deployment_v1 ?? {});
    expect(deployments.length).toBeGreaterThan(5);
    for (const name of deployments) {
      expect(dependsOn("kubernetes_deployment_v1", name)).toEqual(
        expect.arrayContaining([
          "kubernetes_network_policy_v1.app_workload_network_sandbox",
          "kubernetes_secret_v1.app_workload_secret",
          "google_service_account_iam_member.app_identity_workload_identity",
          "google_storage_bucket_iam_member.app_buckets_storage_objects",
        ]),
      );
    }
  });

  test("what uses the database starts once it is prepared and migrated, and nothing else waits for that", () => {
    const waiting = Object.keys(resource.kubernetes_deployment_v1 ?? {}).filter((name) => {
      const jobs = dependsOn("kubernetes_deployment_v1", name).filter((address) =>
        address.startsWith("kubernetes_job"),
      );
      expect([
        [],
        ["kubernetes_job_v1.app_workload_db_init_job", "kubernetes_job_v1.app_workload_migration_job"],
      ]).toContainEqual(jobs);
      return jobs.length > 0;
    });
    expect(waiting.map((name) => name.replace(/^app_workload_(.*)_deployment$/, "$1")).sort()).toEqual([
      "api",
      "api_websocket",
      "beat",
      "plugin_daemon",
    ]);
    expect(dependsOn("kubernetes_job_v1", "app_workload_migration_job")).toContain(
      "kubernetes_job_v1.app_workload_db_init_job",
    );
  });

  test("migrations run once for a version: another one runs them again, another environment does not", () => {
    const name = (given: Parameters<typeof synthesize>[0], job: string): string =>
      get<string>(
        synthesize(given).application.resource.kubernetes_job_v1?.[`app_workload_${job}_job`],
        "metadata.name",
      );
    const migration = name({}, "migration");
    expect(name({ environment_variables: { LOG_LEVEL: "DEBUG" } }, "migration")).toBe(migration);
    expect(name({ application_version: "1.16.0" }, "migration")).not.toBe(migration);
    expect(name({ container_image_source: "prebuilt", container_image: "ghcr.io/a/b:1.16.1" }, "migration")).not.toBe(
      migration,
    );
    // As long as a node may take to come up.
    expect(resource.kubernetes_job_v1?.app_workload_db_init_job).toMatchObject({
      spec: { active_deadline_seconds: 1800 },
    });
    expect(resource.kubernetes_job_v1?.app_workload_migration_job).toMatchObject({
      spec: { active_deadline_seconds: 3600 },
    });
  });

  test("a release counts as deployed once its migrations have run", () => {
    expect(dependsOn("google_secret_manager_secret", "app_release")).toContain(
      "kubernetes_job_v1.app_workload_migration_job",
    );
  });

  test("the databases are there before the job that prepares them", () => {
    expect(dependsOn("kubernetes_job_v1", "app_workload_db_init_job")).toEqual(
      expect.arrayContaining([
        "google_sql_database.app_database_dify_db",
        "google_sql_database.app_database_dify_plugin",
      ]),
    );
  });

  test("jobs run in the order that they ask for, whatever their order in the file, with their settings", () => {
    const job = { image: "busybox:1.36", command: ["true"], ...jobDefaults };
    const { resource: own } = synthesize({
      initialization_jobs: [
        { ...job, name: "second", depends_on_jobs: ["first"] },
        { ...job, name: "first", depends_on_jobs: [], task_count: 3 },
      ],
      cron_jobs: [
        {
          ...{ name: "nightly", schedule: "0 3 * * *", image: "busybox:1.36", command: ["true"] },
          ...{ successful_jobs_history_limit: 7, failed_jobs_history_limit: 5, starting_deadline_seconds: 120 },
        },
        { name: "hourly", schedule: "0 * * * *", image: "busybox:1.36", command: ["true"], restart_policy: "Never" },
      ],
    }).application;
    // Tasks have numbers, and one job has none.
    expect(own.kubernetes_job_v1?.app_workload_first_job).toMatchObject({
      spec: { completions: 3, parallelism: 3, completion_mode: "Indexed" },
    });
    expect(get(own.kubernetes_job_v1?.app_workload_second_job, "spec")).toMatchObject({
      completions: 1,
      parallelism: 1,
    });
    expect(JSON.stringify(own.kubernetes_job_v1?.app_workload_second_job)).not.toContain("completion_mode");
    const cron = (name: string) => own.kubernetes_cron_job_v1?.[`app_workload_${name}_cron_job`];
    expect(cron("nightly")).toMatchObject({
      spec: {
        ...{ successful_jobs_history_limit: 7, failed_jobs_history_limit: 5, starting_deadline_seconds: 120 },
        job_template: { spec: { template: { spec: { restart_policy: "OnFailure" } } } },
      },
    });
    expect(cron("hourly")).toMatchObject({
      spec: {
        ...{ successful_jobs_history_limit: 3, failed_jobs_history_limit: 1 },
        job_template: { spec: { template: { spec: { restart_policy: "Never" } } } },
      },
    });
    expect(get(own.kubernetes_job_v1?.app_workload_second_job, "depends_on")).toEqual(
      expect.arrayContaining([
        "kubernetes_job_v1.app_workload_first_job",
        "kubernetes_job_v1.app_workload_db_init_job",
      ]),
    );
  });

  test("secrets' APIs come before secrets", () => {
    expect(dependsOn("google_secret_manager_secret", "app_secrets_secret_key_secret")).toContain(
      "google_project_service.app_services_secretmanager",
    );
  });
});

describe("plan-time guards", () => {
  const messages = (overrides: Parameters<typeof synthesize>[0]): string[] =>
    strings(synthesize(overrides).application.resource.terraform_data)
      .filter(({ path }) => path.at(-1) === "error_message")
      .map(({ text }) => text);

  test("watch every immutable variable, in both stacks", () => {
    const { foundation } = synthesize();
    for (const stack of [foundation, application]) {
      const guarded = JSON.stringify(stack?.resource.terraform_data);
      for (const name of [
        "project_id",
        "region",
        "application_name",
        "tenant_id",
        "db_name",
        "db_user",
        "database_type",
      ]) {
        expect(guarded).toContain(`output.${name}, `);
      }
    }
  });

  test("remember a value once what holds the data exists, and say how to forget it", () => {
    const { foundation } = synthesize();
    const remembered = foundation?.resource.terraform_data?.guard_remembered;
    expect(remembered?.depends_on).toEqual(
      expect.arrayContaining([
        "google_container_cluster.foundation_cluster",
        "google_sql_database_instance.foundation_sql_instance",
        "google_compute_disk.foundation_file_server_data_disk",
      ]),
    );
    // Those that are documented as immutable, and others with which a new service would replace the one that holds the data.
    const others = ["project_id", "region", "nfs_instance_base_name", "nfs_instance_zone", "sql_instance_base_name"];
    expect(Object.keys(get<object>(remembered ?? {}, "input")).sort()).toEqual(
      [...definitions.filter(({ immutable }) => immutable).map(({ name }) => name), ...others].sort(),
    );
    const conditions = get<readonly { readonly condition: string; readonly error_message: string }[]>(
      foundation?.resource.terraform_data?.guard_check ?? {},
      "lifecycle.precondition",
    );
    // Others are about what other environments use, and say what those are.
    const values = conditions.filter(({ condition }) => condition.includes("terraform_data.guard_remembered"));
    expect(values.length).toBeGreaterThan(5);
    for (const { error_message: text } of values) {
      expect(text).toMatch(/forget the old value with: terraform state rm terraform_data\.guard_remembered$/);
    }
    // The others are looked at before anything is made.
    expect(application.resource.terraform_data?.app_plan_check).not.toHaveProperty("depends_on");
    expect(application.resource.terraform_data?.app_guard_remembered?.depends_on).toEqual(
      expect.arrayContaining(["google_sql_database.app_database_dify_db", "google_storage_bucket.app_buckets_storage"]),
    );
  });

  test("name every secret that is missing", () => {
    const [message] = messages({ secret_environment_variables: { OPENAI_API_KEY: "my-openai" } }).filter((text) =>
      text.includes("Secret Manager"),
    );
    expect(message).toContain("secret_environment_variables");
  });

  test("look at the release that is deployed", () => {
    expect(messages({})).toContainEqual(expect.stringContaining("What is deployed is newer than"));
  });
});

describe("outputs", () => {
  test.each(reference.outputs.map(({ name }) => name))("%s is there", (name) => {
    expect(application.output).toHaveProperty(name);
  });

  test("are sensitive where marked, and only there", () => {
    const sensitive = Object.entries(application.output ?? {})
      .filter(([, output]) => output.sensitive === true)
      .map(([name]) => name);
    const marked = reference.outputs.filter((output) => "sensitive" in output).map(({ name }) => name);
    expect(sensitive).toEqual(marked);
  });
});

describe("state", () => {
  test("is a local file beside the project by default, the same path on every machine", () => {
    expect(get<string>(application.terraform, "backend.local.path")).not.toMatch(/^\//);
  });

  test("is in a bucket with state_bucket, one folder a stack", () => {
    const { application: remote } = synthesize({ state_bucket: "states", state_prefix: "ai" });
    expect(get(remote.terraform, "backend.gcs")).toEqual({ bucket: "states", prefix: "ai/dify-dev" });
  });

  test("is in a bucket that terraform init is told with state_backend, and each stack has its folder all the same", () => {
    const { application: told, foundation } = synthesize({ state_backend: "gcs" });
    expect(get(told.terraform, "backend")).toEqual({ gcs: { prefix: "dify-dev" } });
    expect(get(foundation?.terraform, "backend")).toEqual({ gcs: { prefix: "dify-dev-foundation" } });
    const { application: both } = synthesize({ state_backend: "gcs", state_bucket: "states", state_prefix: "ai" });
    expect(get(both.terraform, "backend")).toEqual({ gcs: { bucket: "states", prefix: "ai/dify-dev" } });
  });
});
