import { Construct } from "constructs";
import type { ITerraformDependable } from "cdktf";
import { ArtifactRegistryRepository } from "@cdktf/provider-google/lib/artifact-registry-repository";
import { ArtifactRegistryRepositoryIamMember } from "@cdktf/provider-google/lib/artifact-registry-repository-iam-member";
import type { Installation } from "../installation";
import { cleanupPolicies } from "../google/registry-cleanup";
import type { SharedServices } from "../google/shared-services";

export interface RegistryProps {
  readonly installation: Installation;
  readonly settings: NonNullable<SharedServices["registry"]>;
  /** E-mail of the account that the cluster's nodes pull images as. */
  readonly nodeServiceAccount: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Pull-through mirror of Docker Hub: an image is fetched at its first pull and served from here after that, free of
 * Docker Hub's pull limits and outages. Whatever the cleanup takes away is fetched again when it is asked for.
 */
export class Registry extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, props: RegistryProps) {
    super(scope, id);
    const { installation, settings } = props;
    const repository = new ArtifactRegistryRepository(this, "repository", {
      project: installation.projectId,
      location: installation.region,
      repositoryId: settings.name,
      description: "Docker Hub, fetched at the first pull",
      format: "DOCKER",
      mode: "REMOTE_REPOSITORY",
      remoteRepositoryConfig: {
        description: "Docker Hub",
        dockerRepository: { publicRepository: "DOCKER_HUB" },
      },
      cleanupPolicyDryRun: false,
      cleanupPolicies: cleanupPolicies(settings),
      dependsOn: [...props.dependsOn],
    });
    new ArtifactRegistryRepositoryIamMember(this, "node-reader", {
      project: installation.projectId,
      location: installation.region,
      repository: repository.name,
      role: "roles/artifactregistry.reader",
      member: `serviceAccount:${props.nodeServiceAccount}`,
    });
    this.name = repository.repositoryId;
  }
}
