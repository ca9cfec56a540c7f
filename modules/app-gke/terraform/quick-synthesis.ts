import { TerraformElement, TerraformStack, Token, Tokenization } from "cdktf";
import type { IConstruct } from "constructs";
import stackTraces = require("cdktf/lib/tokens/private/stack-trace");
import expressions = require("cdktf/lib/tfExpression");
import tokenMaps = require("cdktf/lib/tokens/private/token-map");
import tokens = require("cdktf/lib/_tokens");
import { visitBeforeWriting } from "./before-writing";
import { quickenAttributes } from "./quick-attributes";

type Resolve = (scope: IConstruct, value: unknown, preparing?: boolean) => unknown;

/** Marks something in a text that is resolved later: cdktf 0.21, lib/tokens/private/encoding.js. */
const MARKER = "TfToken[";
/** A whole marker with its key, by the pattern that CDKTF uses. */
const REFERENCE = /\$\{TfToken\[([a-zA-Z0-9:._-]+)\]\}/g;
/** An expression of ours in a text. */
const EXPRESSION = /\$\{(?!TfToken\[)/;
/** Marks a text that stands for a list. */
const LIST_MARKER = "#{TfToken[";
/** A number in a text that may be a token, by the pattern that CDKTF uses. */
const ENCODED_NUMBER = /[-|\d.+]e[-|\d.eE+]/;
/** Numbers that are tokens are larger than all others. */
const LARGEST_NUMBER = 1e280;
const PLACEHOLDERS: readonly unknown[] = [
  Token.STRING_MAP_TOKEN_VALUE,
  Token.ANY_MAP_TOKEN_VALUE,
  Token.NUMBER_MAP_TOKEN_VALUE,
];
/** At this depth, CDKTF assumes that a value contains itself. */
const DEEPEST = 200;

let done = false;

/** The stack that is being written or prepared, and its texts with references, resolved. */
let current: { readonly stack: IConstruct; readonly texts: Map<string, string> } | undefined;

/**
 * Removes what takes most of the time of a synth in CDKTF 0.21: docs/benchmark.md says what that is. The output stays the same,
 * byte by byte. Everything that is wrong is left to CDKTF, and errors keep their stack traces.
 *
 * The library is no longer developed, so these places stay where they are.
 */
export function quickenSynthesis(): void {
  if (done) return;
  done = true;
  Object.assign(stackTraces, { captureStackTrace: () => [] });
  const original = tokens.resolve as Resolve;
  Object.assign(tokens, {
    resolve: (scope: IConstruct, value: unknown, preparing = false): unknown => {
      const resolve = (other: unknown): unknown => {
        if (typeof other !== "string" || current?.stack !== scope) return original(scope, other, preparing);
        const known = current.texts.get(other);
        if (known !== undefined) return known;
        const resolved = withReferences(scope, other) ?? original(scope, other, preparing);
        if (typeof resolved === "string") current.texts.set(other, resolved);
        return resolved;
      };
      try {
        if (current?.stack === scope && isWhole(value)) return resolveAdditions(value, resolve);
        return resolvePlain(value, resolve, 0);
      } catch {
        // CDKTF's own function reports the place of the mistake in the whole value.
        return original(scope, value, preparing);
      }
    },
  });
  Object.assign(tokenMaps.TokenMap.prototype, { registerStringKey });
  Object.assign(expressions, { dependable: onceFor(expressions.dependable) });
  quickenAttributes();
  const prototype = TerraformStack.prototype as { toTerraform: (this: TerraformStack) => unknown };
  const { toTerraform } = prototype;
  prototype.toTerraform = function (this: TerraformStack) {
    return asCurrent(this, () => toTerraform.call(this));
  };
}

/** @returns a function that makes a result once for each object: what many others wait for needs one reference, not one for each. */
function onceFor<Of extends object, Result>(make: (of: Of) => Result): (of: Of) => Result {
  const known = new WeakMap<Of, Result>();
  return (of) => {
    const found = known.get(of) ?? make(of);
    known.set(of, found);
    return found;
  };
}

/** As cdktf 0.21, lib/tokens/private/token-map.js, has it. */
function registerStringKey(this: tokenMaps.TokenMap, token: unknown, hint?: string): string {
  const map = this as unknown as { tokenCounter: number; readonly stringTokenMap: Map<string, unknown> };
  const key = `${hint ? hint.replace(/[^a-zA-Z0-9:._-]/g, ".") : "TOKEN"}.${map.tokenCounter}`;
  map.tokenCounter += 1;
  map.stringTokenMap.set(key, token);
  return key;
}

/** What stands behind a reference: cdktf 0.21, lib/tfExpression.js, `Reference` and `Dependable`. */
interface Referred {
  readonly identifier: unknown;
  readonly originStack: unknown;
  readonly dependable: { readonly fqn: unknown } | undefined;
}

/**
 * @returns a text with addresses in place of its references. `undefined` leaves it to CDKTF: a reference to another stack or to a
 * value that is produced late, or an expression of ours, in which references have no braces
 */
function withReferences(stack: IConstruct, text: string): string | undefined {
  if (EXPRESSION.test(text)) return undefined;
  const resolved = text.replace(REFERENCE, (reference, key: string) => addressOf(stack, key) ?? reference);
  return isPlain(resolved) ? resolved : undefined;
}

function addressOf(stack: IConstruct, key: string): string | undefined {
  const { identifier, originStack, dependable } = tokenMaps.TokenMap.instance().lookupToken(key) as unknown as Referred;
  if (dependable !== undefined) {
    // `depends_on` takes an address without braces.
    const address = typeof dependable.fqn === "string" ? withReferences(stack, dependable.fqn) : undefined;
    return address?.startsWith("${") ? address.slice(2, -1) : undefined;
  }
  return typeof identifier === "string" && originStack === stack ? `\${${identifier}}` : undefined;
}

/**
 * Prepares a stack as `prepareStack` does, and keeps each part as it is resolved: writing the stack would resolve all of them again,
 * with the same result. So nothing may change the stack in between.
 */
export function prepareOnce(stack: TerraformStack): void {
  if (!done || !visitBeforeWriting(stack)) {
    stack.prepareStack();
    return;
  }
  asCurrent(stack, () => {
    stack.ensureBackendExists();
    for (const element of stack.node.findAll()) {
      if (!TerraformElement.isTerraformElement(element)) continue;
      const part: unknown = tokens.resolve(stack, element.toTerraform() as unknown, true);
      Object.assign(element, { toTerraform: () => part });
    }
  });
}

function asCurrent<Result>(stack: TerraformStack, work: () => Result): Result {
  const before = current;
  current = { stack, texts: new Map() };
  try {
    return work();
  } finally {
    current = before;
  }
}

/** A stack whose parts are resolved: cdktf 0.21, `toTerraform` in lib/terraform-stack.js. */
interface Whole {
  readonly "//": { readonly metadata: { readonly overrides: { readonly stack: readonly string[] } | undefined } };
}

function isWhole(value: unknown): value is Whole & Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || !("//" in value)) return false;
  const notes = value["//"];
  return typeof notes === "object" && notes !== null && "metadata" in notes && "outputs" in notes;
}

