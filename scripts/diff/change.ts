import type { Difference } from "../stacks/differences";

/**
 * What happens to the resource at an address. `replaced`: Terraform destroys it and creates it again. `moved`: a
 * `moved` block moves its state. `renamed`: nothing in the state could be lost.
 */
export type Kind = "replaced" | "removed" | "added" | "changed" | "moved" | "renamed";

/** One attribute that differs, and what follows from it. */
export interface Attribute extends Difference {
  /** `same`: written differently with the same meaning. @default - changed in place */
  readonly effect?: "replaces" | "ignored" | "same";
}

/** What differs at one address. */
export interface Change {
  readonly kind: Kind;
  readonly stack: string;
  readonly address: string;
  /** Previous address. @default - the same */
  readonly from?: string;
  readonly attributes: readonly Attribute[];
  /** Further remarks. */
  readonly remarks: readonly string[];
}
