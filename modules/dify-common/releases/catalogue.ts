import catalogue from "./catalogue.json";

/** Dify's components, by their names in its own compose file. */
export type ComponentName =
  | "api"
  | "api_websocket"
  | "worker"
  | "beat"
  | "web"
  | "sandbox"
  | "plugin_daemon"
  | "agent_backend"
  | "local_sandbox"
  | "ssrf_proxy"
  | "proxy";

/** In which releases something exists. */
export interface Lifetime {
  /** First release that has it. */
  readonly since: string;
  /** Last release that has it. @default - the newest one */
  readonly until?: string;
  /** What differs from Dify's own, or cannot be seen in the data. @default - nothing */
  readonly note?: string;
}

export interface ComponentFacts extends Lifetime {
  /** Repository of its image, as its publisher names it. */
  readonly image: string;
  /** @default - the release names it in `tags`, or it has the release's own version */
  readonly tag?: string;
  /** `sha256:…` of the image that the tag stood for, where the publisher moves it. @default - the tag stays as it is */
  readonly digest?: string;
  /** Port that answers requests. @default - none */
  readonly port?: number;
}

export interface RouteFacts extends Lifetime {
  readonly path: string;
  /** A component, or `marketplace` for Dify's marketplace API outside the cluster. */
  readonly component: string;
}

export interface ReleaseFacts {
  /** `1.16.1`, or `1.10.1-fix.1` for a fix with facts of its own. */
  readonly version: string;
  /** Release date: `2026-07-28`. */
  readonly date: string;
  /** Image tags of the components that have versions of their own. */
  readonly tags: Readonly<Partial<Record<ComponentName, string>>>;
}

/** How an image is built, and how it behaves when it runs as it does here. */
export interface ImageFacts {
  /** First version with these facts: the release's, or the component's own if its image has one. */
  readonly version: string;
  /** User id that the image runs as; 0 is root. */
  readonly user: number;
  /** User id with which it runs here. @default - the image's own */
  readonly runAs?: number;
  /** Path that answers with 2xx or 3xx as long as all is well. @default - none */
  readonly health?: string;
  /** Absolute paths that it writes to. */
  readonly writes: readonly string[];
  /** Environment variables that name more paths to write in, if they are set. @default [] */
  readonly writesIn?: readonly string[];
  /** Directories of the image that belong to `user`. @default [] */
  readonly owns?: readonly string[];
  readonly source: string;
}

/** A default as in the source; null if there is none or it is computed. */
export type VariableDefault = string | number | boolean | null;

/** Changes in the environment variables that a component reads. */
export interface VariableChange {
  /** Version with the change: the release's, or the component's own if its image has one. */
  readonly version: string;
  /** Newest version known not to have it. @default - that of the previous entry */
  readonly after?: string;
  /** @default - none */
  readonly added?: Readonly<Record<string, VariableDefault>>;
  /** @default - none */
  readonly removed?: readonly string[];
  /** New defaults of existing variables. @default - unchanged */
  readonly defaults?: Readonly<Record<string, VariableDefault>>;
}

/** A published weakness, in releases before a certain one. */
export interface Vulnerability {
  readonly id: string;
  readonly component: ComponentName;
  /** First version of the component without it. */
  readonly fixedIn: string;
  /** What it does, as half a sentence. */
  readonly what: string;
  /** Environment variable of the component without which it does not exist. @default - every installation has it */
  readonly onlyWith?: { readonly variable: string; readonly value: string };
  readonly source: string;
}

/** What a release's notes require by hand, once, after an upgrade from an older release. */
export interface ReleaseStep {
  readonly release: string;
  /** Command in the API's container. It exists in every later known release, and does nothing when run again. */
  readonly command: string;
  /** What it does, as half a sentence. */
  readonly what: string;
  /** What happens without it, as half a sentence. */
  readonly without: string;
  readonly source: string;
}

/** A feature of a component, with the component's first version that has it. */
export interface FeatureFacts {
  readonly component: ComponentName;
  readonly since: string;
  readonly source: string;
}

/** A store of vectors that runs next to Dify. */
export interface VectorStoreFacts {
  readonly image: string;
  readonly tag: string;
  /** `sha256:…` of the image that the tag stands for. */
  readonly digest: string;
  /** Environment variable of the API without which a release cannot use it. */
  readonly readsFrom: string;
  readonly source: string;
}

export type VectorStore = "qdrant" | "weaviate";

interface Catalogue {
  readonly source: string;
  readonly components: Readonly<Record<ComponentName, ComponentFacts>>;
  readonly routes: readonly RouteFacts[];
  /** Beginnings of the web front end's paths, in every release. */
  readonly pages: {
    /** For people without an account in the console. */
    readonly guests: readonly string[];
    /** Where people build, administer, sign in, install and reset passwords. */
    readonly console: readonly string[];
  };
  /** Oldest first. */
  readonly releases: readonly ReleaseFacts[];
  readonly vectorStores: Readonly<Record<VectorStore, VectorStoreFacts>>;
  /** By component, oldest first. `api` stands for all processes of the API's image. */
  readonly images: Readonly<Record<ImagesOf, readonly ImageFacts[]>>;
  readonly vulnerabilities: readonly Vulnerability[];
  /** Oldest first. */
  readonly steps: readonly ReleaseStep[];
  readonly features: Readonly<Record<Feature, FeatureFacts>>;
  /** By component, oldest change first. `api` stands for all processes of the API's image. */
  readonly variables: Readonly<Record<VariablesOf, readonly VariableChange[]>>;
}

/** Components whose images are known. */
export type ImagesOf = Exclude<ComponentName, "api_websocket" | "worker" | "beat">;

/** Components whose variables are known. */
export type VariablesOf = "api" | "web" | "plugin_daemon" | "sandbox" | "agent_backend" | "local_sandbox";

export type Feature = "codeIsStrictAboutAuthorities" | "pluginsInBucketWithoutKey" | "streamsRunInWorker";

/** The names in the types above, which an app that uses the package reads without the file. */
interface Listed {
  readonly components: ComponentName;
  readonly images: ImagesOf;
  readonly variables: VariablesOf;
  readonly features: Feature;
}

/** Does not compile if the file has a name that is not listed. */
type Complete<_InFile extends Listed> = Catalogue;

const complete: Complete<{ readonly [Table in keyof Listed]: keyof (typeof catalogue)[Table] }> = {
  ...catalogue,
  // TypeScript gives each object in a list the keys of all others, as undefined; a test checks the data.
  vulnerabilities: catalogue.vulnerabilities as Catalogue["vulnerabilities"],
  features: catalogue.features as Catalogue["features"],
  variables: catalogue.variables as unknown as Catalogue["variables"],
  images: catalogue.images,
};

/** All facts about Dify's releases: the only place for adding one. */
export const facts: Catalogue = complete;

/** Names of the components of all releases. */
export const componentNames = Object.keys(facts.components) as readonly ComponentName[];

/** @returns whether the image of a component has versions of its own, which releases name as tags */
export function hasOwnVersions(component: ComponentName): boolean {
  return facts.releases.some(({ tags }) => tags[component] !== undefined);
}

/** @returns the port on which a component answers @throws if it answers on none */
export function portOf(component: ComponentName): number {
  const { port } = facts.components[component];
  if (port === undefined) throw new Error(`${component} listens on no port`);
  return port;
}
