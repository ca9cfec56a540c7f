import { Refusal } from "../acceptance/options";
import { step } from "../adopt/steps";
import type { Cluster as Api } from "../restore/cluster";
import type { Waiting } from "../restore/wait";
import type { Console } from "../terminal/console";
import { Backups } from "./backups";
import { type Cluster, hasEnded, KubeBlocks, LABELS, type Pod } from "./kubeblocks";
import { Operations } from "./operations";
import { EXIT, type Options, type Wanted } from "./options";
import type { Place } from "./place";
import { type Found, look, show } from "./status";

export interface Day2Props {
  readonly options: Options;
  readonly output: Console;
  readonly place: Place;
  readonly cluster: Api;
  readonly waiting: Waiting;
}

/** Roles of the pod that takes writes. @see https://github.com/apecloud/kubeblocks-addons/blob/v1.0.2/addons/postgresql/templates/cmpd.yaml#L45 */
const WRITERS = ["primary", "leader", "master"];

/** A database that is there. */
type Running = Found & { readonly object: Cluster };

/** The databases of an environment, looked at and operated. */
export class Day2 {
  private readonly kubeblocks: KubeBlocks;
  private readonly operations: Operations;
  private readonly backups: Backups;

  constructor(private readonly props: Day2Props) {
    const { cluster, output, place, waiting } = props;
    this.kubeblocks = new KubeBlocks(cluster, place.namespace);
    this.operations = new Operations(this.kubeblocks, waiting, output);
    const { kubeblocks, operations } = this;
    const confirm = (question: string): Promise<void> => this.confirm(question);
    this.backups = new Backups({ ...{ cluster, confirm, kubeblocks, operations, output, place, waiting } });
  }

  /** @returns the exit code */
  async run(): Promise<number> {
    const { wanted } = this.props.options;
    switch (wanted.what) {
      case "status":
        return await this.status();
      case "restart":
        return await this.restart(await this.find(wanted.database), wanted);
      case "switchover":
        return await this.switchover(await this.find(wanted.database), wanted);
      case "backup":
        await this.backups.take(await this.find(wanted.database), wanted);
        return EXIT.done;
      case "restore":
        await this.backups.restore(await this.lookAt(wanted.database), wanted);
        return EXIT.done;
    }
  }

  private async status(): Promise<number> {
    const { output, place } = this.props;
    const all = await step(output, "look at its databases", () =>
      Promise.all(place.databases.map((database) => look(this.kubeblocks, database))),
    );
    return all.map((found) => show(found, output)).every(Boolean) ? EXIT.done : EXIT.failed;
  }

  private async restart(
    { cluster, name, object, parts }: Running,
    { part }: Extract<Wanted, { what: "restart" }>,
  ): Promise<number> {
    if (part !== undefined && !parts.includes(part)) {
      throw new Refusal(`${name} has no part ${part}. It has: ${parts.join(", ")}. Name one of these in --part.`);
    }
    const chosen = part === undefined ? parts : [part];
    const counts = (object.spec.componentSpecs ?? [])
      .filter((each) => chosen.includes(each.name))
      .map((each) => ({ name: each.name, replicas: each.replicas ?? 1 }));
    const { output } = this.props;
    output.line(
      `The operator replaces the pods of Cluster ${cluster}, one by one: ` +
        `${counts.map((each) => `${each.replicas} of ${each.name}`).join(", ")}.`,
    );
    const single = counts.filter(({ replicas }) => replicas === 1).map((each) => each.name);
    if (single.length > 0) output.line(`Nobody can use ${single.join(" and ")} meanwhile: it has one pod.`);
    await this.confirm("Restart that now?");
    await this.operations.perform(`restart ${chosen.join(" and ")} of ${cluster}`, {
      cluster,
      type: "Restart",
      spec: { restart: chosen.map((componentName) => ({ componentName })) },
    });
    output.line(`\n${output.paint("green", "Restarted.")} Terraform sees no difference.`);
    return EXIT.done;
  }

