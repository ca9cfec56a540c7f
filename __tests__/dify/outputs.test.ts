import { readFileSync } from "node:fs";
import { join } from "node:path";
import { notYet } from "../../modules/dify-gke/rules/not-yet";
import type { VariableName } from "../../modules/dify-gke/variables";

/** Documented outputs that are the same for everybody, with the variable that they wait for, or why they stay so. */
const constants: Readonly<Record<string, { readonly until: VariableName } | { readonly because: string }>> = {
  nfs_setup_job: { because: "the kubelet makes the directories" },
  database_port: { because: "the Auth Proxy listens on PostgreSQL's own port" },
};

test("an output that is a constant waits for a variable that has no effect yet, or says why it is one", () => {
  const source = readFileSync(join(__dirname, "../../modules/dify-gke/outputs.ts"), "utf8");
  const literal = /(\w+): \{\s*value: (?:true|false|null|undefined|\d+|\[\]|\{\}|"[^"]*"),/g;
  expect([...source.matchAll(literal)].map(([, name]) => name)).toEqual(Object.keys(constants));
});

test("no constant waits for a variable that has its effect", () => {
  const waiting = notYet.map(({ variable }) => variable);
  const stale = Object.entries(constants).filter(([, why]) => "until" in why && !waiting.includes(why.until));
  expect(stale).toEqual([]);
});
