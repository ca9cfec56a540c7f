import type { ApplicationConfig, Job } from "../application-config";

/** curl, in an image of its own project; runs as its user. */
const CURL_IMAGE = "curlimages/curl:8.16.0";
const CURL_USER = 100;
/** Name of the check's job and of its container. */
export const VERIFICATION = "verify";
/** Longest a check takes: three minutes of tries, on a node that Autopilot may have to start first. */
export const VERIFICATION_SECONDS = 840;

/**
 * The check of a release that is deployed: one request to the application's health path, from inside the cluster, as
 * nothing of a stage need be open to the outside.
 * @returns `undefined` where the application names no health path
 */
export function verification(application: Pick<ApplicationConfig, "name" | "components" | "health">): Job | undefined {
  const { health } = application;
  const component = application.components.find(({ name }) => name === health?.component);
  const port = component?.ports?.[0];
  if (!health || !component || !port) return undefined;
  return {
    name: VERIFICATION,
    image: CURL_IMAGE,
    command: ["curl"],
    args: [
      "--silent",
      "--show-error",
      "--fail",
      "--output=/dev/null",
      "--max-time=10",
      "--retry=12",
      "--retry-delay=5",
      "--retry-all-errors",
      `http://${application.name}-${component.name}:${port.servicePort ?? port.containerPort}${health.path}`,
    ],
    resources: { cpu: "50m", memory: "64Mi" },
    security: { runAsUser: CURL_USER },
    talksTo: [component.name],
    retries: 0,
    // Skaffold, which says what failed, gives up first.
    timeoutSeconds: VERIFICATION_SECONDS + 60,
  };
}
