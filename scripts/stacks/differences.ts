import { diffArrays } from "diff";

/** One attribute that differs. */
export interface Difference {
  /** `spec.template.spec.container[api].image`; elements by name where they have one, else by number. */
  readonly path: string;
  /** `undefined` where there is none. */
  readonly before: unknown;
  readonly after: unknown;
}

/** @returns the attributes in which two values differ, leaf by leaf; what stands on one side only is one difference. */
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

/** @returns paths of all leaves of a value, each with its value */
export function leaves(value: unknown, path = ""): { readonly path: string; readonly value: unknown }[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leaves(item, `${path}[${index}]`));
  if (!isObject(value)) return value === undefined ? [] : [{ path, value }];
  return Object.entries(value).flatMap(([name, item]) => leaves(item, path === "" ? name : `${path}.${name}`));
}

/** Terraform takes a block for a list of one. */
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

/** Elements without a name: what is equal on both sides stays out, and what stands between is compared one by one. */
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

/** Elements by what names them; `undefined` where not all are named, or two alike. */
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
