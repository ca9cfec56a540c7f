import { nearest } from "../../modules/dify-gke/variables/mention";
import { isSharedVpc } from "../../modules/dify-gke/shared-services";
import type { Variables } from "../../modules/dify-gke/variables";
import type { Values } from "./edit";
import type { Candidate, Lack, Naming, Picked, Wanted } from "./kind";
import { isBlind, type Seen } from "./look";
import { type Home, ownOf, wantedOf } from "./wanted";

/** What was asked for by name: `gke_cluster_name` is to be `shared`. */
export type Picks = ReadonlyMap<string, string>;

/** What will be written, or why nothing is: each complaint fact, consequence and remedy. */
export type Choice = Picked | { readonly complaints: readonly string[] };

/** @returns the services that a variable can name */
function pickable(seen: readonly Seen[]): readonly Naming[] {
  return [...new Set(seen.flatMap(({ kind: { variable } }) => (variable ? [variable] : [])))];
}

/** @returns what is to be written for picks by name */
export function choose(seen: readonly Seen[], picks: Picks, environment: Home): Choice {
  const complaints: string[] = [];
  const chosen: (readonly [Seen, Candidate])[] = [];
  const known = pickable(seen);
  for (const [variable, name] of picks) {
    const shelves = seen.filter(({ kind }) => kind.variable === variable);
    const found = shelves.flatMap((shelf) =>
      shelf.candidates.filter((one) => isNamed(one, variable, name, environment)).map((one) => [shelf, one] as const),
    );
    const [first, second] = found;
    if (shelves.length === 0) complaints.push(unknownVariable(variable, known));
    else if (first) {
      const one = second ? meantOf(found, variable, name, environment) : first;
      if (typeof one === "string") complaints.push(one);
      else chosen.push(one);
    } else complaints.push(absent(variable, name, shelves));
  }
  if (complaints.length > 0) return { complaints };
  return settled(seen, chosen, environment);
}

/**
 * @param found several of one name: zones and regions may have one each
 * @returns the one that fits, if there is one; otherwise why none can be picked by its name
 */
function meantOf(
  found: readonly (readonly [Seen, Candidate])[],
  variable: string,
  name: string,
  environment: Home,
): readonly [Seen, Candidate] | string {
  const where = found.map(([{ kind }, { location }]) => `${kind.title}, ${location}`).join("; ");
  const fitting = found.filter(([, one]) => lacksOf(one, wantedOf(environment)).length === 0);
  const [only, ...others] = fitting;
  if (only && others.length === 0) return only;
  if (only)
    return `${variable} = ${name} matches ${fitting.length} that fit (${where}): a name alone does not say which one to use. Write ${variable} into the variable file yourself, with the location of the one that you want (docs/variables.md#${variable}).`;
  const lacks = found.map(([, one]) => lacksOf(one, wantedOf(environment)).map(sentences).join(" "));
  return `${variable} = ${name} matches several (${where}), and none of them fits. ${lacks.join(" ")}`;
}

/** A Redis is named by its host in the file, and by its name at Google. */
function isNamed(candidate: Candidate, variable: string, name: string, environment: Home): boolean {
  return candidate.name === name || candidate.sets?.(wantedOf(environment)).values[variable] === name;
}

function unknownVariable(variable: string, known: readonly Naming[]): string {
  const near = nearest(variable, known);
  return `--pick ${variable} cannot be picked.${near ? ` Did you mean ${near}?` : ""} Pick one of ${known.join(", ")}.`;
}

function absent(variable: string, name: string, shelves: readonly Seen[]): string {
  const blind = shelves.filter(isBlind).map(({ kind, why }) => `${kind.title}: ${why ?? ""}`);
  if (blind.length > 0) return `It is not known whether ${name} exists, for ${variable}. ${blind.join(" ")}`;
  const names = shelves.flatMap(({ candidates }) => candidates.map((one) => one.name));
  const near = nearest(name, names);
  return `${variable} = ${name} does not exist in the project.${near ? ` Did you mean ${near}?` : ""} ${
    names.length > 0 ? `There ${names.length === 1 ? "is" : "are"} ${names.join(", ")}.` : "There is none."
  }`;
}

/** @returns what the picks come to together, or what contradicts them */
function settled(seen: readonly Seen[], chosen: readonly (readonly [Seen, Candidate])[], environment: Home): Choice {
  const complaints: string[] = [];
  const picked: Record<string, string> = {};
  for (const [{ kind }, { name }] of chosen) if (kind.variable) picked[kind.variable] = name;
  const network = networkOf(chosen, environment.variables);
  const names = { ...picked, ...network };
  const wanted = wantedOf(environment, names);
  const all = [...chosen];
  // A network that follows from another pick counts as picked.
  if (network !== undefined && !("network_name" in picked)) {
    const shelf = seen.find(({ kind }) => kind.variable === "network_name");
    const one = shelf?.candidates.find((other) => sameNetwork(other, network, environment.variables));
    if (shelf && one) all.push([shelf, one]);
  }
  let values: Values = {};
  const notes: string[] = [];
  let file: Picked["file"];
  for (const [shelf, candidate] of all) {
    const { variable, one } = shelf.kind;
    const own = ownOf(shelf, environment);
    if (own !== undefined) complaints.push(ofFoundation(variable ?? "", one, own, candidate.name));
    complaints.push(...lacksOf(candidate, wanted).map(sentences));
    const sets = candidate.sets?.(wanted);
    // `sets` comes last, because it may replace the name, for example by a host.
    values = { ...values, ...(variable ? { [variable]: candidate.name } : {}), ...sets?.values };
    notes.push(...(sets?.notes ?? []));
    file = sets?.file ?? file;
  }
  if (complaints.length > 0) return { complaints: [...new Set(complaints)] };
  values = { ...network, ...values };
  return { values: changed(values, environment.variables), notes, file };
}

