import type { Component, ScratchDirectory } from "../../app-gke/application-config";
import { ports, redisKeyPrefix } from "../environment";
import { internalKey } from "../key-generations";
import { patient } from "../probes";
import { whereRead } from "../reads";
import { secretNames } from "../secrets";
import type { DifySettings } from "../settings";
import { sizes } from "../sizes";
import { imageOf, securityOf } from "./image";
import { doorPorts } from "./key-doors";

/** Each agent has its own home below: the default of the agent back end's `DIFY_AGENT_SHELL_HOME_ROOT`. */
const HOMES = "/home";

/**
 * The kubelet evicts the pod, and with it every agent's shell, once one of these exceeds its limit. Together they have
 * the most that Autopilot gives a pod, less some room for logs. Homes hold nearly everything: caches, packages, and
 * each shell's temporary files.
 */
const SHELL_DIRECTORIES: readonly ScratchDirectory[] = [
  { name: "home", mountPath: HOMES, sizeLimit: "7Gi" },
  { name: "tmp", mountPath: "/tmp", sizeLimit: "1Gi" },
  { name: "drive", mountPath: "/mnt/drive", sizeLimit: "1Gi" },
];

/** Runs agents (from 1.16 on) and the shells that they use: two components that belong together. */
export function agentComponents(settings: DifySettings): Component[] {
  if (!settings.release.release.images.agent_backend) return [];
  const size = sizes(settings);
  const health = { type: "http", path: "/healthz", port: ports.localSandbox } as const;
  const tmp = [{ name: "tmp", mountPath: "/tmp" }];
  const tcp = { type: "tcp", port: ports.agentBackend } as const;
  return [
    {
      name: "agent-backend",
      image: imageOf(settings, "agent_backend"),
      ports: [{ name: "http", ...doorPorts(settings, "agent-backend", ports.agentBackend) }],
      environment: (bindings) => ({
        DIFY_AGENT_PLUGIN_DAEMON_URL: `http://${bindings.host("plugin-daemon")}:${ports.pluginDaemon}`,
        DIFY_AGENT_INNER_API_URL: `http://${bindings.host("api")}:${settings.api.port}`,
        DIFY_AGENT_SHELLCTL_ENTRYPOINT: `http://${bindings.host("local-sandbox")}:${ports.localSandbox}`,
        // Programs in the shell call back here through the SSRF proxy, which resolves the name for them.
        DIFY_AGENT_STUB_API_BASE_URL: `http://${bindings.host("agent-backend")}:${ports.agentBackend}/agent-stub`,
        ...redisKeyPrefix(settings, "DIFY_AGENT_REDIS_PREFIX", "dify-agent"),
      }),
      secrets: {
        DIFY_AGENT_PLUGIN_DAEMON_API_KEY: internalKey(settings, secretNames.pluginDaemonKey),
        DIFY_AGENT_INNER_API_KEY: internalKey(settings, secretNames.innerApiKey),
        DIFY_AGENT_SHELLCTL_AUTH_TOKEN: internalKey(settings, secretNames.shellctlToken),
        DIFY_AGENT_SERVER_SECRET_KEY: secretNames.agentServerKey,
        ...whereRead(settings, "agent_backend", {
          DIFY_AGENT_API_TOKEN: internalKey(settings, secretNames.agentBackendToken),
        }),
        DIFY_AGENT_REDIS_URL: secretNames.agentRedisUrl,
      },
      probes: {
        startup: { check: tcp, periodSeconds: 5, failureThreshold: 60 },
        readiness: { check: tcp },
        liveness: { check: tcp, ...patient },
      },
      ...size["agent-backend"],
      security: securityOf(settings, "agent_backend", tmp),
      scratch: tmp,
      talksTo: ["plugin-daemon", "api", "local-sandbox", "redis"],
      terminationGracePeriodSeconds: 120,
      drainSeconds: 10,
    },
    {
      name: "local-sandbox",
      image: imageOf(settings, "local_sandbox"),
      ports: [{ name: "http", ...doorPorts(settings, "local-sandbox", ports.localSandbox) }],
      environment: (bindings) => {
        // By address: pods that run untrusted code get no DNS.
        const proxy = `http://${bindings.address("ssrf-proxy")}:${ports.ssrfProxyAgents}`;
        const variables = { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY: "localhost,127.0.0.1" };
        return {
          ...variables,
          // For curl and wget, which read the proxy for plain HTTP only in this spelling.
          ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [name.toLowerCase(), value])),
          // The server's own, with its state. It creates this directory itself. The kubelet would create the image's
          // one, which is also the container's working directory, as root on the empty volume.
          HOME: `${HOMES}/shellctl`,
        };
      },
      secrets: { SHELLCTL_AUTH_TOKEN: internalKey(settings, secretNames.shellctlToken) },
      probes: {
        startup: { check: health, periodSeconds: 5, failureThreshold: 60 },
        readiness: { check: health },
        liveness: { check: health, ...patient },
      },
      ...size["local-sandbox"],
      security: securityOf(settings, "local_sandbox", SHELL_DIRECTORIES),
      scratch: SHELL_DIRECTORIES,
      talksTo: ["ssrf-proxy"],
      untrusted: true,
    },
  ];
}
