import type { Resource } from "../stacks/resources";
import type { Usage } from "./usage";

interface Input {
  readonly instance?: { readonly memorySizeGb?: number; readonly tier?: string };
}

/**
 * Filestore. Its price is in no public copy of the page, so it is listed without one.
 * @see https://cloud.google.com/filestore/pricing
 */
export function filestore({ block: { file_shares: shares, tier } }: Resource): readonly Usage[] {
  const { capacity_gb: size = "?" } = (Array.isArray(shares) ? shares[0] : shares) as { capacity_gb?: number };
  return [{ part: "shared files", price: "", rest: 0, why: `${size} GiB of Filestore (${String(tier)})` }];
}

/**
 * Memorystore. A script makes it, so its `terraform_data` is all that the stack shows of it. Its price is in no public copy of the
 * page, so it is listed without one.
 * @returns the usage of the `terraform_data` that runs the script; nothing for any other
 * @see https://cloud.google.com/memorystore/docs/redis/pricing
 */
export function memorystore({ block: { input }, name }: Resource): readonly Usage[] {
  if (!name.endsWith("memorystore_instance")) return [];
  const { memorySizeGb, tier } = ((input ?? {}) as Input).instance ?? {};
  const why = `${memorySizeGb ?? "?"} GiB of Memorystore${tier === "STANDARD_HA" ? ", with a replica" : ""}`;
  return [{ part: "redis", price: "", rest: 0, why }];
}
