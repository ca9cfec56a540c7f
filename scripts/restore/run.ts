import { randomUUID } from "node:crypto";
import { printable } from "../../modules/dify-gke/printable";
import { Refusal } from "../acceptance/options";
import { Impossible, step } from "../adopt/steps";
import type { Google } from "../google-apis/clients";
import type { Console } from "../terminal/console";
import { chosen, essence, inWords, type Manifest, manifestOf, wholeBackups } from "./backups";
import type { Cluster } from "./cluster";
import { Copies } from "./copies";
import type { Delivery } from "./delivery";
import { Jobs, type Task } from "./jobs";
import { EXIT, type Options } from "./options";
import { named } from "./moment";
import type { Place } from "./place";
import { PointInTime } from "./point-in-time";
import { type Progress, ProgressRecord } from "./record";
import type { Waiting } from "./wait";
import { credentials, steps } from "./words";
import { Writers } from "./writers";

export interface RestoreProps {
  readonly options: Options;
  readonly output: Console;
  readonly google: Pick<Google, "projects" | "sql" | "storage">;
  readonly place: Place;
  readonly cluster: Cluster;
  readonly delivery: Pick<Delivery, "isOpen" | "suspend">;
  readonly waiting: Waiting;
  /** What another environment's backup needs. @default - the backup is the environment's own */
  readonly copied?: {
    /** Bucket that private keys of workspaces come from. @default - they stay where they are */
    readonly keysFrom?: string;
    /** What is left to do by hand. */
    readonly afterwards: string;
    /** What comes into this environment's bucket once it fits and you have agreed. @default - it is there */
    readonly coming?: { readonly manifest: Manifest; readonly copy: () => Promise<void> };
  };
}

/** A restore from the first look to the last pod. */
export class Restore {
  private readonly record: ProgressRecord;
  private readonly jobs: Jobs;
  private readonly writers: Writers;
  private readonly moments: PointInTime;

  constructor(private readonly props: RestoreProps) {
    const { cluster, place, waiting } = props;
    this.record = new ProgressRecord(cluster, place);
    this.jobs = new Jobs(cluster, place, waiting);
    this.writers = new Writers(cluster, place, waiting);
    this.moments = new PointInTime({
      ...props,
      confirm: (question) => this.confirm(question),
      task: (title, task) => this.task(title, task),
    });
  }

  /** @returns the backup of a moment, and the one whose shared files belong to it */
  async ofMoment(moment: Date): Promise<{ readonly name: string; readonly files?: string }> {
    const known = await wholeBackups(this.props.google, this.props.place.bucket);
    const name = await this.moments.backup(moment, known);
    const files = await this.moments.filesFor(moment, known);
    return { name, ...(files !== undefined && { files }) };
  }

  async run(): Promise<number> {
    const { google, options, place } = this.props;
    const { wanted } = options;
    const known = await wholeBackups(google, place.bucket);
    const before = await this.record.read();
    if (wanted.what === "list") return await this.list(known, before);
    if (wanted.what === "back up") return await this.backUp();
    if (wanted.what === "rehearse") return await this.rehearse(chosen(wanted.from, place.bucket, known));
    if (wanted.what === "undo") return await this.undo(before);
    if (wanted.what === "restore moment") {
      if (before) return await this.goOn(before, this.moments.backupOf(wanted.moment, [before.from]) ?? "");
      const { name, files } = await this.ofMoment(wanted.moment);
      return await this.begin(name, files);
    }
    if (before) return await this.goOn(before, wanted.from);
    return await this.begin(this.props.copied?.coming ? wanted.from : chosen(wanted.from, place.bucket, known));
  }

  /** @returns the backup that is being restored here */
  async begun(): Promise<string | undefined> {
    return (await this.record.read())?.from;
  }

  /** @returns the release of Dify that backups have to be of */
  async release(): Promise<string> {
    return await this.jobs.releaseOf(this.props.place.restoreJob);
  }

  private async list(known: readonly string[], before: Progress | undefined): Promise<number> {
    const { google, output, place } = this.props;
    for (const name of known) output.line(`${name}  ${inWords(await manifestOf(google, place.bucket, name))}`);
    if (known.length === 0) output.line(`gs://${place.bucket} has no complete backup yet.`);
    if (before) output.line(`A restore of ${before.from} was interrupted. ${this.waysOn(before)}`);
    for (const copy of await this.moments.left()) {
      output.line(
        `The copy ${copy} of the database's instance is left, and costs as much as the instance. To delete it: ${this.command} --undo`,
      );
    }
    return EXIT.done;
  }

