import { type Condition, evaluate, hasTerraform, type Question } from "./evaluate";
import { type Given, type StackJson, synth } from "./synth";

const SHARED: Given = { require_services_gcp_module: false, network_name: "vpc", sql_instance_name: "shared" };
const OTHER = "dify-demo-e1e1e1e1";

/** A secret as the provider lists it. */
interface Listed {
  readonly secret_id: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface World {
  readonly secrets?: readonly Listed[];
  /** Databases on the instance. */
  readonly databases?: readonly string[];
  /** Namespaces of the cluster, with the installation that their label names. */
  readonly namespaces?: Readonly<Record<string, string>>;
  /** Pod security standard that they enforce. @default - none */
  readonly standard?: string;
  /** Services in them, likewise. */
  readonly services?: Readonly<Record<string, string>>;
}

const questions = new Map<string, Question>();
let answers: ReadonlyMap<string, readonly string[]> | undefined;

/** @param owner label of an object that exists @param standard of pod security @returns what a data source has of it */
function metadata(owner?: string, standard?: string): object {
  const labels = {
    ...(owner !== undefined && { "app.kubernetes.io/instance": owner }),
    ...(standard !== undefined && { "pod-security.kubernetes.io/enforce": standard }),
  };
  return owner === undefined ? { uid: null } : { uid: "1-2", labels };
}

/** @returns what a plan refuses, once all cases are known */
function plan(name: string, given: Given, world: World): () => readonly string[] {
  const stack = synth(given).application;
  const found = stack.data?.["kubernetes_namespace_v1"] ?? {};
  const namespaces = Object.entries(found).map(([address, block]): [string, unknown] => {
    const wanted = (block["metadata"] as { readonly name: string }).name;
    return [
      `data.kubernetes_namespace_v1.${address}.metadata[0]`,
      metadata(world.namespaces?.[wanted], world.standard),
    ];
  });
  const services = Object.entries(stack.data?.["kubernetes_service_v1"] ?? {}).map(([address, block]) => {
    const { name } = block["metadata"] as { readonly name: string };
    return [`data.kubernetes_service_v1.${address}.metadata[0]`, metadata(world.services?.[name])] as const;
  });
  questions.set(name, {
    conditions: refusing(stack),
    locals: Object.fromEntries(
      Object.entries((stack as unknown as { readonly locals: Record<string, unknown> }).locals).filter(([key]) =>
        key.startsWith("app_claims_"),
      ),
    ),
    values: {
      "data.google_secret_manager_secrets.app_claims_known[*].secrets": [world.secrets ?? []],
      "data.google_sql_databases.app_claims_databases.databases[*].name": world.databases ?? [],
      ...Object.fromEntries([...namespaces, ...services]),
    },
  });
  return () => (answers ??= evaluate(questions)).get(name) ?? ["no answer"];
}

/** What the stack refuses about claims and namespaces. */
function refusing({ resource }: StackJson): Condition[] {
  const { lifecycle } = resource["terraform_data"]?.["app_plan_check"] as {
    readonly lifecycle: { readonly precondition: readonly Condition[] };
  };
  return lifecycle.precondition.filter(({ condition }) =>
    /app_claims|kubernetes_(namespace|service)_v1/.test(condition),
  );
}

/** The secret with which an environment notes what it has. */
function noted(given: Given): Listed {
  const secret = synth(given).application.resource["google_secret_manager_secret"]?.["app_claims_secret"];
  return { ...(secret as unknown as Listed), labels: { environment: "dev" } };
}

/** The same as another deployment would have noted it, which has a SQL instance or a Redis in common with this one. */
function others(given: Given, kind = "database"): Listed {
  const annotations = Object.entries(noted(given).annotations ?? {}).filter(([key]) => key.startsWith(kind));
  return {
    secret_id: `${OTHER}-claims`,
    labels: { environment: "other" },
    annotations: Object.fromEntries(annotations),
  };
}

const password = noted(SHARED).secret_id.replace(/-claims$/, "-db-password");
const namespace = noted(SHARED).secret_id.replace(/-claims$/, "");
const APART: Given = { ...SHARED, db_name: "second", db_user: "second" };
const REDIS: Given = { redis_host: "redis.example.com", enable_nfs: false };

(hasTerraform ? describe : describe.skip)("a plan", () => {
  const databases = ["postgres", "dify_db", "dify_plugin"];

  test.each([
    ["of the first apply", plan("first", SHARED, {})],
    [
      "of the second one",
      plan("second", SHARED, { secrets: [noted(SHARED)], databases, namespaces: { [namespace]: namespace } }),
    ],
    [
      "after an apply that noted nothing yet",
      plan("upgrade", SHARED, { secrets: [{ secret_id: password }], databases }),
    ],
    ["beside others' databases", plan("apart", APART, { secrets: [others(SHARED)], databases })],
    ["that takes over what exists", plan("over", { ...SHARED, take_over_databases: true }, { databases })],
    ["beside others' secrets without a value", plan("else", SHARED, { secrets: [{ secret_id: "claims" }] })],
    [
      "on other databases of one Redis",
      plan("redis apart", REDIS, { secrets: [others({ ...REDIS, redis_database: 3 }, "redis")] }),
    ],
  ])("%s goes through", (_, refusals) => {
    expect(refusals()).toEqual([]);
  });

  const same = plan("same", SHARED, { secrets: [others(SHARED)], databases });
  test("is refused where another deployment has the database and its user, with what to do", () => {
    expect(same()).toEqual([
      expect.stringMatching(
        /^Environment other, which noted it in secret dify-demo-e1e1e1e1-claims, has database dify_db of Cloud SQL instance shared, database dify_plugin .*, user dify_user of Cloud SQL instance shared: the second apply .* Set db_name and db_user in one of them .* gcloud secrets delete dify-demo-e1e1e1e1-claims --project=demo-project$/,
      ),
      expect.stringMatching(/^Cloud SQL instance shared has dify_db and dify_plugin already, which no apply of this/),
    ]);
  });

  const user = plan("user", { ...APART, db_user: "dify_user" }, { secrets: [others(SHARED)], databases });
  test("is refused where another deployment has the user alone, whose password would be replaced", () => {
    expect(user()).toEqual([expect.stringMatching(/claims, has user dify_user of Cloud SQL instance shared: /)]);
  });

  const anybody = plan("anybody", SHARED, { databases: ["dify_plugin"] });
  const another = plan("another", APART, { secrets: [noted(SHARED), { secret_id: password }], databases: ["second"] });
  test("is refused where a database is nobody's that could be asked, and after a change of its name", () => {
    expect(anybody()).toEqual([expect.stringContaining("has dify_plugin already, which no apply of this environment")]);
    expect(another()).toEqual([expect.stringContaining("has second already, which no apply of this environment")]);
  });

  const redis = plan("redis", REDIS, { secrets: [others({ ...REDIS, redis_database: 2 }, "redis")] });
  test("is refused where another deployment has a database of the same Redis", () => {
    expect(redis()).toEqual([
      expect.stringMatching(/claims, has database 2 of Redis redis\.example\.com:6379: workers would take/),
    ]);
  });

  const existing: Given = { ...SHARED, namespace_name: "ai", namespace_exists: true };
  test.each([
    ["that exists", plan("theirs", existing, { namespaces: { ai: "" } })],
    ["with baseline", plan("baseline", existing, { namespaces: { ai: "" }, standard: "baseline" })],
    [
      "with Services of its own",
      plan("again", existing, { namespaces: { ai: "" }, services: { "dify-api": namespace } }),
    ],
  ])("takes a namespace of namespace_exists %s", (_, refusals) => {
    expect(refusals()).toEqual([]);
  });

  test.each([
    ["that does not exist", plan("none", existing, {}), "There is no namespace ai in cluster"],
    ["that it made itself", plan("own", existing, { namespaces: { ai: namespace } }), "the apply would delete it"],
    [
      "of another environment",
      plan("another's", existing, { namespaces: { ai: OTHER } }),
      `is that of ${OTHER} (label`,
    ],
    [
      "in which its pods would not start",
      plan("restricted", existing, { namespaces: { ai: "" }, standard: "restricted" }),
      "pod-security.kubernetes.io/enforce=baseline",
    ],
    [
      "with another Dify in it",
      plan("helm", existing, { namespaces: { ai: "" }, services: { "dify-api": "" } }),
      "has a Service dify-api already, of somebody else: the apply would stop there half-way.",
    ],
  ])("refuses a namespace of namespace_exists %s", (_, refusals, says) => {
    expect(refusals()).toEqual([expect.stringContaining(says)]);
  });

  const taken = plan("namespace", SHARED, { namespaces: { [namespace]: "dify-demo-e1e1e1e1" } });
  const foreign = plan("no label", SHARED, { namespaces: { [namespace]: "" } });
  test("is refused where somebody else made the namespace", () => {
    expect(taken()).toEqual([expect.stringContaining("exists, and belongs to dify-demo-e1e1e1e1 (label")]);
    expect(foreign()).toEqual([expect.stringMatching(/exists, and belongs to somebody else .* Set namespace_name to/)]);
  });
});

test("what is taken is noted before user and databases are created", () => {
  const { resource } = synth(SHARED).application;
  expect(resource["google_sql_user"]?.["app_database_user"]?.["depends_on"]).toContain(
    "google_secret_manager_secret.app_claims_secret",
  );
});

test("what others have noted is read at every plan, and not asked where Secret Manager is off", () => {
  const { data } = synth(SHARED).application;
  const known = data?.["google_secret_manager_secrets"]?.["app_claims_known"];
  expect(known?.["depends_on"]).toBeUndefined();
  expect(known?.["count"]).toContain("data.google_project_service.app_claims_api.id");
});
