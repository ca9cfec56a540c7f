import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CHANGES, POINTS } from "../../scripts/acceptance/points";
import { PROBES } from "../../scripts/acceptance/probes";
import { brief, Playground } from "./stub";

let playground: Playground;

beforeEach(() => {
  playground = new Playground();
});

afterEach(() => {
  playground.remove();
});

const WHOLE_RUN = [
  "dify-dev-foundation init",
  "dify-dev init",
  "dify-dev-foundation apply",
  "dify-dev apply",
  "dify-dev-foundation plan",
  "dify-dev plan",
  "dify-dev destroy",
  "dify-dev-foundation destroy",
  "dify-dev-foundation state",
  "dify-dev state",
];

describe("a whole run", () => {
  test("applies, plans again, destroys in the other order and looks at what is left", async () => {
    const { code, output, calls } = await playground.run(["dev", "--yes"]);
    expect(code).toBe(0);
    expect(brief(calls)).toEqual(WHOLE_RUN);
    expect(calls).toContain("dify-dev apply -json -input=false -auto-approve");
    expect(output).toMatch(/✓ dify-dev: apply {2}\d+\.\ds {2}1 added/);
    expect(output).toContain("✓ dify-dev: plan again");
    expect(output).toContain("Google keeps by design:");
    expect(output).toContain("Passed in");
    expect(output).not.toContain("\u001b[");
  });

  test("says before anything is done where, what and that it costs money", async () => {
    const { output, code } = await playground.run(["dev"], ["y"]);
    expect(code).toBe(0);
    const [before = ""] = output.split("Go ahead in project demo-project? [y/N]");
    expect(before).toContain("demo-project");
    expect(before).toContain("dev.tfvars");
    expect(before).toMatch(/dify-dev-foundation: \d+ resources, 0 of them there/);
    expect(before).toContain("1 google_container_cluster");
    expect(before).toMatch(/costs money: a GKE cluster, a Cloud SQL instance/);
  });

  test("keeps its states to itself, whatever the variable file says", async () => {
    playground.variableFile("dev", "deletion_protection = false", 'state_bucket = "team-states"');
    const { output, code } = await playground.run(["dev", "--yes"]);
    expect(code).toBe(0);
    expect(output).toContain("state_bucket = team-states is left alone");
    const stack = join(playground.runDirectory, "cdktf.out", "stacks", "dify-dev", "cdk.tf.json");
    const { terraform } = JSON.parse(readFileSync(stack, "utf8")) as { terraform: { backend: unknown } };
    expect(terraform.backend).toEqual({ local: { path: join(playground.runDirectory, "dify-dev.tfstate") } });
  });

  test("writes a report, with every point that only a real project shows", async () => {
    const { output } = await playground.run(["dev", "--yes"]);
    const report = readFileSync(join(playground.runDirectory, "report.md"), "utf8");
    expect(output).toContain(join(playground.runDirectory, "report.md"));
    expect(report).toContain("Outcome: **passed**");
    expect(report).toMatch(/\| dify-dev +\| destroy \|/);
    for (const { what } of [...PROBES, ...POINTS, ...CHANGES]) {
      expect(report).toContain(`| ${what} |`);
      expect(output).toContain(`${what}: `);
    }
  });

  test("fails where a point does, and still cleans up", async () => {
    playground.play("apply", "dify-dev", { output: "  requires a quota project, which is not set\n" });
    const { code, output, calls } = await playground.run(["dev", "--yes"]);
    expect(code).toBe(1);
    expect(output).toContain("✗ The quota project of a person's credentials: failed.");
    expect(brief(calls)).toEqual(WHOLE_RUN);
    expect(readFileSync(join(playground.runDirectory, "report.md"), "utf8")).toContain("Outcome: **failed: The quota");
  });

  test("applies what is to be turned off, plans again, and goes back to the file for what is kept", async () => {
    const lines = ["deletion_protection = false", 'docker_hub_user = "acme"', 'docker_hub_password_secret = "hub"'];
    playground.variableFile("dev", ...lines);
    const applyAndPlan = WHOLE_RUN.slice(2, 6);
    const account = (): boolean => {
      const file = join(playground.runDirectory, "cdktf.out", "stacks", "dify-dev-foundation", "cdk.tf.json");
      return readFileSync(file, "utf8").includes("upstream_credentials");
    };
    const run = await playground.run(["dev", "--yes"]);
    expect(brief(run.calls)).toEqual([...WHOLE_RUN.slice(0, 6), ...applyAndPlan, ...WHOLE_RUN.slice(6)]);
    expect(run.output).toContain("An account at Docker Hub taken away again: passed.");
    expect(account()).toBe(false);

    const kept = await playground.run(["dev", "--yes", "--keep"]);
    expect(brief(kept.calls)).toEqual([...WHOLE_RUN.slice(0, 6), ...applyAndPlan, ...applyAndPlan.slice(0, 2)]);
    expect(account()).toBe(true);
  });

  test("keeps a log a step, without the events' values", async () => {
    const event = { type: "outputs", "@message": "Outputs: 1", outputs: { token: { value: "very-secret" } } };
    playground.play("apply", "dify-dev", { output: `${JSON.stringify(event)}\n` });
    await playground.run(["dev", "--yes", "--keep"]);
    const [attempt = ""] = readdirSync(join(playground.runDirectory, "logs"));
    const log = readFileSync(join(playground.runDirectory, "logs", attempt, "04-dify-dev-apply.log"), "utf8");
    expect(log).toContain("$ terraform apply -json");
    expect(log).toContain("Outputs: 1");
    expect(log).not.toContain("very-secret");
  });
});

