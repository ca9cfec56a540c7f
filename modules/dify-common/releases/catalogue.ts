import catalogue from "./catalogue.json";

/** Dify's components under the names of its own compose file. */
export type ComponentName = keyof typeof catalogue.components;

/** From which release on something is there. */
export interface Lifetime {
  /** First release that has it. */
  readonly since: string;
  /** Last release that has it. @default - the newest one */
  readonly until?: string;
  /** What is not as upstream has it, or not to be seen from the data. @default - nothing is */
  readonly note?: string;
}

export interface ComponentFacts extends Lifetime {
  /** Repository of its image, as its publisher names it. */
  readonly image: string;
  /** @default - the release names it in `tags`, or has it for its own version */
  readonly tag?: string;
  /** `sha256:…` of the image that the tag stood for, where the publisher moves it. @default - the tag stays as it is */
  readonly digest?: string;
  /** Port that answers requests. @default - none does */
  readonly port?: number;
}

export interface RouteFacts extends Lifetime {
  readonly path: string;
  /** A component, or `marketplace` for Dify's marketplace API outside the cluster. */
  readonly component: string;
}

export interface ReleaseFacts {
  /** `1.16.1`, or `1.10.1-fix.1` where a fix has facts of its own. */
  readonly version: string;
  /** Day that the version was set, as `2026-07-28`. */
  readonly date: string;
  /** Image tags of the components that have versions of their own. */
  readonly tags: Readonly<Partial<Record<ComponentName, string>>>;
}

/** How an image is made, and what it does where it runs as it does here. */
export interface ImageFacts {
  /** From which version on: the release's, or the component's own where its image has one. */
  readonly version: string;
  /** User id that the image runs as; 0 is root. */
  readonly user: number;
  /** User id that it runs as here. @default - the image's own */
  readonly runAs?: number;
  /** Path that answers with 2xx or 3xx where all is well. @default - it has none */
  readonly health?: string;
  /** Absolute paths that it writes to. */
  readonly writes: readonly string[];
  /** Environment variables that hold more of them, where they are set. @default [] */
  readonly writesIn?: readonly string[];
  /** Directories of the image that belong to `user`. @default [] */
  readonly owns?: readonly string[];
  readonly source: string;
}

/** A default as the source has it; null where there is none, or where it is computed. */
export type VariableDefault = string | number | boolean | null;

/** What changed in the environment variables that a component reads. */
export interface VariableChange {
  /** Version that has the change: the release's, or the component's own where its image has one. */
  readonly version: string;
  /** Newest version known not to have it. @default - the one of the entry before */
  readonly after?: string;
  /** @default - none */
  readonly added?: Readonly<Record<string, VariableDefault>>;
  /** @default - none */
  readonly removed?: readonly string[];
  /** New defaults of variables that were there. @default - they keep theirs */
  readonly defaults?: Readonly<Record<string, VariableDefault>>;
}

/** A weakness that is public, in the releases before one. */
export interface Vulnerability {
  readonly id: string;
  readonly component: ComponentName;
  /** First version of the component without it. */
  readonly fixedIn: string;
  /** What it does, as half a sentence. */
  readonly what: string;
  /** Environment variable of the component that it takes. @default - every installation has it */
  readonly onlyWith?: { readonly variable: string; readonly value: string };
  readonly source: string;
}

/** What a release's notes ask for by hand, once, after an upgrade from an older release. */
export interface UpgradeStep {
  readonly release: string;
  /** In the API's container. It exists in every later release that is known, and does nothing the second time. */
  readonly command: string;
  /** What it does, as half a sentence. */
  readonly what: string;
  /** What happens without it, as half a sentence. */
  readonly without: string;
  readonly source: string;
}

/** What a component can do from a version of its own on. */
export interface FeatureFacts {
  readonly component: ComponentName;
  readonly since: string;
  readonly source: string;
}

interface Catalogue {
  readonly source: string;
  readonly components: Readonly<Record<ComponentName, ComponentFacts>>;
  readonly routes: readonly RouteFacts[];
  /** First parts of the web front end's paths, of every release. */
  readonly pages: {
    /** For people without an account in the console. */
    readonly guests: readonly string[];
    /** Where people build, administer, sign in, install and reset passwords. */
    readonly console: readonly string[];
  };
  /** Oldest first. */
  readonly releases: readonly ReleaseFacts[];
  /** By component, oldest first. `api` stands for every process of the API's image. */
  readonly images: Readonly<Record<ImagesOf, readonly ImageFacts[]>>;
  readonly vulnerabilities: readonly Vulnerability[];
  /** Oldest first. */
  readonly steps: readonly UpgradeStep[];
  readonly features: Readonly<Record<Feature, FeatureFacts>>;
  /** By component, oldest change first. `api` stands for every process of the API's image. */
  readonly variables: Readonly<Record<VariablesOf, readonly VariableChange[]>>;
}

/** Components whose images are known. */
export type ImagesOf = keyof typeof catalogue.images;

/** Components whose variables are known. */
export type VariablesOf = keyof typeof catalogue.variables;

export type Feature = keyof typeof catalogue.features;

/** Everything that is known about Dify's releases: the one place to add one. */
export const facts: Catalogue = {
  ...catalogue,
  // TypeScript gives every object of a list all keys of the others, as undefined: a test looks at what is there.
  vulnerabilities: catalogue.vulnerabilities as Catalogue["vulnerabilities"],
  features: catalogue.features as Catalogue["features"],
  variables: catalogue.variables as unknown as Catalogue["variables"],
  images: catalogue.images,
};

/** Names of all components that any release has. */
export const componentNames = Object.keys(facts.components) as readonly ComponentName[];

/** @returns whether the image of a component has versions of its own, which releases name as tags */
export function hasOwnVersions(component: ComponentName): boolean {
  return facts.releases.some(({ tags }) => tags[component] !== undefined);
}

/** @returns the port on which a component answers @throws where it answers on none */
export function portOf(component: ComponentName): number {
  const { port } = facts.components[component];
  if (port === undefined) throw new Error(`${component} listens on no port`);
  return port;
}
