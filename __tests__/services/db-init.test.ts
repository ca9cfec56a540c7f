import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import {
  Daemon,
  freePort,
  removeDirectory,
  type Result,
  run,
  temporaryDirectory,
  unprivileged,
  until,
} from "./processes";
import { describeWith, tools } from "./require";

const script = join(__dirname, "../../scripts/jobs/db-init.sh");
const share = "/usr/share/postgresql/15";
const user = "dify_user";
const password = "s3cret-Passw0rd";

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
 * A copy of the server in which `vector` is a *trusted* extension. That is how Cloud SQL behaves: whoever has CREATE on
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
  let port: number;
  let server: Daemon | undefined;
  let program: string;
  let databases = 0;

  const start = async (): Promise<void> => {
    const settings = { port, listen_addresses: "127.0.0.1", unix_socket_directories: "", fsync: "off" };
    const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    server = new Daemon(program, ["-D", join(directory, "data"), ...args], join(directory, "log"));
    await server.ready(port);
    // The port answers a little before the server does.
    await until("the server", async () => (await psql("postgres", "SELECT 1")).code === 0);
  };

  const psql = async (database: string, input: string, as = "postgres"): Promise<Result> =>
    await run("psql", ["-XqAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", String(port), "-U", as], {
      input,
      env: { ...process.env, PGDATABASE: database, PGPASSWORD: as === "postgres" ? "postgres" : password },
    });

  const query = async (database: string, input: string): Promise<string> => {
    const { code, stdout, stderr } = await psql(database, input);
    if (code !== 0) throw new Error(stderr);
    return stdout.trim();
  };

  const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

  /** New databases, as Cloud SQL's API makes them: cloudsqlsuperuser owns them. */
  const newDatabases = async (...names: string[]): Promise<string[]> => {
    for (const name of names) await query("postgres", `CREATE DATABASE ${quote(name)} OWNER cloudsqlsuperuser;`);
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
        PATH: process.env.PATH,
        DB_HOST: "127.0.0.1",
        DB_PORT: String(port),
        DB_USER: user,
        PGPASSWORD: password,
        POSTGRES_EXTENSIONS: "vector",
        DB_WAIT_SECONDS: "20",
        ...environment,
      },
    });

  const expectUsable = async (...names: string[]): Promise<void> => {
    for (const name of names) {
      const { code, stderr } = await psql(name, "CREATE TABLE mine (id int); DROP TABLE mine;", user);
      expect([name, code, stderr]).toEqual([name, 0, ""]);
    }
  };

  beforeAll(async () => {
    directory = temporaryDirectory("postgres");
    port = await freePort();
    program = relocatedServer(directory);
    if (!existsSync(join(share, "extension/vector.control"))) {
      console.warn("pgvector for PostgreSQL 15 is not installed: db-init.sh is tested with a stand-in extension");
    }
    const passwordFile = join(directory, "password");
    writeFileSync(passwordFile, "postgres");
    const made = await run(
      join(dirname(tools.postgres.command), "initdb"),
      [
        ...["--pgdata", join(directory, "data"), "--username", "postgres", "--pwfile", passwordFile],
        ...["--auth", "scram-sha-256", "--encoding", "UTF8", "--no-locale", "--no-sync"],
      ],
      unprivileged,
    );
    if (made.code !== 0) throw new Error(made.stderr);
    await start();
    // Like Cloud SQL's: the API's users are members of a role that is no superuser and owns the databases.
    await query(
      "postgres",
      `CREATE ROLE cloudsqlsuperuser NOLOGIN CREATEDB CREATEROLE;
       CREATE ROLE ${user} LOGIN PASSWORD '${password}' IN ROLE cloudsqlsuperuser;`,
    );
  });

  afterAll(async () => {
    await server?.stop("SIGINT");
    removeDirectory(directory);
  });

  test("prepares fresh databases, and says what it did without the password", async () => {
    const [main, plugin] = await fresh();
    const { code, stdout, stderr } = await dbInit({ DB_NAME: main, ADDITIONAL_DATABASES: plugin });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(`database '${main}': '${user}' can create and drop tables`);
    expect(stdout).toContain(`database '${plugin}': '${user}' can create and drop tables`);
    expect(stdout).toMatch(/extension 'vector' \S+ created/);
    expect(stdout).toContain("extension 'vector' works");
    expect(stdout).not.toContain(password);
    await expectUsable(main, plugin);
    expect(await query(main, "SELECT count(*) FROM pg_extension WHERE extname = 'vector'")).toBe("1");
    expect(await query(plugin, "SELECT count(*) FROM pg_extension WHERE extname = 'vector'")).toBe("0");
    expect(await query(main, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).toBe("0");
  });

  test("runs twice in a row, and keeps the data", async () => {
    const [main, plugin] = await fresh();
    const environment = { DB_NAME: main, ADDITIONAL_DATABASES: plugin };
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
    const { code, stderr } = await dbInit({ DB_NAME: main, ADDITIONAL_DATABASES: plugin });
    expect([code, stderr]).toEqual([0, ""]);
    await expectUsable(main, plugin);
  });

  test("goes on from a run that got to one database of two", async () => {
    const [main, plugin] = await fresh();
    expect((await dbInit({ DB_NAME: main, POSTGRES_EXTENSIONS: "" })).code).toBe(0);
    const { code, stderr } = await dbInit({ DB_NAME: main, ADDITIONAL_DATABASES: plugin });
    expect([code, stderr]).toEqual([0, ""]);
    await expectUsable(main, plugin);
  });

  test("makes the right independent of the ownership of the database", async () => {
    const [main] = await fresh();
    expect((await dbInit({ DB_NAME: main })).code).toBe(0);
    await query(main, `ALTER DATABASE ${main} OWNER TO postgres`);
    await expectUsable(main);
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
    const { code, stderr } = await dbInit({ DB_NAME: main });
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
    const late = dbInit({ DB_NAME: main }, (text) => (said += text));
    await until("the first attempt", () => said.includes("waiting for"));
    await start();
    const { code, stdout } = await late;
    expect(code).toBe(0);
    expect(stdout).toMatch(/waiting for 127\.0\.0\.1:\d+ \(0 of at most 20 seconds\)/);
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
