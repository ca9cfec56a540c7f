import { Construct } from "constructs";
import type { ITerraformDependable } from "cdktf";
import { ProjectService } from "@cdktf/provider-google/lib/project-service";

/** Google Cloud APIs that this project may turn on. */
export type GoogleApi =
  | "accesscontextmanager.googleapis.com"
  | "artifactregistry.googleapis.com"
  | "binaryauthorization.googleapis.com"
  | "certificatemanager.googleapis.com"
  | "cloudbuild.googleapis.com"
  | "clouddeploy.googleapis.com"
  | "cloudkms.googleapis.com"
  | "cloudresourcemanager.googleapis.com"
  | "compute.googleapis.com"
  | "container.googleapis.com"
  | "containeranalysis.googleapis.com"
  | "containerscanning.googleapis.com"
  | "file.googleapis.com"
  | "iam.googleapis.com"
  | "iamcredentials.googleapis.com"
  | "iap.googleapis.com"
  | "logging.googleapis.com"
  | "monitoring.googleapis.com"
  | "networkservices.googleapis.com"
  | "pubsub.googleapis.com"
  | "redis.googleapis.com"
  | "secretmanager.googleapis.com"
  | "servicenetworking.googleapis.com"
  | "serviceusage.googleapis.com"
  | "sqladmin.googleapis.com"
  | "storage.googleapis.com"
  | "vpcaccess.googleapis.com";

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

  /** All APIs turned on so far. */
  get ready(): ITerraformDependable[] {
    return [...this.enabled.values()];
  }

  private enable(api: GoogleApi): ProjectService {
    const service = new ProjectService(this, api.split(".", 1)[0] ?? api, {
      project: this.props.projectId,
      service: api,
      disableOnDestroy: false,
      disableDependentServices: false,
    });
    this.enabled.set(api, service);
    return service;
  }
}
