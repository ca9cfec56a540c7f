import { spawnSync } from "node:child_process";
import { App } from "cdktf";
import type { ApplicationConfig, Job } from "../../modules/app-gke/application-config";
import { installation as installationOf } from "../../modules/app-gke/installation";
import { accountTitle } from "../../modules/app-gke/platform/account-title";
import { Database } from "../../modules/app-gke/platform/database";
import { DatabaseAccount, databaseAccountOf } from "../../modules/app-gke/platform/database-account";
import { ownAccountsWithDatabase } from "../../modules/app-gke/platform/mounted-buckets";
import { literal, writeLiterals } from "../../modules/app-gke/terraform/literal";
import { InstallationStack } from "../../modules/app-gke/terraform/stack";
import { jobPod } from "../../modules/app-gke/workload/job-pod";
import { knownContext } from "../../modules/app-gke/workload/known-context";
import { podSpec } from "../../modules/app-gke/workload/pod";

test("the title of an account fits into the 100 bytes that IAM takes", () => {
  expect(accountTitle("Dify")).toBe("Dify");
  expect(accountTitle("x".repeat(90), ": database")).toBe(`${"x".repeat(90)}: database`);
  expect(accountTitle("x".repeat(91), ": database")).toBe(`${"x".repeat(87)}…: database`);
  expect(accountTitle("日".repeat(100))).toBe(`${"日".repeat(32)}…`);
  expect(writeLiterals(accountTitle(literal("${x}".repeat(25))))).toBe("$${x}".repeat(25));
  expect(writeLiterals(accountTitle(literal("${x}".repeat(26))))).toBe(`${"$${x}".repeat(24)}$…`);
});

const INSTALLATION = installationOf({
  projectId: "demo-project",
  region: "us-central1",
  environment: "test",
  tenantId: "demo",
  applicationName: "hello",
});
const SIZE = { cpu: "250m", memory: "256Mi" };
const JOB: Job = {
  name: "prepare",
  image: "postgres:15",
  command: ["sh", "-c", 'echo "$1 $GIVEN"; exit 7'],
  args: ["-", "it's"],
  resources: SIZE,
  needs: { database: true },
};
const application = (database: Partial<ApplicationConfig["database"]>): ApplicationConfig => ({
  name: "hello",
  displayName: "Hello",
  version: "1",
  entryPoint: "web",
  database: { version: "POSTGRES_15", name: "hello", user: "hello", ...database },
  components: [{ name: "web", image: "busybox:1.37", resources: SIZE, needs: { database: true } }],
  jobs: [JOB, { ...JOB, name: "backup", rights: { writesBackups: true } }],
});
const IAM = application({ iam: { used: true } });
const OPTIONS = { restartPolicy: "Never", terminationGracePeriodSeconds: 30 } as const;
const contextOf = (config: ApplicationConfig) =>
  knownContext({
    application: config,
    resourcePrefix: INSTALLATION.resourcePrefix,
    image: (upstream) => upstream,
    authProxyImage: "proxy:2-alpine",
    databaseAccount: databaseAccountOf(INSTALLATION).email,
  });

test("the role's name is the account's address, and never longer than PostgreSQL takes", () => {
  const { accountId, email, user } = databaseAccountOf(INSTALLATION);
  expect([email, user]).toEqual([`${accountId}@demo-project.iam.gserviceaccount.com`, `${accountId}@demo-project.iam`]);
  const long = { projectId: "p".repeat(30), resourcePrefix: "a-tenant-with-a-very-long-name" };
  expect(databaseAccountOf(long).user).toHaveLength(63);
  expect(databaseAccountOf(long).accountId).not.toBe(
    databaseAccountOf({ ...long, resourcePrefix: `${long.resourcePrefix}r` }).accountId,
  );
});

test("the account may log in to this instance and nothing else, and who acts as it is named one by one", () => {
  const stack = new InstallationStack(new App({ skipValidation: true }), "test");
  const account = new DatabaseAccount(stack, "account", {
    installation: INSTALLATION,
    displayName: "Hello",
    instance: "shared",
    members: { identity: "serviceAccount:hello" },
    dependsOn: [],
  });
  new Database(stack, "database", {
    installation: INSTALLATION,
    definition: { version: "POSTGRES_15", name: "hello", user: "hello", iam: { used: true } },
    instance: "shared",
    databaseVersion: "POSTGRES_15",
    accountUser: account.user,
    dependsOn: [],
  });
  const { resource = {} } = stack.toTerraform() as {
    resource?: Record<string, Record<string, Record<string, unknown>>>;
  };
  const grants = Object.values(resource.google_project_iam_member ?? {});
  expect(grants.map(({ role }) => role)).toEqual(["roles/cloudsql.client", "roles/cloudsql.instanceUser"]);
  for (const { condition } of grants)
    expect(condition).toHaveProperty("expression", expect.stringContaining("/instances/shared") as string);
  expect(Object.values(resource.google_service_account_iam_member ?? {})).toMatchObject([
    { role: "roles/iam.serviceAccountTokenCreator", member: "serviceAccount:hello" },
  ]);
  const users = resource.google_sql_user ?? {};
  expect(users.account_user).toMatchObject({
    type: "CLOUD_IAM_SERVICE_ACCOUNT",
    name: databaseAccountOf(INSTALLATION).user,
    database_roles: ["cloudsqlsuperuser"],
  });
  expect(users.account_user).not.toHaveProperty("password_wo");
  // Another number than any version in Secret Manager: a password from before is replaced by one that nobody gets to know.
  expect(users.database_user).toMatchObject({
    password_wo: "${ephemeral.random_password.database_thrown_away.result}",
    password_wo_version: 2_000_000,
  });
  // PostgreSQL drops neither login while a database belongs to them.
  expect(resource.google_sql_database?.database_hello?.depends_on).toEqual(
    expect.arrayContaining(["google_sql_user.account_user", "google_sql_user.database_user"]),
  );
});

