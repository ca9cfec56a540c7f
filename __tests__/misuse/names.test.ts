import { App, Testing } from "cdktf";
import { DifyGke } from "../../modules/dify-gke/dify-gke";
import { rules } from "../../modules/dify-gke/rules";
import { definitionOf } from "../../modules/dify-gke/variables";
import { checkValue } from "../../modules/dify-gke/variables/check";
import { clusterNames, duplicateNames } from "../terraform/duplicates";
import { allStrings, type Given, type StackJson, synth } from "../terraform/synth";
import { environmentWith } from "../variables/cases/given";

/** As much as one environment has. */
const EVERYTHING: Given = {
  enable_cicd_trigger: true,
  github_repository_url: "https://github.com/acme/dify",
  github_app_installation_id: "12345678",
  enable_cloud_deploy: true,
  cloud_deploy_stages: [
    { name: "dev", auto_promote: true },
    { name: "prod", namespace: "elsewhere" },
  ],
  enable_custom_domain: true,
  application_domains: ["dify.example.com"],
  enable_cloud_armor: true,
  enable_iap: true,
  iap_authorized_users: ["ann@example.com"],
  iap_exempt_paths: ["/v1"],
  enable_network_segmentation: true,
  enable_binary_authorization: true,
  enable_pod_disruption_budget: true,
  worker_placement: "deployment",
  sql_tier: "db-custom-16-61440",
  vector_store: "qdrant",
  data_services: { redis: "kubeblocks" },
  enable_portable_backups: true,
  backup_rehearsal_schedule: "0 4 1 * *",
  database_maintenance_schedule: "0 3 * * 0",
  secrets_delivery: "external-secrets",
  secret_versions: "newest",
  enable_auto_password_rotation: true,
  enable_custom_sql_scripts: true,
  custom_sql_scripts_bucket: "sql",
  custom_sql_scripts_path: "once",
};

const stacks = (given: Given): readonly StackJson[] => {
  const { foundation, application } = synth({ ...EVERYTHING, ...given });
  return foundation ? [foundation, application] : [application];
};

/** Ids of everything that is constructed for the application, one by one. */
function constructIds(): readonly string[] {
  const app: App = Testing.app();
  const { variables } = environmentWith(EVERYTHING);
  const { application } = new DifyGke(app, { environment: "dev", variables });
  return application.node
    .findChild("app")
    .node.findAll()
    .map(({ node }) => node.id);
}

/** Words that a user might hit upon because something here is called so, in the spelling of a DNS label. */
function made(): readonly string[] {
  const objects = stacks({})
    .flatMap(({ resource }) => clusterNames(resource))
    .map((name) => name.split("/").at(-1) ?? "");
  const words = [...constructIds(), ...objects].map((name) =>
    name
      .replaceAll("_", "-")
      .replace(/^~|^dify-|~$/g, "")
      .replace(/-[0-9a-f]{8}$/, ""),
  );
  return [...new Set([...words, ...SIBLINGS])]
    .filter((word) => !LIKE_OTHERS.test(word))
    .filter((word) => /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/.test(word))
    .sort();
}

/** What holds for the API and the entry point holds for every component. */
const LIKE_OTHERS = /^(agent-backend|api-websocket|beat|local-sandbox|plugin-daemon|sandbox|ssrf-proxy|web|worker)-/;

/** What meets a name of its kind, not one that is made. */
const SIBLINGS = [
  ...["constructor", "workload", "deployment", "job", "service", "x", "x-service", "x-read", "x-template", "x-files"],
  ...["x-environment", "x-metadata", "x-objects", "x-value", "key", "verify", "default-deny", "proxy-open", "db-init"],
];

const NAMES = made();

/** What a rule refuses. */
function refusedBy(id: string, given: Given): readonly string[] {
  const rule = rules.find((candidate) => candidate.id === id);
  const { variables, given: names, name } = environmentWith({ ...EVERYTHING, ...given });
  const result = rule?.brokenBy(variables, names, name);
  if (!Array.isArray(result)) throw new Error(`${id} is no rule about names`);
  return result as readonly string[];
}

type Named = { readonly name: string };
/** A third of the names for each kind; in three turns each has had all. */
function spread(names: readonly string[], turn: number) {
  const third = (kind: number): readonly Named[] =>
    names.filter((_, index) => (index + turn) % 3 === kind).map((name) => ({ name }));
  return {
    additional_services: third(0).map((item) => ({ ...item, image: "acme/own:1", port: 80 })),
    initialization_jobs: third(1).map((item) => ({ ...item, image: "acme/own:1", needs_db: false })),
    cron_jobs: third(2).map((item) => ({ ...item, image: "acme/own:1", schedule: "0 3 * * *" })),
  };
}

test("enough is made to be met", () => {
  expect(NAMES.length).toBeGreaterThan(150);
  expect(NAMES).toEqual(expect.arrayContaining(["secret", "network", "api-service", "proxy-open", "default-deny"]));
});

