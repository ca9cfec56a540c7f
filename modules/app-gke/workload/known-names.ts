import { DataResource, TerraformLocal } from "cdktf";
import { Construct } from "constructs";
import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import { PersistentVolumeClaimV1 } from "@cdktf/provider-kubernetes/lib/persistent-volume-claim-v1";
import { PersistentVolumeV1 } from "@cdktf/provider-kubernetes/lib/persistent-volume-v1";
import type { Installation } from "../installation";
import { commonLabels } from "./labels";
import { authProxyConfigMapName, sharedFilesClaimName } from "./names";
import type { WorkloadProps } from "./settings";

/** @param props with the namespace as an expression @returns the objects that the manifests of releases name; none without releases */
export function knownNames(
  scope: Construct,
  props: Pick<WorkloadProps, "database" | "deliverer" | "installation" | "fileServer" | "sharedFiles"> & {
    readonly placedIn: string;
  },
): KnownNames | undefined {
  const { database, deliverer, installation, fileServer, sharedFiles } = props;
  if (deliverer?.type !== "releases") return undefined;
  return new KnownNames(scope, "known-names", {
    installation,
    namespace: props.placedIn,
    labels: commonLabels(installation),
    connectionName: database?.instance.connectionName,
    fileServer: sharedFiles && fileServer,
  });
}

interface KnownNamesProps {
  readonly installation: Installation;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `project:region:instance`. @default - no database */
  readonly connectionName?: string;
  /** @default - no shared files */
  readonly fileServer?: { readonly ip: string; readonly sharePath: string };
}

/**
 * Puts what only apply knows under names that synth knows: the manifests of a release name these objects and contain no
 * addresses, so that the same manifests fit every environment.
 */
class KnownNames extends Construct {
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
    const share = `${fileServer.ip}:${fileServer.sharePath}`;
    const remembered = new DataResource(this, "share", { input: { share }, lifecycle: { ignoreChanges: ["input"] } });
    // The address is either a CDKTF token or plain text: only a local can be used in an expression for both.
    const now = `local.${new TerraformLocal(this, "share-now", share).friendlyUniqueId}`;
    const was = `terraform_data.${remembered.friendlyUniqueId}.output.share`;
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
          // No other claim gets it.
          claimRef: { name: claimName, namespace },
        },
      ],
      lifecycle: {
        ...lifecycle,
        precondition: [
          {
            condition: `\${${was} == ${now}}`,
            errorMessage:
              `The shared files were at \${${was}} and would be at \${${now}}: pods of releases hold the volume of the first until a release ` +
              `replaces them, so the apply would stop half-way. Set what names the share back (filestore_name, filestore_tier, ` +
              `nfs_instance_name). An environment with a single stage can change it while an apply brings its pods, without ` +
              `enable_cloud_deploy (docs/files.md).`,
          },
        ],
      },
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

/** When releases end, pods have to release these objects before they can be deleted: this changes the pods first. */
const lifecycle = { createBeforeDestroy: true } as const;
/** NFS has no size: claim and volume only have to agree. */
const SIZE = "1Gi";
/**
 * No class. The provider leaves an empty one out, so it is the claim's volume name that keeps a default class from
 * creating a disk.
 */
const NO_CLASS = "";
