import type { Server } from "../app-gke/application-config";
import type { Own } from "./routing";

/**
 * Which environment variables name a server that a component connects to, and how: network policies open exactly what they
 * name. A value that is a URL says all of it, whatever its variable is called. The fields below are for other values.
 */
interface HostVariable {
  /** Variable with the port. @default - the value has it, or the default counts */
  readonly port?: string;
  /** The port if neither the value nor another variable names one. @default - the port of the value's scheme */
  readonly defaultPort?: number;
  /** The scheme of a value that has none. @default http */
  readonly scheme?: string;
  /** Other ports of the same server that are connected to as well. @default [] */
  readonly also?: readonly Pick<HostVariable, "port" | "defaultPort">[];
}

const HTTPS: HostVariable = { scheme: "https" };
const REDIS: HostVariable = { scheme: "redis" };
const url: HostVariable = {};

/**
 * By name. Ports are the defaults of the source of 1.16.1 (api/configs, api/providers/vdb), or of the client where the
 * source gives it none.
 */
export const hostVariables: Readonly<Record<string, HostVariable>> = {
  // Vector stores.
  ALIBABACLOUD_MYSQL_HOST: { port: "ALIBABACLOUD_MYSQL_PORT", defaultPort: 3306 },
  ANALYTICDB_HOST: { port: "ANALYTICDB_PORT", defaultPort: 5432 },
  BAIDU_VECTOR_DB_ENDPOINT: url,
  CHROMA_HOST: { port: "CHROMA_PORT", defaultPort: 8000 },
  COUCHBASE_CONNECTION_STRING: { scheme: "couchbase", also: [{ defaultPort: 8091 }, { defaultPort: 8093 }] },
  DATABRICKS_HOST: HTTPS,
  ELASTICSEARCH_CLOUD_URL: HTTPS,
  ELASTICSEARCH_HOST: { port: "ELASTICSEARCH_PORT", defaultPort: 9200 },
  HOLOGRES_HOST: { port: "HOLOGRES_PORT", defaultPort: 80 },
  HUAWEI_CLOUD_HOSTS: { defaultPort: 9200 },
  IRIS_CONNECTION_URL: { scheme: "iris" },
  IRIS_HOST: { port: "IRIS_SUPER_SERVER_PORT", defaultPort: 1972 },
  LINDORM_URL: url,
  MATRIXONE_HOST: { port: "MATRIXONE_PORT", defaultPort: 6001 },
  MILVUS_URI: { defaultPort: 19530 },
  MYSCALE_HOST: { port: "MYSCALE_PORT", defaultPort: 8123 },
  OCEANBASE_VECTOR_HOST: { port: "OCEANBASE_VECTOR_PORT", defaultPort: 2881 },
  OPENGAUSS_HOST: { port: "OPENGAUSS_PORT", defaultPort: 6600 },
  OPENSEARCH_HOST: { port: "OPENSEARCH_PORT", defaultPort: 9200 },
  ORACLE_DSN: { defaultPort: 1521 },
  PGVECTOR_HOST: { port: "PGVECTOR_PORT", defaultPort: 5433 },
  PGVECTO_RS_HOST: { port: "PGVECTO_RS_PORT", defaultPort: 5431 },
  // qdrant_client asks this port where a URL has none, also one of https.
  QDRANT_URL: { defaultPort: 6333, also: [{ port: "QDRANT_GRPC_PORT", defaultPort: 6334 }] },
  RELYT_HOST: { port: "RELYT_PORT", defaultPort: 9200 },
  TABLESTORE_ENDPOINT: HTTPS,
  TENCENT_VECTOR_DB_URL: url,
  TIDB_ON_QDRANT_URL: { defaultPort: 6333, also: [{ port: "TIDB_ON_QDRANT_GRPC_PORT", defaultPort: 6334 }] },
  TIDB_VECTOR_HOST: { port: "TIDB_VECTOR_PORT", defaultPort: 4000 },
  UPSTASH_VECTOR_URL: HTTPS,
  VASTBASE_HOST: { port: "VASTBASE_PORT", defaultPort: 5432 },
  VIKINGDB_HOST: HTTPS,
  // It has two interfaces; without a variable of its own, the second is on the same host.
  WEAVIATE_ENDPOINT: { also: [{ defaultPort: 50051 }] },
  WEAVIATE_GRPC_ENDPOINT: { scheme: "grpc" },
  // Files.
  ALIYUN_OSS_ENDPOINT: HTTPS,
  ARCHIVE_STORAGE_ENDPOINT: HTTPS,
  AZURE_BLOB_ACCOUNT_URL: HTTPS,
  AZURE_BLOB_STORAGE_ACCOUNT_URL: HTTPS,
  BAIDU_BOS_ENDPOINT: HTTPS,
  BAIDU_OBS_ENDPOINT: HTTPS,
  HUAWEI_OBS_SERVER: HTTPS,
  OCI_ENDPOINT: HTTPS,
  S3_ENDPOINT: HTTPS,
  SUPABASE_URL: HTTPS,
  TENCENT_COS_CUSTOM_DOMAIN: HTTPS,
  TENCENT_COS_ENDPOINT: HTTPS,
  VOLCENGINE_TOS_ENDPOINT: HTTPS,
  // Redis. What it answers with a sentinel, another member, is as a rule on the same hosts.
  REDIS_CLUSTERS: { defaultPort: 6379 },
  REDIS_SENTINELS: { defaultPort: 26379, also: [{ defaultPort: 6379 }] },
  EVENT_BUS_REDIS_URL: REDIS,
  PUBSUB_REDIS_URL: REDIS,
  // Mail.
  SMTP_SERVER: { port: "SMTP_PORT", defaultPort: 465 },
  RESEND_API_URL: HTTPS,
  // Where it reports to.
  ALIYUN_SLS_ENDPOINT: HTTPS,
  ENTERPRISE_OTLP_ENDPOINT: url,
  OTLP_BASE_ENDPOINT: url,
  OTLP_METRIC_ENDPOINT: url,
  OTLP_TRACE_ENDPOINT: url,
  SENTRY_DSN: HTTPS,
  TELEMETRY_ENDPOINT: HTTPS,
  TELEMETRY_FALLBACK_ENDPOINT: HTTPS,
  // Proxies.
  ALL_PROXY: url,
  HTTP_PROXY: url,
  HTTPS_PROXY: url,
  all_proxy: url,
  http_proxy: url,
  https_proxy: url,
  SOCKS5_PROXY: { scheme: "socks5" },
  SSRF_PROXY_ALL_URL: url,
  SSRF_PROXY_HTTP_URL: url,
  SSRF_PROXY_HTTPS_URL: url,
  // Services that are asked.
  APOLLO_CONFIG_URL: url,
  BILLING_API_URL: url,
  BILLING_QUOTA_API_URL: url,
  CHECK_UPDATE_URL: HTTPS,
  CODE_EXECUTION_ENDPOINT: url,
  CREATORS_PLATFORM_API_URL: HTTPS,
  DIFY_AGENT_ENTERPRISE_SANDBOX_GATEWAY_ENDPOINT: url,
  DIFY_ENV_NACOS_SERVER_ADDR: { defaultPort: 8848 },
  DIFY_PLUGIN_SERVERLESS_CONNECTOR_URL: url,
  ENTERPRISE_API_URL: url,
  ENTERPRISE_PLUGIN_MANAGER_API_URL: url,
  ENTERPRISE_RBAC_API_URL: url,
  HOSTED_ANTHROPIC_API_BASE: HTTPS,
  HOSTED_AZURE_OPENAI_API_BASE: HTTPS,
  HOSTED_DEEPSEEK_API_BASE: HTTPS,
  HOSTED_FETCH_APP_TEMPLATES_REMOTE_DOMAIN: HTTPS,
  HOSTED_FETCH_PIPELINE_TEMPLATES_REMOTE_DOMAIN: HTTPS,
  HOSTED_GEMINI_API_BASE: HTTPS,
  HOSTED_OPENAI_API_BASE: HTTPS,
  HOSTED_XAI_API_BASE: HTTPS,
  KNOWLEDGE_FS_BASE_URL: url,
  MARKETPLACE_API_URL: HTTPS,
  PIP_MIRROR_URL: HTTPS,
  TIDB_API_URL: HTTPS,
  TIDB_IAM_API_URL: HTTPS,
  UNSTRUCTURED_API_URL: url,
};

