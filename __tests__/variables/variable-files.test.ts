import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatProblems, hasErrors, type Problem } from "../../modules/dify-gke/problems";
import { readEnvironments } from "../../modules/dify-gke/variable-files";

const GOOD = 'project_id = "demo-project"\nrequire_services_gcp_module = false\n';
const GOOD_JSON = { project_id: "demo-project", require_services_gcp_module: false };

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "variables-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

async function read(files: Readonly<Record<string, string | object>>, only?: readonly string[]) {
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(directory, name), typeof content === "string" ? content : JSON.stringify(content, null, 2));
  }
  return readEnvironments({ directory, only });
}

function errors(problems: readonly Problem[]): Problem[] {
  return problems.filter((problem) => problem.severity === "error");
}

/** The only error there is. */
async function error(files: Readonly<Record<string, string | object>>, only?: readonly string[]): Promise<Problem> {
  const { problems } = await read(files, only);
  const [first, ...others] = errors(problems);
  expect(others).toEqual([]);
  if (!first) throw new Error("no error was reported");
  return first;
}

describe("a good file", () => {
  it("becomes an environment with defaults filled in", async () => {
    const { environments, problems, notes } = await read({ "dev.tfvars": GOOD });
    expect(problems).toEqual([]);
    expect(notes).toEqual([]);
    expect(environments).toHaveLength(1);
    const [dev] = environments;
    expect(dev?.name).toBe("dev");
    expect(dev?.file).toBe(join(directory, "dev.tfvars"));
    expect(dev?.variables).toMatchObject({
      project_id: "demo-project",
      require_services_gcp_module: false,
      region: "us-central1",
      startup_probe: { enabled: true, type: "HTTP", path: "/health", failure_threshold: 30 },
      storage_buckets: [{ name_suffix: "data", storage_class: "STANDARD", versioning_enabled: true }],
    });
    expect(dev?.given).toEqual(new Set(["project_id", "require_services_gcp_module"]));
    expect(dev?.locations.get("project_id")).toEqual({ file: join(directory, "dev.tfvars"), line: 1, column: 1 });
  });

  it("has no value of a sensitive variable", async () => {
    const { environments } = await read({ "dev.tfvars": GOOD });
    expect(Object.keys(environments[0]?.variables ?? {})).not.toContain("github_token");
    expect(Object.keys(environments[0]?.variables ?? {})).not.toContain("explicit_secret_values");
  });

  it("may be JSON, with comments and a schema", async () => {
    const { environments, problems } = await read({
      "prod.tfvars.json": {
        $schema: "./schema.json",
        "//": "why",
        "// again": 1,
        ...GOOD_JSON,
        redis_host: "10.0.0.3",
        redis_port: 6380,
      },
    });
    expect(problems).toEqual([]);
    expect(environments[0]?.variables.redis_port).toBe("6380");
  });

  it("reads the same from both forms", async () => {
    const { environments, problems } = await read({
      "a1.tfvars": `${GOOD}additional_services = [\n  { name = "tika", image = "apache/tika:2.9.2", port = "9998" }\n]\n`,
      "b1.tfvars.json": {
        ...GOOD_JSON,
        additional_services: [{ name: "tika", image: "apache/tika:2.9.2", port: 9998 }],
      },
    });
    expect(problems).toEqual([]);
    expect(environments[0]?.variables).toEqual(environments[1]?.variables);
  });

  it("takes a file from where the variable file is, also one that the common file names", async () => {
    const { problems } = await read({
      "a1.tfvars": `${GOOD}redis_ca_file = "certificates/redis.pem"\n`,
      "b1.tfvars": GOOD,
      "common.tfvars": 'redis_host = "10.0.0.3"\nredis_tls = true\nredis_ca_file = "redis.pem"\n',
    });
    const files = problems
      .filter(({ variable }) => variable === "redis_ca_file")
      .map(({ environment, message }) => [environment, /\S+\.pem/.exec(message)?.[0]]);
    expect(files).toEqual([
      ["a1", join(directory, "certificates/redis.pem")],
      ["b1", join(directory, "redis.pem")],
    ]);
  });

  it("has a literal ${ as it is meant, from both forms", async () => {
    const { environments, problems } = await read({
      "a1.tfvars": `${GOOD}environment_variables = { MAIL_DEFAULT_SEND_FROM = "a $\${b} %%{c}" }\n`,
      "b1.tfvars.json": { ...GOOD_JSON, environment_variables: { MAIL_DEFAULT_SEND_FROM: "a ${b} %{c}" } },
    });
    expect(problems).toEqual([]);
    for (const { variables } of environments) {
      expect(variables.environment_variables).toEqual({ MAIL_DEFAULT_SEND_FROM: "a ${b} %{c}" });
    }
  });

  it("may set null, which is the default", async () => {
    const { environments, problems } = await read({
      "dev.tfvars": `${GOOD}region = null\napplication_version = null\nmin_instance_count = null\n`,
    });
    expect(problems).toEqual([]);
    expect(environments[0]?.variables).toMatchObject({
      region: "us-central1",
      application_version: null,
      min_instance_count: 1,
    });
    expect(environments[0]?.given.has("region")).toBe(false);
  });

  it("may set what only the hosting platform reads: one note a file", async () => {
    const { environments, problems, notes } = await read({
      "dev.tfvars": `${GOOD}credit_cost = 10\npublic_access = false\n`,
      "prod.tfvars": GOOD,
    });
    expect(problems).toEqual([]);
    expect(environments).toHaveLength(2);
    expect(notes).toEqual([expect.stringMatching(/dev\.tfvars: ignored.*credit_cost, public_access$/)]);
  });
});

