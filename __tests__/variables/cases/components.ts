import type { Given } from "./given";
import type { RuleCase } from "./rule-case";
import { service } from "./workloads";

const set = (component_settings: object): Given => ({ component_settings });

/** Settings of single components. */
export const componentCases: readonly RuleCase[] = [
  {
    id: "component-known",
    breaks: [
      set({ pluginn_daemon: { cpu: "2" } }),
      set({ nginx: {} }),
      set({ constructor: { environment: { A: "b" } } }),
      { ...set({ "agent-backend": { cpu: "1" } }), application_version: "1.8.1" },
      { ...set({ tika: { cpu: "2" } }), ...service({}) },
    ],
    holds: [set({ plugin_daemon: { cpu: "2" }, "ssrf-proxy": {} }), set({ "agent-backend": { cpu: "1" } })],
    shows: "component_settings",
  },
  {
    id: "component-set-once",
    breaks: [set({ plugin_daemon: {}, "plugin-daemon": {} })],
    holds: [set({ plugin_daemon: {}, "ssrf-proxy": {} })],
  },
  {
    id: "component-runs-once",
    breaks: [
      set({ beat: { replicas: 2 } }),
      set({ api_websocket: { max_replicas: 3 } }),
      set({ "plugin-daemon": { min_replicas: 2 } }),
      set({ "local-sandbox": { replicas: 2 } }),
      set({ "agent-backend": { replicas: 2 } }),
    ],
    holds: [set({ beat: { replicas: 1 }, web: { replicas: 3 }, sandbox: { min_replicas: 2, max_replicas: 9 } })],
  },
  {
    id: "component-replicas-one-way",
    breaks: [set({ web: { replicas: 2, max_replicas: 3 } }), set({ web: { min_replicas: 3, max_replicas: 2 } })],
    holds: [set({ web: { replicas: 2 } }), set({ web: { min_replicas: 3, max_replicas: 3 } }), set({ web: {} })],
  },
  {
    id: "component-shares-pod",
    breaks: [set({ worker: { replicas: 2 } }), set({ worker: { node_selector: { pool: "a" } } })],
    holds: [
      set({ worker: { cpu: "4", environment: { LOG_LEVEL: "DEBUG" } } }),
      { ...set({ worker: { replicas: 2 } }), worker_placement: "deployment" },
    ],
  },
  {
    id: "component-scratch-known",
    breaks: [set({ "plugin-daemon": { scratch: { wrok: "1Gi" } } }), set({ sandbox: { scratch: { tmp: "1Gi" } } })],
    holds: [set({ "plugin-daemon": { scratch: { work: "7Gi" } }, nobody: { scratch: { tmp: "1Gi" } } })],
  },
  {
    id: "component-environment-reserved",
    breaks: [
      set({ worker: { environment: { DB_HOST: "10.0.0.9" } } }),
      set({ sandbox: { environment: { HTTPS_PROXY: "http://10.0.0.9:3128" } } }),
      set({ plugin_daemon: { secret_environment: { SERVER_KEY: "mine" } } }),
      set({ api_websocket: { environment: { SERVER_WORKER_AMOUNT: "2" } } }),
    ],
    holds: [
      set({
        api: { environment: { SERVER_WORKER_AMOUNT: "4" } },
        plugin_daemon: { environment: { FORCE_VERIFYING_SIGNATURE: "false" } },
      }),
    ],
  },
  {
    id: "component-environment-read",
    breaks: [
      set({ web: { environment: { ALLOW_EMBDE: "true" } } }),
      set({ web: { environment: { FORCE_VERIFYING_SIGNATURE: "false" } } }),
      set({ proxy: { environment: { NGINX_PORT: "80" } } }),
      set({ sandbox: { secret_environment: { MY_KEY: "key" } } }),
      // Plugins may read anything, so only what looks like a slip of the pen.
      set({ plugin_daemon: { environment: { FORCE_VERIFY_SIGNATURE: "false" } } }),
    ],
    holds: [
      set({ web: { environment: { ALLOW_EMBED: "true", NODE_OPTIONS: "--max-old-space-size=700" } } }),
      set({ "plugin-daemon": { environment: { COMPANY: "acme", GOMEMLIMIT: "1GiB" } }, sandbox: {} }),
      set({ worker: { environment: { LOG_LEVEL: "DEBUG", TZ: "UTC" } }, nobody: { environment: { A: "1" } } }),
      set({ sandbox: { environment: { API_KEY: "x", PYTHON_LIB_PATH: "/usr/lib" } } }),
    ],
  },
  {
    id: "component-environment-once",
    breaks: [set({ web: { environment: { SOME_URL: "x" }, secret_environment: { SOME_URL: "x" } } })],
    holds: [set({ web: { environment: { SOME_URL: "x" } }, api: { secret_environment: { SOME_URL: "x" } } })],
  },
  {
    id: "secrets-not-in-component-environment",
    breaks: [set({ plugin_daemon: { environment: { S3_SECRET_KEY: "x" } } })],
    holds: [set({ plugin_daemon: { secret_environment: { S3_SECRET_KEY: "plugin-key" } } })],
  },
  {
    id: "pod-too-large",
    breaks: [
      set({ web: { cpu: "31" } }),
      // The worker and the Auth Proxy are in the same pod.
      set({ api: { cpu: "28", memory: "28Gi" } }),
      set({ "plugin-daemon": { memory: "120Gi", cpu: "20" } }),
      set({ "plugin-daemon": { scratch: { work: "8Gi" } } }),
      { cpu_limit: "15000m", memory_limit: "16Gi" },
    ],
    holds: [
      set({ web: { cpu: "30", memory: "30Gi" } }),
      set({ "plugin-daemon": { scratch: { work: "7Gi" } } }),
      set({ web: { cpu: "31", node_selector: { "cloud.google.com/compute-class": "Performance" } } }),
      { cpu_limit: "15000m", memory_limit: "16Gi", worker_placement: "deployment" },
    ],
  },
  {
    id: "component-size-raised",
    breaks: [set({ web: { cpu: "100m", memory: "4Gi" } }), set({ beat: { cpu: "4" } })],
    holds: [set({ web: { cpu: "1", memory: "4Gi" } }), { cpu_limit: "8", memory_limit: "4Gi" }],
  },
  {
    id: "component-settings-win",
    breaks: [
      { ...set({ api: { cpu: "3" } }), cpu_limit: "2000m" },
      { ...set({ worker: { memory: "6Gi" } }), memory_limit: "4Gi" },
      { ...set({ api: { replicas: 3 } }), min_instance_count: 2 },
    ],
    holds: [set({ api: { cpu: "3" } }), { ...set({ api: { cpu: "2000m" }, web: { cpu: "1" } }), cpu_limit: "2000m" }],
  },
];
