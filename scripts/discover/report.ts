import { printable } from "../../modules/dify-gke/printable";
import type { Console } from "../terminal/console";
import type { Candidate, Kind, Lack, Wanted } from "./kind";
import type { Seen } from "./look";
import { type Home, ownOf, usersOf, wantedOf } from "./wanted";

/** One service, as the table and `--json` show it. */
export interface Row {
  readonly name: string;
  readonly location: string;
  readonly network: string | null;
  /** Project of that network. `null`: the environment's, or not told. */
  readonly networkProject: string | null;
  readonly facts: readonly string[];
  /** Environments of the directory that use it. */
  readonly usedBy: readonly string[];
  /** Made by the environment's own foundation. */
  readonly own: boolean;
  /** `null`: nothing in the file names one. */
  readonly fits: boolean | null;
  readonly lacks: readonly Lack[];
}

/** One kind, likewise. Fields are added, and none gets another meaning. */
export interface Shelf extends Pick<Seen, "status" | "why" | "help"> {
  readonly id: string;
  readonly title: string;
  readonly variable: string | null;
  /** What the file says. */
  readonly value: string | null;
  readonly services: readonly Row[];
}

/** @returns what was seen, compared with what an environment wants */
export function shelves(seen: readonly Seen[], environment: Home): Shelf[] {
  const wanted = wantedOf(environment);
  return seen.map((one) => {
    const { kind, candidates, status, why, help } = one;
    const own = ownOf(one, environment);
    const users = usersOf(kind, environment);
    const rows = candidates.map((candidate): Row => {
      const { name, location, network = null, networkProject, facts } = candidate;
      const lacks = candidate.lacks?.(wanted) ?? [];
      const fits = kind.variable === undefined && candidate.lacks === undefined ? null : lacks.length === 0;
      return {
        name,
        location,
        network,
        networkProject:
          networkProject === undefined || networkProject === wanted.variables.project_id ? null : networkProject,
        facts,
        usedBy: usedBy(users, kind, candidate, wanted),
        own: name === own,
        fits,
        lacks,
      };
    });
    const value = kind.variable === undefined ? null : wanted.variables[kind.variable];
    return {
      id: kind.id,
      title: kind.title,
      variable: kind.variable ?? null,
      value,
      status,
      why,
      help,
      services: rows,
    };
  });
}

/** A Redis is in the file by its host. */
function usedBy(users: ReadonlyMap<string, readonly string[]>, { variable }: Kind, one: Candidate, wanted: Wanted) {
  const host = variable === undefined ? undefined : one.sets?.(wanted).values[variable];
  return users.get(one.name) ?? users.get(String(host ?? "")) ?? [];
}

/** Prints the table. */
export function show(all: readonly Shelf[], output: Console): void {
  for (const shelf of all) {
    output.line();
    output.line(`${output.paint("bold", shelf.title)}${said(shelf)}`);
    const { services, status, why } = shelf;
    const width = (of: (row: Row) => string): number =>
      Math.max(0, ...services.map((row) => printable(of(row)).length));
    const [names, places] = [width(({ name }) => name), width(placeOf)];
    for (const row of services) {
      const [color, mark] = marks(row);
      const columns = [row.name.padEnd(names), placeOf(row).padEnd(places), row.facts.join(", ")];
      output.line(`  ${output.paint(color, mark)} ${printable(columns.join("  ").trimEnd())}`);
      for (const text of remarks(row)) output.line(`    ${printable(text)}`);
    }
    if (status === "not-enabled") output.line(`  none: ${printable(why ?? "")}`);
    else if (why !== undefined) output.line(`  ${output.paint("yellow", "?")} ${printable(why)}`);
    else if (services.length === 0) output.line("  none");
  }
}

function said({ variable, value }: Shelf): string {
  if (variable === null) return "";
  return value === "" ? `  ${variable} is not set` : `  ${variable} = ${printable(value ?? "")}`;
}

function placeOf({ location, network, networkProject }: Row): string {
  const place = networkProject === null ? network : `${network ?? ""} of ${networkProject}`;
  return [location, ...(place !== null && location !== "global" ? [place] : [])].join(" ");
}

function marks({ own, fits }: Row): readonly ["green" | "red" | "dim", string] {
  if (fits === null || own) return ["dim", "·"];
  return fits ? ["green", "✓"] : ["red", "✗"];
}

function remarks({ own, lacks, usedBy }: Row): readonly string[] {
  return [
    ...(own ? ["made by this environment's foundation: it stays unnamed"] : []),
    ...(!own && lacks.length > 0 ? [`does not fit: ${lacks.map(({ short }) => short).join("; ")}`] : []),
    ...(!own && usedBy.length > 0 ? [`used by ${usedBy.join(", ")}`] : []),
  ];
}