/** Names that look like one and are none that is connected to, each with the reason. */
export const noHostVariables: readonly { readonly names: RegExp; readonly why: string }[] = [
  {
    names:
      /^((APP|CONSOLE|SERVICE)_(API|WEB)_URL|APP_API_URL|FILES_URL|TRIGGER_URL|ENDPOINT_URL_TEMPLATE|NEXT_PUBLIC_\w+|MARKETPLACE_URL|DOCS_\w+)$/,
    why: "a browser's, or Dify's own public address",
  },
  {
    names:
      /^((DB|REDIS)_HOST|DIFY_(INNER_API|AGENT_(PLUGIN_DAEMON|INNER_API|REDIS))_URL|DIFY_AGENT_SHELLCTL_ENTRYPOINT|(DIFY_AGENT_)*(AGENT_)?STUB_API_BASE_URL|AGENT_BACKEND_BASE_URL|INTERNAL_FILES_URL|PLUGIN_DAEMON_URL|SERVER_CONSOLE_API_URL|CELERY_BROKER_URL)$/,
    why: "set from what is created here",
  },
  {
    names: /^(HOSTNAME|SMTP_LOCAL_HOSTNAME|SERVER_HOST|PLUGIN_REMOTE_INSTALL(ING)?_HOST|\w*BIND_ADDRESS)$/,
    why: "where it listens, and who it says it is",
  },
  { names: /^(COOKIE_DOMAIN|\w+_COOKIE_DOMAIN|NO_PROXY|no_proxy)$/, why: "a list of names" },
  {
    names: /^AZURE_BLOB_STORAGE_CONNECTION_STRING$/,
    why: "it holds a key, so it is a secret, of an account at Azure's public addresses",
  },
  { names: /^DEV_PROXY_/, why: "read while Dify itself is developed" },
  { names: /_USE_CLUSTERS$|_USE_INTERNATIONAL_ENDPOINT$|^SUPPORT_EMAIL_ADDRESS$/, why: "no address" },
];

