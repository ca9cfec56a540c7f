import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type MainRun, runMain, tree } from "./run-main";

const GOOD = 'project_id = "demo-project"\nrequire_services_gcp_module = false\n';

let directory: string;
let variables: string;
let output: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "clean-output-"));
  variables = join(directory, "variables");
  output = join(directory, "out");
  await mkdir(variables);
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

function expectRefusal(run: MainRun): void {
  expect(run.code).toBe(1);
  expect(run.stderr).toContain("Nothing was written.");
  // A user's mistake is no stack trace.
  expect(run.stderr + run.stdout).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  expect(run.stderr).not.toContain("node_modules");
}

/** A good file with one thing wrong, and what is said about it. */
const BAD: Readonly<Record<string, readonly [string, string]>> = {
  range: [`min_instance_count = -1`, "min_instance_count"],
  unknown: [`regoin = "us-central1"`, 'Did you mean "region"?'],
  rule: [`enable_redis = false`, "redis-required"],
  syntax: [`region = `, "syntax.tfvars:3"],
  secret: [`github_token = "ghp_verysecretvalue"`, "TF_VAR_github_token"],
};

test("bad files write nothing, and each is told what is wrong", async () => {
  for (const [name, [line]] of Object.entries(BAD)) {
    await writeFile(join(variables, `${name}.tfvars`), `${GOOD}${line}\n`);
  }
  const run = await runMain({ variables, output });
  expectRefusal(run);
  for (const [, message] of Object.values(BAD)) expect(run.stderr).toContain(message);
  expect(run.stderr + run.stdout).not.toContain("verysecretvalue");
  expect(existsSync(output)).toBe(false);
});

test("earlier output stays as it is, that of good environments too", async () => {
  await writeFile(join(variables, "good.tfvars"), GOOD);
  expect((await runMain({ variables, output })).code).toBe(0);
  const before = tree(output);
  expect(Object.keys(before)).toContain(join("stacks", "dify-good", "cdk.tf.json"));

  await writeFile(join(variables, "good.tfvars"), `${GOOD}region = "europe-west1"\n`);
  await writeFile(join(variables, "bad.tfvars"), `${GOOD}max_instance_count = 0\n`);
  expectRefusal(await runMain({ variables, output }));
  expect(tree(output)).toEqual(before);
});

test("a directory that is not there is said, not thrown", async () => {
  expectRefusal(await runMain({ variables: join(directory, "nowhere"), output }));
  expect(existsSync(output)).toBe(false);
});
