import type { RuleCase } from "./rule-case";

const on = { enable_network_segmentation: true };
const to = (entry: object) => ({
  ...on,
  additional_egress: [{ components: ["plugin-daemon"], ports: [8000], ...entry }],
});
const vectors = (QDRANT_URL: string) => ({ ...on, environment_variables: { VECTOR_STORE: "qdrant", QDRANT_URL } });

const by = (proxy: object) => ({ enable_marketplace: false, outbound_proxy: { host: "proxy.corp.example", ...proxy } });

export const egressCases: readonly RuleCase[] = [
  {
    id: "outbound-proxy-elsewhere",
    breaks: [by({ host: "127.0.0.1" }), by({ host: "localhost" }), by({ host: "169.254.169.254" })],
    holds: [by({}), by({ host: "10.20.0.8" }), {}],
  },
  {
    id: "outbound-proxy-login",
    breaks: [by({ user: "dify" }), by({ password_secret: "proxy-password" })],
    holds: [by({}), by({ user: "dify", password_secret: "proxy-password" })],
  },
  {
    id: "outbound-proxy-heard",
    breaks: [
      { ...by({}), environment_variables: { NO_PROXY: ".corp.example" } },
      { ...by({}), environment_variables: { https_proxy: "http://10.0.0.9:3128" } },
      { ...by({}), secret_environment_variables: { HTTPS_PROXY: "proxy-url" } },
      { ...by({}), component_settings: { plugin_daemon: { environment: { HTTP_PROXY: "http://10.0.0.9:3128" } } } },
    ],
    holds: [
      { environment_variables: { NO_PROXY: ".corp.example" } },
      { ...by({}), component_settings: { web: { environment: { NODE_OPTIONS: "--no-warnings" } } } },
    ],
  },
  {
    id: "outbound-proxy-marketplace",
    breaks: [{ ...by({}), enable_marketplace: true }],
    holds: [by({}), { enable_marketplace: true }],
  },
  {
    id: "egress-one-destination",
    breaks: [
      to({}),
      to({ cidr: "10.0.0.0/24", namespace: "models" }),
      to({ component: "api", cidr: "10.0.0.1", ports: [] }),
      to({ cidr: "10.0.0.0/24", pod_labels: { app: "ollama" } }),
      to({ cidr: "10.0.0.0/24", ports: [] }),
      to({ component: "api" }),
    ],
    holds: [
      to({ cidr: "10.0.0.0/24" }),
      to({ cidr: "10.0.0.7" }),
      to({ namespace: "models" }),
      to({ namespace: "models", pod_labels: { app: "ollama" } }),
      to({ component: "api", ports: [] }),
    ],
  },
  {
    id: "egress-components-known",
    breaks: [
      to({ components: ["plugin-demon"], cidr: "10.0.0.7" }),
      to({ component: "tika", ports: [] }),
      { ...to({ components: ["agent-backend"], cidr: "10.0.0.7" }), application_version: "1.15.0" },
    ],
    holds: [
      to({ components: ["plugin_daemon", "worker", "migration"], cidr: "10.0.0.7" }),
      {
        ...to({ component: "tika", ports: [] }),
        additional_services: [{ name: "tika", image: "apache/tika:2.9.2.1", port: 9998 }],
      },
      {
        ...to({ components: ["sweep"], cidr: "10.0.0.7" }),
        cron_jobs: [{ name: "sweep", schedule: "0 3 * * *", command: ["true"] }],
      },
    ],
  },
  {
    id: "egress-not-for-strangers",
    breaks: [
      to({ components: ["sandbox"], cidr: "10.0.0.7" }),
      to({ components: ["local_sandbox", "api"], cidr: "10.0.0.7" }),
    ],
    holds: [to({ components: ["api"], cidr: "10.0.0.7" })],
  },
  {
    id: "egress-not-to-metadata",
    breaks: [to({ cidr: "169.254.169.254" }), to({ cidr: "169.254.0.0/16" })],
    holds: [to({ cidr: "10.0.0.0/8" }), to({ cidr: "0.0.0.0/0" })],
  },
  {
    id: "egress-pods-by-range",
    breaks: [to({ cidr: "10.204.0.7" }), to({ cidr: "10.204.0.0/24" })],
    holds: [
      to({ cidr: "10.0.0.0/8" }),
      { ...to({ cidr: "10.204.0.7" }), gke_cluster_name: "theirs", network_name: "theirs" },
    ],
  },
  {
    id: "egress-of-ssrf-proxy",
    breaks: [to({ components: ["ssrf_proxy"], cidr: "10.0.0.7" })],
    holds: [
      { ...to({ components: ["ssrf-proxy"], cidr: "10.0.0.7" }), ssrf_proxy_allowed_hosts: ["10.0.0.7"] },
      { ...to({ components: ["ssrf-proxy"], cidr: "10.0.0.7", ports: [3128] }), ...by({}) },
    ],
  },
  {
    id: "segmentation-names",
    breaks: [vectors("http://qdrant.corp.example:6333"), vectors("http://qdrant.vectors:6333"), { ...on, ...by({}) }],
    holds: [
      { ...on, ...by({ host: "10.20.0.8" }) },
      { ...to({ components: ["ssrf-proxy"], cidr: "10.20.0.8", ports: [3128] }), ...by({}) },
      vectors("http://10.0.5.5:6333"),
      vectors("http://qdrant.vectors.svc:6333"),
      vectors("http://qdrant:6333"),
      { ...vectors("http://qdrant.corp.example"), enable_network_segmentation: false },
      { ...on, environment_variables: { CHECK_UPDATE_URL: "https://updates.dify.ai" } },
      {
        ...vectors("http://qdrant.corp.example:6333"),
        additional_egress: [
          { components: ["api", "worker", "beat", "api-websocket"], cidr: "10.0.5.5", ports: [6333, 6334] },
        ],
      },
    ],
  },
  {
    id: "segmentation-secret-hosts",
    breaks: [
      { ...on, secret_environment_variables: { QDRANT_URL: "qdrant-url" } },
      { ...on, component_settings: { web: { secret_environment: { SENTRY_DSN: "web-dsn" } } } },
    ],
    holds: [
      { secret_environment_variables: { QDRANT_URL: "qdrant-url" } },
      { ...to({ cidr: "10.0.0.7" }), secret_environment_variables: { QDRANT_URL: "qdrant-url" } },
      { ...on, secret_environment_variables: { QDRANT_API_KEY: "qdrant-key" } },
    ],
  },
];