/** The two variables that say which network it is. */
interface NetworkValues {
  readonly network_name: string;
  readonly network_project_id: string;
}

/** @returns the network that picks bring, where the file names none */
function networkOf(chosen: readonly (readonly [Seen, Candidate])[], variables: Variables): NetworkValues | undefined {
  const own = chosen.find(([{ kind }]) => kind.variable === "network_name");
  if (!own && variables.network_name !== "") return undefined;
  const [, one] = own ?? chosen.find(([, { network = "" }]) => network !== "") ?? [];
  return one && valuesOf(one, variables);
}

/** @returns what the file says for a candidate's network */
export function valuesOf({ network = "", networkProject }: Candidate, v: Variables): NetworkValues {
  // Google may answer with the project's number, which the file cannot have.
  const host = networkProject === undefined || networkProject === v.project_id || /^\d+$/.test(networkProject);
  return { network_name: network, network_project_id: host ? "" : networkProject };
}

function sameNetwork(one: Candidate, { network_name: name, network_project_id: project }: NetworkValues, v: Variables) {
  const other = valuesOf(one, v);
  return other.network_name === name && other.network_project_id === project;
}

function ofFoundation(variable: string, one: string, own: string, name: string): string {
  return name === own
    ? `${name} is this environment's own ${one}: named in ${variable}, it would count as somebody else's, and the foundation would destroy it. Leave ${variable} empty: it is found under its name. To give it to another team, run npm run handover.`
    : `This environment has a ${one} of its own already, ${own}: with another one in ${variable}, the foundation would destroy it, and the application would look for its data in ${name}. Leave ${variable} empty, or move the data first.`;
}

function lacksOf(candidate: Candidate, wanted: Wanted): readonly Lack[] {
  return candidate.lacks?.(wanted) ?? [];
}

function sentences({ fact, consequence, remedy, help }: Lack): string {
  return [`${fact}: ${consequence}.`, remedy, ...(help ? [help] : [])].join(" ");
}

/** What is so already does not have to be written. */
function changed(values: Values, variables: Variables): Values {
  const now = variables as unknown as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => now[name] !== value));
}

/** @returns those of a kind that can be picked as things are */
export function fitting({ candidates }: Seen, wanted: Wanted): readonly Candidate[] {
  return candidates.filter((candidate) => lacksOf(candidate, wanted).length === 0);
}

/** The shared services: nothing asks for the others. */
const SHARED: readonly Naming[] = [
  "gke_cluster_name",
  "sql_instance_name",
  "nfs_instance_name",
  "network_name",
  "subnetwork_name",
];

/** @returns the only possible picks of the shared services that have no name yet, or where there are several */
export function unambiguous(seen: readonly Seen[], environment: Home): Picks | { readonly complaints: string[] } {
  const complaints: string[] = [];
  const picks = new Map<string, string>();
  let network: NetworkValues | undefined;
  for (const variable of SHARED) {
    const shelf = seen.find(({ kind }) => kind.variable === variable);
    const wanted = wantedOf(environment, { ...Object.fromEntries(picks), ...network });
    const { variables } = wanted;
    // In a network of the project, one is made.
    if (variable === "subnetwork_name" && !isSharedVpc(variables)) continue;
    if (!shelf || variables[variable] !== "" || shelf.kind.used?.(variables) === false) continue;
    if (ownOf(shelf, environment) !== undefined) continue;
    const { kind, why = "" } = shelf;
    const [first, ...others] = fitting(shelf, wanted);
    if (isBlind(shelf)) complaints.push(`${kind.title}: ${why} So ${variable} is not picked.`);
    else if (first && others.length > 0) {
      const names = [first, ...others].map(({ name }) => name);
      complaints.push(
        `${names.length} ${kind.title} fit (${names.join(", ")}). Pick one: --pick ${variable}=${first.name}`,
      );
      // A network alone is no reason to use it: it may be there for others.
    } else if (first && (variable !== "network_name" || variables.require_services_gcp_module)) {
      picks.set(variable, first.name);
      if (variable === "network_name" || (variables.network_name === "" && first.network))
        network ??= valuesOf(first, variables);
    }
  }
  return complaints.length > 0 ? { complaints } : picks;
}
