import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rotate } from "../../scripts/rotate/run";

const directory = mkdtempSync(join(tmpdir(), "rotate-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const BASIC = 'project_id = "demo-project"\nrequire_services_gcp_module = false\n';

/** The command with a variable file. @returns what it says, and the file afterwards */
async function run(more: string, ...args: string[]) {
  const file = join(directory, "dev.tfvars");
  writeFileSync(file, BASIC + more);
  const said: string[] = [];
  const write = (text: string) => void said.push(text);
  const code = await rotate([...args, ...(args.includes("--help") ? [] : ["--directory", directory])], {
    env: {},
    terminal: { write, interactive: false, color: false, columns: 80, ask: () => Promise.resolve(undefined) },
    complain: write,
    signal: new AbortController().signal,
  });
  return { code, text: said.join(""), file: readFileSync(file, "utf8").replace(BASIC, "") };
}

const OVERLAP = "internal_key_generation = 4\nredis_password_overlap_hours = 24\n";
const GUESTS = "nfs_redis_guests = { shop = 7801 }\nsecret_revisions = { redis-password = 2, db-password = 5 }\n";

test("--all raises what no request notices, and nothing else, and says what to apply, the foundation first", async () => {
  const { code, file, text } = await run(OVERLAP + GUESTS, "dev", "--all", "--yes");
  expect(code).toBe(0);
  expect(file).toBe(
    OVERLAP.replace("4", "5") +
      "nfs_redis_guests = { shop = 7801 }\n" +
      "secret_revisions = { db-password = 5, redis-password = 3, redis-guest-shop-password = 2 }\n",
  );
  expect(text.indexOf("dify-dev-foundation apply")).toBeGreaterThan(0);
  expect(text.indexOf("stacks/dify-dev apply")).toBeGreaterThan(text.indexOf("dify-dev-foundation apply"));
});

test("the foundation is left alone where nothing in it changes", async () => {
  const { file, text } = await run("", "dev", "sandbox-key", "--yes");
  expect(file).toBe("\nsecret_revisions = { sandbox-key = 2 }\n");
  expect(text).toContain("calls between old and new pods are refused");
  expect(text).not.toContain("foundation");
});

test("without being told to, it only shows what it would write", async () => {
  const { code, file, text } = await run(OVERLAP, "dev", "keys");
  expect([code, file]).toEqual([0, OVERLAP]);
  expect(text).toContain("internal_key_generation in ");
  expect(text).toContain(": 5\n");
});

test("after a leak, keys take two generations, and what costs something is rotated", async () => {
  const { file, text } = await run(OVERLAP, "dev", "keys", "secret-key", "--after-leak", "--yes");
  expect(file).toBe(`${OVERLAP.replace("4", "5")}\nsecret_revisions = { secret-key = 2 }\n`);
  expect(text).toContain("The leaked keys are refused after the next generation only");
});

test.each<[number, string, string, readonly string[]]>([
  [0, "npm run rotate -- <environment>", "", ["--help"]],
  [2, "either secrets or --all", "", []],
  [2, "either secrets or --all", "", ["dev", "keys", "--all"]],
  [2, "--maybe", "", ["dev", "--maybe"]],
  [1, "internal_key_generation is null", "", ["dev", "keys"]],
  [1, "Nothing rotates here without being noticed", "", ["dev", "--all"]],
  [1, "signs everybody out", "", ["dev", "secret-key", "--yes"]],
  [1, 'secret_revisions names "sandbox"', "", ["dev", "sandbox", "--yes"]],
  [1, "kubectl", "enable_auto_password_rotation = true\n", ["dev", "db-password", "--yes"]],
  [1, "no_such_variable", "no_such_variable = 1\n", ["dev", "sandbox-key", "--yes"]],
])("ends with %i: %s", async (code, text, more, args) => {
  const answer = await run(more, ...args);
  expect(answer.code).toBe(code);
  expect(answer.text).toContain(text);
  expect(answer.file).toBe(more);
});
