import { environmentOf, get, type PodSpec, podSpecs, type Stack, synthesize } from "./synthesize";

const named = (stack: Stack, type: string, name: string): Readonly<Record<string, unknown>> => {
  const found = stack.resource[type]?.[name];
  if (!found) throw new Error(`There is no ${type}.${name}`);
  return found;
};
const data = (stack: Stack, component: string): Record<string, string> =>
  get(named(stack, "kubernetes_config_map_v1", `app_workload_configuration_${component}_environment`), "data");
const spec = (stack: Stack, store: string) =>
  get(named(stack, "kubernetes_stateful_set_v1", `app_workload_${store}_stateful_set`), "spec");

describe("Weaviate, three pods, without network segmentation", () => {
  const { application } = synthesize({
    vector_store: "weaviate",
    vector_store_replicas: 3,
    vector_store_disk_gb: 50,
    component_settings: { weaviate: { memory: "8Gi" } },
  });

  test("has a disk for each pod, an image by its digest, and says which pods there are", () => {
    const set = spec(application, "weaviate");
    expect(set).toMatchObject({
      replicas: "3",
      pod_management_policy: "Parallel",
      volume_claim_template: [{ spec: { resources: { requests: { storage: "50Gi" } } } }],
    });
    const [container] = get<PodSpec["container"]>(set, "template.spec.container");
    expect(container?.image).toMatch(/weaviate@sha256:[0-9a-f]{64}$/);
    expect(container?.resources.limits["memory"]).toBe("8Gi");
    expect(data(application, "weaviate")).toMatchObject({
      RAFT_JOIN: "dify-weaviate-0,dify-weaviate-1,dify-weaviate-2",
      RAFT_BOOTSTRAP_EXPECT: "3",
      REPLICATION_MINIMUM_FACTOR: "2",
      CLUSTER_JOIN: "dify-weaviate-pods:7100",
      AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED: "false",
      BACKUP_GCS_PATH: "vector-backups/weaviate",
    });
  });

  test("is what the API's processes use, with the key from the Secret, and Dify's database as before", () => {
    for (const component of ["api", "worker"]) {
      const environment = environmentOf(application, component);
      expect(environment).toMatchObject({ VECTOR_STORE: "weaviate", PGVECTOR_PORT: "5432" });
      expect(environment["WEAVIATE_ENDPOINT"]).toMatch(/^http:.*:8080$/);
      expect(environment["WEAVIATE_GRPC_ENDPOINT"]).toMatch(/^grpc:.*:50051$/);
      expect(environment).not.toHaveProperty("QDRANT_URL");
    }
    const env = podSpecs(application)["api"]?.container.flatMap((container) => container.env ?? []);
    expect(env).toContainEqual({
      name: "WEAVIATE_API_KEY",
      value_from: { secret_key_ref: expect.objectContaining({ key: "weaviate-key" }) as unknown },
    });
  });

  test("lets in those alone that use it, and its own pods on the cluster's ports", () => {
    const policy = get<{ policy_types: string[]; ingress: { ports: { port: string }[]; from: object[] }[] }>(
      named(application, "kubernetes_network_policy_v1", "app_workload_network_weaviate"),
      "spec",
    );
    expect(policy.policy_types).toEqual(["Ingress"]);
    const who = policy.ingress.map(({ from, ports }) => [
      ports.map(({ port }) => port).join(),
      from.map((one) => get<string>(one, "pod_selector.match_labels")["app.kubernetes.io/component" as never]).join(),
    ]);
    expect(who).toEqual([
      ["8080,50051", "api,weaviate,vector-backup"],
      ["7100,7101,8300,8301,7100", "weaviate"],
    ]);
    expect(policy.ingress[1]?.ports.at(-1)).toEqual({ port: "7100", protocol: "UDP" });
  });

  test("is copied every night, and nothing moves", () => {
    expect(data(application, "vector_backup")).toMatchObject({ STORE: "weaviate", KEEP_DAYS: "7" });
    expect(Object.keys(application.resource["kubernetes_cron_job_v1"] ?? {})).toEqual([
      "app_workload_vector_backup_cron_job",
    ]);
  });
});

describe("vectors that move from the database to Qdrant", () => {
  const { application } = synthesize({ vector_store: "qdrant", vector_store_moves_from: "pgvector" });

  test("are looked for in both, and a suspended job moves them with all that the API has", () => {
    expect(environmentOf(application, "api")).toMatchObject({ VECTOR_STORE: "qdrant", QDRANT_REPLICATION_FACTOR: "1" });
    const job = named(application, "kubernetes_cron_job_v1", "app_workload_vector_migration_cron_job");
    expect(get(job, "spec")).toMatchObject({ suspend: true });
    expect(data(application, "vector_migration")).toMatchObject({ VECTOR_STORE: "qdrant", PGVECTOR_PORT: "5432" });
  });

  test("are noted where they are, so that no plan leaves them behind", () => {
    const release = named(application, "google_secret_manager_secret", "app_release");
    expect(get(release, "labels")).toMatchObject({ vectors: "qdrant" });
    expect(JSON.stringify(application)).not.toContain("The vectors of knowledge are in another store");
    const chosen = JSON.stringify(synthesize({ vector_store: "qdrant" }).application);
    expect(chosen).toContain("The vectors of knowledge are in another store");
  });
});
