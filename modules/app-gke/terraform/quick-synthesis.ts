import { Token, Tokenization } from "cdktf";
import type { IConstruct } from "constructs";
import stackTraces = require("cdktf/lib/tokens/private/stack-trace");
import tokens = require("cdktf/lib/_tokens");

type Resolve = (scope: IConstruct, value: unknown, preparing?: boolean) => unknown;

/** What stands for something that is resolved later, in a text: cdktf 0.21, lib/tokens/private/encoding.js. */
const MARKER = "TfToken[";
/** A number in a text that may stand for something, as CDKTF looks for it there. */
const ENCODED_NUMBER = /[-|\d.+]e[-|\d.eE+]/;
/** Numbers that stand for something are beyond all others: their exponent marks them. */
const LARGEST_NUMBER = 1e280;
const PLACEHOLDERS: ReadonlySet<unknown> = new Set([
  Token.STRING_MAP_TOKEN_VALUE,
  Token.ANY_MAP_TOKEN_VALUE,
  Token.NUMBER_MAP_TOKEN_VALUE,
]);
/** From this depth on CDKTF takes a value for one that contains itself. */
const DEEPEST = 200;

let done = false;

/**
 * Takes the two things out of CDKTF 0.21 that most of a synth's time goes into. What is written stays the same to the byte.
 *
 * - Stack traces: it takes thousands, of any depth, for the error about a reference that cannot be resolved. Errors keep
 *   theirs.
 * - Looking for references: it looks at every value three times, with a dozen objects made for each. Nearly all values are
 *   plain. Those are passed on as they are here, and the others, and whatever is wrong, left to CDKTF.
 *
 * The library's development has ended, so these two places stay where they are.
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
        // It says where in the whole value the mistake is.
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

/** Whether nothing can be in a value that has to be resolved. */
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
