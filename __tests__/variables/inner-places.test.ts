import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readEnvironments } from "../../modules/dify-gke/variable-files";
import { InnerPlaces } from "../../modules/dify-gke/variables/inner-places";

const directory = mkdtempSync(join(tmpdir(), "inner-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const GOOD = 'project_id = "demo-project"\nrequire_services_gcp_module = false\n';

/** Each problem as `<variable>:<line> <id>`, in the order of the lines. */
async function placed(name: string, content: string): Promise<string[]> {
  const file = join(directory, name);
  writeFileSync(file, content);
  const { problems } = await readEnvironments({ directory });
  rmSync(file);
  return [...problems]
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
    .map(({ variable = "", line = 0, id, rule }) => `${variable}:${line} ${rule?.id ?? id ?? ""}`);
}

const MISTAKES = `${GOOD}environment_variables = {
  LOG_LEVEL = "DEBUG" # { [ "
  "OPENAI_API_KEY" = "sk-x"
  /* CONSOLE_CORS_ALLOW_ORIGINS = "*"
  */ CONSOLE_CORS_ALLOW_ORIGINS : "*",
}
cron_jobs = [
  { name = "clean", schedule = "0 3 * * *" },
  {
    name = "sweep", schedule = "0 3 * * *"
    script_path = "no-such-script.sh"
    env_vars = {
      TEXT = <<-EOT
        API_KEY = "no field"
      EOT
      API_KEY = "x"
    }
  },
]
additional_services = [{
  name = "clean", image = "apache/tika:2.9"
  port = 80
  output_env_var_name = "REDIS_HOST"
}]
component_settings = {
  web = { cpu = "1" }
  plugin_daemon = {
    environment = { FORCE_VERIFYING_SIGNATURE = "false", DB_HOST = "x" }
  }
}
ssrf_proxy_allowed_hosts = [
  "a.example.com",
  "169.254.169.254",
]
silenced_warnings = {
  cors-restricted = "Meant."
  nothing-of-the-kind = "Why."
}
`;

test("a problem inside of a value has the line of what it is about", async () => {
  expect(await placed("dev.tfvars", MISTAKES)).toEqual(
    expect.arrayContaining([
      "environment_variables:5 secrets-not-in-environment",
      "cron_jobs:10 workload-names-unique",
      "cron_jobs:13 job-scripts-exist",
      "cron_jobs:18 secrets-not-in-job-environment",
      "additional_services:25 output-variable-free",
      "component_settings:30 component-environment-reserved",
      "ssrf_proxy_allowed_hosts:35 metadata-stays-closed",
      "silenced_warnings:39 silence-known",
    ]),
  );
});

test("a problem is shown at the variable that has what it is about, whatever else its rule looks at", async () => {
  const content = `${GOOD}environment_variables = {
  LOG_LEVEL = "DEBUG"
}
workflow_run_retention_days = 90
component_settings = {
  api = {
    environment = {
      REDIS_USE_SENTINEL = "true"
      REDIS_USE_SSL = "true"
      WORKFLOW_LOG_RETENTION_DAYS = "30"
    }
  }
}
data_services = { redis = "kubeblocks" }
`;
  expect(await placed("dev.tfvars", content)).toEqual(
    expect.arrayContaining([
      "component_settings:10 redis-one-server",
      "component_settings:11 data-services-redis-tls",
      "component_settings:12 retention-said-once",
    ]),
  );
});

test.each([
  [
    "a value",
    'cron_jobs = [\n { name = "a", schedule = "0 3 * * *" },\n { name = "b",\n   schedule = "x" } ]\n',
    "cron_jobs:6",
  ],
  [
    "a field that is missing",
    'cron_jobs = [\n { name = "a", schedule = "0 3 * * *" },\n { name = "b" } ]\n',
    "cron_jobs:5",
  ],
  ["a field that there is not", 'component_settings = {\n web = {\n  cpuu = "1" } }\n', "component_settings:5"],
  ["an expression", 'environment_variables = {\n A = "x"\n B = var.y\n}\n', "environment_variables:5"],
  ["a name that is not allowed", 'resource_labels = {\n a = "x"\n "B!" = "x"\n}\n', "resource_labels:5"],
])("%s as well", async (_, content, expected) => {
  const found = await placed("dev.tfvars", GOOD + content);
  expect(found.map((text) => text.replace(/ .*/, ""))).toEqual([expected]);
});

test("a file in JSON has the same lines", async () => {
  const values = {
    project_id: "demo-project",
    require_services_gcp_module: false,
    cron_jobs: [{ name: "a", schedule: "0 3 * * *", env_vars: { API_KEY: "x" } }],
    environment_variables: { A: "x", OPENAI_API_KEY: "sk-x" },
  };
  const content = JSON.stringify(values, null, 1);
  const line = (text: string): number => content.slice(0, content.indexOf(text)).split("\n").length;
  expect(await placed("dev.tfvars.json", content)).toEqual(
    expect.arrayContaining([
      `cron_jobs:${line('"API_KEY"')} secrets-not-in-job-environment`,
      `environment_variables:${line('"OPENAI_API_KEY"')} secrets-not-in-environment`,
    ]),
  );
});

test("what cannot be read to its end, or is not there, has the place of what holds it", () => {
  const places = new InnerPlaces("a = { b = { c = f(1) }, d = 2 }\n", false, { line: 1, column: 1 });
  expect(places.ofPath(["b", "c"])).toEqual({ line: 1, column: 13 });
  expect(places.ofPath(["b", "x"])).toEqual({ line: 1, column: 7 });
  expect(places.ofPath(["y"])).toBeUndefined();
  expect(places.ofSubject("nothing")).toBeUndefined();
});
