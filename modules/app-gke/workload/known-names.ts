import { Construct } from "constructs";
import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import { PersistentVolumeClaimV1 } from "@cdktf/provider-kubernetes/lib/persistent-volume-claim-v1";
import { PersistentVolumeV1 } from "@cdktf/provider-kubernetes/lib/persistent-volume-v1";
import type { ApplicationConfig, Component, Bindings } from "../application-config";
import type { Installation } from "../installation";
import { environmentConfigMapName, fileKeys, filesConfigMapName } from "./configuration";
import type { PodContext, Task } from "./pod";

/** @returns the claim that pods mount the share by, where they are written before the server's address is known */
export function sharedFilesClaimName(applicationName: string): string {
  return `${applicationName}-files`;
}

/** @returns the ConfigMap that tells the Auth Proxy its instance, where pods are written before it is known */
export function authProxyConfigMapName(applicationName: string): string {
  return `${applicationName}-cloud-sql-proxy`;
}

export interface KnownNamesProps {
  readonly installation: Installation;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `project:region:instance`. @default - no database */
  readonly connectionName?: string;
  /** @default - no shared files */
  readonly fileServer?: { readonly ip: string; readonly sharePath: string };
}

/**
 * What only apply knows, under names that synth knows: the manifests of a release name the objects here and hold no
 * address themselves, so that the same manifests fit every environment.
 */
export class KnownNames extends Construct {
  constructor(scope: Construct, id: string, props: KnownNamesProps) {
    super(scope, id);
    const { installation, namespace, fileServer } = props;
    const labels = { ...props.labels };
    if (props.connectionName !== undefined) {
      new ConfigMapV1(this, "auth-proxy", {
        metadata: { name: authProxyConfigMapName(installation.applicationName), namespace, labels },
        data: { CSQL_PROXY_INSTANCE_CONNECTION_NAME: props.connectionName },
        lifecycle,
      });
    }
    if (!fileServer) return;
    const claimName = sharedFilesClaimName(installation.applicationName);
    const volume = new PersistentVolumeV1(this, "volume", {
      // Belongs to the whole cluster, so it is named after the installation.
      metadata: { name: `${installation.resourcePrefix}-files`, labels },
      spec: [
        {
          capacity: { storage: SIZE },
          accessModes: ["ReadWriteMany"],
          // The share outlives every claim.
          persistentVolumeReclaimPolicy: "Retain",
          storageClassName: NO_CLASS,
          persistentVolumeSource: { nfs: { server: fileServer.ip, path: fileServer.sharePath } },
          // Nobody else's claim gets it.
          claimRef: { name: claimName, namespace },
        },
      ],
      lifecycle,
    });
    new PersistentVolumeClaimV1(this, "claim", {
      metadata: { name: claimName, namespace, labels },
      spec: {
        accessModes: ["ReadWriteMany"],
        storageClassName: NO_CLASS,
        volumeName: volume.metadata.name,
        resources: { requests: { storage: SIZE } },
      },
      lifecycle,
    });
  }
}

/**
 * Where releases end, the pods have to let go of these before they can be deleted: this puts the pods' change first.
 */
const lifecycle = { createBeforeDestroy: true } as const;
/** NFS knows no size: claim and volume only have to agree. */
const SIZE = "1Gi";
/**
 * No class. The provider leaves it out, so it is the claim's named volume that keeps a default class from making a
 * disk.
 */
const NO_CLASS = "";

export interface KnownContextProps {
  readonly application: ApplicationConfig;
  /** Image reference to pull from. */
  readonly image: (upstream: string) => string;
  readonly authProxyImage: string;
  /** @default - no shared files */
  readonly sharedFiles?: {
    readonly volumeName: string;
    readonly mountPath: string;
    /** Directory of the installation on the share. */
    readonly subPath: string;
  };
}

/** @returns the cluster's offers to a pod by names that are known without a cluster: what manifests are written with */
export function knownContext(props: KnownContextProps): PodContext {
  const { application, sharedFiles } = props;
  const { name, database } = application;
  return {
    image: props.image,
    environmentConfigMap: (task) => (hasEnvironment(task) ? environmentConfigMapName(name, task) : undefined),
    fileConfigMap: (task) =>
      (task.files ?? []).length > 0 ? { name: filesConfigMapName(name, task), keys: fileKeys(task) } : undefined,
    secretName: (application.secrets ?? []).length > 0 ? name : undefined,
    serviceAccounts: serviceAccountNames(name),
    authProxy: database && {
      image: props.image(props.authProxyImage),
      instance: { configMap: authProxyConfigMapName(name) },
      port: databasePort(database.version),
    },
    sharedFiles: sharedFiles && { ...sharedFiles, source: { claimName: sharedFilesClaimName(name) } },
  };
}

/** @returns names of the Kubernetes service accounts: with the installation's Google identity, and without any */
export function serviceAccountNames(applicationName: string): PodContext["serviceAccounts"] {
  return { identity: applicationName, none: `${applicationName}-none` };
}

/** @returns the port of a database by its Cloud SQL version, such as `POSTGRES_15` */
export function databasePort(version: string): number {
  return version.startsWith("POSTGRES") ? 5432 : 3306;
}

/** Which variables there are does not depend on the bindings, only their values do. */
function hasEnvironment(task: Task): boolean {
  return Object.keys(task.environment?.(ANY_BINDINGS) ?? {}).length > 0;
}

const ANY_BINDINGS: Bindings = {
  projectId: "any",
  region: "any",
  publicUrl: "https://any",
  publicUrls: ["https://any"],
  trustedProxies: [],
  host: (component: Component["name"]) => component,
  address: (component: Component["name"]) => component,
  database: { host: "any", port: 1, name: "any", user: "any" },
  redis: { host: "any", port: "1" },
  bucket: (suffix) => suffix,
  sharedFilesPath: "/any",
};
