import type { Component } from "../../app-gke/application-config";
import { ports } from "../environment";
import { secretNames } from "../secrets";
import type { DifySettings } from "../settings";
import { imageOf } from "./image";

/** Orchestrates agent runs (from 1.16) and the shells they use: two components that belong together. */
export function agentComponents(settings: DifySettings): Component[] {
  if (!settings.release.release.images.agent_backend) return [];
  const health = { type: "http", path: "/healthz", port: ports.localSandbox } as const;
  const tcp = { type: "tcp", port: ports.agentBackend } as const;
  return [
    {
      name: "agent-backend",
      image: imageOf(settings, "agent_backend"),
      ports: [{ name: "http", containerPort: ports.agentBackend }],
      environment: (platform) => ({
        DIFY_AGENT_PLUGIN_DAEMON_URL: `http://${platform.host("plugin-daemon")}:${ports.pluginDaemon}`,
        DIFY_AGENT_INNER_API_URL: `http://${platform.host("api")}:${settings.api.port}`,
        DIFY_AGENT_SHELLCTL_ENTRYPOINT: `http://${platform.host("local-sandbox")}:${ports.localSandbox}`,
        // What runs in the shell calls back here, without a name service.
        DIFY_AGENT_STUB_API_BASE_URL: `http://${platform.address("agent-backend")}:${ports.agentBackend}/agent-stub`,
      }),
      secrets: {
        DIFY_AGENT_PLUGIN_DAEMON_API_KEY: secretNames.pluginDaemonKey,
        DIFY_AGENT_INNER_API_KEY: secretNames.innerApiKey,
        DIFY_AGENT_SHELLCTL_AUTH_TOKEN: secretNames.shellctlToken,
        DIFY_AGENT_SERVER_SECRET_KEY: secretNames.agentServerKey,
        DIFY_AGENT_API_TOKEN: secretNames.agentBackendToken,
        DIFY_AGENT_REDIS_URL: secretNames.agentRedisUrl,
      },
      probes: {
        startup: { check: tcp, periodSeconds: 5, failureThreshold: 60 },
        readiness: { check: tcp },
        liveness: { check: tcp, periodSeconds: 20 },
      },
      resources: { cpu: "500m", memory: "1Gi" },
      scaling: { type: "fixed", replicas: 1 },
      security: { runAsUser: 1001, readOnlyRootFilesystem: false },
      scratch: [{ name: "tmp", mountPath: "/tmp" }],
      talksTo: ["plugin-daemon", "api", "local-sandbox", "redis"],
      terminationGracePeriodSeconds: 120,
      drainSeconds: 10,
    },
    {
      name: "local-sandbox",
      image: imageOf(settings, "local_sandbox"),
      ports: [{ name: "http", containerPort: ports.localSandbox }],
      environment: (platform) => {
        const proxy = `http://${platform.address("ssrf-proxy")}:${ports.ssrfProxy}`;
        return {
          HTTP_PROXY: proxy,
          HTTPS_PROXY: proxy,
          NO_PROXY: platform.address("agent-backend"),
          HOME: "/workspace",
        };
      },
      secrets: { SHELLCTL_AUTH_TOKEN: secretNames.shellctlToken },
      probes: {
        startup: { check: health, periodSeconds: 5, failureThreshold: 60 },
        readiness: { check: health },
        liveness: { check: health, periodSeconds: 20, timeoutSeconds: 5 },
      },
      resources: { cpu: "500m", memory: "1Gi", ephemeralStorage: "4Gi" },
      // A shell's files are on the disk of the pod that has it.
      scaling: { type: "fixed", replicas: 1 },
      security: { runAsUser: 1001, readOnlyRootFilesystem: false },
      scratch: [
        { name: "tmp", mountPath: "/tmp" },
        { name: "workspace", mountPath: "/workspace", sizeLimit: "2Gi" },
      ],
      talksTo: ["ssrf-proxy", "agent-backend"],
      untrusted: true,
    },
  ];
}
