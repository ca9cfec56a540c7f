import type { Job } from "../application-config";
import type { Volume, VolumeMount } from "./kubernetes";

/** The shares that there are, by what jobs call them. */
export type Shares = Readonly<
  Partial<Record<"files" | "earlier", { readonly ip: string; readonly sharePath: string }>>
>;

/** @returns shares that a job mounts as a whole, with where */
export function wholeShares(
  wanted: Job["shares"] = [],
  shares: Shares = {},
): { readonly volume: Volume; readonly mount: VolumeMount }[] {
  return wanted.flatMap(({ of, mountPath }) => {
    const share = shares[of];
    const name = `share-${of}`;
    return share
      ? [{ volume: { name, nfs: { server: share.ip, path: share.sharePath } }, mount: { name, mountPath } }]
      : [];
  });
}

/** The NFS share of this installation. */
export interface SharedFiles {
  readonly volumeName: string;
  /** The export itself, or the claim for it for pods that are written before the server's address is known. */
  readonly source: { readonly server: string; readonly path: string } | { readonly claimName: string };
  /** The installation's directory on the share; the kubelet creates it. */
  readonly subPath: string;
  readonly mountPath: string;
}

/** @returns the volume of an installation's own directory */
export function shareVolume({ volumeName, source }: SharedFiles): Volume {
  return {
    name: volumeName,
    ...("claimName" in source ? { persistentVolumeClaim: { claimName: source.claimName } } : { nfs: { ...source } }),
  };
}
