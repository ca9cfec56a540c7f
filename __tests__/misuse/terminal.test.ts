import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { summarizePlan } from "../../scripts/acceptance/plan-summary";
import { check } from "../../scripts/check/check";
import { report } from "../../scripts/diff/report";
import { hcl } from "./templates";

/** C0 and C1 controls, marks and isolates of direction, zero width, tags, ends of lines and paragraphs. */
const OBEYED =
  "\u0007\u001b[2J\u007f\u0085\u009b31m\u00ad\u061c\u200b\u200d\u200e\u202e\u2066\u2069\u2028\u2029\ufeff\u{e0041}";
const LEFT = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u;

const directory = mkdtempSync(join(tmpdir(), "terminal-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

async function shown(name: string, text: string, ...args: string[]): Promise<string> {
  const printed: string[] = [];
  const print = (line: string): void => void printed.push(line);
  writeFileSync(join(directory, name), text);
  await check(args, { DIFY_VARIABLES: directory }, { color: false, print, complain: print });
  rmSync(join(directory, name));
  return printed.join("\n");
}

const GOOD = { project_id: "demo-project", require_services_gcp_module: false };
const text = `a${OBEYED}b`;
/** HCL takes no control characters of C0. */
const plain = text.replace(/[^\P{Cc}\u0080-\u009f]/gu, "");

test.each<readonly [string, Record<string, unknown>]>([
  ["a value", { region: text }],
  ["a text that a rule shows", { environment_variables: { STORAGE_TYPE: text } }],
  ["a name of a variable", { [text]: 1 }],
  ["a name in a map", { environment_variables: { [text]: "x" } }],
  ["a field", { container_build_config: { [text]: "x" } }],
  ["a path", { initialization_jobs: [{ name: "a", script_path: text }] }],
  ["a file", { redis_host: "10.0.0.3", redis_tls: true, redis_ca_file: text }],
  ["a domain", { application_domains: [text] }],
  ["an id of a silence", { silenced_warnings: { [text]: "why" } }],
  [
    "a reason",
    { silenced_warnings: { "cors-restricted": text }, environment_variables: { CONSOLE_CORS_ALLOW_ORIGINS: "*" } },
  ],
])("nothing of %s is obeyed by a terminal, and JSON stays JSON", async (_, given) => {
  const content = JSON.stringify({ ...GOOD, ...given });
  expect(await shown("dev.tfvars.json", content)).not.toMatch(LEFT);
  const json = await shown("dev.tfvars.json", content, "--json");
  expect(json).not.toMatch(LEFT);
  expect(() => void JSON.parse(json)).not.toThrow();
});

test("nor of an expression, of a file's own name, or of what is asked for", async () => {
  expect(await shown("dev.tfvars", `region = ${hcl(plain).replace(/"$/, '${x}"')}\n`)).not.toMatch(LEFT);
  expect(await shown(`de\u202e\u009bv.tfvars`, "x = 1\n")).not.toMatch(LEFT);
  expect(await shown("dev.tfvars", "x = 1\n", text)).not.toMatch(LEFT);
  expect(await shown("dev.tfvars", "x = 1\n", "--explain", text)).not.toMatch(LEFT);
  expect(await shown("dev.tfvars", "x = 1\n", `--${text}`)).not.toMatch(LEFT);
});

test("nor of values in a diff or in a plan", () => {
  const attributes = [
    { path: `labels.${text}`, before: text, after: `${text}\nmore` },
    { path: "a", before: "x", after: text },
  ];
  const changes = new Map([
    ["dev", [{ kind: "changed", stack: "dify-dev", address: "a.b", attributes, remarks: [] } as const]],
  ]);
  expect(report(changes, { attributes: true, color: false }).join("\n")).not.toMatch(LEFT);
  const plan = {
    resource_changes: [
      { address: "a.b", change: { actions: ["update"], before: { [text]: "x" }, after: { [text]: text } } },
    ],
  };
  expect(summarizePlan(JSON.stringify(plan)).join("\n")).not.toMatch(LEFT);
});