describe("nothing is done", () => {
  test("without --yes where nobody can be asked", async () => {
    const { code, output, calls } = await playground.run(["dev"]);
    expect(code).toBe(2);
    expect(output).toContain("confirm with --yes");
    expect(calls).toEqual([]);
  });

  test("where the answer is no", async () => {
    const { code, calls } = await playground.run(["dev"], ["n"]);
    expect(code).toBe(2);
    expect(calls).toEqual([]);
  });

  test.each([
    [[], "Name one environment"],
    [["dev", "prod"], "Name one environment"],
    [["dev", "--frobnicate"], "frobnicate"],
    [["dev", "--keep", "--destroy-only"], "exclude each other"],
    [["dev", "--destroy-only", "--yes"], "No run has left anything"],
  ])("for %j", async (args, message) => {
    const { code, output, calls } = await playground.run(args);
    expect(code).toBe(2);
    expect(output).toContain(message);
    expect(calls).toEqual([]);
  });

  test("with a terraform that is too old", async () => {
    playground.version("1.10.5");
    const { code, output } = await playground.run(["dev", "--yes"]);
    expect(code).toBe(2);
    expect(output).toContain("terraform is 1.10.5; 1.11 or later is needed");
  });

  test("without terraform", async () => {
    const env = { ...playground.env, TERRAFORM_BINARY_NAME: "terraform-of-nobody" };
    const { code, output } = await playground.run(["dev", "--yes"], undefined, env);
    expect(code).toBe(2);
    expect(output).toContain("terraform-of-nobody is not on the PATH");
    expect(output).toContain("TERRAFORM_BINARY_NAME");
  });

  test("while another run is at work", async () => {
    mkdirSync(playground.runDirectory);
    // The process that started this one lives as long.
    writeFileSync(join(playground.runDirectory, "run.pid"), String(process.ppid));
    const { code, output, calls } = await playground.run(["dev", "--yes"]);
    expect(code).toBe(2);
    expect(output).toContain(`process ${process.ppid}, is using`);
    expect(calls).toEqual([]);
  });

  test("for a variable file with mistakes, which are shown as a synth shows them", async () => {
    playground.variableFile("dev", 'regoin = "us-central1"');
    const { code, output, calls } = await playground.run(["dev", "--yes"]);
    expect(code).toBe(1);
    expect(output).toContain('Did you mean "region"?');
    expect(calls).toEqual([]);
    expect(existsSync(playground.runDirectory)).toBe(false);
  });
});

