import { z } from "zod";
import { type Definition, definitions } from "../../modules/dify-gke/variables";
import { inner } from "../../modules/dify-gke/variables/describe";
import { VARIANTS } from "../terraform/variants";
import type { Given } from "../terraform/synth";
import { effectCases } from "../variables/effects";
import { casesOf } from "../variables/effects/measure";
import { replaced, variableOf } from "../variables/effects/paths";

/** What a small, good file says. */
export const GOOD: Given = { project_id: "demo-project", require_services_gcp_module: false };

/** Variables that a file may give a value. */
export const settable: readonly Definition[] = definitions.filter(({ sensitive }) => !sensitive);

/** Everything that the other tests know to be good, each a whole file: variants, and values that have to count. */
export const good: readonly Given[] = [
  ...Object.values(VARIANTS),
  ...Object.keys(effectCases).flatMap((path) =>
    casesOf(effectCases, path).flatMap(({ value, with: together = {} }) => {
      const variable = variableOf(path) as keyof Given;
      const definition = definitions.find(({ name }) => name === variable);
      if (!definition || definition.sensitive) return [];
      const start = variable in together ? together[variable] : definition.default;
      return [{ ...together, [variable]: replaced(start, path.slice(variable.length), value) }];
    }),
  ),
];

/** Where a text can stand in a file, and a good file to put it in. */
export interface TextPlace {
  /** `environment_variables{}`, `cron_jobs[].name`; `{key}` is the name of an entry of a map. */
  readonly path: string;
  readonly file: Given;
  /** Names, numbers and `KEY` on the way to it. */
  readonly steps: readonly (string | number)[];
  /** Whether it is the key of a map that is replaced, and not its value. */
  readonly isKey: boolean;
}

/** @returns every place of a text: variables, fields of objects, entries of lists and maps, and the names of these entries */
export function textPlaces(): readonly TextPlace[] {
  const found = new Map<string, TextPlace>();
  for (const file of [...good, ...MAPS]) {
    for (const [name, value] of Object.entries(file)) {
      const definition = settable.find((each) => each.name === name);
      if (definition) collect(definition.schema, value, name, [name], file, found);
    }
  }
  for (const { name, schema } of settable) {
    if (isText(inner(schema)) && !found.has(name))
      found.set(name, { path: name, file: {}, steps: [name], isKey: false });
  }
  return [...found.values()];
}

/** Maps that no variant fills. */
const MAPS: readonly Given[] = [
  { resource_labels: { a: "b" } },
  { service_annotations: { a: "b" }, service_labels: { a: "b" } },
  { environment_variables: { A: "b" } },
];

function isText(schema: z.core.$ZodType): boolean {
  return schema instanceof z.ZodString || schema instanceof z.ZodEnum || schema instanceof z.ZodUnion;
}

function collect(
  schema: z.core.$ZodType,
  value: unknown,
  path: string,
  steps: readonly (string | number)[],
  file: Given,
  found: Map<string, TextPlace>,
): void {
  const plain = inner(schema);
  const add = (at: string, isKey: boolean): void => {
    if (!found.has(at)) found.set(at, { path: at, file, steps, isKey });
  };
  if (isText(plain)) add(path, false);
  else if (plain instanceof z.ZodArray && Array.isArray(value))
    value.forEach((item, index) => {
      collect(plain.element, item, `${path}[]`, [...steps, index], file, found);
    });
  else if (plain instanceof z.ZodRecord && isObject(value))
    for (const [key, item] of Object.entries(value)) {
      if (!found.has(`${path}{key}`))
        found.set(`${path}{key}`, { path: `${path}{key}`, file, steps: [...steps, key], isKey: true });
      collect(plain.valueType, item, `${path}{}`, [...steps, key], file, found);
    }
  else if (plain instanceof z.ZodObject && isObject(value))
    for (const [name, field] of Object.entries<z.core.$ZodType>(plain.shape)) {
      const at = `${path}.${name}`;
      // A field that the file lacks can be added to its object.
      if (name in value) collect(field, value[name], at, [...steps, name], file, found);
      else if (isText(inner(field)) && !found.has(at))
        found.set(at, { path: at, file, steps: [...steps, name], isKey: false });
    }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
