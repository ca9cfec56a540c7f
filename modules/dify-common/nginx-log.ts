import { secretPaths, secretPathsBelow } from "./releases";

/**
 * The access log, as Cloud Logging understands it: severity, and the request as `httpRequest`. It leaves out what would
 * let a reader in: query strings, and in a path everything after a part that a secret follows.
 */
export const accessLog: readonly string[] = [
  "# Everybody who knows the rest of these paths may use what is there.",
  "map $uri $logged_path {",
  "  default $uri;",
  `  "~^(?<before_secret>${alternatives(secretPaths)}).+" $before_secret***;`,
  `  "~^(?<before_token>/.*${alternatives(secretPathsBelow)}).+" $before_token***;`,
  "}",
  "log_format json escape=json",
  `  '{"severity":"INFO","time":"$time_iso8601",'`,
  `  '"httpRequest":{"requestMethod":"$request_method","requestUrl":"$logged_path","status":$status,"remoteIp":"$remote_addr",'`,
  `  '"requestSize":"$request_length","responseSize":"$bytes_sent","userAgent":"$http_user_agent",'`,
  `  '"protocol":"$server_protocol"},'`,
  `  '"host":"$host","scheme":"$public_scheme","seconds":$request_time,"upstream":"$upstream_addr",'`,
  `  '"upstreamStatus":"$upstream_status","firstByteSeconds":"$upstream_header_time","upstreamSeconds":"$upstream_response_time"}';`,
  "access_log /dev/stdout json;",
];

function alternatives(paths: readonly string[]): string {
  return `(?:${paths.join("|")})`;
}
