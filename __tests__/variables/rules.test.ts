import { readFileSync } from "node:fs";
import { join } from "node:path";
import { componentNames } from "../../modules/dify-common/releases";
import type { Problem } from "../../modules/dify-gke/problems";
import { type Field, fields } from "../../modules/dify-gke/variables/describe";
import { remediesOf, type Step } from "./remedies";
import { rules } from "../../modules/dify-gke/rules";
import { dependents } from "../../modules/dify-gke/rules/dependents";
import { noEffect } from "../../modules/dify-gke/rules/no-effect";
import { storageTypes, vectorStores } from "../../modules/dify-gke/rules/stores";
import {
  defaults,
  definitionOf,
  definitions,
  type VariableName,
  type Variables,
} from "../../modules/dify-gke/variables";
import { cases } from "./cases";
import { broken, environmentWith, type Given } from "./cases/given";
import type { Environment } from "../../modules/dify-gke/environment";
import { installationOf } from "../../modules/dify-gke/installation";
import { unusedCases } from "./cases/unused";

/** What composes an environment reads more variables than this, and names those that decide. */
const COMPOSED = 30;

/** @returns the variables that a function reads */
function readBy({ variables }: Environment, look: (watched: Variables) => unknown): ReadonlySet<VariableName> {
  const read = new Set<VariableName>();
  look(
    new Proxy(variables, {
      get(all, name) {
        read.add(name as VariableName);
        return all[name as VariableName];
      },
    }),
  );
  return read;
}

function ids(given: Given): (string | undefined)[] {
  return broken(given).map((problem) => problem.rule?.id);
}

describe.each(cases)("$id", ({ id, breaks, holds, count = 1, shows }) => {
  it.each(breaks.map((given) => [JSON.stringify(given), given] as const))("is broken by %s", (_, given) => {
    const problems = broken(given).filter((problem) => problem.rule?.id === id);
    expect(problems).toHaveLength(count);
    const rule = rules.find((candidate) => candidate.id === id);
    for (const problem of problems) {
      expect(problem).toMatchObject({ severity: rule?.severity, rule: { risk: rule?.risk }, environment: "test" });
      expect(problem.message).toMatch(/^.{20,}\.$/s);
      if (shows !== undefined) expect(problem.variable).toBe(shows);
      // Broken by what is not there, it stands where something asks for it.
      const asks = rule?.variables.some((name) => name in given) ?? false;
      if (asks) expect(problem.line).toBeDefined();
    }
  });

  it.each(holds.map((given) => [JSON.stringify(given), given] as const))("holds for %s", (_, given) => {
    expect(ids(given)).not.toContain(id);
  });
});

