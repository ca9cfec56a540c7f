import { type ComponentName, facts } from "./catalogue";
import { oldest } from "./releases";
import { versionOf } from "./versioned";
import { compareVersions, releaseNumber, versionInTag } from "./versions";

/** Components that migrate their database when a newer version starts: an older version cannot read it any more. */
export const convertingComponents = ["api", "plugin_daemon"] as const satisfies readonly ComponentName[];

/**
 * @param release the deployed release
 * @param tag of the component's image, if the user chose one
 * @returns the release that a component comes from, as `releaseNumber` counts. For a version that no release has, the
 * newest release with an older version; 0 if the tag has no version
 */
export function originOf(release: string, component: ComponentName, tag?: string): number {
  // As it is, without comparing versions: 1.13.3 has an older plugin daemon than 1.13.2.
  if (tag === undefined || versionInTag(tag) === versionOf(release, component)) return releaseNumber(release);
  const wanted = versionInTag(tag);
  if (wanted === undefined) return 0;
  const versions = facts.releases.map(({ version }) => ({ version, own: versionOf(version, component) }));
  // The API has the release's versions.
  if (versions.every(({ version, own }) => own === undefined || own === version)) return releaseNumber(wanted);
  const from = versions.findLast(({ own }) => own !== undefined && compareVersions(own, wanted) <= 0);
  return releaseNumber((from ?? oldest).version);
}
