import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { handover } from "../../scripts/handover/run";
import { ADDRESSES, commandLine } from "../../scripts/handover/options";
import { synth } from "../terraform/synth";

const directory = mkdtempSync(join(tmpdir(), "handover-"));
const lines = ['project_id = "demo-project"', "require_services_gcp_module = false"];
writeFileSync(join(directory, "dev.tfvars"), `${lines.join("\n")}\n`);
writeFileSync(join(directory, "vpc.tfvars"), `${[...lines, 'network_name = "vpc"'].join("\n")}\n`);
afterAll(() => {
  rmSync(directory, { recursive: true });
});

test.each([
  [0, "npm run handover -- <environment> <service>", ["--help"], {}],
  [2, "Name an environment and a service", ["dev"], {}],
  [2, "redis: not a service that can be handed over. These can: network, cluster, sql_instance.", ["dev", "redis"], {}],
  [2, "A file server cannot be handed over", ["dev", "file_server"], {}],
  [1, "prod", ["prod", "network"], {}],
  [1, "rule: handed-over-or-named", ["vpc", "network"], {}],
  [2, "TF_WORKSPACE is set", ["dev", "network"], { TF_WORKSPACE: "blue" }],
])("ends with %i: %s", async (code, text, args, env: NodeJS.ProcessEnv) => {
  const said: string[] = [];
  const write = (more: string) => void said.push(more);
  const given = args.includes("--help") ? args : [...args, "--directory", directory];
  const context = {
    env,
    terminal: { write, interactive: false, color: false, columns: 80, ask: () => Promise.resolve(undefined) },
    complain: write,
    signal: new AbortController().signal,
  };
  const options = commandLine(given, context);
  expect(typeof options === "number" ? options : await handover(options, context)).toBe(code);
  expect(said.join("")).toContain(text);
});

test("every service is a resource of the foundation", () => {
  const { foundation } = synth();
  for (const address of Object.values(ADDRESSES)) {
    const [type = "", name = ""] = address.split(".");
    expect(foundation?.resource[type]).toHaveProperty(name);
  }
});
