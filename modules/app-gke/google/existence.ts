import type { Precondition, TerraformDataSource } from "cdktf";
import type { Construct } from "constructs";
import { DataGoogleArtifactRegistryRepositories } from "@cdktf/provider-google/lib/data-google-artifact-registry-repositories";
import { DataGoogleComputeAddresses } from "@cdktf/provider-google/lib/data-google-compute-addresses";
import { DataGoogleComputeNetworks } from "@cdktf/provider-google/lib/data-google-compute-networks";
import { DataGoogleComputeSubnetworks } from "@cdktf/provider-google/lib/data-google-compute-subnetworks";
import { DataGoogleSqlDatabaseInstances } from "@cdktf/provider-google/lib/data-google-sql-database-instances";

/**
 * Since its version 5.0, the provider ends a plan with a bare `not found` if a service is missing
 * (https://github.com/hashicorp/terraform-provider-google/pull/15799). Where it can list what exists, the list is read first, and a
 * precondition of the lookup by name says what to do. It cannot list clusters and VMs.
 */
interface Wanted {
  readonly projectId: string;
  readonly name: string;
  /** What to do if it does not exist: sentences. */
  readonly remedy: string;
}

/** Written out: CDKTF resolves `fqn` only once in an expression. */
function addressOf({ terraformResourceType, friendlyUniqueId }: TerraformDataSource): string {
  return `data.${terraformResourceType}.${friendlyUniqueId}`;
}

/** How many names a message shows. */
const SHOWN = 10;

/** @param names Terraform expression of a list of those that exist @param what is looked for: `network vpc in project p` */
function isAmong(names: string, { name, remedy }: Wanted, what: string, consequence: string): Precondition {
  const known = `try(sort(${names}), [])`;
  return {
    condition: `\${contains(${known}, "${name}")}`,
    errorMessage:
      `There is no ${what}: ${consequence}. ${remedy} ` +
      `\${length(${known}) == 0 ? "None exists" : "Those that exist: \${join(", ", slice(${known}, 0, min(${SHOWN}, length(${known}))))}"}.`,
  };
}

/** @returns the precondition for looking up a network by its name */
export function networkExists(scope: Construct, id: string, wanted: Wanted): Precondition {
  const { projectId, name } = wanted;
  const list = new DataGoogleComputeNetworks(scope, id, { project: projectId });
  return isAmong(
    `${addressOf(list)}.networks`,
    wanted,
    `network ${name} in project ${projectId}`,
    "this environment would have no network",
  );
}

/** @returns the precondition for looking up a subnetwork by its name */
export function subnetworkExists(
  scope: Construct,
  id: string,
  { region, ...wanted }: Wanted & { readonly region: string },
): Precondition {
  const { projectId, name } = wanted;
  const list = new DataGoogleComputeSubnetworks(scope, id, { project: projectId, region });
  return isAmong(
    `${addressOf(list)}.subnetworks[*].name`,
    wanted,
    `subnetwork ${name} in ${region} of project ${projectId}, or the account that runs Terraform may not see it`,
    "the cluster would have no place",
  );
}

/** @returns the precondition for looking up a Cloud SQL instance by its name */
export function sqlInstanceExists(scope: Construct, id: string, wanted: Wanted): Precondition {
  const { projectId, name } = wanted;
  const list = new DataGoogleSqlDatabaseInstances(scope, id, { project: projectId });
  return isAmong(
    `${addressOf(list)}.instances[*].name`,
    wanted,
    `Cloud SQL instance ${name} in project ${projectId}`,
    "the application would have no database",
  );
}

/** @returns the precondition for looking up an Artifact Registry repository by its name */
export function registryExists(
  scope: Construct,
  id: string,
  { region, ...wanted }: Wanted & { readonly region: string },
): Precondition {
  const { projectId, name } = wanted;
  const list = new DataGoogleArtifactRegistryRepositories(scope, id, { project: projectId, location: region });
  return isAmong(
    `${addressOf(list)}.repositories[*].repository_id`,
    wanted,
    `repository ${name} in ${region} of project ${projectId}`,
    "no image could be pulled",
  );
}

/** @returns the precondition for looking up a reserved address by its name */
export function addressExists(
  scope: Construct,
  id: string,
  { region, what, ...wanted }: Wanted & { readonly region: string; /** Whose it is. */ readonly what: string },
): Precondition {
  const { projectId: project, name, remedy } = wanted;
  const list = new DataGoogleComputeAddresses(scope, id, { project, region, filter: `name = "${name}"` });
  return {
    condition: `\${contains(try(${addressOf(list)}.addresses[*].name, []), "${name}")}`,
    errorMessage: `There is no address ${name} in ${region} of project ${project}: ${what} has none yet. ${remedy}`,
  };
}
