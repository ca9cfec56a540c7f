import { diffArrays } from "diff";

/** One attribute that differs. */
export interface Difference {
  /** `spec.template.spec.container[api].image`; elements by name if they have one, otherwise by number. */
  readonly path: string;
  /** `undefined` if it is missing. */
  readonly before: unknown;
  readonly after: unknown;
}

/** @returns the attributes in which two values differ, one by one; what is only on one side is one difference */
export function differences(before: unknown, after: unknown, path = ""): Difference[] {
  if (equal(before, after)) return [];
  const [one, other] = unwrapped(before, after);
  if (Array.isArray(one) && Array.isArray(other)) return inLists(one, other, path);
  if (isObject(one) && isObject(other)) {
    const names = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...names].flatMap((name) => differences(one[name], other[name], path === "" ? name : `${path}.${name}`));
  }
  return [{ path, before: one, after: other }];
}

/** @returns all values within a value that have no parts, by path */
export function leaves(value: unknown, path = ""): { readonly path: string; readonly value: unknown }[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leaves(item, `${path}[${index}]`));
  if (!isObject(value)) return value === undefined ? [] : [{ path, value }];
  return Object.entries(value).flatMap(([name, item]) => leaves(item, path === "" ? name : `${path}.${name}`));
}

/** Terraform treats a block as a list of one. */
function unwrapped(before: unknown, after: unknown): readonly [unknown, unknown] {
  const one = (value: unknown): unknown =>
    Array.isArray(value) && value.length === 1 && isObject(value[0]) ? value[0] : value;
  return [isObject(after) ? one(before) : before, isObject(before) ? one(after) : after];
}

function inLists(before: readonly unknown[], after: readonly unknown[], path: string): Difference[] {
  const [one, other] = [byName(before), byName(after)];
  if (one && other) {
    const names = [...new Set([...one.keys(), ...other.keys()])];
    const found = names.flatMap((name) => differences(one.get(name), other.get(name), `${path}[${name}]`));
    // The same elements in another order.
    return found.length > 0 ? found : [{ path, before: [...one.keys()], after: [...other.keys()] }];
  }
  if ([...before, ...after].every((item) => !isObject(item) && !Array.isArray(item))) {
    const gone = before.filter((item) => !after.includes(item));
    const come = after.filter((item) => !before.includes(item));
    if (gone.length + come.length === 0) return [{ path, before, after }];
    return [
      ...gone.map((item) => ({ path: `${path}[]`, before: item, after: undefined })),
      ...come.map((item) => ({ path: `${path}[]`, before: undefined, after: item })),
    ];
  }
  return inSequence(before, after, path);
}

/**
 * Elements without a name: those that are equal on both sides are left out, and the ones between are compared one by
 * one.
 */
function inSequence(before: readonly unknown[], after: readonly unknown[], path: string): Difference[] {
  const found: Difference[] = [];
  let index = 0;
  let gone: unknown[] = [];
  const compareGone = (come: readonly unknown[]): void => {
    for (let offset = 0; offset < Math.max(gone.length, come.length); offset++) {
      found.push(...differences(gone[offset], come[offset], `${path}[${index + offset}]`));
    }
    gone = [];
  };
  for (const { value, added, removed } of diffArrays([...before], [...after], { comparator: equal })) {
    if (removed) gone = value;
    else {
      compareGone(added ? value : []);
      index += value.length;
    }
  }
  compareGone([]);
  return found;
}

/** Elements by name; `undefined` if some have no name, or two have the same. */
function byName(list: readonly unknown[]): ReadonlyMap<string, unknown> | undefined {
  const named = new Map<string, unknown>();
  for (const item of list) {
    const name = isObject(item) ? (item.name ?? item.key ?? item.id) : undefined;
    if (typeof name !== "string" || named.has(name)) return undefined;
    named.set(name, item);
  }
  return named;
}

function equal(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
