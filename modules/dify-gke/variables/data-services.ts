import { z } from "zod";
import { RESTORED_MOST } from "../../app-gke/data-cluster";
import { variable } from "./definition";
import { count, cpu, memory, namespace, serviceVersion } from "./limits";

interface Pods {
  readonly replicas: number;
  readonly cpu: string;
  readonly memory: string;
  readonly storage_gb: number;
}

/** @returns fields of one kind of pods, with the defaults of the source */
function fields(given: Pods) {
  return {
    replicas: count(1, 9).default(given.replicas).describe("Pods."),
    cpu: cpu.default(given.cpu).describe("Cores of each pod, requested and not exceeded."),
    memory: memory.default(given.memory).describe("Memory of each pod, requested and not exceeded."),
    storage_gb: count(10, 65536).default(given.storage_gb).describe("Disk of each pod in GB. It can grow."),
    restarts: count(0, 9999).default(0).describe("Raise it by one to have the pods replaced, one by one."),
  };
}

function version(given: string) {
  return serviceVersion.default(given).describe("One that KubeBlocks' addon knows.");
}

/** As many as Terraform forgets on the way from one to another. */
const restored = count(0, RESTORED_MOST)
  .default(0)
  .describe(
    "Which `Cluster` Dify uses: 0 is the first one, 1 is `<Cluster>-r1`, which was [restored](kubeblocks-operations.md#a-restored-cluster-becomes-difys).",
  );

function pods(given: Pods, newest: string) {
  return z
    .strictObject({ ...fields(given), version: version(newest), restored })
    .default({ ...given, restarts: 0, version: newest, restored: 0 });
}

const QDRANT = { replicas: 3, cpu: "1", memory: "2Gi", storage_gb: 20 };
const POSTGRESQL = { replicas: 2, cpu: "1", memory: "2Gi", storage_gb: 20 };
const REDIS_VERSION = "7.2.12";
const REDIS = { replicas: 2, cpu: "2", memory: "1Gi", storage_gb: 20 };
/** 0.2 GiB. */
const SENTINEL = { replicas: 3, cpu: "0.2", memory: "205Mi", storage_gb: 20 };

/** Who runs databases, and how large those of KubeBlocks are. Part of group 14. */
export const dataServices = {
  data_services: variable({
    documented: false,
    description:
      "Who runs a database: Google and this project (`google`), or [KubeBlocks](kubeblocks.md) in the cluster (`kubeblocks`). `qdrant`: the Qdrant of `vector_store`. `postgresql`: Dify's database, with KubeBlocks in the place of Cloud SQL. `redis`: queue, events and cache; a change needs `redis_moves_from`.",
    schema: z.strictObject({
      qdrant: z.enum(["google", "kubeblocks"]).default("google"),
      postgresql: z.enum(["google", "kubeblocks"]).default("google"),
      redis: z.enum(["google", "kubeblocks"]).default("google"),
    }),
    default: {},
  }),
  kubeblocks_clusters: variable({
    documented: false,
    description: "Sizes and versions of what KubeBlocks runs by `data_services`.",
    schema: z.strictObject({
      qdrant: pods(QDRANT, "1.15.4"),
      postgresql: pods(POSTGRESQL, "15.13.0"),
      redis: z
        .strictObject({
          ...fields(REDIS),
          version: version(REDIS_VERSION),
          broker_by_sentinel: z
            .boolean()
            .default(false)
            .describe(
              "Celery asks the sentinels where the primary is, in place of its Service. [More](kubeblocks.md#celery-and-the-sentinels).",
            ),
          restored,
          sentinel: z
            .strictObject(fields(SENTINEL))
            .default({ ...SENTINEL, restarts: 0 })
            .describe("The pods that agree on a new primary, of the same version."),
        })
        .default({
          ...REDIS,
          restarts: 0,
          version: REDIS_VERSION,
          broker_by_sentinel: false,
          restored: 0,
          sentinel: { ...SENTINEL, restarts: 0 },
        }),
    }),
    default: {},
  }),
  database_moves_from: variable({
    documented: false,
    description:
      "Confirms that `data_services` gives Dify another, empty PostgreSQL: `nothing`, and **the data in the previous one is lost**. `null`: such a change is refused.",
    schema: z.enum(["nothing"]).nullable(),
    default: null,
  }),
  kubeblocks_backups: variable({
    documented: false,
    description:
      "Has KubeBlocks copy the databases of `data_services` to the bucket of backups, on `backup_schedule`, for `backup_retention_days`. See [KubeBlocks' backups](kubeblocks-operations.md#backups).",
    schema: z.boolean(),
    default: false,
  }),
  kubeblocks_namespace: variable({
    documented: false,
    description:
      "Namespace that the KubeBlocks of `data_services` runs in, or that `install_operators` installs it in. Network policies let it into its databases' pods.",
    schema: namespace,
    default: "kb-system",
  }),
};
