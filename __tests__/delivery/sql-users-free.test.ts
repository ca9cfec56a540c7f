import { readFileSync } from "node:fs";
import { join } from "node:path";
import { synth } from "../terraform/synth";
import { Playground } from "./stub";

const SECRETS = "https://secretmanager.googleapis.com/v1/projects/p/secrets";
const USERS = "https://sqladmin.googleapis.com/v1/projects/p/instances/shared/users";
const SETTINGS = {
  PROJECT: "p",
  INSTANCE: "shared",
  USERS:
    "dify_user:database-1a:x-db-password dify_user_staging:database-2b:x-staging-db-password dify_user_b:database-3c:x-db-login:later",
  CLAIMS: "x-claims",
  TOKEN: "the-token",
};

const there = (body: object): string => `${JSON.stringify(body, null, 2)}\n200`;
const missing = '{ "error": { "code": 404 } }\n404';
const users = (...names: string[]): string => there({ items: names.map((name) => ({ kind: "sql#user", name })) });
const claims = (...keys: string[]): string =>
  there({ name: `${SECRETS}/x-claims`, annotations: Object.fromEntries(keys.map((key) => [key, "user"])) });

let playground: Playground;

beforeEach(() => {
  playground = new Playground("../google/sql-users-free.sh", SETTINGS)
    .answer(`curl *${SECRETS}/*`, missing)
    .answer(`curl *${USERS}`, { stdout: users("postgres"), run: 'cat >"$stub/stdin"' });
});

afterEach(() => {
  playground.remove();
});

test.each([
  ["nobody has the name", users("postgres", "my_dify_user", "dify_users"), missing, []],
  ["it is noted as this deployment's own", users("dify_user"), claims("database-1a", "redis-9"), []],
  ["an apply has made it before anything was noted", users("dify_user"), missing, ["x-db-password"]],
  ["a rotation's was made before it was noted", users("dify_user_b"), claims("database-1a"), ["x-db-login"]],
])("goes on where %s", async (_, answer, noted, secrets) => {
  playground.answer(`curl *${USERS}`, answer).answer(`curl *${SECRETS}/x-claims`, noted);
  for (const secret of secrets) playground.answer(`curl *${SECRETS}/${secret}`, there({ name: secret }));
  const { code, stderr, stdout } = await playground.run();
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toContain("no user of others on shared is in the way");
});

test.each([
  ["nothing is noted", users("postgres", "dify_user"), missing, "a user dify_user already"],
  ["something else is noted", users("dify_user"), claims("database-2b"), "a user dify_user already"],
  ["a stage's is taken", users("dify_user", "dify_user_staging"), claims("database-1a"), "a user dify_user_staging"],
  ["a rotation would begin with another's", users("dify_user_b"), claims("database-1a"), "a user dify_user_b already"],
  ["the look is refused", '{ "error": { "message": "denied" } }\n403', missing, 'message": "denied"'],
  ["what is noted cannot be read", users("dify_user"), '{ "error": {} }\n500', "Google's answer to"],
])("stops where %s", async (_, answer, noted, says) => {
  playground.answer(`curl *${USERS}`, answer).answer(`curl *${SECRETS}/x-claims`, noted);
  const { code, stderr } = await playground.run();
  expect(code).toBe(1);
  expect(stderr).toContain(says);
  expect(stderr.match(/sql-users-free:/g)).toHaveLength(1);
});

test("keeps the token from the command line", async () => {
  const { calls } = await playground.run();
  expect(calls.join("\n")).not.toContain("the-token");
  expect(readFileSync(join(playground.directory, "bin/stdin"), "utf8")).toContain("Bearer the-token");
});

test("runs on an instance of others alone, before its users are noted, and before the secret that says whose they are", () => {
  const named = synth({
    require_services_gcp_module: false,
    network_name: "vpc",
    sql_instance_name: "shared",
  }).application;
  const check = "terraform_data.app_claims_free_sql_users";
  for (const secret of ["app_claims_secret", "app_secrets_db_password_secret"]) {
    expect(named.resource["google_secret_manager_secret"]?.[secret]?.["depends_on"]).toContain(check);
  }
  const taken = {
    require_services_gcp_module: false,
    network_name: "vpc",
    sql_instance_name: "shared",
    take_over_databases: true,
  };
  for (const given of [{ require_services_gcp_module: false }, taken]) {
    expect(JSON.stringify(synth(given).application)).not.toContain(check);
  }
});