test("from PostgreSQL 16 on, Cloud SQL makes logins members of the owner, which no statement of theirs may", () => {
  const stack = new InstallationStack(new App({ skipValidation: true }), "test");
  const common = { installation: INSTALLATION, instance: "shared", databaseVersion: "POSTGRES_16", dependsOn: [] };
  const account = new DatabaseAccount(stack, "account", { ...common, displayName: "Hello", members: {} });
  const definition = { version: "POSTGRES_15", name: "hello", user: "hello" };
  const iam = { ...definition, iam: { used: true } };
  new Database(stack, "database", { ...common, definition: iam, accountUser: account.user });
  const rotation = { secondUser: "hello_b", rotator: "hello_rotation", loginSecret: "login", userKey: "user" };
  const password = { value: "${ephemeral.random_password.p.result}", version: "1" };
  new Database(stack, "turns", { ...common, definition: { ...definition, rotation }, password });
  const { google_sql_user: users } = (stack.toTerraform() as { resource: Record<string, Record<string, object>> })
    .resource;
  // The owner is an administrator until db-init has taken that from it.
  for (const owner of [users?.database_user, users?.turns_user]) expect(owner).not.toHaveProperty("database_roles");
  const made = (name: string) => users?.[name] as { database_roles: string[]; depends_on: string[] };
  expect(made("account_user").database_roles).toEqual(["${google_sql_user.database_user.name}"]);
  expect(made("account_user").depends_on).toContain("google_sql_user.database_user");
  const [second, rotator] = Object.keys(users ?? {})
    .filter((name) => name.includes("rotation"))
    .map(made);
  expect(second?.database_roles).toEqual(["${google_sql_user.turns_user.name}"]);
  expect(rotator?.database_roles).toEqual([
    "${google_sql_user.turns_user.name}",
    expect.stringMatching(/^\$\{google_sql_user\.turns_rotation.*hello_b.*\.name\}$/),
  ]);
  expect(rotator?.depends_on).toHaveLength(2);
});

test("pods log in as the account, each by an Auth Proxy of its own", () => {
  const login = ["--auto-iam-authn", `--impersonate-service-account=${databaseAccountOf(INSTALLATION).email}`];
  const [sidecar] = podSpec([IAM.components[0] as Job], contextOf(IAM), OPTIONS).containers;
  expect(sidecar?.args).toEqual(expect.arrayContaining(login));
  for (const config of [
    application({ passwordSecret: "db-password" }),
    application({ passwordSecret: "db-password", iam: { used: false } }),
  ]) {
    const [first] = podSpec([config.components[0] as Job], contextOf(config), OPTIONS).containers;
    expect(first?.args?.join(" ")).not.toMatch(/iam|impersonate/);
    expect(jobPod(JOB, contextOf(config), OPTIONS)).toMatchObject({ serviceAccountName: "hello-none" });
  }
  expect(ownAccountsWithDatabase(IAM)).toEqual(["backup"]);
});

test("a job has it in its own container, and ends as its command ends", () => {
  const pod = jobPod(JOB, contextOf(IAM), OPTIONS);
  expect(pod.serviceAccountName).toBe("hello");
  expect(pod.containers).toHaveLength(1);
  const [container] = pod.containers;
  const { command = [], args = [], envFrom } = container ?? {};
  expect(envFrom).toEqual([{ configMapRef: { name: "hello-cloud-sql-proxy" } }]);
  const [, , script = ""] = command;
  expect(script).toContain("--auto-iam-authn");
  expect(script).not.toMatch(/[$%]\{/);
  const run = (proxy: string) =>
    spawnSync(
      "sh",
      ["-c", script.replace(/^PROGRAM=.*/, `PROGRAM=play; play() { ${proxy}; }`), ...command.slice(3), ...args],
      {
        encoding: "utf8",
        env: { PATH: process.env.PATH, GIVEN: "given" },
      },
    );
  expect(run('echo "proxy: $*"')).toMatchObject({
    status: 7,
    stdout: expect.stringContaining("it's given") as string,
    stderr: expect.stringContaining("proxy: --private-ip") as string,
  });
  expect(run("return 1")).toMatchObject({
    status: 1,
    stdout: "",
    stderr: expect.stringContaining("has not started") as string,
  });
});
