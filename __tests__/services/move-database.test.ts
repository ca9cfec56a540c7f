import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { difyOf } from "../../modules/dify-gke/dify";
import { secretNames } from "../../modules/dify-common";
import { testBindings } from "../dify/components";
import { type Given, variablesOf } from "../terraform/synth";
import { Bucket } from "./bucket";
import { JobPostgres } from "./job-postgres";
import { UNENCRYPTED } from "./postgres";
import { preparedPython } from "./prepared-python";
import { removeDirectory, type Result, run, temporaryDirectory } from "./processes";
import { describeWith, tools } from "./require";

const jobs = join(__dirname, "../../scripts/jobs");
const GOOGLE: Given = { enable_portable_backups: true };
const KUBEBLOCKS: Given = { ...GOOGLE, data_services: { postgresql: "kubeblocks" } };
/** Neither server has pgvector's files: what is said of extensions is said of one that both have. */
const EXTENSIONS = { POSTGRES_EXTENSIONS: "uuid-ossp", ADDITIONAL_EXTENSIONS: "uuid-ossp" };

/** As Dify's tables are: keys by an extension's function, sequences that are not at their rows, references, types, large texts. */
const DIFY = `
CREATE TABLE alembic_version (version_num text PRIMARY KEY); INSERT INTO alembic_version VALUES ('6d2bd78f9d7a');
CREATE TYPE state AS ENUM ('new', 'done');
CREATE TABLE accounts (id uuid PRIMARY KEY DEFAULT uuid_generate_v4(), email varchar(255) UNIQUE, password text, initialized timestamp DEFAULT now());
INSERT INTO accounts (email, password) SELECT 'user' || n || '@example.com', md5(n::text) FROM generate_series(1, 500) n;
CREATE TABLE providers (id serial PRIMARY KEY, account uuid REFERENCES accounts, encrypted_config bytea, state state DEFAULT 'new');
INSERT INTO providers (account, encrypted_config) SELECT id, decode(md5(email), 'hex') FROM accounts;
CREATE TABLE steps (id bigint GENERATED ALWAYS AS IDENTITY, text jsonb, long text);
INSERT INTO steps (text, long) SELECT jsonb_build_object('n', n, 'Ünï', E'\\\\ "'), repeat('x', 9000) FROM generate_series(1, 50) n;
SELECT setval('providers_id_seq', 7001), setval(pg_get_serial_sequence('steps', 'id'), 99, false);
CREATE INDEX later ON providers (state) WHERE state = 'new';
CREATE VIEW open AS SELECT count(*) FROM providers WHERE state = 'new';
CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * n';
`;

/** All that a database is, apart from its rows: who owns what, who may what, where sequences are. */
const SHAPE = `
SELECT 'database', datname, rolname, datacl, pg_encoding_to_char(encoding) FROM pg_database JOIN pg_roles r ON r.oid = datdba WHERE datname = current_database();
SELECT 'schema', nspname, rolname FROM pg_namespace JOIN pg_roles r ON r.oid = nspowner WHERE nspname = 'public';
SELECT 'relation', relname, relkind, rolname, relacl FROM pg_class JOIN pg_roles r ON r.oid = relowner WHERE relnamespace = 'public'::regnamespace ORDER BY relname;
SELECT 'type', typname, rolname FROM pg_type JOIN pg_roles r ON r.oid = typowner WHERE typnamespace = 'public'::regnamespace AND typtype = 'e';
SELECT 'function', proname, rolname FROM pg_proc p JOIN pg_roles r ON r.oid = proowner WHERE pronamespace = 'public'::regnamespace AND prolang <> 13 ORDER BY 2;
SELECT 'sequence', sequencename, last_value FROM pg_sequences ORDER BY 2;
SELECT 'extension', extname, extversion FROM pg_extension ORDER BY 2;
SELECT 'key', conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 2;
SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 2;
`;

