import { facts, type ComponentName, type Lifetime, portOf } from "./catalogue";
import { compareVersions } from "./versions";

/** Requests whose path begins with `path` go to `component`. */
export interface Route {
  readonly path: string;
  /**
   * `prefix` matches as in nginx and in Dify's public configuration: `/api` also matches `/apifoo`. The longest one
   * wins.
   */
  readonly match: "prefix" | "exact";
  /** Name of a component, or `marketplace` for Dify's marketplace API outside the cluster. */
  readonly component: string;
  readonly port: number;
  /** Connections may be upgraded to WebSockets. @default false */
  readonly websocket?: boolean;
  /** The component gets the public URL of the request in `Dify-Hook-Url`. @default false */
  readonly hookUrl?: boolean;
  /** An encoded slash below it is part of a name. @default false - such a request is refused */
  readonly encodedSlashes?: boolean;
  /** Path below the route that accepts plugin packages. @default - none */
  readonly pluginUploads?: string;
}

/** What some routes need in addition to their component. */
const needs: Readonly<Record<string, Pick<Route, "websocket" | "hookUrl" | "pluginUploads" | "encodedSlashes">>> = {
  "/console/api": {
    // The console's own client encodes the names of providers, which have slashes
    // (packages/contracts/generated/api/console).
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

/** The routes of all releases. */
export const everyRoute: readonly Route[] = facts.routes.map(toRoute);

/**
 * Paths where people send prompts, programs, documents and workflows, which are full of SQL and shell: what is written
 * there cannot be told from an attack. All routes to the API and to plugins, in every release; `/` and the rest belong
 * to the web front end.
 */
export const freeTextPaths: readonly string[] = everyRoute
  .filter(({ component }) => component !== "web" && component !== "marketplace")
  .map(({ path }) => path);

/** Paths that lead to the console: its API, and all pages in any release that are not for guests. */
export const consolePaths: readonly string[] = ["/console", ...facts.pages.console];

/**
 * Paths that lead to a secret: everybody who knows what follows may use it without signing in. Hooks, triggers, files, MCP servers and
 * published applications, of every release (api/controllers).
 */
export const secretPaths: readonly string[] = [
  "/e/",
  "/files/",
  "/mcp/server/",
  "/triggers/",
  ...facts.pages.guests.map((path) => `${path}/`),
];
/** The same further down: what a person is asked to fill in. */
export const secretPathsBelow: readonly string[] = ["/form/human_input/", "/human-input-forms/"];

/** The API's health, under the documented path; nginx's own path is `ownHealthPath`. */
export const healthRoute: Route = { path: "/health", match: "exact", component: "api", port: portOf("api") };

/**
 * Answered by nginx itself, for probes and for the load balancer: it must not take the entry point out of service, and
 * the web front end with it, because the API restarts.
 */
export const ownHealthPath = "/nginx-health";

/** The web front end's files with fingerprints in their names: the only answers that may be cached. */
export const fingerprintedPaths: readonly string[] = ["/_next/static"];

/** @returns whether a release of the catalogue has something */
export function isThere({ since, until }: Lifetime, version: string): boolean {
  return compareVersions(version, since) >= 0 && (until === undefined || compareVersions(version, until) <= 0);
}

function toRoute({ path, component }: { readonly path: string; readonly component: string }): Route {
  const port = component === "marketplace" ? 443 : portOf(component as ComponentName);
  return { path, match: "prefix", component, port, ...needs[path] };
}
