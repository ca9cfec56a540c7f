import { readFileSync } from "node:fs";
import { join } from "node:path";

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
