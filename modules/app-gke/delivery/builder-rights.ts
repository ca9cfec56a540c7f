import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import { ArtifactRegistryRepositoryIamMember } from "@cdktf/provider-google/lib/artifact-registry-repository-iam-member";
import type { EnableApis } from "../google/google-apis";
import type { SharedServices } from "../google/shared-services";
import type { Installation } from "../installation";
import type { Account } from "./accounts";

export interface MirrorReaderProps {
  readonly installation: Installation;
  readonly services: SharedServices;
  readonly builder: Account;
  readonly enabled: EnableApis;
}

/** Lets builds pull through the same mirror as the cluster. @returns nothing if there is none */
export function readMirror(scope: Construct, props: MirrorReaderProps): ITerraformDependable[] {
  const { builder, enabled, installation, services } = props;
  if (!services.registry) return [];
  return [
    new ArtifactRegistryRepositoryIamMember(scope, "builder-reads-mirror", {
      project: installation.projectId,
      location: installation.region,
      repository: services.registry.name,
      role: "roles/artifactregistry.reader",
      member: builder.member,
      dependsOn: enabled("artifactregistry.googleapis.com"),
    }),
  ];
}

/** Lets builds read what a scan of their images found. */
export function scanningRights(builder: Account, enabled: EnableApis): ITerraformDependable[] {
  return [
    ...enabled("containeranalysis.googleapis.com", "containerscanning.googleapis.com"),
    builder.grantOnProject("roles/containeranalysis.occurrences.viewer"),
  ];
}
