import type { Difference } from "../stacks/differences";

/**
 * What happens to what an address names. `replaced`: Terraform destroys it and creates it again. `moved`: a `moved` block
 * takes the state along. `renamed`: nothing in the state could be lost.
 */
export type Kind = "replaced" | "removed" | "added" | "changed" | "moved" | "renamed";

/** One attribute that differs, and what that means. */
export interface Attribute extends Difference {
  /** `same`: it is written in another way, and says the same. @default - changed in place */
  readonly effect?: "replaces" | "ignored" | "same";
}

/** What differs about one address. */
export interface Change {
  readonly kind: Kind;
  readonly stack: string;
  readonly address: string;
  /** Address that it had before. @default - the same */
  readonly from?: string;
  readonly attributes: readonly Attribute[];
  /** What else there is to know, in words. */
  readonly remarks: readonly string[];
}
