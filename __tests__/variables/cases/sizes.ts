import type { RuleCase } from "./rule-case";
import { cron, job, service } from "./workloads";

const bucket = (action: object, condition: object) => ({
  storage_buckets: [{ name_suffix: "data", lifecycle_rules: [{ action, condition }] }],
});
/** A text of so many KiB. */
const allowing = (...cors: readonly object[]) => ({ storage_buckets: [{ name_suffix: "data", cors }] });
const kib = (count: number) => "x".repeat(count * 1024);
const many = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`V${index}`, kib(100)]));

/** What is too large for where it goes, and what Cloud Storage does not take. */
export const sizeCases: readonly RuleCase[] = [
  {
    id: "values-fit",
    breaks: [
      // One mistake, in four components and a job.
      { environment_variables: { A: kib(128) } },
      service({ env_vars: { A: kib(128) } }),
      cron({ env_vars: { A: kib(128) } }),
      service({ args: [kib(128)] }),
      job({ env_vars: many, needs_db: false }),
    ],
    holds: [service({ env_vars: { A: kib(127) }, args: [kib(127)] })],
  },
  {
    id: "annotations-fit",
    breaks: [
      { service_annotations: { "example.com/a": kib(256) } },
      { component_settings: { web: { annotations: { a: kib(200), b: kib(100) } } } },
      job({ description: kib(256) }),
    ],
    holds: [{ service_annotations: { "example.com/a": kib(200) } }, job({ description: "Short" })],
  },
  {
    id: "job-too-large",
    breaks: [job({ cpu_limit: "64" }), cron({ memory_limit: "1Ti" })],
    holds: [job({ cpu_limit: "16", memory_limit: "64Gi" })],
  },
  {
    id: "bucket-cors-matches",
    breaks: [
      allowing({ origin: ["https://app.example.com/"], method: ["GET"] }),
      allowing({ origin: ["app.example.com"], method: ["GET"] }),
      allowing({ origin: ["https://App.example.com"], method: ["GET"] }),
      allowing({ origin: ["*"], method: ["get"] }),
      allowing({ origin: ["*"], method: ["FETCH"] }),
      allowing({ origin: ["*"] }),
      allowing({ method: ["GET"] }),
    ],
    holds: [
      allowing(),
      // A page from a file, or in a closed frame.
      allowing({ origin: ["null"], method: ["GET"] }),
      allowing({ origin: ["http://localhost:3000", "https://app.example.com"], method: ["GET", "PUT", "OPTIONS"] }),
    ],
  },
  {
    id: "bucket-lifecycle-complete",
    breaks: [
      bucket({ type: "SetStorageClass" }, { age: 1 }),
      bucket({ type: "Delete", storage_class: "COLDLINE" }, { age: 1 }),
      bucket({ type: "Delete" }, {}),
      bucket({ type: "AbortIncompleteMultipartUpload" }, { age: 1, with_state: "LIVE" }),
    ],
    holds: [
      bucket({ type: "SetStorageClass", storage_class: "COLDLINE" }, { age: 1 }),
      bucket({ type: "Delete" }, { created_before: "2026-02-28" }),
      bucket({ type: "AbortIncompleteMultipartUpload" }, { age: 1 }),
    ],
    shows: "storage_buckets",
  },
  {
    id: "own-service-labels",
    breaks: [{ service_labels: { "app.kubernetes.io/name": "mine" } }],
    holds: [{ service_labels: { "app.kubernetes.io/part-of": "mine" } }],
    shows: "service_labels",
  },
  {
    id: "own-annotations",
    breaks: [
      { component_settings: { web: { annotations: { "checksum/configuration": "mine" } } } },
      { service_annotations: { "cloud.google.com/neg": "{}" }, enable_cdn: true },
    ],
    holds: [
      { component_settings: { web: { annotations: { "checksum/mine": "1" } } } },
      { service_annotations: { "cloud.google.com/neg": "{}" } },
    ],
  },
];
