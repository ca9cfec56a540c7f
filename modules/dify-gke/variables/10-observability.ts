import { z } from "zod";
import { group, variable } from "./definition";
import { absolutePath, duration } from "./limits";
import { probeOverride } from "./probe";

const uptimeCheck = z.strictObject({
  enabled: z.boolean().default(false),
  path: absolutePath.default("/health"),
  check_interval: z.enum(["60s", "300s", "600s", "900s"]).default("60s"),
  timeout: duration.default("10s"),
});

const alertPolicy = z.strictObject({
  name: z.string().min(1),
  metric_type: z.string().min(1).describe("Metric, such as kubernetes.io/container/memory/used_bytes."),
  comparison: z.enum(["COMPARISON_GT", "COMPARISON_LT"]),
  threshold_value: z.number(),
  duration_seconds: z.int().min(0).max(86400).describe("How long the threshold must be crossed."),
  aggregation_period: duration.default("60s"),
});

/** Group 10: who notices when something is wrong. */
export const observability = group(10, {
  startup_probe_config: variable({
    description: "Replaces fields of `startup_probe`.",
    schema: probeOverride,
    default: { enabled: true },
  }),
  health_check_config: variable({
    description: "Replaces fields of `liveness_probe`.",
    schema: probeOverride,
    default: { enabled: true },
  }),
  uptime_check_config: variable({
    description: "Cloud Monitoring's check of the public address.",
    schema: uptimeCheck,
    default: { enabled: false, path: "/health" },
  }),
  gateway_log: variable({
    documented: false,
    description:
      "Which requests the gateway logs, with their whole addresses: query strings, and so tokens and signed addresses. `refused`: those that Cloud Armor refuses, or would refuse. nginx logs all requests without them.",
    schema: z.enum(["none", "refused", "all"]),
    default: "refused",
  }),
  gateway_log_sample_rate: variable({
    documented: false,
    description: "Share of these requests that the gateway logs, from 0 to 1.",
    schema: z.number().min(0).max(1),
    default: 1,
  }),
  alert_policies: variable({
    description: "Alerts in addition to the standard ones.",
    schema: z.array(alertPolicy),
    default: [],
  }),
});
