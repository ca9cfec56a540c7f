import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import {
  Daemon,
  freePort,
  memory,
  own,
  removeDirectory,
  type Result,
  run,
  temporaryDirectory,
  unprivileged,
  until,
} from "./processes";
import { tools } from "./require";
import type { RunOptions } from "./starter";

/** PostgreSQL's own psql before Debian's, which is a Perl script in front of it that takes longer than a query. */
export const searchPath = [dirname(tools.postgres.command), process.env.PATH].join(delimiter);

/** For programs of PostgreSQL: they ask for no encryption first, which the servers of tests do not have. */
export const UNENCRYPTED = { PGSSLMODE: "disable", PGGSSENCMODE: "disable" } as const;

/** Of a server that nobody misses. */
export const SETTINGS = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  fsync: "off",
  full_page_writes: "off",
  synchronous_commit: "off",
  autovacuum: "off",
  max_wal_senders: 0,
  wal_level: "minimal",
} as const;

const INITDB = join(dirname(tools.postgres.command), "initdb");
const CACHE = join(__dirname, "../../node_modules/.cache/postgres");

/**
 * Fills an empty directory of `unprivileged` as `initdb` does, whose superuser is `postgres` with the password `postgres`. That
 * takes longer than to start a server, so what it makes is kept, and copied.
 */
export async function newCluster(data: string): Promise<void> {
  const { mtimeMs, size } = statSync(INITDB);
  const kept = join(CACHE, `${size}-${mtimeMs}-${unprivileged.uid ?? "own"}`);
  if (!existsSync(kept)) await keepCluster(kept);
  await done("cp", ["-a", `${kept}/.`, data]);
}

async function keepCluster(kept: string): Promise<void> {
  const directory = temporaryDirectory("postgres-new");
  const [passwordFile, made] = [join(directory, "password"), join(directory, "cluster")];
  writeFileSync(passwordFile, "postgres");
  // SCRAM would take a quarter of the time of each connection.
  const settings = ["--auth", "md5", "--encoding", "UTF8", "--no-locale", "--no-sync"];
  await done(INITDB, ["--pgdata", made, "--username", "postgres", "--pwfile", passwordFile, ...settings], unprivileged);
  mkdirSync(CACHE, { recursive: true });
  const own = mkdtempSync(join(CACHE, "new-"));
  await done("cp", ["-a", `${made}/.`, own]);
  try {
    renameSync(own, kept);
  } catch {
    // Another worker was first.
    removeDirectory(own);
  }
  removeDirectory(directory);
}

async function done(command: string, args: readonly string[], options: RunOptions = {}): Promise<void> {
  const { code, stderr } = await run(command, args, options);
  if (code !== 0) throw new Error(stderr);
}

/** A real PostgreSQL 15 with what Cloud SQL has: administrators that are no superusers, and users that its API makes. */
export class Postgres {
  readonly password = "s3cret-Passw0rd";
  private readonly directory = temporaryDirectory("postgres");
  private readonly data = temporaryDirectory("postgres-data", memory(2 ** 29));
  private server?: Daemon;
  port = 0;

  async start(): Promise<void> {
    this.port = await freePort();
    await newCluster(this.data);
    const settings = { port: this.port, ...SETTINGS };
    const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    this.server = new Daemon(tools.postgres.command, ["-D", this.data, ...args], join(this.directory, "log"));
    await this.server.ready(this.port);
    // New databases get the caches that this connection leaves.
    await until("the server", async () => (await this.psql("template1", "SELECT 1")).code === 0);
    await this.query("postgres", "CREATE ROLE cloudsqlsuperuser NOLOGIN CREATEDB CREATEROLE IN ROLE pg_monitor;");
  }

  async stop(): Promise<void> {
    await this.server?.stop("SIGINT");
    for (const each of [this.directory, this.data]) removeDirectory(each);
  }

  /**
   * Turns encryption on, and lets these roles in no other way.
   * @returns the certificate of the server, which is its own authority
   */
  async encrypt(...roles: readonly string[]): Promise<string> {
    const [certificate, key] = [join(this.data, "server.crt"), join(this.data, "server.key")];
    const made = ["-newkey", "rsa:2048", "-noenc", "-keyout", key, "-subj", "/CN=instance"];
    await done(tools.openssl.command, ["req", "-x509", ...made, "-out", certificate, "-days", "2"]);
    for (const each of [certificate, key]) own(each);
    chmodSync(key, 0o600);
    const rules = join(this.data, "pg_hba.conf");
    const lines = roles.flatMap((role) => [`hostssl all ${role} all md5`, `host all ${role} all reject`]);
    writeFileSync(rules, `${lines.join("\n")}\n${readFileSync(rules, "utf8")}`);
    await this.query("postgres", "ALTER SYSTEM SET ssl = on");
    await this.query("postgres", "SELECT pg_reload_conf()");
    return certificate;
  }

  async psql(database: string, input: string, as = "postgres", password = this.password): Promise<Result> {
    return await run("psql", ["-XqAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", String(this.port), "-U", as], {
      input,
      env: {
        ...process.env,
        ...UNENCRYPTED,
        PATH: searchPath,
        PGDATABASE: database,
        PGPASSWORD: as === "postgres" ? "postgres" : password,
      },
    });
  }

  async query(database: string, input: string): Promise<string> {
    const { code, stdout, stderr } = await this.psql(database, input);
    if (code !== 0) throw new Error(stderr);
    return stdout.trim();
  }

  /** As Cloud SQL's API makes users (https://cloud.google.com/sql/docs/postgres/users). */
  async apiUser(...names: readonly string[]): Promise<void> {
    const each = names.map(
      (name) =>
        `CREATE ROLE ${name} LOGIN PASSWORD '${this.password}' CREATEDB CREATEROLE; GRANT cloudsqlsuperuser TO ${name};`,
    );
    await this.query("postgres", each.join("\n"));
  }

  /** As it makes them members of roles that are asked for, in place of administrators. */
  async apiMember(name: string, ...roles: readonly string[]): Promise<void> {
    const made = `CREATE ROLE ${name} LOGIN PASSWORD '${this.password}'; GRANT ${roles.join(", ")} TO ${name};`;
    await this.query("postgres", made);
  }

  /**
   * Databases as `db-init` leaves them: their owner has no other rights, and they are closed to everybody else.
   * @param more SQL that the server's administrator runs in each of them
   */
  async prepared(databases: readonly string[], owner: string, more = ""): Promise<void> {
    const each = databases.map(
      (database) =>
        `CREATE DATABASE ${database} OWNER ${owner} STRATEGY file_copy;
         REVOKE ALL ON DATABASE ${database} FROM PUBLIC; GRANT CONNECT ON DATABASE ${database} TO cloudsqlsuperuser;
         ${more && `\\connect ${database}\n${more}\n\\connect postgres`}`,
    );
    // One psql for all of it: starting another, and a server process for it, takes longer than most statements.
    await this.query(
      "postgres",
      `DO $$ BEGIN CREATE ROLE ${owner} LOGIN PASSWORD '${this.password}'; EXCEPTION WHEN duplicate_object THEN END $$;
       ${each.join("\n")}`,
    );
  }
}
