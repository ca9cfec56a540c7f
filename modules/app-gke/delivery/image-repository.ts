import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { ArtifactRegistryRepository } from "@cdktf/provider-google/lib/artifact-registry-repository";
import { ArtifactRegistryRepositoryIamMember } from "@cdktf/provider-google/lib/artifact-registry-repository-iam-member";
import { keyName } from "../google/encryption";
import { KEYS_LATER, keptKey } from "../google/kept-key";
import { type Installation, prefixedName } from "../installation";
import { cleanupPolicies } from "../google/registry-cleanup";
import type { ImageRepositorySettings } from "./settings";

export interface ImageRepositoryProps {
  readonly installation: Installation;
  readonly settings: ImageRepositorySettings;
  /** Whether Google scans pushed images for known vulnerabilities. */
  readonly scanned: boolean;
  /** IAM members that push. */
  readonly writers: Readonly<Record<string, string>>;
  /** IAM members that pull. */
  readonly readers: Readonly<Record<string, string>>;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Where built images are. */
export class ImageRepository extends Construct {
  /** Artifact Registry repository id. */
  readonly name: string;
  /** `<region>-docker.pkg.dev/<project>/<repository>`. */
  readonly host: string;

  constructor(scope: Construct, id: string, props: ImageRepositoryProps) {
    super(scope, id);
    const { projectId, region, resourcePrefix } = props.installation;
    this.name = props.settings.name ?? prefixedName(props.installation, "images");
    this.host = `${region}-docker.pkg.dev/${projectId}/${this.name}`;
    const key = keyName(props.installation.encryption, "images", region);
    const repository = new ArtifactRegistryRepository(this, "repository", {
      project: projectId,
      location: region,
      repositoryId: this.name,
      description: `Images built for ${resourcePrefix}`,
      format: "DOCKER",
      kmsKeyName: key,
      vulnerabilityScanningConfig: { enablementConfig: props.scanned ? "INHERITED" : "DISABLED" },
      cleanupPolicyDryRun: false,
      cleanupPolicies: cleanupPolicies(props.settings),
      dependsOn: [...props.dependsOn],
      lifecycle: {
        // Before it is deleted, pods have to run other images.
        createBeforeDestroy: true,
        // For another key, Terraform would plan a new repository.
        ignoreChanges: ["kms_key_name"],
        // https://cloud.google.com/artifact-registry/docs/cmek
        postcondition: keptKey({
          purpose: "images",
          what: `Repository ${this.name} in Artifact Registry`,
          has: "self.kms_key_name",
          wanted: key,
          way: `To move the images to a repository with the key: ${KEYS_LATER}`,
        }),
      },
    });
    const grant = (role: string, members: Readonly<Record<string, string>>): void => {
      for (const [grantId, member] of Object.entries(members)) {
        new ArtifactRegistryRepositoryIamMember(this, grantId, {
          project: projectId,
          location: region,
          repository: repository.name,
          role,
          member,
        });
      }
    };
    grant("roles/artifactregistry.writer", props.writers);
    grant("roles/artifactregistry.reader", props.readers);
  }
}
