import type { Given } from "./given";
import type { RuleCase } from "./rule-case";
import { cron, job, service } from "./workloads";

const set = (component_settings: object): Given => ({ component_settings });
const ARM = { architecture: "arm64", compute_class: "Scale-Out" };

/** Where pods run. */
export const nodeCases: readonly RuleCase[] = [
  {
    id: "arm-has-a-class",
    breaks: [
      set({ web: { architecture: "arm64" } }),
      service({ architecture: "arm64", compute_class: "Balanced" }),
      cron({ architecture: "arm64", command: ["true"] }),
      job({ architecture: "arm64", compute_class: "Accelerator" }),
    ],
    holds: [
      set({ web: ARM }),
      service({ architecture: "arm64", compute_class: "Performance" }),
      set({ web: { architecture: "amd64" } }),
    ],
  },
  {
    id: "arm-image-known",
    breaks: [
      set({ sandbox: ARM }),
      set({ "plugin-daemon": ARM }),
      { ...set({ api: ARM }), container_image: "example/api:1" },
      { ...cron({ ...ARM, command: ["true"], image: "" }), container_image: "example/api:1" },
    ],
    holds: [
      set({ api: ARM, web: ARM, proxy: ARM, ssrf_proxy: ARM }),
      service(ARM),
      cron({ ...ARM, command: ["true"], image: "" }),
      { ...cron({ ...ARM, image: "busybox:1.37" }), container_image: "example/api:1" },
    ],
  },
  {
    id: "spot-grace-period",
    breaks: [
      set({ api: { spot: true } }),
      { ...set({ worker: { spot: true } }), worker_placement: "deployment", termination_grace_period_seconds: 25 },
    ],
    holds: [
      { ...set({ api: { spot: true } }), termination_grace_period_seconds: 25 },
      set({ web: { spot: true } }),
      set({ api: { spot: false } }),
    ],
  },
  {
    id: "spot-single-pod",
    breaks: [set({ plugin_daemon: { spot: true } })],
    holds: [set({ web: { spot: true } }), service({ spot: true })],
  },
  {
    id: "node-label-once",
    breaks: [
      set({ web: { spot: true, node_selector: { "cloud.google.com/gke-spot": "true" } } }),
      service({ gpu_type: "nvidia-l4", node_selector: { "cloud.google.com/gke-accelerator": "nvidia-t4" } }),
      cron({
        command: ["true"],
        compute_class: "Balanced",
        node_selector: { "cloud.google.com/compute-class": "Balanced" },
      }),
    ],
    holds: [
      set({ web: { node_selector: { "cloud.google.com/gke-spot": "true" } } }),
      service({ spot: true, node_selector: { "topology.kubernetes.io/zone": "us-central1-a" } }),
    ],
  },
  {
    id: "gpu-count-needs-type",
    breaks: [service({ gpu_count: 2 })],
    holds: [service({ gpu_count: 2, gpu_type: "nvidia-l4" })],
  },
  {
    id: "gpu-has-node",
    breaks: [
      service({ gpu_type: "nvidia-l4", compute_class: "Scale-Out" }),
      service({ gpu_type: "nvidia-l4", compute_class: "Accelerator", architecture: "arm64" }),
      service({ gpu_type: "nvidia-l4", gpu_count: 3 }),
    ],
    holds: [
      service({ gpu_type: "nvidia-l4", gpu_count: 4, compute_class: "Accelerator" }),
      service({ compute_class: "Scale-Out", architecture: "arm64" }),
    ],
  },
  {
    id: "gpu-known",
    breaks: [service({ gpu_type: "nvidia-l5" })],
    holds: [service({ gpu_type: "nvidia-tesla-t4" }), service({})],
  },
];
