import type { Given } from "./given";
import type { RuleCase } from "./rule-case";

const QDRANT: Given = { vector_store: "qdrant", data_services: { qdrant: "kubeblocks" } };
const QUOTA: Given = {
  enable_resource_quota: true,
  quota_cpu_requests: "60",
  quota_cpu_limits: "60",
  quota_memory_requests: "120Gi",
  quota_memory_limits: "120Gi",
  quota_max_pods: "60",
  quota_max_services: "20",
};

/** Databases by KubeBlocks. */
export const dataServiceCases: readonly RuleCase[] = [
  {
    id: "data-services-used",
    breaks: [
      { data_services: { qdrant: "kubeblocks" } },
      { data_services: { qdrant: "kubeblocks" }, vector_store: "weaviate" },
    ],
    holds: [
      QDRANT,
      { ...QDRANT, vector_store: "pgvector", vector_store_moves_from: "qdrant" },
      { vector_store: "qdrant" },
    ],
  },
  {
    id: "data-services-odd",
    breaks: [{ ...QDRANT, kubeblocks_clusters: { qdrant: { replicas: 4 } } }],
    holds: [
      { ...QDRANT, kubeblocks_clusters: { qdrant: { replicas: 5 } } },
      { vector_store: "qdrant", vector_store_replicas: 3 },
    ],
  },
  {
    id: "data-services-operator-idle",
    breaks: [{ install_operators: ["kubeblocks"] }, { install_operators: ["kubeblocks"], vector_store: "qdrant" }],
    holds: [{ ...QDRANT, install_operators: ["kubeblocks"] }, QDRANT, { install_operators: ["external-secrets"] }],
  },
  {
    id: "data-services-quota",
    breaks: [{ ...QDRANT, ...QUOTA }],
    holds: [QDRANT, QUOTA],
  },
];
