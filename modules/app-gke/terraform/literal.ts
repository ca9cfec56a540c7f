/**
 * Stand-ins for the characters that begin something in a text that Terraform or CDKTF reads: `${` and `%{` a template,
 * `${TfToken[`, `#{TfToken[` and `&{TfToken[` a token of CDKTF's. Unicode keeps these code points from ever being
 * characters (https://www.unicode.org/faq/private_use.html#nonchar1), so no text has them: variable files and scripts with
 * one are refused.
 */
const STAND_INS: Readonly<Record<string, string>> = { $: "\uFDD0", "%": "\uFDD1", "#": "\uFDD2", "&": "\uFDD3" };
const CHARACTERS = new Map(Object.entries(STAND_INS).map(([character, standIn]) => [standIn, character]));

/** @returns whether a text has code points that stand for something else here, so that it cannot be kept as it is */
function hasStandIns(text: string): boolean {
  return /[\uFDD0-\uFDD3]/.test(text);
}

/**
 * Text that Terraform is to leave alone. What could begin an expression is replaced by a stand-in of the same length, on
 * which neither CDKTF nor a second call has an effect; `writeLiterals` has the last word. Text that leaves this program
 * by another way than a stack goes through `plain`.
 */
export function literal(text: string): string {
  // A dollar at its end as well: what the text is put before may be an expression of our own.
  return text.replace(/\$(?=\{|$)|[%#&](?=\{)/g, (character) => STAND_INS[character] ?? character);
}

/** @returns the value with every text in it literal, keys of objects included */
export function literals<T>(value: T): T {
  return mapTexts(value, literal) as T;
}

/** @returns a text as it was before `literal` */
export function plain(text: string): string {
  return text.replace(/[\uFDD0-\uFDD3]/g, (standIn) => CHARACTERS.get(standIn) ?? standIn);
}

/** @returns the value with every text in it as it was before `literal` */
export function plains<T>(value: T): T {
  return mapTexts(value, plain) as T;
}

/**
 * The one place where literal text is escaped: in a stack's JSON, whose texts and keys are templates to Terraform
 * (https://developer.hashicorp.com/terraform/language/syntax/json#expression-mapping). `$${` and `%%{` are the only
 * escapes there are, and a run of `$` before them is no part of them.
 */
export function writeLiterals<T>(value: T): T {
  return mapTexts(value, escaped) as T;
}

/** @returns a template that yields the text, literal parts and all */
export function escaped(text: string): string {
  if (!hasStandIns(text)) return text;
  return plain(
    text
      .replace(/[\uFDD0\uFDD1](?=\{)/g, "$&$&")
      // Before an expression of our own, it would be taken for its escape.
      .replace(/\uFDD0(?=\$\{)/g, '${"$&"}'),
  );
}

function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === "string") return map(value);
  if (Array.isArray(value)) return value.map((item: unknown) => mapTexts(item, map));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [map(key), mapTexts(item, map)]));
}
