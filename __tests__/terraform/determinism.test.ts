import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runMain, tree } from "./run-main";

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "determinism-"));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

test("the same variable files make the same bytes", async () => {
  const outputs = [join(directory, "a"), join(directory, "b")];
  const runs = await Promise.all(outputs.map((output) => runMain({ variables: "variables", output })));
  expect(runs.map(({ code }) => code)).toEqual([0, 0]);
  const [first = {}, second] = outputs.map(tree);
  expect(Object.keys(first)).toEqual(
    expect.arrayContaining(["manifest.json", join("stacks", "dify-dev", "cdk.tf.json")]),
  );
  expect(second).toEqual(first);
});

test("synthesizing over earlier output changes nothing, and needs nothing but Node.js, terraform least of all", async () => {
  const output = join(directory, "a");
  const before = tree(output);
  const env = { PATH: join(directory, "nothing") };
  const { code, stderr } = await runMain({ variables: "variables", output, env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(tree(output)).toEqual(before);
  expect(Object.keys(before)).toContain(join("stacks", "dify-prod", "cdk.tf.json"));
});