  private async backUp(): Promise<number> {
    const { output, place } = this.props;
    const name = named(new Date(), "-by-hand");
    await this.task(`back up as ${name}`, this.safetyTask({ safety: name }));
    output.line(`\n${output.paint("green", "Written:")} gs://${place.bucket}/${name}`);
    return EXIT.done;
  }

  /** Stops nothing, and asks nothing: it only writes to databases that are there for rehearsals. */
  private async rehearse(from: string): Promise<number> {
    const { output, place } = this.props;
    if (place.rehearsalJob === undefined) {
      throw new Refusal(
        'backup_rehearsal_schedule is empty, so there are no databases for a rehearsal. Set it, for example to "0 4 1 * *", and apply.',
      );
    }
    await this.task(`rehearse ${from}`, {
      name: `${place.application}-rehearsal-${randomUUID().slice(0, 8)}`,
      of: place.rehearsalJob,
      environment: { BACKUP_NAME: from },
    });
    output.line(`\n${output.paint("green", "It can be restored.")} Nothing is left of the rehearsal.`);
    return EXIT.done;
  }

  /** @param files the backup whose shared files are restored. @default - the same */
  private async begin(from: string, files?: string): Promise<number> {
    const { copied, delivery, google, options, output, place } = this.props;
    const coming = copied?.coming;
    const manifest = coming?.manifest ?? (await manifestOf(google, place.bucket, from));
    const id = Date.now().toString(36);
    const delivering = await delivery.isOpen();
    const check = async (title: string, end: string, environment: Task["environment"]) => {
      const name = `${place.application}-restore-${end}-${id}`;
      await this.task(title, { name, of: place.restoreJob, environment: { CHECK_ONLY: "1", ...environment } });
    };
    const checkWhole = async () => {
      await check(`check that ${from} is whole and fits`, "check", { BACKUP_NAME: from, ...filesFrom({ files }) });
    };
    if (coming) await check("check that it fits", "fits", { MANIFEST: essence(manifest) });
    else await checkWhole();
    const now = await this.writers.look();
    const safety = named(new Date());
    output.line(`
${output.paint("bold", "Environment")}  ${options.environment}: namespace ${place.namespace} in cluster ${place.cluster.name} of ${place.project}
${output.paint("bold", "Backup")}       ${from}, ${inWords(manifest)}

${steps({ ...now, delivering, safety }, manifest, files)}
${credentials(manifest)}`);
    await this.confirm(coming ? "Copy that backup to here and restore it now?" : "Restore that now?");
    if (coming) {
      await coming.copy();
      await checkWhole();
    }
    const progress: Progress = {
      id,
      from,
      ...(files && { files }),
      ...(copied?.keysFrom && { keysFrom: copied.keysFrom }),
      safety,
      step: "stop",
      undoing: false,
      delivering,
      ...now,
    };
    if (!(await this.record.begin(progress))) {
      throw new Refusal("Somebody else has begun a restore meanwhile. See --list.");
    }
    return await this.carryOn(progress);
  }

  private async goOn(before: Progress, from: string): Promise<number> {
    if (before.undoing || before.from !== from) {
      throw new Refusal(
        `A restore of ${before.from} was interrupted${before.undoing ? " and is being undone" : ""}, and has to be finished or undone first. ${this.waysOn(before)}`,
      );
    }
    this.props.output.line(`A restore of ${from} was interrupted before the step "${before.step}".`);
    await this.confirm("Continue it?");
    return await this.carryOn(before);
  }

  private async undo(before: Progress | undefined): Promise<number> {
    const copies = await this.moments.left();
    for (const copy of copies) await this.moments.remove(copy);
    if (!before && copies.length > 0) return EXIT.done;
    if (!before) {
      throw new Refusal(
        "No restore is under way. To undo one that has ended, restore the backup that it took first: see --list.",
      );
    }
    const changed = before.step === "restore" || before.step === "start";
    this.props.output.line(
      changed || before.undoing
        ? `The data from before the restore of ${before.from} is restored from the backup ${before.safety}.`
        : `The restore of ${before.from} has changed no data yet: everything is started again.`,
    );
    await this.confirm("Undo the restore?");
    if (before.undoing) return await this.carryOn(before);
    const back: Progress = { ...before, undoing: true, step: changed ? "restore" : "start" };
    await this.record.write(back);
    return await this.carryOn(back);
  }

