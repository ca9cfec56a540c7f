import { Refusal } from "../acceptance/options";
import { Impossible, step } from "../adopt/steps";
import type { Google } from "../google-apis/clients";
import type { Console } from "../terminal/console";
import { type Manifest, manifestOf, wholeBackups } from "./backups";
import { Clones, type CloneProps } from "./clone";
import type { Task } from "./jobs";
import { backupsOf, isCopy, isOfMoment, secondsOf, stampOf } from "./moment";
import type { Options } from "./options";
import type { Place } from "./place";

export interface PointInTimeProps extends CloneProps {
  readonly google: Pick<Google, "projects" | "sql" | "storage">;
  readonly options: Pick<Options, "environment" | "into">;
  readonly output: Console;
  readonly place: Place;
  readonly confirm: (question: string) => Promise<void>;
  readonly task: (title: string, task: Task) => Promise<void>;
}

/** Backups of moments: a copy of the database's instance is made, backed up as the instance itself is, and deleted. */
export class PointInTime {
  private readonly clones: Clones;

  constructor(private readonly props: PointInTimeProps) {
    this.clones = new Clones(props);
  }

  /** @returns the backup of this moment, if there is one */
  backupOf(moment: Date, known: readonly string[]): string | undefined {
    return known.findLast((name) => name.startsWith(backupsOf(moment)));
  }

  /**
   * @returns the name of a whole backup of this moment, with a schema that is understood here
   * @throws Refusal if there cannot be one, Impossible if a step failed
   */
  async backup(moment: Date, known: readonly string[]): Promise<string> {
    const { google, place } = this.props;
    if (this.backupOf(moment, known) === undefined) await this.write(moment);
    // Also one that an interrupted run has left.
    const name = this.clones.nameOf(moment);
    if ((await this.clones.left()).includes(name)) await this.remove(name);
    const written = this.backupOf(moment, await wholeBackups(google, place.bucket));
    if (written === undefined) {
      throw new Impossible(
        `gs://${place.bucket} has no backup of ${secondsOf(moment)}Z, although the job ${this.job(moment)} has succeeded: somebody has ` +
          "deleted it. Delete that job with kubectl, and try again.",
      );
    }
    await this.checkSchema(await manifestOf(google, place.bucket, written), known);
    return written;
  }

  /** @returns the newest backup before this moment that has shared files */
  async filesFor(moment: Date, known: readonly string[]): Promise<string | undefined> {
    const { google, place } = this.props;
    for (const name of known.toReversed().filter((backup) => !isOfMoment(backup) && !isCopy(backup))) {
      const { share, started } = await manifestOf(google, place.bucket, name);
      if (share && new Date(started) <= moment) return name;
    }
    return undefined;
  }

  async left(): Promise<string[]> {
    return await this.clones.left();
  }

  async remove(copy: string): Promise<void> {
    await step(
      this.props.output,
      `delete the copy ${copy}`,
      () => this.clones.remove(copy),
      () => this.clones.status,
    );
  }

  private async write(moment: Date): Promise<void> {
    const { options, output, place } = this.props;
    const { clones } = this;
    const { instance } = clones.source;
    const name = clones.nameOf(moment);
    const at = `${secondsOf(moment)}Z`;
    await step(output, `check whether ${instance} can be copied as it was at ${at}`, () => clones.check(moment));
    output.line(`
To read what the database held at ${at}, Google makes a copy of the instance ${instance}, called ${name}:
as large, as private and as expensive, with all databases on it, those of others too. Only this environment's are read. The copy is
deleted once they are backed up. Nothing else is changed until you have seen what will happen, and agreed again.
`);
    await this.props.confirm("Make that copy now?");
    try {
      const copy = await step(
        output,
        `copy ${instance} as it was at ${at}`,
        () => clones.make(moment),
        () => clones.status,
      );
      const access = await step(
        output,
        "let a job read the copy",
        () => clones.open(moment, copy),
        () => clones.status,
      );
      const environment = { ...access.environment, BACKUP_NAME: `${backupsOf(moment)}${Date.now().toString(36)}` };
      await this.props.task(`back up the copy`, {
        ...access,
        environment,
        name: this.job(moment),
        of: place.backupJob,
      });
    } catch (error) {
      if (this.props.waiting.signal.aborted || !(error instanceof Error)) throw error;
      throw new Impossible(
        `${error.message}\nThe copy ${name} stays for now. To continue with it: npm run restore -- ${options.environment} --at ${at}${into(options)}. To ` +
          `delete it: npm run restore -- ${options.environment} --undo`,
      );
    }
  }

  private job(moment: Date): string {
    return `${this.props.place.application}-restore-at-${stampOf(moment)}`;
  }

  /**
   * Checks which release ran at that moment. Nothing has recorded it, but a backup with the same schema names its release.
   * @throws Refusal if it is not the one that runs here
   */
  private async checkSchema(wanted: Manifest, known: readonly string[]): Promise<void> {
    const { google, options, place } = this.props;
    const revision = wanted.databases[0]?.revision ?? "";
    const releases = new Set<string>();
    for (const name of known.filter((backup) => !isOfMoment(backup))) {
      const { databases, release } = await manifestOf(google, place.bucket, name);
      if (databases[0]?.revision === revision) releases.add(release);
    }
    if (releases.has(wanted.release)) return;
    const others = [...releases];
    throw new Refusal(
      others.length > 0
        ? `At ${wanted.started} the database had the schema of Dify ${others.join(" or ")}, and ${wanted.release} runs here: its pods would ` +
            `not understand it. Set application_version = "${others.at(-1) ?? ""}" and apply first (with allow_version_downgrade = true if ` +
            "that is older), then run the same command."
        : `No backup says which release of Dify the schema of ${wanted.started} (${revision}) is of, so it may be another than ` +
            `${wanted.release}, whose pods would not understand it. If ${wanted.release} ran then, too, and nothing was upgraded since: npm ` +
            `run restore -- ${options.environment} --back-up, then the same command.`,
    );
  }
}

/** @returns the rest of the command, without which it would restore the environment itself */
function into({ into: other }: Pick<Options, "into">): string {
  return other ? ` --into ${other.environment}${other.withKey ? " --with-key" : ""}` : "";
}