test("--help explains and does nothing", async () => {
  const { code, output, calls } = await playground.run(["--help"]);
  expect(code).toBe(0);
  for (const option of ["--yes", "--lift-protection", "--keep", "--resume", "--destroy-only", "--run-dir"]) {
    expect(output).toContain(option);
  }
  expect(calls).toEqual([]);
});

describe("a protected environment", () => {
  beforeEach(() => {
    playground.variableFile("dev");
  });

  function protection(): unknown {
    const file = join(playground.runDirectory, "cdktf.out", "stacks", "dify-dev-foundation", "cdk.tf.json");
    const stack = JSON.parse(readFileSync(file, "utf8")) as {
      resource: { google_container_cluster: Record<string, { deletion_protection: boolean }> };
    };
    return Object.values(stack.resource.google_container_cluster)[0]?.deletion_protection;
  }

  test("is said to be one before anything is created", async () => {
    const { code, output, calls } = await playground.run(["dev", "--yes"]);
    expect(code).toBe(2);
    expect(output).toContain("dev is protected (deletion_protection = true) and cannot be destroyed");
    expect(output).toContain("--lift-protection");
    expect(calls).toEqual([]);
  });

  test("can have the protection lifted for the run, by option or by answer", async () => {
    expect((await playground.run(["dev", "--yes", "--lift-protection"])).code).toBe(0);
    expect(protection()).toBe(false);
    const { code, output } = await playground.run(["dev"], ["yes", "yes"]);
    expect(code).toBe(0);
    expect(output).toContain("Lift the protection for this run? [y/N]");
    expect(protection()).toBe(false);
  });

  test("can be kept, and destroyed later with the protection taken off first", async () => {
    const kept = await playground.run(["dev", "--yes", "--keep"]);
    expect(kept.code).toBe(0);
    expect(protection()).toBe(true);
    expect(brief(kept.calls)).not.toContain("dify-dev destroy");
    expect(kept.output).toContain("--destroy-only");

    expect((await playground.run(["dev", "--yes", "--destroy-only"])).code).toBe(2);
    const { code, calls } = await playground.run(["dev", "--yes", "--destroy-only", "--lift-protection"]);
    expect(code).toBe(0);
    expect(calls.slice(2, 6)).toEqual([
      "dify-dev-foundation apply -json -input=false -auto-approve -target=google_sql_user.app",
      "dify-dev apply -json -input=false -auto-approve -target=google_sql_user.app",
      "dify-dev destroy -json -input=false -auto-approve",
      "dify-dev-foundation destroy -json -input=false -auto-approve",
    ]);
  });
});

