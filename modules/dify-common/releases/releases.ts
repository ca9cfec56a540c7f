import { type ComponentFacts, type ComponentName, componentNames, facts, type ReleaseFacts } from "./catalogue";
import { imageFacts } from "./images";
import { isThere, type Route, routesOf } from "./routes";
import { compareVersions } from "./versions";

/** One Dify release: what it consists of and where its requests go. */
export interface Release {
  readonly version: string;
  /** Image of every component of the release, with a fixed tag. */
  readonly images: Readonly<Partial<Record<ComponentName, string>>>;
  readonly routes: readonly Route[];
  /** User id that the API's image runs as; 0 is root. */
  readonly apiImageUser: number;
}

/** Known releases, newest first. */
export const releases: readonly Release[] = facts.releases
  .map((release) => ({
    version: release.version,
    images: imagesOfRelease(release, release.version),
    routes: routesOf(release.version),
    apiImageUser: imageFacts(release.version, "api", release.version).user,
  }))
  .sort((a, b) => compareVersions(b.version, a.version));

/** The newest known release: the default. */
export const newest = releases[0] as Release;
export const oldest = releases.at(-1) as Release;

/** Digests of the images whose publishers move their tags, by image with its tag. */
export const pinnedDigests: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ...componentNames.map((name): ComponentFacts => facts.components[name]),
    ...Object.values(facts.vectorStores),
  ].flatMap(({ image, tag, digest }) => (tag && digest ? [[`${image}:${tag}`, digest]] : [])),
);

/**
 * @param tag of Dify's own images: a release that counts as another one has images of its own
 * @returns the image of each component that the release has
 */
export function imagesOfRelease(release: ReleaseFacts, tag: string): Release["images"] {
  return Object.fromEntries(
    componentNames
      .filter((name) => isThere(facts.components[name], release.version))
      .map((name) => {
        const component = facts.components[name];
        return [name, `${component.image}:${component.tag ?? release.tags[name] ?? tag}`];
      }),
  );
}
