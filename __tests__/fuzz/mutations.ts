import * as fc from "fast-check";
import type { Given } from "../terraform/synth";
import { HOSTILE, NUMBERS } from "./hostile";
import { type Form, type Input, written } from "./input";
import { GOOD, good, isObject, settable } from "./settings";

/** A change of one place of the values. */
type Change =
  | { readonly kind: "set"; readonly at: number; readonly value: unknown }
  | { readonly kind: "remove"; readonly at: number }
  | { readonly kind: "rename"; readonly at: number; readonly to: string }
  | { readonly kind: "wrap"; readonly at: number; readonly as: "list" | "object" | "text" }
  | { readonly kind: "repeat"; readonly at: number; readonly times: number }
  | { readonly kind: "grow"; readonly at: number; readonly unit: string; readonly times: number }
  | { readonly kind: "swap"; readonly at: number; readonly other: number }
  | { readonly kind: "give"; readonly name: string; readonly value: unknown };

/** What is done to the text of a file. */
interface Edit {
  readonly at: number;
  readonly cut: number;
  readonly put: string;
}

interface Mutation {
  /** Good files, of which the later ones win. */
  readonly bases: readonly number[];
  readonly changes: readonly Change[];
  readonly edits: readonly Edit[];
  readonly form: Form;
  readonly encoding: keyof typeof ENCODINGS;
  /** Whether half of it stands in the common file. */
  readonly split: boolean;
}

const ENCODINGS = {
  "UTF-8": (text: string) => Buffer.from(text),
  "UTF-8 with a mark": (text: string) => Buffer.from(`\uFEFF${text}`),
  "UTF-16": (text: string) => Buffer.from(`\uFEFF${text}`, "utf16le"),
  "Latin-1": (text: string) => Buffer.from(text, "latin1"),
  "lines of Windows": (text: string) => Buffer.from(text.replaceAll("\n", "\r\n")),
  "lines of an old Mac": (text: string) => Buffer.from(text.replaceAll("\n", "\r")),
  "cut off": (text: string) => Buffer.from(text).subarray(0, Math.floor(Buffer.byteLength(text) / 2)),
  "a byte too many": (text: string) => Buffer.concat([Buffer.from(text), Buffer.from([0xc3])]),
} as const;

const place = fc.nat(10_000);
const hostile = fc.constantFrom(...HOSTILE);
/** @see https://www.unicode.org/glossary/#surrogate_code_point */
const FIRST_SURROGATE = 0xd800;
const SURROGATES = 0x800;
/** Any character: fast-check's own unit for that, "binary", first makes a table of all characters, which takes a second. */
const anyCharacter = fc.integer({ min: 0, max: 0x10ffff - SURROGATES }).map(
  (number) => String.fromCodePoint(number < FIRST_SURROGATE ? number : number + SURROGATES),
  (text) => {
    const point = (typeof text === "string" && text.codePointAt(0)) || 0;
    const number = point < FIRST_SURROGATE ? point : point - SURROGATES;
    const isHalf = point >= FIRST_SURROGATE && number < FIRST_SURROGATE;
    if (isHalf || text !== String.fromCodePoint(point)) throw new Error("It is not one character");
    return number;
  },
);

const anything: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 3, withCrossShrink: true }, tie("flat"), tie("list"), tie("object")),
  list: fc.array(tie("any"), { maxLength: 3 }),
  object: fc.dictionary(fc.oneof(hostile, fc.constantFrom("name", "enabled", "path", "A")), tie("any"), { maxKeys: 3 }),
  flat: fc.oneof(
    hostile,
    hostile,
    fc.constantFrom<unknown>(true, false, null),
    fc.constantFrom(...NUMBERS),
    fc.string({ unit: anyCharacter, maxLength: 12 }),
  ),
})).any;
/** Something good of another file in the place of a value. */
const known = fc
  .tuple(fc.nat(good.length - 1), place)
  .map(([file, at]) => Object.values(good[file] ?? {})[at % Math.max(1, Object.keys(good[file] ?? {}).length)]);
const names = fc.constantFrom(...settable.map(({ name }) => name));

const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("set" as const),
      at: place,
      value: fc.oneof({ weight: 2, arbitrary: known }, anything),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), at: place }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("rename" as const), at: place, to: fc.oneof(hostile, names) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("wrap" as const),
      at: place,
      as: fc.constantFrom("list" as const, "object" as const, "text" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("repeat" as const),
      at: place,
      times: fc.constantFrom(2, 3, 20, 1000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("grow" as const),
      at: place,
      unit: fc.constantFrom("a", "é", "$${", "\n", '"', " ", "a.", "a-", "/", "\\"),
      times: fc.constantFrom(64, 254, 4096, 100_000, 300_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("swap" as const), at: place, other: place }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("give" as const),
      name: names,
      value: fc.oneof({ weight: 2, arbitrary: known }, anything),
    }),
  },
);

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(3000),
  cut: fc.nat(6),
  put: fc.constantFrom(
    ...["", '"', "'", "{", "}", "[", "]", "=", ",", "<<EOT\n", "EOT\n", "/*", "*/", "#", "\0", "\uFFFD", "${", "%{"],
    ...["$", "\r", "\t", "1.10", "0x1f", "é", "\u2028", "true ? 1 : 2", "region = ", "[".repeat(200), "-".repeat(300)],
  ),
});

