import { App } from "cdktf";
import { checkRules, rules } from "../../../modules/dify-gke/rules";
import { definitionOf } from "../../../modules/dify-gke/variables";
import { DifyGke } from "../../../modules/dify-gke/dify-gke";
import { hasErrors, type Problem } from "../../../modules/dify-gke/problems";
import { type Block, isManaged, parseStack, typeOf } from "../../../scripts/stacks/blocks";
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

/** What cases have in common is synthesized once. */
const shared = new Map<string, Blocks>();

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
  if (definition.sensitive) return { rules: [], kinds: kinds(readersOf(variable, sharedBlocks(together))) };
  const start = variable in together ? together[variable as keyof Given] : definition.default;
  const changed: Given = { ...together, [variable]: replaced(start, path.slice(variable.length), value) };
  const before = problemsOf(together);
  if (hasErrors(before)) throw new Error(`${path}: the rest of the file is refused: ${before[0]?.message ?? ""}`);
  const known = new Set(before.map(identity));
  const said = problemsOf(changed).filter((problem) => !known.has(identity(problem)) && looksAt(problem, variable));
  if (said.length > 0) return { rules: unique(said.map(({ rule }) => rule?.id ?? "")), kinds: [] };
  return { rules: [], kinds: kinds(different(sharedBlocks(together), blocksOf(changed))) };
}

function problemsOf(given: Given): readonly Problem[] {
  return checkRules(environmentWith(given));
}

function identity({ rule, variable, message }: Problem): string {
  return JSON.stringify([rule?.id, variable, message]);
}

function looksAt({ rule }: Problem, variable: string): boolean {
  const found = rules.find(({ id }) => id === rule?.id);
  return found?.variables.some((name) => name === variable) ?? false;
}

function sharedBlocks(given: Given): Blocks {
  const key = JSON.stringify(given);
  const blocks = shared.get(key) ?? blocksOf(given);
  shared.set(key, blocks);
  return blocks;
}

function blocksOf(given: Given): Blocks {
  const app = new App({ skipValidation: true });
  const environment = environmentWith(given);
  const problems = checkRules(environment);
  if (hasErrors(problems)) throw new Error(problems.map(({ message }) => message).join("\n"));
  const made = new DifyGke(app, { environment: "dev", variables: environment.variables });
  const all = made.stacks.flatMap((stack) =>
    [...parseStack(JSON.stringify(stack.toTerraform())).blocks].map(
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
  // What is read follows from what is made.
  return made.length > 0 ? made : unique(bare.map(typeOf));
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}
