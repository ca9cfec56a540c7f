import type { ComponentName } from "./releases";

/** Variables of the API's processes that this project sets, from what it creates and generates. */
const api = [
  "SECRET_KEY",
  "INIT_PASSWORD",
  "MODE",
  "DIFY_BIND_ADDRESS",
  "DIFY_PORT",
  "MIGRATION_ENABLED",
  "DB_TYPE",
  "DB_HOST",
  "DB_PORT",
  "DB_USERNAME",
  "DB_PASSWORD",
  "DB_DATABASE",
  "REDIS_HOST",
  "REDIS_PORT",
  "REDIS_PASSWORD",
  "REDIS_DB",
  "CELERY_BROKER_URL",
  "CELERY_BACKEND",
  "EVENT_BUS_REDIS_URL",
  "CODE_EXECUTION_ENDPOINT",
  "CODE_EXECUTION_API_KEY",
  "SSRF_PROXY_ALL_URL",
  "SSRF_PROXY_HTTP_URL",
  "SSRF_PROXY_HTTPS_URL",
  "PLUGIN_DAEMON_URL",
  "PLUGIN_DAEMON_KEY",
  "INNER_API_KEY_FOR_PLUGIN",
  "PLUGIN_REMOTE_INSTALL_HOST",
  "PLUGIN_REMOTE_INSTALL_PORT",
  "AGENT_BACKEND_BASE_URL",
  "AGENT_BACKEND_API_TOKEN",
] as const;
/** What all of the API's processes have to agree on: one with another value would use another Redis, bucket or key. */
const shared = [
  "HOME",
  "REDIS_USE_SSL",
  "REDIS_SSL_CERT_REQS",
  "REDIS_SSL_CA_CERTS",
  "REDIS_SSL_CERTFILE",
  "REDIS_SSL_KEYFILE",
  "REDIS_USERNAME",
  "INTERNAL_FILES_URL",
  "STORAGE_TYPE",
  "GOOGLE_STORAGE_BUCKET_NAME",
  "VECTOR_STORE",
  "PGVECTOR_HOST",
  "PGVECTOR_PORT",
  "PGVECTOR_USER",
  "PGVECTOR_PASSWORD",
  "PGVECTOR_DATABASE",
] as const;
/** The only way out of a pod that runs untrusted code. */
const wayOut = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"] as const;

/** Environment variables of the API's processes that only this project sets. */
export const managedEnvironment: ReadonlySet<string> = new Set(api);

const byComponent: Readonly<Partial<Record<ComponentName, readonly string[]>>> = {
  api: [...api, ...shared],
  worker: [...api, ...shared],
  beat: [...api, ...shared],
  // Its sessions need a single process that supports WebSocket.
  api_websocket: [...api, ...shared, "SERVER_WORKER_AMOUNT", "SERVER_WORKER_CLASS"],
  web: ["PORT", "HOSTNAME", "SERVER_CONSOLE_API_URL"],
  sandbox: ["API_KEY", "SANDBOX_PORT", ...wayOut],
  plugin_daemon: [
    "HOME",
    "PLATFORM",
    "SERVER_HOST",
    "SERVER_PORT",
    "SERVER_KEY",
    "DIFY_INNER_API_URL",
    "DIFY_INNER_API_KEY",
    "DB_TYPE",
    "DB_HOST",
    "DB_PORT",
    "DB_USERNAME",
    "DB_PASSWORD",
    "DB_DATABASE",
    "DB_DEFAULT_DATABASE",
    "DB_SSL_MODE",
    "REDIS_HOST",
    "REDIS_PORT",
    "REDIS_PASSWORD",
    "REDIS_DB",
    "REDIS_USE_SSL",
    "REDIS_SSL_CERT_REQS",
    "REDIS_SSL_CA_CERTS",
    "REDIS_USERNAME",
    "PLUGIN_REMOTE_INSTALLING_HOST",
    "PLUGIN_REMOTE_INSTALLING_PORT",
    "PLUGIN_WORKING_PATH",
    "PLUGIN_STORAGE_TYPE",
    "PLUGIN_STORAGE_LOCAL_ROOT",
    "PLUGIN_STORAGE_OSS_BUCKET",
  ],
  agent_backend: [
    "DIFY_AGENT_PLUGIN_DAEMON_URL",
    "DIFY_AGENT_PLUGIN_DAEMON_API_KEY",
    "DIFY_AGENT_INNER_API_URL",
    "DIFY_AGENT_INNER_API_KEY",
    "DIFY_AGENT_SHELLCTL_ENTRYPOINT",
    "DIFY_AGENT_SHELLCTL_AUTH_TOKEN",
    "DIFY_AGENT_STUB_API_BASE_URL",
    "DIFY_AGENT_SERVER_SECRET_KEY",
    "DIFY_AGENT_API_TOKEN",
    "DIFY_AGENT_REDIS_URL",
  ],
  local_sandbox: ["HOME", "SHELLCTL_AUTH_TOKEN", ...wayOut],
};

/** How a container finds its own programs and what it may write to; an image has them, or this project sets them. */
export const ownOfContainers: ReadonlySet<string> = new Set(["HOME", "PATH", "PYTHONHOME", "VIRTUAL_ENV"]);

/** What other components must have like the API's processes: it is set for all of them at once. */
const agreed: ReadonlySet<string> = new Set([
  "REDIS_USE_SSL",
  "REDIS_SSL_CERT_REQS",
  "REDIS_SSL_CA_CERTS",
  "REDIS_USERNAME",
]);

/**
 * @param readers components that a variable without a component goes to
 * @returns the component in which only this project may set the variable; undefined if the user may set it
 */
export function managedIn(readers: readonly ComponentName[], name: string): ComponentName | undefined {
  if (managedEnvironment.has(name)) return "api";
  return readers.find((component) => component !== "api" && reservedFor(component).has(name) && !agreed.has(name));
}

/**
 * @param component its name, or what a user wrote instead
 * @returns environment variables of a component that follow from what is created and generated here: with another value
 * it would not find or trust what it works with
 */
export function reservedFor(component: ComponentName): ReadonlySet<string> {
  return new Set(Object.hasOwn(byComponent, component) ? byComponent[component] : []);
}
