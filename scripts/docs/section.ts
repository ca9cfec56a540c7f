/** The marks around a part that `npm run docs` writes; a page with several of them names each. */
function marks(name?: string): readonly [begin: string, end: string] {
  const suffix = name === undefined ? "" : `: ${name}`;
  return [`<!-- Written by \`npm run docs\`${suffix} -->`, `<!-- until here${suffix} -->`];
}

/** @throws if the page has no such part */
function bounds(page: string, name?: string): readonly [from: number, to: number] {
  const [begin, end] = marks(name);
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`The page has no part between ${begin} and ${end}`);
  return [from + begin.length, to];
}

/** @returns the part that `npm run docs` writes in a page that is otherwise by hand */
export function writtenIn(page: string): string {
  return page.slice(...bounds(page));
}

/**
 * @param name of the part @default - the page has one
 * @returns the page with that part
 */
export function withWritten(page: string, text: string, name?: string): string {
  const [from, to] = bounds(page, name);
  return `${page.slice(0, from)}\n\n${text.trim()}\n\n${page.slice(to)}`;
}
