import type { Probe } from "../app-gke/application-config";
import type { Variables } from "./variables";

type ProbeVariable = Variables["liveness_probe"];

/**
 * A probe with the fields of its override: an override that leaves a field out does not change it. Both have `enabled =
 * true` by default, so it never switches on what the other one switches off.
 */
export function overridden(variable: ProbeVariable, override: Partial<ProbeVariable>): ProbeVariable {
  const given = Object.entries(override).filter(([, value]: [string, unknown]) => value !== undefined);
  return {
    ...variable,
    ...Object.fromEntries(given),
    enabled: variable.enabled && override.enabled !== false,
  };
}

/** Turns a documented probe into a component's. */
export function probe(variable: ProbeVariable, port: number): Probe | undefined {
  if (!variable.enabled) return undefined;
  const probed = variable.port ?? port;
  return {
    check:
      variable.type === "HTTP" ? { type: "http", path: variable.path, port: probed } : { type: "tcp", port: probed },
    initialDelaySeconds: variable.initial_delay_seconds,
    timeoutSeconds: variable.timeout_seconds,
    periodSeconds: variable.period_seconds,
    failureThreshold: variable.failure_threshold,
  };
}
