import { artifactregistry_v1 } from "googleapis/build/src/apis/artifactregistry/v1";
import { certificatemanager_v1 } from "googleapis/build/src/apis/certificatemanager/v1";
import { dns_v1 } from "googleapis/build/src/apis/dns/v1";
import { file_v1 } from "googleapis/build/src/apis/file/v1";
import { redis_v1 } from "googleapis/build/src/apis/redis/v1";
import { clientOptions, type Google, google } from "../google-apis/clients";
import { type Credentials, rootUrl } from "../google-apis/credentials";

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

interface ValkeyPage {
  readonly instances?: readonly ValkeyInstance[];
  readonly nextPageToken?: string;
  readonly unreachable?: readonly string[];
}

/** Clients of the APIs that discovery asks, all of them to read. */
export interface Sources extends Google {
  readonly certificates: certificatemanager_v1.Certificatemanager;
  readonly dns: dns_v1.Dns;
  readonly files: file_v1.File;
  readonly redis: redis_v1.Redis;
  readonly registries: artifactregistry_v1.Artifactregistry;
  /** @see https://cloud.google.com/memorystore/docs/valkey/reference/rest/v1/projects.locations.instances/list */
  readonly valkey: (parent: string, pageToken: string | undefined) => Promise<{ readonly data: ValkeyPage }>;
}

/** @param quotaProject what requests are counted for. @default - the project of the credentials */
export function sources(auth: Credentials, env: NodeJS.ProcessEnv, quotaProject?: string): Sources {
  const options = (name: string) => clientOptions(auth, env, name, quotaProject);
  return {
    ...google(auth, env, quotaProject),
    certificates: new certificatemanager_v1.Certificatemanager(options("CERTIFICATE_MANAGER")),
    dns: new dns_v1.Dns(options("DNS")),
    files: new file_v1.File(options("FILESTORE")),
    redis: new redis_v1.Redis(options("REDIS")),
    registries: new artifactregistry_v1.Artifactregistry(options("ARTIFACT_REGISTRY")),
    valkey: (parent, pageToken) => {
      const { headers, retryConfig, timeout } = options("MEMORYSTORE");
      const { rootUrl: root = "https://memorystore.googleapis.com/" } = rootUrl(env, "MEMORYSTORE");
      const url = `${root}v1/${parent}/instances`;
      return auth.request<ValkeyPage>({ url, params: { pageToken }, headers, retry: true, retryConfig, timeout });
    },
  };
}
