import { type ComponentName, componentNames, facts } from "./catalogue";
import { imagesOfRelease, newest, oldest, type Release, releases } from "./releases";
import { compareVersions, parseVersion, releaseNumber } from "./versions";

/** What a requested version resolves to. */
export interface ResolvedRelease {
  readonly release: Release;
  /** Tag of Dify's own images: the requested version, or the catalogue's. */
  readonly version: string;
}

/** How two releases differ, if a version between them is requested. */
export interface Disagreement {
  /** Component for which a tag of the user's settles it. @default - none */
  readonly settledBy?: ComponentName;
  /** `plugin_daemon is 0.6.1-local in 1.14.2 and 0.6.3-local in 1.15.0` */
  readonly text: string;
}

/** How a version relates to the catalogue. */
export type Standing =
  /** An entry, or an entry with a suffix: `-fix.N` and `-rc.N` have the release's facts and their own images. */
  | { readonly type: "known"; readonly release: Release }
  /** Newer than all entries: has the newest one's facts. */
  | { readonly type: "newer"; readonly release: Release }
  /** Between two entries: has what both have in common, if they agree. */
  | { readonly type: "between"; readonly release: Release; readonly newer: Release; readonly differ: Disagreement[] }
  /** Older than all. */
  | { readonly type: "older"; readonly release: Release }
  /** Not a version; `nearest` is what may have been meant. */
  | { readonly type: "malformed"; readonly release: Release; readonly nearest: string };

/**
 * @param wanted `application_version`; null and `latest` are the newest known release
 * @returns how it relates to the catalogue, with the entry of the catalogue that comes closest
 */
export function placeVersion(wanted: string | null): Standing {
  if (wanted === null || wanted === "latest") return { type: "known", release: newest };
  if (!parseVersion(wanted)) {
    const release = nearestRelease(wanted);
    return { type: "malformed", release, nearest: release.version };
  }
  const number = releaseNumber(wanted);
  const same = releases.filter((release) => releaseNumber(release.version) === number);
  const own = same.find((release) => compareVersions(release.version, wanted) <= 0) ?? same.at(-1);
  if (own) return { type: "known", release: own };
  const older = releases.find((release) => releaseNumber(release.version) < number);
  const newer = releases.findLast((release) => releaseNumber(release.version) > number);
  if (!older) return { type: "older", release: oldest };
  if (!newer) return { type: "newer", release: older };
  return { type: "between", release: older, newer, differ: differences(older, newer) };
}

/** A synth asks for the same version some hundred times: for every feature of every component. */
const resolved = new Map<string | null, ResolvedRelease>();

/**
 * @param wanted `application_version`; null and `latest` are the newest known release
 * @returns the catalogue's entry with Dify's own images at that version; for versions that rules refuse, the closest
 * entry
 */
export function resolveRelease(wanted: string | null): ResolvedRelease {
  const known = resolved.get(wanted) ?? resolve(wanted);
  resolved.set(wanted, known);
  return known;
}

function resolve(wanted: string | null): ResolvedRelease {
  const { release } = placeVersion(wanted);
  const version = wanted === null || wanted === "latest" ? release.version : wanted;
  const entry = facts.releases.find((candidate) => candidate.version === release.version);
  return { release: entry ? { ...release, images: imagesOfRelease(entry, version) } : release, version };
}

/** @returns how two neighbouring releases differ, apart from the tag of Dify's own images */
function differences(older: Release, newer: Release): Disagreement[] {
  const images = componentNames.flatMap((name): Disagreement[] => {
    const [before, after] = [older, newer].map(({ images, version }) => withoutTag(images[name], version));
    if (before === after) return [];
    if (before === undefined) return [{ text: `${name} is not in ${older.version}, but in ${newer.version}` }];
    if (after === undefined) return [{ text: `${name} is in ${older.version}, but not in ${newer.version}` }];
    const text = `${name} is ${tagOf(before)} in ${older.version} and ${tagOf(after)} in ${newer.version}`;
    return [{ settledBy: name, text }];
  });
  const paths = [...new Set([...older.routes, ...newer.routes].map(({ path }) => path))];
  const routes = paths.flatMap((path): Disagreement[] => {
    const [before, after] = [older, newer].map((release) => release.routes.find((route) => route.path === path));
    if (before?.component === after?.component) return [];
    return [
      { text: `${path} goes to ${target(before)} in ${older.version} and to ${target(after)} in ${newer.version}` },
    ];
  });
  const user =
    older.apiImageUser === newer.apiImageUser
      ? []
      : [
          {
            text: `the API's image runs as user ${older.apiImageUser} in ${older.version} and as ${newer.apiImageUser} in ${newer.version}`,
          },
        ];
  return [...images, ...routes, ...user];
}

function withoutTag(image: string | undefined, version: string): string | undefined {
  return image?.endsWith(`:${version}`) ? image.slice(0, -version.length - 1) : image;
}

function tagOf(image: string): string {
  return image.slice(image.lastIndexOf(":") + 1);
}

/** @returns the component that a route leads to; a path without a route goes to the web front end */
function target(route: { readonly component: string } | undefined): string {
  return route?.component ?? "the web front end";
}

/** @returns the release whose numbers are closest to the first ones in a text: `v1.16.01` → 1.16.1, `1.16` → 1.16.1 */
function nearestRelease(text: string): Release {
  const numbers = (text.match(/\d{1,9}/g) ?? []).slice(0, 3).map(Number);
  const distance = ({ version }: Release): readonly number[] => {
    const { major = 0, minor = 0, patch = 0 } = parseVersion(version) ?? {};
    return [major, minor, patch].map((part, index) => Math.abs(part - (numbers[index] ?? part)));
  };
  const closer = (a: Release, b: Release): number =>
    distance(a)
      .map((part, index) => part - (distance(b)[index] ?? 0))
      .find((difference) => difference !== 0) ?? 0;
  return [...releases].sort(closer)[0] ?? newest;
}
