import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandLine } from "../../scripts/adopt/options";
import { adopt } from "../../scripts/adopt/run";

const directory = mkdtempSync(join(tmpdir(), "adopt-"));
writeFileSync(join(directory, "dev.tfvars"), 'project_id = "demo-project"\nrequire_services_gcp_module = false\n');
afterAll(() => {
  rmSync(directory, { recursive: true });
});

async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const said: string[] = [];
  const write = (text: string) => void said.push(text);
  const context = {
    env,
    terminal: { write, interactive: false, color: false, columns: 80, ask: () => Promise.resolve(undefined) },
    complain: write,
    signal: new AbortController().signal,
  };
  const options = commandLine([...args, ...(args.includes("--help") ? [] : ["--directory", directory])], context);
  const code = typeof options === "number" ? options : await adopt(options, context);
  return { code, text: said.join("") };
}

test.each([
  [0, "npm run adopt -- <environment>", ["--help"], {}],
  [2, "Name one environment", [], {}],
  [2, "Name one environment", ["dev", "prod"], {}],
  [2, "--maybe", ["dev", "--maybe"], {}],
  [1, "prod", ["prod"], {}],
  [2, "TF_WORKSPACE is set", ["dev"], { TF_WORKSPACE: "blue" }],
  [2, "TF_DATA_DIR is set", ["dev"], { TF_DATA_DIR: "/tmp/data" }],
  [2, "no-such-terraform is not on the PATH", ["dev"], { TERRAFORM_BINARY_NAME: "no-such-terraform" }],
])("ends with %i: %s", async (code, text, args, env) => {
  const answer = await run(args, env);
  expect(answer.code).toBe(code);
  expect(answer.text).toContain(text);
});
