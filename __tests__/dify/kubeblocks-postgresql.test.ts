import { violations } from "../edge/crd-schema";
import { type Condition, evaluate, hasTerraform, type Question } from "../terraform/evaluate";
import { containerOf, environmentOf, get, podSpecs, type Stack, synthesize } from "./synthesize";

const BY_KUBEBLOCKS = { data_services: { postgresql: "kubeblocks" } };
const CLUSTER = "app_workload_postgresql_cluster";
const HOST = /^dify-postgresql-postgresql-postgresql\..*\.svc\.cluster\.local$/;
const manifestOf = ({ resource }: Stack) =>
  get<{ apiVersion: string; kind: string; spec: Record<string, unknown> }>(
    resource["kubernetes_manifest"]?.[CLUSTER],
    "manifest",
  );
const { application, foundation, operators } = synthesize({ ...BY_KUBEBLOCKS, install_operators: ["kubeblocks"] });
const full = synthesize({
  ...BY_KUBEBLOCKS,
  deletion_protection: true,
  enable_network_segmentation: true,
  enable_component_metrics: true,
  enable_portable_backups: true,
  backup_rehearsal_schedule: "0 4 1 * *",
  database_maintenance_schedule: "0 3 * * 0",
  enable_custom_sql_scripts: true,
  custom_sql_scripts_bucket: "acme-sql",
  support_users: ["ops@example.com"],
  kubeblocks_clusters: {
    postgresql: { replicas: 3, cpu: "4", memory: "16Gi", storage_gb: 100, version: "15.7.0", restarts: 2 },
  },
}).application;

