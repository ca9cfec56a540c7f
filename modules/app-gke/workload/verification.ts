import type { ApplicationConfig, Job } from "../application-config";

/** curl in its project's own image, which runs as its own user. */
const CURL_IMAGE = "curlimages/curl:8.16.0";
const CURL_USER = 100;
/** Name of the check's job and of its container. */
export const VERIFICATION = "verify";
/** The longest time for a check: three minutes of attempts, on a node that Autopilot may have to start first. */
export const VERIFICATION_SECONDS = 840;

/**
 * The check of a deployed release: one request to the application's health path, from inside the cluster, because
 * nothing in a stage has to be open to the outside.
 * @returns `undefined` if the application has no health path
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
    // Skaffold, which reports what failed, has to time out first.
    timeoutSeconds: VERIFICATION_SECONDS + 60,
  };
}
