import { type Condition, evaluate, hasTerraform, type Question } from "../terraform/evaluate";
import { environmentOf, get, type Stack, synthesize } from "./synthesize";

const BY_KUBEBLOCKS = {
  vector_store: "qdrant",
  data_services: { postgresql: "kubeblocks", redis: "kubeblocks", qdrant: "kubeblocks" },
  enable_component_metrics: true,
  kubeblocks_backups: true,
};
const { application } = synthesize(BY_KUBEBLOCKS);
const restored = synthesize({
  ...BY_KUBEBLOCKS,
  kubeblocks_clusters: { postgresql: { restored: 1 }, redis: { restored: 2 } },
}).application;

function clusterOf({ resource }: Stack, address: string): unknown {
  return resource["kubernetes_manifest"]?.[address];
}

/** Blocks of a kind that the stack has several of. */
function blocks(stack: Stack, kind: "import" | "removed"): readonly Readonly<Record<string, unknown>>[] {
  return ((stack as unknown as Record<string, unknown>)[kind] as Readonly<Record<string, unknown>>[] | undefined) ?? [];
}

describe("a Cluster that was restored", () => {
  test("has an address of its own, and the others are forgotten, not destroyed", () => {
    expect(get(clusterOf(restored, "app_workload_postgresql_cluster_r1"), "manifest.metadata.name")).toBe(
      "dify-postgresql-r1",
    );
    expect(get(clusterOf(restored, "app_workload_redis_cluster_r2"), "manifest.metadata.name")).toBe("dify-redis-r2");
    expect(get(clusterOf(restored, "app_workload_qdrant_cluster"), "manifest.metadata.name")).toBe("dify-qdrant");
    for (const [stack, own, others] of [
      [restored, "cluster_r2", ["cluster", "cluster_r1", "cluster_r3", "cluster_r9"]],
      [application, "cluster", ["cluster_r1", "cluster_r2", "cluster_r9"]],
    ] as const) {
      const base = "kubernetes_manifest.app_workload_redis_";
      const forgotten = blocks(stack, "removed").filter(({ from }) => String(from).startsWith(base));
      expect(forgotten).toHaveLength(9);
      for (const other of others)
        expect(forgotten).toContainEqual({ from: `${base}${other}`, lifecycle: { destroy: false } });
      expect(forgotten.map(({ from }) => from)).not.toContain(`${base}${own}`);
      expect(blocks(stack, "import").map(({ to }) => to)).toContain(`${base}${own}`);
    }
  });

  test("is looked up by the name that the file gives, and a first one only with this environment's labels: others may have its name", () => {
    const selectorOf = ({ data }: Stack) =>
      (data?.["kubernetes_resources"]?.["app_workload_redis_existing"] as { readonly label_selector?: string })
        .label_selector;
    const labels = get<object>(clusterOf(application, "app_workload_redis_cluster"), "manifest.metadata.labels");
    expect(selectorOf(application)?.split(",").sort()).toEqual(
      Object.entries(labels)
        .map(([label, value]) => `${label}=${value}`)
        .sort(),
    );
    expect(labels).toMatchObject({ "app.kubernetes.io/instance": expect.stringMatching(/^dify-/) as unknown });
    expect(selectorOf(restored)).toBeUndefined();
  });

  test("is what Dify's pods and jobs use, with its own account, and what is watched, copied and let in", () => {
    const environment = environmentOf(restored, "api");
    expect(environment).toMatchObject({
      DB_HOST: expect.stringMatching(/^dify-postgresql-r1-postgresql-postgresql\./) as unknown,
      REDIS_HOST: "dify-redis-r2-redis-redis",
    });
    expect(environment["QDRANT_URL"]).toContain("dify-qdrant-qdrant-qdrant.");
    const { data: _, import: __, removed: ___, ...rest } = restored as unknown as Record<string, unknown>;
    const text = JSON.stringify(rest);
    for (const name of [
      "dify-postgresql-r1-postgresql-account-postgres",
      "dify-redis-r2-redis-account-default",
      '"app.kubernetes.io/instance":"dify-postgresql-r1"',
    ])
      expect(text).toContain(name);
    // Nothing leads to the first ones any more.
    expect(text.match(/dify-(postgresql|redis)-(postgresql|redis)[-\w]*/g)).toBeNull();
    expect(text.match(/"app.kubernetes.io\/instance":"dify-(postgresql|redis)"/g)).toBeNull();
  });
});

(hasTerraform ? describe : describe.skip)("a plan", () => {
  const EXISTING = "data.kubernetes_resources.app_workload_redis_existing.objects";
  const BEFORE = ["redis", "redis_sentinel"].map(
    (part) => `data.kubernetes_resources.app_workload_redis_before_${part}.objects`,
  );
  const question = (found: readonly object[]): Question => ({
    conditions: get<Condition[]>(clusterOf(restored, "app_workload_redis_cluster_r2"), "lifecycle.precondition"),
    values: { [EXISTING]: found, ...Object.fromEntries(BEFORE.map((one) => [one, []])) },
  });
  const forEach = String(
    blocks(restored, "import").find(({ to }) => to === "kubernetes_manifest.app_workload_redis_cluster_r2")?.[
      "for_each"
    ],
  );
  const taken = (found: readonly object[]): Question => ({
    conditions: [{ condition: "${false}", error_message: `\${join(" ", ${forEach.slice(2, -1)})}` }],
    values: { [EXISTING]: found },
  });
  const answers = evaluate(
    new Map<string, Question>([
      ["there", question([{}])],
      ["missing", question([])],
      ["taken", taken([{}])],
      ["not taken", taken([])],
    ]),
  );

  test("takes it over where it is there, and makes no empty one where it is not", () => {
    expect(answers.get("there")).toEqual([]);
    expect(answers.get("missing")).toEqual([
      expect.stringMatching(
        /^kubeblocks_clusters\.redis\.restored is 2, and namespace dify-\S+ has no Cluster dify-redis-r2: /,
      ),
    ]);
    expect(answers.get("taken")).toEqual([
      expect.stringMatching(/^apiVersion=apps\.kubeblocks\.io\/v1,kind=Cluster,namespace=dify-\S+,name=dify-redis-r2$/),
    ]);
    expect(answers.get("not taken")).toEqual([""]);
  });
});