describe("the rules as a whole", () => {
  it("have nothing against the smallest good file", () => {
    expect(broken({})).toEqual([]);
  });

  it("have ids of their own, and none is without a case", () => {
    const all = rules.map(({ id }) => id);
    expect(new Set(all).size).toBe(all.length);
    const tested = [
      ...cases.map(({ id }) => id),
      ...Object.keys(noEffect).map((name) => `no-effect-${name.replaceAll("_", "-")}`),
      ...dependents.map(({ on }) => `unused-without-${(on[0] ?? "").replaceAll("_", "-")}`),
    ];
    expect([...all].sort()).toEqual([...new Set(tested)].sort());
  });

  it("are left out where a variable that they look at was refused", () => {
    const given = { enable_nfs: false };
    expect(ids(given)).toContain("redis-reachable");
    expect(broken(given, ["redis_host"]).map(({ rule }) => rule?.id)).not.toContain("redis-reachable");
  });

  it.each(rules.map((rule) => [rule.id, rule] as const))("%s names the variables that it looks at", (id, rule) => {
    const { breaks = [], holds = [] } = cases.find((each) => each.id === id) ?? {};
    const read = new Set(
      [{}, ...breaks, ...holds]
        .map((given) => environmentWith(given))
        .flatMap((environment) => [
          ...readBy(environment, (variables) => rule.brokenBy(variables, environment.given, environment.name)),
        ]),
    );
    if (read.size > COMPOSED) return;
    const names = readBy(environmentWith({}), (variables) => installationOf("test", variables));
    const forNames = [...names].every((name) => read.has(name)) ? names : new Set();
    expect([...read].filter((name) => !rule.variables.includes(name) && !forNames.has(name))).toEqual([]);
  });

  it("say where the variable stands", () => {
    expect(broken({ enable_redis: false })).toEqual([
      expect.objectContaining({ file: "variables/test.tfvars", line: 3, variable: "enable_redis", group: 21 }),
    ]);
  });

  it.each([
    // Every file states the release, and it decides about most of what is in a pod.
    [{ application_version: "1.16.1", nfs_mount_path: "/app/api" }, "mounts-apart", "nfs_mount_path"],
    [
      { application_version: "1.16.1", component_settings: { api: { max_replicas: 20 } } },
      "database-connections-fit",
      "component_settings",
    ],
    // What the message begins with.
    [
      { db_host_env_var_name: "A", db_user_env_var_name: "B", db_password_env_var_name: "B" },
      "database-variable-free",
      "db_password_env_var_name",
    ],
    [{ enable_backup_import: true, backup_uri: "gs://Bucket/dify.sql" }, "import-address", "backup_uri"],
    [{ enable_backup_import: true }, "import-address", "enable_backup_import"],
    [{ gke_cluster_name: "shared" }, "existing-needs-network", "gke_cluster_name"],
  ] as const)("stand at the variable that is the mistake: %j", (given, id, at) => {
    const found = broken(given).filter(({ rule }) => rule?.id === id);
    expect(found.map(({ variable, askedBy }) => askedBy ?? variable)).toEqual([at]);
  });

  it("never repeat the value of an environment variable", () => {
    const messages = broken({
      environment_variables: { OPENAI_API_KEY: "hidden-value", DATABASE_URL: "postgres://u:hidden-value@h/d" },
      cron_jobs: [{ name: "a", schedule: "0 3 * * *", env_vars: { TOKEN: "hidden-value" } }],
    });
    expect(messages.filter(({ severity }) => severity === "error")).toHaveLength(3);
    expect(JSON.stringify(messages)).not.toContain("hidden-value");
  });
});

describe("what has no effect", () => {
  it.each(Object.keys(noEffect) as VariableName[])("%s: a warning when it is given", (variable) => {
    const value = (defaults as Readonly<Record<string, unknown>>)[variable];
    const id = `no-effect-${variable.replaceAll("_", "-")}`;
    expect(broken({ [variable]: value }).filter(({ rule }) => rule?.id === id)).toEqual([
      expect.objectContaining({ severity: "warning", variable }),
    ]);
    expect(ids({})).not.toContain(id);
  });

  it.each(dependents.flatMap(({ variables, on }) => variables.map((variable) => [variable, on[0]] as const)))(
    "%s: a warning without %s",
    (variable, on) => {
      const [value, together, alone = {}] = unusedCases[[variable, on ?? ""].join(", ")] ?? unusedCases[variable] ?? [];
      if (value === undefined || !together) throw new Error(`${variable} has no case`);
      const id = `unused-without-${(on ?? "").replaceAll("_", "-")}`;
      const found = broken({ [variable]: value, ...alone }).filter(({ rule }) => rule?.id === id);
      expect(found).toEqual([expect.objectContaining({ severity: "warning", variable })]);
      expect(ids({ [variable]: value, ...together })).not.toContain(id);
      // A file that states every documented default says nothing wrong.
      const stated = { [variable]: (defaults as Readonly<Record<string, unknown>>)[variable] };
      expect(ids({ ...stated, ...alone })).not.toContain(id);
    },
  );
});

