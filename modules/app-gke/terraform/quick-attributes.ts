import { Tokenization } from "cdktf";
import { TerraformDynamicBlock } from "cdktf/lib/terraform-dynamic-block";
import util = require("cdktf/lib/util");

type Fields = Record<string, unknown>;

/** Names of arguments in snake case: there are a few hundred, each in many blocks. */
const words = new Map<string, string>();

/**
 * What `quickenSynthesis` does to how CDKTF puts a block's arguments together: the same functions (cdktf 0.21, lib/util.js)
 * in less time. CDKTF takes each name apart each time, and asks of each field of a new object what the object has there.
 */
export function quickenAttributes(): void {
  const { deepMerge, snakeCase } = util;
  const word = (name: string): string => {
    const known = words.get(name) ?? snakeCase(name);
    words.set(name, known);
    return known;
  };
  const inWords = (value: unknown): unknown => {
    if (typeof value !== "object" || Tokenization.isResolvable(value)) return value;
    if (Array.isArray(value)) return value.map(inWords);
    const result: Fields = {};
    for (const name of Object.keys(value as Fields)) {
      const field = (value as Fields)[name];
      if (name === "tags" || name === "environment") result[name] = field;
      else result[word(name)] = inWords(field);
    }
    return result;
  };
  Object.assign(util, {
    keysToSnakeCase: inWords,
    processDynamicAttributes,
    deepMerge: (target: unknown, ...sources: readonly unknown[]): unknown => {
      if (!isObject(target) || Tokenization.isResolvable(target) || !sources.every(isObject)) {
        // CDKTF's own function says what is wrong.
        return deepMerge(target, ...sources) as unknown;
      }
      for (const source of sources) merge(target, source);
      return target;
    },
  });
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function merge(target: Fields, source: Fields): void {
  for (const name of Object.keys(source)) {
    const value = source[name];
    const before = target[name];
    if (value === undefined) {
      if (name in target) Reflect.deleteProperty(target, name);
    } else if (Array.isArray(value)) {
      target[name] = Array.isArray(before) ? [...(before as unknown[]), ...(value as unknown[])] : value;
    } else if (!isObject(value) || Tokenization.isResolvable(value)) {
      target[name] = value;
    } else if (isObject(before)) {
      merge(before, value);
    } else {
      target[name] = copy(value);
    }
  }
}

/** @returns the same as merging into an empty object */
function copy(source: Fields): Fields {
  const result: Fields = {};
  for (const name of Object.keys(source)) {
    const value = source[name];
    if (value === undefined) continue;
    result[name] = isObject(value) && !Array.isArray(value) && !Tokenization.isResolvable(value) ? copy(value) : value;
  }
  return result;
}

function processDynamicAttributes(attributes: Fields): Fields {
  const result: Fields = {};
  for (const name of Object.keys(attributes)) {
    const value = attributes[name];
    if (!isObject(value)) {
      result[name] = value;
    } else if (TerraformDynamicBlock.isTerraformDynamicBlock(value)) {
      const dynamic = (result.dynamic ??= {}) as Fields;
      dynamic[name] = value.toTerraformDynamicBlockJson();
    } else {
      result[name] = value.constructor === Object ? processDynamicAttributes(value) : value;
    }
  }
  return result;
}
