/** @returns a value for a message: JSON, on one line, shortened. */
export function shorten(value: unknown, limit = 80): string {
  // Not every value has a JSON form, whatever the signature says: undefined has none.
  const text = (JSON.stringify(value) as string | undefined) ?? "nothing";
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}

/**
 * @param part of what was written that may be wrong, where that is more than two characters
 * @returns the known name that is closest to what was written, where one is close enough to be meant
 */
export function nearest(written: string, known: Iterable<string>, part = 1 / 3): string | undefined {
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of known) {
    const distance = editDistance(written.toLowerCase(), name.toLowerCase());
    if (!best || distance < best.distance) best = { name, distance };
  }
  return best && best.distance <= Math.max(2, Math.floor(written.length * part)) ? best.name : undefined;
}

/** Levenshtein distance: insertions, deletions and substitutions. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, substitution));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
