import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { formatProblems, hasErrors } from "../../modules/dify-gke/problems";
import { readEnvironments } from "../../modules/dify-gke/variable-files";
import { definitions } from "../../modules/dify-gke/variables";
import { hcl } from "./templates";

const SEED = 20_260_101;
const directory = mkdtempSync(join(tmpdir(), "mutations-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const BASE = ['project_id = "demo-project"', "require_services_gcp_module = false"];
const HOSTILE = [
  "",
  "${x}",
  "%{ if true }",
  "\u202e",
  "\u001b[2J",
  "\n",
  '"',
  "\\",
  "a..b",
  "-1",
  "__proto__",
  "é".repeat(300),
];
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 3 }, tie("flat"), fc.array(tie("any"), { maxLength: 3 }), tie("object")),
  object: fc.dictionary(fc.constantFrom("name", "enabled", "path", "A", "constructor", ...HOSTILE), tie("any"), {
    maxKeys: 3,
  }),
  flat: fc.oneof(fc.constantFrom<unknown>(...HOSTILE), fc.boolean(), fc.double(), fc.integer(), fc.constant(null)),
})).any;
const lines = fc.array(
  fc
    .tuple(fc.constantFrom(...definitions.map(({ name }) => name)), value)
    .map(([name, given]) => `${name} = ${hcl(given)}`),
  { maxLength: 4 },
);
/** Something put in, something cut out. */
const edit = fc.record({
  at: fc.nat(400),
  cut: fc.nat(6),
  put: fc.constantFrom("", '"', "{", "]", "=", "<<EOT\n", "/*", "#", "\0", "\uFFFD", "${", ","),
});

test("whatever a file says, it is accepted or refused with its file and a kind, in plain text", async () => {
  await fc.assert(
    fc.asyncProperty(lines, fc.array(edit, { maxLength: 2 }), async (given, edits) => {
      const text = edits.reduce(
        (before, { at, cut, put }) => before.slice(0, at) + put + before.slice(at + cut),
        [...BASE, ...given, ""].join("\n"),
      );
      writeFileSync(join(directory, "dev.tfvars"), text);
      const { environments, problems } = await readEnvironments({ directory });
      expect(environments).toHaveLength(hasErrors(problems) ? 0 : 1);
      for (const { file, id, rule } of problems) {
        expect(file).toBe(join(directory, "dev.tfvars"));
        expect(rule?.id ?? id).toMatch(/^[a-z0-9-]+$/);
      }
      expect(formatProblems(problems, { color: false })).not.toMatch(/[^\P{Cc}\n]|[\u202a-\u202e]/u);
    }),
    { seed: SEED, numRuns: 150 },
  );
});
