import { type Route, routesFor } from "./routes";

/** Dify's components under the names of its own compose file. */
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

/** One Dify release: what it consists of and where its requests go. */
export interface Release {
  readonly version: string;
  /** Image of every component of the release, with a fixed tag. */
  readonly images: Readonly<Partial<Record<ComponentName, string>>>;
  readonly routes: readonly Route[];
}

/**
 * nginx and squid are floating tags upstream (`nginx:latest`, `ubuntu/squid:latest`). These are fixed ones.
 */
const EDGE_IMAGES = {
  ssrf_proxy: "ubuntu/squid:6.6-24.04_edge",
  proxy: "nginx:1.29.1-alpine",
} as const;

/** Known releases, newest first. Source: the public Helm chart at these versions and Dify's compose files. */
export const releases: readonly Release[] = [
  {
    version: "1.16.1",
    images: {
      api: "langgenius/dify-api:1.16.1",
      api_websocket: "langgenius/dify-api:1.16.1",
      web: "langgenius/dify-web:1.16.1",
      worker: "langgenius/dify-api:1.16.1",
      beat: "langgenius/dify-api:1.16.1",
      sandbox: "langgenius/dify-sandbox:0.2.15",
      plugin_daemon: "langgenius/dify-plugin-daemon:0.6.3-local",
      agent_backend: "langgenius/dify-agent-backend:1.16.1",
      local_sandbox: "langgenius/dify-agent-local-sandbox:1.16.1",
      ...EDGE_IMAGES,
    },
    routes: routesFor("1.16.1"),
  },
  {
    version: "1.8.1",
    images: {
      api: "langgenius/dify-api:1.8.1",
      web: "langgenius/dify-web:1.8.1",
      worker: "langgenius/dify-api:1.8.1",
      beat: "langgenius/dify-api:1.8.1",
      sandbox: "langgenius/dify-sandbox:0.2.12",
      plugin_daemon: "langgenius/dify-plugin-daemon:0.2.0-local",
      ...EDGE_IMAGES,
    },
    routes: routesFor("1.8.1"),
  },
];

/** The newest known release: the default. */
export const newest = releases[0] as Release;
const oldest = releases.at(-1) as Release;

/** What a version asked for comes to. */
export interface ResolvedRelease {
  readonly release: Release;
  /** Tag of Dify's own images: the version asked for, or the catalogue's. */
  readonly version: string;
}

/**
 * @param wanted `application_version`; null and `latest` are the newest known release
 * @returns the catalogue's entry; for a version that is not in it the nearest older one, with Dify's own images retagged
 */
export function resolveRelease(wanted: string | null): ResolvedRelease {
  if (wanted === null || wanted === "latest") return { release: newest, version: newest.version };
  const known =
    releases.find((release) => release.version === wanted) ??
    releases.find((release) => releaseNumber(release.version) < releaseNumber(wanted)) ??
    oldest;
  return { release: { ...known, images: retag(known, wanted) }, version: wanted };
}

/** `1.16.1` → 1016001: releases in order as numbers. Suffixes (`-fix.1`) count as the release they fix. */
export function releaseNumber(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version.split("-", 1)[0]?.split(".").map(Number) ?? [];
  return major * 1_000_000 + minor * 1_000 + patch;
}

/** Dify's own images carry Dify's version; sandbox, plugin daemon and proxies have their own. */
function retag(release: Release, version: string): Release["images"] {
  return Object.fromEntries(
    Object.entries(release.images).map(([component, image]) => [
      component,
      image.endsWith(`:${release.version}`) ? image.replace(/:[^:]*$/, `:${version}`) : image,
    ]),
  );
}
