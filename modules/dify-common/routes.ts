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
  /** Path below the route where more than an ordinary file may come in, in MiB. @default - nowhere */
  readonly uploads?: { readonly path: string; readonly limitMb: number };
}

/** Releases that brought new routes; every other release has the routes of the nearest older one. */
export type RoutesOf = "1.8.1" | "1.16.1";

const api = { match: "prefix", component: "api", port: 5001 } as const;
const web = { match: "prefix", component: "web", port: 3000 } as const;

/** Largest plugin package, in MiB, that Dify takes (`PLUGIN_MAX_PACKAGE_SIZE`): the console uploads them. */
const pluginPackageLimitMb = 50;

/** The routes of Dify 1.8.1. */
export const baseRoutes: readonly Route[] = [
  {
    path: "/console/api",
    uploads: { path: "/console/api/workspaces/current/plugin/upload/", limitMb: pluginPackageLimitMb },
    ...api,
  },
  { path: "/api", ...api },
  { path: "/v1", ...api },
  { path: "/files", ...api },
  { path: "/mcp", ...api },
  { path: "/e/", match: "prefix", component: "plugin_daemon", port: 5002, hookUrl: true },
  { path: "/explore", ...web },
  { path: "/marketplace", match: "prefix", component: "marketplace", port: 443 },
  { path: "/", ...web },
];

/** What Dify 1.16.1 adds (`/triggers` is needed from 1.10.0 on). */
const routes1161: readonly Route[] = [
  { path: "/openapi", ...api },
  { path: "/triggers", ...api },
  { path: "/socket.io/", match: "prefix", component: "api_websocket", port: 5001, websocket: true },
];

/** The API's health, under the documented path; nginx's own is `ownHealthPath`. */
export const healthRoute: Route = { path: "/health", match: "exact", component: "api", port: 5001 };

/**
 * Answered by nginx itself: for probes and for the load balancer, which must not take the entry point away (and the web
 * front end with it) because the API is restarting.
 */
export const ownHealthPath = "/nginx-health";

/** The web front end's files with a fingerprint in their names: the only answers that anybody may keep. */
export const fingerprintedPaths: readonly string[] = ["/_next/static"];

/**
 * Paths where people send prompts, programs, documents and workflows, which are full of SQL and shell: what is written
 * there cannot be told from an attack. Every route to the API and to plugins; `/` and the rest is the web front end's.
 */
export const freeTextPaths: readonly string[] = [
  "/console/api",
  "/api",
  "/v1",
  "/files",
  "/mcp",
  "/e/",
  "/openapi",
  "/triggers",
  "/socket.io/",
];

/** @returns the route table of a release. */
export function routesFor(release: RoutesOf): readonly Route[] {
  return release === "1.8.1" ? baseRoutes : [...baseRoutes, ...routes1161];
}
