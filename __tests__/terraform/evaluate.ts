import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BINARY = process.env.TERRAFORM_BINARY_NAME || "terraform";

/** Whether Terraform is here; if not, a line says that the conditions are not tried. */
export const hasTerraform = !spawnSync(BINARY, ["version"]).error;
if (!hasTerraform) console.warn(`Conditions of plans are NOT tried with Terraform: ${BINARY} is not on the PATH.`);

/** A condition as it stands in a stack, with its message. */
export interface Condition {
  readonly condition: string;
  readonly error_message: string;
}

/** Conditions, and what the expressions that only a plan could answer stand for. */
export interface Question {
  readonly conditions: readonly Condition[];
  /** The stack's own. @default {} */
  readonly locals?: Readonly<Record<string, unknown>>;
  /** By expression, such as `self` or `data.google_project_service.api.id`; a longer one counts first. */
  readonly values: Readonly<Record<string, unknown>>;
}

interface Answer {
  readonly holds: boolean;
  readonly text: string;
}

/**
 * Has Terraform itself evaluate the conditions of many questions in one run, without a provider.
 * @returns by question: the messages of what does not hold
 */
export function evaluate(questions: ReadonlyMap<string, Question>): ReadonlyMap<string, readonly string[]> {
  const names = [...questions.keys()];
  const locals: Record<string, unknown> = {};
  const output: Record<string, unknown> = {};
  for (const [index, { conditions, locals: own = {}, values }] of [...questions.values()].entries()) {
    const expressions = Object.keys(values).sort((a, b) => b.length - a.length);
    const standIn = (text: string): string =>
      expressions.reduce(
        (all, expression, at) =>
          all.replaceAll(new RegExp(`(?<![\\w.])${escape(expression)}(?!\\w)`, "g"), `local.v${index}_${at}`),
        text.replaceAll(/\blocal\.app_/g, `local.c${index}_app_`),
      );
    for (const [at, expression] of expressions.entries()) locals[`v${index}_${at}`] = values[expression];
    for (const [name, value] of Object.entries(own)) locals[`c${index}_${name}`] = through(value, standIn);
    output[`case_${index}`] = {
      value: conditions.map(({ condition, error_message }) => ({
        holds: standIn(condition),
        text: standIn(error_message),
      })),
    };
  }
  const outputs = run({ locals, output });
  return new Map(
    names.map((name, index) => [
      name,
      (outputs[`case_${index}`]?.value ?? []).filter(({ holds }) => !holds).map(({ text }) => text),
    ]),
  );
}

function run(stack: object): Readonly<Record<string, { readonly value: readonly Answer[] }>> {
  const directory = mkdtempSync(join(tmpdir(), "conditions-"));
  const terraform = (...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(BINARY, args, { cwd: directory, encoding: "utf8" });
    if (status !== 0) throw new Error(/This .*|Error: .*/.exec(stderr.slice(-1000))?.[0] ?? stderr.slice(-1000));
    return stdout;
  };
  try {
    writeFileSync(join(directory, "main.tf.json"), JSON.stringify(stack));
    terraform("init", "-input=false", "-no-color");
    terraform("apply", "-auto-approve", "-input=false", "-no-color");
    return JSON.parse(terraform("output", "-json")) as Record<string, { value: Answer[] }>;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function through(value: unknown, map: (text: string) => string): unknown {
  return JSON.parse(JSON.stringify(value), (_, field: unknown) =>
    typeof field === "string" ? map(field) : field,
  ) as unknown;
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
