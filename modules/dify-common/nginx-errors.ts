import { everyRoute } from "./releases";

/** What nginx answers itself where a component cannot: for a person as a page, for a program as Dify's own errors are. */
interface ErrorPage {
  readonly status: number;
  /** Other statuses of nginx's that mean the same to a client. @default [] */
  readonly also?: readonly number[];
  /** As Dify names its errors. */
  readonly code: string;
  readonly title: string;
  /** Shown to the client, so it says nothing about the servers behind nginx. */
  readonly message: string;
}

const pages: readonly ErrorPage[] = [
  {
    status: 400,
    code: "bad_request",
    title: "The request cannot be read",
    message: "The address has a form that is not accepted here, or the request is not complete. Check the address.",
  },
  {
    status: 413,
    code: "file_too_large",
    title: "The upload is too large",
    message:
      "What you send is larger than is accepted here. Send a smaller file, or ask this site's administrator for a higher limit.",
  },
  {
    status: 414,
    code: "uri_too_long",
    title: "The address is too long",
    message: "The address has more than 8,000 characters. Send the data in the body of the request.",
  },
  {
    status: 431,
    // nginx's own number for it, which it would answer as 400.
    also: [494],
    code: "headers_too_large",
    title: "The request's headers are too large",
    message:
      "A header of the request is longer than 8,000 characters. In a browser, delete this site's cookies and try again.",
  },
  {
    status: 429,
    code: "too_many_requests",
    title: "Too many requests at once",
    message: "More requests are open from your address than are accepted at a time. Try again in a moment.",
  },
  {
    status: 502,
    code: "bad_gateway",
    title: "Not available at the moment",
    message: "A part of this site does not answer. It may be starting: try again in a minute.",
  },
  {
    status: 503,
    code: "service_unavailable",
    title: "Not available at the moment",
    message: "This site cannot take the request at the moment. Try again in a minute.",
  },
  {
    status: 504,
    code: "gateway_timeout",
    title: "No answer in time",
    message: "A part of this site took too long to answer. Try again; a long run may have gone on in the meantime.",
  },
];

/** Where programs call; everywhere else it depends on what a client accepts. */
const programs = everyRoute
  .filter(({ component }) => component !== "web" && component !== "marketplace")
  .map(({ path }) => path.replace(/\/$/, ""));

/** The path of the answer to a request whose path nginx could not read: a named location does not accept such a request. */
const UNREADABLE = "/.unreadable";
/** Statuses of such requests: they are some of those with 400, and all of those with 414. */
const unreadable = { some: 400, all: 414 } as const;
const isUnreadable = ({ status }: ErrorPage): boolean => status === unreadable.some || status === unreadable.all;

/** Paths of nginx's own, and the status that each is for. */
export const unreadablePaths: readonly string[] = pages.filter(isUnreadable).map(pathOf);

/** @returns for nginx' `http`: in which form a client gets them */
export const errorForm: readonly string[] = [
  "# A page for who accepts one, and is not where programs call.",
  'map "$request_uri $http_accept" $error_form {',
  "  default json;",
  `  "~^(?:${programs.join("|")})(?:[/?]| )" json;`,
  '  "~ .*text/html" html;',
  "}",
  "map $uri $error_of_request {",
  `  default @${unreadable.some}_$error_form;`,
  `  "" ${UNREADABLE}/${unreadable.some};`,
  "}",
];

/** @returns lines for nginx' `server`: the error pages, which are static and are not cached */
export const errorPages: readonly string[] = [
  ...pages.map(({ status, also = [] }) => `error_page ${[status, ...also].join(" ")} =${status} ${target(status)};`),
  ...pages
    .filter(({ status }) => status !== unreadable.all)
    .flatMap((page) => [
      ...answer(`@${page.status}_html`, page.status, "text/html", html(page)),
      ...answer(`@${page.status}_json`, page.status, "application/json", json(page)),
    ]),
  ...pages
    .filter(isUnreadable)
    .flatMap((page) => answer(`= ${pathOf(page)}`, page.status, "application/json", json(page), ["internal;"])),
];

function pathOf({ status }: Pick<ErrorPage, "status">): string {
  return `${UNREADABLE}/${status}`;
}

function target(status: number): string {
  if (status === unreadable.all) return pathOf({ status });
  return status === unreadable.some ? "$error_of_request" : `@${status}_$error_form`;
}

function answer(location: string, status: number, type: string, text: string, more: readonly string[] = []): string[] {
  return [
    `location ${location} {`,
    ...more.map((line) => `  ${line}`),
    `  default_type ${type};`,
    ...(type === "text/html" ? ["  charset utf-8;"] : []),
    "  add_header X-Content-Type-Options nosniff always;",
    "  add_header Cache-Control no-store always;",
    // The text stands in single quotes of nginx's.
    `  return ${status} '${text}\\n';`,
    "}",
  ];
}

function json({ status, code, message }: ErrorPage): string {
  return JSON.stringify({ code, message, status }).replaceAll("'", "\\u0027");
}

function html({ status, title, message }: ErrorPage): string {
  const text = (plain: string): string => plain.replaceAll("'", "&#39;");
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">' +
    `<title>${text(title)}</title></head><body style="font-family:sans-serif;max-width:36em;margin:4em auto;padding:0 1em">` +
    `<h1>${text(title)}</h1><p>${text(message)}</p><p>Error ${status}</p></body></html>`
  );
}
