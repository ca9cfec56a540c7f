import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Testing } from "cdktf";
import * as fc from "fast-check";
import { escaped, literal, plain } from "../../modules/app-gke/terraform/literal";
import { DifyGke } from "../../modules/dify-gke/dify-gke";
import { readEnvironments } from "../../modules/dify-gke/variable-files";
import { definitions, type Variables } from "../../modules/dify-gke/variables";
import { checkValue } from "../../modules/dify-gke/variables/check";
import { objectsIn, PIPELINE, releaseFiles } from "../delivery/stages";
import { allStrings, type StackJson, variablesOf } from "../terraform/synth";
import { evaluated, hcl } from "./templates";

const SEED = 20_260_101;
const EVERYTHING = `$\${HOME} %%\${file("/etc/hostname")} $%{ if true }x%%{ endif } \${TfToken[TOKEN.0]} #{TfToken[TOKEN.1]} $`;
/** What begins something for Terraform, for CDKTF, for a shell, for JSON or for HCL, and what stands around it. */
const hostile = fc
  .array(
    fc.constantFrom(
      ...Array.from("$%{}#&\"\\'~x "),
      "${",
      "%{",
      "$${",
      "%%{",
      '${file("/etc/hostname")}',
      "%{ if true }",
      "${TfToken[TOKEN.0]}",
      "#{TfToken[TOKEN.0]}",
      "&{TfToken[TOKEN.0]}",
      "\n",
      "\t",
      "é",
      "𝒳",
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(""));

const directory = mkdtempSync(join(tmpdir(), "text-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** Writes one environment and reads it. */
async function read(content: string, ending = "") {
  const file = join(directory, `dev.tfvars${ending}`);
  writeFileSync(file, content);
  try {
    return await readEnvironments({ directory });
  } finally {
    rmSync(file);
  }
}

const BASE = { project_id: "demo-project", require_services_gcp_module: false };

test("a text is read as it was meant, from both forms", async () => {
  await fc.assert(
    fc.asyncProperty(hostile, hostile, async (text, key) => {
      const given = { ...BASE, environment_variables: { A: text }, description: text };
      const one = await read(
        hcl({ ...given })
          .slice(2, -2)
          .replaceAll(/(?<=^|, )"(\w+)" = /g, "\n$1 = ")
          .replaceAll(/, (?=\n)/g, ""),
      );
      const other = await read(JSON.stringify(given), ".json");
      expect(key).toBe(plain(literal(key)));
      for (const { problems, environments } of [one, other]) {
        expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
        expect(environments[0]?.variables).toMatchObject({ environment_variables: { A: text } });
      }
    }),
    { seed: SEED, numRuns: 60 },
  );
});

test.each([
  '"%${file("/etc/hostname")}"',
  '"%%${x}"',
  '"$$%{ if true }x%{ endif }"',
  '"$%{ if true }x$%{ endif }"',
  '"${x}"',
  '"$$$${a}${b}"',
])("an expression is refused: %s", async (value) => {
  for (const form of [value, `<<EOT\n${value.slice(1, -1)}\nEOT\n`]) {
    for (const content of [`{\n A = ${form}\n}`, `{\n ${value} = "a"\n}`]) {
      const { problems, environments } = await read(
        `project_id = "demo-project"\nrequire_services_gcp_module = false\nenvironment_variables = ${content}\n`,
      );
      expect(environments).toEqual([]);
      expect(problems).toContainEqual(
        expect.objectContaining({
          line: expect.any(Number) as number,
          message: expect.stringMatching(/an expression/) as string,
        }),
      );
    }
  }
});

test("what is escaped is evaluated to itself, before, after and between expressions", () => {
  fc.assert(
    fc.property(hostile, hostile, (text, other) => {
      expect(evaluated(escaped(literal(text)))).toBe(text);
      expect(evaluated(escaped(literal(literal(text))))).toBe(text);
      // An escaped character before an expression is an expression of its own, of that character.
      const mixed = escaped(`${literal(text)}\${ours}${literal(other)}`).replaceAll(
        /\$\{"([$%])"\}(?=[$%]\{)/g,
        "$1\uFFFD",
      );
      expect(evaluated(mixed).replaceAll("\uFFFD", "")).toBe(`${text}\uFFFCours}${other}`);
    }),
    { seed: SEED, numRuns: 500 },
  );
});

/** Variables that take any text, directly or in a map. */
const FREE = definitions
  .filter(({ sensitive, platformMetadata, file }) => !sensitive && !platformMetadata && !file)
  .flatMap((definition) => {
    const forms: readonly ((text: string) => unknown)[] = [(text) => text, (text) => ({ A: text }), (text) => [text]];
    return forms
      .filter((form) => "value" in checkValue(definition, form("x${y}")))
      .map((form) => ({ name: definition.name, form }));
  })
  // What the project reads itself, in addition to files: a directory on this machine, a server's address.
  .filter(
    ({ name }) => !["scripts_dir", "redis_host", "redis_port", "sandbox_python_requirements_file"].includes(name),
  );

test("what takes any text is known to this test", () => {
  expect(FREE.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["description", "environment_variables", "service_annotations", "application_description"]),
  );
});

test("pods, manifests of a release and resources get what a user wrote, character for character, and nothing is evaluated", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      // Marks find the text again, wherever it has gone.
      const marked = `<<${text}>>`;
      const own = { env_vars: { A: marked }, args: [marked, text], command: ["echo", marked] };
      const given = {
        ...PIPELINE,
        ...Object.fromEntries(FREE.map(({ name, form }) => [name, form(marked)])),
        additional_services: [{ name: "tika", image: "apache/tika:2.9.2.1", port: 9998, ...own }],
        initialization_jobs: [{ name: "seed", image: "acme/seed:1", ...own }],
        cron_jobs: [{ name: "sweep", image: "acme/sweep:1", schedule: "0 2 * * *", ...own }],
      };
      const app = Testing.app();
      const { stacks } = new DifyGke(app, { environment: "dev", variables: valuesOf(given) });
      const json = stacks.map((stack) => JSON.parse(Testing.synth(stack)) as StackJson);
      const application = json.at(-1) as StackJson;
      const files = releaseFiles(application);
      for (const found of json.flatMap(allStrings).filter((each) => each.startsWith("<<"))) {
        expect(evaluated(found)).toBe(marked);
      }
      const { resource } = application;
      const pods = ["kubernetes_deployment_v1", "kubernetes_job_v1", "kubernetes_cron_job_v1"].map((kind) =>
        allStrings(resource[kind]),
      );
      for (const pod of pods) expect(pod.map(evaluated)).toEqual(expect.arrayContaining([marked, text]));
      expect(allStrings(resource.kubernetes_config_map_v1).map(evaluated)).toContain(marked);
      const deployments = allStrings(objectsIn(files["dev/deployments.yaml"]));
      expect(deployments).toEqual(expect.arrayContaining([marked, text]));
    }),
    { seed: SEED, numRuns: 4, examples: [[EVERYTHING]] },
  );
});

/** Every variable with these values, each checked on its own. */
function valuesOf(given: Readonly<Record<string, unknown>>): Variables {
  const values = Object.entries(given).flatMap(([name, value]) => {
    const definition = definitions.find((each) => each.name === name);
    const result = definition && checkValue(definition, value);
    // Some are limited in length.
    return result && "value" in result ? ([[name, result.value]] as const) : [];
  });
  return { ...variablesOf(), ...Object.fromEntries(values) };
}
