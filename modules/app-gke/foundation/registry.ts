import { Construct } from "constructs";
import type { ITerraformDependable } from "cdktf";
import { ArtifactRegistryRepository } from "@cdktf/provider-google/lib/artifact-registry-repository";
import { ArtifactRegistryRepositoryIamMember } from "@cdktf/provider-google/lib/artifact-registry-repository-iam-member";
import { DataGoogleProject } from "@cdktf/provider-google/lib/data-google-project";
import { DataGoogleSecretManagerSecretVersion } from "@cdktf/provider-google/lib/data-google-secret-manager-secret-version";
import { SecretManagerSecretIamMember } from "@cdktf/provider-google/lib/secret-manager-secret-iam-member";
import { keyName } from "../google/encryption";
import { keptKey } from "../google/kept-key";
import type { Installation } from "../installation";
import { cleanupPolicies } from "../google/registry-cleanup";
import { ServiceAgent } from "../google/service-agent";
import type { SharedServices } from "../google/shared-services";
import { Propagation } from "../terraform/propagation";

export interface RegistryProps {
  readonly installation: Installation;
  readonly settings: NonNullable<SharedServices["registry"]>;
  /** E-mail address of the account with which the cluster's nodes pull images. */
  readonly nodeServiceAccount: string;
  readonly dependsOn: readonly ITerraformDependable[];
  /** Secret Manager's API, with `credentials`. */
  readonly secretApis: readonly ITerraformDependable[];
}

/**
 * Pull-through mirror of Docker Hub: an image is fetched at its first pull and served from here from then on,
 * unaffected by Docker Hub's pull limits and outages. Images that the cleanup deletes are fetched again at the next
 * pull.
 */
export class Registry extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, props: RegistryProps) {
    super(scope, id);
    const { installation, settings } = props;
    const credentials = settings.credentials && this.credentials(props, settings.credentials);
    const { projectId, region } = installation;
    const key = keyName(installation.encryption, "images", region);
    const repository = new ArtifactRegistryRepository(this, "repository", {
      project: installation.projectId,
      location: installation.region,
      repositoryId: settings.name,
      description: "Docker Hub, fetched at the first pull",
      format: "DOCKER",
      kmsKeyName: key,
      mode: "REMOTE_REPOSITORY",
      remoteRepositoryConfig: {
        description: "Docker Hub",
        dockerRepository: { publicRepository: "DOCKER_HUB" },
        upstreamCredentials: credentials && {
          usernamePasswordCredentials: {
            username: credentials.user,
            passwordSecretVersion: credentials.secretVersion,
          },
        },
      },
      cleanupPolicyDryRun: false,
      cleanupPolicies: cleanupPolicies(settings),
      dependsOn: [...props.dependsOn, ...(credentials ? [credentials.ready] : [])],
      lifecycle: {
        // For another key, Terraform would plan a new repository.
        ignoreChanges: ["kms_key_name"],
        // https://cloud.google.com/artifact-registry/docs/cmek
        postcondition: keptKey({
          purpose: "images",
          what: `Repository ${settings.name} in Artifact Registry`,
          has: "self.kms_key_name",
          wanted: key,
          way: `Or delete it, and images are fetched again when they are pulled: gcloud artifacts repositories delete ${settings.name} --location=${region} --project=${projectId}`,
        }),
      },
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

  /** Artifact Registry itself reads the access token, and only this secret. */
  private credentials(
    { installation: { projectId }, secretApis, dependsOn }: RegistryProps,
    { user, passwordSecret }: NonNullable<RegistryProps["settings"]["credentials"]>,
  ) {
    const { number } = new DataGoogleProject(this, "project", { projectId });
    const newest = new DataGoogleSecretManagerSecretVersion(this, "password", {
      project: projectId,
      secret: passwordSecret,
      // Only the version's number is needed: the value would end up in the state.
      fetchSecretData: false,
      dependsOn: [...secretApis],
    });
    const agent = new ServiceAgent(this, "service-agent", {
      project: projectId,
      projectNumber: number,
      service: "artifactregistry",
      dependsOn,
    });
    const reader = new SecretManagerSecretIamMember(this, "password-reader", {
      project: projectId,
      secretId: passwordSecret,
      role: "roles/secretmanager.secretAccessor",
      member: agent.member,
    });
    // Artifact Registry tries the credentials immediately.
    const known = new Propagation(this, "password-reader-known", { after: [reader], seconds: 30 });
    return {
      user,
      secretVersion: `projects/${number}/secrets/${passwordSecret}/versions/${newest.version}`,
      ready: known.resource,
    };
  }
}
