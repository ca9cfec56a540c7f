import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Playground } from "../delivery/stub";
import { type Given, synth } from "../terraform/synth";
import "../terraform/quick";

const SCRIPT = "../../examples/pipelines/terraform.sh";
const BOTH = ["dify-prod-foundation", "dify-prod"];

/** What a stack of the project looks like to the script. */
const stackWith = (backend: object): string =>
  JSON.stringify({ terraform: { backend }, resource: { terraform_data: { one: { input: "1" } } } }, null, 2);
const GCS = stackWith({ gcs: { bucket: "states", prefix: "dify-prod" } });
const TOLD = stackWith({ gcs: { prefix: "dify-prod" } });

/** What Terraform does with `-out`, and with the providers' checksums. */
const WRITES_PLAN = 'for argument; do case $argument in -out=*) echo plan >"${argument#-out=}" ;; esac; done';
const WRITES_LOCK = 'file=${1#-chdir=}/.terraform.lock.hcl; [ -e "$file" ] || echo newest >"$file"';

let playground: Playground;

/** A stand-in for Terraform: whatever is planned has no changes. */
beforeEach(() => {
  playground = new Playground(SCRIPT, { STATE_BUCKET: "states" });
  for (const name of BOTH) playground.file(`cdktf.out/stacks/${name}/cdk.tf.json`, GCS);
  playground
    .answer("terraform * init *", { run: WRITES_LOCK })
    .answer("terraform * state pull", '{ "resources": [{ "mode": "managed" }] }')
    .answer("terraform * apply *")
    .answer("terraform * plan *", {
      stdout: "\nNo changes. Your infrastructure matches the configuration.\n",
      run: WRITES_PLAN,
    });
});
afterEach(() => {
  playground.remove();
});

function changes(stack: string, text = "Plan: 1 to add, 2 to change, 3 to destroy.\n"): void {
  playground.answer(`terraform -chdir=*/${stack} plan *`, { stdout: text, code: 2, run: WRITES_PLAN });
}

const file = (path: string): string => join(playground.repository, path);
const read = (path: string): string => readFileSync(file(path), "utf8");

test("plans both stacks in order, without waiting, a question or a lock, and leaves a plan file only where something changes", async () => {
  changes("dify-prod");
  const { code, calls, stdout } = await playground.run({}, ["plan", ...BOTH]);
  expect(code).toBe(0);
  const plans = calls.filter((call) => call.includes(" plan "));
  expect(plans.map((call) => /stacks\/(\S+)/.exec(call)?.[1])).toEqual(BOTH);
  for (const call of plans) expect(call).toMatch(/-lock=false -detailed-exitcode/);
  expect(BOTH.map((name) => existsSync(file(`plans/${name}.tfplan`)))).toEqual([false, true]);
  expect(read("plans/dify-prod.txt")).toContain("Plan: 1 to add");
  expect(stdout).toContain("Plan: 1 to add");
});

test("applies the plan that was made, with the providers that it was made with", async () => {
  changes("dify-prod");
  await playground.run({}, ["plan", ...BOTH]);
  // Another machine: only the plans and the stacks are left.
  expect(read("plans/dify-prod.lock.hcl")).toBe("newest\n");
  const { code, calls, stdout } = await playground.run({}, ["apply", ...BOTH]);
  expect(code).toBe(0);
  expect(stdout).toContain("dify-prod-foundation: no changes, nothing to apply.");
  const last = calls.filter((call) => !call.includes("foundation"));
  expect(last).toHaveLength(2);
  expect(last[0]).toMatch(/init -input=false -reconfigure -lockfile=readonly$/);
  expect(last[1]).toMatch(/apply -lock-timeout=10m \/.*\/plans\/dify-prod\.tfplan$/);
});

test("does not apply without a plan, nor after one that failed", async () => {
  const without = await playground.run({}, ["apply", "dify-prod"]);
  expect(without).toMatchObject({ code: 1, calls: [] });
  expect(without.stderr).toContain("there is no plan of dify-prod in");
  changes("dify-prod");
  await playground.run({}, ["plan", "dify-prod"]);
  playground.answer("terraform * plan *", { code: 1, stderr: "Error: 403", run: WRITES_PLAN });
  const failed = await playground.run({}, ["plan", "dify-prod"]);
  expect(failed.code).toBe(1);
  expect(failed.stdout).toContain("Error: 403");
  expect((await playground.run({}, ["apply", "dify-prod"])).code).toBe(1);
});

