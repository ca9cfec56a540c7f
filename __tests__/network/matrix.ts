import type { Pod } from "./cluster";
import { type Answer, answer, type Compared, destinations, origins } from "./connections";
import type { End } from "./passes";

/** What a cell shows of a port, or of a destination with one. */
const SIGNS: Readonly<Record<Answer, (what: string) => string>> = {
  always: (what) => what,
  "without segmentation": (what) => `(${what})`,
  never: () => "",
};

/** @returns tables of what passes, in Markdown: between pods, out of them, and into them */
export function matrix(compared: Compared): string {
  const pods = [...compared.segmented.pods].sort((a, b) => (a.name < b.name ? -1 : 1));
  const serving = pods.filter(({ ports }) => ports.length > 0);
  const cell = (from: End | undefined, to: Pod): string =>
    to.ports
      .map(({ containerPort: port }) => (from ? SIGNS[answer(compared, from, to, port)](String(port)) : ""))
      .filter(Boolean)
      .join(" ");
  const outside = Object.entries(destinations);
  return [
    table(
      ["From ↓ to →", ...serving.map(({ name }) => name)],
      pods.map((from) => [from.name, ...serving.map((to) => cell(from, to))]),
    ),
    table(
      ["From ↓ to →", ...outside.map(([name]) => name)],
      pods.map((from) => [
        from.name,
        ...outside.map(([, { end, port, protocol }]) => SIGNS[answer(compared, from, end, port, protocol)]("yes")),
      ]),
    ),
    table(
      ["From ↓ to →", ...serving.map(({ name }) => name)],
      Object.entries(origins).map(([name, from]) => [name, ...serving.map((to) => cell(from(to), to))]),
    ),
  ].join("\n\n");
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(titles), line(titles.map(() => "---")), ...rows.map(line)].join("\n");
}
