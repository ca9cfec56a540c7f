import type { Probe } from "../app-gke/application-config";

/**
 * Liveness is for failures that a restart cures. A busy or full component leaves the Service as soon as readiness
 * fails, and has five minutes before it counts as hanging.
 */
export const patient = { periodSeconds: 30, timeoutSeconds: 15, failureThreshold: 10 } as const;

/** Failures after which a process of the API counts as hanging, unless the user says otherwise. */
const FAILURES = 3;
/**
 * Seconds after which a missing answer of the API is a failure: a full process answers as soon as one request is done.
 */
const ANSWER = 30;

/**
 * The API's liveness as documented (`/health`), for times that are not given: failures are further apart than the
 * longest request. A pod that does not answer is not ready and gets no new requests, and its old ones have ended by
 * then. If it still does not answer, its connections are stuck, which a restart cures. gunicorn itself replaces a
 * hanging process.
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