test("a first deployment plans the foundation alone: the application reads what that creates", async () => {
  changes("dify-prod-foundation");
  playground.answer("terraform * state pull", '{ "version": 4, "resources": [] }');
  const { code, calls } = await playground.run({}, ["plan", ...BOTH]);
  expect(code).toBe(0);
  expect(calls.filter((call) => call.includes(" plan "))).toHaveLength(1);
  expect(read("plans/dify-prod.txt")).toMatch(/^Not planned: it reads what dify-prod-foundation creates/);
  expect((await playground.run({}, ["apply", "dify-prod"])).code).toBe(1);
  const three = ["dify-prod-foundation", "dify-prod-operators", "dify-prod"];
  playground.file("cdktf.out/stacks/dify-prod-operators/cdk.tf.json", GCS);
  await playground.run({}, ["plan", ...three]);
  for (const stack of three.slice(1))
    expect(read(`plans/${stack}.txt`)).toMatch(/^Not planned: it reads what dify-prod-foundation creates/);
  await playground.run({}, ["plan", ...three.slice(1)]);
  expect(read("plans/dify-prod.txt")).toMatch(/^Not planned: it reads what dify-prod-operators creates/);
  // A state that cannot be read says nothing about that.
  playground.answer("terraform * state pull", { code: 1, stderr: "403" });
  expect((await playground.run({}, ["plan", ...BOTH])).code).toBe(1);
});

test("a stack of operators is left out where none are installed, and another name that nobody knows is not", async () => {
  const three = ["dify-prod-foundation", "dify-prod-operators", "dify-prod"];
  changes("dify-prod-operators");
  playground.file("cdktf.out/stacks/dify-prod-operators/cdk.tf.json", GCS);
  await playground.run({}, ["plan", ...three]);
  expect(existsSync(file("plans/dify-prod-operators.tfplan"))).toBe(true);
  rmSync(file("cdktf.out/stacks/dify-prod-operators"), { recursive: true });
  const { code, calls, stderr } = await playground.run({}, ["plan", ...three]);
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: "dify-prod-operators: no operators are installed, so it is left out.\n",
  });
  expect(calls.join("\n")).not.toContain("operators");
  // What was planned when there were some is not applied, nor shown.
  expect(existsSync(file("plans/dify-prod-operators.tfplan"))).toBe(false);
  expect((await playground.run({}, ["apply", "dify-prod-operators"])).code).toBe(0);
  expect((await playground.run({}, ["plan", "dify-prd-operators"])).stderr).toContain("there is no");
});

describe("drift", () => {
  const drift = async (): Promise<number | null> => (await playground.run({}, ["drift", ...BOTH])).code;

  test("is 0 without, 2 with, and 1 after an error in either stack", async () => {
    expect(await drift()).toBe(0);
    changes("dify-prod-foundation");
    expect(await drift()).toBe(2);
    playground.answer("terraform -chdir=*/dify-prod plan *", { code: 1, stderr: "Error: 403" });
    expect(await drift()).toBe(1);
  });

  test("an error in the first stack does not hide the second one's", async () => {
    changes("dify-prod");
    playground.answer("terraform -chdir=*/dify-prod-foundation plan *", { code: 1, stderr: "Error: 403" });
    expect(await drift()).toBe(1);
    expect(read("plans/dify-prod.txt")).toContain("Plan: 1 to add");
  });
});

