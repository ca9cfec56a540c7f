/** @returns pods of a database that KubeBlocks runs, as `dify-common` has them */
export function kubeBlocksPods<Pods extends { readonly storage_gb: number }>({
  storage_gb: storageGb,
  ...rest
}: Pods): Omit<Pods, "storage_gb"> & { readonly storageGb: number } {
  return { ...rest, storageGb };
}
