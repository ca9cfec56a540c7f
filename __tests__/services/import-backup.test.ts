import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Bucket, tar } from "./bucket";
import { JobPostgres } from "./job-postgres";
import { preparedPython } from "./prepared-python";
import { removeDirectory, type Result, run, temporaryDirectory } from "./processes";
import { describeWith, tools } from "./require";

const script = join(__dirname, "../../scripts/jobs/import_backup.py");
const python3 = preparedPython("/usr/bin/python3");

/** A database as Dify's, with what a dump may hold that is not easy to read. */
const OLD = `
CREATE TABLE accounts (id uuid DEFAULT public.uuid_generate_v4() PRIMARY KEY, name text, "odd;name" text DEFAULT 'a;''\\');
INSERT INTO accounts VALUES ('00000000-0000-0000-0000-000000000001', E'a\\tb\\n\\\\! touch /tmp/x', E'\\\\.'), ('00000000-0000-0000-0000-000000000002', 'ä', NULL);
CREATE TABLE messages (id serial PRIMARY KEY, account uuid REFERENCES accounts, body jsonb);
INSERT INTO messages (account, body) SELECT '00000000-0000-0000-0000-000000000001', jsonb_build_object('n', n) FROM generate_series(1, 500) n;
CREATE VIEW newest AS SELECT max(id) FROM messages;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE FUNCTION body_of(integer) RETURNS jsonb LANGUAGE sql AS $fn$ SELECT body FROM public.messages WHERE id = $1; -- ; ' $fn$;
CREATE FUNCTION twice(integer) RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2 * $1; END;
GRANT SELECT ON accounts TO PUBLIC;
COMMENT ON EXTENSION "uuid-ossp" IS 'changed';`;

