import { facts, type ComponentName, type Lifetime, portOf } from "./catalogue";
import { compareVersions } from "./versions";

/** Requests whose path begins with `path` go to `component`. */
export interface Route {
  readonly path: string;
  /** `prefix` is nginx's own: as in Dify's public configuration, `/api` also takes `/apifoo`. The longest one wins. */
  readonly match: "prefix" | "exact";
  /** Name of a component, or `marketplace` for Dify's marketplace API outside the cluster. */
  readonly component: string;
  readonly port: number;
  /** Connections may be upgraded to WebSockets. @default false */
  readonly websocket?: boolean;
  /** The back end is told the public URL of the request in `Dify-Hook-Url`. @default false */
  readonly hookUrl?: boolean;
  /** Below it, an encoded slash is part of a name. @default false - such a request is refused */
  readonly encodedSlashes?: boolean;
  /** Path below the route where packages of plugins come in. @default - nowhere */
  readonly pluginUploads?: string;
}

/** What single routes need in addition to their back end. */
const needs: Readonly<Record<string, Pick<Route, "websocket" | "hookUrl" | "pluginUploads" | "encodedSlashes">>> = {
  "/console/api": {
    // The console's own client encodes a provider's name, which has slashes (packages/contracts/generated/api/console).
    encodedSlashes: true,
    pluginUploads: "/console/api/workspaces/current/plugin/upload/",
  },
  "/e/": { hookUrl: true },
  "/socket.io/": { websocket: true },
};

/** @returns the route table of a release of the catalogue */
export function routesOf(version: string): readonly Route[] {
  return facts.routes.filter((route) => isThere(route, version)).map(toRoute);
}

/** Every route that any release has. */
export const everyRoute: readonly Route[] = facts.routes.map(toRoute);

/**
 * Paths where people send prompts, programs, documents and workflows, which are full of SQL and shell: what is written
 * there cannot be told from an attack. Every route to the API and to plugins, of every release; `/` and the rest is the
 * web front end's.
 */
export const freeTextPaths: readonly string[] = everyRoute
  .filter(({ component }) => component !== "web" && component !== "marketplace")
  .map(({ path }) => path);

/** Paths that lead to the console: its API, and every page of any release that is not for guests. */
export const consolePaths: readonly string[] = ["/console", ...facts.pages.console];

/** The API's health, under the documented path; nginx's own is `ownHealthPath`. */
export const healthRoute: Route = { path: "/health", match: "exact", component: "api", port: portOf("api") };

/**
 * Answered by nginx itself: for probes and for the load balancer, which must not take the entry point away (and the web
 * front end with it) because the API is restarting.
 */
export const ownHealthPath = "/nginx-health";

/** The web front end's files with a fingerprint in their names: the only answers that anybody may keep. */
export const fingerprintedPaths: readonly string[] = ["/_next/static"];

/** @returns whether a release of the catalogue has something */
export function isThere({ since, until }: Lifetime, version: string): boolean {
  return compareVersions(version, since) >= 0 && (until === undefined || compareVersions(version, until) <= 0);
}

function toRoute({ path, component }: { readonly path: string; readonly component: string }): Route {
  const port = component === "marketplace" ? 443 : portOf(component as ComponentName);
  return { path, match: "prefix", component, port, ...needs[path] };
}
