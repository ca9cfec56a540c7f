import { type App, type TerraformStack, Testing } from "cdktf";
import { DifyGke } from "../../modules/dify-gke/dify-gke";
import { formatProblems, hasErrors } from "../../modules/dify-gke/problems";
import { checkRules } from "../../modules/dify-gke/rules";
import type { Variables } from "../../modules/dify-gke/variables";
import { environmentWith, type Given } from "../variables/cases/given";
import "./quick";

export type { Given };

/** Blocks of one kind: type, then name, then arguments. */
export type Blocks = Record<string, Record<string, Record<string, unknown>>>;

/** A synthesized stack, as Terraform reads it. */
export interface StackJson {
  readonly terraform: Record<string, unknown>;
  readonly provider: Record<string, Record<string, unknown>[]>;
  readonly resource: Blocks;
  readonly data?: Blocks;
  readonly ephemeral?: Blocks;
  readonly variable?: Record<string, Record<string, unknown>>;
  readonly output?: Record<string, Record<string, unknown>>;
}

export interface Synthesized {
  /** `undefined` where nothing shared is to be created. */
  readonly foundation?: StackJson;
  /** `undefined` where no operator is to be installed. */
  readonly operators?: StackJson;
  readonly application: StackJson;
}

/**
 * @returns all variables, those given checked as a variable file's are
 * @throws where a value or a rule between variables is broken
 */
export function variablesOf(given: Given = {}): Variables {
  const environment = environmentWith(given);
  const problems = checkRules(environment);
  if (hasErrors(problems)) throw new Error(formatProblems(problems, { color: false }));
  return environment.variables;
}

/** Synthesizes the environment `dev` into an app. @returns the constructs, of which nothing is written yet */
export function build(app: App, given: Given = {}): DifyGke {
  return new DifyGke(app, { environment: "dev", variables: variablesOf(given) });
}

/** Of all suites of a worker, the one asked for last in the end; `__tests__/jest/runtime.cjs` keeps this module. */
const known = new Map<string, Synthesized>();
/** Each is up to a megabyte. */
const MOST_KNOWN = 60;

/**
 * @returns both stacks of the environment `dev` as Terraform reads them, without a file in the working directory; the same
 * for the same values, and frozen for that
 */
export function synth(given: Given = {}): Synthesized {
  const key = JSON.stringify(given);
  const synthesized = known.get(key) ?? synthesize(given);
  known.delete(key);
  known.set(key, synthesized);
  const [oldest] = known.keys();
  if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
  return synthesized;
}

function synthesize(given: Given): Synthesized {
  const { foundation, operators, application } = build(Testing.app(), given);
  return {
    foundation: foundation && jsonOf(foundation),
    operators: operators && jsonOf(operators),
    application: jsonOf(application),
  };
}

/** As `Testing.synth` makes it, without the way through a text. */
function jsonOf(stack: TerraformStack): StackJson {
  return asRead(stack.toTerraform()) as StackJson;
}

/**
 * @returns a value as it is read from JSON, without what CDKTF notes for itself; frozen, since a test that changed a stack
 * would change it for the next one
 */
function asRead(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(asRead));
  const fields = value as Readonly<Record<string, unknown>>;
  const names = Object.keys(fields).filter((name) => name !== "//" && fields[name] !== undefined);
  return Object.freeze(Object.fromEntries(names.sort().map((name) => [name, asRead(fields[name])])));
}

/** @returns every text in a value, however deep; names of fields included */
export function allStrings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(allStrings);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, field]) => [key, ...allStrings(field)]);
}
