import { diffLines } from "diff";

/** Characters of a value that are shown. */
const WIDTH = 100;
/** Characters that are shown around a difference in a long value. */
const CONTEXT = 24;
/** Lines of a text that are shown. */
const LINES = 12;

/** @returns two values as text: on one line, or the lines that differ if one has several */
export function describeValues(before: unknown, after: unknown): { readonly line: string; readonly more: string[] } {
  if (typeof before === "string" && typeof after === "string" && `${before}${after}`.includes("\n")) {
    const changed = diffLines(before, after).flatMap(({ value, added, removed }) =>
      added || removed
        ? value
            .replace(/\n$/, "")
            .split("\n")
            .map((line) => `${added ? "+" : "-"} ${shorten(line)}`)
        : [],
    );
    const left = changed.length - LINES;
    const more = left > 1 ? [...changed.slice(0, LINES), `… and ${left} lines more`] : changed;
    return { line: "these lines", more };
  }
  const [one, other] = excerpts(text(before), text(after));
  if (before === undefined) return { line: `+ ${shorten(other)}`, more: [] };
  if (after === undefined) return { line: `- ${shorten(one)}`, more: [] };
  return { line: `${shorten(one)} → ${shorten(other)}`, more: [] };
}

function text(value: unknown): string {
  return value === undefined ? "" : JSON.stringify(value);
}

/** The part of two long texts that differs, with a little around it. */
function excerpts(before: string, after: string): readonly [string, string] {
  if (before.length <= WIDTH && after.length <= WIDTH) return [before, after];
  if (before === "" || after === "") return [before, after];
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const from = Math.max(0, start - CONTEXT);
  const to = Math.max(0, end - CONTEXT);
  const cut = (value: string): string =>
    `${from > 0 ? "…" : ""}${value.slice(from, value.length - to)}${to > 0 ? "…" : ""}`;
  return [cut(before), cut(after)];
}

function shorten(value: string): string {
  return value.length <= WIDTH ? value : `${value.slice(0, WIDTH - 1)}…`;
}