describe("the common file", () => {
  it("lies under every environment", async () => {
    const { environments, problems } = await read({
      "common.tfvars": `${GOOD}region = "europe-west1"\nmin_instance_count = 2\n`,
      "dev.tfvars": "min_instance_count = 1\n",
      "prod.tfvars.json": { region: null },
    });
    expect(problems).toEqual([]);
    expect(environments.map(({ name, variables }) => [name, variables.region, variables.min_instance_count])).toEqual([
      ["dev", "europe-west1", 1],
      ["prod", "us-central1", 2],
    ]);
    expect(environments[0]?.given.has("region")).toBe(true);
    expect(environments[0]?.locations.get("region")?.file).toBe(join(directory, "common.tfvars"));
  });

  it("is no environment, and its errors are reported once and stop all", async () => {
    const { environments, problems } = await read({
      "common.tfvars": `${GOOD}region = "moon"\n`,
      "dev.tfvars": "",
      "prod.tfvars": "",
    });
    expect(environments).toEqual([]);
    expect(errors(problems)).toEqual([expect.objectContaining({ environment: "common", variable: "region", line: 3 })]);
    expect(hasErrors(problems, "dev")).toBe(true);
  });

  it("that cannot be read raises no alarm about what it may have said", async () => {
    const found = await error({ "common.tfvars": "project_id = \n", "dev.tfvars": "" });
    expect(found).toMatchObject({ environment: "common", line: 1 });
  });
});