describe("the state", () => {
  test("is in the bucket that the stack names, or that STATE_BUCKET does", async () => {
    const named = await playground.run({ STATE_BUCKET: undefined }, ["plan", "dify-prod"]);
    expect(named.calls[0]).not.toContain("-backend-config");
    playground.file("cdktf.out/stacks/dify-prod/cdk.tf.json", TOLD);
    const told = await playground.run({}, ["plan", "dify-prod"]);
    // And never a prefix: two stacks would share a state.
    expect(told.calls[0]?.match(/-backend-config=\S+/g)).toEqual(["-backend-config=bucket=states"]);
    const neither = await playground.run({ STATE_BUCKET: undefined }, ["plan", "dify-prod"]);
    expect(neither).toMatchObject({ code: 1, calls: [] });
    expect(neither.stderr).toContain("STATE_BUCKET is not set");
  });

  test("is not a file on the runner, which the next run would not have", async () => {
    playground.file("cdktf.out/stacks/dify-prod/cdk.tf.json", stackWith({ local: { path: "terraform.tfstate" } }));
    const { code, calls, stderr } = await playground.run({}, ["plan", "dify-prod"]);
    expect([code, calls]).toEqual([1, []]);
    expect(stderr).toContain("would create everything again");
    // A backend of your own: https://developer.hashicorp.com/terraform/language/files/override
    playground.file("cdktf.out/stacks/dify-prod/backend_override.tf.json", "{}");
    expect((await playground.run({}, ["plan", "dify-prod"])).code).toBe(0);
  });
});

test("providers are those that were committed, and lock writes them for every platform", async () => {
  const open = await playground.run({}, ["plan", "dify-prod"]);
  expect(open.stdout).toContain("there is no locks/dify-prod.lock.hcl");
  playground.answer("terraform * providers lock *", { run: 'echo checksums >"${1#-chdir=}/.terraform.lock.hcl"' });
  const { calls } = await playground.run({}, ["lock", "dify-prod"]);
  expect(calls).toHaveLength(1);
  expect(calls[0]?.match(/-platform=\S+/g)).toEqual(
    ["linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64", "windows_amd64"].map((name) => `-platform=${name}`),
  );
  expect(read("locks/dify-prod.lock.hcl")).toBe("checksums\n");
  const locked = await playground.run({}, ["plan", "dify-prod"]);
  expect(locked.calls[0]).toMatch(/-lockfile=readonly$/);
});

test("names every variable that a stack takes, and says which are set", async () => {
  const settings: Given = {
    redis_host: "10.0.0.3",
    explicit_secret_names: ["NOTION_INTERNAL_SECRET"],
    enable_custom_domain: true,
    application_domains: ["dify.example.com"],
    enable_iap: true,
    iap_authorized_users: ["me@example.com"],
    enable_cicd_trigger: true,
    github_repository_url: "https://github.com/owner/name",
    github_app_installation_id: "12345678",
  };
  const { application } = synth(settings);
  const taken = Object.keys((application as unknown as { readonly variable: object }).variable).sort();
  expect(taken.length).toBeGreaterThan(3);
  playground.file("cdktf.out/stacks/dify-prod/cdk.tf.json", JSON.stringify(application, null, 2));
  const { stdout, calls } = await playground.run({ TF_VAR_redis_auth: "s3cret" }, ["variables", "dify-prod"]);
  expect(calls).toEqual([]);
  expect(stdout.trim().split("\n")).toEqual(
    taken.map((name) => `dify-prod: TF_VAR_${name} is ${name === "redis_auth" ? "set" : "not set"}`),
  );
});

describe("text", () => {
  test("has the sum, is text and not markup, and leaves out what only tells of progress", async () => {
    changes(
      "dify-prod",
      `data.google_project.p: Reading...
ephemeral.google_client_config.c: Opening complete after 0s
google_storage_bucket.b: Refreshing state... [id=b]
~ value = "</pre> <img src=x> & \`\`\`"
Plan: 0 to add, 1 to change, 0 to destroy.
Warning: Run a command by hand
`,
    );
    await playground.run({}, ["plan", ...BOTH]);
    const { stdout } = await playground.run({}, ["text", ...BOTH]);
    expect(stdout).toContain("<summary><b>dify-prod</b>: Plan: 0 to add, 1 to change, 0 to destroy.</summary>");
    expect(stdout).toContain("<summary><b>dify-prod-foundation</b>: No changes.");
    expect(stdout).toContain('"&lt;/pre&gt; &lt;img src=x&gt; &amp; ```"');
    expect(stdout).toContain("Warning: Run a command by hand");
    expect(stdout).not.toMatch(/Reading|Opening|Refreshing/);
  });

  test("fits into a comment", async () => {
    for (const name of BOTH)
      changes(name, `${"<a line of the plan>\n".repeat(10_000)}Plan: 9 to add, 0 to change, 0 to destroy.\n`);
    await playground.run({}, ["plan", ...BOTH]);
    const { stdout } = await playground.run({}, ["text", ...BOTH]);
    expect(stdout.length).toBeLessThan(65_536);
    expect(stdout.match(/The rest is in the log/g)).toHaveLength(2);
    expect(stdout.match(/Plan: 9 to add/g)).toHaveLength(2);
  });
});

