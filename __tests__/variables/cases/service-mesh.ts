import type { RuleCase } from "./rule-case";

const ON = { configure_service_mesh: true };

/** Of Cloud Service Mesh. */
export const serviceMeshCases: readonly RuleCase[] = [
  {
    id: "mesh-in-own-namespace",
    breaks: [{ ...ON, namespace_name: "ai", namespace_exists: true }],
    holds: [ON, { ...ON, namespace_name: "ai" }, { namespace_name: "ai", namespace_exists: true }],
    shows: "configure_service_mesh",
  },
  {
    id: "mesh-opens-ways-out",
    breaks: [{ ...ON, enable_network_segmentation: true }],
    holds: [ON, { enable_network_segmentation: true }],
    shows: "configure_service_mesh",
  },
];