describe("which files are read", () => {
  it.each([
    { kind: "foundation", only: undefined },
    { kind: "foundation", only: ["dev-foundation"] },
    { kind: "operators", only: undefined },
  ])(
    "refuses an environment that the $kind stack of another one is called like, with $only asked for",
    async ({ kind, only }) => {
      const found = await error({ "dev.tfvars": GOOD, [`dev-${kind}.tfvars`]: GOOD }, only);
      expect(found).toMatchObject({ environment: `dev-${kind}` });
      expect(found.message).toContain(`the ${kind} stack of environment "dev"`);
      await rm(join(directory, "dev.tfvars"));
      expect((await read({})).problems).toEqual([]);
    },
  );

  it("narrows to the environments asked for", async () => {
    const { environments, problems } = await read({ "dev.tfvars": GOOD, "prod.tfvars": "region = 7" }, ["dev"]);
    expect(problems).toEqual([]);
    expect(environments.map(({ name }) => name)).toEqual(["dev"]);
  });

  it("asks back about an environment that is not there", async () => {
    const found = await error({ "dev.tfvars": GOOD, "prod.tfvars": GOOD }, ["dev", "prd"]);
    expect(found.message).toContain('Did you mean "prod"?');
    expect(found.allowed).toBe("dev, prod");
  });

  it("refuses both forms for one environment", async () => {
    expect((await error({ "dev.tfvars": GOOD, "dev.tfvars.json": GOOD_JSON })).message).toMatch(
      /dev\.tfvars\.json is a file for the same environment/,
    );
  });

  it.each(["Dev", "1dev", "d", "dev-", "dev_1", `d${"e".repeat(30)}`, "dev.auto"])(
    "refuses the name %s",
    async (name) => {
      expect(await error({ [`${name}.tfvars`]: GOOD })).toMatchObject({ given: JSON.stringify(name) });
    },
  );

  it("says of a file with such a name what else is wrong in it", async () => {
    const { environments, problems } = await read({ "Dev_2.tfvars": `${GOOD}regoin = "x"\nenable_nfs = "maybe"\n` });
    expect(environments).toEqual([]);
    expect(problems.map(({ id, line }) => [id, line])).toEqual([
      ["environment-name", undefined],
      ["value-not-allowed", 4],
      ["variable-unknown", 3],
    ]);
  });

  it("says how several are named, and what to do", async () => {
    const { message } = await error({ "dev.tfvars": GOOD }, ["dev prod"]);
    expect(message).toMatch(/separated by commas in DIFY_ENVIRONMENTS\. Name one that has, or create/);
  });

  it("names no file where there is none", async () => {
    const { message, allowed } = await error({}, ["dev"]);
    expect([message, allowed]).toEqual([expect.stringContaining("no variable file at all. Copy"), undefined]);
  });

  it("says so where there is nothing", async () => {
    expect((await error({})).message).toContain("has no variable file");
    expect((await readEnvironments({ directory: join(directory, "nowhere") })).problems[0]?.message).toContain(
      "does not exist",
    );
  });
});

