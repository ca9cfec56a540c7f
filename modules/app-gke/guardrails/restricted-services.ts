import type { GoogleApi } from "../google/google-api";

const GENERAL = "VPC Service Controls does not know it";
const FLEETS = "only fleets need it here, and their clusters may be in several projects";

/**
 * `true` for an API that the perimeter guards, or the reason why it does not. All APIs that this code may enable are here,
 * whatever the environment uses: the perimeter is the whole project's.
 * @see https://cloud.google.com/vpc-service-controls/docs/supported-products, or
 *   `gcloud access-context-manager supported-services list`
 */
const GUARDED: Readonly<Record<GoogleApi, true | string>> = {
  "accesscontextmanager.googleapis.com": GENERAL,
  "artifactregistry.googleapis.com": true,
  "billingbudgets.googleapis.com": "budgets belong to the billing account",
  "binaryauthorization.googleapis.com": true,
  "certificatemanager.googleapis.com": true,
  "cloudbuild.googleapis.com": true,
  "clouddeploy.googleapis.com": true,
  "cloudkms.googleapis.com": true,
  "cloudresourcemanager.googleapis.com": true,
  "cloudtrace.googleapis.com": true,
  "compute.googleapis.com": true,
  "container.googleapis.com": true,
  "containeranalysis.googleapis.com": true,
  "containerscanning.googleapis.com": GENERAL,
  "dns.googleapis.com": FLEETS,
  // People's own files, which belong to no project.
  "drive.googleapis.com": GENERAL,
  "file.googleapis.com": true,
  "gkehub.googleapis.com": FLEETS,
  "iam.googleapis.com": true,
  // A pipeline comes here with GitHub's or GitLab's identity, which no rule of the perimeter names, to get a token of its service
  // account. The rules that name this account then decide what the token is good for.
  "iamcredentials.googleapis.com": "accounts that sign in come here before they are known",
  "iap.googleapis.com": "who signs in comes from anywhere",
  "logging.googleapis.com": true,
  "mesh.googleapis.com": FLEETS,
  "monitoring.googleapis.com": true,
  "multiclusterservicediscovery.googleapis.com": FLEETS,
  "networkservices.googleapis.com": true,
  "pubsub.googleapis.com": true,
  "redis.googleapis.com": true,
  "secretmanager.googleapis.com": true,
  "servicenetworking.googleapis.com": true,
  "serviceusage.googleapis.com": true,
  "sqladmin.googleapis.com": true,
  "storage.googleapis.com": true,
  "telemetry.googleapis.com":
    "not sure to be supported, and a perimeter with a service that is not is refused as a whole",
  "trafficdirector.googleapis.com": FLEETS,
  "vpcaccess.googleapis.com": true,
};

/** The services that a perimeter guards, sorted. */
export const RESTRICTED_SERVICES: readonly string[] = Object.entries(GUARDED)
  .filter(([, guarded]) => guarded === true)
  .map(([service]) => service)
  .sort();
