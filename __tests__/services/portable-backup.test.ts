import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Bucket, tar } from "./bucket";
import { JobPostgres } from "./job-postgres";
import { preparedPython } from "./prepared-python";
import { removeDirectory, type Result, run, temporaryDirectory, until } from "./processes";
import { describeWith, tools } from "./require";

const jobs = join(__dirname, "../../scripts/jobs");

/** What Dify 1.16 has of credentials, as far as it matters here. */
const DIFY = `
CREATE TABLE accounts (password text, password_salt text); INSERT INTO accounts VALUES ('hash', 'salt');
CREATE TABLE tenants (encrypt_public_key text); INSERT INTO tenants VALUES ('key');
CREATE TABLE provider_credentials (encrypted_config text NOT NULL); INSERT INTO provider_credentials VALUES ('{"key": "SFlCUklEOg=="}');
CREATE TABLE providers (provider_type text); INSERT INTO providers VALUES ('custom'), ('system');
CREATE TABLE tool_oauth_system_clients (encrypted_oauth_params text); INSERT INTO tool_oauth_system_clients VALUES ('x');
CREATE TABLE external_knowledge_apis (settings text); INSERT INTO external_knowledge_apis VALUES ('{"endpoint": "e", "api_key": "k"}');
CREATE TABLE workflows (environment_variables text); INSERT INTO workflows VALUES
  ('{"a": {"name": "a", "value": "SFlC", "value_type": "secret"}, "b": {"name": "b", "value": "v", "value_type": "string"}}');
CREATE TABLE later_things (access_token text, api_key text, token_count int); INSERT INTO later_things VALUES ('t', '', 1);
`;

interface Manifest {
  readonly release: string;
  readonly databases: readonly {
    readonly role: string;
    readonly object: string;
    readonly sha256: string;
    readonly revision: string;
    readonly extensions: Readonly<Record<string, string>>;
    readonly tables: Readonly<Record<string, number>>;
  }[];
  readonly share: { readonly object: string; readonly files: number } | null;
}

