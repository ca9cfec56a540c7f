import { type ComponentName, type Feature, facts, type Vulnerability } from "./catalogue";
import { resolveRelease } from "./resolve";
import { compareVersions, versionInTag } from "./versions";

/** Image tags that a user chose, by component. */
export type ImageTags = Readonly<Partial<Record<ComponentName, string>>>;

/**
 * @returns the version of a component at a release: from the tag that the user chose, or the release's own; undefined
 * if the release lacks the component or the tag has no version
 */
export function versionOf(release: string | null, component: ComponentName, tags: ImageTags = {}): string | undefined {
  const image = resolveRelease(release).release.images[component];
  if (image === undefined) return undefined;
  return versionInTag(tags[component] ?? image.slice(image.lastIndexOf(":") + 1));
}

/** @returns whether a release has a feature; assumed for tags without a version */
export function hasFeature(feature: Feature, release: string | null, tags: ImageTags = {}): boolean {
  const { component, since } = facts.features[feature];
  const version = versionOf(release, component, tags);
  return version === undefined || compareVersions(version, since) >= 0;
}

/** @returns the published weaknesses of a release with the tags and the environment that the user chose */
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
