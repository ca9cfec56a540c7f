import { Construct, type IConstruct } from "constructs";
import { dependable, type ITerraformDependable } from "cdktf";
import { ProjectService } from "@cdktf/provider-google/lib/project-service";
import { resourcesOf } from "../terraform/dependencies";
import { agentOfType, apisOfType } from "./api-of-type";
import type { GoogleApi } from "./google-api";
import { ServiceAgent } from "./service-agent";

/** Turns APIs on. @returns what a resource that uses them depends on */
export type EnableApis = (...apis: readonly GoogleApi[]) => ITerraformDependable[];

export interface GoogleApisProps {
  readonly projectId: string;
  /**
   * APIs to turn on whether or not a resource asks for them (a workload may use one that Terraform does not).
   * @default []
   */
  readonly apis?: readonly GoogleApi[];
}

/**
 * Turns on the APIs that a stack uses. An API is never turned off again: others in the project may have come to use it,
 * and turning it off would delete what it holds.
 *
 * Two must be on before Terraform can do anything here, and no stack can turn them on for itself: `serviceusage`, on
 * in every project that was made with the console or `gcloud`, turns on the others; `cloudresourcemanager` is asked
 * for the project's policy. It is turned on like any other, but where data sources read the project during the first
 * plan it has to be there already:
 * `gcloud services enable serviceusage.googleapis.com cloudresourcemanager.googleapis.com`.
 */
export class GoogleApis extends Construct {
  private readonly enabled = new Map<GoogleApi, ProjectService>();
  private readonly agents = new Map<GoogleApi, ServiceAgent>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: GoogleApisProps,
  ) {
    super(scope, id);
    this.on(...(props.apis ?? []));
  }

  /**
   * Turns the APIs on, if that has not been asked for yet.
   * @returns what a resource that uses them depends on: `dependsOn: services.on("compute.googleapis.com")`.
   */
  on(...apis: readonly GoogleApi[]): ITerraformDependable[] {
    return apis.map((api) => this.enabled.get(api) ?? this.enable(api));
  }

  /**
   * Has every resource in `scope` wait for the APIs that its type uses, and for the accounts that act for them: who adds a
   * resource need not know. Data sources are left alone: one that waits for something new is read at the apply, and what a
   * plan checks by it is not checked.
   */
  enableForAll(scope: IConstruct): void {
    for (const resource of resourcesOf(scope)) {
      const type = resource.terraformResourceType;
      const acting = agentOfType(type);
      const before = [...this.on(...apisOfType(type)), ...(acting ? [this.agent(acting)] : [])].map(dependable);
      if (before.length > 0) resource.dependsOn = [...new Set([...(resource.dependsOn ?? []), ...before])];
    }
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
