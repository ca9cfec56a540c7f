import type { Probe } from "../app-gke/application-config";

/**
 * Liveness: for what a restart heals. A component that is busy, or full, is out of the Service as soon as readiness fails, and
 * has five minutes before it counts as hanging.
 */
export const patient = { periodSeconds: 30, timeoutSeconds: 15, failureThreshold: 10 } as const;

/** Failures after which a process of the API counts as hanging, where nobody says otherwise. */
const FAILURES = 3;
/** Seconds that an answer of the API may take before it is a failure: a full process answers as soon as one request is done. */
const ANSWER = 30;

/**
 * The API's liveness as documented (`/health`), where its times are left open: the failures are further apart than the longest
 * request. A pod that does not answer gets no new requests, as it is not ready, and its old ones are over by then. If it still
 * does not answer, its connections are lost, and a restart heals that. A process that hangs is gunicorn's own to replace.
 */
export function apiLiveness(given: Probe, longestRequestSeconds: number): Probe {
  const failures = given.failureThreshold ?? FAILURES;
  return {
    timeoutSeconds: ANSWER,
    periodSeconds: Math.max(2 * ANSWER, Math.ceil((longestRequestSeconds + ANSWER) / failures)),
    failureThreshold: failures,
    ...Object.fromEntries(Object.entries(given).filter(([, value]: [string, unknown]) => value !== undefined)),
    check: given.check,
  };
}