/** Ports that a URL without one means. */
const SCHEMES: Readonly<Record<string, number>> = {
  http: 80,
  https: 443,
  grpc: 50051,
  grpcs: 443,
  redis: 6379,
  rediss: 6379,
  postgres: 5432,
  postgresql: 5432,
  mysql: 3306,
  mongodb: 27017,
  amqp: 5672,
  amqps: 5671,
  socks5: 1080,
  socks5h: 1080,
  iris: 1972,
  couchbase: 11210,
  couchbases: 11207,
};

interface Address {
  /** @default - the text is no URL */
  readonly scheme?: string;
  readonly host: string;
  /** @default - the text has none */
  readonly port?: number;
}

/** `https://user@host:1/path`, `host:1`, `host`. An IPv6 address is none here: clusters have none. */
function addressIn(text: string): Address | undefined {
  const { scheme, host, port } =
    /^(?:(?<scheme>[a-z][\w+.-]*):\/\/)?(?:[^@/?#\s]*@)?(?<host>[\w.-]+)(?::(?<port>\d{1,5}))?(?:[/?#]\S*)?$/i.exec(
      text.trim(),
    )?.groups ?? {};
  if (host === undefined || !/[a-z\d]/i.test(host)) return undefined;
  return {
    scheme: scheme?.toLowerCase(),
    host: host.toLowerCase().replace(/\.$/, ""),
    ...(port !== undefined && { port: Number(port) }),
  };
}

/** @returns the servers that a component's own environment names, each port once */
export function namedServers(own: Own): readonly Server[] {
  const all = Object.entries(own).flatMap(([variable, value]): Server[] => {
    if (noHostVariables.some(({ names }) => names.test(variable))) return [];
    const known = Object.hasOwn(hostVariables, variable) ? hostVariables[variable] : undefined;
    if (!known && !/^\s*[a-z][\w+.-]*:\/\//i.test(value)) return [];
    return (known ? value.split(",") : [value]).flatMap((part) => {
      const address = addressIn(part);
      if (!address || isOwnHost(address.host)) return [];
      const ports = [portOf(own, address, known), ...(known?.also ?? []).map((also) => portOf(own, {}, also))];
      return ports.flatMap((port) => (port === undefined ? [] : [{ host: address.host, port, namedBy: variable }]));
    });
  });
  return [...new Map(all.map((server) => [`${server.host}:${server.port}`, server])).values()];
}

/** Inside the pod itself, the Auth Proxy for example. */
function isOwnHost(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || /^(127\.|0\.0\.0\.0$)/.test(host);
}

function portOf(own: Own, address: Pick<Address, "scheme" | "port">, variable?: HostVariable): number | undefined {
  const named = variable?.port === undefined ? undefined : own[variable.port]?.trim();
  return (
    address.port ??
    (named !== undefined && /^\d{1,5}$/.test(named) ? Number(named) : undefined) ??
    variable?.defaultPort ??
    SCHEMES[address.scheme ?? variable?.scheme ?? "http"]
  );
}
