import { bytes } from "../app-gke/workload/quantities";
import type { DifySettings } from "../dify-common";
import { kubeBlocksPods } from "./kubeblocks-pods";
import type { Variables } from "./variables";

/** @returns whether KubeBlocks runs Dify's PostgreSQL, and not Cloud SQL */
export function postgresByKubeBlocks(v: Pick<Variables, "data_services">): boolean {
  return v.data_services.postgresql === "kubeblocks";
}

/** @returns `undefined` where it is on Cloud SQL */
export function postgresSettings(
  v: Pick<Variables, "data_services" | "kubeblocks_clusters">,
): DifySettings["database"]["kubeblocks"] {
  return postgresByKubeBlocks(v) ? kubeBlocksPods(v.kubeblocks_clusters.postgresql) : undefined;
}

/** Memory of a connection, and the most connections that there are. */
const [EACH, MOST] = [9_531_392, 5000];
/** Of these, as many are for administrators: `superuser_reserved_connections`. */
const OF_ADMINISTRATORS = 20;

/**
 * @param memory of a pod: `2Gi`
 * @returns how many connections the addon's configuration lets its users have
 * @see https://github.com/apecloud/kubeblocks-addons/blob/v1.0.2/addons/postgresql/config/pg14-config.tpl
 */
export function connectionsByKubeBlocks(memory: string): number {
  return Math.min(Math.floor(bytes(memory) / EACH), MOST) - OF_ADMINISTRATORS;
}