describe("the tables of stores", () => {
  const reference = JSON.parse(readFileSync(join(__dirname, "../fixtures/stores.json"), "utf8")) as Readonly<
    Record<"storage" | "vector_store", Readonly<Record<string, readonly string[]>>>
  >;
  const names = (settings: readonly string[]): string[] =>
    settings
      .slice(1)
      .map((setting) => setting.replace(/ .*/, ""))
      .sort();

  it.each([
    ["storage", storageTypes],
    ["vector_store", vectorStores],
  ] as const)("%s: every documented choice with every documented setting", (kind, table) => {
    expect(Object.keys(table).sort()).toEqual(Object.keys(reference[kind]).sort());
    for (const [choice, settings] of Object.entries(reference[kind])) {
      expect([choice, (table[choice] ?? []).map(({ name }) => name).sort()]).toEqual([choice, names(settings)]);
    }
  });

  it.each([...Object.entries(storageTypes), ...Object.entries(vectorStores)])(
    "%s: complete with what is required, and each of it is missed",
    (choice, settings) => {
      if (choice === "local") return;
      const chooser = choice in storageTypes ? "STORAGE_TYPE" : "VECTOR_STORE";
      const id = choice in storageTypes ? "storage-type-complete" : "vector-store-complete";
      const needed = settings.filter(({ required }) =>
        typeof required === "function" ? required(() => undefined) : required,
      );
      const plain = Object.fromEntries(
        needed
          .filter(({ secret }) => !secret)
          .map(({ name, address }) => [name, address ? "https://a.example.com" : "x"]),
      );
      const secret = Object.fromEntries(needed.filter((setting) => setting.secret).map(({ name }) => [name, "an-id"]));
      const environment = { [chooser]: choice, ...plain };
      expect(broken({ environment_variables: environment, secret_environment_variables: secret })).toEqual([]);
      expect(broken({ environment_variables: environment, explicit_secret_names: Object.keys(secret) })).toEqual([]);
      const missing = broken({ environment_variables: { [chooser]: choice } });
      expect(missing.filter(({ rule }) => rule?.id === id)).toHaveLength(needed.length);
      for (const { name } of needed) expect(JSON.stringify(missing)).toContain(`Set ${name} in`);
    },
  );
});

/** Files that break a rule each, all of them. */
const files: readonly Given[] = [
  ...cases.flatMap(({ breaks }) => breaks),
  ...Object.entries(unusedCases).map(([name, [value, , alone]]) => ({ [name.replace(/,.*/, "")]: value, ...alone })),
  ...(Object.keys(noEffect) as VariableName[]).map((name) => ({
    [name]: (defaults as Readonly<Record<string, unknown>>)[name],
  })),
];

/** A file after somebody did what a message says. */
function after(given: Given, step: Step): readonly Problem[] {
  return broken(Object.fromEntries(Object.entries({ ...given, ...step }).filter(([, value]) => value !== undefined)));
}

describe("what a message advises", () => {
  const seen = new Set<string>();
  const advised = files.flatMap((given) =>
    broken(given).flatMap((problem) => {
      // Once for each wording: the same advice comes from many files.
      const ways = remediesOf(problem.message, environmentWith(given).variables).filter((step) => {
        const key = `${problem.rule?.id ?? ""} ${JSON.stringify(step, (_, value: unknown) => value ?? null)}`;
        return !seen.has(key) && seen.add(key);
      });
      return ways.map((step) => ({ given, problem, step }));
    }),
  );

  it("is found in the messages of most rules", () => {
    expect(new Set(advised.map(({ problem }) => problem.rule?.id)).size).toBeGreaterThan(rules.length * 0.5);
  });

  const ofField = new Set(["stages-redis-apart", "data-services-sized"]);

  it("is what the variable takes, and what there is", () => {
    const said = (id: string, given: Parameters<typeof broken>[0]) =>
      broken(given).find(({ rule }) => rule?.id === id)?.message;
    const asking = (path: string) => ({ enable_iap: true, uptime_check_config: { enabled: true, path } });
    expect(said("uptime-check-behind-sign-in", asking("/health/?a=1"))).toContain('add "/health" to iap_exempt_paths');
    expect(said("uptime-check-behind-sign-in", asking("/he%20alth"))).not.toContain("add ");
    expect(said("revision-names-known", { secret_revisions: { nope: 2 } })).not.toContain("redis-stage-");
  });

  it("ends the problem, and is refused by no other rule", () => {
    const wrong = advised.flatMap(({ given, problem, step }) => {
      const left = after(given, step);
      // A problem with other numbers in its message is still there. Of a field, a step has only a part of the advice.
      const same = (each: Problem): boolean => each.rule?.id === problem.rule?.id;
      const still =
        left.some((each) => each.message === problem.message && same(each)) ||
        (left.filter(same).length >= broken(given).filter(same).length && !ofField.has(problem.rule?.id ?? ""));
      const fresh = left.filter(
        ({ rule }) => rule?.risk !== "Low" && !broken(given).some((before) => before.rule?.id === rule?.id),
      );
      if (!still && fresh.length === 0) return [];
      return [
        {
          rule: problem.rule?.id,
          given,
          message: problem.message.slice(-300),
          step,
          still,
          then: fresh.map(({ rule, message }) => `${rule?.id ?? ""}: ${message.slice(0, 120)}`),
        },
      ];
    });
    expect(wrong).toEqual([]);
  });
});

