import { type Deployment, deployment } from "../app-gke/deployment";
import type { Variables } from "./variables";

/** @returns who an environment's deployment is, and what its names are made of */
export function deploymentOf(environment: string, variables: Variables): Deployment {
  return deployment({
    projectId: variables.project_id,
    region: variables.region,
    environment,
    tenantId: variables.tenant_id,
    applicationName: variables.application_name,
    labels: variables.resource_labels,
    deletionProtection: variables.deletion_protection,
    secretLocations: variables.secret_replication_locations,
  });
}
