import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatProblems } from "../../modules/dify-gke/problems";
import { readEnvironments } from "../../modules/dify-gke/variable-files";
import { definitionOf } from "../../modules/dify-gke/variables";
import { readable, shorten } from "../../modules/dify-gke/variables/mention";
import { checkValue } from "../../modules/dify-gke/variables/check";
import { cases } from "../variables/cases";
import { broken, type Given } from "../variables/cases/given";
import { hcl } from "./templates";

const MARK = "S3CR3T";
/** What a value may be that is a secret, or holds one. */
const PLAIN = [`sk-${MARK}`, `${MARK} with blanks`, [MARK], { a: MARK }];
const ADDRESSES = [
  `https://user:${MARK}@example.com/x`,
  `https://user:p@ ${MARK}@example.com/`,
  `redis://:${MARK}@10.0.0.1:6379/0`,
  `default:${MARK}@redis.example.com`,
  `https://example.com/?a=b&access_token=${MARK}`,
];

type Path = readonly (string | number)[];

function leaves(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, item]) =>
    leaves(item, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

function put(value: unknown, [step, ...rest]: Path, mark: unknown): unknown {
  if (step === undefined) return mark;
  if (Array.isArray(value))
    return value.map((item, index) => (index === step ? put(item, rest, mark) : (item as unknown)));
  return { ...(value as object), [step]: put((value as Record<string, unknown>)[String(step)], rest, mark) };
}

/** Everywhere in the files that break a rule each, once for each field. */
const places = new Map(
  cases.flatMap(({ breaks }) =>
    breaks.flatMap((given) =>
      leaves(given).map((path) => [path.filter((step) => typeof step === "string").join("."), { given, path }]),
    ),
  ),
);

/** What is said about a file with the mark in one place. */
function said(given: Given, path: Path, mark: unknown): string {
  const marked = put(given, path, mark) as Given;
  const name = String(path[0]) as keyof Given;
  const definition = definitionOf(name);
  const result = definition && checkValue(definition, marked[name]);
  if (!result) return "";
  const problems = "value" in result ? broken(marked) : result.complaints;
  return JSON.stringify(problems.map(({ message, given: value, allowed }) => [message, value, allowed]));
}

/** Where a secret is likely: values of environments, and names of secrets. */
const SECRET =
  /(^|\.)(secret_)?(env_vars|environment(_variables)?)\.|secret_environment|password_secret|build_args|explicit_secret_names/;
/** Variables of Dify with a few known values, none of which is a secret: what stands there instead is shown. */
const KNOWN =
  /\.(STORAGE_TYPE|VECTOR_STORE|PYTHON_LIB_PATH|REDIS_(USE_SSL|SSL_CERT_REQS|SSL_CA_CERTS|KEY_PREFIX)|[A-Z_]*(AMOUNT|CONCURRENCY|SIZE|OVERFLOW|WORKERS|TIMEOUT|CONNS|CONNECTIONS|REQUESTS))$/;

test("what may be a secret is never shown, by no rule and of no value", () => {
  const shown = [...places].flatMap(([name, { given, path }]) => {
    const marks = [...ADDRESSES.slice(0, 1), ...(SECRET.test(name) && !KNOWN.test(name) ? PLAIN : [])];
    return marks
      .filter((mark) => said(given, path, mark).includes(MARK))
      .map((mark) => `${name} = ${JSON.stringify(mark)}`);
  });
  expect(places.size).toBeGreaterThan(150);
  expect(shown).toEqual([]);
});

test.each(ADDRESSES)("%s is shown without its secret, in values and in messages", (address) => {
  expect(shorten(address) + readable(`It is ${address}: wrong.`) + readable(`"${address}" is wrong.`)).not.toContain(
    MARK,
  );
});

describe("a whole file", () => {
  const directory = mkdtempSync(join(tmpdir(), "secrets-"));
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  async function text(lines: readonly string[], other?: readonly string[]): Promise<string> {
    const good = ['project_id = "demo-project"', "require_services_gcp_module = false"];
    writeFileSync(join(directory, "dev.tfvars"), [...good, ...lines, ""].join("\n"));
    if (other) writeFileSync(join(directory, "prod.tfvars"), [...good, ...other, ""].join("\n"));
    const { problems } = await readEnvironments({ directory });
    rmSync(join(directory, "prod.tfvars"), { force: true });
    return `${formatProblems(problems, { color: false })}\n${JSON.stringify(problems)}`;
  }

  test.each([
    ["an expression in the place of a map", `environment_variables = merge({ API_KEY = "${MARK}" }, {})`],
    ["a condition", `description = true ? "${MARK}" : ""`],
    ["a text in the place of a map", `environment_variables = "OPENAI_API_KEY=${MARK}"`],
    ["a name with its value", `environment_variables = { "OPENAI_API_KEY=${MARK}" = "" }`],
    ["a field with its value", `container_build_config = { "a=${MARK}" = "" }`],
    ["a sensitive variable", `explicit_secret_values = { A = "${MARK}" }`],
    ["a list of secrets", `explicit_secret_names = ["A=${MARK}"]`],
    ["a line that is cut off", `environment_variables = { API_KEY = "${MARK}`],
    ["a number", `secret_environment_variables = { A = 1234567890123456789 }`, "1234567890123456789"],
  ])("shows nothing of %s", async (_, line, mark = MARK) => {
    const shown = await text([line]);
    expect(shown).toContain("error");
    expect(shown).not.toContain(mark);
  });

  test.each(ADDRESSES)("shows nothing of what two files have in common: %s", async (host) => {
    const line = `redis_host = ${hcl(host)}`;
    const shown = await text([line], [line]);
    expect(shown).toContain("redis-address");
    expect(shown).not.toContain(MARK);
  });

  test("still shows a digest and a member of a policy", async () => {
    const shown = await text([
      'iap_authorized_users = ["user:me@example.com"]',
      'container_image = "acme/api:1@sha256:0"',
    ]);
    expect(shown).toContain("acme/api:1@sha256:0");
  });
});
