import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { secretNames } from "../../modules/dify-common";
import { defaults, type Variables } from "../../modules/dify-gke/variables";
import { generatedFor, wayOf } from "../../scripts/rotate/generated";
import { commandLine } from "../../scripts/rotate/options";
import { rotate } from "../../scripts/rotate/run";

const directory = mkdtempSync(join(tmpdir(), "rotate-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const BASIC = 'project_id = "demo-project"\nrequire_services_gcp_module = false\n';

/** The command with a variable file. @returns what it says, and the file afterwards */
async function run(more: string, ...args: string[]) {
  const file = join(directory, "dev.tfvars");
  writeFileSync(file, BASIC + more);
  const said: string[] = [];
  const write = (text: string) => void said.push(text);
  const context = {
    env: {},
    terminal: { write, interactive: false, color: false, columns: 80, ask: () => Promise.resolve(undefined) },
    complain: write,
    signal: new AbortController().signal,
  };
  const options = commandLine([...args, ...(args.includes("--help") ? [] : ["--directory", directory])], context);
  const code = typeof options === "number" ? options : await rotate(options, context);
  return { code, text: said.join(""), file: readFileSync(file, "utf8").replace(BASIC, "") };
}

const OVERLAP = "internal_key_generation = 4\nredis_password_overlap_hours = 24\n";
const GUESTS = "nfs_redis_guests = { shop = 7801 }\nsecret_revisions = { redis-password = 2, db-password = 5 }\n";

test("--all raises what no request notices, and nothing else, and says what to apply, the foundation first", async () => {
  const { code, file, text } = await run(OVERLAP + GUESTS, "dev", "--all", "--yes");
  expect(code).toBe(0);
  expect(file).toBe(
    OVERLAP.replace("4", "5") +
      "nfs_redis_guests = { shop = 7801 }\n" +
      "secret_revisions = { db-password = 5, redis-password = 3, redis-guest-shop-password = 2 }\n",
  );
  expect(text.indexOf("dify-dev-foundation apply")).toBeGreaterThan(0);
  expect(text.indexOf("stacks/dify-dev apply")).toBeGreaterThan(text.indexOf("dify-dev-foundation apply"));
});

test("the foundation is left alone where nothing in it changes", async () => {
  const { file, text } = await run("", "dev", "sandbox-key", "--yes");
  expect(file).toBe("\nsecret_revisions = { sandbox-key = 2 }\n");
  expect(text).toContain("calls between old and new pods are refused");
  expect(text).not.toContain("foundation");
});

test("without being told to, it only shows what it would write", async () => {
  const { code, file, text } = await run(OVERLAP, "dev", "keys");
  expect([code, file]).toEqual([0, OVERLAP]);
  expect(text).toContain("internal_key_generation in ");
  expect(text).toContain(": 5\n");
});

test("after a leak, keys take two generations, and what costs something is rotated", async () => {
  const { file, text } = await run(OVERLAP, "dev", "keys", "secret-key", "--after-leak", "--yes");
  expect(file).toBe(`${OVERLAP.replace("4", "5")}\nsecret_revisions = { secret-key = 2 }\n`);
  expect(text).toContain("The leaked keys are refused after the next generation only");
});

test.each<[number, string, string, readonly string[]]>([
  [0, "npm run rotate -- <environment>", "", ["--help"]],
  [2, "either secrets or --all", "", []],
  [2, "either secrets or --all", "", ["dev", "keys", "--all"]],
  [2, "--maybe", "", ["dev", "--maybe"]],
  [1, "internal_key_generation is null", "", ["dev", "keys"]],
  [1, "Every rotation in this environment refuses some requests", "", ["dev", "--all"]],
  [1, "signs everybody out", "", ["dev", "secret-key", "--yes"]],
  [1, 'secret_revisions names "sandbox"', "", ["dev", "sandbox", "--yes"]],
  [1, "kubectl", "enable_auto_password_rotation = true\n", ["dev", "db-password", "--yes"]],
  [1, "no_such_variable", "no_such_variable = 1\n", ["dev", "sandbox-key", "--yes"]],
])("ends with %i: %s", async (code, text, more, args) => {
  const answer = await run(more, ...args);
  expect(answer.code).toBe(code);
  expect(answer.text).toContain(text);
  expect(answer.file).toBe(more);
});

test("--all has what only a job notices; what refuses requests for minutes takes a word more, and costly ones a leak", async () => {
  const without =
    'vector_store = "weaviate"\nenable_portable_backups = true\nbackup_rehearsal_schedule = "0 3 1 * *"\n';
  expect((await run(without, "dev", "--all", "--yes")).file).toContain(
    "secret_revisions = { db-rehearsal-password = 2 }\n",
  );
  const { file, text } = await run(without, "dev", "--all", "--with-interruptions", "--yes");
  const raised = [...file.matchAll(/([\w-]+) = 2/g)].map(([, name = ""]) => name);
  expect(raised.sort()).toEqual([
    "agent-backend-token",
    "db-password",
    "db-rehearsal-password",
    "inner-api-key",
    "plugin-daemon-key",
    "redis-password",
    "sandbox-key",
    "shellctl-token",
    "weaviate-key",
  ]);
  expect(text).toContain("searches in knowledge are refused");
  expect(text).toContain("old pods keep their connections, and cannot open new ones");
});

const MEMORYSTORE = 'redis_service = "memorystore"\n';

test("Memorystore's password is the foundation's, and takes its word too", async () => {
  const { code, text } = await run(MEMORYSTORE, "dev", "--all", "--yes");
  expect([code, text]).toEqual([1, expect.stringContaining("or add --with-interruptions") as string]);
  const named = await run(MEMORYSTORE, "dev", "memorystore-password", "--yes");
  expect(named.file).toContain("secret_revisions = { memorystore-password = 2 }\n");
  expect(named.text).toMatch(/needs no password[\s\S]*dify-dev-foundation apply/);
});

const KUBEBLOCKS =
  'data_services = { postgresql = "kubeblocks", redis = "kubeblocks" }\nenable_portable_backups = true\n';

test("KubeBlocks' Redis has a password that no number changes, its PostgreSQL one that db-init sets", async () => {
  const overlapping = `${KUBEBLOCKS}redis_password_overlap_hours = 24\n`;
  const refused = await run(overlapping, "dev", "redis-password", "--yes");
  expect([refused.code, refused.file]).toEqual([1, overlapping]);
  expect(refused.text).toContain("changes none that it has made");
  // The file server, which has the files, would get another one for a Redis that nobody uses.
  const all = await run(overlapping, "dev", "--all", "--with-interruptions", "--yes");
  expect(all.file).toContain("db-password = 2");
  expect(all.file).not.toContain("redis-password");
  const named = await run(KUBEBLOCKS, "dev", "db-password", "--yes");
  expect(named.file).toContain("secret_revisions = { db-password = 2 }\n");
  expect(named.text).toContain("The job db-init gives KubeBlocks' PostgreSQL the new one");
  expect(named.text).not.toContain("enable_auto_password_rotation");
});

describe("what the code generates", () => {
  const GENERATES = [
    "google/generated-secret.ts",
    "foundation/file-server.ts",
    "foundation/redis-servers.ts",
    "platform/secrets.ts",
  ];
  /** A password that nobody keeps. */
  const THROWN_AWAY = "platform/database.ts";
  const given = { ...defaults, project_id: "demo-project", require_services_gcp_module: false } as Variables;
  const variants: Variables[] = [
    {
      ...given,
      internal_key_generation: 1,
      vector_store: "qdrant",
      vector_store_moves_from: "weaviate",
      nfs_redis_guests: { shop: 7801 },
      enable_portable_backups: true,
      backup_rehearsal_schedule: "0 3 1 * *",
      enable_custom_sql_scripts: true,
      custom_sql_scripts_bucket: "sql",
      custom_sql_scripts_use_root: true,
    },
    { ...given, redis_service: "memorystore" },
  ];
  const names = [...new Set(variants.flatMap((v) => generatedFor("dev", v).map(({ name }) => name)))];

  test("is made in places that the list looks at, and nowhere else", () => {
    const app = join(__dirname, "../../modules");
    const files = readdirSync(app, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    const found = files.filter((file) =>
      /new GeneratedSecret\(|type: "random_password"|randomBytes|randomUUID/.test(
        readFileSync(join(app, file), "utf8"),
      ),
    );
    expect(found.sort()).toEqual([...GENERATES, THROWN_AWAY].map((file) => `app-gke/${file}`).sort());
  });

  test("is not what others keep in a store: a number there would change nothing", () => {
    const at = { store: "vault", store_kind: "ClusterSecretStore", key: "dify", decoding: "None" } as const;
    const there = generatedFor("dev", { ...given, secret_store_values: { "sandbox-key": at, "db-password": at } });
    const known = there.map(({ name }) => name);
    expect(known).toContain("inner-api-key");
    expect(known).not.toContain("sandbox-key");
    expect(known).not.toContain("db-password");
  });

  test("has a way to another value, all of it, and nothing else has", () => {
    expect(names.filter((name) => wayOf(name) === undefined)).toEqual([]);
    expect(Object.values(secretNames).filter((name) => wayOf(name) !== undefined && !names.includes(name))).toEqual([]);
  });

  test("is in the table of docs/security.md, with that way", () => {
    const page = readFileSync(join(__dirname, "../../docs/security.md"), "utf8");
    const [, table = ""] = /\n\| Secret +\|[^\n]*\n\|[-| ]+\n((?:\|.*\n)+)/.exec(page) ?? [];
    const rows = table
      .split("\n")
      .filter(Boolean)
      .map((row) => row.split("|").slice(1, -1));
    const ways = new Map(
      rows.flatMap(([secret = "", ...more]) =>
        [...secret.matchAll(/`(?:<file server>-|…-)?((?:redis|[a-z])[a-z<>-]*)`/g)].map(
          ([, name = ""]) => [name.replace(/<(stage|guest)>/, "shop"), more.at(-1)?.trim() ?? ""] as const,
        ),
      ),
    );
    for (const word of ["enable_auto_password_rotation"]) ways.delete(word);
    // Of what a job makes, and of stages, the variants have none.
    expect([...ways.keys()].filter((name) => !["db-login", "redis-stage-shop-password"].includes(name)).sort()).toEqual(
      [...names].sort(),
    );
    const says = {
      keys: /^`keys`, or `--all`$/,
      overlap: /-password`, or `--all`$/,
      login: /job.*otherwise `db-password`/,
      unnoticed: /^`--all`$/,
      named: /, by its name only: /,
      noticed: /, or `--all --with-interruptions`$/,
      leak: /--after-leak` only/,
      never: /^Not needed$/,
    };
    for (const name of names)
      expect([name, ways.get(name)]).toEqual([name, expect.stringMatching(says[wayOf(name) ?? "never"])]);
  });
});
