import type { Component, Probe } from "../application-config";
import type { Container, ProbeSpec } from "./kubernetes";

/** @returns the probes of a component's container */
export function probes(
  task: Pick<Component, "probes">,
): Pick<Container, "startupProbe" | "readinessProbe" | "livenessProbe"> {
  const { startup, readiness, liveness } = task.probes ?? {};
  return {
    ...(startup ? { startupProbe: probe(startup) } : {}),
    ...(readiness ? { readinessProbe: probe(readiness) } : {}),
    ...(liveness ? { livenessProbe: probe(liveness) } : {}),
  };
}

function probe({ check, ...timing }: Probe): ProbeSpec {
  const { initialDelaySeconds = 0, periodSeconds = 10, timeoutSeconds = 1, failureThreshold = 3 } = timing;
  return {
    ...(check.type === "http" ? { httpGet: { path: check.path, port: check.port } } : {}),
    ...(check.type === "tcp" ? { tcpSocket: { port: check.port } } : {}),
    ...(check.type === "exec" ? { exec: { command: check.command } } : {}),
    initialDelaySeconds,
    periodSeconds,
    timeoutSeconds,
    failureThreshold,
  };
}
