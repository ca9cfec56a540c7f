import { violations } from "../edge/crd-schema";
import { type Condition, evaluate, hasTerraform, type Question } from "../terraform/evaluate";
import { environmentOf, get, type Stack, synthesize } from "./synthesize";

const BY_KUBEBLOCKS = { data_services: { redis: "kubeblocks" } };
const PASSWORD = { name: "dify-redis-redis-account-default", key: "password" };
const SENTINEL_PASSWORD = { name: "dify-redis-redis-sentinel-account-default", key: "password" };
const ALL = { ...BY_KUBEBLOCKS, enable_network_segmentation: true, support_users: ["ops@example.com"] };
const { application } = synthesize(ALL);
/** The same with Celery asking the sentinels. */
const BY_SENTINEL = { ...ALL, kubeblocks_clusters: { redis: { broker_by_sentinel: true } } };
const { application: bySentinel } = synthesize(BY_SENTINEL);

interface Part {
  readonly name: string;
  readonly [field: string]: unknown;
}

function partsOf(stack: Stack): readonly Part[] {
  return get<Part[]>(clusterOf(stack), "manifest.spec.componentSpecs");
}

function clusterOf({ resource }: Stack): unknown {
  return resource["kubernetes_manifest"]?.["app_workload_redis_cluster"];
}

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly value_from?: { readonly secret_key_ref: object };
}

/** Secret environment of a container, wherever it runs. */
function variablesOf({ resource }: Stack, container: string): readonly Variable[] {
  const kinds = ["kubernetes_deployment_v1", "kubernetes_job_v1"].flatMap((kind) =>
    Object.values(resource[kind] ?? {}),
  );
  const containers = kinds.flatMap((one) =>
    get<{ name: string; env: Variable[] }[]>(one, "spec.template.spec.container"),
  );
  const found = containers.find(({ name }) => name === container);
  if (!found) throw new Error(`No pod has a container ${container}`);
  return found.env;
}

