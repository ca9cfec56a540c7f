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
  /** Objects of others in them that have a name which is needed. @default [] */
  readonly objects?: readonly string[];
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
  questions.set(name, {
    conditions: refusing(stack),
    locals: Object.fromEntries(
      Object.entries((stack as unknown as { readonly locals: Record<string, unknown> }).locals).filter(([key]) =>
        /^app_(claims|free_namespaces)_/.test(key),
      ),
    ),
    values: {
      "data.google_secret_manager_secrets.app_claims_known[*].secrets": [world.secrets ?? []],
      "data.google_sql_databases.app_claims_databases.databases[*].name": world.databases ?? [],
      ...Object.fromEntries(namespaces),
      ...lookedUp(stack, world.objects ?? []),
    },
  });
  return () => (answers ??= evaluate(questions)).get(name) ?? ["no answer"];
}

type Custom = Readonly<Record<string, { readonly apiVersion: string; readonly kind: string; readonly name: string }>>;

/** What a plan looks for in a namespace of others, by the data source's type and name. */
function looks({
  data,
}: StackJson): (readonly [type: string, name: string, each: Readonly<Record<string, unknown>>])[] {
  return Object.entries(data ?? {}).flatMap(([type, blocks]) =>
    Object.entries(blocks).flatMap(([name, { for_each: each }]) =>
      name.startsWith("app_free_namespaces_") && typeof each === "object"
        ? [[type, name, each as Custom] as const]
        : [],
    ),
  );
}

/** As the provider answers, where others have these objects and the rest is not there. */
function lookedUp(stack: StackJson, objects: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    looks(stack).map(([type, name, each]) => {
      const there = (key: string) => objects.includes(`${type} ${key}`);
      const answer = (key: string) =>
        type === "kubernetes_resources"
          ? { objects: there(key) ? [{}] : [] }
          : { metadata: [metadata(there(key) ? OTHER : undefined)] };
      return [`data.${type}.${name}`, Object.fromEntries(Object.keys(each).map((key) => [key, answer(key)]))];
    }),
  );
}

/** What the stack refuses about claims and namespaces. */
function refusing({ resource }: StackJson): Condition[] {
  const { lifecycle } = resource["terraform_data"]?.["app_plan_check"] as {
    readonly lifecycle: { readonly precondition: readonly Condition[] };
  };
  return lifecycle.precondition.filter(({ condition }) => /app_claims|app_free_namespaces/.test(condition));
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
  const stateful: Given = { ...existing, stateful_pvc_enabled: true, min_instance_count: 2 };
  test.each([
    ["that exists", plan("theirs", existing, { namespaces: { ai: "" } })],
    ["with baseline", plan("baseline", existing, { namespaces: { ai: "" }, standard: "baseline" })],
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
      plan("helm", existing, {
        namespaces: { ai: "" },
        objects: ["kubernetes_service_v1 dify-api", "kubernetes_config_map_v1 dify-web-environment"],
      }),
      `has ConfigMap dify-web-environment, Service dify-api already, without the label app.kubernetes.io/instance=${namespace}, so`,
    ],
    [
      "with a pod's claim of others alone",
      plan("alone", stateful, {
        namespaces: { ai: "" },
        objects: ["kubernetes_persistent_volume_claim_v1 data-dify-api-1"],
      }),
      `has PersistentVolumeClaim data-dify-api-1 already, without the label`,
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

test("in a namespace of others, what would be made is looked for, and not in Secrets", () => {
  const gateway = { enable_custom_domain: true, application_domains: ["dify.example.com"], enable_iap: true };
  const oauth = { iap_oauth_client_id: "1-a.apps.googleusercontent.com", iap_authorized_users: ["user:a@example.com"] };
  const given: Given = { ...SHARED, ...gateway, ...oauth, namespace_name: "ai", namespace_exists: true };
  const { application } = synth(given);
  const created = Object.entries(application.resource).filter(([type]) => type.startsWith("kubernetes_"));
  const nameOf = (metadata: unknown) => (metadata as { readonly name: string }).name;
  const names = (type: string) =>
    Object.values(application.resource[type] ?? {}).map(({ metadata }) => nameOf(metadata));
  const looked = new Map(looks(application).map(([type, , each]) => [type, Object.keys(each).sort()]));
  expect(names("kubernetes_secret_v1").sort()).toEqual([namespace, `${namespace}-iap`]);
  const read = ["config_map", "service", "service_account"].map((kind) => `kubernetes_${kind}_v1`);
  for (const type of read) expect(looked.get(type)).toEqual(names(type).sort());
  // A plan lists the custom kinds, and an apply looks for everything else: a kind that is new here fails this test until it does.
  const { free, taken } = application.resource.terraform_data?.app_cluster_check_fitting?.input as {
    readonly free: Readonly<Record<string, string>>;
    readonly taken: string;
  };
  expect(taken).toContain(`has {} already, without the label app.kubernetes.io/instance=${namespace}, so`);
  expect(
    [...(looked.get("kubernetes_resources") ?? []), ...Object.keys(free)].map((key) => key.split(" ")[1]).sort(),
  ).toEqual(
    created
      .filter(([type]) => ![...read, "kubernetes_secret_v1"].includes(type))
      .flatMap(([, blocks]) => Object.values(blocks))
      .map(({ manifest, metadata }) => nameOf((manifest as { metadata?: unknown } | undefined)?.metadata ?? metadata))
      .sort(),
  );
  expect(looked.get("kubernetes_resources")).toContain("HTTPRoute dify-gateway");
  expect(free).toMatchObject({
    "Deployment dify-api": "/apis/apps/v1/namespaces/ai/deployments/dify-api",
    "NetworkPolicy dify-sandbox": "/apis/networking.k8s.io/v1/namespaces/ai/networkpolicies/dify-sandbox",
  });
  expect(application.data?.["kubernetes_resources"]?.["app_free_namespaces_custom"]).toMatchObject({
    field_selector: "metadata.name=${each.value.name}",
    label_selector: `app.kubernetes.io/instance!=${namespace}`,
    namespace: "ai",
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
