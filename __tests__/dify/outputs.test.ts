import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Testing } from "cdktf";
import { build } from "../terraform/synth";

/** Documented outputs that are the same for everybody, and why. */
const constants: Readonly<Record<string, string>> = {
  nfs_setup_job: "the kubelet makes the directories",
  database_port: "the Auth Proxy listens on PostgreSQL's own port",
};

test("an output that is a constant says why it is one", () => {
  const source = readFileSync(join(__dirname, "../../modules/dify-gke/outputs.ts"), "utf8");
  const literal = /(\w+): \{\s*value: (?:true|false|null|undefined|\d+|\[\]|\{\}|"[^"]*"),/g;
  expect([...source.matchAll(literal)].map(([, name]) => name)).toEqual(Object.keys(constants));
});

/** @returns names of outputs in CDKTF's list of them */
function listed(tree: unknown): readonly string[] {
  return typeof tree === "string" ? [tree] : Object.values(tree as object).flatMap(listed);
}

test("cdktf deploy is told of no output that is off: a state has none, and it would crash in the end", () => {
  const { "//": notes, output } = build(Testing.app(), {}).application.toTerraform() as {
    readonly "//": { readonly outputs: unknown };
    readonly output: Readonly<Record<string, { readonly value: unknown }>>;
  };
  const values = Object.entries(output).map(([name, { value }]) => ({
    name,
    off: value === "${null}",
  }));
  expect(values.filter(({ off }) => off).length).toBeGreaterThan(5);
  expect([...listed(notes.outputs)].sort()).toEqual(values.flatMap(({ name, off }) => (off ? [] : [name])).sort());
});
