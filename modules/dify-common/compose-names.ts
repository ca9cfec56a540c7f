import type { ComponentName } from "./releases";

/**
 * Names in the environment of Dify's own compose file that no component reads: the file passes their values to a
 * component under another name (docker/docker-compose.yaml of 1.8.1 and 1.16.1).
 */
const handed: readonly { readonly names: RegExp; readonly component: ComponentName; readonly as: string }[] = [
  { names: /^SANDBOX_(API_KEY|GIN_MODE|WORKER_TIMEOUT|ENABLE_NETWORK|HTTPS?_PROXY)$/, component: "sandbox", as: "$1" },
  { names: /^API_(SENTRY_(?:DSN|TRACES_SAMPLE_RATE|PROFILES_SAMPLE_RATE))$/, component: "api", as: "$1" },
  { names: /^WEB_(SENTRY_DSN)$/, component: "web", as: "$1" },
  {
    names: /^API_WEBSOCKET_WORKER_(AMOUNT|CLASS|CONNECTIONS)$/,
    component: "api_websocket",
    as: "SERVER_WORKER_$1",
  },
  { names: /^API_WEBSOCKET_(GUNICORN_TIMEOUT)$/, component: "api_websocket", as: "$1" },
  { names: /^DB_PLUGIN_(DATABASE)$/, component: "plugin_daemon", as: "DB_$1" },
  { names: /^PLUGIN_DAEMON_(PORT)$/, component: "plugin_daemon", as: "SERVER_$1" },
  { names: /^PLUGIN_DEBUGGING_(HOST|PORT)$/, component: "plugin_daemon", as: "PLUGIN_REMOTE_INSTALLING_$1" },
  { names: /^EXPOSE_PLUGIN_DEBUGGING_(HOST|PORT)$/, component: "api", as: "PLUGIN_REMOTE_INSTALL_$1" },
  {
    names:
      /^PLUGIN_(DIFY_INNER_API_(?:URL|KEY)|PPROF_ENABLED|PYTHON_ENV_INIT_TIMEOUT|SENTRY_(?:ENABLED|DSN)|S3_\w+|AWS_\w+|AZURE_BLOB_STORAGE_\w+|TENCENT_COS_\w+|ALIYUN_OSS_\w+|VOLCENGINE_TOS_\w+)$/,
    component: "plugin_daemon",
    as: "$1",
  },
];

/**
 * Names with which Dify's own compose file configures nginx and squid, whose configuration follows from variables here.
 */
const ofTheEdge = /^(NGINX|SSRF|CERTBOT)_|^EXPOSE_NGINX_(SSL_)?PORT$/;

/** @returns the component to which Dify's own compose file passes a variable, and under which name */
export function handedTo(
  name: string,
): { readonly component: ComponentName; readonly variable: string } | "edge" | undefined {
  if (ofTheEdge.test(name)) return "edge";
  const found = handed.find(({ names }) => names.test(name));
  return found && { component: found.component, variable: name.replace(found.names, found.as) };
}
