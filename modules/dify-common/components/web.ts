import type { Component } from "../../app-gke/application-config";
import { MARKETPLACE_URL, ports } from "../environment";
import { whereRead } from "../reads";
import { patient } from "../probes";
import type { DifySettings } from "../settings";
import { sizes } from "../sizes";
import { imageOf, securityOf } from "./image";

/** The Next.js front end. */
export function webComponent(settings: DifySettings): Component {
  const check = { type: "http", path: "/", port: ports.web } as const;
  const scratch = [{ name: "tmp", mountPath: "/tmp" }];
  return {
    name: "web",
    image: imageOf(settings, "web"),
    ports: [{ name: "http", containerPort: ports.web }],
    environment: (bindings) => ({
      NODE_ENV: "production",
      DEPLOY_ENV: "PRODUCTION",
      CONSOLE_API_URL: bindings.publicUrl,
      APP_API_URL: bindings.publicUrl,
      ...whereRead(settings, "web", {
        EDITION: "SELF_HOSTED",
        // For rendering on the server: directly to the Service, not through the internet.
        SERVER_CONSOLE_API_URL: `http://${bindings.host("api")}:${settings.api.port}`,
        NEXT_PUBLIC_SOCKET_URL: bindings.publicUrl,
      }),
      // Shows the pages for these two components, which are hidden by default.
      ...(settings.release.release.images.agent_backend
        ? whereRead(settings, "web", { NEXT_PUBLIC_ENABLE_AGENT_V2: "true" })
        : {}),
      MARKETPLACE_API_URL: MARKETPLACE_URL,
      MARKETPLACE_URL,
      NEXT_TELEMETRY_DISABLED: "1",
      TEXT_GENERATION_TIMEOUT_MS: String(settings.api.timeoutSeconds * 1000),
    }),
    probes: {
      startup: { check, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 60 },
      readiness: { check, timeoutSeconds: 5 },
      liveness: { check, ...patient },
    },
    ...sizes(settings).web,
    security: securityOf(settings, "web", scratch),
    scratch,
    talksTo: ["api", ...(settings.marketplace ? ["internet"] : [])],
    drainSeconds: 10,
  };
}