describe("trouble", () => {
  test("a step that fails shows the end of its log and both ways on", async () => {
    const lines = Array.from({ length: 50 }, (_, index) => ({ "@message": `line ${index + 1}.` }));
    const diagnostic = { severity: "error", summary: "Quota exceeded", detail: "No more IPs.", address: "google_x.y" };
    const events = [...lines, { type: "diagnostic", "@message": "Error: …", diagnostic }];
    const output = `${events.map((event) => JSON.stringify(event)).join("\n")}\n`;
    playground.play("apply", "dify-dev", { code: 1, output });
    const failed = await playground.run(["dev", "--yes"]);
    expect(failed.code).toBe(1);
    expect(brief(failed.calls)).toEqual(WHOLE_RUN.slice(0, 4));
    expect(failed.output).toContain("✗ dify-dev: apply");
    expect(failed.output).toContain("| Error: Quota exceeded");
    expect(failed.output).toContain("|   with google_x.y");
    expect(failed.output).toContain("|   No more IPs.");
    expect(failed.output).toContain("| line 50.");
    expect(failed.output).not.toContain("| line 10.");
    expect(failed.output).toContain("2 resources exist, and cost money until destroyed.");
    expect(failed.output).toContain("npm run acceptance -- dev --resume --yes --directory");
    expect(failed.output).toContain("npm run acceptance -- dev --destroy-only --yes --directory");
  });

  test("what failed goes on with --resume, and with nothing else by accident", async () => {
    playground.play("apply", "dify-dev", { code: 1 });
    await playground.run(["dev", "--yes"]);
    playground.play("apply", "dify-dev", {});
    const again = await playground.run(["dev", "--yes"]);
    expect(again.code).toBe(2);
    expect(again.output).toContain("An earlier run left 2 resources");
    const resumed = await playground.run(["dev", "--yes", "--resume"]);
    expect(resumed.code).toBe(0);
    expect(brief(resumed.calls)).toEqual(WHOLE_RUN);
    expect((await playground.run(["dev", "--yes"])).code).toBe(0);
  });

  test("a destroy that failed is resumed as a destroy", async () => {
    playground.play("destroy", "dify-dev-foundation", { code: 1 });
    expect((await playground.run(["dev", "--yes"])).code).toBe(1);
    playground.play("destroy", "dify-dev-foundation", {});
    expect((await playground.run(["dev", "--yes", "--resume", "--keep"])).code).toBe(2);
    const { code, calls } = await playground.run(["dev", "--yes", "--resume"]);
    expect(code).toBe(0);
    expect(brief(calls)).toEqual([...WHOLE_RUN.slice(0, 2), ...WHOLE_RUN.slice(6)]);
  });

  test("what an earlier run made in another project is not touched", async () => {
    await playground.run(["dev", "--yes", "--keep"]);
    const file = join(playground.variables, "dev.tfvars");
    const text = readFileSync(file, "utf8").replace("demo-project", "other-project");
    writeFileSync(file, text);
    const { code, output, calls } = await playground.run(["dev", "--yes", "--resume"]);
    expect(code).toBe(2);
    expect(output).toContain("in project demo-project");
    expect(calls).toEqual([]);
  });

  test("a plan that is not empty fails, says what differs and destroys nothing", async () => {
    const change = {
      actions: ["update"],
      before: { replicas: 1, password: "old-secret", env: [{ name: "A", value: "1" }] },
      after: { replicas: 2, password: "new-secret", env: [{ name: "A", value: "1" }] },
      before_sensitive: { password: true },
      after_sensitive: { password: true },
    };
    const plan = {
      resource_changes: [
        { address: "kubernetes_deployment_v1.api", change },
        { address: "google_sql_user.app", change: { actions: ["no-op"], before: {}, after: {} } },
      ],
    };
    playground.play("plan", "dify-dev", { code: 2 });
    playground.play("show", "dify-dev", { output: JSON.stringify(plan) });
    const { code, output, calls } = await playground.run(["dev", "--yes"]);
    expect(code).toBe(1);
    expect(output).toContain("✗ dify-dev: plan again");
    expect(output).toContain("kubernetes_deployment_v1.api: update");
    expect(output).toContain("replicas: 1 → 2");
    expect(output).toContain("password: (sensitive)");
    expect(output).not.toContain('secret"');
    expect(output).not.toContain("google_sql_user.app:");
    expect(brief(calls)).toEqual([...WHOLE_RUN.slice(0, 6), "dify-dev show"]);
  });

  test("what is left in a state fails the run", async () => {
    playground.play("state", "dify-dev", { output: "google_kms_key_ring.ring\n" });
    const { code, output } = await playground.run(["dev", "--yes"]);
    expect(code).toBe(1);
    expect(output).toContain("google_kms_key_ring.ring");
  });
});
