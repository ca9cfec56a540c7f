import { accesscontextmanager_v1 } from "googleapis/build/src/apis/accesscontextmanager/v1";
import { artifactregistry_v1 } from "googleapis/build/src/apis/artifactregistry/v1";
import { cloudbilling_v1 } from "googleapis/build/src/apis/cloudbilling/v1";
import { cloudresourcemanager_v3 } from "googleapis/build/src/apis/cloudresourcemanager/v3";
import { compute_v1 } from "googleapis/build/src/apis/compute/v1";
import { container_v1 } from "googleapis/build/src/apis/container/v1";
import { file_v1 } from "googleapis/build/src/apis/file/v1";
import { orgpolicy_v2 } from "googleapis/build/src/apis/orgpolicy/v2";
import { redis_v1 } from "googleapis/build/src/apis/redis/v1";
import { serviceusage_v1 } from "googleapis/build/src/apis/serviceusage/v1";
import { sqladmin_v1 } from "googleapis/build/src/apis/sqladmin/v1";
import { storage_v1 } from "googleapis/build/src/apis/storage/v1";
import { type Credentials, rootUrl } from "./credentials";

/** An instance of Memorystore for Valkey, as far as it is read here. The client libraries have no class for it yet. */
export interface ValkeyInstance {
  readonly name?: string;
  readonly state?: string;
  readonly mode?: string;
  readonly engineVersion?: string;
  readonly authorizationMode?: string;
  readonly transitEncryptionMode?: string;
  readonly endpoints?: readonly {
    readonly connections?: readonly {
      readonly pscAutoConnection?: { readonly network?: string; readonly ipAddress?: string; readonly port?: number };
    }[];
  }[];
}

/** @see https://cloud.google.com/memorystore/docs/valkey/reference/rest/v1/projects.locations.instances/getCertificateAuthority */
interface ValkeyAuthority {
  readonly managedServerCa?: { readonly caCerts?: readonly { readonly certificates?: readonly string[] }[] };
}

interface ValkeyPage {
  readonly instances?: readonly ValkeyInstance[];
  readonly nextPageToken?: string;
  readonly unreachable?: readonly string[];
}

/** Clients of the APIs that commands ask, all of them to read. */
export interface Google {
  readonly billing: cloudbilling_v1.Cloudbilling;
  readonly compute: compute_v1.Compute;
  readonly container: container_v1.Container;
  readonly contexts: accesscontextmanager_v1.Accesscontextmanager;
  readonly files: file_v1.File;
  readonly orgPolicy: orgpolicy_v2.Orgpolicy;
  readonly projects: cloudresourcemanager_v3.Cloudresourcemanager;
  readonly redis: redis_v1.Redis;
  readonly registries: artifactregistry_v1.Artifactregistry;
  readonly services: serviceusage_v1.Serviceusage;
  readonly sql: sqladmin_v1.Sqladmin;
  readonly storage: storage_v1.Storage;
  /**
   * A page of a list.
   * @see https://cloud.google.com/memorystore/docs/valkey/reference/rest/v1/projects.locations.instances/list
   */
  readonly valkey: (parent: string, pageToken: string | undefined) => Promise<{ readonly data: ValkeyPage }>;
  /** @param name `projects/…/locations/…/instances/…` */
  readonly valkeyAuthority: (name: string) => Promise<{ readonly data: ValkeyAuthority }>;
}

/**
 * @param name of the API as in the provider's variable for its address: `COMPUTE`
 * @param quotaProject what requests are counted for, as the variable has it
 */
export function clientOptions(auth: Credentials, env: NodeJS.ProcessEnv, name: string, quotaProject = "") {
  const counted = quotaProject !== "" && quotaProject !== "none";
  return {
    auth,
    ...rootUrl(env, name),
    ...(counted ? { headers: { "x-goog-user-project": quotaProject } } : {}),
    // Once more where Google was busy; a command has to end.
    retryConfig: { retry: 1 },
    timeout: 20_000,
  };
}

/** @param quotaProject what requests are counted for, as the variable has it. @default - the project of the credentials */
export function google(auth: Credentials, env: NodeJS.ProcessEnv, quotaProject?: string): Google {
  const options = (name: string) => clientOptions(auth, env, name, quotaProject);
  const memorystore = <T>(path: string, params?: object) => {
    const { headers, retryConfig, timeout } = options("MEMORYSTORE");
    const { rootUrl: root = "https://memorystore.googleapis.com/" } = rootUrl(env, "MEMORYSTORE");
    return auth.request<T>({ url: `${root}v1/${path}`, params, headers, retry: true, retryConfig, timeout });
  };
  return {
    billing: new cloudbilling_v1.Cloudbilling(options("CLOUD_BILLING")),
    compute: new compute_v1.Compute(options("COMPUTE")),
    container: new container_v1.Container(options("CONTAINER")),
    contexts: new accesscontextmanager_v1.Accesscontextmanager(options("ACCESS_CONTEXT_MANAGER")),
    files: new file_v1.File(options("FILESTORE")),
    orgPolicy: new orgpolicy_v2.Orgpolicy(options("ORG_POLICY")),
    projects: new cloudresourcemanager_v3.Cloudresourcemanager(options("RESOURCE_MANAGER_V3")),
    redis: new redis_v1.Redis(options("REDIS")),
    registries: new artifactregistry_v1.Artifactregistry(options("ARTIFACT_REGISTRY")),
    services: new serviceusage_v1.Serviceusage(options("SERVICE_USAGE")),
    sql: new sqladmin_v1.Sqladmin(options("SQL")),
    storage: new storage_v1.Storage(options("STORAGE")),
    valkey: (parent, pageToken) => memorystore<ValkeyPage>(`${parent}/instances`, { pageToken }),
    valkeyAuthority: (name) => memorystore<ValkeyAuthority>(`${name}/certificateAuthority`),
  };
}
