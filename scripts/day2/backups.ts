import { printable } from "../../modules/dify-gke/printable";
import { Refusal } from "../acceptance/options";
import { Impossible, step } from "../adopt/steps";
import type { Cluster as Api } from "../restore/cluster";
import { Jobs } from "../restore/jobs";
import { until, type Waiting } from "../restore/wait";
import type { Console } from "../terminal/console";
import type { Backup, KubeBlocks, Policy } from "./kubeblocks";
import type { Operations } from "./operations";
import type { Wanted } from "./options";
import { clustersOf, type Database, type Place } from "./place";
import type { Found } from "./status";

/** Seconds that a copy may take. */
const SECONDS = 6 * 3600;
/** Methods of addons that copy everything, and end. */
export const WHOLE: readonly string[] = ["datafile", "pg-basebackup"];

interface BackupsProps {
  readonly cluster: Api;
  readonly output: Console;
  readonly place: Place;
  readonly waiting: Waiting;
  readonly kubeblocks: KubeBlocks;
  readonly operations: Operations;
  /** @throws Refusal if nobody agrees */
  readonly confirm: (question: string) => Promise<void>;
}

/** Backs databases up, and restores a backup as another Cluster. */
export class Backups {
  constructor(private readonly props: BackupsProps) {}

  /** @throws Impossible with its maker's words, if it failed */
  async take(database: Database, { method }: Extract<Wanted, { what: "backup" }>): Promise<void> {
    const { output } = this.props;
    const { cluster, copiedBy, name } = database;
    // A job of this project: it needs no backups of KubeBlocks, and its pods may connect to the database.
    if (method === undefined && copiedBy !== undefined) {
      await this.byJob(copiedBy);
      return;
    }
    const found = await step(output, "look for a repository of KubeBlocks", () => this.policyOf(cluster));
    if (found) {
      await this.byKubeBlocks(cluster, found.policy, found.repository, method);
      return;
    }
    throw new Refusal(
      `KubeBlocks has no BackupRepo that is ready for Cluster ${cluster}, so it can keep no backup. ` +
        (copiedBy === undefined
          ? `No job of this environment copies ${name} either. Make a repository: docs/kubeblocks-operations.md#backups`
          : `Leave --method out: ${copiedBy} copies ${name}.`),
    );
  }