describe("PostgreSQL by KubeBlocks", () => {
  test("is as in the source: a primary and a replica with one core, 2 GiB and a disk of 20 GiB each", () => {
    const manifest = manifestOf(application);
    expect(violations(manifest)).toEqual([]);
    expect(manifest.spec).toMatchObject({
      clusterDef: "postgresql",
      topology: "replication",
      terminationPolicy: "Delete",
      componentSpecs: [
        {
          name: "postgresql",
          replicas: 2,
          serviceVersion: "15.13.0",
          resources: { requests: { cpu: "1", memory: "2Gi" }, limits: { cpu: "1", memory: "2Gi" } },
          volumeClaimTemplates: [{ name: "data", spec: { resources: { requests: { storage: "20Gi" } } } }],
        },
      ],
    });
    const large = manifestOf(full);
    expect(violations(large)).toEqual([]);
    expect(large.spec).toMatchObject({
      terminationPolicy: "DoNotTerminate",
      componentSpecs: [
        {
          replicas: 3,
          serviceVersion: "15.7.0",
          annotations: { "kubeblocks.io/restart": "4-16Gi-2" },
          resources: { limits: { cpu: "4", memory: "16Gi" } },
        },
      ],
    });
  });

  test("leaves nothing of Cloud SQL: no instance, user, API, right or Auth Proxy, and no connection to Google's services", () => {
    const types = [application, full, foundation].flatMap((stack) => [
      ...Object.keys(stack?.resource ?? {}),
      ...Object.keys(stack?.data ?? {}),
    ]);
    expect(types.filter((type) => /sql|service_networking/.test(type))).toEqual([]);
    for (const stack of [application, full, foundation]) {
      const apis = Object.values(stack?.resource["google_project_service"] ?? {}).map(({ service }) => service);
      expect(apis).not.toContain("sqladmin.googleapis.com");
      expect(apis).not.toContain("servicenetworking.googleapis.com");
      expect(JSON.stringify(stack?.resource)).not.toMatch(/roles\/cloudsql|cloud-sql-proxy|cloudsql_/);
    }
    expect(JSON.stringify(full.resource["google_monitoring_alert_policy"])).not.toContain("database_connections");
  });

  test("has the connection to Google's services where something else takes its address from there", () => {
    const { foundation: other } = synthesize({ ...BY_KUBEBLOCKS, redis_service: "memorystore" });
    expect(Object.keys(other?.resource ?? {})).toContain("google_service_networking_connection");
  });

  test("is what everything with the database uses, at the Service of the primary", () => {
    for (const component of ["api", "worker", "beat", "plugin-daemon"]) {
      const environment = environmentOf(full, component);
      expect(environment["DB_HOST"]).toMatch(HOST);
      expect(environment["DB_PORT"]).toBe("5432");
    }
    expect(environmentOf(full, "api")["PGVECTOR_HOST"]).toMatch(HOST);
    const jobs = ["db_init", "migration", "custom_sql", "portable_backup", "restore_backup", "backup_rehearsal"];
    for (const job of [...jobs, "rehearsal_init", "database_maintenance"])
      expect([job, environmentOf(full, job)["DB_HOST"]]).toEqual([job, expect.stringMatching(HOST)]);
    expect(full.output).toMatchObject({
      database_instance_name: { value: "${null}" },
      database_name: { value: "dify_db" },
      database_user: { value: "dify_user" },
      database_host: { value: expect.stringMatching(HOST) as unknown },
      database_port: { value: 5432 },
    });
  });

  test("is prepared by the job alone with the administrator's login, which comes from KubeBlocks' Secret and is in no other pod", () => {
    const login = (key: string) => ({
      value_from: { secret_key_ref: { name: "dify-postgresql-postgresql-account-postgres", key } },
    });
    expect(containerOf(full, "db-init").env).toEqual(
      expect.arrayContaining([
        { name: "DB_ADMINISTRATOR", ...login("username") },
        { name: "DB_ADMINISTRATOR_PASSWORD", ...login("password") },
      ]),
    );
    const others = Object.entries(podSpecs(full)).filter(([name]) => !["db-init", "rehearsal-init"].includes(name));
    expect(others.length).toBeGreaterThan(8);
    expect(JSON.stringify(others)).not.toContain("account-postgres");
    const crons = JSON.stringify(full.resource["kubernetes_cron_job_v1"]);
    expect(crons).not.toContain("account-postgres");
  });

  test("gets a new password by a new run of the job, and nothing else runs it again", () => {
    const run = (stack: Stack) => containerOf(stack, "db-init").env?.find(({ name }) => name === "RUN")?.value;
    expect(run(application)).toBe("${google_secret_manager_secret_version.app_secrets_db_password_version.version}");
    expect(run(synthesize().application)).toBeUndefined();
  });

  test("is waited for before jobs and components", () => {
    for (const [type, name] of [
      ["kubernetes_job_v1", "app_workload_jobs_db_init_job"],
      ["kubernetes_deployment_v1", "app_workload_api_deployment"],
    ] as const) {
      const found = Object.entries(application.resource[type] ?? {}).find(
        ([id]) => id === name || id.includes(name.includes("db_init") ? "db_init" : name),
      );
      expect(get<string[]>(found?.[1], "depends_on")).toContain("terraform_data.app_workload_postgresql_running");
    }
  });

  test("lets in what uses it, its own pods and the operator; Patroni is for its own pods, and calls the Kubernetes API", () => {
    const policy = get<{
      ingress: {
        ports: { port: string }[];
        from: Record<"namespace_selector" | "pod_selector", { match_labels: Record<string, string> } | undefined>[];
      }[];
      egress: { ports?: { port: string }[] }[];
    }>(full.resource["kubernetes_network_policy_v1"]?.["app_workload_network_postgresql"], "spec");
    const who = policy.ingress.map(({ from, ports }) => [
      ports.map(({ port }) => port).join(),
      from
        .map(({ namespace_selector: namespace, pod_selector: pod }) =>
          pod
            ? ["app.kubernetes.io/component", "apps.kubeblocks.io/component-name", "app.kubernetes.io/name"]
                .map((label) => pod.match_labels[label])
                .find((value) => value !== undefined)
            : namespace?.match_labels["kubernetes.io/metadata.name"],
        )
        .sort(),
    ]);
    expect(who).toEqual([
      [
        "5432",
        [
          ...["api", "api-websocket", "backup-rehearsal", "beat", "custom-sql", "database-maintenance", "db-init"],
          ...["migration", "plugin-daemon", "portable-backup", "postgresql", "rehearsal-init", "restore-backup"],
        ],
      ],
      ["8008", ["postgresql"]],
      ["9187", ["gke-gmp-system", "gmp-system"]],
      ["3501,3502", ["kubeblocks"]],
    ]);
    expect(policy.egress.map(({ ports = [] }) => ports.map(({ port }) => port).join())).toEqual([
      "53,53",
      "5432,8008",
      "443",
    ]);
    for (const name of ["plugin_daemon", "db_init", "portable_backup"])
      expect(JSON.stringify(full.resource["kubernetes_network_policy_v1"]?.[`app_workload_network_${name}`])).toContain(
        '"apps.kubeblocks.io/component-name":"postgresql"',
      );
  });

  test("gives pods as many connections as the addon's configuration takes for its memory", () => {
    const pool = (stack: Stack): number => {
      const { SQLALCHEMY_POOL_SIZE: size = "0", SQLALCHEMY_MAX_OVERFLOW: more = "0" } = environmentOf(stack, "api");
      return Number(size) + Number(more);
    };
    expect(pool(full)).toBeGreaterThan(pool(application));
  });

  test("is each stage's own, which has data of its own, and a release brings pods that find it", () => {
    const { application: staged } = synthesize({
      ...BY_KUBEBLOCKS,
      kubeblocks_clusters: { postgresql: { restored: 1 } },
      enable_cicd_trigger: true,
      github_repository_url: "https://github.com/acme/dify",
      github_app_installation_id: "12345678",
      enable_cloud_deploy: true,
      cloud_deploy_stages: [
        { name: "dev", require_approval: false, auto_promote: false },
        { name: "prod", require_approval: true, auto_promote: false },
      ],
    });
    const clusters = Object.values(staged.resource["kubernetes_manifest"] ?? {}).filter(
      (block) => get<string>(block, "manifest.kind") === "Cluster",
    );
    // What was restored is the environment's own.
    expect(clusters.map((block) => get(block, "manifest.metadata.name")).sort()).toEqual([
      "dify-postgresql",
      "dify-postgresql-r1",
    ]);
    expect(new Set(clusters.map((block) => get(block, "manifest.metadata.namespace"))).size).toBe(2);
    const hosts = Object.entries(staged.resource["kubernetes_config_map_v1"] ?? {})
      .filter(([name]) => name.endsWith("_configuration_api_environment"))
      .map(([, block]) => get<Record<string, string>>(block, "data")["DB_HOST"]);
    expect(hosts.map((host) => host?.replace("-r1-", "-")).sort()).toEqual([
      expect.stringMatching(HOST),
      expect.stringMatching(HOST),
    ]);
    expect(new Set(hosts).size).toBe(2);
    expect(JSON.stringify(staged.resource)).not.toContain("cloud-sql-proxy");
  });

  test("brings its addon along where the operator is installed", () => {
    const charts = Object.values(operators?.resource["helm_release"] ?? {}).map(({ chart, version }) => [
      chart,
      version,
    ]);
    expect(charts).toEqual(expect.arrayContaining([["postgresql", "1.0.2"]]));
    const before = synthesize({
      ...{ vector_store: "qdrant", data_services: { qdrant: "kubeblocks" } },
      install_operators: ["kubeblocks"],
    }).operators;
    expect(JSON.stringify(before?.resource["helm_release"])).not.toContain('"postgresql"');
  });
});