describeWith([tools.postgres, tools.python], "import_backup.py with PostgreSQL 15 and a played bucket", () => {
  const server = new JobPostgres();
  const bucket = new Bucket();
  let directory: string;
  let old: { readonly main: string; readonly plugin: string };
  let number = 0;

  const dump = async (args: readonly string[], program = "pg_dump", database = "dify"): Promise<Buffer> => {
    const file = join(directory, "dump");
    const { code, stderr } = await run(program, [...args, "-f", file], { env: server.env(database) });
    expect([code, stderr]).toEqual([0, ""]);
    return readFileSync(file);
  };

  const fresh = async (): Promise<[string, string]> => {
    number += 1;
    const names: [string, string] = [`dify_db_${number}`, `plugins_${number}`];
    await server.create(...names);
    return names;
  };

  const start = async (
    names: readonly [string, string],
    environment: Record<string, string>,
    heard?: (text: string) => void,
  ): Promise<Result> => {
    const env = {
      ...server.jobEnv(...names),
      ...bucket.env,
      BACKUP_BUCKET: "backups",
      BACKUP_OBJECT: "old/dify.sql",
      BACKUP_FORMAT: "auto",
      ...environment,
    };
    return await (heard ? run("/usr/bin/python3", [script], { heard, env }) : python3([script], { env }));
  };

  const imported = async (
    object: string,
    data: Buffer,
    environment: Record<string, string> = {},
  ): Promise<[string, string]> => {
    const names = await fresh();
    bucket.put(`backups/${object}`, data);
    const { code, stderr } = await start(names, { BACKUP_OBJECT: object, ...environment });
    expect([object, code, stderr]).toEqual([object, 0, ""]);
    return names;
  };

  beforeAll(async () => {
    directory = temporaryDirectory("import");
    await Promise.all([server.start(), bucket.start()]);
    await server.query(
      "postgres",
      "CREATE ROLE somebody LOGIN; CREATE DATABASE dify OWNER somebody; CREATE DATABASE dify_plugin; CREATE DATABASE blog;",
    );
    await server.query("dify", `CREATE EXTENSION "uuid-ossp"; ${OLD} ALTER TABLE accounts OWNER TO somebody;`);
    await server.query(
      "dify_plugin",
      "CREATE TABLE plugins (id int PRIMARY KEY, n text); INSERT INTO plugins VALUES (1, 'one');",
    );
    await server.query("blog", "CREATE TABLE posts (id int); INSERT INTO posts VALUES (1);");
    const mine = (text: string): string => text.replaceAll(/ (postgres|somebody)\|/g, ` ${JobPostgres.user}|`);
    old = { main: mine(await server.content("dify")), plugin: mine(await server.content("dify_plugin")) };
  });

  afterAll(async () => {
    await Promise.all([server.stop(), bucket.stop()]);
    removeDirectory(directory);
  });

  test("imports once, as the application's user, and never again", async () => {
    const names = await fresh();
    bucket.put("backups/old/dify.sql", await dump(["--format=plain"]));
    const first = await start(names, { BACKUP_FORMAT: "sql" });
    expect([first.code, first.stderr]).toEqual([0, ""]);
    expect(first.stdout).not.toContain(server.password);
    expect(await server.content(names[0])).toBe(old.main);
    expect(await server.own(names[0], "SELECT twice(4), body_of(3), * FROM newest")).toBe('8|{"n": 3}|500');

    await server.own(names[0], "DELETE FROM messages");
    bucket.put("backups/old/dify.sql", await dump(["--format=plain", "--inserts"]));
    const again = await start(names, {});
    expect([again.code, again.stderr]).toEqual([0, ""]);
    expect(again.stdout).toContain("was imported at");
    expect(await server.query(names[0], "SELECT count(*) FROM messages")).toBe("0");
  });

  test("never imports over data, unless the content is named", async () => {
    const names = await fresh();
    await server.own(names[0], "CREATE TABLE precious (id int); CREATE TYPE mood AS ENUM ('x'); CREATE SCHEMA more;");
    bucket.put("backups/old/dify.sql", await dump(["--format=custom"]));
    const refused = await start(names, {});
    expect(refused.code).toBe(1);
    const sha256 = /replace_all_data_with_backup_sha256 = "(\w+)"/.exec(refused.stderr)?.[1] ?? "";
    expect(
      (await start(names, { REPLACE_ALL_DATA: sha256.replace(/^./, (digit) => (digit === "0" ? "1" : "0")) })).stderr,
    ).toContain("it is another one");
    expect(await server.query(names[0], "SELECT count(*) FROM precious")).toBe("0");

    const replaced = await start(names, { REPLACE_ALL_DATA: sha256 });
    expect([replaced.code, replaced.stderr]).toEqual([0, ""]);
    expect(await server.content(names[0])).toBe(old.main);

    // The setting is left on, and somebody puts another backup there.
    await server.own(names[0], "DELETE FROM messages");
    bucket.put("backups/old/dify.sql", await dump(["--format=plain"]));
    expect((await start(names, { REPLACE_ALL_DATA: sha256 })).stdout).toContain("nothing to do");
    expect(await server.query(names[0], "SELECT count(*) FROM messages")).toBe("0");
  });

  test("reads every format, of one database and of a whole server", async () => {
    const plain = await dump(["--format=plain", "--create", "--clean", "--if-exists"]);
    const custom = await dump(["--format=custom"]);
    const plugin = await dump(["--inserts"], "pg_dump", "dify_plugin");
    const files: Record<string, Buffer> = {
      "pg_dump.tar": await dump(["--format=tar"]),
      "both.tgz": gzipSync(
        tar(
          { name: "dump/", type: "5" },
          { name: "dump/dify.sql.gz", data: gzipSync(plain) },
          { name: "dump/dify_plugin.sql", data: plugin },
          { name: "dump/README", data: "hello" },
        ),
      ),
      "server.sql": await dump([], "pg_dumpall"),
    };
    writeFileSync(join(directory, "dify.dump"), custom);
    writeFileSync(join(directory, "dify_plugin.sql"), plugin);
    await run("/usr/bin/python3", ["-m", "zipfile", "-c", "both.zip", "dify.dump", "dify_plugin.sql"], {
      cwd: directory,
    });
    files["both.zip"] = readFileSync(join(directory, "both.zip"));
    for (const [object, data] of Object.entries(files)) {
      const [main, plugins] = await imported(object, data);
      expect([object, await server.content(main)]).toEqual([object, old.main]);
      expect([object, await server.content(plugins)]).toEqual([object, /both|server/.test(object) ? old.plugin : ""]);
    }
  });

  test("goes on where it was broken off", async () => {
    const names = await fresh();
    const both = tar(
      { name: "dify_plugin.sql", data: await dump([], "pg_dump", "dify_plugin") },
      { name: "dify.sql", data: await dump([]) },
    );
    bucket.put("backups/old/both.tar", both);
    // The plugin daemon's database is done, and the other one is being filled when the connection to it is cut.
    await server.query(names[0], "CREATE FUNCTION public.uuid_generate_v4_(int) RETURNS void LANGUAGE sql AS ''; ");
    const broken = await start(names, { BACKUP_OBJECT: "old/both.tar" });
    expect(broken.stderr).toContain("has 1 tables and other objects");
    await server.query(
      names[0],
      "DROP FUNCTION public.uuid_generate_v4_(int); ALTER DATABASE " +
        names[0] +
        " SET default_transaction_read_only = on;",
    );
    const half = await start(names, { BACKUP_OBJECT: "old/both.tar" });
    expect([half.code, half.stdout]).toEqual([1, expect.stringContaining(`'${names[1]}': imported`) as unknown]);
    expect(half.stderr).toContain("is as it was before");
    expect(await server.content(names[0])).toBe("");
    await server.query("postgres", `ALTER DATABASE ${names[0]} RESET ALL; `);
    const rest = await start(names, { BACKUP_OBJECT: "old/both.tar" });
    expect([rest.code, rest.stderr]).toEqual([0, ""]);
    expect(rest.stdout).not.toContain(`'${names[1]}': imported`);
    expect([await server.content(names[0]), await server.content(names[1])]).toEqual([old.main, old.plugin]);
  });

  test("reads through a connection that breaks, and from Google Drive", async () => {
    bucket.trouble = (asked) => {
      const count = bucket.asked.filter((one) => one === asked).length;
      return asked.includes("alt=media") && count < 3 ? (count === 1 ? 503 : "break") : undefined;
    };
    const data = await dump([]);
    const [main] = await imported("unsteady.sql", data);
    expect(await server.content(main)).toBe(old.main);
    bucket.trouble = () => undefined;
    bucket.put("drive/file-1", data);
    const [fromDrive] = await imported("unused", data, { BACKUP_SOURCE: "gdrive", BACKUP_FILE_ID: "file-1" });
    expect(await server.content(fromDrive)).toBe(old.main);
    const names = await fresh();
    const missing = await start(names, { BACKUP_SOURCE: "gdrive", BACKUP_FILE_ID: "file-2" });
    expect(missing.stderr).toContain("Share it with the environment's service account");
    bucket.trouble = (asked) => (asked.includes("/o/secret") ? 403 : undefined);
    const forbidden = await start(names, { BACKUP_OBJECT: "secret", RIGHTS_SECONDS: "0" });
    expect(forbidden.stderr).toContain("needs storage.objects.get");
    expect((await start(names, { BACKUP_OBJECT: "none" })).stderr).toContain("gs://backups/none does not exist");
  });

  test("refuses hostile and wrong files before it changes anything", async () => {
    const table = "CREATE TABLE a (id int);\n";
    const bomb = gzipSync(Buffer.alloc(20 * 2 ** 20, `-- ${"x".repeat(65_000)}\n`));
    const files: Record<string, [Buffer | string, string]> = {
      "outside.tar": [tar({ name: "../../etc/cron.d/x.sql", data: table }), "leads out of it"],
      "absolute.tar": [tar({ name: "/etc/x.sql", data: table }), "leads out of it"],
      "link.tgz": [gzipSync(tar({ name: "dify.sql", type: "2" })), "is a link"],
      "device.tar": [tar({ name: "dify.sql", type: "3" }), "is a link, a device"],
      "directory.tar": [tar({ name: "d/toc.dat", data: "PGDMP" }), "directory format"],
      "many.tar": [tar(...Array.from({ length: 1001 }, (_, n) => ({ name: `${n}.txt` }))), "more than 1000 files"],
      "twice.tar": [tar({ name: "a.sql", data: table }, { name: "b.sql", data: table }), "more than one dump"],
      "bomb.gz": [bomb, "would fill the database's disk"],
      "layers.gz": [gzipSync(gzipSync(gzipSync(gzipSync(gzipSync(table))))), "more than 3 times"],
      "cut.sql": [`${table}COPY a FROM stdin;\n1\n`, "in the middle of a table's data"],
      "half.sql": [`${table}INSERT INTO a VALUES ('`, "in the middle of a statement"],
      "cut.gz": [gzipSync(`${table}${"-- x\n".repeat(9999)}`).subarray(0, 90), "is damaged"],
      "cut.dump": [Buffer.from("PGDMP\u0001\u000e\u0000"), "cannot be read by pg_restore"],
      "shell.sql": [`${table}\\! touch /tmp/owned\n`, "line 2 of shell.sql: \\! is a command of psql"],
      "within.sql": [`${table}SELECT 1 \\gexec\n;`, "a command of psql stands between SQL"],
      "copied.sql": [`${table}\\copy a from program 'id'\n`, "\\copy is a command of psql"],
      "program.sql": [`${table}COPY a FROM PROGRAM 'id';\n`, "reads files or runs programs of the server"],
      "rollback.sql": [`${table}ROLLBACK;\n`, "ends a transaction of its own"],
      "quotes.sql": ["SET standard_conforming_strings = off;\n", "standard_conforming_strings"],
      "empty.sql": ["", "is empty"],
      "none.sql": ["SELECT 1;\n", "holds no table"],
      "other.sql": [`\\connect blog\n${table}`, "It has the databases blog."],
      "photo.zst": [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0]), "none of the formats that are known"],
    };
    for (const [name, [data]] of Object.entries(files)) writeFileSync(join(directory, name), data);
    const make = `import zipfile
with zipfile.ZipFile("outside.zip", "w") as z: z.writestr("../x.sql", "x")
with zipfile.ZipFile("link.zip", "w") as z:
    i = zipfile.ZipInfo("x.sql"); i.external_attr = 0o120777 << 16; z.writestr(i, "/etc/passwd")`;
    await run("/usr/bin/python3", ["-c", make], { cwd: directory });
    const names = [...Object.keys(files), "outside.zip", "link.zip"];
    const { code, stdout } = await run("/usr/bin/python3", [script, "--check", ...names], {
      cwd: directory,
      env: { PATH: server.env("").PATH },
    });
    expect(code).toBe(1);
    const said = (name: string): string => stdout.split("\n").find((line) => line.startsWith(`${name}: `)) ?? stdout;
    for (const [name, [, reason]] of Object.entries(files)) expect(said(name)).toContain(reason);
    expect(said("outside.zip")).toContain("leads out of it");
    expect(said("link.zip")).toContain("is a link");
    expect(
      (await run("/usr/bin/python3", [script, "--format", "zip", "--check", "outside.tar"], { cwd: directory })).stdout,
    ).toContain('backup_format is "zip"');
  });

  test("keeps psql's own commands off even where its reader of SQL would overlook them", async () => {
    const [main] = await fresh();
    const attempt = ["-XqAt", "-v", "ON_ERROR_STOP=1", "-1", "-c", "\\restrict x", "-f", "-", "-c", "SELECT 'end'"];
    const { code, stderr } = await run("psql", attempt, { input: "\\! echo owned\n", env: server.env(main) });
    expect([code, stderr]).toEqual([3, expect.stringContaining("restricted") as unknown]);
  });
});
