import type { Component } from "../../app-gke/application-config";
import { capacity } from "../capacity";
import { ports } from "../environment";
import { internalKey } from "../key-generations";
import { patient } from "../probes";
import { secretNames } from "../secrets";
import type { DifySettings } from "../settings";
import { sizes } from "../sizes";
import { imageOf, securityOf } from "./image";
import { doorPorts } from "./key-doors";
import { pythonPackages } from "./python-packages";

/** Runs the code of code nodes: untrusted, and the SSRF proxy is its only way out. */
export function sandboxComponent(settings: DifySettings): Component {
  const limits = capacity(settings).sandbox;
  const packages = pythonPackages(settings);
  const check = { type: "http", path: "/health", port: ports.sandbox } as const;
  return {
    name: "sandbox",
    image: imageOf(settings, "sandbox"),
    ports: [{ name: "http", ...doorPorts(settings, "sandbox", ports.sandbox) }],
    environment: (bindings) => {
      // By address: pods that run untrusted code get no DNS.
      const proxy = `http://${bindings.address("ssrf-proxy")}:${ports.ssrfProxy}`;
      return {
        GIN_MODE: "release",
        WORKER_TIMEOUT: "15",
        MAX_WORKERS: String(limits.workers),
        MAX_REQUESTS: String(limits.requests),
        ENABLE_NETWORK: "true",
        HTTP_PROXY: proxy,
        HTTPS_PROXY: proxy,
        SANDBOX_PORT: String(ports.sandbox),
        ...packages?.environment,
      };
    },
    files: packages?.files,
    secrets: { API_KEY: internalKey(settings, secretNames.sandboxKey) },
    probes: {
      startup: packages?.startup ?? { check, periodSeconds: 5, failureThreshold: 60 },
      readiness: { check },
      liveness: { check, ...patient },
    },
    ...sizes(settings).sandbox,
    security: {
      ...securityOf(settings, "sandbox", []),
      addCapabilities: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID", "SYS_CHROOT"],
      exception:
        "the sandbox starts as root to lock every piece of code into its own chroot under a user of its own, with a " +
        "seccomp filter: without SYS_CHROOT and SETUID it cannot run code at all",
    },
    talksTo: ["ssrf-proxy"],
    untrusted: true,
    drainSeconds: 5,
  };
}
