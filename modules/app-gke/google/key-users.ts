import type { KeyPurpose } from "./encryption";
import type { GoogleApi } from "./google-api";

/** Whose account uses a key: nodes and the file server have disks of Compute Engine. @see https://cloud.google.com/iam/docs/service-agents */
export const KEY_USERS: Readonly<Record<KeyPurpose, { readonly api: GoogleApi; readonly account: string }>> = {
  buckets: { api: "storage.googleapis.com", account: "gs-project-accounts" },
  images: { api: "artifactregistry.googleapis.com", account: "gcp-sa-artifactregistry" },
  database: { api: "sqladmin.googleapis.com", account: "gcp-sa-cloud-sql" },
  files: { api: "compute.googleapis.com", account: "compute-system" },
  nodes: { api: "compute.googleapis.com", account: "compute-system" },
  cluster: { api: "container.googleapis.com", account: "container-engine-robot" },
  secrets: { api: "secretmanager.googleapis.com", account: "gcp-sa-secretmanager" },
  messages: { api: "pubsub.googleapis.com", account: "gcp-sa-pubsub" },
  // The address of this account has no fixed form: Cloud Logging's API is asked for it.
  logs: { api: "logging.googleapis.com", account: "gcp-sa-logging" },
  // https://cloud.google.com/memorystore/docs/redis/about-cmek
  redis: { api: "redis.googleapis.com", account: "cloud-redis" },
  // https://cloud.google.com/filestore/docs/cmek
  filestore: { api: "file.googleapis.com", account: "cloud-filer" },
};
