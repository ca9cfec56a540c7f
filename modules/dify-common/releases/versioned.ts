import { type ComponentName, type Feature, facts, type Vulnerability } from "./catalogue";
import { resolveRelease } from "./resolve";
import { compareVersions, versionInTag } from "./versions";

/** Image tags that a user chose, by component. */
export type ImageTags = Readonly<Partial<Record<ComponentName, string>>>;

/**
 * @returns the version that a component has at a release: the tag that the user chose, or the release's own; undefined
 * where the release does not have the component, or where the tag says no version
 */
export function versionOf(release: string | null, component: ComponentName, tags: ImageTags = {}): string | undefined {
  const image = resolveRelease(release).release.images[component];
  if (image === undefined) return undefined;
  return versionInTag(tags[component] ?? image.slice(image.lastIndexOf(":") + 1));
}

/** @returns whether a release can do something; of a tag that says no version it is taken for granted */
export function hasFeature(feature: Feature, release: string | null, tags: ImageTags = {}): boolean {
  const { component, since } = facts.features[feature];
  const version = versionOf(release, component, tags);
  return version === undefined || compareVersions(version, since) >= 0;
}

/** @returns the public weaknesses of a release with the tags and the environment that the user chose */
export function vulnerabilitiesOf(
  release: string | null,
  tags: ImageTags = {},
  environment: Readonly<Record<string, string>> = {},
): readonly Vulnerability[] {
  return facts.vulnerabilities.filter(({ component, fixedIn, onlyWith }) => {
    const version = versionOf(release, component, tags);
    return (
      version !== undefined &&
      compareVersions(version, fixedIn) < 0 &&
      (onlyWith === undefined || environment[onlyWith.variable] === onlyWith.value)
    );
  });
}