/** Resolves what was added to the stack as a whole; all other parts are resolved already. */
function resolveAdditions(
  value: Whole & Readonly<Record<string, unknown>>,
  resolve: (value: unknown) => unknown,
): unknown {
  const added = value["//"].metadata.overrides?.stack ?? [];
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, part]) => [key, added.includes(key) ? resolvePlain(part, resolve, 0) : part] as const)
      .filter(([, part]) => part !== undefined),
  );
}

function resolvePlain(value: unknown, resolve: (value: unknown) => unknown, depth: number): unknown {
  if (isPlain(value)) return value;
  if (typeof value !== "object" || value === null || depth > DEEPEST) return resolve(value);
  if (Array.isArray(value)) {
    // A list of one reference may stand for a whole list.
    if (value.some(isForList)) return resolve(value);
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

/** Whether an entry may stand for the whole list that it is in; a function is refused. */
function isForList(item: unknown): boolean {
  if (typeof item === "string") return item.includes(LIST_MARKER);
  return typeof item !== "object" && !isPlain(item);
}

/** Whether nothing in a value has to be resolved. */
function isPlain(value: unknown): boolean {
  switch (typeof value) {
    case "string":
      return !value.includes(MARKER) && !ENCODED_NUMBER.test(value) && !PLACEHOLDERS.includes(value);
    case "number":
      return Math.abs(value) < LARGEST_NUMBER && !PLACEHOLDERS.includes(value);
    case "boolean":
    case "undefined":
      return true;
    default:
      return value === null || value instanceof Date;
  }
}