describe("Redis by KubeBlocks", () => {
  test("is as in the source: two pods with two cores, 1 GiB and a disk of 20 GiB, and three sentinels of the same version", () => {
    const manifest = get<{ apiVersion: string; kind: string; spec: Record<string, unknown> }>(
      clusterOf(application),
      "manifest",
    );
    expect(violations(manifest)).toEqual([]);
    expect(manifest.spec).toMatchObject({ clusterDef: "redis", topology: "replication", terminationPolicy: "Delete" });
    const [redis, sentinel, ...others] = partsOf(application);
    expect(others).toEqual([]);
    expect(redis).toMatchObject({
      name: "redis",
      replicas: 2,
      serviceVersion: "7.2.12",
      resources: { limits: { cpu: "2", memory: "1Gi" } },
      disableExporter: true,
      systemAccounts: [{ name: "default", passwordConfig: { length: 32, numSymbols: 0 } }],
    });
    expect(sentinel).toMatchObject({
      name: "redis-sentinel",
      replicas: 3,
      serviceVersion: "7.2.12",
      resources: { limits: { cpu: "0.2", memory: "205Mi" } },
    });
    for (const part of [redis, sentinel])
      expect(part).toMatchObject({
        volumeClaimTemplates: [{ name: "data", spec: { resources: { requests: { storage: "20Gi" } } } }],
        schedulingPolicy: {
          affinity: {
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                { labelSelector: { matchLabels: { "apps.kubeblocks.io/component-name": part?.name } } },
              ],
            },
          },
        },
      });
  });

  test.each([
    "api",
    "worker",
    "beat",
    "plugin-daemon",
    "agent-backend",
    "celery-exporter",
    "redis-exporter",
    "migration",
  ])("gives %s the password where KubeBlocks has put it, and no other", (container) => {
    const variables = variablesOf(application, container);
    expect(variables.find(({ name }) => name === "REDIS_PASSWORD")?.value_from?.secret_key_ref).toEqual(PASSWORD);
    expect(JSON.stringify(variables)).not.toMatch(/redis-password|-redis-url|celery-broker-url/);
  });

  const COMPOSED: readonly [string, string, number, Stack][] = [
    ["worker", "CELERY_BROKER_URL", 1, application],
    ["migration", "CELERY_BROKER_URL", 1, application],
    ["api", "EVENT_BUS_REDIS_URL", 0, application],
    ["agent-backend", "DIFY_AGENT_REDIS_URL", 2, application],
  ];
  test.each(COMPOSED)("has %s compose %s from a variable that stands before it", (container, name, database, stack) => {
    const variables = variablesOf(stack, container);
    const at = variables.findIndex((one) => one.name === name);
    expect(variables[at]?.value).toMatch(
      new RegExp(`^[a-z]+://:[$][(]REDIS_PASSWORD[)]@dify-redis-redis-redis:6379/${database}$`),
    );
    expect(variables.slice(0, at).map((one) => one.name)).toContain("REDIS_PASSWORD");
  });

  test.each(["api", "worker", "beat", "api-websocket", "celery-exporter", "migration"])(
    "has Celery in %s ask each sentinel, with their own password",
    (container) => {
      const variables = variablesOf(bySentinel, container);
      const broker = variables.find(({ name }) => name === "CELERY_BROKER_URL")?.value ?? "";
      expect(broker.split(";")).toEqual(
        [0, 1, 2].map(
          (pod) =>
            `sentinel://:$(REDIS_PASSWORD)@dify-redis-redis-sentinel-${pod}.dify-redis-redis-sentinel-headless:26379/1`,
        ),
      );
      expect(variables.find(({ name }) => name === "CELERY_SENTINEL_PASSWORD")?.value_from?.secret_key_ref).toEqual(
        SENTINEL_PASSWORD,
      );
      expect(environmentOf(bySentinel, container.replaceAll("-", "_"))).toMatchObject({
        CELERY_USE_SENTINEL: "true",
        CELERY_SENTINEL_MASTER_NAME: "dify-redis-redis",
        CELERY_SENTINEL_SOCKET_TIMEOUT: "1",
      });
    },
  );

  test("gives sentinels a password of the same kind, and their name to nobody who does not ask them", () => {
    for (const stack of [application, bySentinel])
      expect(partsOf(stack)[1]).toMatchObject({
        systemAccounts: [{ name: "default", passwordConfig: { length: 32, numSymbols: 0 } }],
      });
    for (const container of ["plugin-daemon", "agent-backend", "redis-exporter"])
      expect(JSON.stringify(variablesOf(bySentinel, container))).not.toMatch(/sentinel/i);
    for (const component of ["plugin_daemon", "agent_backend", "redis_exporter"])
      expect(JSON.stringify(environmentOf(bySentinel, component))).not.toMatch(/SENTINEL|sentinel/);
  });

  test("leaves the sentinels to Redis where Celery goes to the Service", () => {
    expect(JSON.stringify(variablesOf(application, "worker"))).not.toMatch(/sentinel/i);
    expect(JSON.stringify(environmentOf(application, "worker"))).not.toMatch(/sentinel/i);
    const policy = application.resource["kubernetes_network_policy_v1"]?.["app_workload_network_redis_sentinel"];
    expect(JSON.stringify(get(policy, "spec.ingress"))).not.toContain("app.kubernetes.io/component");
  });

  test("keeps its queue in both directions of that choice: the database is the same", () => {
    const { application: stage } = synthesize({
      ...ALL,
      kubeblocks_clusters: { redis: { broker_by_sentinel: true, sentinel: { replicas: 5 } } },
    });
    const urls =
      variablesOf(stage, "worker")
        .find(({ name }) => name === "CELERY_BROKER_URL")
        ?.value?.split(";") ?? [];
    expect(urls).toHaveLength(5);
    expect(urls.every((url) => url.endsWith(":26379/1"))).toBe(true);
  });

  test("is found at the Service of its primary, and nothing of it is in Secret Manager or in the pods' own Secret", () => {
    for (const component of ["api", "worker", "plugin_daemon"])
      expect(environmentOf(application, component)).toMatchObject({
        REDIS_HOST: "dify-redis-redis-redis",
        REDIS_PORT: "6379",
        REDIS_USE_SSL: "false",
      });
    expect(environmentOf(application, "redis_exporter")).toMatchObject({
      REDIS_ADDR: "redis://dify-redis-redis-redis:6379",
    });
    expect(Object.keys(application.resource["google_secret_manager_secret"] ?? {}).join()).not.toContain("redis");
    const own = application.resource["kubernetes_secret_v1"]?.["app_workload_secret"];
    expect(Object.keys(get(own, "data_wo")).filter((key) => /redis|celery/.test(key))).toEqual([]);
    expect(
      get<string[]>(application.resource["kubernetes_deployment_v1"]?.["app_workload_api_deployment"], "depends_on"),
    ).toContain("terraform_data.app_workload_redis_running");
  });

  test("leaves no other Redis: no file server where files are elsewhere, and no Memorystore", () => {
    const { foundation } = synthesize({ ...BY_KUBEBLOCKS, enable_nfs: false });
    expect(foundation?.resource["google_compute_instance_template"]).toBeUndefined();
    expect(Object.keys(foundation?.resource["terraform_data"] ?? {}).join()).not.toContain("memorystore_instance");
  });

  test("lets in its clients, its own pods and the operator, and lets its pods reach each other", () => {
    const policies = bySentinel.resource["kubernetes_network_policy_v1"] ?? {};
    const who = (part: string) =>
      get<{ ports: { port: string }[]; from: { pod_selector: { match_labels: Record<string, string> } }[] }[]>(
        policies[`app_workload_network_${part}`],
        "spec.ingress",
      ).map(({ from, ports }) => [
        ports.map(({ port }) => port).join(),
        from
          .map(
            ({ pod_selector: { match_labels: labels } }) =>
              labels["app.kubernetes.io/component"] ??
              labels["apps.kubeblocks.io/component-name"] ??
              labels["app.kubernetes.io/name"],
          )
          .join(),
      ]);
    expect(who("redis")).toEqual([
      ["6379", "api,beat,api-websocket,plugin-daemon,agent-backend,celery-exporter,migration,redis,redis-sentinel"],
      ["3501,3502", "kubeblocks"],
    ]);
    expect(who("redis_sentinel")).toEqual([
      ["26379", "api,beat,api-websocket,celery-exporter,migration,redis,redis-sentinel"],
      ["3501,3502", "kubeblocks"],
    ]);
    const out = (part: string) => JSON.stringify(get(policies[`app_workload_network_${part}`], "spec.egress"));
    for (const part of ["redis", "redis_sentinel"]) {
      expect(out(part)).toContain('"6379"');
      expect(out(part)).toContain('"26379"');
    }
    expect(out("worker" in policies ? "worker" : "api")).toContain('"apps.kubeblocks.io/component-name":"redis"');
    expect(out("sandbox")).not.toContain("kubeblocks");
    const budgets = Object.keys(application.resource["kubernetes_pod_disruption_budget_v1"] ?? {});
    expect(budgets).toEqual(
      expect.arrayContaining(["app_workload_redis_budget_redis", "app_workload_redis_budget_redis_sentinel"]),
    );
  });

  test("has its queue moved to it and away from it, with both passwords where they are", () => {
    const to = synthesize({ ...BY_KUBEBLOCKS, redis_moves_from: "file_server" }).application;
    const variables = variablesOf(to, "redis-move");
    expect(variables.find(({ name }) => name === "REDIS_PASSWORD")?.value_from?.secret_key_ref).toEqual(PASSWORD);
    expect(variables.find(({ name }) => name === "FROM_REDIS_PASSWORD")?.value_from?.secret_key_ref).toMatchObject({
      key: "earlier-redis-password",
    });
    const { application: away, foundation } = synthesize({
      redis_moves_from: "kubeblocks",
      redis_service: "file_server",
    });
    expect(
      variablesOf(away, "redis-move").find(({ name }) => name === "FROM_REDIS_PASSWORD")?.value_from?.secret_key_ref,
    ).toEqual(PASSWORD);
    expect(environmentOf(away, "redis_move")).toMatchObject({ FROM_REDIS_HOST: "dify-redis-redis-redis" });
    expect(partsOf(away).map(({ name }) => name)).toEqual(["redis", "redis-sentinel"]);
    expect(foundation).toBeDefined();
  });

  test("is installed with its addon where it is asked for, which stays while somebody needs it", () => {
    const of = (variables: object) => synthesize({ install_operators: ["kubeblocks"], ...variables }).operators;
    const releases = (variables: object) =>
      Object.values(of(variables)?.resource["helm_release"] ?? {})
        .map((one) => get<string>(one, "chart"))
        .sort();
    expect(releases(BY_KUBEBLOCKS)).toEqual(["kubeblocks", "qdrant", "redis"]);
    expect(releases({ redis_moves_from: "kubeblocks" })).toContain("redis");
    const qdrant = { vector_store: "qdrant", data_services: { qdrant: "kubeblocks" } };
    expect(releases(qdrant)).toEqual(["kubeblocks", "qdrant"]);
    expect(JSON.stringify(of(qdrant))).toContain("terraform_data.operators_kubeblocks_redis_unneeded");
    expect(of(BY_KUBEBLOCKS)?.resource["terraform_data"]?.["operators_kubeblocks_redis_unneeded"]).toMatchObject({
      input: { addon: "redis", field: "clusterDef", value: "redis" },
      depends_on: ["helm_release.operators_kubeblocks_redis"],
    });
  });
});

const RUNNING = "data.kubernetes_resources.app_workload_redis_before_redis_sentinel.objects";

(hasTerraform ? describe : describe.skip)("a plan", () => {
  const before = (replicas: number) => ({
    conditions: get<Condition[]>(clusterOf(application), "lifecycle.precondition"),
    values: {
      "data.kubernetes_resources.app_workload_redis_before_redis.objects": [],
      [RUNNING]: replicas === 0 ? [] : [{ spec: { replicas } }],
    },
  });
  const answers = evaluate(
    new Map<string, Question>([
      ["first apply", before(0)],
      ["stays", before(3)],
      ["fewer", before(5)],
      ["more", before(1)],
    ]),
  );

  test("passes where sentinels stay or go", () => {
    expect(["first apply", "stays", "fewer"].flatMap((name) => answers.get(name))).toEqual([]);
  });

  test("refuses new sentinels, which would watch nothing", () => {
    expect(answers.get("more")?.join()).toContain("sentinel.replicas is 3, and Cluster dify-redis has 1 pods");
  });
});
