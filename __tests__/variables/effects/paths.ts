import { z } from "zod";
import type { Definition } from "../../../modules/dify-gke/variables";
import { type Field, fields, inner } from "../../../modules/dify-gke/variables/describe";

/** @returns what of a variable has to count: itself, and every field of an object, however deep; of an object its fields alone */
export function pathsOf({ name, schema, platformMetadata }: Definition): readonly string[] {
  if (platformMetadata) return [];
  const below = fieldPaths(fields(schema), `${name}${brackets(schema)}.`);
  return inner(schema) instanceof z.ZodObject ? below : [name, ...below];
}

/** What stands between a list or a map and the field of one of its objects. */
function brackets(schema: z.core.$ZodType): string {
  const plain = inner(schema);
  if (plain instanceof z.ZodArray) return "[]";
  return plain instanceof z.ZodRecord ? "{}" : "";
}

function fieldPaths(list: readonly Field[], prefix: string): readonly string[] {
  return list.flatMap(({ name, type, fields: own }) => {
    const path = `${prefix}${name}`;
    if (own.length === 0) return [path];
    return type === "object" ? fieldPaths(own, `${path}.`) : [path, ...fieldPaths(own, `${path}[].`)];
  });
}

/** @returns the variable that a path begins with */
export function variableOf(path: string): string {
  return path.replace(/[.[{].*$/, "");
}

/** @returns a value with another one at a path: `[].lifecycle_rules[].action.type`, in the first entry of each list */
export function replaced(value: unknown, path: string, by: unknown): unknown {
  if (path === "") return by;
  if (path.startsWith("[]")) {
    if (!Array.isArray(value) || value.length === 0) throw new Error(`There is no entry for ${path}`);
    const [first, ...others] = value as readonly unknown[];
    return [replaced(first, path.slice(2), by), ...others];
  }
  if (path.startsWith("{}")) {
    const [[key, first] = ["", undefined], ...others] = Object.entries(value as object);
    return { [key]: replaced(first, path.slice(2), by), ...Object.fromEntries(others) };
  }
  const [name = ""] = /^[a-z_]+/.exec(path.slice(1)) ?? [];
  const rest = path.slice(1 + name.length);
  const fieldsHere = (value ?? {}) as Readonly<Record<string, unknown>>;
  return { ...fieldsHere, [name]: replaced(fieldsHere[name], rest, by) };
}
