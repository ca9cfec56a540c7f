/**
 * Identity-Aware Proxy says in headers who has signed in, as a token of Google's and as plain text
 * (https://cloud.google.com/iap/docs/signed-headers-howto), and keeps a session in cookies
 * (https://cloud.google.com/iap/docs/sessions-howto). Everybody who has the cookies is let in; on paths without sign-in anybody
 * can send the headers. No component reads either, and plugins are programs of others: neither goes past nginx.
 */
const HEADERS = [
  "X-Goog-IAP-JWT-Assertion",
  "X-Goog-Authenticated-User-Email",
  "X-Goog-Authenticated-User-ID",
  "X-Goog-IAP-Generated-Response",
];

/** `GCP_IAP_UID`, `__Host-GCP_IAP_AUTH_TOKEN_…`, `GCP_IAAP_AUTH_TOKEN_…`, `GCP_IAAP_XSRF_NONCE_…`. */
const COOKIE = "(?:__(?:Host|Secure)-)?GCP_IAA?P_[^=;]*=[^;]*";
/** More than it sets at a time; each step removes one. */
const COOKIES = 8;

/** @returns for nginx' `http`: `$own_cookies`, what the browser sent without those of the sign-in */
export const ownCookies: readonly string[] = Array.from({ length: COOKIES }, (_, index) => {
  const [from, to] = [index, index + 1].map((step) =>
    step === 0 ? "$http_cookie" : step === COOKIES ? "$own_cookies" : `$cookies_${step}`,
  );
  return [
    `map ${from} ${to} {`,
    `  default ${from};`,
    `  "~^(?<cookies_before_${index}>(?:.*?; *)?)${COOKIE}(?:; *(?<cookies_after_${index}>.*))?$" $cookies_before_${index}$cookies_after_${index};`,
    "}",
  ];
}).flat();

/** For nginx' `server`. */
export const withoutSignIn: readonly string[] = [
  ...HEADERS.map((name) => `proxy_set_header ${name} "";`),
  "proxy_set_header Cookie $own_cookies;",
];