test.each([0, 1, 2])("services, jobs and cron jobs called like everything that is made, turn %i", (turn) => {
  const given = spread(NAMES, turn);
  const refused = new Set(refusedBy("workload-names-free", given));
  // Dify's own parts, and little else: what can be told apart is.
  expect(refused.size).toBeLessThan(35);
  const free = <Item extends Named>(items: readonly Item[]) => items.filter(({ name }) => !refused.has(name));
  const json = stacks({
    additional_services: free(given.additional_services),
    initialization_jobs: free(given.initialization_jobs),
    cron_jobs: free(given.cron_jobs),
  });
  expect(duplicateNames(json)).toEqual([]);
});

// A file may not name them all at once.
test.each([0, 1])("buckets called like everything that is made, turn %i", (turn) => {
  const names = NAMES.filter((name, index) => name.length < 30 && index % 2 === turn);
  const buckets = names.map((name_suffix) => ({ name_suffix }));
  const refused = refusedBy("bucket-names-unique", { storage_buckets: buckets });
  expect(refused.length).toBeLessThan(4);
  const free = buckets.filter(({ name_suffix }) => !refused.includes(name_suffix));
  expect(duplicateNames(stacks({ storage_buckets: free }))).toEqual([]);
});

test.each(["user", "database", "databases", "constructor", "toString", "__proto__"])(
  "a database called %s",
  (db_name) => {
    const json = stacks({ db_name });
    expect(duplicateNames(json)).toEqual([]);
    expect(allStrings(json[1]?.resource.google_sql_database)).toContain(db_name);
  },
);

test("two secrets stay two, whatever their ids have in common", () => {
  const ids = [
    "key",
    "Key",
    "KEY",
    "my-key",
    "my_key",
    "My-Key",
    "x",
    "x-read",
    "key-value",
    "constructor",
    "__proto__",
  ];
  const variables = Object.fromEntries(ids.map((id, index) => [`V${index}`, id]));
  const json = stacks({
    secrets_delivery: "terraform",
    additional_services: [{ name: "tika", image: "apache/tika:1", port: 9998, secret_env_vars: variables }],
  }).at(-1) as StackJson;
  expect(duplicateNames([json])).toEqual([]);
  const read = Object.values(json.data?.google_secret_manager_secret_version ?? {}).map(({ secret }) => secret);
  expect(read).toEqual(expect.arrayContaining(ids));
  const secret = json.resource.kubernetes_secret_v1?.app_workload_secret as { data_wo: Record<string, string> };
  const [tika] = Object.values(json.resource.kubernetes_deployment_v1 ?? {}).filter((block) =>
    JSON.stringify(block).includes('"tika"'),
  );
  const env = (tika as unknown as Tika).spec.template.spec.container[0]?.env ?? [];
  const values = new Map(env.map(({ name, value_from }) => [name, secret.data_wo[value_from.secret_key_ref.key]]));
  for (const [variable, id] of Object.entries(variables)) {
    const address =
      /ephemeral\.google_secret_manager_secret_version\.(\w+)\./.exec(values.get(variable) ?? "")?.[1] ?? "";
    expect([variable, json.ephemeral?.google_secret_manager_secret_version?.[address]?.secret]).toEqual([variable, id]);
  }
});

interface Tika {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly container: readonly {
          readonly env: readonly {
            readonly name: string;
            readonly value_from: { readonly secret_key_ref: { readonly key: string } };
          }[];
        }[];
      };
    };
  };
}

test("environment variables that differ in case only have each their own secret", () => {
  const json = stacks({
    explicit_secret_names: ["MY_WORD", "my_word", "My_Word", "constructor"],
    secret_environment_variables: { OTHER: "a", other: "b" },
  }).at(-1) as StackJson;
  expect(duplicateNames([json])).toEqual([]);
  const [deployment] = Object.values(json.resource.kubernetes_deployment_v1 ?? {}).filter((block) =>
    JSON.stringify(block).includes('"dify-api"'),
  );
  const keys = allStrings(deployment).filter((text) => /^env-(my-word|other)/.test(text));
  expect(new Set(keys).size).toBe(5);
  // What was there before the second one came keeps its name.
  expect(keys).toEqual(expect.arrayContaining(["env-my-word", "env-other"]));
  expect(allStrings(json.resource.google_secret_manager_secret_version)).not.toContain("[native code]");
});

test("the one name that JavaScript would lose is refused wherever a user may choose one", () => {
  for (const name of [
    "environment_variables",
    "secret_environment_variables",
    "component_settings",
    "resource_labels",
  ]) {
    const definition = definitionOf(name);
    const result = definition && checkValue(definition, JSON.parse('{ "__proto__": "x" }'));
    expect(result).toEqual({ complaints: [expect.objectContaining({ given: '"__proto__"' }) as unknown] });
  }
});
