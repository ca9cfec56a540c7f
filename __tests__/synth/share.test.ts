import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shares } from "../../scripts/synth/share";
import { runMain, tree } from "../terraform/run-main";

describe("who writes what", () => {
  const list = (length: number): number[] => Array.from({ length }, (_, index) => index);

  test("few environments are not shared, nor are any on one core", () => {
    expect(shares(list(23), 8)).toEqual([list(23)]);
    expect(shares(list(100), 1)).toEqual([list(100)]);
    expect(shares([], 8)).toEqual([[]]);
  });

  test("many are, in their order, among four at most", () => {
    expect(shares(list(24), 8).map(({ length }) => length)).toEqual([12, 12]);
    expect(shares(list(100), 2).map(({ length }) => length)).toEqual([50, 50]);
    expect(shares(list(101), 16).map(({ length }) => length)).toEqual([26, 26, 26, 23]);
    expect(shares(list(101), 16).flat()).toEqual(list(101));
  });
});

const EXISTING = [
  "network_name",
  "gke_cluster_name",
  "sql_instance_name",
  "nfs_instance_name",
  "image_mirror_repository",
];

describe("as many environments as are shared", () => {
  const names = Array.from({ length: 24 }, (_, index) => `e${String(index + 1).padStart(2, "0")}`);
  /** The first and the last of all, and the first of the other thread: only these make their services, which takes longer. */
  const few = [names[0], names[12], names[23]];
  const stacks = names.flatMap((name) => [...(few.includes(name) ? [`dify-${name}-foundation`] : []), `dify-${name}`]);
  let directory: string;
  let variables: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "share-"));
    variables = join(directory, "variables");
    mkdirSync(variables);
    for (const name of names) {
      // Whatever is in a stack: less of it takes less time.
      const lines = [
        'project_id = "demo-project"',
        `tenant_id = "${name}"`,
        "require_services_gcp_module = false",
        "deploy_application = false",
        ...(few.includes(name) ? [] : EXISTING.map((variable) => `${variable} = "${name}-own"`)),
      ];
      writeFileSync(join(variables, `${name}.tfvars`), `${lines.join("\n")}\n`);
    }
  });

  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  test("are written as each of them alone, and listed in order", async () => {
    const output = join(directory, "together");
    const { code, stdout, stderr } = await runMain({ variables, output });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(stacks.map((stack) => `${output}/stacks/${stack}/cdk.tf.json\n`).join(""));
    const { stacks: listed } = JSON.parse(readFileSync(join(output, "manifest.json"), "utf8")) as { stacks: object };
    expect(Object.keys(listed)).toEqual([...stacks].sort());
    const all = tree(output);
    expect(Object.keys(all)).toHaveLength(stacks.length + 1);
    const some = join(directory, "few");
    // As deep as the other: the path of a local state is relative.
    await runMain({ variables, output: some, env: { DIFY_ENVIRONMENTS: few.join(",") } });
    const { "manifest.json": manifest, ...alone } = tree(some);
    expect(manifest).toBeDefined();
    expect(Object.keys(alone)).toHaveLength(6);
    expect(all).toMatchObject(alone);
  });

  test("fail as one does: the last one's place is taken by a file", async () => {
    const output = join(directory, "taken");
    mkdirSync(join(output, "stacks"), { recursive: true });
    writeFileSync(join(output, "stacks", "dify-e24"), "");
    const { code, stdout, stderr } = await runMain({ variables, output });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^error: writing the stacks to \S+taken failed: E/);
    expect(stderr).toContain("Correct the path");
    expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  });
});
