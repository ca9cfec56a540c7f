const [BEGIN, END] = ["<!-- Written by `npm run docs` -->", "<!-- until here -->"];

/** @throws where a page has no part that is written */
function bounds(page: string): readonly [from: number, to: number] {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`The page has no part between ${BEGIN} and ${END}`);
  return [from + BEGIN.length, to];
}

/** @returns the part of a page by hand that `npm run docs` writes */
export function writtenIn(page: string): string {
  return page.slice(...bounds(page));
}

/** @returns the page with that part */
export function withWritten(page: string, text: string): string {
  const [from, to] = bounds(page);
  return `${page.slice(0, from)}\n\n${text.trim()}\n\n${page.slice(to)}`;
}
