import { z } from "zod";
import { inner } from "./describe";
import { WrittenNumber } from "./marks";

const BOOLEANS: ReadonlyMap<unknown, boolean> = new Map([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

/**
 * Terraform's own conversions, and no others: a number or bool for a text, and a text that is a number or a bool for
 * one. An object's attribute that is null counts as not given.
 * @returns the value as the schema requires it, or unchanged if there is no conversion
 */
export function convert(schema: z.core.$ZodType, value: unknown): unknown {
  const plain = inner(schema);
  // A text is what was written; this number would be another text.
  if (value instanceof WrittenNumber) return isText(plain) ? value : convert(plain, value.value);
  if (isText(plain)) {
    return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
  }
  if (plain instanceof z.ZodNumber) {
    return typeof value === "string" && /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(value) ? Number(value) : value;
  }
  if (plain instanceof z.ZodBoolean) return BOOLEANS.get(value) ?? value;
  if (plain instanceof z.ZodArray) {
    return Array.isArray(value) ? value.map((item: unknown) => convert(plain.element, item)) : value;
  }
  if (!isObject(value)) return value;
  if (plain instanceof z.ZodRecord) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, convert(plain.valueType, item)]));
  }
  if (plain instanceof z.ZodObject) {
    const shape = plain.shape as Readonly<Record<string, z.core.$ZodType | undefined>>;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, item]) => item !== null)
        .map(([key, item]) => {
          const field = shape[key];
          return [key, field ? convert(field, item) : item];
        }),
    );
  }
  return value;
}

function isText(schema: z.core.$ZodType): boolean {
  return schema instanceof z.ZodString || schema instanceof z.ZodEnum;
}

/** @returns whether a value is an object and not a list */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
