import { z } from "zod";
import { wording } from "./limits";

/** @returns the schema without `.optional()`, `.default()` and `.nullable()`. */
export function inner(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return inner(schema.def.innerType);
  }
  return schema;
}

/** @returns a schema's type in Terraform's notation; `object` stands for its fields */
export function typeName(schema: z.core.$ZodType): string {
  const plain = inner(schema);
  if (plain instanceof z.ZodString || plain instanceof z.ZodEnum) return "string";
  if (plain instanceof z.ZodNumber) return "number";
  if (plain instanceof z.ZodBoolean) return "bool";
  if (plain instanceof z.ZodArray) return `list(${typeName(plain.element)})`;
  if (plain instanceof z.ZodRecord) return `map(${typeName(plain.valueType)})`;
  if (plain instanceof z.ZodObject) return "object";
  if (plain instanceof z.ZodUnion) return plain.options.map(typeName).join("|");
  throw new Error(`No Terraform type for the schema type ${plain._zod.def.type}.`);
}

/** @returns what a schema allows in addition to its type, in words; empty if it allows everything */
export function limits(schema: z.core.$ZodType): string {
  const plain = inner(schema);
  const says = wording.get(plain)?.says;
  if (says !== undefined && !(plain instanceof z.ZodRecord)) return says;
  if (plain instanceof z.ZodEnum) return `one of ${plain.options.join(", ")}`;
  if (plain instanceof z.ZodNumber) return bounds(plain.minValue, plain.maxValue);
  if (plain instanceof z.ZodString) return plain.maxLength === null ? "" : `at most ${plain.maxLength} characters`;
  if (plain instanceof z.ZodArray) {
    const each = limits(plain.element);
    return [entries(plain), each && `each: ${each}`].filter(Boolean).join("; ");
  }
  if (plain instanceof z.ZodRecord) {
    const keys = limits(plain.keyType);
    const values = limits(plain.valueType);
    return [says, keys && `names: ${keys}`, values && `values: ${values}`].filter(Boolean).join("; ");
  }
  return "";
}

/** @returns how many entries a list may have, unless there is no limit */
function entries(list: z.ZodArray): string {
  const checks = (list.def.checks ?? []).map(
    ({ _zod: { def } }) => def as { readonly minimum?: number; readonly maximum?: number },
  );
  const minimum = Math.max(0, ...checks.map((check) => check.minimum ?? 0));
  const maximum = checks.find((check) => check.maximum !== undefined)?.maximum;
  if (maximum !== undefined) return minimum > 0 ? `${minimum} to ${maximum} entries` : `at most ${maximum} entries`;
  return minimum > 0 ? `at least ${minimum === 1 ? "one entry" : `${minimum} entries`}` : "";
}

function bounds(minimum: number | null, maximum: number | null): string {
  const from = minimum === null || minimum <= Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const to = maximum === null || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (from !== undefined && to !== undefined) return `${from} to ${to}`;
  if (from !== undefined) return `${from} or more`;
  return to === undefined ? "" : `${to} or less`;
}

/** @returns type, limits and the fields of objects in one phrase: for "allowed" in a message. */
export function allowed(schema: z.core.$ZodType): string {
  const plain = inner(schema);
  const words = plain instanceof z.ZodBoolean ? "true or false" : limits(schema);
  // Terraform has one type for all numbers, and 1.5 is between 0 and 9, too.
  const type = plain instanceof z.ZodNumber && plain.format?.includes("int") ? "whole number" : typeName(schema);
  const names = fields(schema).map(({ name }) => name);
  const all = [words, names.length > 0 && `with ${names.join(", ")}`].filter(Boolean).join("; ");
  return all ? `${type}: ${all}` : type;
}

/** A field of an object, for the reference page. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly limits: string;
  readonly description: string;
  /** Its value if the file has none, as JSON. @default - none */
  readonly default?: string;
  readonly required: boolean;
  /** Fields of a nested object. */
  readonly fields: readonly Field[];
}

/** @returns the fields of an object or of the objects in a list or a map. */
export function fields(schema: z.core.$ZodType): readonly Field[] {
  const plain = inner(schema);
  if (plain instanceof z.ZodArray) return fields(plain.element);
  if (plain instanceof z.ZodRecord) return fields(plain.valueType);
  if (!(plain instanceof z.ZodObject)) return [];
  return Object.entries(plain.shape as Record<string, z.core.$ZodType>).map(([name, field]) => ({
    name,
    type: typeName(field),
    limits: limits(field),
    description: description(field),
    default: field instanceof z.ZodDefault ? JSON.stringify(field.def.defaultValue) : undefined,
    required: !(field instanceof z.ZodDefault || field instanceof z.ZodOptional),
    fields: fields(field),
  }));
}

function description(schema: z.core.$ZodType): string {
  const own = z.globalRegistry.get(schema)?.description;
  if (own !== undefined) return own;
  const wrapped = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault;
  return wrapped ? description(schema.def.innerType) : "";
}

/** @returns the schema of the value at a path, or undefined if there is none */
export function schemaAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType | undefined {
  const plain = inner(schema);
  const [step, ...rest] = path;
  if (step === undefined) return plain;
  if (plain instanceof z.ZodArray) return schemaAt(plain.element, rest);
  if (plain instanceof z.ZodRecord) return schemaAt(plain.valueType, rest);
  if (plain instanceof z.ZodObject) {
    const field = (plain.shape as Record<string, z.core.$ZodType | undefined>)[String(step)];
    return field && schemaAt(field, rest);
  }
  return undefined;
}