it("messages keep what KubeBlocks runs when they name what it could run as well", () => {
  const said = (given: Given): string =>
    broken(given)
      .map(({ message }) => message)
      .join("\n");
  expect(said({ kubeblocks_clusters: { postgresql: { restored: 1 } } })).toContain(
    'unless you set data_services = { postgresql = "kubeblocks" }.',
  );
  expect(said({ kubeblocks_clusters: { qdrant: { cpu: "2" } } })).toContain(
    'unless you set data_services = { qdrant = "kubeblocks" } and vector_store = "qdrant".',
  );
  expect(
    said({ data_services: { postgresql: "kubeblocks" }, kubeblocks_clusters: { redis: { restored: 1 } } }),
  ).toContain('or set data_services = { postgresql = "kubeblocks", redis = "kubeblocks" },');
  expect(said({ kubeblocks_namespace: "databases" })).toContain(
    'unless you set a database of data_services to "kubeblocks".',
  );
});

it("messages about several servers of Redis name a way that its place has", () => {
  const sentinel = { environment_variables: { CELERY_USE_SENTINEL: "true" } };
  const said = (given: Given): string | undefined =>
    broken({ ...sentinel, ...given }).find(({ rule }) => rule?.id === "redis-one-server")?.message;
  expect(said({ redis_host: "10.0.0.3" })).toContain("set redis_host to an address");
  for (const given of [{ redis_service: "memorystore" }, { data_services: { redis: "kubeblocks" } }])
    expect(said(given)).not.toContain("redis_host");
  expect(said({ data_services: { redis: "kubeblocks" } })).toContain("kubeblocks_clusters.redis.broker_by_sentinel");
});

it("messages name variables and fields that exist", () => {
  const names = (list: readonly Field[]): string[] => list.flatMap((field) => [field.name, ...names(field.fields)]);
  const known = new Set([
    ...definitions.flatMap(({ name, schema }) => [name, ...names(fields(schema))]),
    ...componentNames,
    // A database.
    "dify_plugin",
    "mydb_a_plugin",
    // Flags of Cloud SQL.
    "max_connections",
    "log_min_duration_statement",
  ]);
  const unknown = files.flatMap((given) => {
    const texts = JSON.stringify(given);
    return broken(given).flatMap(({ message, rule }) =>
      [...message.matchAll(/(?<![\w./-])(TF_VAR_)?([a-z][a-z0-9]*(?:_[a-z0-9]+)+)(?![\w/-])/g)]
        .filter(([, passed, name = ""]) =>
          passed ? definitionOf(name)?.sensitive !== true : !known.has(name) && !texts.includes(name),
        )
        .map(([name]) => `${rule?.id ?? ""}: ${name}`),
    );
  });
  expect([...new Set(unknown)]).toEqual([]);
});
