import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { Daemon, freePort, memory, removeDirectory, type Result, run, temporaryDirectory, until } from "./processes";
import { newCluster, searchPath, SETTINGS, UNENCRYPTED } from "./postgres";
import { describeWith, tools } from "./require";

const script = join(__dirname, "../../scripts/jobs/db-init.sh");
const share = "/usr/share/postgresql/15";
const user = "dify_user";
const password = "s3cret-Passw0rd";
/** Dify's. Each takes as long as half of the rest, so they are made where a test is about what they need. */
const EXTENSIONS = { POSTGRES_EXTENSIONS: "uuid-ossp vector", ADDITIONAL_EXTENSIONS: "uuid-ossp" };

/**
 * A stand-in with the same name, for machines without pgvector (Debian 12 does not package it for PostgreSQL 15): enough
 * of a type to make a `vector(3)` column and to compare two values.
 */
const standIn = `
CREATE TYPE vector;
CREATE FUNCTION vector_in(cstring, oid, integer) RETURNS vector LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION vector_out(vector) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE vector (
  INPUT = vector_in, OUTPUT = vector_out, TYPMOD_IN = varchartypmodin, TYPMOD_OUT = varchartypmodout, LIKE = text
);
CREATE FUNCTION vector_distance(vector, vector) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT sqrt(sum((x.value::text::float - y.value::text::float) ^ 2))
  FROM json_array_elements(textin(vector_out($1))::json) WITH ORDINALITY AS x (value, place)
  JOIN json_array_elements(textin(vector_out($2))::json) WITH ORDINALITY AS y (value, place) USING (place)
$$;
CREATE OPERATOR <-> (LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_distance);
`;

/**
 * A copy of the server in which `vector` is a *trusted* extension. That is how Cloud SQL behaves: a user with CREATE on
 * the database may make it, a superuser is not needed. Outside Cloud SQL `vector` is not trusted, and making the test's
 * user a superuser would hide every missing right. PostgreSQL finds its share directory relative to its own program
 * file, so a copied program with its own share directory does it, and the installed one is left alone.
 */
function relocatedServer(root: string): string {
  const program = join(root, "lib/postgresql/15/bin/postgres");
  mkdirSync(dirname(program), { recursive: true });
  copyFileSync(tools.postgres.command, program);
  symlinkSync("/usr/lib/postgresql/15/lib", join(root, "lib/postgresql/15/lib"));

  const ownShare = join(root, "share/postgresql/15");
  const ownExtensions = join(ownShare, "extension");
  mkdirSync(ownExtensions, { recursive: true });
  for (const entry of readdirSync(share)) {
    if (entry !== "extension") symlinkSync(join(share, entry), join(ownShare, entry));
  }
  for (const entry of readdirSync(join(share, "extension"))) {
    if (entry !== "vector.control") symlinkSync(join(share, "extension", entry), join(ownExtensions, entry));
  }
  const control = join(ownExtensions, "vector.control");
  if (existsSync(join(share, "extension/vector.control"))) {
    copyFileSync(join(share, "extension/vector.control"), control);
  } else {
    writeFileSync(control, "comment = 'stand-in for pgvector'\ndefault_version = '0.0'\nrelocatable = true\n");
    writeFileSync(join(ownExtensions, "vector--0.0.sql"), standIn);
  }
  appendFileSync(control, "\ntrusted = true\n");
  return program;
}

