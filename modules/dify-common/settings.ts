import type { BucketDefinition, Probe, SecretDefinition, Toleration } from "../app-gke/application-config";
import type { ResolvedRelease } from "./releases";

/** What is chosen of one component; what is not given stays as it is. */
export interface ComponentSettings {
  /** Kubernetes quantity. @default - the component's own */
  readonly cpu?: string;
  /** Kubernetes quantity. @default - the component's own */
  readonly memory?: string;
  /** Kubernetes quantity. @default - the component's own, and what `scratch` adds */
  readonly ephemeralStorage?: string;
  /** Kubernetes quantities by name of a scratch directory. @default {} */
  readonly scratch?: Readonly<Record<string, string>>;
  /** As many pods, whatever they have to do. @default - between the bounds */
  readonly replicas?: number;
  /** @default - the component's own */
  readonly minimum?: number;
  /** @default - the component's own, or `minimum` where that is more */
  readonly maximum?: number;
  /** Wins over everything that the component has. @default {} */
  readonly environment?: Readonly<Record<string, string>>;
  /** Environment variable to id of a secret in Secret Manager. @default {} */
  readonly secretEnvironment?: Readonly<Record<string, string>>;
  /** @default {} */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** @default [] */
  readonly tolerations?: readonly Toleration[];
  /** @default {} */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What can be chosen about a Dify installation. */
export interface DifySettings {
  /** DNS label: prefix of the Kubernetes objects. */
  readonly name: string;
  readonly displayName: string;
  /** What it is for, in a sentence. @default - nothing is said */
  readonly description?: string;
  readonly release: ResolvedRelease;
  /** Tags instead of the release's own, by component name in Dify's spelling. */
  readonly imageTags: Readonly<Record<string, string>>;
  /** Full reference instead of the stock API image, for api, worker and beat. @default - the stock image */
  readonly apiImage?: string;
  readonly api: {
    readonly cpu: string;
    readonly memory: string;
    readonly minimum: number;
    readonly maximum: number;
    readonly port: number;
    /** Seconds a request may take. */
    readonly timeoutSeconds: number;
    /** @default - none */
    readonly startupProbe?: Probe;
    /** Times that it leaves open follow from `timeoutSeconds`. @default - none */
    readonly livenessProbe?: Probe;
    readonly terminationGracePeriodSeconds: number;
    readonly sessionAffinity: "ClientIP" | "None";
  };
  /** `api_pod`: a second container of the API's pods, as documented; `deployment`: pods of its own. */
  readonly worker: { readonly placement: "api_pod" | "deployment"; readonly minimum: number; readonly maximum: number };
  /** Environment variables of the API that hold the URL of another component. */
  readonly links: readonly { readonly variable: string; readonly component: string; readonly port: number }[];
  /** The user's own environment for api, worker and beat; wins over what is set here. */
  readonly environment: Readonly<Record<string, string>>;
  /** Environment variable to definition of a secret, for the same components. */
  readonly secretEnvironment: readonly { readonly variable: string; readonly secret: SecretDefinition }[];
  readonly database: {
    readonly name: string;
    readonly user: string;
    readonly passwordLength: number;
    /** Connections that this installation may open at once: pools are as large as they fit. */
    readonly connections: number;
  };
  /** Secret Manager secrets that components and additions name, by id: `existingSecrets` of all of them. */
  readonly existingSecrets: ReadonlyMap<string, SecretDefinition>;
  /** Raised numbers of generated secrets, by name. */
  readonly secretRevisions: Readonly<Record<string, number>>;
  readonly redisPassword: SecretDefinition["source"];
  readonly redis: {
    /** It is connected to with TLS, and its certificate is checked. */
    readonly tls: boolean;
    /** Reads the certificates, as PEM, that its own is checked against. @default - the containers' public ones */
    readonly ca?: () => string;
  };
  /** First of the three Redis databases that are used. @default 0 */
  readonly firstRedisDatabase?: number;
  readonly buckets: readonly BucketDefinition[];
  /** An NFS share is mounted. */
  readonly sharedFiles: boolean;
  readonly uploadLimitMb: number;
  readonly marketplace: boolean;
  /** What was chosen of components, by their names in Kubernetes. */
  readonly components: Readonly<Record<string, ComponentSettings>>;
  /** Internal hosts and ranges that the SSRF proxy lets through. */
  readonly ssrfProxyAllowedHosts: readonly string[];
}