describeWith(
  [tools.postgres, tools.python],
  "portable_backup.py and restore_backup.py with PostgreSQL 15 and a played bucket",
  () => {
    const server = new JobPostgres();
    const bucket = new Bucket();
    let directory: string;

    const start = async (environment: Record<string, string>, script = "portable_backup.py"): Promise<Result> =>
      await preparedPython("/usr/bin/python3")([join(jobs, script)], {
        env: {
          ...server.jobEnv("dify_db", "dify_plugin"),
          ...bucket.env,
          BACKUP_BUCKET: "backups",
          RELEASE: "1.16.1",
          SHARE: join(directory, "share"),
          ...environment,
        },
      });

    beforeAll(async () => {
      directory = temporaryDirectory("backup");
      await Promise.all([server.start(), bucket.start()]);
      await server.create("dify_db", "dify_plugin");
      await server.own(
        "dify_db",
        `CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('6d2bd78f9d7a');
       CREATE TABLE accounts (id serial PRIMARY KEY, balance int); INSERT INTO accounts (balance) SELECT 100 FROM generate_series(1, 1000);
       CREATE TABLE audit (id serial PRIMARY KEY, t text); INSERT INTO audit (t) SELECT md5(n::text) || repeat(md5((n + 1)::text), 90) FROM generate_series(1, 4000) n;`,
      );
      await server.own("dify_plugin", "CREATE TABLE plugins (id int)");
      mkdirSync(join(directory, "share/plugins"), { recursive: true });
      writeFileSync(join(directory, "share/plugins/a.difypkg"), "package");
      symlinkSync("plugins/a.difypkg", join(directory, "share/link"));
    });

    afterAll(async () => {
      await Promise.all([server.stop(), bucket.stop()]);
      removeDirectory(directory);
    });

    test("writes one moment of each database while others write, through a connection that breaks", async () => {
      // Money moves and rows come all the time: a dump of different moments would not add up.
      const writer = run("psql", ["-Xq", "-v", "ON_ERROR_STOP=1"], {
        env: server.env("dify_db", JobPostgres.user),
        input:
          "BEGIN; UPDATE accounts SET balance = balance - 1 WHERE id <= 1000 AND id % 2 = 0; UPDATE accounts SET balance = balance + 1 WHERE id <= 1000 AND id % 2 = 1; INSERT INTO accounts (balance) VALUES (0); COMMIT;\n".repeat(
            60,
          ),
      });
      const seen = new Map<string, number>();
      bucket.trouble = (asked) => {
        const count = (seen.get(asked) ?? 0) + 1;
        seen.set(asked, count);
        return asked.startsWith("PUT ") && count % 3 === 1 ? 503 : undefined;
      };
      const { code, stdout, stderr } = await start({ BACKUP_NAME: "first" });
      expect([code, stderr]).toEqual([0, ""]);
      expect((await writer).code).toBe(0);
      expect(stdout).toContain("portable-backup: done: gs://backups/first/manifest.json");
      expect(stdout).not.toContain(server.password);

      const manifest = JSON.parse(bucket.text("backups/first/manifest.json")) as Manifest;
      const [main, plugin] = manifest.databases;
      expect(manifest.release).toBe("1.16.1");
      expect([main?.role, plugin?.role, main?.revision, plugin?.revision]).toEqual([
        "main",
        "plugin",
        "6d2bd78f9d7a",
        "",
      ]);
      expect(main?.extensions).toHaveProperty("uuid-ossp");
      const data = bucket.objects.get(`backups/${main?.object}`)?.data ?? Buffer.alloc(0);
      expect(createHash("sha256").update(data).digest("hex")).toBe(main?.sha256);
      writeFileSync(join(directory, "dump"), data);
      await server.query("postgres", "CREATE DATABASE again");
      const restored = await run("pg_restore", ["--dbname=again", "--exit-on-error", join(directory, "dump")], {
        env: server.env(""),
      });
      expect([restored.code, restored.stderr]).toEqual([0, ""]);
      expect(await server.query("again", "SELECT sum(balance), count(*) FROM accounts")).toBe(
        `100000|${main?.tables["public.accounts"]}`,
      );

      const share = bucket.objects.get(`backups/${manifest.share?.object}`)?.data ?? Buffer.alloc(0);
      writeFileSync(join(directory, "share.tar.gz"), share);
      expect((await run("tar", ["-tzf", join(directory, "share.tar.gz")])).stdout.split("\n")).toEqual([
        "link",
        "plugins/",
        "plugins/a.difypkg",
        "",
      ]);
    });

    const restore = async (environment: Record<string, string> = {}): Promise<Result> =>
      await start({ BACKUP_NAME: "first", ...environment }, "restore_backup.py");
    const everything = async (): Promise<string> =>
      `${await server.content("dify_db")}\n${await server.content("dify_plugin")}`;

    test("restores bit for bit, once it fits and nobody is there, and keeps nothing of a run that fails", async () => {
      bucket.trouble = () => undefined;
      expect((await start({ BACKUP_NAME: "quiet" })).code).toBe(0);
      const before = await everything();
      // What happens after the backup.
      await server.own(
        "dify_db",
        "DROP TABLE audit; UPDATE accounts SET balance = 0; CREATE TABLE later (id int); CREATE VIEW v AS SELECT * FROM later;",
      );
      await server.own("dify_plugin", "INSERT INTO plugins VALUES (1)");
      writeFileSync(join(directory, "share/plugins/a.difypkg"), "broken");
      const after = await everything();
      const refused = async (because: string, environment: Record<string, string>): Promise<void> => {
        const { code, stderr } = await restore({ BACKUP_NAME: "quiet", ...environment });
        expect([code, stderr]).toEqual([1, expect.stringContaining(because) as unknown]);
        expect(await everything()).toBe(after);
      };

      await refused("the backup is of Dify 1.16.1, and 1.17.0 runs here", { RELEASE: "1.17.0" });
      await refused("has no complete backup 'second'. The newest are: first, quiet", { BACKUP_NAME: "second" });
      await refused("BACKUP_NAME is not set. gs://backups has: first, quiet", { BACKUP_NAME: "" });
      const text = bucket.text("backups/quiet/manifest.json");
      bucket.put(
        "backups/newer/manifest.json",
        text.replace('"uuid-ossp": "1.1"', '"uuid-ossp": "1.2", "vector": "0.8.0"'),
      );
      await refused("database 'dify_db' lacks extension 'vector'", { BACKUP_NAME: "newer" });
      // One that is elsewhere: what its manifest says is enough, and nothing is read here.
      bucket.trouble = () => 403;
      const elsewhere = { CHECK_ONLY: "1", BACKUP_NAME: "" };
      await refused("lacks extension 'vector'", { ...elsewhere, MANIFEST: bucket.text("backups/newer/manifest.json") });
      await refused("and 1.17.0 runs here", { ...elsewhere, MANIFEST: text, RELEASE: "1.17.0" });
      await refused("the backup has format None", { ...elsewhere, MANIFEST: "{}" });
      expect((await restore({ ...elsewhere, MANIFEST: text })).stdout).toBe(
        "restore-backup: the backup would fit: nothing is changed\n",
      );
      bucket.trouble = () => undefined;
      bucket.put("backups/changed/manifest.json", text.replace(/"sha256": "./, '"sha256": "x'));
      await refused("is not what the manifest says", { BACKUP_NAME: "changed" });
      bucket.put("backups/short/manifest.json", text.replace('"public.audit": 4000', '"public.audit": 4001'));
      await refused("table public.audit has 4000 rows, and the backup had 4001", { BACKUP_NAME: "short" });
      const user = run("psql", ["-Xq"], {
        input: "SELECT pg_sleep(5);",
        env: { ...server.env("dify_plugin", JobPostgres.user), PGAPPNAME: "worker" },
      });
      await until(
        "the user",
        async () =>
          (await server.query(
            "postgres",
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'worker'",
          )) === "1",
      );
      await refused("database 'dify_plugin' is in use (worker)", {});
      await server.query(
        "postgres",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'worker'",
      );
      await user;

      // The connection to the bucket is cut in the middle of each part, and for good in the second database: the first is restored then.
      bucket.trouble = (asked) => (asked.includes("plugin.dump?alt=media") && count(asked) > 2 ? 404 : undefined);
      const count = (asked: string): number =>
        bucket.asked.filter((one) => one === asked).length - (known.get(asked) ?? 0);
      const known = new Map(bucket.asked.map((asked) => [asked, bucket.asked.filter((one) => one === asked).length]));
      const half = await restore({ BACKUP_NAME: "quiet" });
      expect([half.code, half.stdout, half.stderr]).toEqual([
        1,
        expect.stringContaining("'dify_db': restored") as unknown,
        expect.stringContaining("cannot be read on") as unknown,
      ]);
      expect(await server.content("dify_plugin")).toBe(after.split("\n").at(-1));

      bucket.trouble = () => undefined;
      // The server has not noticed yet that an earlier run is gone.
      const left = run("psql", ["-Xq"], {
        input: "BEGIN; LOCK TABLE accounts; SELECT pg_sleep(60);",
        env: { ...server.env("dify_db", JobPostgres.user), PGAPPNAME: "restore-backup" },
      });
      const { code, stdout, stderr } = await restore({ BACKUP_NAME: "quiet" });
      expect([code, stderr, (await left).stderr]).toEqual([0, "", expect.stringContaining("terminating") as unknown]);
      expect(stdout).toContain("To go back to what is here now: restore the newest backup before 20");
      expect(await everything()).toBe(before);
      expect(await server.query("dify_db", "SELECT count(*) FROM pg_class WHERE relname IN ('later', 'v')")).toBe("0");
      expect(readFileSync(join(directory, "share/plugins/a.difypkg"), "utf8")).toBe("package");
    });

    test("refuses what is made to do harm before it changes anything", async () => {
      bucket.trouble = () => undefined;
      const manifest = JSON.parse(bucket.text("backups/quiet/manifest.json")) as Manifest;
      const [main, plugin] = manifest.databases;
      const before = await everything();
      /** A backup that is what its manifest says. */
      const made = (part: string, data: Buffer): object => {
        bucket.put(`backups/bad/${part}`, data);
        const sha256 = createHash("sha256").update(data).digest("hex");
        return { object: `bad/${part}`, bytes: data.length, sha256 };
      };
      const refused = async (because: string, change: object, environment = {}): Promise<void> => {
        bucket.put("backups/bad/manifest.json", JSON.stringify({ ...manifest, ...change }));
        const { code, stderr } = await restore({ BACKUP_NAME: "bad", ...environment });
        expect([code, stderr]).toEqual([1, expect.stringContaining(because) as unknown]);
        expect(await everything()).toBe(before);
      };
      const share = async (because: string, archive: Buffer, more = {}): Promise<void> => {
        await refused(because, { share: { ...made("share.tar.gz", gzipSync(archive)), ...more } });
      };
      await share("leads out of it", tar({ name: "plugins/ok" }, { name: "../outside", data: "x" }));
      await share("is a link that leads out of the share", tar({ name: "passwords", type: "2" }));
      await share("is a link, a device", tar({ name: "disk", type: "4" }));
      await share("would fill the share", tar({ name: "large", data: Buffer.alloc(2 ** 20) }), { unpacked: 1000 });
      expect([existsSync(join(directory, "outside")), existsSync(join(directory, "share/plugins/ok"))]).toEqual([
        false,
        false,
      ]);
      const dump = made("main.dump", Buffer.from("\\! touch /tmp/harm\nCREATE TABLE t (id int);\n"));
      await refused("cannot be read by pg_restore", { databases: [{ ...main, ...dump }, plugin] });

      // Whether it fits can be asked while others use the databases, and changes nothing.
      const { code, stdout } = await restore({ BACKUP_NAME: "quiet", CHECK_ONLY: "1" });
      expect([code, stdout]).toEqual([0, expect.stringContaining("is whole and fits: nothing is changed") as unknown]);
      expect(await everything()).toBe(before);
    });

    test("tries the newest backup in databases of its own, and leaves them empty", async () => {
      bucket.trouble = () => undefined;
      await server.create("try_db", "try_plugin");
      const before = await everything();
      const rehearse = async (): Promise<Result> =>
        await start(
          {
            DB_NAME: "try_db",
            ADDITIONAL_DATABASES: "try_plugin",
            REHEARSAL: "all",
            SHARE: "",
            RELEASE: "9",
          },
          "restore_backup.py",
        );
      const wrong = await rehearse();
      expect([wrong.code, wrong.stderr]).toEqual([
        1,
        expect.stringContaining("table public.audit has 4000 rows, and the backup had 4001") as unknown,
      ]);
      bucket.put("backups/short/manifest.json", bucket.text("backups/quiet/manifest.json"));
      const { code, stdout, stderr } = await rehearse();
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toMatch(/rehearsed: backup 'short' of Dify 1.16.1 can be restored: \d+ rows, 1 shared files/);
      expect(await everything()).toBe(before);
      expect(`${await server.content("try_db")}${await server.content("try_plugin")}`).toBe("");
    });

    test("takes secrets out of another environment's backup, and tells of what it does not know", async () => {
      bucket.trouble = () => undefined;
      const databases = { DB_NAME: "try_db", ADDITIONAL_DATABASES: "try_plugin", SHARE: "" };
      await server.own("try_db", DIFY);
      await server.own(
        "try_plugin",
        'CREATE TABLE endpoints (settings text, enabled boolean); INSERT INTO endpoints VALUES (\'{"key": "c2V"}\', true);',
      );
      expect((await start({ ...databases, BACKUP_NAME: "other" })).code).toBe(0);
      const written = bucket.text("backups/other/manifest.json");
      const restored = async (remove: string): Promise<string> => {
        bucket.put("backups/other/manifest.json", written.replace("{", `{"remove": "${remove}",`));
        const { code, stdout, stderr } = await start({ ...databases, BACKUP_NAME: "other" }, "restore_backup.py");
        expect([code, stderr]).toEqual([0, ""]);
        return stdout;
      };
      await restored("system");
      expect(await server.query("try_db", "SELECT count(*) FROM provider_credentials, providers")).toBe("2");
      expect(await server.query("try_db", "SELECT count(*) FROM tool_oauth_system_clients")).toBe("0");
      const said = await restored("all");
      expect(said).toContain("credentials removed: tool_oauth_system_clients (1), provider_credentials (1)");
      expect(said).toContain("later_things.access_token may hold secrets, and is not known here");
      expect(said.match(/may hold secrets/g)).toHaveLength(1);
      const rest =
        "SELECT provider_type, password, settings, environment_variables::jsonb FROM providers, accounts, external_knowledge_apis, workflows";
      expect(await server.query("try_db", rest)).toBe(
        'system|hash|{"api_key": "", "endpoint": "e"}|{"a": {"name": "a", "value": "", "value_type": "string"}, "b": {"name": "b", "value": "v", "value_type": "string"}}',
      );
      expect(await server.query("try_db", "SELECT count(*) FROM provider_credentials")).toBe("0");
      expect(await server.query("try_plugin", "SELECT * FROM endpoints")).toBe("{}|f");
    });

    test("prints what takes out all that workspaces with new key pairs cannot read, and leaves the rest", async () => {
      await server.create("leaked");
      const tool = '(\'{"auth_type": "api_key_header", "api_key_value": "SFlC"}\', \'openapi\')';
      await server.own(
        "leaked",
        `${DIFY} CREATE TABLE tool_api_providers (credentials_str text, schema text); INSERT INTO tool_api_providers VALUES ${tool};
        CREATE TABLE api_tokens (token text); INSERT INTO api_tokens VALUES ('app-1');`,
      );
      const script = join(jobs, "credentials.py");
      const { code, stdout, stderr } = await run("/usr/bin/python3", ["-B", script, "--after-reset"]);
      expect([code, stderr]).toEqual([0, ""]);
      // Twice: somebody who is not sure runs it again.
      for (let times = 1; times <= 2; times += 1) await server.own("leaked", stdout);
      const left = `SELECT (SELECT count(*) FROM provider_credentials), string_agg(provider_type, ' '), (SELECT count(*) FROM tool_oauth_system_clients),
        (SELECT settings FROM external_knowledge_apis), (SELECT credentials_str || schema FROM tool_api_providers), (SELECT token FROM api_tokens),
        (SELECT environment_variables::jsonb -> 'a' FROM workflows) FROM providers`;
      expect((await server.query("leaked", left)).split("|")).toEqual([
        ...["0", "system", "1", '{"endpoint": "e", "api_key": "k"}', '{"auth_type": "none"}openapi', "app-1"],
        '{"name": "a", "value": "", "value_type": "string"}',
      ]);
    });

    test("killed at any step of a restore, it leaves each database whole, and the second run brings it home", async () => {
      bucket.trouble = () => undefined;
      const names = { DB_NAME: "small_db", ADDITIONAL_DATABASES: "small_plugin", SHARE: join(directory, "small") };
      await server.create("small_db", "small_plugin");
      await server.own("small_db", "CREATE TABLE apps (id int PRIMARY KEY); INSERT INTO apps VALUES (1), (2);");
      await server.own("small_plugin", "CREATE TABLE plugins (id int)");
      mkdirSync(names.SHARE);
      writeFileSync(join(names.SHARE, "a"), "package");
      symlinkSync("a", join(names.SHARE, "link"));
      expect((await start({ ...names, BACKUP_NAME: "small" })).code).toBe(0);
      // A copy as it was at a moment, which an alert must not take for a backup of now, and files of the backup before it.
      const moment = { SHARE: "", BACKUP_NAME: "moment", MOMENT: "2026-01-31T09:00:00Z" };
      expect((await start({ ...names, ...moment })).stdout).not.toContain("done");
      expect(bucket.text("backups/moment/manifest.json")).toContain('"started": "2026-01-31T09:00:00Z"');
      const { code, stdout, stderr } = await run(
        "/usr/bin/python3",
        ["-B", join(__dirname, "python/break-restore.py"), jobs],
        {
          env: {
            ...server.jobEnv("", ""),
            ...{
              ...bucket.env,
              ...names,
              BACKUP_BUCKET: "backups",
              RELEASE: "1.16.1",
              BACKUP_NAME: "moment",
              FILES_FROM: "small",
            },
            SPOIL: "UPDATE apps SET id = id + 7; CREATE TABLE later (id int);",
          },
        },
      );
      expect([code, stderr]).toEqual([0, ""]);
      // Rows, key and end of one database, rows and end of the other, and two files.
      expect(stdout.match(/^broken off: .*/gm)).toHaveLength(7);
    });

    test("says what it may not do, leaves no manifest, and never takes the place of a backup", async () => {
      bucket.trouble = () => undefined;
      const again = await start({ BACKUP_NAME: "first" });
      expect([again.code, again.stderr]).toEqual([
        1,
        expect.stringContaining("is there an object of this name already?") as unknown,
      ]);
      bucket.trouble = (asked) => (asked.startsWith("POST ") ? 403 : undefined);
      const forbidden = await start({ BACKUP_NAME: "second", RIGHTS_SECONDS: "0" });
      expect([forbidden.code, forbidden.stderr]).toEqual([
        1,
        expect.stringContaining("needs storage.objects.create") as unknown,
      ]);
      bucket.trouble = (asked) => (asked.startsWith("PUT ") ? 500 : undefined);
      expect((await start({ BACKUP_NAME: "third" })).stderr).toContain("cannot be written on");
      expect([...bucket.objects.keys()].filter((name) => /second|third/.test(name))).toEqual([]);
      expect((await start({ BACKUP_BUCKET: "" })).stderr).toContain("not set: BACKUP_BUCKET");
    });
  },
);
