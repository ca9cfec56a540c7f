import { z } from "zod";
import { convert, isObject } from "./convert";
import type { Definition } from "./definition";
import { allowed, inner, limits, schemaAt } from "./describe";
import { leftOver } from "./left-over";
import { lookAlike, nearest, shorten } from "./mention";
import { isKey, namesSecret } from "./secret-detection";
import { WrittenNumber } from "./marks";
import type { ProblemKind } from "./problem-kinds";

/** What is wrong with one value, without its place. */
export interface Complaint {
  readonly id: ProblemKind;
  /** Where in the value: names of fields and numbers of list elements. @default - the value itself */
  readonly path?: readonly PropertyKey[];
  readonly message: string;
  /** @default - nothing, or not shown */
  readonly given?: string;
  /** @default - in the message */
  readonly allowed?: string;
}

/** @returns the value with nested defaults, or everything that is wrong with it */
export function checkValue(
  definition: Definition,
  value: unknown,
): { readonly value: unknown } | { readonly complaints: readonly Complaint[] } {
  const prototype = prototypePath(value);
  if (prototype !== undefined) {
    const message = `"${pathText(definition.name, prototype)}" has a name that is not allowed, since JavaScript would lose its value.`;
    return {
      complaints: [
        { id: "name-not-allowed", path: prototype, message, given: '"__proto__"', allowed: "any other name" },
      ],
    };
  }
  const key = keyPath(value);
  if (key !== undefined) return { complaints: [keyAt(definition.name, key)] };
  const crowd = crowded(value, []);
  if (crowd !== undefined) {
    const { path, entries, most } = crowd;
    const message = `"${pathText(definition.name, path)}" has ${entries} entries, more than anything here can be made of. Take out what is not needed.`;
    return { complaints: [{ id: "value-not-allowed", message, allowed: `at most ${most} entries` }] };
  }
  const converted = convert(definition.schema, value);
  const result = definition.schema.safeParse(converted);
  if (result.success) {
    const left = leftOver(definition.schema, converted);
    return left === undefined ? { value: result.data } : { complaints: [leftOverAt(definition.name, converted, left)] };
  }
  // A number may be out of two limits at once.
  const issues = result.error.issues.filter(
    ({ path }, index, each) => index === 0 || path.join("\n") !== each[index - 1]?.path.join("\n"),
  );
  const all = issues
    .slice(0, MOST)
    .flatMap((issue) =>
      complaints(definition, converted, issue).map((complaint) => ({ path: issue.path, ...complaint })),
    );
  const more = issues.length - MOST;
  return { complaints: [...all, ...(more > 0 ? [counted(definition.name, more)] : [])] };
}

/** Where in a value a text has the form of a key. */
function keyPath(value: unknown): readonly PropertyKey[] | undefined {
  if (typeof value === "string") return isKey(value) ? [] : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [name, item] of Object.entries(value)) {
    const path = keyPath(item);
    if (path) return [Array.isArray(value) ? Number(name) : name, ...path];
  }
  return undefined;
}

function keyAt(name: string, path: readonly PropertyKey[]): Complaint {
  const message = `"${pathText(name, path)}" has the form of an API key, a token or a private key, and a secret does not belong in a file: everybody who may read it or its history has it. Take it out, put it into Secret Manager, name that secret in secret_environment_variables (for a job or service in secret_env_vars), and have it replaced where it was made.`;
  return { id: "secret-in-value", path, message, given: HIDDEN };
}

function leftOverAt(name: string, value: unknown, path: readonly PropertyKey[]): Complaint {
  const message = `"${pathText(name, path)}" is a word that a template or a script writes where it has no value, and it would be taken as a name. Write what is meant, or take ${path.length === 0 ? name : "it"} out.`;
  return { id: "value-left-over", path, message, given: shorten(valueAt(value, path)) };
}

/** Most objects in a list or a map. Each becomes several resources, and no cluster has room for more workloads. */
const MOST_OBJECTS = 200;
/** Most texts and numbers in a list or a map. */
const MOST_PLAIN = 2000;

/** @returns the first list or map in a value that has more entries than that */
function crowded(
  value: unknown,
  path: readonly PropertyKey[],
): { readonly path: readonly PropertyKey[]; readonly entries: number; readonly most: number } | undefined {
  if (typeof value !== "object" || value === null || value instanceof WrittenNumber) return undefined;
  const entries = Object.entries(value);
  const most = entries.some(([, item]) => isObject(item)) ? MOST_OBJECTS : MOST_PLAIN;
  if (entries.length > most) return { path, entries: entries.length, most };
  for (const [key, item] of entries) {
    const found = crowded(item, [...path, Array.isArray(value) ? Number(key) : key]);
    if (found) return found;
  }
  return undefined;
}

