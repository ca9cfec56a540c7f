import type { Job, Place, Resources } from "../application-config";
import { projectFile } from "../terraform/project-file";
import { LEAST_RESOURCES, resources, securityContext } from "./container-limits";
import type { Container, PodSpec, ProbeSpec } from "./kubernetes";
import { metricsPortName } from "./metrics-port";

/** The Cloud SQL Auth Proxy as a sidecar. */
export interface AuthProxy {
  readonly image: string;
  /** `project:region:instance`, or the ConfigMap with it for pods that are written before it is known. */
  readonly instance: { readonly connectionName: string } | { readonly configMap: string };
  readonly port: number;
  /** Whether it serves metrics. @default false */
  readonly metrics?: boolean;
  /** E-mail address of the service account that its clients log in as. @default - they have a password */
  readonly account?: string;
  /** Whether it runs in the container that uses it, and ends with it. @default false - in a container of its own */
  readonly within?: boolean;
}

/** Port of the Auth Proxy's health endpoints in a pod. */
export const AUTH_PROXY_HEALTH_PORT = 9801;
/** Port on which Cloud SQL accepts the Auth Proxy's connections. */
export const AUTH_PROXY_SERVER_PORT = 3307;
/** Name of the Auth Proxy's container. */
export const AUTH_PROXY_CONTAINER = "cloud-sql-proxy";
/** What the Auth Proxy requests next to a component. */
export const AUTH_PROXY_RESOURCES: Resources = { cpu: "100m", memory: "128Mi" };

/** Where a container finds the Auth Proxy that runs in it. */
const PROGRAM_DIRECTORY = "/opt/cloud-sql-proxy";
/** The program has some 35 MiB. */
const PROGRAM_VOLUME = { name: "cloud-sql-proxy", emptyDir: { sizeLimit: "128Mi" } } as const;

/**
 * The Auth Proxy next to the application's containers. The kubelet starts containers in order and lets a post-start
 * hook finish first, so the database can be reached when the application starts. When the pod ends, a pre-stop hook
 * keeps the proxy until the others have ended or the grace period is over, because after SIGTERM it opens no new
 * connections. (A native sidecar would do all this, but Terraform's Kubernetes provider only supports it from 3.0 on,
 * and CDKTF's classes are older.)
 */
export function authProxyContainer(
  proxy: AuthProxy,
  terminationGracePeriodSeconds: number,
  place: Place | undefined,
): Container {
  const health = (path: string): ProbeSpec => ({
    httpGet: { path, port: AUTH_PROXY_HEALTH_PORT },
    initialDelaySeconds: 0,
    periodSeconds: 10,
    timeoutSeconds: 5,
    failureThreshold: 3,
  });
  return {
    name: AUTH_PROXY_CONTAINER,
    image: proxy.image,
    args: [
      ...authProxyArguments(proxy),
      `--max-sigterm-delay=${terminationGracePeriodSeconds}s`,
      "--exit-zero-on-sigterm",
      ...(proxy.metrics ? ["--prometheus"] : []),
      ...("connectionName" in proxy.instance ? [proxy.instance.connectionName] : []),
    ],
    // Without the argument, the proxy reads CSQL_PROXY_INSTANCE_CONNECTION_NAME.
    ...("configMap" in proxy.instance ? { envFrom: [{ configMapRef: { name: proxy.instance.configMap } }] } : {}),
    ...(proxy.metrics
      ? { ports: [{ name: metricsPortName(AUTH_PROXY_HEALTH_PORT), containerPort: AUTH_PROXY_HEALTH_PORT }] }
      : {}),
    resources: resources(AUTH_PROXY_RESOURCES, place?.computeClass),
    lifecycle: {
      postStart: {
        exec: { command: ["/cloud-sql-proxy", "wait", "--max=120s", `--http-port=${AUTH_PROXY_HEALTH_PORT}`] },
      },
      preStop: { exec: { command: ["sh", "-c", waitForClients(proxy.port)] } },
    },
    startupProbe: { ...health("/startup"), periodSeconds: 1, failureThreshold: 60 },
    // Liveness does not use /readiness, which fails while the database restarts; a new proxy would not change that.
    livenessProbe: { ...health("/liveness"), failureThreshold: 6 },
    securityContext: securityContext({ runAsUser: 65532 }),
  };
}

/**
 * Needs a shell in the proxy's image, which the `-alpine` and Debian variants have; without one, the proxy ends at
 * once.
 */
function waitForClients(port: number): string {
  const code = codeOf("scripts/pods/wait-for-clients.sh");
  return [`PORT=${port}`, `HEALTH_PORT=${AUTH_PROXY_HEALTH_PORT}`, ...code].join("\n");
}

/**
 * @param pod of one job
 * @returns the same with the Auth Proxy in the job's own container, because a second container that never ends would keep the job
 * from completing. An init container copies the program, which needs nothing else of its image.
 */
export function withProxyWithin(pod: PodSpec, proxy: AuthProxy, job: Pick<Job, "security" | "place">): PodSpec {
  const { runAsUser, runAsGroup } = job.security ?? {};
  const mount = { name: PROGRAM_VOLUME.name, mountPath: PROGRAM_DIRECTORY };
  const copy: Container = {
    name: `${AUTH_PROXY_CONTAINER}-copy`,
    image: proxy.image,
    command: ["cp", "/cloud-sql-proxy", `${PROGRAM_DIRECTORY}/cloud-sql-proxy`],
    resources: resources({ ...LEAST_RESOURCES, ephemeralStorage: undefined }, job.place?.computeClass),
    securityContext: securityContext({ runAsUser, runAsGroup }),
    volumeMounts: [mount],
  };
  return {
    ...pod,
    initContainers: [...(pod.initContainers ?? []), copy],
    containers: pod.containers.map(({ args = [], command = [], envFrom = [], volumeMounts = [], ...container }) => ({
      ...container,
      command: ["sh", "-c", startWithin(proxy), "with-auth-proxy", ...command],
      ...(args.length > 0 && { args }),
      ...(("configMap" in proxy.instance || envFrom.length > 0) && {
        envFrom: [
          ...envFrom,
          ...("configMap" in proxy.instance ? [{ configMapRef: { name: proxy.instance.configMap } }] : []),
        ],
      }),
      volumeMounts: [...volumeMounts, { ...mount, readOnly: true }],
    })),
    volumes: [...(pod.volumes ?? []), PROGRAM_VOLUME],
  };
}

function startWithin(proxy: AuthProxy): string {
  const given = [
    ...authProxyArguments(proxy),
    "--quiet",
    ...("connectionName" in proxy.instance ? [proxy.instance.connectionName] : []),
  ];
  return [
    `PROGRAM=${PROGRAM_DIRECTORY}/cloud-sql-proxy`,
    `HEALTH_PORT=${AUTH_PROXY_HEALTH_PORT}`,
    `ARGUMENTS="${given.join(" ")}"`,
    ...codeOf("scripts/pods/with-auth-proxy.sh"),
  ].join("\n");
}

function authProxyArguments({ account, port, within }: AuthProxy): readonly string[] {
  return [
    "--private-ip",
    "--address=127.0.0.1",
    `--port=${port}`,
    "--structured-logs",
    "--health-check",
    `--http-address=${within ? "127.0.0.1" : "0.0.0.0"}`,
    `--http-port=${AUTH_PROXY_HEALTH_PORT}`,
    ...(account === undefined ? [] : ["--auto-iam-authn", `--impersonate-service-account=${account}`]),
  ];
}

function codeOf(script: string): readonly string[] {
  return projectFile(script)
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
}
