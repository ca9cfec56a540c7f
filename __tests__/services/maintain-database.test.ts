import { join } from "node:path";
import { JobPostgres } from "./job-postgres";
import { type Result, until } from "./processes";
import { describeWithPackages, python3 } from "./python";
import { tools } from "./require";

const SCRIPT = join(__dirname, "../../scripts/jobs/maintain-database.py");

describeWithPackages([tools.postgres], "maintain-database.py", () => {
  const postgres = new JobPostgres();

  beforeAll(async () => {
    await postgres.start();
    await postgres.create("dify_db", "dify_plugin");
    // Twelve megabytes of index, most of it empty since rows have gone; and somebody else's table.
    await postgres.own(
      "dify_db",
      `CREATE TABLE messages (id bigint PRIMARY KEY, text text);
       INSERT INTO messages SELECT n, 'x' FROM generate_series(1, 450000) n;
       DELETE FROM messages WHERE id > 1000;
       CREATE TABLE "Odd ""name" (id int PRIMARY KEY);`,
    );
    await postgres.query("dify_db", "CREATE TABLE public.others (id int)");
  });
  afterAll(async () => {
    await postgres.stop();
  });

  const maintain = async (
    tasks: string,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Result & { said: Line[] }> => {
    const env = {
      ...postgres.jobEnv("dify_db", "dify_plugin"),
      TASKS: tasks,
      WINDOW_MINUTES: "5",
      PAUSE_SECONDS: "0.2",
      ...more,
    };
    const result = await python3([SCRIPT], { env });
    const lines = result.stdout.split("\n").filter((line) => line !== "");
    return { ...result, said: lines.map((line) => JSON.parse(line) as Line) };
  };
  interface Line {
    readonly message: string;
    readonly severity: string;
    readonly [field: string]: unknown;
  }
  const messages = ({ said }: { said: readonly Line[] }): string[] => said.map(({ message }) => message);
  const number = async (query: string): Promise<number> => Number(await postgres.query("dify_db", query));
  const indexSize = async (): Promise<number> => await number("SELECT pg_relation_size('messages_pkey')");
  /** Something that somebody else does meanwhile. @returns what ends it */
  const meanwhile = async (statement: string, application = "psql"): Promise<() => Promise<void>> => {
    const input = `SET application_name = '${application}'; ${statement} SELECT pg_sleep(60);`;
    const other = postgres.psql("dify_db", input, JobPostgres.user);
    const sleeping = "FROM pg_stat_activity WHERE query ~ 'pg_sleep' AND pid <> pg_backend_pid()";
    await until("the other one", async () => (await number(`SELECT count(*) ${sleeping}`)) === 1);
    return async () => {
      await postgres.query("dify_db", `SELECT pg_terminate_backend(pid) ${sleeping}`);
      await other;
    };
  };

  test("reports each database in one line, the largest table first, and changes nothing", async () => {
    const { code, said } = await maintain("report");
    expect(code).toBe(0);
    const [main, plugin] = said;
    expect(main).toMatchObject({ severity: "INFO", database: "dify_db", largest: expect.anything() as unknown });
    expect(main?.["databaseBytes"]).toBe(await number("SELECT pg_database_size('dify_db')"));
    expect((main?.["largest"] as { table: string }[]).map(({ table }) => table)).toEqual([
      "public.messages",
      'public.Odd "name',
    ]);
    expect((main?.["largest"] as object[])[0]).toMatchObject({
      rows: 1000,
      deadRows: 449_000,
      indexBytes: await indexSize(),
    });
    expect(plugin).toMatchObject({ database: "dify_plugin", deadRows: 0 });
  });

  test("waits for a dump, and does nothing where one goes on for as long as the window", async () => {
    const end = await meanwhile("", "pg_dump");
    const { said } = await maintain("vacuum", { WINDOW_MINUTES: "0.01" });
    expect(said.map(({ message }) => message)).toEqual(["maintain-database: the window is over"]);
    await end();
  });

  test("vacuums what has dead rows, and leaves out what somebody locks", async () => {
    const dead = "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'messages'";
    const end = await meanwhile("BEGIN; LOCK messages;");
    expect((await maintain("vacuum")).code).toBe(0);
    expect(await number(dead)).toBe(449_000);
    await end();
    expect(messages(await maintain("vacuum"))).toEqual(["vacuum: public.messages", "maintain-database: done"]);
    expect(await number(dead)).toBe(0);
  });

  test("what a window cancels is cleared away by the next which builds the index again", async () => {
    const before = await indexSize();
    expect(before).toBeGreaterThan(8 * 1024 * 1024);
    // It waits for a transaction that is older, so it is still under way when the window ends.
    const end = await meanwhile("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM messages;");
    expect(messages(await maintain("reindex", { WINDOW_MINUTES: "0.02" }))).toEqual([
      "reindex: the window ended while public.messages_pkey was under way",
      "maintain-database: the window is over",
    ]);
    await end();
    const leftOver = "SELECT count(*) FROM pg_class WHERE relname ~ '_ccnew'";
    expect(await number(leftOver)).toBe(1);
    expect(messages(await maintain("reindex")).sort()).toEqual([
      "drop what a run left: public.messages_pkey_ccnew",
      "maintain-database: done",
      "reindex: public.messages_pkey",
    ]);
    expect(await indexSize()).toBeLessThan(before / 10);
    expect(await number(leftOver)).toBe(0);
    expect(await number("SELECT count(*) FROM messages")).toBe(1000);
  });

  test.each([
    [{ TASKS: "vacuum full" }, 1, "TASKS is 'vacuum full'"],
    [{ TASKS: "" }, 1, "TASKS is ''"],
    [{ TASKS: "report", PGPASSWORD: "other" }, 1, "password authentication failed"],
  ])("%j is an error", async (more, code, text) => {
    const result = await maintain("report", more);
    expect({ code: result.code, said: result.stdout + result.stderr }).toEqual({
      code,
      said: expect.stringContaining(text) as string,
    });
    expect(result.stdout + result.stderr).not.toContain(postgres.password);
  });
});
