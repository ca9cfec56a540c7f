import { Construct } from "constructs";
import { DataGoogleArtifactRegistryRepository } from "@cdktf/provider-google/lib/data-google-artifact-registry-repository";
import { registryExists } from "../google/existence";

export interface NamedRegistryProps {
  readonly projectId: string;
  readonly region: string;
  readonly name: string;
}

/** Fields that may say what a remote repository fetches from. */
const UPSTREAM = "self.remote_repository_config[0]";
const DOCKER_HUB = [
  `try(${UPSTREAM}.docker_repository[0].public_repository, "") == "DOCKER_HUB"`,
  ...["docker_repository[0].custom_repository[0].uri", "common_repository[0].uri"].map(
    (field) => `length(regexall("docker[.]io(/|$)", try(${UPSTREAM}.${field}, ""))) > 0`,
  ),
].join(" || ");

/**
 * An Artifact Registry repository that is named: images come through it, so it has to have Docker Hub's under their names.
 * Of a repository that holds copies, or collects others, nothing shows whether it has them.
 */
export class NamedRegistry extends Construct {
  constructor(scope: Construct, id: string, { projectId, region, name }: NamedRegistryProps) {
    super(scope, id);
    const what = `Repository ${name} in ${region} of project ${projectId}`;
    const remedy =
      "Set image_mirror_repository to a remote repository for Docker Hub, or leave it empty to have one created.";
    new DataGoogleArtifactRegistryRepository(this, "repository", {
      project: projectId,
      location: region,
      repositoryId: name,
      lifecycle: {
        precondition: [registryExists(this, "repositories", { projectId, region, name, remedy })],
        postcondition: [
          {
            condition: '${self.format == "DOCKER"}',
            errorMessage: `${what} holds \${self.format} and no container images: no pod would start. ${remedy}`,
          },
          {
            condition: `\${try(self.mode, "") != "REMOTE_REPOSITORY" || ${DOCKER_HUB}}`,
            errorMessage: `${what} fetches from somewhere else than Docker Hub: it would not find the images, and no pod would start. ${remedy}`,
          },
        ],
      },
    });
  }
}
