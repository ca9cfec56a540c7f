import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeDirectory, type Result, run, temporaryDirectory } from "./processes";

const script = join(__dirname, "../../scripts/jobs/migrate.sh");

/** Stands in for `flask` of Dify's image: each command answers with the next of its lines, the last one for good. */
describe("migrate.sh", () => {
  let directory: string;
  beforeEach(() => {
    directory = temporaryDirectory("migrate");
  });
  afterEach(() => {
    removeDirectory(directory);
  });

  const migrate = async (
    flask: Readonly<Record<string, readonly string[]>>,
    environment: Record<string, string> = {},
    redis = 0,
  ): Promise<Result & { readonly calls: string }> => {
    const cases = Object.entries(flask).map(([command, answers]) => {
      writeFileSync(join(directory, command.replace(" ", "_")), answers.join("\n"));
      return `"${command}") file=${join(directory, command.replace(" ", "_"))} ;;`;
    });
    writeFileSync(
      join(directory, "flask"),
      `#!/bin/bash
echo "flask $*" >>${join(directory, "calls")}
case "$*" in
${cases.join("\n")}
*) echo "nobody expects flask $*"; exit 97 ;;
esac
eval "$(head -n 1 "$file")"; code=$?
(($(wc -l <"$file") == 0)) || sed -i 1d "$file"
exit $code
`,
    );
    writeFileSync(
      join(directory, "python"),
      `#!/bin/sh\necho "python $(basename "$1")" >>${join(directory, "calls")}\nexit ${redis}\n`,
    );
    chmodSync(join(directory, "python"), 0o755);
    writeFileSync(join(directory, "sleep"), "#!/bin/sh\n");
    chmodSync(join(directory, "flask"), 0o755);
    chmodSync(join(directory, "sleep"), 0o755);
    const result = await run("bash", [script], {
      env: { PATH: `${directory}:${process.env.PATH ?? ""}`, ...environment },
    });
    const { stdout: calls } = await run("cat", [join(directory, "calls")]);
    return { ...result, calls: calls.trim().replaceAll("flask ", "").replaceAll("\n", ", ") };
  };

  const upToDate = { "db heads": ["echo '6d2bd78f9d7a (head)'"], "db current": ["echo '6d2bd78f9d7a (head)'"] };

  test("migrates, and looks whether the database is where the release needs it", async () => {
    const { code, stdout, calls } = await migrate({
      "upgrade-db": ["echo 'Starting database migration.'; echo 'Database migration successful!'"],
      ...upToDate,
    });
    expect(code).toBe(0);
    expect(stdout).toContain("Database migration successful!");
    expect(stdout).toContain("migrate: the database is at revision 6d2bd78f9d7a");
    expect(calls).toBe("python redis-ready.py, upgrade-db, db heads, db current");
  });

  test("waits while another process migrates, and then migrates itself", async () => {
    const { code, stdout, calls } = await migrate({
      "upgrade-db": ["echo 'Database migration skipped'", "echo 'Database migration skipped'", "echo done"],
      ...upToDate,
    });
    expect(code).toBe(0);
    expect(stdout).toContain("another process holds the lock; waiting");
    expect(calls).toBe("python redis-ready.py, upgrade-db, upgrade-db, upgrade-db, db heads, db current");
  });

  test("leaves the database alone where Redis does not answer", async () => {
    const { code, calls } = await migrate({ "upgrade-db": ["true"], ...upToDate }, {}, 1);
    expect([code, calls]).toEqual([1, "python redis-ready.py"]);
  });

  test("gives up on a lock that stays", async () => {
    const { code, stderr } = await migrate(
      { "upgrade-db": ["echo 'Database migration skipped'"] },
      { MIGRATION_WAIT_SECONDS: "0" },
    );
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^migrate: error: another process holds the lock of the migrations, for \d+ seconds now\n$/,
      ),
    ]);
  });

  test("fails where the migrations fail", async () => {
    const { code, stdout, stderr } = await migrate({ "upgrade-db": ["echo 'relation exists' >&2; (exit 1)"] });
    expect([code, stderr]).toEqual([
      1,
      "migrate: error: the migrations failed, see above. The previous release goes on with the database as it is.\n",
    ]);
    expect(stdout).toContain("relation exists");
  });

  test("fails where the command says that all is well and it is not, as in 1.8.1", async () => {
    const { code, stderr } = await migrate({
      "upgrade-db": ["echo 'Failed to execute database migration'"],
      "db heads": ["echo 6d2bd78f9d7a"],
      "db current": ["echo 64b051264f32"],
    });
    expect([code, stderr]).toEqual([
      1,
      "migrate: error: the database is at revision 64b051264f32, and this release needs 6d2bd78f9d7a\n",
    ]);
  });

  test("fails where the database has no revision at all", async () => {
    const { code, stderr } = await migrate({
      "upgrade-db": ["true"],
      "db heads": ["echo 6d2bd78f9d7a"],
      "db current": ["true"],
    });
    expect([code, stderr]).toEqual([1, "migrate: error: the database has no revision\n"]);
  });

  test("explains itself", async () => {
    const help = await run("bash", [script, "--help"]);
    expect([help.code, help.stdout]).toEqual([0, expect.stringContaining("MIGRATION_WAIT_SECONDS")]);
    expect((await run("bash", [script, "--wrong"])).code).toBe(2);
    expect((await migrate({}, { MIGRATION_WAIT_SECONDS: "soon" })).stderr).toContain("must be a number, not 'soon'");
  });
});
