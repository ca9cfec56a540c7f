import type { Component, Port } from "../../app-gke/application-config";
import { ports } from "../environment";
import { acceptedKeys, type InternalKey } from "../key-generations";
import { patient } from "../probes";
import { secretNames } from "../secrets";
import type { DifySettings } from "../settings";
import { dnsName, imageOf, securityOf } from "./image";
import { PODS, script } from "./pod-scripts";

/** A component that accepts only one key, and how requests carry the key. */
interface Guarded {
  readonly component: "sandbox" | "plugin_daemon" | "agent_backend" | "local_sandbox";
  readonly key: InternalKey;
  /** The request's header, as nginx calls it, and what is in it before the key. */
  readonly header: "x_api_key" | "authorization";
  /** Where the component listens; requests come to the door's port. */
  readonly port: number;
}

const GUARDED: readonly Guarded[] = [
  // dify-sandbox internal/middleware/auth.go, dify-plugin-daemon internal/server/middleware.go
  { component: "sandbox", key: secretNames.sandboxKey, header: "x_api_key", port: ports.sandbox },
  { component: "plugin_daemon", key: secretNames.pluginDaemonKey, header: "x_api_key", port: ports.pluginDaemon },
  // dify-agent's server and shellctl, which both take a bearer token
  { component: "agent_backend", key: secretNames.agentBackendToken, header: "authorization", port: ports.agentBackend },
  { component: "local_sandbox", key: secretNames.shellctlToken, header: "authorization", port: ports.localSandbox },
];

/** A door's port is its component's and this, which leads to no other port of the pod. */
const DOOR_OFFSET = 1000;
const SUFFIX = "keys";

/** @returns the ports of a component that takes one key only: with generations of keys, its Service leads to the door */
export function doorPorts(
  { keyGeneration }: DifySettings,
  component: string,
  port: number,
): Pick<Port, "containerPort" | "earlierContainerPort" | "servicePort"> {
  const known = GUARDED.some((one) => dnsName(one.component) === component);
  return keyGeneration === undefined || !known
    ? { containerPort: port }
    : { containerPort: port + DOOR_OFFSET, earlierContainerPort: port, servicePort: port };
}

/**
 * nginx in the pod of each component that accepts only one key. nginx accepts three generations of the key, and passes on
 * the one that the component knows. It passes on any other value of the header unchanged, for the component to refuse.
 */
export function keyDoors(settings: DifySettings): Component[] {
  if (settings.keyGeneration === undefined) return [];
  const scratch = [{ name: "tmp", mountPath: "/tmp", sizeLimit: "64Mi" }];
  return GUARDED.filter(({ component }) => settings.release.release.images[component] !== undefined).map(
    ({ component, key, header, port }) => {
      const check = { type: "tcp", port: port + DOOR_OFFSET } as const;
      return {
        name: `${dnsName(component)}-${SUFFIX}`,
        inPodOf: dnsName(component),
        image: imageOf(settings, "proxy"),
        command: ["sh", `${PODS}/key-door.sh`],
        environment: () => ({ HEADER: header, LISTEN: String(port + DOOR_OFFSET), COMPONENT: String(port) }),
        secrets: acceptedKeys(key, "KEY"),
        files: [script("key-door.sh")],
        probes: { readiness: { check }, liveness: { check, ...patient } },
        resources: { cpu: "50m", memory: "64Mi", ephemeralStorage: "64Mi" },
        security: securityOf(settings, "proxy", scratch),
        scratch,
        // What goes through it ends first: nginx then waits for open requests (STOPSIGNAL SIGQUIT in its image).
        drainSeconds: 10,
      };
    },
  );
}
