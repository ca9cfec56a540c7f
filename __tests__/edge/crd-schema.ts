import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The part of OpenAPI v3 that the schemas of custom resources are written in. */
interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
}

interface Definition {
  readonly apiVersion: string;
  readonly kind: string;
  readonly schema: Schema;
}

const DIRECTORY = join(__dirname, "../fixtures/crds");

const files = readdirSync(DIRECTORY).filter((file) => file.endsWith(".json"));
const definitions = files.map((file) => JSON.parse(readFileSync(join(DIRECTORY, file), "utf8")) as Definition);

/** The same as `<group>_<plural>`. */
export const kindFiles: readonly string[] = files.map((file) => file.replace(/[.]json$/, ""));

/** Kinds with a schema. */
export const kinds: readonly string[] = definitions.map(({ kind }) => kind);

/** @returns what a server would refuse about an object, unknown fields included. */
export function violations(object: { readonly apiVersion: string; readonly kind: string }): string[] {
  const definition = definitions.find(
    ({ apiVersion, kind }) => apiVersion === object.apiVersion && kind === object.kind,
  );
  if (!definition) return [`there is no schema of ${object.apiVersion} ${object.kind}`];
  return check(definition.schema, object, object.kind);
}

function check(schema: Schema, value: unknown, path: string): string[] {
  if (schema.enum && !schema.enum.includes(value)) return [`${path}: ${JSON.stringify(value)} is none of the choices`];
  switch (schema.type) {
    case "object":
      return isObject(value) ? checkObject(schema, value, path) : [`${path}: no object`];
    case "array":
      return Array.isArray(value) ? checkArray(schema, value, path) : [`${path}: no list`];
    case "string":
      return typeof value === "string" ? checkText(schema, value, path) : [`${path}: no text`];
    case "integer":
    case "number":
      return typeof value === "number" ? checkNumber(schema, value, path) : [`${path}: no number`];
    case "boolean":
      return typeof value === "boolean" ? [] : [`${path}: neither true nor false`];
    default:
      return [];
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function between(path: string, value: number, minimum = -Infinity, maximum = Infinity): string[] {
  return value < minimum || value > maximum ? [`${path}: ${value} is not between ${minimum} and ${maximum}`] : [];
}

function checkObject(schema: Schema, value: Record<string, unknown>, path: string): string[] {
  const entries = Object.entries(value);
  const missing = (schema.required ?? []).filter((name) => !(name in value)).map((name) => `${path}.${name}: missing`);
  const count = between(path, entries.length, schema.minProperties, schema.maxProperties);
  // Every server takes any metadata that is well formed.
  const free = schema["x-kubernetes-preserve-unknown-fields"] === true || schema.properties === undefined;
  const fields = entries.flatMap(([name, field]) => {
    const own = schema.properties?.[name];
    if (own) return check(own, field, `${path}.${name}`);
    if (typeof schema.additionalProperties === "object")
      return check(schema.additionalProperties, field, `${path}.${name}`);
    return free ? [] : [`${path}.${name}: there is no such field`];
  });
  return [...missing, ...count, ...fields];
}

function checkArray(schema: Schema, value: readonly unknown[], path: string): string[] {
  const items = schema.items;
  return [
    ...between(path, value.length, schema.minItems, schema.maxItems),
    ...(items ? value.flatMap((item, index) => check(items, item, `${path}[${index}]`)) : []),
  ];
}

function checkText(schema: Schema, value: string, path: string): string[] {
  const fits = schema.pattern === undefined || new RegExp(schema.pattern).test(value);
  return [
    ...between(path, value.length, schema.minLength, schema.maxLength),
    ...(fits ? [] : [`${path}: ${JSON.stringify(value)} does not match ${schema.pattern ?? ""}`]),
  ];
}

function checkNumber(schema: Schema, value: number, path: string): string[] {
  const whole = schema.type !== "integer" || Number.isInteger(value);
  return [...between(path, value, schema.minimum, schema.maximum), ...(whole ? [] : [`${path}: not a whole number`])];
}