/** @returns the path of a field `__proto__` in a value: it cannot be assigned to JavaScript's objects */
function prototypePath(value: unknown): readonly PropertyKey[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const step = Array.isArray(value) ? Number(key) : key;
    if (key === "__proto__") return [step];
    const path = prototypePath(item);
    if (path) return [step, ...path];
  }
  return undefined;
}

function complaints(definition: Definition, value: unknown, issue: z.core.$ZodIssue): Complaint[] {
  const schema = schemaAt(definition.schema, issue.path) ?? definition.schema;
  const place = pathText(definition.name, issue.path);
  if (issue.code === "unrecognized_keys") {
    const more = issue.keys.length - MOST;
    const first = issue.keys
      .slice(0, MOST)
      .map((key) => ({ ...unknownKey(schema, place, key), path: [...issue.path, key] }));
    return more > 0 ? [...first, counted(place, more)] : first;
  }
  if (issue.code === "invalid_key") {
    const record = inner(schemaAt(definition.schema, issue.path.slice(0, -1)) ?? schema);
    const rule = record instanceof z.ZodRecord ? limits(record.keyType) : "";
    return [
      {
        id: "name-not-allowed",
        message: `"${place}" has a name that is not allowed.`,
        given: shorten(nameOf(issue.path.at(-1))),
        allowed: rule,
      },
    ];
  }
  const given = valueAt(value, issue.path);
  if (given instanceof WrittenNumber) {
    // As it was written, since the number is already another one.
    const shown = show([definition.name, ...issue.path], given.value);
    const written = shorten(given.text).slice(1, -1);
    const message = `"${place}" is a text, and the number without quotes would become another text. Put it in quotes.`;
    return [
      {
        id: "number-for-text",
        message,
        given: shown === HIDDEN ? shown : written,
        allowed: shown === HIDDEN ? allowed(schema) : `"${written}"`,
      },
    ];
  }
  if (given === undefined)
    return [{ id: "value-missing", message: `"${place}" is missing.`, allowed: allowed(schema) }];
  return [
    {
      id: "value-not-allowed",
      message: `"${place}" has a value that is not allowed.`,
      // For a map as well: a text in its place may be all of its values.
      given: isMap(schema) && typeof given === "string" ? "a text" : show([definition.name, ...issue.path], given),
      allowed: allowed(schema),
    },
  ];
}

/** The first problems of a variable explain the others. */
const MOST = 20;

function counted(place: string, more: number): Complaint {
  return { id: "more-problems", message: `"${place}" has ${more} more problems. Correct these first.` };
}

function unknownKey(schema: z.core.$ZodType, place: string, key: string): Complaint {
  const plain = inner(schema);
  const known =
    plain instanceof z.ZodObject
      ? Object.keys(plain.shape)
      : plain instanceof z.ZodRecord && plain.keyType instanceof z.ZodEnum
        ? plain.keyType.options.map(String)
        : [];
  const near = nearest(key, known);
  return {
    id: "field-unknown",
    message: `"${place}" has no field "${nameOf(key)}".${near ? ` Did you mean "${near}"?` : ""}`,
    given: shorten(nameOf(key)),
    allowed: known.join(", "),
  };
}

function isMap(schema: z.core.$ZodType): boolean {
  const plain = inner(schema);
  return plain instanceof z.ZodRecord || plain instanceof z.ZodObject;
}

/** Of `NAME=value` in the place of a name, the name. */
function nameOf(step: PropertyKey | undefined): string {
  return String(step).replace(/=.*/s, "=…");
}

const HIDDEN = "(not shown)";

/** Maps and lists with names of secrets: an invalid name may be the secret itself. */
const SECRET_IDS = /^(secret_env(ironment)?(_(vars|variables))?|explicit_secret_names)$/;

/** Objects and lists are described and not shown, because they may contain secrets. */
function show(path: readonly PropertyKey[], value: unknown): string {
  if (path.some((step) => typeof step === "string" && (namesSecret(step) || SECRET_IDS.test(step)))) return HIDDEN;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (isObject(value)) return "an object";
  const odd = typeof value === "string" && !/\s/.test(value) ? lookAlike(value) : undefined;
  return odd === undefined ? shorten(value) : `${shorten(value)}, with the character ${odd}`;
}

function pathText(name: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, step) => (typeof step === "number" ? `${text}[${step}]` : `${text}.${nameOf(step)}`),
    name,
  );
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((current, step) => {
    if (Array.isArray(current)) return typeof step === "number" ? (current[step] as unknown) : undefined;
    return isObject(current) ? current[String(step)] : undefined;
  }, value);
}
