import { type ComponentName, facts } from "./catalogue";
import { oldest } from "./releases";
import { versionOf } from "./versioned";
import { compareVersions, releaseNumber, versionInTag } from "./versions";

/** Components that convert their database when a newer version starts: an older one cannot read it any more. */
export const convertingComponents = ["api", "plugin_daemon"] as const satisfies readonly ComponentName[];

/**
 * @param release the release that is deployed
 * @param tag of the component's image, where the user chose one
 * @returns the release that a component is from, as `releaseNumber` counts: of a version that no release has, the newest
 * one that has an older version; 0 where the tag says no version
 */
export function originOf(release: string, component: ComponentName, tag?: string): number {
  // As it is, without a look at the versions: 1.13.3 has an older plugin daemon than 1.13.2.
  if (tag === undefined || versionInTag(tag) === versionOf(release, component)) return releaseNumber(release);
  const wanted = versionInTag(tag);
  if (wanted === undefined) return 0;
  const versions = facts.releases.map(({ version }) => ({ version, own: versionOf(version, component) }));
  // The API's own versions are Dify's.
  if (versions.every(({ version, own }) => own === undefined || own === version)) return releaseNumber(wanted);
  const from = versions.findLast(({ own }) => own !== undefined && compareVersions(own, wanted) <= 0);
  return releaseNumber((from ?? oldest).version);
}
