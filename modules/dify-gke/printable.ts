/**
 * A file can contain characters that move a terminal's cursor, change colors or reverse the direction of text: these
 * are shown by number.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) =>
    character === "\n" || character === "\t" ? character : byNumber(character),
  );
}

/** The same for a text that has to stay on one line. */
export function onOneLine(text: string): string {
  return printable(text).replace(/[\n\t]/g, byNumber);
}

/** In JSON's notation, which JSON readers decode. */
function byNumber(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`,
  ).join("");
}
