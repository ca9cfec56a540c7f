import { byKubeBlocks, KUBEBLOCKS_CHOICE, sizedForKubeBlocks, toHaveKubeBlocksRun } from "../kubeblocks-used";
import { qdrantByKubeBlocks } from "../vectors-place";
import { postgresqlRules } from "./data-services-postgresql";
import { redisOfKubeBlocksRules } from "./redis-kubeblocks";
import { DESIGN, KUBERNETES, type Rule } from "./rule";

const used: Rule = {
  id: "data-services-used",
  what: "`data_services` with KubeBlocks for a database that Dify does not use",
  why: "You would pay for a database that nothing uses.",
  risk: "Medium",
  severity: "error",
  variables: ["data_services", "vector_store", "vector_store_moves_from"],
  source: DESIGN,
  brokenBy: (v) => v.data_services.qdrant === "kubeblocks" && !qdrantByKubeBlocks(v),
  message: (v) =>
    `data_services.qdrant is "kubeblocks", and vector_store is "${v.vector_store}": Dify would not use that Qdrant. Set vector_store = "qdrant", or take qdrant out of data_services.`,
};

const quorum: Rule = {
  id: "data-services-odd",
  what: "An even number of pods for KubeBlocks' Qdrant",
  why: "The pods decide by majority: two pods stop when one of them is away, four pods when two are. One pod less survives as much.",
  risk: "High",
  severity: "error",
  variables: ["kubeblocks_clusters", "data_services", "vector_store", "vector_store_moves_from"],
  source: DESIGN,
  brokenBy: (v) => qdrantByKubeBlocks(v) && v.kubeblocks_clusters.qdrant.replicas % 2 === 0,
  message: (v) =>
    `kubeblocks_clusters.qdrant.replicas is ${v.kubeblocks_clusters.qdrant.replicas}, and the pods decide by majority: an even number survives no more failures than one pod less. Set replicas = ${v.kubeblocks_clusters.qdrant.replicas + 1}.`,
};

const sized: Rule = {
  id: "data-services-sized",
  what: "`kubeblocks_clusters` for a database that KubeBlocks does not run, next to one that it runs",
  why: "The sizes have no effect, although it looks as if KubeBlocks ran that database, too.",
  risk: "Low",
  severity: "warning",
  variables: ["kubeblocks_clusters", ...KUBEBLOCKS_CHOICE],
  source: DESIGN,
  brokenBy: (v) => {
    const run = byKubeBlocks(v);
    // Where it runs none, all of it has no effect, which another rule says.
    if (run.length === 0) return [];
    return sizedForKubeBlocks(v).filter((name) => !run.includes(name));
  },
  message: (v, subject) =>
    `kubeblocks_clusters has ${subject}, and KubeBlocks runs only ${byKubeBlocks(v).join(" and ")} in this environment: what it says of ${subject} has no effect. Take ${subject} out of kubeblocks_clusters, or set ${toHaveKubeBlocksRun(
      sizedForKubeBlocks(v).filter((name) => name === subject),
      v,
    )}, after reading in docs/kubeblocks.md how data moves there.`,
};

const quota: Rule = {
  id: "data-services-quota",
  what: "`enable_resource_quota` with a database by KubeBlocks",
  why: "KubeBlocks' pods are in the same namespace, but are not counted when the quota is checked: it could be too small, and pods of Dify or of KubeBlocks would not start.",
  risk: "High",
  severity: "error",
  variables: ["enable_resource_quota", ...KUBEBLOCKS_CHOICE],
  source: KUBERNETES,
  brokenBy: (v) => v.enable_resource_quota && byKubeBlocks(v).length > 0,
  message: () =>
    "enable_resource_quota is true, and data_services has KubeBlocks run a database in the same namespace, whose pods are not counted when the quota is checked: pods of Dify or of KubeBlocks might not start. Set enable_resource_quota = false, or take data_services out.",
};

const copied: Rule = {
  id: "data-services-backups-used",
  what: "`kubeblocks_backups` without a database by KubeBlocks",
  why: "KubeBlocks copies only the databases that it runs, so nothing would be backed up.",
  risk: "High",
  severity: "error",
  variables: ["kubeblocks_backups", ...KUBEBLOCKS_CHOICE],
  source: DESIGN,
  brokenBy: (v) => v.kubeblocks_backups && byKubeBlocks(v).length === 0,
  message: () =>
    "kubeblocks_backups is true, and KubeBlocks runs no database of this environment: nothing would be backed up. Take kubeblocks_backups out, or have data_services use KubeBlocks.",
};

const unlocked: Rule = {
  id: "data-services-backups-locked",
  what: "KubeBlocks' backups in a bucket that is locked",
  why: "KubeBlocks deletes its backups itself. A locked bucket refuses that, and KubeBlocks would try again without end.",
  risk: "High",
  severity: "error",
  variables: ["kubeblocks_backups", "lock_portable_backups"],
  source: DESIGN,
  brokenBy: (v) => v.kubeblocks_backups && v.lock_portable_backups,
  message: () =>
    "kubeblocks_backups and lock_portable_backups are true: KubeBlocks could not delete what is older than backup_retention_days, nor the file with which it tests the bucket. Set kubeblocks_backups = false, or lock_portable_backups = false where the bucket is not locked yet.",
};

const meshed: Rule = {
  id: "data-services-backups-meshed",
  what: "KubeBlocks' backups in a service mesh",
  why: "The mesh adds its proxy to the pods that copy, and the proxy does not end with them: no backup would ever be complete.",
  risk: "High",
  severity: "error",
  variables: ["kubeblocks_backups", "configure_service_mesh"],
  source: DESIGN,
  brokenBy: (v) => v.kubeblocks_backups && v.configure_service_mesh,
  message: () =>
    "kubeblocks_backups and configure_service_mesh are true: the mesh adds its proxy to KubeBlocks' pods that copy, the proxy does not end with them, and no backup would be complete. Set kubeblocks_backups = false, and enable_portable_backups = true instead.",
};

const idle: Rule = {
  id: "data-services-operator-idle",
  what: "`install_operators` with `kubeblocks`, and no database by KubeBlocks",
  why: "The operator may read and write Secrets in the whole cluster, and you pay for its pods, while nothing in this environment needs it.",
  risk: "Low",
  severity: "warning",
  variables: ["install_operators", ...KUBEBLOCKS_CHOICE],
  source: DESIGN,
  brokenBy: (v) => v.install_operators.includes("kubeblocks") && byKubeBlocks(v).length === 0,
  message: () =>
    "install_operators has kubeblocks, and KubeBlocks runs no database of this environment: you pay for its pods, and it has rights in the whole cluster. Have data_services use it (docs/kubeblocks.md), or take kubeblocks out once nobody in the cluster has a Cluster.",
};

/** Rules for the databases that KubeBlocks runs. */
export const dataServiceRules: readonly Rule[] = [
  used,
  quorum,
  sized,
  quota,
  copied,
  unlocked,
  meshed,
  idle,
  ...postgresqlRules,
  ...redisOfKubeBlocksRules,
];
