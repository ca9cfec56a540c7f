import { healthRoute, ownHealthPath } from "./releases";

/** How much of the pod a client may take, in nginx's words and in memory. Sizes in KiB. */

/** For a request's line and headers that are short. */
const HEADERS = 2;
/**
 * For those that are not: each holds a line and a header has to fit into one. gunicorn takes a request line of 4094 bytes and
 * headers of 8190 (https://docs.gunicorn.org/en/stable/settings.html#limit-request-line), Node 16 KiB of both together
 * (https://nodejs.org/api/http.html#httpmaxheadersize), so more would be let in to be refused.
 */
const LARGE_HEADERS = { count: 4, size: 8 } as const;
/** For the first part of an answer, whose headers have to fit into it; what passes through has the same limit. */
const ANSWER = 16;
/** For the body of a request that is being uploaded. */
const BODY = 16;
/** For nginx's own data of each request: its memory pools, and what it logs. */
const OWN = 12;

/**
 * Memory of a connection at most. A client that never ends its headers holds all of their buffers; a request that is passed on
 * holds them twice, once as they are sent on, with what it uploads and what is answered, and has two connections. Measured
 * with nginx 1.22: 43 and 79 KiB, the latter without an answer; with 1.31 49 and 87.
 */
export const CONNECTION_KIB = Math.max(
  HEADERS + LARGE_HEADERS.count * LARGE_HEADERS.size + OWN,
  Math.ceil((2 * (HEADERS + LARGE_HEADERS.count * LARGE_HEADERS.size) + BODY + ANSWER + OWN) / 2),
);

export interface ClientLimits {
  /** Seconds that a connection is kept while nothing is asked for. */
  readonly keepAliveSeconds: number;
  /** Requests that one client has open at a time, streams and WebSockets included. @default - as many as it likes */
  readonly requestsOfClient?: number;
}

/** Seconds that Google's load balancers keep a connection (https://cloud.google.com/load-balancing/docs/https#timeouts_and_retries). */
const LOAD_BALANCER_KEEPS = 600;

/** Seconds that a connection is kept: longer for proxies, which keep theirs, than for single clients, as an attacker can keep connections at no cost. */
export const KEEP_ALIVE = { proxies: LOAD_BALANCER_KEEPS + 20, clients: 65 } as const;

export function clientLimits({ keepAliveSeconds, requestsOfClient }: ClientLimits): string[] {
  return [
    `client_header_buffer_size ${HEADERS}k;`,
    `large_client_header_buffers ${LARGE_HEADERS.count} ${LARGE_HEADERS.size}k;`,
    `client_body_buffer_size ${BODY}k;`,
    "client_header_timeout 15s;",
    "reset_timedout_connection on;",
    `keepalive_timeout ${keepAliveSeconds}s;`,
    "keepalive_requests 100000;",
    ...(requestsOfClient === undefined ? [] : limitOf(requestsOfClient)),
  ];
}

/** HTTP/2 of clients. What is uploaded gets as much memory as by HTTP/1.1. */
export const http2: readonly string[] = ["http2 on;", `http2_body_preread_size ${BODY}k;`];

function limitOf(requests: number): string[] {
  return [
    "# A client without an address of its own, a probe for example, is not counted.",
    "map $uri $counted_client {",
    "  default $binary_remote_addr;",
    ...[ownHealthPath, healthRoute.path].map((path) => `  ${path} "";`),
    "}",
    "limit_conn_zone $counted_client zone=clients:2m;",
    `limit_conn clients ${requests};`,
    "limit_conn_status 429;",
    "limit_conn_log_level info;",
  ];
}

/** What is kept of an answer. */
export const answerBuffers: readonly string[] = [
  "proxy_buffering off;",
  "proxy_request_buffering off;",
  "# A component that asks for a buffer all the same would get it.",
  "proxy_ignore_headers X-Accel-Buffering;",
  `proxy_buffer_size ${ANSWER}k;`,
  // Not used without buffering, and checked all the same.
  `proxy_buffers 4 ${ANSWER}k;`,
  `proxy_busy_buffers_size ${2 * ANSWER}k;`,
];