describe("what is refused", () => {
  it.each([
    ["unknown", `${GOOD}min_instance_cout = 2\n`, { line: 3, allowed: "min_instance_count" }],
    [
      "of another type",
      `${GOOD}\nmin_instance_count = "two"\n`,
      { line: 4, given: '"two"', allowed: "whole number: 0 to 1000" },
    ],
    [
      "a text in place of an object",
      `${GOOD}data_services = "kubeblocks"\n`,
      { line: 3, given: "a text", allowed: "object: with qdrant, postgresql, redis" },
    ],
    [
      "objects without a list",
      `${GOOD}cloud_deploy_stages = "dev"\n`,
      { line: 3, allowed: expect.stringMatching(/^list\(object\): .*with name, .*require_approval/) as string },
    ],
    ["an expression", `${GOOD}region = var.region\n`, { line: 3, given: '"${var.region}"', variable: "region" }],
    [
      "a template",
      `${GOOD}environment_variables = {\n  A = "x\${b}"\n}\n`,
      { line: 4, variable: "environment_variables" },
    ],
    ["a function", `${GOOD}support_users = concat([], [])\n`, { line: 3, variable: "support_users" }],
    ["given twice", `${GOOD}region = "us-east1"\nregion = "us-east4"\n`, { line: 4, variable: "region" }],
    ["a block", `${GOOD}startup_probe {\n  path = "/x"\n}\n`, { line: 3, variable: "startup_probe" }],
    ["not HCL", `${GOOD}region = \nmin_instance_count = 2\n`, { line: 3 }],
    ["not closed", `${GOOD}support_users = [\n`, { environment: "dev" }],
    ["missing", "require_services_gcp_module = false\n", { variable: "project_id", group: 1 }],
    [
      "null where a value must be",
      "project_id = null\nrequire_services_gcp_module = false\n",
      { variable: "project_id" },
    ],
  ])("what is %s", async (_, content, expected) => {
    expect(await error({ "dev.tfvars": content })).toMatchObject({ ...expected, file: join(directory, "dev.tfvars") });
  });

  it.each([
    [
      "given twice",
      '{\n"region": "us-east1",\n"region": "us-east4",\n"project_id": "demo-project", "require_services_gcp_module": false}',
      { line: 3 },
    ],
    ["broken off", '{\n"region": "us-east1",\n', { line: 3, message: "This is not valid JSON." }],
    ["empty", "", { line: 1, message: "This is not valid JSON." }],
    ["commented", '{\n"region": "us-east1" // why\n}', { line: 2, message: "This is not valid JSON." }],
    ["without a comma", '{\n"region": "us-east1"\n"x": 1}', { line: 3, message: "This is not valid JSON." }],
    ["with a comma too many", '{\n"region": "us-east1",\n}', { line: 3, message: "This is not valid JSON." }],
    ["two texts", '{"region": "us-east1"}\n{}', { line: 2, message: "This is not valid JSON." }],
    ["with a line break in a text", '{"region": "us-\neast1"}', { line: 1, message: "This is not valid JSON." }],
    ["not JSON", '{\n"region": "us-east1",\n"x": secret-value\n}', { line: 3, message: "This is not valid JSON." }],
    ["a list", "[]", { line: 1 }],
  ])("JSON that is %s", async (_, content, expected) => {
    expect(await error({ "dev.tfvars.json": content })).toMatchObject(expected);
  });

  it("a secret in a file, whose value is never shown", async () => {
    const { problems } = await read({
      "dev.tfvars": `${GOOD}redis_auth = "hidden-value-1"\nexplicit_secret_values = { A = "hidden-value-2" }\n`,
      "prod.tfvars.json": { ...GOOD_JSON, github_token: ["hidden-value-3"] },
    });
    const text = formatProblems(problems, { color: false });
    expect(text).not.toContain("hidden-value");
    for (const name of ["redis_auth", "explicit_secret_values", "github_token"])
      expect(text).toContain(`TF_VAR_${name}`);
    expect(errors(problems)).toHaveLength(3);
  });

  it.each([
    ["enable_vpc_scc = false", 'Did you mean "enable_vpc_sc"?'],
    ['redis_auht = "hidden-value"', "pass it at apply as TF_VAR_redis_auth"],
    ['nothing_alike_at_all_here = "x"', "or take it out"],
  ])("a name that there is not, and what the right one would be told: %s", async (line, says) => {
    const { problems } = await read({ "dev.tfvars": `${GOOD}${line}\n` });
    expect(problems).toEqual([expect.objectContaining({ id: "variable-unknown", line: 3 })]);
    expect(problems[0]?.message).toContain(says);
    expect(JSON.stringify(problems)).not.toContain("hidden-value");
  });

  it("everything at once, in every file", async () => {
    const { environments, problems } = await read({
      "dev.tfvars": 'regoin = "x"\nmin_instance_count = -1\nenable_redis = false\nredis_auth = "s"\n',
      "prod.tfvars": `${GOOD}cron_jobs = [{ name = "A" }]\n`,
      "stage.tfvars.json": "{",
      "good.tfvars": GOOD,
    });
    expect(environments.map(({ name }) => name)).toEqual(["good"]);
    expect(
      errors(problems)
        .map(({ environment, variable }) => `${environment}.${variable ?? ""}`)
        .sort(),
    ).toEqual([
      "dev.enable_redis",
      "dev.min_instance_count",
      "dev.project_id",
      "dev.redis_auth",
      "dev.regoin",
      "dev.require_services_gcp_module",
      "prod.cron_jobs",
      "prod.cron_jobs",
      "stage.",
    ]);
  });

  it("rules are not asked about a value that was refused", async () => {
    const { problems } = await read({ "dev.tfvars": `${GOOD}redis_host = ["a"]\nenable_nfs = false\n` });
    expect(problems.map(({ variable }) => variable)).toEqual(["redis_host"]);
  });
});

