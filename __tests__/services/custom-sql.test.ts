import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PodApis } from "./pod-apis";
import { Postgres } from "./postgres";
import { type Result, removeDirectory, temporaryDirectory } from "./processes";
import { describeWithPackages, python3 } from "./python";
import { tools } from "./require";

const SCRIPT = join(__dirname, "../../scripts/jobs/custom-sql.py");
const OUTCOME = join(__dirname, "../../scripts/jobs/job-outcome.py");
const OWNER = "dify_user";
const BUCKET = "company-sql";

describeWithPackages([tools.postgres, tools.openssl], "custom-sql.py", () => {
  const postgres = new Postgres();
  const apis = new PodApis();
  let directory: string;
  let environment: Record<string, string>;
  let databases = 0;
  let database: string;

  beforeAll(async () => {
    directory = temporaryDirectory("custom-sql");
    environment = await apis.start(directory);
    await postgres.start();
  });

  beforeEach(async () => {
    databases += 1;
    database = `dify_${databases}`;
    await postgres.prepared([database], OWNER);
    apis.objects.clear();
    apis.requests.length = 0;
    apis.configMaps.outcome = { error: "", attempt: "" };
  });

  afterAll(async () => {
    await postgres.stop();
    await apis.stop();
    removeDirectory(directory);
  });

  /** Runs with these files in the bucket, in the order in which they are given here. */
  const apply = async (
    files: Readonly<Record<string, string | Buffer>>,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Result & { readonly error: string }> => {
    const listed = Object.entries(files).map(([name, content]) => {
      const generation = String(BigInt(`0x${createHash("sha256").update(content).digest("hex").slice(0, 12)}`));
      apis.objects.set(`${BUCKET}/${name}`, { generation, content });
      return { name, link: `https://storage.googleapis.com/…?generation=${generation}&alt=media` };
    });
    const list = join(directory, "scripts.json");
    writeFileSync(list, JSON.stringify(listed));
    const result = await python3([SCRIPT], {
      env: {
        ...environment,
        SCRIPTS: list,
        SCRIPTS_BUCKET: BUCKET,
        DB_HOST: "127.0.0.1",
        DB_PORT: String(postgres.port),
        DB_NAME: database,
        DB_USER: OWNER,
        PGPASSWORD: postgres.password,
        OUTCOME: "outcome",
        ...more,
      },
    });
    return { ...result, error: apis.configMaps.outcome?.error ?? "" };
  };

  const ledger = async (): Promise<string> =>
    await postgres.query(
      database,
      `SELECT name, statements, ended_at IS NOT NULL, ran_by FROM custom_sql.ledger ORDER BY began_at`,
    );

  test("runs files in the order of their names, each content once, and says who ran what", async () => {
    const files = {
      "sql/10-b.sql": "INSERT INTO seen (what) VALUES ('10');",
      "sql/9-c.sql": "INSERT INTO seen (what) VALUES ('9');",
      "sql/02-a.sql": "CREATE TABLE seen (id serial, what text);\n-- a comment; no statement\nSELECT 'a;b', $$;$$;",
    };
    expect(await apply(files)).toMatchObject({ code: 0, error: "", stderr: "" });
    expect(await postgres.query(database, "SELECT string_agg(what, ' ' ORDER BY id) FROM seen")).toBe("10 9");
    const again = await apply({ ...files, "sql/11-renamed.sql": files["sql/9-c.sql"] });
    expect([again.code, again.error]).toEqual([0, ""]);
    expect(again.stdout).toContain("sql/11-renamed.sql: ran at ");
    expect(await postgres.query(database, "SELECT count(*) FROM seen")).toBe("2");
    await apply({ "sql/9-c.sql": "INSERT INTO seen (what) VALUES ('another content');" });
    expect(await postgres.query(database, "SELECT count(*) FROM seen")).toBe("3");
    expect((await ledger()).split("\n")).toEqual([
      `sql/02-a.sql|2|t|${OWNER}`,
      `sql/10-b.sql|1|t|${OWNER}`,
      `sql/9-c.sql|1|t|${OWNER}`,
      `sql/9-c.sql|1|t|${OWNER}`,
    ]);
    expect(apis.configMaps.outcome).toEqual({ error: "", attempt: "" });
  });

  test("stops at the first error, with file and line, and takes the file back as a whole", async () => {
    const broken = "CREATE TABLE left_over ();\n\nSELECT 1,\n  no_such_column\nFROM pg_class;";
    const result = await apply({
      "a.sql": "CREATE TABLE kept ();",
      "b.sql": broken,
      "c.sql": "CREATE TABLE later ();",
    });
    expect(result.error).toBe('b.sql:4: column "no_such_column" does not exist');
    expect(result.stderr).toBe(`custom-sql: error: ${result.error}\n`);
    // The code after which Kubernetes tries no second pod: it would only fail again.
    expect(result.code).toBe(3);
    expect(apis.configMaps.outcome?.attempt).toMatch(/^[0-9a-f]{8}$/);
    expect(
      await postgres.query(
        database,
        "SELECT string_agg(relname, ' ') FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
      ),
    ).toBe("kept");
    const { attempt } = apis.configMaps.outcome ?? {};
    const repaired = await apply({ "a.sql": "CREATE TABLE kept ();", "b.sql": "CREATE TABLE left_over ();" });
    expect([repaired.error, apis.configMaps.outcome?.attempt]).toEqual(["", attempt]);
  });

  test("names the statement's line for what goes wrong while it runs, and inside of blocks", async () => {
    const block = "SELECT 1;\nDO $$\nBEGIN\n  RAISE EXCEPTION 'not today' USING HINT = 'come back';\nEND $$;";
    expect((await apply({ "a.sql": block })).error).toMatch(
      /^a\.sql:2: not today \(come back\), in PL\/pgSQL .* line 3/,
    );
    const late = "CREATE TABLE t (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO t VALUES (1), (1);";
    expect((await apply({ "b.sql": late })).error).toMatch(/^b\.sql:2: duplicate key value violates unique constraint/);
  });

  test("runs without a transaction what cannot be in one, and goes on behind what ran", async () => {
    const file =
      "CREATE TABLE big (id int);\nCREATE INDEX CONCURRENTLY one ON big (id);\nVACUUM big;\nSELECT * FROM missing;";
    const failed = await apply({ "a.sql": file });
    expect(failed.stdout).toContain("a.sql:2: cannot be in a transaction, so the file runs without one");
    expect(failed.error).toMatch(
      /^a\.sql:4: relation "missing" does not exist\. What stands before it .* has happened/,
    );
    expect(await ledger()).toBe(`a.sql|3|f|${OWNER}`);
    await postgres.psql(database, "CREATE TABLE missing ()", OWNER);
    const ended = await apply({ "a.sql": file });
    expect([ended.error, ended.stdout]).toEqual(["", expect.stringContaining("goes on behind its first 3 statements")]);
    expect(await ledger()).toBe(`a.sql|4|t|${OWNER}`);
    const late = await apply({ "b.sql": "SELECT 1;\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE;" });
    expect(late.error).toMatch(/^b\.sql:2: SET TRANSACTION ISOLATION LEVEL must be called before any query/);
  });

  test("refuses what it cannot read or run before anything has happened", async () => {
    const latin = Buffer.from("SELECT 1;\nSELECT 'é';", "latin1");
    expect((await apply({ "a.sql": "CREATE TABLE first ();", "x.sql": latin })).error).toMatch(
      /^x\.sql:2: .* not UTF-8/,
    );
    expect((await apply({ "a.sql": "CREATE TABLE first ();", "x.sql": "\n\0" })).error).toMatch(/^x\.sql:2: a NUL/);
    const meta = "SELECT 1;\n\\! touch /tmp/x";
    expect((await apply({ "a.sql": "CREATE TABLE first ();", "x.sql": meta })).error).toMatch(/^x\.sql:2: a backslash/);
    expect(await postgres.query(database, "SELECT to_regclass('public.first')")).toBe("");

    const texts: readonly [text: string, refused: RegExp][] = [
      ["\\copy t from program 'id'", /^1 a backslash begins a command of psql/],
      ["COPY t FROM PROGRAM 'id';", /^1 COPY with a program/],
      ["SELECT 1;COPY t FROM stdin;\n1\n\\.\n", /^1 COPY from or to the client/],
      ["\nBEGIN; SELECT 1; COMMIT;", /^2 BEGIN is not for a file/],
      ["SELECT 1;\nPREPARE\n TRANSACTION 'x'", /^2 PREPARE is not for a file/],
      ["SELECT 1;\nSELECT 'abc;\n", /^2 ' is not closed/],
      ["/* /* */ SELECT 1;", /^1 \/\* is not closed/],
      ["DO $a$ BEGIN END $b$;", /^1 \$a\$ is not closed/],
    ];
    const check = `import json, sys; from sql_statements import *
for text in json.load(sys.stdin):
    try: statements(text); print("fine")
    except Refused as refused: print(refused.line, refused.why)`;
    const input = JSON.stringify(texts.map(([text]) => text));
    const env = { PYTHONPATH: join(SCRIPT, "..") };
    const { stdout, stderr } = await python3(["-c", check], { input, env });
    expect(stderr).toBe("");
    const found = stdout.trim().split("\n");
    expect(found).toEqual(texts.map(([, refused]) => expect.stringMatching(refused) as string));
  });

  test("knows what is text: quotes, dollars, nested comments, functions with statements of their own", async () => {
    const sql = `\ufeff/* ; /* nested ; */ ' */ SELECT 'it''s; \\ fine', E'it\\'s; \\\\', "weird;name", $q$ ; \\! $q$
      FROM (SELECT 1 AS "weird;name") AS a$b$;
      CREATE FUNCTION two(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN a > 1 THEN 2 ELSE 3 END; END;
      CREATE TABLE log (id int); CREATE TABLE t (id int);
      CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO log VALUES (1); INSERT INTO log VALUES (2));
      INSERT INTO t VALUES (two(2)) -- the last one needs no semicolon`;
    const { error, stdout } = await apply({ "a.sql": sql });
    expect([error, stdout]).toEqual(["", expect.stringContaining("a.sql: 6 statements ran")]);
    expect(await postgres.query(database, "SELECT sum(id) FROM log")).toBe("3");
  });

  test("runs what the plan has seen, and nothing newer", async () => {
    const link = "https://storage.googleapis.com/x?generation=7&alt=media";
    const list = join(directory, "planned.json");
    writeFileSync(list, JSON.stringify([{ name: "a.sql", link }]));
    apis.objects.set(`${BUCKET}/a.sql`, { generation: "8", content: "CREATE TABLE newer ();" });
    expect((await apply({}, { SCRIPTS: list })).error).toBe(
      "a.sql: replaced or deleted since the plan. Plan and apply again",
    );
  });

  /** From PostgreSQL 16 on Cloud SQL makes it a member of the owner, which no administrator may. */
  const administrator = async (name: string): Promise<void> => {
    await postgres.apiUser(name);
    strict = Number(await postgres.query("postgres", "SHOW server_version_num")) >= 160_000;
    if (strict) await postgres.query("postgres", `GRANT ${OWNER} TO ${name}`);
  };
  let strict = false;

  test("an administrator that may not give back its rights has no password afterwards", async () => {
    const name = `dify_user_sql_${databases}`;
    await postgres.apiMember(name, "cloudsqlsuperuser", OWNER);
    // As nobody may from PostgreSQL 16 on.
    await postgres.query("postgres", "ALTER ROLE cloudsqlsuperuser NOCREATEROLE");
    const root = { DB_ADMINISTRATOR: name, DB_ADMINISTRATOR_PASSWORD: postgres.password };
    const { error, stdout } = await apply({ "a.sql": "CREATE TABLE made ();" }, root);
    await postgres.query("postgres", "ALTER ROLE cloudsqlsuperuser CREATEROLE");
    expect([error, stdout]).toEqual(["", expect.stringContaining(`${name} has no password any more`)]);
    expect(await postgres.query(database, "SELECT tableowner FROM pg_tables WHERE tablename = 'made'")).toBe(OWNER);
    expect((await postgres.psql(database, "SELECT 1", name)).stderr).toContain("authentication failed");
    expect(await apply({ "a.sql": "CREATE TABLE made ();" }, root)).toMatchObject({ code: 0, error: "" });
    expect((await postgres.psql("postgres", `DROP ROLE ${name}`)).stderr).toBe("");
  });

  test("as an administrator, does what the application's user may not, hands over what it made, and gives back its rights", async () => {
    const name = `dify_user_sql_${databases}`;
    await administrator(name);
    const root = { DB_ADMINISTRATOR: name, DB_ADMINISTRATOR_PASSWORD: postgres.password };
    const files = {
      "a.sql": `CREATE ROLE reporting_${databases} NOLOGIN; CREATE TABLE made (id serial); CREATE EXTENSION hstore;
        GRANT SELECT ON made TO ${name};`,
    };
    expect((await apply(files)).error).toBe("a.sql:1: permission denied to create role");
    const { error, stdout } = await apply(files, root);
    expect([error, stdout]).toEqual([
      "",
      expect.stringContaining(
        strict ? `${name} has no password any more` : `${name} gave back its rights on the instance`,
      ),
    ]);
    expect(
      await postgres.psql(database, "ALTER TABLE made ADD COLUMN more int; DROP EXTENSION hstore;", OWNER),
    ).toMatchObject({
      code: 0,
    });
    expect(await ledger()).toBe(`a.sql|4|t|${name}`);
    // Again, with nothing left to do: the user has no right any more, and needs none.
    expect(await apply(files, root)).toMatchObject({ code: 0, error: "" });
    const rights = `SELECT rolcreaterole OR rolcreatedb, (SELECT count(*) FROM pg_auth_members WHERE member = r.oid) FROM pg_roles r WHERE rolname = '${name}'`;
    if (!strict) expect(await postgres.query(database, rights)).toBe("f|0");
    // As Terraform deletes it.
    expect((await postgres.psql("postgres", `DROP ROLE ${name}`)).stderr).toBe("");
  });

  test("an administrator gets in elsewhere than the application's user, where the server's certificate is checked", async () => {
    const name = `dify_user_sql_${databases}`;
    await administrator(name);
    // The role of a service account, which acts as the owner; its token is the password here.
    const account = `dify-${databases}-db@demo-project.iam`;
    await postgres.query(
      "postgres",
      `CREATE ROLE "${account}" LOGIN PASSWORD '${postgres.password}' IN ROLE ${OWNER}; ALTER ROLE "${account}" SET role TO '${OWNER}';`,
    );
    const certificate = await postgres.encrypt(name);
    const root = {
      ...{ DB_USER: account, PGSSLMODE: "disable", DB_WAIT_SECONDS: "0" },
      ...{ DB_ADMINISTRATOR: name, DB_ADMINISTRATOR_PASSWORD: postgres.password, DB_ADMINISTRATOR_HOST: "localhost" },
      DB_ADMINISTRATOR_CERTIFICATE: certificate,
    };
    const files = { "a.sql": `CREATE ROLE reporting_${databases} NOLOGIN; CREATE TABLE made (id serial);` };
    const refused = async (because: RegExp, more: Readonly<Record<string, string>>): Promise<void> => {
      const { code, stderr } = await apply(files, { ...root, ...more });
      expect([code, stderr]).toEqual([1, expect.stringMatching(because)]);
    };
    await refused(/no connection as dify_user_sql_\d+: .*reject/, { DB_ADMINISTRATOR_CERTIFICATE: "" });
    const other = join(__dirname, "../fixtures/certificates/authority.pem");
    await refused(/certificate verify failed/, { DB_ADMINISTRATOR_CERTIFICATE: other });
    await refused(/127\.0\.0\.9/, { DB_ADMINISTRATOR_HOST: "127.0.0.9" });
    const { error, stdout } = await apply(files, root);
    expect([error, stdout]).toEqual(["", expect.stringMatching(/gave back its rights|has no password any more/)]);
    expect(await ledger()).toBe(`a.sql|2|t|${name}`);
    expect(await postgres.query(database, "SELECT tableowner FROM pg_tables WHERE tablename = 'made'")).toBe(OWNER);
    expect(await apply(files, root)).toMatchObject({ code: 0, error: "" });
  });

  test("says how the job ended once it has, and speaks for one that could not", async () => {
    const states: (string | undefined)[] = [];
    apis.other = ({ method, path }) => {
      if (path === "/apis/batch/v1/namespaces/dify/jobs/dify-custom-sql-1") {
        const type = states.length > 1 ? states.shift() : states[0];
        return [200, { status: { conditions: type === undefined ? [] : [{ type, status: "True" }] } }];
      }
      return method === "GET" && path.endsWith("/configmaps/outcome")
        ? [200, { data: apis.configMaps.outcome }]
        : undefined;
    };
    const told = async (how: string, said: Readonly<Record<string, string>>): Promise<Record<string, string>> => {
      states.splice(0, states.length, undefined, how);
      apis.configMaps.outcome = { ...said };
      const env = { ...environment, PAUSE_SECONDS: "0", OUTCOME: "outcome", RUN: "dify-custom-sql-1/0a1b2c3d-old" };
      expect(await python3([OUTCOME], { env })).toMatchObject({ code: 0, stderr: "" });
      return apis.configMaps.outcome;
    };
    try {
      const broken = { error: "b.sql:4: no such column", attempt: "new" };
      expect(await told("Complete", { error: "", attempt: "old" })).toEqual({ error: "", attempt: "old" });
      expect(await told("Failed", broken)).toEqual(broken);
      // What is there is from the run before.
      const silent = {
        error:
          "The job dify-custom-sql-1 failed before it could say why: kubectl -n dify logs -l job-name=dify-custom-sql-1",
        attempt: expect.stringMatching(/^[0-9a-f]{8}$/) as string,
      };
      expect(await told("Failed", { error: "an old one", attempt: "old" })).toEqual(silent);
      expect(await told("Failed", { error: "", attempt: "" })).toEqual(silent);
    } finally {
      apis.other = undefined;
    }
  });

  test("leaves a failed administrator nothing that keeps it from being deleted", async () => {
    const name = `dify_user_sql_${databases}`;
    await administrator(name);
    const root = { DB_ADMINISTRATOR: name, DB_ADMINISTRATOR_PASSWORD: postgres.password };
    const files = { "a.sql": `CREATE TABLE big ();\nVACUUM big;\nGRANT SELECT ON pg_authid TO ${name};` };
    expect((await apply(files, root)).error).toMatch(/^a\.sql:3: permission denied/);
    expect(await postgres.query(database, "SELECT tableowner FROM pg_tables WHERE tablename = 'big'")).toBe(OWNER);
    expect((await postgres.psql("postgres", `DROP ROLE ${name}`)).stderr).toBe("");
  });
});
