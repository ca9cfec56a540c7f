import { Token, Tokenization } from "cdktf";
import type { IConstruct } from "constructs";
import stackTraces = require("cdktf/lib/tokens/private/stack-trace");
import tokens = require("cdktf/lib/_tokens");

type Resolve = (scope: IConstruct, value: unknown, preparing?: boolean) => unknown;

/** Marks something in a text that is resolved later: cdktf 0.21, lib/tokens/private/encoding.js. */
const MARKER = "TfToken[";
/** A number in a text that may be a token, by the pattern that CDKTF uses. */
const ENCODED_NUMBER = /[-|\d.+]e[-|\d.eE+]/;
/** Numbers that are tokens are larger than all others: their exponent marks them. */
const LARGEST_NUMBER = 1e280;
const PLACEHOLDERS: ReadonlySet<unknown> = new Set([
  Token.STRING_MAP_TOKEN_VALUE,
  Token.ANY_MAP_TOKEN_VALUE,
  Token.NUMBER_MAP_TOKEN_VALUE,
]);
/** At this depth, CDKTF assumes that a value contains itself. */
const DEEPEST = 200;

let done = false;

/**
 * Removes the two things in CDKTF 0.21 that take most of the time of a synth. The output stays the same, byte by byte.
 * - Stack traces: it takes thousands, of any depth, for the error about a reference that cannot be resolved. Errors
 *   keep theirs.
 * - Looking for references: it examines every value three times, with a dozen objects for each. Nearly all values are
 *   plain and are passed on as they are; the rest, and everything that is wrong, is left to CDKTF.
 *
 * The library is no longer developed, so these two places stay where they are.
 */
export function quickenSynthesis(): void {
  if (done) return;
  done = true;
  Object.assign(stackTraces, { captureStackTrace: () => [] });
  const original = tokens.resolve as Resolve;
  Object.assign(tokens, {
    resolve: (scope: IConstruct, value: unknown, preparing = false): unknown => {
      try {
        return resolvePlain(value, (other) => original(scope, other, preparing), 0);
      } catch {
        // It reports the place of the mistake in the whole value.
        return original(scope, value, preparing);
      }
    },
  });
}

function resolvePlain(value: unknown, resolve: (value: unknown) => unknown, depth: number): unknown {
  if (isPlain(value)) return value;
  if (typeof value !== "object" || value === null || depth > DEEPEST) return resolve(value);
  if (Array.isArray(value)) {
    // A list of one reference may stand for a whole list.
    if (value.some((item) => typeof item !== "object" && !isPlain(item))) return resolve(value);
    return value.map((item) => resolvePlain(item, resolve, depth + 1)).filter((item) => item !== undefined);
  }
  const keys = Object.keys(value);
  if (Tokenization.isResolvable(value) || "_children" in value || keys.some((key) => !isPlain(key))) {
    return resolve(value);
  }
  const result: Record<string, unknown> = {};
  for (const key of keys) {
    const item = resolvePlain((value as Readonly<Record<string, unknown>>)[key], resolve, depth + 1);
    if (item !== undefined) result[key] = item;
  }
  return result;
}

/** Whether nothing in a value has to be resolved. */
function isPlain(value: unknown): boolean {
  switch (typeof value) {
    case "string":
      return !value.includes(MARKER) && !ENCODED_NUMBER.test(value) && !PLACEHOLDERS.has(value);
    case "number":
      return Math.abs(value) < LARGEST_NUMBER && !PLACEHOLDERS.has(value);
    case "boolean":
    case "undefined":
      return true;
    default:
      return value === null || value instanceof Date;
  }
}
