/** @returns a value for a message: JSON, on one line, shortened. */
export function shorten(value: unknown, limit = 80): string {
  // Not every value has a JSON form, despite the signature: undefined has none, and numbers that are none become null.
  const json = typeof value === "number" ? String(value) : (JSON.stringify(value) as string | undefined);
  const text = withoutCredentials(json ?? "nothing");
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}

/**
 * A letter of another alphabet, or a hyphen that is none, looks like the one that is meant. What cannot be seen at all is
 * shown by number anyway.
 * @returns the first such character of a name with its number: `о (U+043E)`
 */
export function lookAlike(name: string): string | undefined {
  const [character] = /(?=[^\0-\x7F])[\p{L}\p{N}\p{P}\p{S}]/u.exec(name) ?? [];
  if (character === undefined || !/[A-Za-z0-9]/.test(name)) return undefined;
  const number = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `${character} (U+${number})`;
}

/** Words of a message that are longer than this are shortened in the middle. */
const LONGEST_WORD = 120;
const LONGEST_MESSAGE = 1500;
const KEPT = 400;

/** Between a scheme and a host, also where a blank, a slash or another @ is in the password; a path joined by Node has one slash. */
const USER_OF_ADDRESS = /:\/{1,2}(?:[^\s"@/:]{0,100}:[^"]{0,300}|[^\s"]{0,300})@/g;
/** The same without a scheme; digests of images (`postgres:15@sha256:…`) and members of policies (`user:me@example.com`) are left. */
const USER_OF_HOST =
  /(^|[\s"'=(,])(?!(?:user|group|serviceAccount|domain):)[\w.%+-]{0,60}:[^\s"@/]{1,200}@(?!sha\d{3}:)(?=[\w[])/g;
/** A parameter of an address that says that it is one: `?token=…`. */
const SECRET_PARAMETER =
  /([?&;][\w.~-]{0,40}(?:token|key|secret|passw|pwd|sig|credential)[\w.~-]{0,20}=)[^\s&;"]{1,400}/gi;

/** An address without its user and password, and without the values of parameters that are secrets. */
function withoutCredentials(text: string): string {
  return text.replace(USER_OF_ADDRESS, "://…@").replace(USER_OF_HOST, "$1…@").replace(SECRET_PARAMETER, "$1…");
}

/** @returns a message that can be read at a glance, whatever value is in it */
export function readable(message: string): string {
  const words = withoutCredentials(message).replace(/\S+/g, (word) =>
    word.length <= LONGEST_WORD ? word : `${word.slice(0, LONGEST_WORD / 2)}…${word.slice(-LONGEST_WORD / 4)}`,
  );
  return words.length <= LONGEST_MESSAGE ? words : `${words.slice(0, KEPT)} … ${words.slice(-KEPT)}`;
}

/**
 * @param part how much of what was written may be wrong, if it is longer than two characters
 * @returns the known name that is closest to what was written, if one is close enough
 */
export function nearest(written: string, known: Iterable<string>, part = 1 / 3): string | undefined {
  const lower = written.toLowerCase();
  let best: string | undefined;
  let limit = Math.max(2, Math.floor(written.length * part));
  for (const name of known) {
    const distance = editDistance(lower, name.toLowerCase(), limit);
    if (distance > limit) continue;
    best = name;
    if (distance === 0) break;
    // From here on, only closer names count.
    limit = distance - 1;
  }
  return best;
}

/**
 * Levenshtein distance: insertions, deletions and substitutions.
 * @returns the distance if it is within the limit, otherwise something larger than the limit, because there are
 * thousands of known names
 */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return Infinity;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const distance = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, substitution);
      current.push(distance);
      if (distance < least) least = distance;
    }
    if (least > limit) return Infinity;
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** @returns `a`, `a and b`, `a, b and c` */
export function inWords(words: readonly string[]): string {
  const [last = "", ...others] = [...words].reverse();
  return others.length === 0 ? last : `${others.reverse().join(", ")} and ${last}`;
}
