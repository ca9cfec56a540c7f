import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Asked } from "../played-api";
import { PodApis } from "./pod-apis";
import { Postgres } from "./postgres";
import { type Result, removeDirectory, run, temporaryDirectory, until } from "./processes";
import { describeWithPackages, python, python3 } from "./python";
import { tools } from "./require";

const SCRIPT = join(__dirname, "../../scripts/jobs/rotate-login.py");
const DB_INIT = join(__dirname, "../../scripts/jobs/db-init.sh");
const LOAD = join(__dirname, "python/load.py");
const KEY = "checksum/database-login";
const DEPLOYMENTS = ["dify-api", "dify-plugin-daemon"];
/** Rounds of questions that an old pod is still there for. */
const LINGERS = 2;
/** Number of the test that breaks everything off. */
const BROKEN_OFF = 3;

interface Login {
  readonly user: string;
  readonly password: string;
  readonly rotator: string;
}

interface Counted {
  readonly queries: number;
  readonly failures: readonly string[];
}

interface Pod {
  readonly name: string;
  readonly annotation?: string;
  /** Questions after which it is told to end. @default - it stays */
  left?: number;
}

/** Secret Manager with one secret, and a cluster with two Deployments whose pods really use the database. */
class Played {
  versions: { number: string; createTime: string; state: string; value: Login }[] = [];
  secret: Record<string, string> = {};
  readonly annotations: Record<string, string | undefined> = {};
  pods: Pod[] = [];
  private count = 0;

  constructor(private readonly tell: () => ChildProcessWithoutNullStreams | undefined) {}

  add(value: Login): void {
    const number = String(this.versions.length + 1);
    this.versions.push({ number, createTime: new Date().toISOString(), state: "ENABLED", value });
  }

  startPods(): void {
    for (const name of DEPLOYMENTS) this.startPod(name);
  }

  private startPod(deployment: string): void {
    this.count += 1;
    const name = `${deployment}-${this.count}`;
    this.pods.push({ name, annotation: this.annotations[deployment] });
    this.order({ start: name, user: this.text("db-user"), password: this.text("db-password") });
  }

  private order(line: object): void {
    this.tell()?.stdin.write(`${JSON.stringify(line)}\n`);
  }

  /** A pod is listed until its last process has ended. */
  stopped(name: string): void {
    this.pods = this.pods.filter((pod) => pod.name !== name);
  }

  text(key: string): string {
    return Buffer.from(this.secret[key] ?? "", "base64").toString();
  }

  answer({ method, path, body }: Asked): readonly [number, unknown] | undefined {
    const versions = "/v1/projects/demo/secrets/login/versions";
    if (path === versions) {
      const listed = this.versions.filter(({ state }) => state === "ENABLED").reverse();
      return [
        200,
        {
          versions: listed.map(({ number, ...rest }) => ({
            ...rest,
            value: undefined,
            name: `projects/1/secrets/login/versions/${number}`,
          })),
        },
      ];
    }
    const [, number, verb] = /\/versions\/(\d+):(access|disable)$/.exec(path) ?? [];
    const version = this.versions.find((one) => one.number === number);
    if (version && verb === "access")
      return [200, { payload: { data: Buffer.from(JSON.stringify(version.value)).toString("base64") } }];
    if (version && verb === "disable") {
      version.state = "DISABLED";
      return [200, {}];
    }
    if (path === "/v1/projects/demo/secrets/login:addVersion") {
      const { data } = (body as { payload: { data: string } }).payload;
      this.add(JSON.parse(Buffer.from(data, "base64").toString()) as Login);
      return [200, {}];
    }
    if (path === "/api/v1/namespaces/dify/secrets/dify" && method === "PATCH") {
      if (Array.isArray(body)) {
        const same = (body as { path: string; value: string }[]).every(
          (test) => this.secret[test.path.slice(6)] === test.value,
        );
        return same ? [200, {}] : [422, "the test failed"];
      }
      this.secret = { ...this.secret, ...(body as { data: Record<string, string> }).data };
      return [200, {}];
    }
    if (path === "/api/v1/namespaces/dify/pods") return [200, { items: this.listed() }];
    const deployment = /^\/apis\/apps\/v1\/namespaces\/dify\/deployments\/(.+)$/.exec(path)?.[1];
    if (deployment === undefined || !DEPLOYMENTS.includes(deployment)) return undefined;
    if (method === "PATCH") {
      const { annotations } = (body as { spec: { template: { metadata: { annotations: Record<string, string> } } } })
        .spec.template.metadata;
      if (this.annotations[deployment] !== annotations[KEY]) {
        this.annotations[deployment] = annotations[KEY];
        // The new one first.
        for (const pod of this.pods.filter(({ name }) => name.startsWith(deployment))) pod.left ??= LINGERS;
        this.startPod(deployment);
      }
    }
    return [
      200,
      {
        metadata: { generation: 1 },
        spec: { replicas: 1 },
        status: { observedGeneration: 1, updatedReplicas: 1, availableReplicas: 1 },
      },
    ];
  }