const RUNNING = "data.kubernetes_resources.app_workload_postgresql_before_postgresql.objects";

(hasTerraform ? describe : describe.skip)("a plan", () => {
  const before = (replicas: number, storage: string, serviceVersion: string) => ({
    conditions: get<Condition[]>(application.resource["kubernetes_manifest"]?.[CLUSTER], "lifecycle.precondition"),
    values: {
      [RUNNING]: [
        {
          spec: {
            replicas,
            serviceVersion,
            volumeClaimTemplates: [{ spec: { resources: { requests: { storage } } } }],
          },
        },
      ],
    },
  });
  const answers = evaluate(
    new Map<string, Question>([
      ["first apply", { ...before(0, "0", "0"), values: { [RUNNING]: [] } }],
      ["newer", before(2, "20Gi", "15.7.0")],
      ["fewer pods", before(3, "20Gi", "15.13.0")],
      ["smaller disks", before(2, "100Gi", "15.13.0")],
      ["another major version", before(2, "20Gi", "14.8.0")],
    ]),
  );

  test.each(["first apply", "newer", "fewer pods"])("passes: %s", (name) => {
    expect(answers.get(name)).toEqual([]);
  });

  test.each([
    ["smaller disks", "storage_gb to 100 or more"],
    ["another major version", "version to a version that begins with 14"],
  ])("is refused: %s", (name, text) => {
    expect(answers.get(name)?.join()).toContain(text);
  });
});
