import { parseArgs } from "node:util";
import type { Kind } from "../../__tests__/fuzz/kinds";
import { wrongUsage } from "../terminal/usage";

/** As a table, so that none can be missing; their inputs are loaded once they are wanted. */
const KINDS: Readonly<Record<Kind, true>> = { mutations: true, texts: true, pairs: true };

/** Settings of a run. */
export interface Options {
  readonly help: boolean;
  /** The most inputs of each kind. */
  readonly count: number;
  readonly seed: number;
  readonly only: readonly Kind[];
  /** The only input to run. @default - all of them */
  readonly one?: { readonly kind: Kind; readonly index: number };
  /** Number of accepted inputs whose stacks Terraform validates. */
  readonly validate: number;
  /** Number of inputs that `npm run synth` gets as well, each in its own directory. */
  readonly commands: number;
}

export const HELP = `Tries what a variable file may contain: good files with changed names, types, values, structure, encodings and sizes, hostile
texts in the place of every text, and all pairs of switches. Each input has to be accepted, with stacks that Terraform,
Kubernetes and Google accept and in which nothing of the file would be evaluated, or it has to be refused within two seconds,
with its file, its line and what to do, without a stack trace and without writing anything.

  npm run fuzz                             1000 inputs of each kind
  npm run fuzz -- --count 10000            more; all texts from some 20000 on, all pairs from some 8000 on
  npm run fuzz -- --seed 7                 other mutations, and another choice of texts and pairs
  npm run fuzz -- --only mutations,pairs   some kinds only, of: mutations, texts, pairs
  npm run fuzz -- --validate 50            "terraform validate" for this many accepted inputs (default 20; 0: none)
  npm run fuzz -- --commands 50            "npm run synth" for this many, each in its own directory (default 20; 0: none)
  npm run fuzz -- --case mutations:17      shows one input of that seed, and its result
  npm run fuzz -- --help                   this text

The same seed gives the same inputs. Exit codes: 0 nothing was found, 1 something was, 2 wrong usage.
`;

/** The command line is wrong. */
export class Usage extends Error {}

/** @throws Usage */
export function options(args: readonly string[]): Options {
  const values = parsed(args);
  const names = Object.keys(KINDS) as Kind[];
  const only = values.only?.split(",").map((name) => kindOf(name, names)) ?? names;
  const [, kind = "", index = ""] = /^(\w+):(\d+)$/.exec(values.case ?? "") ?? [];
  if (values.case !== undefined && index === "")
    throw new Usage("--case takes a kind and a number, such as mutations:17");
  return {
    help: values.help ?? false,
    count: whole(values.count, "--count", 1000),
    seed: whole(values.seed, "--seed", 1),
    only,
    one: values.case === undefined ? undefined : { kind: kindOf(kind, names), index: Number(index) },
    validate: whole(values.validate, "--validate", 20),
    commands: whole(values.commands, "--commands", 20),
  };
}

function parsed(args: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        ...{ count: text, seed: text, only: text, case: text, validate: text, commands: text },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new Usage(wrongUsage(error).slice(0, -1));
  }
}

function kindOf(name: string, names: readonly Kind[]): Kind {
  const kind = names.find((each) => each === name);
  if (kind === undefined) throw new Usage(`There are ${names.join(", ")}; not ${name}`);
  return kind;
}

function whole(text: string | undefined, option: string, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^\d{1,9}$/.test(text)) throw new Usage(`${option} takes a whole number`);
  return Number(text);
}