test("counts what GitLab shows", async () => {
  for (const name of BOTH) changes(name);
  await playground.run({}, ["plan", ...BOTH]);
  const { stdout } = await playground.run({}, ["counts", ...BOTH]);
  expect(JSON.parse(stdout)).toEqual({ create: 2, update: 4, delete: 6 });
});

test.each([
  [["plan"], "Usage: "],
  [["destroy", "dify-prod"], "Usage: "],
])("refuses %j", async (args, message) => {
  const { code, stderr, calls } = await playground.run({}, args);
  expect([code, calls]).toEqual([2, []]);
  expect(stderr).toContain(message);
});

test("says what is missing if the stacks were not passed on", async () => {
  const { code, stderr } = await playground.run({}, ["plan", "dify-dev"]);
  expect(code).toBe(1);
  expect(stderr).toContain("Run npm run synth first, and pass its output on.");
});

const terraform = "terraform";
const missing = spawnSync(terraform, ["version"]).error !== undefined;
if (missing) console.warn("SKIPPED: plans that are applied later, with the real Terraform: it is not on the PATH.");

(missing ? test.skip : test)(
  "with the real Terraform, a plan is applied later, and no secret is in it, in its text or in the state",
  async () => {
    const secret = "s3cret-value";
    const stack = (input: string): string =>
      JSON.stringify(
        {
          terraform: { backend: { gcs: {} } },
          variable: {
            token: {
              type: "string",
              default: "",
              sensitive: true,
              ephemeral: true,
              description: "Given as TF_VAR_token; never written",
            },
          },
          resource: {
            terraform_data: {
              one: {
                input,
                provisioner: [
                  { "local-exec": { command: 'test -n "$TOKEN"', environment: { TOKEN: "${var.token}" } } },
                ],
              },
            },
          },
          output: { hidden: { value: "${terraform_data.one.output}", sensitive: true } },
        },
        null,
        2,
      );
    const directory = "cdktf.out/stacks/real";
    playground.file(`${directory}/cdk.tf.json`, stack("hidden-1"));
    playground.file(`${directory}/backend_override.tf.json`, '{ "terraform": { "backend": { "local": {} } } }');
    const real = (args: readonly string[], token?: string) =>
      playground.run(
        { PATH: process.env.PATH, CHECKPOINT_DISABLE: "1", TF_CLI_CONFIG_FILE: "/dev/null", TF_VAR_token: token },
        args,
      );

    expect(await real(["plan", "real"], secret)).toMatchObject({ code: 0 });
    expect(read("plans/real.txt")).toContain("Plan: 1 to add, 0 to change, 0 to destroy.");
    const without = await real(["apply", "real"]);
    expect(without.code).toBe(1);
    expect(without.stderr).toMatch(/was set during the\s+plan\s+phase, and\s+so\s+must also be set/);
    const applied = await real(["apply", "real"], secret);
    expect(applied).toMatchObject({ code: 0 });
    expect(applied.stdout).toContain("Apply complete! Resources: 1 added");
    // A plan is used once.
    expect((await real(["apply", "real"], secret)).stderr).toContain("Saved plan is stale");
    expect((await real(["drift", "real"])).code).toBe(0);
    playground.file(`${directory}/cdk.tf.json`, stack("hidden-2"));
    expect((await real(["drift", "real"])).code).toBe(2);
    const { stdout } = await real(["text", "real"]);
    expect(stdout).toContain("Plan: 0 to add, 1 to change, 0 to destroy.");
    for (const text of [
      read("plans/real.txt"),
      read(`${directory}/terraform.tfstate`),
      readFileSync(file("plans/real.tfplan"), "latin1"),
      applied.stdout,
    ])
      expect(text).not.toContain(secret);
  },
);
