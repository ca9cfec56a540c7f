import { writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import {
  Daemon,
  freePort,
  memory,
  removeDirectory,
  type Result,
  run,
  temporaryDirectory,
  unprivileged,
  until,
} from "./processes";
import { tools } from "./require";

/** PostgreSQL's own psql before Debian's, which is a Perl script in front of it that takes longer than a query. */
const searchPath = [dirname(tools.postgres.command), process.env.PATH].join(delimiter);

/** A real PostgreSQL 15 with what Cloud SQL has: administrators that are no superusers, and users that its API makes. */
export class Postgres {
  readonly password = "s3cret-Passw0rd";
  private readonly directory = temporaryDirectory("postgres");
  private readonly data = temporaryDirectory("postgres-data", memory(2 ** 29));
  private server?: Daemon;
  port = 0;

  async start(): Promise<void> {
    this.port = await freePort();
    const passwordFile = join(this.directory, "password");
    writeFileSync(passwordFile, "postgres");
    const made = await run(
      join(dirname(tools.postgres.command), "initdb"),
      [
        ...["--pgdata", this.data, "--username", "postgres", "--pwfile", passwordFile],
        // SCRAM would take a quarter of the time of each connection.
        ...["--auth", "md5", "--encoding", "UTF8", "--no-locale", "--no-sync"],
      ],
      unprivileged,
    );
    if (made.code !== 0) throw new Error(made.stderr);
    const settings = { port: this.port, listen_addresses: "127.0.0.1", unix_socket_directories: "", fsync: "off" };
    const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    this.server = new Daemon(tools.postgres.command, ["-D", this.data, ...args], join(this.directory, "log"));
    await this.server.ready(this.port);
    await until("the server", async () => (await this.psql("postgres", "SELECT 1")).code === 0);
    await this.query("postgres", "CREATE ROLE cloudsqlsuperuser NOLOGIN CREATEDB CREATEROLE IN ROLE pg_monitor;");
  }

  async stop(): Promise<void> {
    await this.server?.stop("SIGINT");
    for (const each of [this.directory, this.data]) removeDirectory(each);
  }

  async psql(database: string, input: string, as = "postgres", password = this.password): Promise<Result> {
    return await run("psql", ["-XqAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", String(this.port), "-U", as], {
      input,
      env: {
        ...process.env,
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
  async apiUser(name: string): Promise<void> {
    await this.query(
      "postgres",
      `CREATE ROLE ${name} LOGIN PASSWORD '${this.password}' CREATEDB CREATEROLE; GRANT cloudsqlsuperuser TO ${name};`,
    );
  }

  /** A database as `db-init` leaves it: its owner has no other rights, and it is closed to everybody else. */
  async prepared(database: string, owner: string): Promise<void> {
    await this.query(
      "postgres",
      `DO $$ BEGIN CREATE ROLE ${owner} LOGIN PASSWORD '${this.password}'; EXCEPTION WHEN duplicate_object THEN END $$;`,
    );
    await this.query("postgres", `CREATE DATABASE ${database} OWNER ${owner} STRATEGY file_copy;`);
    await this.query(
      database,
      `REVOKE ALL ON DATABASE ${database} FROM PUBLIC; GRANT CONNECT ON DATABASE ${database} TO cloudsqlsuperuser;`,
    );
  }
}
