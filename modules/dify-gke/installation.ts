import { type Installation, installation } from "../app-gke/installation";
import { encryption } from "./encryption";
import type { Variables } from "./variables";

/** @returns an environment's identity, which its names are made of */
export function installationOf(environment: string, variables: Variables): Installation {
  const named = installation({
    projectId: variables.project_id,
    region: variables.region,
    environment,
    tenantId: variables.tenant_id,
    applicationName: variables.application_name,
    deploymentId: variables.deployment_id || undefined,
    labels: variables.resource_labels,
    deletionProtection: variables.deletion_protection,
    secretLocations: variables.secret_replication_locations,
    secretVersionDays: variables.secret_version_destroy_days ?? undefined,
  });
  return { ...named, encryption: encryption(variables, named) };
}
