import { unreadablePaths } from "./nginx-errors";
import { type Route } from "./releases";

/**
 * Paths that two parties would read differently. The load balancer's rules (sign-in, exempt paths) and the firewall
 * match a path as it was sent; nginx matches it decoded and normalized, and passes it on as it was sent
 * (https://nginx.org/en/docs/http/ngx_http_core_module.html#location). `/v1/..%2fapps` would be exempt from sign-in
 * because it is below `/v1`, and nginx would route it to the web front end. Such a request gets 400 before it is
 * routed.
 */

/** Encoded once or more: a component may decode again what it gets. */
const DOT = "(?:\\.|%(?:25)*2e)";
const ENCODED_SLASH = "%(?:25)*2f";
/** Browsers, and whatever follows their standard, read it as a slash (https://url.spec.whatwg.org/#path-state). */
const BACKSLASH = "(?:\\x5c|%(?:25)*5c)";
/** A path segment that stands for this directory or its parent. */
const DOT_SEGMENT = `(?:/|${ENCODED_SLASH})${DOT}{1,2}(?:/|${ENCODED_SLASH}|[;?#]|%(?:25)*(?:3b|3f|23)|$)`;
/** nginx ends the path at this character. Proxies in front of it may not. */
const FRAGMENT = "#";
/** The path in `$request_uri`, which also has the query. */
const PATH = "[^?]*";

/** @returns for nginx' `http`: variables that `refuseUnclearPaths` uses */
export function unclearPathMaps(routes: readonly Route[]): string[] {
  const free = routes.filter((route) => route.encodedSlashes === true).map(({ path }) => escaped(path));
  const outside = free.length === 0 ? "" : `(?!(?:${free.join("|")})/)`;
  return [
    "# A path that the load balancer, the firewall and the components would not read alike.",
    "map $request_uri $unclear_path {",
    "  default 0;",
    ...[DOT_SEGMENT, BACKSLASH, FRAGMENT].map((pattern) => `  "~*^${PATH}${pattern}" 1;`),
    `  "~^${outside}${PATH}(?i:${ENCODED_SLASH})" 1;`,
    "}",
    "# The same in what nginx has decoded once: the letters of a code may be encoded themselves.",
    "map $uri $unclear_again {",
    "  default 0;",
    ...[DOT_SEGMENT, BACKSLASH].map((pattern) => `  "~*${pattern}" 1;`),
    `  "~^${outside}.*(?i:${ENCODED_SLASH})" 1;`,
    "}",
    "# The component that it leads to as it was sent, and as nginx reads it.",
    ...component("$request_uri", "$sent_to", "(?:[?]|$)", routes),
    ...component("$uri", "$read_as", "$", routes),
  ];
}

/** For nginx' `server`: before a location is chosen. */
export const refuseUnclearPaths: readonly string[] = [
  "if ($unclear_path) { return 400; }",
  "if ($unclear_again) { return 400; }",
  "if ($sent_to != $read_as) { return 400; }",
];

/** As nginx chooses a location: an exact match, otherwise the longest prefix. */
function component(from: string, to: string, end: string, routes: readonly Route[]): string[] {
  const exact = routes.filter(({ match }) => match === "exact");
  const prefixes = routes.filter(({ match }) => match === "prefix");
  return [
    `map ${from} ${to} {`,
    '  default "";',
    // Where a request without a readable path is answered: it leads nowhere.
    ...unreadablePaths.map((path) => `  ${path} "";`),
    ...exact.map((route) => `  "~^${escaped(route.path)}${end}" ${route.component};`),
    ...prefixes
      .toSorted((a, b) => b.path.length - a.path.length)
      .map((route) => `  "~^${escaped(route.path)}" ${route.component};`),
    "}",
  ];
}

function escaped(path: string): string {
  return path.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
}
