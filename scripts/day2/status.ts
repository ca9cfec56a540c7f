import type { Console } from "../terminal/console";
import {
  type Backup,
  type Cluster,
  failureOf,
  hasEnded,
  isReady,
  type KubeBlocks,
  LABELS,
  type Operation,
  type Pod,
  saidOf,
} from "./kubeblocks";
import { clustersOf, type Database } from "./place";

/** Failed operations are shown for as long as the operator keeps them; more than these nobody reads. */
const SHOWN = 3;

/** A database with all that the cluster has of it. */
export interface Found extends Database {
  /** @default - it is not there */
  readonly object: Cluster | undefined;
  readonly pods: readonly Pod[];
  /** The newest last. */
  readonly backups: readonly Backup[];
  /** Those of its other Clusters, the newest last. */
  readonly otherBackups: readonly Backup[];
  /** Names of its other Clusters that are there, which Dify does not use. */
  readonly others: readonly string[];
  /** The newest last. */
  readonly operations: readonly Operation[];
}

/** @returns what the cluster has of a database */
export async function look(kubeblocks: KubeBlocks, database: Database): Promise<Found> {
  const { cluster: name } = database;
  const named = clustersOf(database).filter((one) => one !== name);
  const [object, pods, backups, otherBackups, operations, there] = await Promise.all([
    kubeblocks.cluster(name),
    kubeblocks.pods(name),
    kubeblocks.backups([name]),
    kubeblocks.backups(named),
    kubeblocks.operations(name),
    kubeblocks.clusters(),
  ]);
  const others = named.filter((one) => there.includes(one));
  return { ...database, ...{ object, pods, backups, otherBackups, operations, others } };
}

/** Shows a database. @returns whether all is as it should be */
export function show(found: Found, output: Console): boolean {
  const { backups, cluster: name, name: title, object: cluster, operations, others, pods } = found;
  const unused = others.map((other) => `  in addition, Cluster ${other}, which Dify does not use`);
  if (!cluster) {
    output.line(`\n${output.paint("bold", title)}  there is no Cluster ${name}: apply first`);
    for (const line of unused) output.line(line);
    return false;
  }
  const phase = cluster.status?.phase ?? "not begun";
  const runs = phase === "Running" && pods.every(isReady);
  output.line(`\n${output.paint("bold", title)}  ${output.paint(runs ? "green" : "red", phase)}  Cluster ${name}`);
  if (phase !== "Running") output.line(`  ${saidOf(cluster) || "The operator says nothing of it."}`);
  for (const part of cluster.spec.componentSpecs ?? []) partLines(cluster, part, pods, output);
  const last = backups.at(-1);
  output.line(`  last backup: ${last ? backupLine(last) : "none by KubeBlocks"}`);
  for (const operation of operations.filter((each) => !hasEnded(each))) {
    const { metadata, spec, status } = operation;
    output.line(
      `  operation ${metadata.name}: ${spec.type}, ${status?.phase ?? "not begun"} ${status?.progress ?? ""}`,
    );
  }
  const failed = operations.filter((each) => hasEnded(each) && each.status?.phase !== "Succeed").slice(-SHOWN);
  for (const operation of failed) {
    const { metadata, spec, status } = operation;
    output.line(`  operation ${metadata.name}: ${spec.type}, ${status?.phase ?? ""}: ${failureOf(operation)}`);
  }
  for (const line of unused) output.line(line);
  return runs && last?.status?.phase !== "Failed";
}

function partLines(
  { status }: Cluster,
  { name, replicas, serviceVersion }: NonNullable<Cluster["spec"]["componentSpecs"]>[number],
  all: readonly Pod[],
  output: Console,
): void {
  const pods = all.filter(({ metadata }) => metadata.labels?.[LABELS.part] === name);
  const ready = pods.filter(isReady).length;
  const phase = status?.components?.[name]?.phase ?? "not begun";
  output.line(`  ${name} ${serviceVersion ?? ""}: ${phase}, ${ready} of ${replicas ?? pods.length} pods ready`);
  for (const pod of pods) {
    const role = pod.metadata.labels?.[LABELS.role];
    const restarts = Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount = 0 }) => restartCount));
    const words = [
      pod.status?.phase ?? "not begun",
      ...(isReady(pod) ? [] : ["not ready"]),
      ...(role ? [role] : []),
      ...(restarts > 0 ? [`restarted ${restarts} times`] : []),
    ];
    output.line(`    ${pod.metadata.name}: ${words.join(", ")}`);
  }
}

/** @returns a backup in one line */
function backupLine({ metadata, spec, status = {} }: Backup): string {
  const { completionTimestamp, failureReason, phase = "not begun", totalSize } = status;
  return [
    `${metadata.name}, ${spec.backupMethod ?? ""}`,
    phase,
    ...(completionTimestamp === undefined ? [] : [completionTimestamp]),
    ...(totalSize === undefined ? [] : [totalSize]),
    ...(failureReason === undefined ? [] : [failureReason]),
  ].join(", ");
}
