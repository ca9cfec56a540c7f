import { App } from "cdktf";
import type { Environment } from "../../../modules/dify-gke/environment";
import { checkRules, rules } from "../../../modules/dify-gke/rules";
import { definitionOf, type Variables } from "../../../modules/dify-gke/variables";
import { DifyGke } from "../../../modules/dify-gke/dify-gke";
import { hasErrors, type Problem } from "../../../modules/dify-gke/problems";
import { type Block, isManaged, stackOf, typeOf } from "../../../scripts/stacks/blocks";
import { environmentWith, type Given } from "../cases/given";
import "../../terraform/quick";
import type { EffectCase, EffectCases } from "./effect-case";
import { replaced, variableOf } from "./paths";

/** What a value does: a rule speaks of it, or blocks of the stacks are different. Neither: it has no effect. */
export interface Effect {
  /** Ids of rules. */
  readonly rules: readonly string[];
  /** Types of what differs: `google_storage_bucket`, `provider`, `terraform`. */
  readonly kinds: readonly string[];
}

/** Arguments by address, as text. */
type Blocks = ReadonlyMap<string, string>;

/** A file that is not refused. */
interface Accepted {
  readonly environment: Environment;
  readonly problems: readonly Problem[];
}

/** What cases have in common is checked and synthesized once. */
const shared = { files: new Map<string, Accepted>(), blocks: new Map<string, Blocks>() };
/** The last ones by all of their variables: what one case changes is often what the next one starts from. */
const recent = new Map<string, Blocks>();
const MOST_RECENT = 6;

/** @returns the kinds that all cases of each variable change together, by variable */
export function kindsByVariable(effects: EffectCases, measure: Measure): Readonly<Record<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (const path of Object.keys(effects)) {
    const own = casesOf(effects, path).flatMap((one) => measure(path, one).kinds);
    found.set(variableOf(path), unique([...(found.get(variableOf(path)) ?? []), ...own]));
  }
  return Object.fromEntries([...found].filter(([, own]) => own.length > 0).sort(([a], [b]) => (a < b ? -1 : 1)));
}

type Measure = (path: string, one: EffectCase) => Effect;

/** @returns the cases of a path */
export function casesOf(effects: EffectCases, path: string): readonly EffectCase[] {
  const own = effects[path];
  if (own === undefined) return [];
  return "value" in own ? [own] : own;
}

/** @returns what a case's value does that the rest of its file does not */
export function effectOf(path: string, { value, with: together = {} }: EffectCase): Effect {
  const variable = variableOf(path);
  const definition = definitionOf(variable);
  if (!definition) throw new Error(`There is no variable ${variable}`);
  if (definition.sensitive) return { rules: [], kinds: kinds(readersOf(variable, sharedBlocks(path, together))) };
  const start = variable in together ? together[variable as keyof Given] : definition.default;
  const changed: Given = { ...together, [variable]: replaced(start, path.slice(variable.length), value) };
  const known = new Set(accepted(path, together).problems.map(identity));
  const environment = environmentWith(changed);
  const problems = checkRules(environment);
  const said = problems.filter((problem) => !known.has(identity(problem)) && looksAt(problem, variable));
  if (said.length > 0) return { rules: unique(said.map(({ rule }) => rule?.id ?? "")), kinds: [] };
  refuse(path, problems);
  return { rules: [], kinds: kinds(different(sharedBlocks(path, together), blocksOf(environment))) };
}

function accepted(path: string, given: Given): Accepted {
  const key = JSON.stringify(given);
  const found = shared.files.get(key) ?? checked(environmentWith(given));
  shared.files.set(key, found);
  refuse(path, found.problems);
  return found;
}

function checked(environment: Environment): Accepted {
  return { environment, problems: checkRules(environment) };
}

function refuse(path: string, problems: readonly Problem[]): void {
  if (!hasErrors(problems)) return;
  throw new Error(`${path}: the rest of the file is refused: ${problems.map(({ message }) => message).join("\n")}`);
}

function identity({ rule, variable, message }: Problem): string {
  return JSON.stringify([rule?.id, variable, message]);
}

function looksAt({ rule }: Problem, variable: string): boolean {
  const found = rules.find(({ id }) => id === rule?.id);
  return found?.variables.some((name) => name === variable) ?? false;
}

function sharedBlocks(path: string, given: Given): Blocks {
  const key = JSON.stringify(given);
  const blocks = shared.blocks.get(key) ?? blocksOf(accepted(path, given).environment);
  shared.blocks.set(key, blocks);
  return blocks;
}

function blocksOf({ variables }: Environment): Blocks {
  const key = JSON.stringify(variables);
  const blocks = recent.get(key) ?? synthesize(variables);
  recent.delete(key);
  recent.set(key, blocks);
  const [oldest] = recent.keys();
  if (recent.size > MOST_RECENT && oldest !== undefined) recent.delete(oldest);
  return blocks;
}

function synthesize(variables: Variables): Blocks {
  const app = new App({ skipValidation: true });
  const all = new DifyGke(app, { environment: "dev", variables }).stacks.flatMap((stack) =>
    [...stackOf(stack.toTerraform() as object).blocks].map(
      ([address, block]) => [`${stack.node.id}: ${address}`, textOf(address, block)] as const,
    ),
  );
  return new Map(all.filter(([address]) => counts(address)));
}

function textOf(address: string, block: Block): string {
  return `${address} ${JSON.stringify(block)}`;
}

/**
 * What only repeats a variable does nothing: an output, and what remembers a value to refuse another one later
 * (`modules/app-gke/terraform/guard.ts`).
 */
function counts(address: string): boolean {
  return !/: (output\.|terraform_data\.(app_)?guard_)/.test(address);
}

function different(before: Blocks, after: Blocks): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (address) => before.get(address) !== after.get(address),
  );
}

function readersOf(variable: string, blocks: Blocks): readonly string[] {
  const reference = new RegExp(`\\bvar\\.${variable}\\b`);
  return [...blocks]
    .filter(([address, text]) => !address.includes(": var.") && reference.test(text))
    .map(([key]) => key);
}

function kinds(addresses: readonly string[]): readonly string[] {
  const bare = addresses.map((address) => address.replace(/^[^:]*: /, ""));
  const made = unique(bare.filter(isManaged).map(typeOf));
  // What is read follows from what is made. A check is neither.
  return made.length > 0 ? made : unique(bare.filter((address) => !address.startsWith("check.")).map(typeOf));
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}
