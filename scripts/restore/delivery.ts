import { clouddeploy_v1 } from "googleapis/build/src/apis/clouddeploy/v1";
import { Refusal } from "../acceptance/options";

/** Cloud Deploy, which would bring pods back. A pipeline that is suspended takes no releases and starts no rollouts. */
export class Delivery {
  constructor(
    private readonly client: clouddeploy_v1.Clouddeploy,
    private readonly pipeline: string | undefined,
  ) {}

  /** @returns whether it takes releases @throws Refusal while a rollout is under way */
  async isOpen(): Promise<boolean> {
    const { client, pipeline } = this;
    if (pipeline === undefined) return false;
    const pipelines = client.projects.locations.deliveryPipelines;
    const { data } = await pipelines.get({ name: pipeline });
    const { data: found } = await pipelines.releases.rollouts.list({
      parent: `${pipeline}/releases/-`,
      filter: 'state="IN_PROGRESS"',
    });
    const [running] = (found.rollouts ?? []).filter(({ state }) => state === "IN_PROGRESS");
    if (running) {
      throw new Refusal(
        `The rollout ${running.name ?? ""} is under way: it would start pods in the middle of the restore. Wait for its end, or cancel it.`,
      );
    }
    return data.suspended !== true;
  }

  /** @see https://cloud.google.com/deploy/docs/suspend-pipeline */
  async suspend(suspended: boolean): Promise<void> {
    if (this.pipeline === undefined) return;
    await this.client.projects.locations.deliveryPipelines.patch({
      name: this.pipeline,
      updateMask: "suspended",
      requestBody: { suspended },
    });
  }
}