describeWith([tools.postgres, tools.python], "a move from Cloud SQL to KubeBlocks' PostgreSQL, and back", () => {
  const google = new JobPostgres();
  const kubeblocks = new JobPostgres();
  const bucket = new Bucket();
  let directory: string;

  /** Runs a job as a variable file makes it, with all that it is told, against a server. */
  const start = async (
    given: Given,
    name: string,
    server: JobPostgres,
    more: Record<string, string> = {},
  ): Promise<Result> => {
    const job = difyOf(variablesOf(given)).jobs.find((one) => one.name === name);
    if (!job) throw new Error(`There is no job ${name}`);
    const told = job.environment?.({
      ...testBindings,
      database: { host: "127.0.0.1", port: server.port, name: "dify_db", user: JobPostgres.user },
      bucket: (suffix) => suffix,
    });
    expect(job.secrets).toEqual({ PGPASSWORD: secretNames.databasePassword });
    const accounts = Object.fromEntries(Object.keys(job.accounts ?? {}).map((variable) => [variable, "postgres"]));
    const env = {
      ...bucket.env,
      ...UNENCRYPTED,
      PATH: server.env("").PATH ?? "",
      ...told,
      ...accounts,
      PGPASSWORD: server.password,
      ...(told?.["SHARE"] === undefined ? {} : { SHARE: join(directory, "share") }),
      ...(told?.["POSTGRES_EXTENSIONS"] === undefined ? {} : EXTENSIONS),
      DB_WAIT_SECONDS: "20",
      ...more,
    };
    return name === "db-init"
      ? await run("sh", [join(jobs, "db-init.sh")], { env })
      : await preparedPython("/usr/bin/python3")([join(jobs, `${name.replace("-", "_")}.py`)], { env });
  };

  const all = async (server: JobPostgres): Promise<string> => {
    const each = ["dify_db", "dify_plugin"].map(
      async (database) => `${await server.content(database)}\n${await server.query(database, SHAPE)}`,
    );
    return (await Promise.all(each)).join("\n");
  };

  const moved = async (name: string, from: [Given, JobPostgres], to: [Given, JobPostgres]): Promise<void> => {
    const told = { BACKUP_NAME: name };
    expect(await start(from[0], "portable-backup", from[1], told)).toMatchObject({ code: 0, stderr: "" });
    expect(await start(to[0], "db-init", to[1])).toMatchObject({ code: 0, stderr: "" });
    expect(await start(to[0], "restore-backup", to[1], told)).toMatchObject({ code: 0, stderr: "" });
  };

  beforeAll(async () => {
    directory = temporaryDirectory("move");
    mkdirSync(join(directory, "share/plugins"), { recursive: true });
    writeFileSync(join(directory, "share/plugins/a.difypkg"), "package");
    await Promise.all([google.start(), kubeblocks.start(), bucket.start()]);
    // As Cloud SQL's API leaves them.
    await google.query(
      "postgres",
      `CREATE ROLE ${JobPostgres.user} LOGIN CREATEROLE CREATEDB PASSWORD '${google.password}' IN ROLE cloudsqlsuperuser;
       CREATE DATABASE dify_db OWNER cloudsqlsuperuser; CREATE DATABASE dify_plugin OWNER cloudsqlsuperuser;`,
    );
    expect(await start(GOOGLE, "db-init", google)).toMatchObject({ code: 0, stderr: "" });
    await google.own("dify_db", DIFY);
    await google.own(
      "dify_plugin",
      "CREATE TABLE plugins (id serial, name text); INSERT INTO plugins (name) VALUES ('a')",
    );
  });

  afterAll(async () => {
    await Promise.all([google.stop(), kubeblocks.stop(), bucket.stop()]);
    removeDirectory(directory);
  });

  test("has the same rows, owners, rights, sequences and extensions there, and what is written there comes back", async () => {
    // What is encrypted can be read there: the key is the same secret.
    const [key, other] = [GOOGLE, KUBEBLOCKS].map((given) =>
      difyOf(variablesOf(given)).secrets.find(({ name }) => name === secretNames.secretKey),
    );
    expect(other).toEqual(key);
    expect(key?.source.type).toBe("generated");
    const before = await all(google);
    expect(before).toContain("sequence|providers_id_seq|7001");
    await moved("there", [GOOGLE, google], [KUBEBLOCKS, kubeblocks]);
    // As with the next apply.
    expect(await start(KUBEBLOCKS, "db-init", kubeblocks)).toMatchObject({ code: 0, stderr: "" });
    expect(await all(kubeblocks)).toBe(before);
    await kubeblocks.own(
      "dify_db",
      "INSERT INTO providers (state) VALUES ('done'); DELETE FROM steps; CREATE TABLE added (id uuid DEFAULT uuid_generate_v4())",
    );
    const after = await all(kubeblocks);
    expect(after).toContain("sequence|providers_id_seq|7002");
    await moved("back", [KUBEBLOCKS, kubeblocks], [GOOGLE, google]);
    expect(await all(google)).toBe(after);
  });
});
