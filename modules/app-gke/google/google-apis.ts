import { Construct } from "constructs";
import { dependable, type ITerraformDependable, TerraformResource } from "cdktf";
import { ProjectService } from "@cdktf/provider-google/lib/project-service";
import { beforeWriting } from "../terraform/before-writing";
import { agentOfType, apisOfType } from "./api-of-type";
import type { GoogleApi } from "./google-api";
import { ServiceAgent } from "./service-agent";

/** Enables APIs. @returns what a resource that uses them depends on */
export type EnableApis = (...apis: readonly GoogleApi[]) => ITerraformDependable[];

export interface GoogleApisProps {
  readonly projectId: string;
  /** APIs to enable even if no resource asks for them: a workload may use one that Terraform does not. @default [] */
  readonly apis?: readonly GoogleApi[];
}

/**
 * Enables the APIs that everything in `scope` uses. Every resource there, whenever it is added, waits for the APIs that its
 * type uses, and for the accounts that act for them: adding a resource needs no knowledge of them. Data sources are left
 * alone: one that waits for something new is read only at the apply, and what a plan checks with it would not be checked.
 *
 * An API is never disabled again: others in the project may have come to use it, and disabling it would delete what it holds.
 * Two must be enabled before Terraform can do anything, and no stack can enable them for itself (README.md#first-deployment):
 * `serviceusage` enables the others, and data sources ask `cloudresourcemanager` during the first plan.
 */
export class GoogleApis extends Construct {
  private readonly enabled = new Map<GoogleApi, ProjectService>();
  private readonly agents = new Map<GoogleApi, ServiceAgent>();
  private readonly waiting = new Set<TerraformResource>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: GoogleApisProps,
  ) {
    super(scope, id);
    this.on(...(props.apis ?? []));
    beforeWriting(scope, (construct) => {
      if (TerraformResource.isTerraformResource(construct)) this.enableFor(construct);
    });
  }

  /**
   * Enables the APIs that are not enabled yet.
   * @returns what a resource that uses them depends on: `dependsOn: services.on("compute.googleapis.com")`.
   */
  on(...apis: readonly GoogleApi[]): ITerraformDependable[] {
    return apis.map((api) => this.enabled.get(api) ?? this.enable(api));
  }

  private enableFor(resource: TerraformResource): void {
    if (this.waiting.has(resource)) return;
    this.waiting.add(resource);
    const type = resource.terraformResourceType;
    const acting = agentOfType(type);
    const before = [...this.on(...apisOfType(type)), ...(acting ? [this.agent(acting)] : [])].map(dependable);
    if (before.length > 0) resource.dependsOn = [...(resource.dependsOn ?? []), ...before];
  }

  private agent(api: GoogleApi): ITerraformDependable {
    const service = labelOf(api);
    const agent =
      this.agents.get(api) ??
      new ServiceAgent(this, `${service}-agent`, { project: this.props.projectId, service, dependsOn: this.on(api) });
    this.agents.set(api, agent);
    return agent.resource;
  }

  private enable(api: GoogleApi): ProjectService {
    const service = new ProjectService(this, labelOf(api), {
      project: this.props.projectId,
      service: api,
      disableOnDestroy: false,
      disableDependentServices: false,
    });
    this.enabled.set(api, service);
    return service;
  }
}

/** `compute` of `compute.googleapis.com`. */
function labelOf(api: GoogleApi): string {
  return api.split(".", 1)[0] ?? api;
}