  /** @throws Refusal if there is no such backup, or something has the name of the other Cluster */
  async restore(found: Found, { as, from }: Extract<Wanted, { what: "restore" }>): Promise<void> {
    const { confirm, kubeblocks, operations, output, place } = this.props;
    const { cluster, name: database } = found;
    const backup = chosen(found, from);
    const other = as ?? free(found);
    if (as === undefined && other.length > NAME_LENGTH)
      throw new Refusal(
        `The next Cluster that Dify could go over to is ${other}, and KubeBlocks restores into none with a name of more than ${NAME_LENGTH} characters, which ` +
          "application_name makes it. Restore under a shorter name with --as, and take from that Cluster what you need.",
      );
    if (!/^[a-z]([-a-z0-9]{0,28}[a-z0-9])?$/.test(other))
      throw new Refusal(
        `${other} is not a valid name for a Cluster: ${NAME_LENGTH} lower-case letters, digits and hyphens at most. Set another with --as.`,
      );
    if (await step(output, `look whether there is a Cluster ${other}`, () => kubeblocks.cluster(other)))
      throw new Refusal(
        `Namespace ${place.namespace} has a Cluster ${other} already, which stays as it is. Name another with --as.`,
      );
    output.line(
      `KubeBlocks makes Cluster ${other} of ${backup.metadata.name}, as large as its database was then: its pods and disks are paid for in ` +
        `addition. ${cluster} stays as it is, and Dify keeps using it.`,
    );
    await confirm("Make it now?");
    await step(output, `open connections for ${other} like for ${cluster}`, () => kubeblocks.openLike(cluster, other));
    await operations.perform(`restore ${backup.metadata.name} as ${other}`, {
      cluster: other,
      type: "Restore",
      spec: { restore: { backupName: backup.metadata.name, volumeRestorePolicy: "Parallel" } },
    });
    const services = await kubeblocks.services(other).catch(() => []);
    const number = clustersOf(found).indexOf(other);
    output.line(`
${output.paint("green", "Restored")} as Cluster ${other}${services.length > 0 ? `, with the Services ${services.join(", ")}` : ""}.
${
  number < 0
    ? "Dify cannot go over to a Cluster of that name. To look at it, and to delete it again: docs/kubeblocks-operations.md#restoring"
    : `To have Dify use it, set restored = ${number} for ${database} in kubeblocks_clusters, next to its sizes, and apply: docs/kubeblocks-operations.md#a-restored-cluster-becomes-difys`
}`);
  }

  private async policyOf(cluster: string): Promise<{ policy: Policy; repository: string } | undefined> {
    const { kubeblocks } = this.props;
    for (const policy of await kubeblocks.policies(cluster)) {
      const repository = (policy.spec.backupMethods ?? []).length > 0 ? await kubeblocks.repository(policy) : undefined;
      if (repository !== undefined) return { policy, repository };
    }
    return undefined;
  }

  private async byKubeBlocks(
    cluster: string,
    policy: Policy,
    repository: string,
    wanted: string | undefined,
  ): Promise<void> {
    const { kubeblocks, output, waiting } = this.props;
    const methods = (policy.spec.backupMethods ?? []).map((each) => each.name);
    const method = wanted ?? methods.find((each) => WHOLE.includes(each)) ?? methods[0] ?? "";
    if (!methods.includes(method))
      throw new Refusal(
        `Cluster ${cluster} has no method ${method}. It has: ${methods.join(", ")}. Name one of these in --method.`,
      );
    const name = `${cluster}-by-hand-${Date.now().toString(36)}`;
    let status = "";
    const ended = await step(
      output,
      `back up ${cluster} to ${repository} as ${name}`,
      async () => {
        await kubeblocks.backUp({
          apiVersion: "dataprotection.kubeblocks.io/v1alpha1",
          kind: "Backup",
          metadata: { name },
          spec: { backupPolicyName: policy.metadata.name, backupMethod: method, deletionPolicy: "Delete" },
        });
        return await until(
          waiting,
          async () => {
            const now = await kubeblocks.backup(name);
            if (!now) throw new Impossible(`Somebody has deleted the backup ${name}.`);
            status = now.status?.phase ?? "";
            return ["Completed", "Failed"].includes(status) ? now : undefined;
          },
          SECONDS,
        );
      },
      () => status,
    );
    if (!ended)
      throw new Impossible(
        `The backup ${name} has not ended after ${SECONDS / 3600} hours. See status for its result.`,
      );
    if (ended.status?.phase === "Failed")
      throw new Impossible(
        printable(`KubeBlocks could not back up ${cluster}: ${ended.status.failureReason ?? "it gives no reason"}`),
      );
    output.line(
      `\n${output.paint("green", "Written:")} ${name}. It stays until somebody deletes it. A destroy of the environment does so if kubeblocks_backups is true, ` +
        `and needs it deleted before otherwise, with kubectl -n ${this.props.place.namespace} delete backups.dataprotection.kubeblocks.io ${name}, which deletes its files as well.`,
    );
  }

  private async byJob(job: string): Promise<void> {
    const { cluster, output, place, waiting } = this.props;
    const jobs = new Jobs(cluster, place, waiting);
    const { error, log } = await step(
      output,
      `run ${job}`,
      () => jobs.run({ name: `${job}-${Date.now().toString(36)}`, of: job, environment: {} }),
      () => jobs.status,
    );
    if (error !== undefined) throw new Impossible(printable(`The job ${job} failed: ${error}`));
    for (const line of log) output.line(`  ${printable(line)}`);
    output.line(`\n${output.paint("green", "Copied.")}`);
  }
}

/**
 * With "-postgresql", an id and "-preparedata" after it, it is the value of a label, of 63 characters at most.
 * @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/pkg/controller/plan/restore.go#L365
 */
const NAME_LENGTH = 30;

/** @returns the name of a Cluster that Dify can use @throws Refusal if all are taken */
function free({ cluster, others, ...database }: Found): string {
  const [, ...restored] = clustersOf(database);
  const found = restored.find((name) => name !== cluster && !others.includes(name));
  if (found !== undefined) return found;
  throw new Refusal(
    `All ${restored.length} names for restored Clusters are taken: ${restored.join(", ")}. Delete one that Dify does not use, as docs/kubeblocks-operations.md#restoring says.`,
  );
}

/** @throws Refusal if there is none */
function chosen({ backups, cluster, copiedBy, otherBackups }: Found, from: string): Backup {
  const whole = backups.filter(({ status }) => status?.phase === "Completed");
  // `newest` leaves out backups of Clusters that Dify no longer uses: their data is older.
  const elsewhere = otherBackups.filter(({ status }) => status?.phase === "Completed");
  const backup =
    from === "newest" ? whole.at(-1) : [...whole, ...elsewhere].find(({ metadata }) => metadata.name === from);
  if (backup) return backup;
  const names = [...elsewhere, ...whole].map(({ metadata }) => metadata.name).slice(-5);
  if (from === "newest" && names.length > 0)
    throw new Refusal(
      `Cluster ${cluster} has no complete backup, and others of its database have: ${names.join(", ")}. Name one of these in --from.`,
    );
  throw new Refusal(
    names.length > 0
      ? `Cluster ${cluster} has no complete backup ${from}. The newest are: ${names.join(", ")}. Name one of these in --from.`
      : `KubeBlocks has no complete backup of Cluster ${cluster}, so there is none to restore. ` +
          (copiedBy === undefined
            ? "Take one: docs/kubeblocks-operations.md#backups"
            : `What ${copiedBy} has copied goes back another way: docs/kubeblocks-operations.md#backups`),
  );
}
