import { z } from "zod";
import { absolutePath, count, port } from "./limits";

const fields = {
  type: z.enum(["HTTP", "TCP"]).describe("HTTP asks `path`, TCP only connects."),
  path: absolutePath.describe("What an HTTP probe asks for."),
  port: port.describe("Port to probe. Not set: the container's own."),
  initial_delay_seconds: count(0, 3600),
  timeout_seconds: count(1, 3600),
  period_seconds: count(1, 3600),
  failure_threshold: count(1, 1000),
};

/** A probe with all numbers. */
function probe(failureThreshold: number) {
  return z.strictObject({
    enabled: z.boolean().default(true),
    type: fields.type.default("HTTP"),
    path: fields.path.default("/health"),
    port: fields.port.optional(),
    initial_delay_seconds: fields.initial_delay_seconds.default(30),
    timeout_seconds: fields.timeout_seconds.default(5),
    period_seconds: fields.period_seconds.default(10),
    failure_threshold: fields.failure_threshold.default(failureThreshold),
  });
}

/** Patient, because a first start migrates the database. */
export const startupProbe = probe(30);
export const livenessProbe = probe(3);
/** The API's own probe: times that are not given follow from how long a request may take. */
export const apiLivenessProbe = livenessProbe.extend({
  timeout_seconds: fields.timeout_seconds.optional().describe("Not given: 30."),
  period_seconds: fields.period_seconds
    .optional()
    .describe(
      "Not given: long enough that `failure_threshold` of them are longer than `timeout_seconds`, a request's longest time.",
    ),
});

/**
 * The fields of a probe that differ: a field left out keeps its other value, so `{ enabled = true }`, the documented
 * default, changes nothing.
 */
export const probeOverride = z.strictObject({
  enabled: z.boolean().default(true),
  ...z.object(fields).partial().shape,
});
