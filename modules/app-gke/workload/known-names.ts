import { Construct } from "constructs";
import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import { PersistentVolumeClaimV1 } from "@cdktf/provider-kubernetes/lib/persistent-volume-claim-v1";
import { PersistentVolumeV1 } from "@cdktf/provider-kubernetes/lib/persistent-volume-v1";
import type { Installation } from "../installation";
import { authProxyConfigMapName, sharedFilesClaimName } from "./names";

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