  /** Every look brings what lingers closer to its end. */
  private listed(): unknown[] {
    for (const pod of this.pods) {
      if (pod.left === undefined) continue;
      pod.left -= 1;
      if (pod.left === 0) this.order({ stop: pod.name });
    }
    const env = [{ name: "DB_PASSWORD", valueFrom: { secretKeyRef: { name: "dify", key: "db-password" } } }];
    const others = [
      { metadata: { name: "dify-web-1" }, spec: { containers: [{ env: [] }] } },
      { metadata: { name: "done" }, status: { phase: "Succeeded" }, spec: { containers: [{ env }] } },
    ];
    return [
      ...this.pods.map(({ name, annotation }) => ({
        metadata: { name, annotations: annotation === undefined ? {} : { [KEY]: annotation } },
        status: { phase: "Running" },
        spec: { containers: [{ env }] },
      })),
      ...others,
    ];
  }
}

describeWithPackages([tools.postgres], "rotate-login.py", () => {
  const postgres = new Postgres();
  const apis = new PodApis();
  let directory: string;
  let environment: Record<string, string>;
  let number = 0;
  let strict = false;
  let names: { owner: string; second: string; rotator: string; database: string };
  let load: ChildProcessWithoutNullStreams | undefined;
  let played: Played;

  beforeAll(async () => {
    directory = temporaryDirectory("rotate-login");
    environment = await apis.start(directory);
    await postgres.start();
    strict = Number(await postgres.query("postgres", "SHOW server_version_num")) >= 160_000;
  });

  afterAll(async () => {
    await postgres.stop();
    await apis.stop();
    removeDirectory(directory);
  });

  /** As Terraform leaves it: three users, of which the API made two, and a first version with the owner's password. */
  beforeEach(async () => {
    number += 1;
    names = {
      owner: `dify_${number}`,
      second: `dify_${number}_b`,
      rotator: `dify_${number}_rotation`,
      database: `db_${number}`,
    };
    const table = `SET ROLE ${names.owner}; CREATE TABLE requests (pod text, at timestamptz DEFAULT now());`;
    await postgres.prepared([names.database], names.owner, table);
    // From PostgreSQL 16 on, no administrator may make anybody a member, and Cloud SQL has. One test has it so here.
    if (strict || number === BROKEN_OFF) {
      await postgres.apiMember(names.second, names.owner);
      await postgres.apiMember(names.rotator, names.owner, names.second);
    } else await postgres.apiUser(names.second, names.rotator);
    played = new Played(() => load);
    apis.other = (asked) => played.answer(asked);
    const { owner: user } = names;
    played.add({ user, password: postgres.password, rotator: postgres.password });
    const encoded = (text: string): string => Buffer.from(text).toString("base64");
    played.secret = { "db-user": encoded(user), "db-password": encoded(postgres.password), other: "kept" };
  });

  afterEach(() => {
    load?.kill("SIGKILL");
    load = undefined;
  });

  const settings = (): Record<string, string> => ({
    ...environment,
    DB_HOST: "127.0.0.1",
    DB_PORT: String(postgres.port),
    DB_OWNER: names.owner,
    DB_SECOND: names.second,
    DB_ROTATOR: names.rotator,
    LOGIN_SECRET: "projects/demo/secrets/login",
    PERIOD_SECONDS: "0",
    DELAY_SECONDS: "0",
    PAUSE_SECONDS: "0.02",
    PASSWORD_LENGTH: "32",
    SECRET_NAME: "dify",
    USER_KEY: "db-user",
    PASSWORD_KEY: "db-password",
    DEPLOYMENTS: DEPLOYMENTS.join(" "),
    SELECTOR: "app.kubernetes.io/instance=dify",
    PYTHONDONTWRITEBYTECODE: "1",
  });
  const rotate = async (args: readonly string[] = [], more: Readonly<Record<string, string>> = {}): Promise<Result> =>
    await python3([SCRIPT, ...args], { env: { ...settings(), ...more } });

  const startLoad = (): Promise<Counted> => {
    const started = spawn(python, [LOAD, String(postgres.port), names.database]);
    load = started;
    played.startPods();
    return new Promise((resolve) => {
      createInterface(started.stdout).on("line", (line) => {
        const said = JSON.parse(line) as Counted & { readonly stopped?: string };
        if (said.stopped === undefined) resolve(said);
        else played.stopped(said.stopped);
      });
    });
  };

  const enters = async (user: string, password: string): Promise<boolean> =>
    (await postgres.psql(names.database, "SELECT 1", user, password)).code === 0;

  test("ten rotations under load: no query fails, each old login is refused, and what new ones make is the owner's", async () => {
    expect(await rotate(["prepare"])).toMatchObject({ code: 0, stderr: "" });
    const counted = startLoad();
    for (let turn = 1; turn <= 10; turn += 1) {
      const before = { user: played.text("db-user"), password: played.text("db-password") };
      const { code, stderr, stdout } = await rotate();
      expect([code, stderr]).toEqual([0, ""]);
      const now = { user: played.text("db-user"), password: played.text("db-password") };
      expect(now.user).toBe(turn % 2 === 1 ? names.second : names.owner);
      expect(stdout).not.toContain(now.password);
      expect(await enters(before.user, before.password)).toBe(false);
      expect(await enters(now.user, now.password)).toBe(true);
      await postgres.psql(names.database, `CREATE TABLE made_${turn} ()`, now.user, now.password);
    }
    load?.stdin.end();
    const { queries, failures } = await counted;
    expect(failures).toEqual([]);
    // Of each pod at least one: of both at the start, and of both that each rotation starts.
    expect(queries).toBeGreaterThanOrEqual(DEPLOYMENTS.length * 11);
    expect(played.versions.filter(({ state }) => state === "ENABLED")).toHaveLength(1);
    expect(played.secret.other).toBe("kept");
    const owners = "SELECT string_agg(DISTINCT tableowner, ' '), count(*) FROM pg_tables WHERE schemaname = 'public'";
    expect(await postgres.query(names.database, owners)).toBe(`${names.owner}|11`);
  });

  test("from the password to a service account and back under load: no query fails, and all belongs to one role", async () => {
    const account = `dify-${number}-db@demo-project.iam`;
    const counted = startLoad();
    const order = (line: object): void => void load?.stdin.write(`${JSON.stringify(line)}\n`);
    /** A new pod for each old one, which ends then. */
    const rollOver = async (name: string, user: string, password: string): Promise<void> => {
      const old = played.pods;
      order({ start: name, user, password });
      played.pods = [...old, { name }];
      for (const pod of old) order({ stop: pod.name });
      await until("the old pods' end", () => played.pods.length === 1);
    };
    // As Cloud SQL's API makes it; its token is the password here.
    await postgres.apiMember(`"${account}"`, strict ? names.owner : "cloudsqlsuperuser");
    const { PATH } = process.env;
    const prepared = await run("sh", [DB_INIT], {
      env: {
        PATH: [dirname(tools.postgres.command), PATH].join(delimiter),
        DB_HOST: "127.0.0.1",
        DB_PORT: String(postgres.port),
        DB_NAME: names.database,
        DB_USER: account,
        DB_OWNER: names.owner,
        PGPASSWORD: postgres.password,
      },
    });
    expect([prepared.code, prepared.stderr]).toEqual([0, ""]);
    await rollOver("iam", account, postgres.password);
    // What Terraform does at the next apply, to a password that it throws away.
    await postgres.query("postgres", `ALTER ROLE ${names.owner} PASSWORD 'thrown-away'`);
    expect(await enters(names.owner, postgres.password)).toBe(false);
    expect((await postgres.psql(names.database, "CREATE TABLE made (id int)", account)).stderr).toBe("");
    await postgres.query("postgres", `ALTER ROLE ${names.owner} PASSWORD 'new-one'`);
    await rollOver("password", names.owner, "new-one");
    expect((await postgres.psql("postgres", `DROP ROLE "${account}"`)).stderr).toBe("");
    load?.stdin.end();
    expect((await counted).failures).toEqual([]);
    const owners = "SELECT string_agg(DISTINCT tableowner, ' '), count(*) FROM pg_tables WHERE schemaname = 'public';";
    const served = "SELECT string_agg(DISTINCT pod, ' ' ORDER BY pod) FROM requests;";
    // Each login was used: the password by the pods before, the account, and the new password.
    expect(await postgres.query(names.database, owners + served)).toBe(
      `${names.owner}|2\n${DEPLOYMENTS[0]}-1 ${DEPLOYMENTS[1]}-2 iam password`,
    );
  });

  test("goes on from wherever it was broken off", async () => {
    expect(number).toBe(BROKEN_OFF);
    expect((await rotate(["prepare"])).stdout).toMatch(/acts as dify_3, and dify_3_rotation may become both\n/);
    expect((await rotate(["prepare"])).stdout).toContain("prepared already");
    expect(await enters(names.second, postgres.password)).toBe(false);
    const counted = startLoad();
    // In one process, which loses the network before each kind of request once, and before every change of a rotation.
    const everywhere = `import importlib.util, re, sys, urllib.parse
sys.argv = ["rotate-login.py"]
spec = importlib.util.spec_from_file_location("rotation", ${JSON.stringify(SCRIPT)})
rotation = importlib.util.module_from_spec(spec); spec.loader.exec_module(rotation)
import cluster_api
send, lost, sent = cluster_api._send, set(), []
def losing(method, url, *given):
    kind = method + " " + re.sub("/versions/[0-9]+", "/versions/<n>", urllib.parse.urlsplit(url).path)
    place = kind, 0 if method == "GET" else sent.count(kind)
    if place not in lost:
        lost.add(place)
        print(kind)
        raise cluster_api.Refusal(400, "broken off")
    sent.append(kind)
    return send(method, url, *given)
cluster_api._send = losing
for _ in range(100):
    sent.clear()
    try: rotation.main()
    except SystemExit: continue
    break`;
    const before = apis.requests.length;
    const { stdout } = await run(python, ["-c", everywhere], { env: settings() });
    const sent = apis.requests.slice(before).map((line) => line.replace(/\/versions\/\d+/, "/versions/<n>"));
    const lost = stdout.split("\n").filter((line) => /^[A-Z]+ \//.test(line));
    expect([...new Set(lost)].sort()).toEqual([...new Set(sent.map((line) => line.replace(/ \d+$/, "")))].sort());
    // What was left over is settled by the next one, which rotates nothing itself.
    expect((await rotate([], { PERIOD_SECONDS: "3600" })).stdout).toMatch(
      /is in use; the next one is due in 3\d{3} seconds/,
    );
    load?.stdin.end();
    expect((await counted).failures).toEqual([]);
    const { user, password } = played.versions.at(-1)?.value ?? { user: "", password: "" };
    expect([played.text("db-user"), played.text("db-password")]).toEqual([user, password]);
    expect(await enters(user, password)).toBe(true);
    expect(played.versions.filter(({ state }) => state === "ENABLED")).toHaveLength(1);
  });

  test("leaves nobody a right outside, prepares once, and rotates only when it is due, or told to", async () => {
    const rights = (): Promise<string> =>
      postgres.query(
        "postgres",
        `SELECT r.rolcreaterole OR r.rolcreatedb OR r.rolsuper, string_agg(g.rolname, ' ' ORDER BY g.rolname)
         FROM pg_roles r JOIN pg_auth_members m ON m.member = r.oid JOIN pg_roles g ON g.oid = m.roleid
         WHERE r.rolname IN ('${names.second}', '${names.rotator}') GROUP BY r.rolname, 1 ORDER BY r.rolname`,
      );
    expect((await rotate(["prepare"])).stdout).toContain(`${names.rotator} may become both`);
    expect(await rights()).toBe(`f|${names.owner}\nf|${names.owner} ${names.second}`);
    expect((await rotate(["prepare"])).stdout).toContain("prepared already");
    if (!strict)
      expect((await postgres.psql(names.database, "SELECT 1", names.rotator)).stderr).toContain(
        "permission denied for database",
      );
    expect(await enters(names.second, postgres.password)).toBe(false);

    expect((await rotate([], { PERIOD_SECONDS: "3600" })).stdout).toContain("version 1 is in use");
    expect(played.versions).toHaveLength(1);
    await rotate([], { PERIOD_SECONDS: "3600", HOSTNAME: "rotate-now-1-x2b4c" });
    expect([played.text("db-user"), played.versions.length]).toEqual([names.second, 2]);

    // An apply that had read the login before, and wrote it afterwards.
    played.secret["db-user"] = "b2xk";
    const { stdout } = await rotate([], { PERIOD_SECONDS: "3600" });
    expect(stdout).toContain("the Secret had another login");
    expect(played.text("db-user")).toBe(names.second);
    expect(played.annotations["dify-api"]).toMatch(/^2-\d+$/);
    // As Terraform deletes them.
    expect((await postgres.psql("postgres", `DROP ROLE ${names.second}; DROP ROLE ${names.rotator};`)).stderr).toBe("");
  });
});