  private async switchover(
    { cluster, name, object, pods }: Running,
    { to }: Extract<Wanted, { what: "switchover" }>,
  ): Promise<number> {
    const { output } = this.props;
    const from = pods.find(({ metadata }) => WRITERS.includes(metadata.labels?.[LABELS.role] ?? ""));
    const part = from?.metadata.labels?.[LABELS.part] ?? object.spec.componentSpecs?.[0]?.name ?? "";
    const definition = object.spec.componentSpecs?.find((each) => each.name === part)?.componentDef;
    if (definition !== undefined && (await this.kubeblocks.handsOver(definition)) === false) {
      throw new Refusal(
        `KubeBlocks has no switchover for ${name}: its definition ${definition} names none, and its pods decide themselves who leads. ` +
          `To have its pods made again: npm run day2 -- ${this.props.options.environment} restart ${name}`,
      );
    }
    if (!from) {
      throw new Refusal(
        `No pod of Cluster ${cluster} has the role ${WRITERS[0] ?? ""}, so none could hand over: its pods do not run, or have no roles. ` +
          `Look at it: npm run day2 -- ${this.props.options.environment} status`,
      );
    }
    const takers = pods.filter((pod) => pod !== from && pod.metadata.labels?.[LABELS.part] === part).map(nameOf);
    if (takers.length === 0 || (to !== undefined && !takers.includes(to))) {
      throw new Refusal(
        takers.length === 0
          ? `Cluster ${cluster} has one pod of ${part}, so there is none to hand over to. Have more with kubeblocks_clusters.`
          : `${to ?? ""} is not one that could take over from ${nameOf(from)}. Name one of these in --to: ${takers.join(", ")}.`,
      );
    }
    output.line(
      `${nameOf(from)} takes writes, and hands over to ${to ?? "another pod"}: connections to it end, and new ones fail for some seconds.`,
    );
    await this.confirm("Hand over now?");
    await this.operations.perform(`hand over from ${nameOf(from)}`, {
      cluster,
      type: "Switchover",
      spec: {
        switchover: [
          { componentName: part, instanceName: nameOf(from), ...(to !== undefined && { candidateName: to }) },
        ],
      },
    });
    const now = (await this.kubeblocks.pods(cluster)).filter(({ metadata }) =>
      WRITERS.includes(metadata.labels?.[LABELS.role] ?? ""),
    );
    output.line(
      `\n${output.paint("green", "Handed over.")} Writes go to ${now.map(nameOf).join(" and ") || "a pod that has no label yet"}.`,
    );
    return EXIT.done;
  }

  /** @throws Refusal if the environment does not have it */
  private async lookAt(name: string): Promise<Found> {
    const { options, output, place } = this.props;
    const database = place.databases.find((each) => each.name === name);
    if (database)
      return await step(output, `look at Cluster ${database.cluster}`, () => look(this.kubeblocks, database));
    const names = place.databases.map((each) => each.name).join(", ");
    throw new Refusal(`${options.environment} has no ${name} by KubeBlocks. It has: ${names}. Name one of these.`);
  }

  /**
   * @throws Refusal if the cluster does not have it, or an operation is under way: the operator would make a second one wait, or
   * interrupt the first
   */
  private async find(name: string): Promise<Running> {
    const { options, place } = this.props;
    const found = await this.lookAt(name);
    const { cluster, object } = found;
    if (!object) throw new Refusal(`Namespace ${place.namespace} has no Cluster ${cluster}. Apply before.`);
    const before = found.operations.find((each) => !hasEnded(each));
    if (!before) return { ...found, object };
    throw new Refusal(
      `${before.spec.type} ${before.metadata.name} of Cluster ${cluster} is under way: the operator would let another operation ` +
        `wait, or break that one off. Wait for its end: npm run day2 -- ${options.environment} status`,
    );
  }

  private async confirm(question: string): Promise<void> {
    const { options, output, waiting } = this.props;
    if (options.yes) return;
    if (!output.interactive) throw new Refusal("This is not a terminal, so nobody can be asked: confirm with --yes.");
    if (!(await output.confirm(question, waiting.signal)))
      throw new Refusal("You did not confirm. Nothing was changed.");
  }
}

function nameOf({ metadata }: Pod): string {
  return metadata.name;
}