  /** @throws Impossible if a step fails, with the ways to continue */
  private async carryOn(begun: Progress): Promise<number> {
    try {
      return await this.steps(begun);
    } catch (error) {
      if (this.props.waiting.signal.aborted || !(error instanceof Error)) throw error;
      throw new Impossible(`${error.message}\n${this.waysOn(begun)}`);
    }
  }

  private async steps(begun: Progress): Promise<number> {
    const { record, writers } = this;
    const { copied, delivery, output, place } = this.props;
    let progress = begun;
    const reach = async (next: Progress["step"], change: Partial<Progress> = {}): Promise<void> => {
      progress = { ...progress, ...change, step: next };
      await record.write(progress);
    };
    if (progress.step !== "start") {
      if (progress.delivering) await step(output, "suspend the delivery pipeline", () => delivery.suspend(true));
      await step(
        output,
        "stop all that writes",
        () => writers.stop(progress),
        () => writers.status,
      );
    }
    if (progress.step === "stop") await reach("back up");
    if (progress.step === "back up") {
      await this.task(`back up what is there, as ${progress.safety}`, this.safetyTask(progress), async () => {
        // Parts of the failed backup may be there under its name, so the next attempt gets another.
        await reach("back up", { safety: named(new Date()) });
      });
      await reach("restore");
    }
    if (progress.step === "restore") {
      const { id, undoing } = progress;
      const from = undoing ? progress.safety : progress.from;
      await this.task(`restore ${from}`, {
        name: `${place.application}-restore-${undoing ? "undo-" : ""}${id}`,
        of: place.restoreJob,
        environment: { BACKUP_NAME: from, ...filesFrom(undoing ? {} : progress) },
      });
      if (progress.keysFrom && !undoing) await this.copyKeys(progress.keysFrom);
      await reach("start");
    }
    const ill = await step(
      output,
      "start everything, and wait until /health answers",
      () => writers.start(progress),
      () => writers.status,
    );
    if (ill.length > 0) {
      throw new Impossible(`Not healthy: ${ill.join(", ")}. kubectl describe and logs of their pods show why.`);
    }
    if (progress.delivering) await delivery.suspend(false);
    await record.end();
    output.line(
      progress.undoing
        ? `\n${output.paint("green", "Undone.")} Everything is as it was before.`
        : `\n${output.paint("green", "Restored.")} To go back to what was there before: npm run restore -- ${this.props.options.environment} --from ${progress.safety}`,
    );
    if (!progress.undoing && copied) output.line(copied.afterwards);
    return EXIT.done;
  }

  private async copyKeys(from: string): Promise<void> {
    const { google, output, place } = this.props;
    const copies = new Copies(google);
    await step(
      output,
      `copy private keys of workspaces from gs://${from}`,
      () => copies.keys(from, place.storage),
      () => copies.status,
    );
  }

  private safetyTask({ safety }: Pick<Progress, "safety">) {
    const { application, backupJob: of } = this.props.place;
    return { name: `${application}-restore-${safety.toLowerCase()}`, of, environment: { BACKUP_NAME: safety } };
  }

  /** @throws Impossible with what it said, if it failed */
  private async task(title: string, task: Task, failed?: () => Promise<void>): Promise<void> {
    const { jobs } = this;
    const { output } = this.props;
    const { error, log } = await step(
      output,
      title,
      () => jobs.run(task),
      () => jobs.status,
    );
    if (error === undefined) {
      for (const line of log) output.line(`  ${printable(line)}`);
      return;
    }
    await failed?.();
    throw new Impossible(`It could not ${title}: ${error}`);
  }

  private get command(): string {
    return `npm run restore -- ${this.props.options.environment}`;
  }

  private waysOn({ from, undoing }: Progress): string {
    const { command } = this;
    return undoing
      ? `To continue: ${command} --undo`
      : `To continue: ${command} --from ${from}. To undo it: ${command} --undo`;
  }

  private async confirm(question: string): Promise<void> {
    const { options, output, waiting } = this.props;
    if (options.yes) return;
    if (!output.interactive) throw new Refusal("This is not a terminal, so nobody can be asked: confirm with --yes.");
    if (!(await output.confirm(question, waiting.signal)))
      throw new Refusal("You did not confirm. No data was changed.");
  }
}

function filesFrom({ files }: Pick<Progress, "files">): Record<string, string> {
  return files === undefined ? {} : { FILES_FROM: files };
}
