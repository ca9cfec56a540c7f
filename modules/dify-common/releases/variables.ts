import {
  type ComponentName,
  facts,
  hasOwnVersions,
  type VariableChange,
  type VariableDefault,
  type VariablesOf,
} from "./catalogue";
import { placeVersion, resolveRelease } from "./resolve";
import { compareVersions, parseVersion, versionInTag } from "./versions";

/** The environment variables that a component reads. */
export interface KnownVariables {
  /** Those that it reads, with the source's default; null if there is none or it is computed. */
  readonly read: ReadonlyMap<string, VariableDefault>;
  /**
   * Those that it may read: they were added or removed between two known versions, and this version lies between them.
   */
  readonly perhaps: ReadonlySet<string>;
  /** Whether it reads no others. False for versions between or after the known ones. */
  readonly complete: boolean;
}

/** Whose list applies: all processes of the API's image read the same. nginx and squid read none. */
const readsLike: Readonly<Record<ComponentName, VariablesOf | undefined>> = {
  api: "api",
  api_websocket: "api",
  worker: "api",
  beat: "api",
  web: "web",
  sandbox: "sandbox",
  plugin_daemon: "plugin_daemon",
  agent_backend: "agent_backend",
  local_sandbox: "local_sandbox",
  ssrf_proxy: undefined,
  proxy: undefined,
};

/** Earlier answers: a synth asks the same for every variable. */
const answers = new Map<string, KnownVariables | undefined>();

/**
 * @param release `application_version`; null is the newest
 * @param tag of the component's image, if it is not the release's own
 * @returns what the component reads; undefined for nginx, squid, and a component that the release does not have
 */
export function knownVariables(
  release: string | null,
  component: ComponentName,
  tag?: string,
): KnownVariables | undefined {
  const question = `${release ?? ""} ${component} ${tag ?? ""}`;
  if (!answers.has(question)) answers.set(question, find(release, component, tag));
  return answers.get(question);
}

function find(release: string | null, component: ComponentName, tag: string | undefined): KnownVariables | undefined {
  // A user's name of a component may be one that every object has: "constructor".
  if (!Object.hasOwn(readsLike, component)) return undefined;
  const list = readsLike[component];
  const image = resolveRelease(release).release.images[component];
  if (list === undefined || image === undefined) return undefined;
  const changes = facts.variables[list];
  const points = pointsOf(list);
  const wanted = versionOf(component, tag ?? image.slice(image.lastIndexOf(":") + 1));
  if (wanted === undefined) return { read: upTo(changes, points, points.at(-1) ?? "").read, ...NOTHING_SURE };
  return upTo(changes, points, wanted);
}

/** @returns whether a component reads a variable in any known release */
export function readByAnyRelease(component: ComponentName, name: string): boolean {
  const list = Object.hasOwn(readsLike, component) ? readsLike[component] : undefined;
  return list !== undefined && facts.variables[list].some(({ added = {} }) => Object.hasOwn(added, name));
}

/** A version in which a component began or stopped reading a variable. */
export interface VariableEvent {
  readonly list: VariablesOf;
  readonly type: "added" | "removed";
  /** The release's version, or the component's own if its image has one. */
  readonly version: string;
}

/** @returns when components began and stopped reading a variable, oldest first; empty if none ever did */
export function historyOf(name: string): readonly VariableEvent[] {
  return Object.entries(facts.variables).flatMap(([list, changes]) =>
    changes.flatMap(({ version, added = {}, removed = [] }): VariableEvent[] => [
      ...(Object.hasOwn(added, name) ? [{ list: list as VariablesOf, type: "added", version } as const] : []),
      ...(removed.includes(name) ? [{ list: list as VariablesOf, type: "removed", version } as const] : []),
    ]),
  );
}

const NOTHING_SURE = { perhaps: new Set<string>(), complete: false } as const;

/** Versions for which a list is known, oldest first. */
function pointsOf(list: VariablesOf): readonly string[] {
  const changes = facts.variables[list].map(({ version }) => version);
  if (hasOwnVersions(list)) return changes;
  const first = changes[0] ?? "";
  return facts.releases.map(({ version }) => version).filter((version) => compareVersions(version, first) >= 0);
}

/** @returns the version in a tag; undefined if it has none */
function versionOf(component: ComponentName, tag: string): string | undefined {
  // The plugin daemon's tags also name its variant: 0.6.3-local.
  if (hasOwnVersions(component)) return versionInTag(tag);
  if (!parseVersion(tag)) return undefined;
  const standing = placeVersion(tag);
  return standing.type === "known" ? standing.release.version : tag;
}

function upTo(changes: readonly VariableChange[], points: readonly string[], wanted: string): KnownVariables {
  const read = new Map<string, VariableDefault>();
  const perhaps = new Set<string>();
  for (const change of changes) {
    const { version, added = {}, removed = [], defaults = {} } = change;
    const after = change.after ?? points.findLast((point) => compareVersions(point, version) < 0);
    if (compareVersions(wanted, version) >= 0) {
      for (const [name, value] of [...Object.entries(added), ...Object.entries(defaults)]) read.set(name, value);
      for (const name of removed) read.delete(name);
    } else if (after === undefined || compareVersions(wanted, after) > 0) {
      for (const name of [...Object.keys(added), ...removed]) perhaps.add(name);
      for (const name of removed) read.delete(name);
    }
  }
  const newest = points.at(-1);
  const past = newest === undefined || compareVersions(wanted, newest) > 0;
  return { read, perhaps, complete: perhaps.size === 0 && !past };
}
