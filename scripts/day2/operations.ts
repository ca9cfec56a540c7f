import { printable } from "../../modules/dify-gke/printable";
import { Refusal } from "../acceptance/options";
import { Impossible, step } from "../adopt/steps";
import { until, type Waiting } from "../restore/wait";
import type { Console } from "../terminal/console";
import { failureOf, hasEnded, type KubeBlocks, type Operation } from "./kubeblocks";

/** Seconds that an operation may take, as in an apply: it makes one pod after the other, and each may have to load its data. */
const SECONDS = 1800;
/** Seconds in which an operation has to begin: otherwise no operator works on it. */
const UNSEEN_SECONDS = 180;
/** Seconds for which an operation stays, so that it can be looked at. */
const KEPT_SECONDS = 7 * 24 * 3600;

export interface Task {
  /** Name of the Cluster. */
  readonly cluster: string;
  readonly type: "Restart" | "Restore" | "Switchover";
  /** What the type takes, in addition. */
  readonly spec: object;
}

/** Has the operator do something, and waits for its end. */
export class Operations {
  constructor(
    private readonly kubeblocks: KubeBlocks,
    private readonly waiting: Waiting,
    private readonly output: Console,
  ) {}

  /** @throws Impossible with the operator's words if it fails */
  async perform(title: string, { cluster, spec, type }: Task): Promise<void> {
    const name = `${cluster}-${type.toLowerCase()}-${Date.now().toString(36)}`;
    let status = "";
    let begun = false;
    const work = async (): Promise<Operation> => {
      await this.kubeblocks.begin({
        apiVersion: "operations.kubeblocks.io/v1alpha1",
        kind: "OpsRequest",
        metadata: { name },
        spec: {
          clusterName: cluster,
          type,
          timeoutSeconds: SECONDS,
          ttlSecondsAfterSucceed: KEPT_SECONDS,
          ttlSecondsAfterUnsuccessfulCompletion: KEPT_SECONDS,
          ...spec,
        },
      });
      begun = true;
      const seen = await until(this.waiting, () => this.begun(name), UNSEEN_SECONDS);
      if (!seen) {
        await this.kubeblocks.withdraw(name);
        throw new Impossible(
          `KubeBlocks has not started the operation after ${UNSEEN_SECONDS} seconds, so it was withdrawn: the operator does not run. ` +
            "kubectl get pods in kubeblocks_namespace shows why.",
        );
      }
      // The operator ends it in time; a little more, for it to say so.
      const ended = await until(
        this.waiting,
        async () => {
          const found = await this.begun(name);
          status = found?.status?.progress ?? status;
          return found && hasEnded(found) ? found : undefined;
        },
        SECONDS + UNSEEN_SECONDS,
      );
      if (!ended)
        throw new Impossible(`The operation has not ended after ${SECONDS} seconds. It may still succeed: see status.`);
      return ended;
    };
    const ended = await step(this.output, title, work, () => status).catch((error: unknown) => {
      // The connection to the cluster failed, not the operation.
      if (!begun || !(error instanceof Refusal)) throw error;
      throw new Impossible(`${error.message}\nThe operator continues ${name}: see status for its result.`);
    });
    if (ended.status?.phase === "Succeed") return;
    throw new Impossible(printable(`KubeBlocks could not ${title}: ${failureOf(ended)}`));
  }

  /** @throws Impossible if it is gone */
  private async begun(name: string): Promise<Operation | undefined> {
    const found = await this.kubeblocks.operation(name);
    if (!found) throw new Impossible(`Somebody has deleted the operation ${name}.`);
    return (found.status?.phase ?? "") === "" ? undefined : found;
  }
}
