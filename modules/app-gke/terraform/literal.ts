/**
 * Stand-ins for characters that begin something in texts that Terraform or CDKTF reads: `${` and `%{` a template,
 * `${TfToken[`, `#{TfToken[` and `&{TfToken[` a CDKTF token. Unicode will never assign characters to these code points
 * (https://www.unicode.org/faq/private_use.html#nonchar1), so no text contains them: variable files and scripts that do
 * are refused.
 */
const STAND_INS: Readonly<Record<string, string>> = { $: "\uFDD0", "%": "\uFDD1", "#": "\uFDD2", "&": "\uFDD3" };
const CHARACTERS = new Map(Object.entries(STAND_INS).map(([character, standIn]) => [standIn, character]));

/** @returns whether a text contains stand-ins, so that it cannot be kept as it is */
function hasStandIns(text: string): boolean {
  return /[\uFDD0-\uFDD3]/.test(text);
}

/**
 * Marks a text that Terraform must leave alone. What could begin an expression is replaced by a stand-in of the same
 * length, which neither CDKTF nor a second call changes; `writeLiterals` escapes it in the end. A text that leaves this
 * program in any other way than in a stack goes through `plain`.
 */
export function literal(text: string): string {
  // A dollar sign at the end as well: the text may be followed by an expression of ours.
  return text.replace(/\$(?=\{|$)|[%#&](?=\{)/g, (character) => STAND_INS[character] ?? character);
}

/** @returns the value with all texts in it marked, including keys of objects */
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
 * The only place where marked text is escaped: in a stack's JSON, whose texts and keys are templates for Terraform
 * (https://developer.hashicorp.com/terraform/language/syntax/json#expression-mapping). `$${` and `%%{` are the only
 * escapes, and other `$` in front of them do not belong to them.
 */
export function writeLiterals<T>(value: T): T {
  return mapTexts(value, escaped) as T;
}

/** @returns a template that yields the text, including its marked parts */
export function escaped(text: string): string {
  if (!hasStandIns(text)) return text;
  return plain(
    text
      .replace(/[\uFDD0\uFDD1](?=\{)/g, "$&$&")
      // A dollar sign in front of an expression of ours would be read as an escape.
      .replace(/\uFDD0(?=\$\{)/g, '${"$&"}'),
  );
}

/** @returns the value itself where no text changes */
function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === "string") return map(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => mapTexts(item, map));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  // Most objects have no such text, and are passed on without a copy.
  let result: [string, unknown][] | undefined;
  const names = Object.keys(fields);
  for (const [index, name] of names.entries()) {
    const item = fields[name];
    const entry: [string, unknown] = [map(name), mapTexts(item, map)];
    if (entry[0] !== name || entry[1] !== item) result ??= names.slice(0, index).map((same) => [same, fields[same]]);
    result?.push(entry);
  }
  return result ? Object.fromEntries(result) : value;
}