describe("where things stand in a file", () => {
  it("is not mistaken by fields, comments, strings and heredocs", async () => {
    const content = [
      "/* region = 1",
      "region = 2 */",
      GOOD.trim(),
      "additional_services = [{",
      '  name = "a"',
      '  env_vars = { A = "{[" }',
      '  image = "x:1" # min_instance_count = 0',
      "  port = 80",
      "  min_instance_count = 1",
      "}]",
      "description = <<EOT",
      "region = 3",
      "EOT",
      "// region = 4",
      "min_instance_count = 0",
    ].join("\n");
    expect(await error({ "dev.tfvars": content })).toMatchObject({ variable: "min_instance_count", line: 16 });
  });
});

describe("the shipped files", () => {
  it("are good, without a warning", async () => {
    const { environments, problems } = await readEnvironments({ directory: join(__dirname, "../../variables") });
    expect(problems).toEqual([]);
    expect(environments.map(({ name }) => name)).toEqual(["dev", "prod"]);
    const [dev, prod] = environments;
    expect(dev?.variables.deletion_protection).toBe(false);
    expect(prod?.variables).toMatchObject({ deletion_protection: true, sql_availability_type: "REGIONAL" });
  });
});

test("what is set in the process's environment in vain is noted, and no value is", async () => {
  const env = {
    TF_VAR_region: "hidden-1",
    TF_VAR_redis_auth: "hidden-2",
    TF_VAR_redis_aut: "hidden-3",
    TF_VAR_other: "x",
  };
  await writeFile(join(directory, "dev.tfvars"), GOOD);
  expect((await readEnvironments({ directory, exported: env })).notes).toEqual([
    "environment: ignored, because only secrets are passed like this: TF_VAR_region. Set it in the variable file.",
    "environment: Terraform will ignore TF_VAR_redis_aut. Did you mean TF_VAR_redis_auth?",
  ]);
  expect((await readEnvironments({ directory })).notes).toEqual([]);
});

test("an environment whose data a destroy would delete is told how to take a last backup", async () => {
  const notes = async (more: string) => {
    await writeFile(join(directory, "dev.tfvars"), `${GOOD}\nenable_portable_backups = true\n${more}`);
    return (await readEnvironments({ directory })).notes;
  };
  expect(await notes("deletion_protection = true")).toEqual([]);
  expect(await notes("deletion_protection = false")).toEqual([
    expect.stringMatching(/^dev: .*: npm run restore -- dev --back-up$/),
  ]);
});

test("a variable that is taken back with null has the line of that, where a rule speaks of its default", async () => {
  await writeFile(join(directory, "dev.tfvars"), 'project_id = "demo-project"\nrequire_services_gcp_module = null\n');
  const { problems } = await readEnvironments({ directory });
  expect(problems.map(({ rule, line }) => [rule?.id, line])).toEqual([["services-named", 2]]);
  await writeFile(join(directory, "dev.tfvars"), "project_id = null\nrequire_services_gcp_module = false\n");
  expect((await readEnvironments({ directory })).problems).toMatchObject([{ id: "variable-missing" }]);
});

it("a block of Terraform's own files is named as such", async () => {
  const { message } = await error({ "dev.tfvars": `${GOOD}variable "region" {\n  default = "us-central1"\n}\n` });
  expect(message).toContain('"variable" begins a block of Terraform\'s own files');
  expect(message).toContain('Write each value as name = value, such as region = "us-central1".');
});
