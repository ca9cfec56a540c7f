import { delimiter, dirname } from "node:path";
import { Postgres, UNENCRYPTED } from "./postgres";
import { tools } from "./require";

/** A real PostgreSQL 15 with what jobs are told of it, and the databases that they work on. */
export class JobPostgres extends Postgres {
  static readonly user = "dify_user";

  /** Environment of PostgreSQL's programs. */
  env(database: string, as = "postgres"): Record<string, string> {
    return {
      ...UNENCRYPTED,
      PATH: [dirname(tools.postgres.command), process.env.PATH].join(delimiter),
      PGHOST: "127.0.0.1",
      PGPORT: String(this.port),
      PGUSER: as,
      PGDATABASE: database,
      PGPASSWORD: as === "postgres" ? "postgres" : this.password,
    };
  }

  /** Environment of a job. */
  jobEnv(main: string, ...additional: readonly string[]): Record<string, string> {
    return {
      ...UNENCRYPTED,
      PATH: this.env("").PATH ?? "",
      DB_HOST: "127.0.0.1",
      DB_PORT: String(this.port),
      DB_USER: JobPostgres.user,
      DB_NAME: main,
      PGPASSWORD: this.password,
      ADDITIONAL_DATABASES: additional.join(" "),
      DB_WAIT_SECONDS: "20",
    };
  }

  /** The same as the application's user. */
  async own(database: string, input: string): Promise<string> {
    const { code, stdout, stderr } = await this.psql(database, input, JobPostgres.user);
    if (code !== 0) throw new Error(stderr);
    return stdout.trim();
  }

  /** Databases as db-init leaves them, with the extension. */
  async create(...names: readonly string[]): Promise<void> {
    await this.prepared(names, JobPostgres.user, 'CREATE EXTENSION "uuid-ossp";');
  }

  /** Who owns what is in a database, and a checksum of each table's rows. */
  async content(database: string): Promise<string> {
    const tables = `SELECT format('SELECT %L, md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '''')), count(*) FROM %I.%I t;',
      schemaname || '.' || tablename || ' ' || tableowner, schemaname, tablename)
      FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'backup_import') ORDER BY 1 \\gexec`;
    return await this.query(database, tables);
  }
}
