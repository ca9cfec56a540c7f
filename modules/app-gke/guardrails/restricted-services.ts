import type { GoogleApi } from "../google/google-api";

const GENERAL = "VPC Service Controls does not know it";
const FLEETS = "only fleets need it here, and their clusters may be in several projects";

/**
 * Whether a perimeter guards an API that this project may enable, or why not. All of them, whatever the environment uses: the
 * perimeter is the whole project's.
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
  // Files of people, which are in no project.
  "drive.googleapis.com": GENERAL,
  "file.googleapis.com": true,
  "gkehub.googleapis.com": FLEETS,
  "iam.googleapis.com": true,
  // A pipeline signs in with two accounts: GitHub's or GitLab's own comes here first, which no rule names. What it gets is a
  // token, which is worth nothing outside.
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
