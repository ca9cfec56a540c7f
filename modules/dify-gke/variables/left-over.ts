import { z } from "zod";
import { inner } from "./describe";
import { wording } from "./limits";

/** What templates and scripts write where they have no value: Jinja, Go, JavaScript, Python. */
const LEFT_OVER: readonly string[] = ["null", "nil", "undefined", "NaN", "None"];

export function isLeftOver(text: string): boolean {
  return LEFT_OVER.includes(text);
}

/**
 * Looks only at texts with a limit, such as names, ids and addresses: none of them is meant to be such a word. A text
 * without a limit, such as a description or the value of an environment variable, may be any word.
 * @returns the path of such a word in a value
 */
export function leftOver(
  schema: z.core.$ZodType,
  value: unknown,
  path: readonly PropertyKey[] = [],
): readonly PropertyKey[] | undefined {
  const plain = inner(schema);
  if (plain instanceof z.ZodString)
    return wording.has(plain) && typeof value === "string" && isLeftOver(value) ? path : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const field = fieldOf(plain, key);
    const found = field && leftOver(field, item, [...path, Array.isArray(value) ? Number(key) : key]);
    if (found) return found;
  }
  return undefined;
}

function fieldOf(plain: z.core.$ZodType, key: string): z.core.$ZodType | undefined {
  if (plain instanceof z.ZodArray) return plain.element;
  if (plain instanceof z.ZodRecord) return plain.valueType;
  return plain instanceof z.ZodObject ? (plain.shape as Record<string, z.core.$ZodType | undefined>)[key] : undefined;
}