const mutation: fc.Arbitrary<Mutation> = fc.record({
  bases: fc.array(fc.nat(good.length - 1), { minLength: 1, maxLength: 3 }),
  changes: fc.array(change, { maxLength: 3 }),
  // Most files are whole, or only their language would be tried.
  edits: fc.oneof(
    { weight: 5, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(edit, { maxLength: 3 }) },
  ),
  form: fc.constantFrom("tfvars" as const, "tfvars" as const, "json" as const),
  encoding: fc.oneof(
    { weight: 12, arbitrary: fc.constant("UTF-8" as const) },
    { weight: 1, arbitrary: fc.constantFrom(...(Object.keys(ENCODINGS) as (keyof typeof ENCODINGS)[])) },
  ),
  split: fc.boolean(),
});

/** Mutated files. */
export const mutated: fc.Arbitrary<Input> = mutation.map(inputFrom);

function inputFrom({ bases, changes, edits, form, encoding, split }: Mutation): Input {
  const start: Given = Object.assign({}, GOOD, ...bases.map((base) => good[base])) as Given;
  const values = changes.reduce<Readonly<Record<string, unknown>>>(changed, start);
  const names = Object.keys(values);
  const half = names.filter((_, index) => split && index % 2 === 1);
  const part = (own: readonly string[]): string => {
    const text = written(Object.fromEntries(own.map((name) => [name, values[name]])), form);
    return edits.reduce((before, { at, cut, put }) => {
      const from = at % (before.length + 1);
      return before.slice(0, from) + put + before.slice(from + cut);
    }, text);
  };
  const encode = ENCODINGS[encoding];
  const file = (name: string, own: readonly string[]) =>
    [`${name}.tfvars${form === "json" ? ".json" : ""}`, encode(part(own))] as const;
  return {
    files: Object.fromEntries([
      file(
        "dev",
        names.filter((name) => !half.includes(name)),
      ),
      ...(half.length > 0 ? [file("common", half)] : []),
    ]),
    what: [
      ...changes.map(describe),
      ...edits.map(({ at, put }) => `put ${JSON.stringify(put.slice(0, 20))} at ${at}`),
      ...(encoding === "UTF-8" ? [] : [encoding]),
    ].join("; "),
  };
}

function describe(each: Change): string {
  const text = "value" in each ? ` ${shown(each.value)}` : "";
  return `${each.kind}${"name" in each ? ` ${each.name}` : ""}${text.length > 60 ? `${text.slice(0, 60)}…` : text}`;
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

type Step = string | number;

/** @returns every place in a value, objects and lists themselves included */
function places(value: unknown, before: readonly Step[] = []): readonly (readonly Step[])[] {
  const own = before.length > 0 ? [before] : [];
  if (Array.isArray(value)) return [...own, ...value.slice(0, 50).flatMap((item, at) => places(item, [...before, at]))];
  if (!isObject(value)) return own;
  return [...own, ...Object.entries(value).flatMap(([key, item]) => places(item, [...before, key]))];
}

function changed(values: Readonly<Record<string, unknown>>, each: Change): Readonly<Record<string, unknown>> {
  if (each.kind === "give") return { ...values, [each.name]: each.value };
  const all = places(values);
  const steps = all[each.at % all.length] ?? [];
  const there = at(values, steps);
  switch (each.kind) {
    case "set":
      return replace(values, steps, () => [[steps.at(-1), each.value]]);
    case "remove":
      return replace(values, steps, () => []);
    case "rename":
      return replace(values, steps, () => [[each.to, there]]);
    case "wrap": {
      const value = each.as === "list" ? [there] : each.as === "object" ? { name: there } : JSON.stringify(there);
      return replace(values, steps, () => [[steps.at(-1), value]]);
    }
    case "repeat":
      return replace(values, steps, () => [[steps.at(-1), repeated(there, each.times)]]);
    case "grow":
      return replace(values, steps, () => [[steps.at(-1), each.unit.repeat(each.times)]]);
    case "swap": {
      const other = all[each.other % all.length] ?? [];
      const theirs = at(values, other);
      return replace(
        replace(values, steps, () => [[steps.at(-1), theirs]]),
        other,
        () => [[other.at(-1), there]],
      );
    }
  }
}

/** Of a list its entries, of a map its entries under other names, of anything else a list of it. */
function repeated(value: unknown, times: number): unknown {
  const turns = Array.from({ length: times }, (_, turn) => turn);
  if (Array.isArray(value)) return turns.flatMap(() => value as unknown[]);
  if (isObject(value))
    return Object.fromEntries(
      turns.flatMap((turn) => Object.entries(value).map(([key, item]) => [turn === 0 ? key : `${key}_${turn}`, item])),
    );
  return turns.map(() => value);
}

function at(value: unknown, steps: readonly Step[]): unknown {
  return steps.reduce<unknown>(
    (current, step) =>
      Array.isArray(current) ? (current[Number(step)] as unknown) : isObject(current) ? current[step] : undefined,
    value,
  );
}

type Entries = readonly (readonly [name: unknown, value: unknown])[];

/** @returns the value with these entries in the place of the one at the end of the steps */
function replace(
  value: Readonly<Record<string, unknown>>,
  steps: readonly Step[],
  by: () => Entries,
): Readonly<Record<string, unknown>> {
  return within(value, steps, by) as Readonly<Record<string, unknown>>;
}

function within(value: unknown, [step, ...rest]: readonly Step[], by: () => Entries): unknown {
  if (step === undefined) return value;
  const entries = (item: unknown): Entries => (rest.length > 0 ? [[step, within(item, rest, by)]] : by());
  if (Array.isArray(value))
    return value.flatMap((item: unknown, index) => (index === step ? entries(item).map(([, own]) => own) : [item]));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      key === step ? entries(item).map(([name, own]) => [String(name), own]) : [[key, item]],
    ),
  );
}