describeWith([tools.postgres], "db-init.sh against PostgreSQL 15", () => {
  let directory: string;
  let data: string;
  let port: number;
  let server: Daemon | undefined;
  let program: string;
  let databases = 0;

  const start = async (): Promise<void> => {
    const settings = { port, ...SETTINGS };
    const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    server = new Daemon(program, ["-D", data, ...args], join(directory, "log"));
    await server.ready(port);
    // The port answers a little before the server does. New databases get the caches that this connection leaves.
    await until("the server", async () => (await psql("template1", "SELECT 1")).code === 0);
  };

  const psql = async (database: string, input: string, as = "postgres"): Promise<Result> =>
    await run("psql", ["-XqAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", String(port), "-U", as], {
      input,
      env: {
        ...process.env,
        ...UNENCRYPTED,
        PATH: searchPath,
        PGDATABASE: database,
        PGPASSWORD: as === "postgres" ? "postgres" : password,
      },
    });

  const query = async (database: string, input: string): Promise<string> => {
    const { code, stdout, stderr } = await psql(database, input);
    if (code !== 0) throw new Error(stderr);
    return stdout.trim();
  };

  const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

  /** New databases, as Cloud SQL's API makes them: cloudsqlsuperuser owns them. */
  const newDatabases = async (...names: string[]): Promise<string[]> => {
    const each = names.map((name) => `CREATE DATABASE ${quote(name)} OWNER cloudsqlsuperuser STRATEGY file_copy;`);
    await query("postgres", each.join("\n"));
    return names;
  };
  const fresh = async (): Promise<[string, string]> => {
    databases += 1;
    const names: [string, string] = [`dify_db_${databases}`, `dify_plugin_${databases}`];
    await newDatabases(...names);
    return names;
  };

  const dbInit = async (environment: Record<string, string>, heard?: (text: string) => void): Promise<Result> =>
    await run("sh", [script], {
      heard,
      cwd: directory,
      env: {
        ...UNENCRYPTED,
        PATH: searchPath,
        DB_HOST: "127.0.0.1",
        DB_PORT: String(port),
        DB_USER: user,
        PGPASSWORD: password,
        DB_WAIT_SECONDS: "20",
        ...environment,
      },
    });

  /**
   * As Cloud SQL's API makes users: members of a role that is no superuser and owns the databases, with attributes of their
   * own (https://cloud.google.com/sql/docs/postgres/users).
   */
  const apiUser = (name: string): string =>
    `DO $$ BEGIN CREATE ROLE ${name} LOGIN; EXCEPTION WHEN duplicate_object THEN END $$;
     ALTER ROLE ${name} PASSWORD '${password}' CREATEDB CREATEROLE; GRANT cloudsqlsuperuser TO ${name};`;

  const expectUsable = async (...names: string[]): Promise<void> => {
    for (const name of names) {
      const { code, stderr } = await psql(name, "CREATE TABLE mine (id int); DROP TABLE mine;", user);
      expect([name, code, stderr]).toEqual([name, 0, ""]);
    }
  };

  beforeAll(async () => {
    directory = temporaryDirectory("postgres");
    // Each of some forty databases is 300 files.
    data = temporaryDirectory("postgres-data", memory(2 ** 30));
    port = await freePort();
    program = relocatedServer(directory);
    if (!existsSync(join(share, "extension/vector.control"))) {
      console.warn("pgvector for PostgreSQL 15 is not installed: db-init.sh is tested with a stand-in extension");
    }
    await newCluster(data);
    await start();
    await query("postgres", "CREATE ROLE cloudsqlsuperuser NOLOGIN CREATEDB CREATEROLE IN ROLE pg_monitor;");
  });

  // What the script gives back, Cloud SQL's API would not have given again: every test begins with a new user's rights,
  // or, where it looks at what the script has left, with those.
  let asLeft = false;
  beforeEach(async () => {
    if (!asLeft) await query("postgres", apiUser(user));
  });

  afterAll(async () => {
    await server?.stop("SIGINT");
    for (const each of [directory, data]) removeDirectory(each);
  });

  test("prepares fresh databases, and says what it did without the password", async () => {
    const [main, plugin] = await fresh();
    const { code, stdout, stderr } = await dbInit({ ...EXTENSIONS, DB_NAME: main, ADDITIONAL_DATABASES: plugin });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(`database '${main}': '${user}' can create and drop tables`);
    expect(stdout).toContain(`database '${plugin}': '${user}' can create and drop tables`);
    expect(stdout).toMatch(/extension 'vector' \S+ created/);
    expect(stdout).toContain("extension 'vector' works");
    expect(stdout).not.toContain(password);
    await expectUsable(main, plugin);
    expect(await query(main, "SELECT count(*) FROM pg_extension WHERE extname = 'vector'")).toBe("1");
    expect(await query(plugin, "SELECT count(*) FROM pg_extension WHERE extname = 'vector'")).toBe("0");
    for (const name of [main, plugin]) {
      expect(await query(name, "SELECT count(*) FROM pg_extension WHERE extname = 'uuid-ossp'")).toBe("1");
    }
    expect(await query(main, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).toBe("0");
  });

  test("runs twice in a row, and keeps the data", async () => {
    const [main, plugin] = await fresh();
    const environment = { ...EXTENSIONS, DB_NAME: main, ADDITIONAL_DATABASES: plugin };
    expect((await dbInit(environment)).code).toBe(0);
    await psql(main, "CREATE TABLE kept (v vector(3)); INSERT INTO kept VALUES ('[1,2,3]');", user);
    const { code, stdout, stderr } = await dbInit(environment);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/extension 'vector' \S+ is there already/);
    expect(await query(main, "SELECT v FROM kept")).toBe("[1,2,3]");
  });

  test("goes on from an extension that somebody else made", async () => {
    const [main, plugin] = await fresh();
    await query(main, "CREATE EXTENSION vector");
    const { code, stderr } = await dbInit({ ...EXTENSIONS, DB_NAME: main, ADDITIONAL_DATABASES: plugin });
    expect([code, stderr]).toEqual([0, ""]);
    await expectUsable(main, plugin);
  });

  test("takes a database that is added later once an administrator handed it over", async () => {
    const [main, plugin] = await fresh();
    expect((await dbInit({ DB_NAME: main })).code).toBe(0);
    const added = await dbInit({ DB_NAME: main, ADDITIONAL_DATABASES: plugin });
    // The right to take over a database made later went with the first run, and the message says who can help.
    expect(added.code).toBe(1);
    const cure = /user postgres for example, has to run there: (?<sql>GRANT .*;)/.exec(added.stderr)?.groups?.sql;
    await query(plugin, cure ?? "");
    const { code, stderr } = await dbInit({ DB_NAME: main, ADDITIONAL_DATABASES: plugin });
    expect([code, stderr]).toEqual([0, ""]);
    await expectUsable(main, plugin);
  });

  test("goes on after a run that gave back the rights, also where an extension is asked for that nobody needs them for", async () => {
    const [main, plugin] = await fresh();
    const environment = { ...EXTENSIONS, DB_NAME: main, ADDITIONAL_DATABASES: plugin };
    expect((await dbInit(environment)).code).toBe(0);
    const { code, stdout, stderr } = await dbInit({ ...environment, ADDITIONAL_EXTENSIONS: "uuid-ossp hstore" });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(`'${user}' has no rights outside its databases`);
    expect(stdout).toMatch(/extension 'hstore' \S+ created/);
  });

  describe("two applications on one instance", () => {
    const attacker = "other_user";
    let mine: [string, string];
    let theirs: [string, string];

    beforeAll(async () => {
      mine = await fresh();
      theirs = await fresh();
      asLeft = true;
      await query("postgres", `${apiUser(user)} ${apiUser(attacker)}`);
      for (const [name, [main, plugin]] of [
        [user, mine],
        [attacker, theirs],
      ] as const) {
        const { code, stderr } = await dbInit({ DB_USER: name, DB_NAME: main, ADDITIONAL_DATABASES: plugin });
        expect([code, stderr]).toEqual([0, ""]);
      }
      const made = await psql(mine[0], "CREATE TABLE accounts (name text); INSERT INTO accounts VALUES ('ann');", user);
      expect([made.code, made.stderr]).toEqual([0, ""]);
    });
    afterAll(() => {
      asLeft = false;
    });

    test("each owns its databases and nothing else", async () => {
      const rights = await query(
        "postgres",
        `SELECT rolname, rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls,
           (SELECT count(*) FROM pg_auth_members WHERE member = r.oid),
           (SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE datdba = r.oid AND datname IN (${[...mine, ...theirs].map((name) => `'${name}'`).join()}))
         FROM pg_roles r WHERE rolname IN ('${user}', '${attacker}') ORDER BY rolname`,
      );
      expect(rights.split("\n")).toEqual([
        `${user}|f|0|${[...mine].sort().join(" ")}`,
        `${attacker}|f|0|${[...theirs].sort().join(" ")}`,
      ]);
    });

    const attempts: readonly [what: string, sql: string, error: RegExp][] = [
      ["grant itself the other's role", `GRANT ${user} TO ${attacker}`, /permission denied|must have admin option/],
      ["act as the other", `SET ROLE ${user}`, /permission denied to set role/],
      ["become an administrator again", `GRANT cloudsqlsuperuser TO ${attacker}`, /must have|permission denied/],
      ["act as an administrator", "SET ROLE cloudsqlsuperuser", /permission denied to set role/],
      ["take its attributes back", `ALTER ROLE ${attacker} CREATEROLE CREATEDB`, /permission denied/],
      ["change the other's password", `ALTER ROLE ${user} PASSWORD 'x'`, /permission denied/],
      ["take the other's login away", `ALTER ROLE ${user} NOLOGIN`, /permission denied/],
      ["drop the other's role", `DROP ROLE ${user}`, /permission denied/],
      ["make a role", "CREATE ROLE third", /permission denied to create role/],
      ["make a database", "CREATE DATABASE third", /permission denied to create database/],
      ["read the server's files", "COPY (SELECT 1) TO PROGRAM 'id'", /permission denied|must be superuser/],
      ["see what others run", "SELECT pg_read_file('/etc/passwd')", /permission denied/],
      [
        "end the other's connections",
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${user}'`,
        /must (be|have)|permission denied|^$/,
      ],
    ];
    test.each(attempts)("neither can %s", async (_, statement, error) => {
      const { code, stderr, stdout } = await psql(theirs[0], statement, attacker);
      expect(stderr).toMatch(error);
      // Nobody to end is no right to do it.
      if (stderr === "") expect(stdout).toBe("");
      else expect(code).not.toBe(0);
    });

    test.each([0, 1] as const)(
      "neither can connect to the other's databases, drop or take them over (%#)",
      async (index) => {
        const connected = await psql(mine[index], "SELECT 1", attacker);
        expect(connected.stderr).toContain(`permission denied for database "${mine[index]}"`);
        for (const statement of [
          `DROP DATABASE ${mine[index]}`,
          `ALTER DATABASE ${mine[index]} OWNER TO ${attacker}`,
          `ALTER DATABASE ${mine[index]} RENAME TO taken`,
          `ALTER DATABASE ${mine[index]} SET statement_timeout = 1`,
          `ALTER DATABASE ${mine[index]} CONNECTION LIMIT 0`,
        ]) {
          expect((await psql(theirs[0], statement, attacker)).stderr).toContain("must be owner of database");
        }
        // Granting what one does not hold is a warning in PostgreSQL, not an error: what counts is that nothing came of it.
        await psql(theirs[0], `GRANT ALL ON DATABASE ${mine[index]} TO ${attacker}`, attacker);
        expect((await psql(mine[index], "SELECT 1", attacker)).code).not.toBe(0);
        await expectUsable(mine[index]);
      },
    );

    test("a query of the other's is not readable while it runs", async () => {
      const seen = await psql(
        theirs[0],
        `SELECT count(*) FROM pg_stat_activity WHERE usename = '${user}' AND query <> '<insufficient privilege>'`,
        attacker,
      );
      expect(seen.stdout.trim()).toBe("0");
    });
  });

  describe("with a service account's login", () => {
    const login = "dify-dev-db@demo-project.iam";
    const environment = { ...EXTENSIONS, DB_USER: login, DB_OWNER: user };

    /** As the API makes it: a member of the administrators, without attributes of its own; its token is the password here. */
    beforeEach(async () => {
      await query(
        "postgres",
        `DROP ROLE IF EXISTS "${login}"; CREATE ROLE "${login}" LOGIN PASSWORD '${password}'; GRANT cloudsqlsuperuser TO "${login}";`,
      );
    });
    const rights = (): Promise<string> =>
      query(
        "postgres",
        `SELECT rolname, rolcreaterole OR rolcreatedb, string_agg(g.roleid::regrole::text, ' '), rolconfig
         FROM pg_roles r LEFT JOIN pg_auth_members g ON g.member = r.oid
         WHERE rolname IN ('${login}', '${user}') GROUP BY 1, 2, 4 ORDER BY 1`,
      );

    test("prepares fresh databases as it: all belongs to the owner, and nobody keeps a right outside", async () => {
      const [main, plugin] = await fresh();
      const all = { ...environment, DB_NAME: main, ADDITIONAL_DATABASES: plugin };
      const { code, stdout, stderr } = await dbInit(all);
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toContain(`'${login}' acts as '${user}' from now on`);
      expect(stdout).toContain(`'${user}' gave back CREATEROLE`);
      expect(stdout).toContain("extension 'vector' works");
      expect(await rights()).toBe(`${login}|f|${user}|{role=${user}}\n${user}|f||`);
      expect((await psql(plugin, "CREATE TABLE made (id int)", login)).stderr).toBe("");
      // The same login and another one, before and after: what the one makes, the other may change.
      expect((await psql(plugin, "ALTER TABLE made ADD COLUMN more int", user)).stderr).toBe("");
      const again = await dbInit(all);
      expect([again.code, again.stderr]).toEqual([0, ""]);
      expect(again.stdout).toContain(`'${login}' acts as '${user}' and has no rights of its own`);
      // As Terraform does where the login is not wanted any more.
      expect((await psql("postgres", `DROP ROLE "${login}"`)).stderr).toBe("");
    });

    test("joins what a login with a password has made, and says what to do where it may not", async () => {
      const [main, plugin] = await fresh();
      const all = { DB_NAME: main, ADDITIONAL_DATABASES: plugin };
      expect((await dbInit(all)).code).toBe(0);
      expect((await dbInit({ ...all, ...environment })).stderr).toBe("");
      expect(await rights()).toBe(`${login}|f|${user}|{role=${user}}\n${user}|f||`);
      await query("postgres", `ALTER ROLE "${login}" RESET role; REVOKE ${user} FROM "${login}"`);
      const refused = await dbInit({ ...environment, DB_NAME: "postgres" });
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining(`cannot act as '${user}'`)]);
      expect(refused.stderr).toContain(`GRANT "${user}" TO "${login}"`);
    });
  });

  test("moves over a deployment from before: tables of administrators too, but no other database", async () => {
    const [main, plugin] = await fresh();
    const [company] = await newDatabases(`company_${databases}`);
    await psql(main, "CREATE TABLE mine (id serial PRIMARY KEY); INSERT INTO mine DEFAULT VALUES;", user);
    await query(
      main,
      `SET ROLE cloudsqlsuperuser; CREATE SCHEMA imported; CREATE TABLE imported.t (id serial PRIMARY KEY, "odd Name" text);
       CREATE VIEW imported.v AS SELECT * FROM imported.t; CREATE TYPE imported.mood AS ENUM ('good');
       CREATE FUNCTION imported.one(a int, b text DEFAULT '') RETURNS int LANGUAGE sql AS 'SELECT 1';
       CREATE SEQUENCE imported."Count"; INSERT INTO imported.t ("odd Name") VALUES ('kept');`,
    );
    const { code, stdout, stderr } = await dbInit({ DB_NAME: main, ADDITIONAL_DATABASES: plugin });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(`database '${main}': 6 objects of 'cloudsqlsuperuser' belong to '${user}' now`);
    const used = await psql(
      main,
      `SELECT "odd Name", imported.one(1) FROM imported.v; ALTER TABLE imported.t ADD COLUMN more int;
       INSERT INTO imported.t DEFAULT VALUES; SELECT nextval('imported."Count"'); DROP SCHEMA imported CASCADE;`,
      user,
    );
    expect([used.code, used.stdout]).toEqual([0, "kept|1\n1\n"]);
    expect(await query(main, "SELECT count(*) FROM mine")).toBe("1");
    const owner = `SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = '${company ?? ""}'`;
    expect(await query("postgres", owner)).toBe("cloudsqlsuperuser");
    expect((await psql(company ?? "", "CREATE TABLE intruder ()", user)).stderr).toContain("permission denied");
  });

  test("leaves a database of somebody else as it is, and still gives back the rights", async () => {
    const [main] = await fresh();
    await query(main, `ALTER DATABASE ${main} OWNER TO postgres; GRANT USAGE, CREATE ON SCHEMA public TO ${user};`);
    const { code, stdout } = await dbInit({ DB_NAME: main });
    expect(code).toBe(0);
    expect(stdout).toContain(`database '${main}': belongs to 'postgres', so who may connect is left to that role`);
    expect(stdout).toContain("gave back CREATEROLE, CREATEDB and its membership of 'cloudsqlsuperuser'");
    await expectUsable(main);
  });

  test("works for a user that has its rights through the group alone", async () => {
    const [main] = await fresh();
    await query("postgres", `ALTER ROLE ${user} NOCREATEROLE NOCREATEDB`);
    const { code, stderr } = await dbInit({ ...EXTENSIONS, DB_NAME: main });
    expect([code, stderr]).toEqual([0, ""]);
    expect(await query("postgres", `SELECT rolcreatedb FROM pg_roles WHERE rolname = '${user}'`)).toBe("f");
    expect(await query("postgres", `SELECT count(*) FROM pg_auth_members WHERE member = '${user}'::regrole`)).toBe("0");
  });

  test("stops where the user has no right and cannot grant it; goes on once the owner did", async () => {
    const [main, plugin] = await fresh();
    await query(plugin, `ALTER DATABASE ${plugin} OWNER TO postgres`);
    const environment = { DB_NAME: main, ADDITIONAL_DATABASES: plugin };
    const refused = await dbInit(environment);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`'${user}' cannot create tables in schema public of database '${plugin}'`);
    const cure = /Its owner, 'postgres', has to run there: (?<sql>GRANT .*;)/.exec(refused.stderr)?.groups?.sql;
    await query(plugin, cure ?? "");
    const { code, stdout } = await dbInit(environment);
    expect(code).toBe(0);
    expect(stdout).toContain(`database '${plugin}': '${user}' can create and drop tables`);
  });

  test("a superuser's connection is not what makes it work: without the right there is no extension", async () => {
    const [main] = await fresh();
    await query(main, `ALTER DATABASE ${main} OWNER TO postgres; GRANT CREATE ON SCHEMA public TO ${user};`);
    const { code, stderr } = await dbInit({ DB_NAME: main, POSTGRES_EXTENSIONS: "vector" });
    expect(code).toBe(1);
    expect(stderr).toContain(`'${user}' cannot create extension 'vector'`);
    expect(stderr).toContain("cloudsqlsuperuser");
  });

  test("says so when the server does not offer an extension", async () => {
    const [main] = await fresh();
    const { code, stderr } = await dbInit({ DB_NAME: main, POSTGRES_EXTENSIONS: "vector no_such_thing" });
    expect(code).toBe(1);
    expect(stderr).toBe("db-init: error: this server does not offer extension 'no_such_thing'\n");
  });

  test("waits for a server that comes up late, and gives up in time on one that does not", async () => {
    const [main] = await fresh();
    await server?.stop("SIGINT");
    const never = await dbInit({ DB_NAME: main, DB_WAIT_SECONDS: "1" });
    expect(never.code).toBe(1);
    expect(never.stderr).toMatch(/error: no connection to 127\.0\.0\.1:\d+ after \d+ seconds; last answer: .*refused/);
    let said = "";
    const late = dbInit({ DB_NAME: main, DB_WAIT_SECONDS: "60" }, (text) => (said += text));
    await until("the first attempt", () => said.includes("waiting for"));
    await start();
    const { code, stdout } = await late;
    expect(code).toBe(0);
    // A second may end while it asks for the first time.
    expect(stdout).toMatch(/waiting for 127\.0\.0\.1:\d+ \(\d of at most 60 seconds\)/);
  });

  test("does not wait where waiting cannot help: wrong password, missing user, missing database", async () => {
    const [main] = await fresh();
    const wrong = await dbInit({ DB_NAME: main, PGPASSWORD: "wrong-one" });
    expect([wrong.code, wrong.stderr]).toEqual([
      1,
      `db-init: error: the server refuses the password of user '${user}'\n`,
    ]);
    expect(wrong.stdout).not.toContain("wrong-one");
    const missing = await dbInit({ DB_NAME: "not_there" });
    expect([missing.code, missing.stderr]).toEqual([1, "db-init: error: database 'not_there' does not exist\n"]);
    const additional = await dbInit({ DB_NAME: main, ADDITIONAL_DATABASES: "nor_there" });
    expect([additional.code, additional.stderr]).toEqual([
      1,
      "db-init: error: database 'nor_there' does not exist (ADDITIONAL_DATABASES)\n",
    ]);
  });

  test("takes hostile names as names", async () => {
    const trap = join(directory, "trap");
    const main = `we"ird na'me; DROP ROLE x; -- $(touch ${trap}) \\! touch ${trap}`.slice(0, 63);
    const additional = ["*", `"';--`, "$(id)", "host=192.0.2.1"];
    await newDatabases(main, ...additional);
    const { code, stdout, stderr } = await dbInit({ DB_NAME: main, ADDITIONAL_DATABASES: additional.join(" ") });
    expect([code, stderr]).toEqual([0, ""]);
    for (const name of [main, ...additional]) expect(stdout).toContain(`database '${name}': '${user}' can create`);
    await expectUsable(main, ...additional);
    expect(existsSync(trap)).toBe(false);
  });

  test("takes a hostile extension's name as a name", async () => {
    const [main] = await fresh();
    const { code, stderr } = await dbInit({ DB_NAME: main, POSTGRES_EXTENSIONS: `";DROP/**/SCHEMA/**/public;--` });
    expect(code).toBe(1);
    expect(stderr).toContain("does not offer extension");
    expect(await query(main, "SELECT count(*) FROM pg_namespace WHERE nspname = 'public'")).toBe("1");
  });

  test("needs its settings", async () => {
    const { code, stderr } = await dbInit({ DB_HOST: "", DB_NAME: "", PGPASSWORD: "" });
    expect([code, stderr]).toEqual([1, "db-init: error: not set: DB_HOST DB_NAME PGPASSWORD (see --help)\n"]);
    expect((await dbInit({ DB_NAME: "x", DB_PORT: "54x" })).stderr).toContain("DB_PORT must be a number, not '54x'");
  });

  describe("where KubeBlocks made the server, and nobody makes users and databases", () => {
    const own = "dify_kb";
    const names = ["dify_kb", "dify_kb_plugin"] as const;
    const asAdministrator = async (more: Record<string, string> = {}): Promise<Result> =>
      await dbInit({
        ...EXTENSIONS,
        DB_USER: own,
        DB_NAME: names[0],
        ADDITIONAL_DATABASES: names[1],
        DB_ADMINISTRATOR: "postgres",
        DB_ADMINISTRATOR_PASSWORD: "postgres",
        ...more,
      });
    const logIn = async (given: string): Promise<Result> =>
      await run("psql", ["-XqAt", "-h", "127.0.0.1", "-p", String(port), "-U", own, "-c", "SELECT 1"], {
        env: { ...process.env, ...UNENCRYPTED, PATH: searchPath, PGDATABASE: names[0], PGPASSWORD: given },
      });

    beforeAll(async () => {
      asLeft = true;
      // As careless a server as there may be.
      await query(
        "postgres",
        "ALTER ROLE postgres SET log_statement = 'all'; ALTER ROLE postgres SET log_min_duration_statement = 0;",
      );
      // The image puts things there that only an administrator could restore.
      await query("template1", "CREATE TABLE of_the_image ();");
    });

    afterAll(async () => {
      asLeft = false;
      await query("postgres", "ALTER ROLE postgres RESET ALL;");
      await query("template1", "DROP TABLE of_the_image;");
    });

    test("makes the user, its databases and extensions, and neither logs nor arguments have a password", async () => {
      const { code, stdout, stderr } = await asAdministrator();
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toContain(`user '${own}' has its password now`);
      expect(stdout).toContain("extension 'vector' works");
      expect(stdout).toContain(`'${own}' has no rights outside its databases`);
      expect(
        await query(
          "postgres",
          `SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication FROM pg_roles WHERE rolname = '${own}'`,
        ),
      ).toBe("f|f|f|f");
      expect(await query("postgres", `SELECT left(rolpassword, 13) FROM pg_authid WHERE rolname = '${own}'`)).toBe(
        "SCRAM-SHA-256",
      );
      for (const name of names) {
        expect(
          await query("postgres", `SELECT pg_get_userbyid(datdba), datacl FROM pg_database WHERE datname = '${name}'`),
        ).toMatch(new RegExp(`^${own}\\|\\{${own}=CTc/${own}`));
        expect(await query(name, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).toBe("0");
      }
      const log = readFileSync(join(directory, "log"), "utf8");
      expect(log).toContain("SELECT pg_catalog.format('CREATE DATABASE");
      expect(log).not.toContain(password);
      expect(stdout).not.toContain(password);
    });

    test("changes nothing the second time", async () => {
      const before = await query("postgres", `SELECT rolpassword FROM pg_authid WHERE rolname = '${own}'`);
      await query(names[0], `CREATE TABLE kept (id int); ALTER TABLE kept OWNER TO ${own}`);
      const { code, stdout, stderr } = await asAdministrator();
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toContain(`user '${own}' has its password already`);
      expect(await query("postgres", `SELECT rolpassword FROM pg_authid WHERE rolname = '${own}'`)).toBe(before);
      expect(await query(names[0], "SELECT count(*) FROM kept")).toBe("0");
    });

    test("gives the user another password, and the former one is refused", async () => {
      const other = "an0ther-'Passw\\0rd\"$x";
      const { code, stdout, stderr } = await asAdministrator({ PGPASSWORD: other });
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toContain(`user '${own}' has its password now`);
      expect((await logIn(other)).code).toBe(0);
      expect((await logIn(password)).stderr).toContain("password authentication failed");
      const log = readFileSync(join(directory, "log"), "utf8");
      expect(log).not.toContain("an0ther");
    });

    test("says which password the server refuses", async () => {
      const { code, stderr } = await asAdministrator({ DB_ADMINISTRATOR_PASSWORD: "wrong" });
      expect([code, stderr]).toEqual([1, "db-init: error: the server refuses the password of user 'postgres'\n"]);
      const missing = await asAdministrator({ DB_ADMINISTRATOR_PASSWORD: "" });
      expect(missing.stderr).toContain("not set: DB_ADMINISTRATOR_PASSWORD");
    });

    test("leaves users of the server's own alone", async () => {
      await query("postgres", "CREATE ROLE kb_replicator LOGIN REPLICATION");
      const { code, stderr } = await asAdministrator({ DB_USER: "kb_replicator" });
      expect([code, stderr]).toEqual([
        1,
        "db-init: error: 'kb_replicator' is a user of the server's own (REPLICATION): the application must not have its rights\n",
      ]);
    });

    test("names an extension that the image lacks, before anything of the application starts", async () => {
      const { code, stderr } = await asAdministrator({ POSTGRES_EXTENSIONS: "not_there" });
      expect([code, stderr]).toEqual([1, "db-init: error: this server does not offer extension 'not_there'\n"]);
    });
  });
});

describe("db-init.sh", () => {
  test("is executable and explains itself", async () => {
    expect(statSync(script).mode & 0o111).toBe(0o111);
    const { code, stdout } = await run("sh", [script, "--help"]);
    expect(code).toBe(0);
    for (const name of ["DB_HOST", "ADDITIONAL_DATABASES", "POSTGRES_EXTENSIONS", "DB_WAIT_SECONDS"]) {
      expect(stdout).toContain(name);
    }
    expect((await run("sh", [script, "--wrong"])).code).toBe(2);
  });
});
