import { Construct } from "constructs";
import { DataGoogleArtifactRegistryRepository } from "@cdktf/provider-google/lib/data-google-artifact-registry-repository";
import { registryExists } from "../google/existence";
import { OTHER_REGISTRY, registryRequirements, type RegistryWanted } from "../google/registry-requirements";
import { postconditions } from "../google/requirement";

/** An Artifact Registry repository that is named: images come through it. */
export class NamedRegistry extends Construct {
  constructor(scope: Construct, id: string, props: RegistryWanted) {
    super(scope, id);
    const { projectId, region, name } = props;
    new DataGoogleArtifactRegistryRepository(this, "repository", {
      project: projectId,
      location: region,
      repositoryId: name,
      lifecycle: {
        precondition: [registryExists(this, "repositories", { ...props, remedy: OTHER_REGISTRY })],
        postcondition: postconditions(registryRequirements(props)),
      },
    });
  }
}
