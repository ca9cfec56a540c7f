import { type Format, paint } from "../../modules/dify-gke/colors";
import { printable } from "../../modules/dify-gke/printable";
import type { Attribute, Change, Kind } from "./change";
import { describeValues } from "./values";

/** Signs as in Terraform's plans. */
const SIGNS: Readonly<Record<Kind, readonly [sign: string, format: Format]>> = {
  replaced: ["-/+", "red"],
  removed: ["  -", "red"],
  added: ["  +", "green"],
  changed: ["  ~", "yellow"],
  moved: ["  >", "cyan"],
  renamed: ["  >", "cyan"],
};
const WIDTH = 120;
const ORDER = Object.keys(SIGNS) as Kind[];

const EFFECTS = {
  replaces: "  (cannot be changed in place)",
  ignored: "  (ignored: lifecycle)",
  same: "  (the same value)",
} as const;

export interface ReportOptions {
  /** Whether attributes are listed. */
  readonly attributes: boolean;
  readonly color: boolean;
}

/** The same changes in some of the variants. */
interface Section {
  readonly variants: readonly string[];
  readonly changes: Change[];
}

/**
 * @param changes of each compared variant, by its name
 * @returns lines: a difference that several variants share is printed once
 */
export function report(changes: ReadonlyMap<string, readonly Change[]>, options: ReportOptions): string[] {
  const sections = groupByVariants(changes);
  return [
    ...sections.flatMap((section) => [
      ...wrap(heading(section.variants, [...changes.keys()])).map((line) => paint(options.color, "bold", line)),
      "",
      ...stacksOf(section).flatMap(([stack, list]) => [`  ${stack}`, ...sectionLines(list, options), ""]),
    ]),
    ...summary(changes, options),
  ];
}

function groupByVariants(changes: ReadonlyMap<string, readonly Change[]>): Section[] {
  const variantsOf = new Map<string, { readonly change: Change; readonly variants: string[] }>();
  for (const [variant, list] of changes) {
    for (const change of list) {
      const key = JSON.stringify(change);
      const known = variantsOf.get(key) ?? { change, variants: [] };
      known.variants.push(variant);
      variantsOf.set(key, known);
    }
  }
  const sections = new Map<string, Section>();
  for (const { change, variants } of variantsOf.values()) {
    const key = JSON.stringify(variants);
    const section = sections.get(key) ?? { variants, changes: [] };
    section.changes.push(change);
    sections.set(key, section);
  }
  return [...sections.values()].sort((a, b) => b.variants.length - a.variants.length);
}

function heading(variants: readonly string[], all: readonly string[]): string {
  const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(", ");
  if (all.length === 1) return `In ${quoted(all)}`;
  if (variants.length === all.length) return `In all ${all.length} variants`;
  const others = all.filter((name) => !variants.includes(name));
  if (others.length < variants.length) return `In ${variants.length} variants: all but ${quoted(others)}`;
  return `In ${variants.length === 1 ? "" : `${variants.length} variants: `}${quoted(variants)}`;
}

function wrap(text: string): string[] {
  const lines = [""];
  for (const part of text.split(/(?<=",?) (?=")/)) {
    const line = lines.at(-1) ?? "";
    if (line === "" || line.length + part.length < WIDTH)
      lines[lines.length - 1] = line === "" ? part : `${line} ${part}`;
    else lines.push(`  ${part}`);
  }
  return lines;
}

function stacksOf({ changes }: Section): [string, Change[]][] {
  const names = [...new Set(changes.map(({ stack }) => stack))].sort();
  return names.map((name) => [name, changes.filter(({ stack }) => stack === name)]);
}

/** Addresses with the same differences are listed together, above them. */
function sectionLines(changes: readonly Change[], options: ReportOptions): string[] {
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    const { kind, attributes, remarks } = change;
    const key = JSON.stringify([kind, options.attributes ? attributes : [], remarks]);
    groups.set(key, [...(groups.get(key) ?? []), change]);
  }
  return [...groups.values()]
    .sort(([a], [b]) => ORDER.indexOf(a?.kind ?? "changed") - ORDER.indexOf(b?.kind ?? "changed"))
    .flatMap((group) => {
      const [first] = group;
      const details = first
        ? [...first.remarks, ...(options.attributes ? first.attributes.flatMap((one) => attributeLines(one)) : [])]
        : [];
      return [
        ...group.map((change) => title(change, options.color)),
        // Values are the variable files' own: nothing of them may reach the terminal as more than text.
        ...details.map((line) => printable(`          ${line}`.trimEnd())),
      ];
    });
}

function title({ kind, address, from }: Change, color: boolean): string {
  const [sign, format] = SIGNS[kind];
  return paint(color, format, printable(`  ${sign} ${from === undefined ? address : `${address}, before ${from}`}`));
}

function attributeLines({ path, before, after, effect }: Attribute): string[] {
  const { line, more } = describeValues(before, after);
  return [`${path || "(everything)"}: ${line}${effect ? EFFECTS[effect] : ""}`, ...more.map((text) => `    ${text}`)];
}

/** Addresses are counted once, in however many variants they differ; replacements are named again. */
function summary(changes: ReadonlyMap<string, readonly Change[]>, { color }: ReportOptions): string[] {
  const all = [...changes.values()].flat();
  const of = (kind: Kind): string[] => [
    ...new Set(all.filter((one) => one.kind === kind).map(({ stack, address }) => `${stack} ${address}`)),
  ];
  const counts = ORDER.flatMap((kind) =>
    of(kind).length > 0 ? [paint(color, SIGNS[kind][1], `${of(kind).length} ${kind}`)] : [],
  );
  const variants = [...changes.values()].filter((list) => list.length > 0).length;
  if (variants === 0) return [`Nothing differs in ${changes.size} ${changes.size === 1 ? "variant" : "variants"}.`];
  const replaced = of("replaced").sort();
  return [
    `${counts.join(", ")}, in ${variants} of ${changes.size} variants.`,
    ...(replaced.length > 0 ? ["", "Would be replaced:", ...replaced.map((one) => `  ${one}`)] : []),
  ];
}
