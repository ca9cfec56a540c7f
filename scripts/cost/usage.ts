/** What a part of an environment takes of something that has a price. */
export interface Usage {
  /** Part of the environment, as a user names it: `api`, `database`, `file server`. */
  readonly part: string;
  /** Key in the table of prices; empty: Google takes something for it, and no formula here knows how much. */
  readonly price: string;
  /** A month, in the price's unit, with nobody using it. */
  readonly rest: number;
  /** A month with everything scaled out. @default - as at rest */
  readonly most?: number;
  /** What was counted: `2 to 10 pods with 1 vCPU`. */
  readonly why: string;
}

/** Costs that follow from use alone: their price is shown, and they are in no sum. */
export interface ByUse {
  readonly part: string;
  readonly price: string;
  readonly why: string;
}

/** An average month. */
export const HOURS = 730;

/** A resource of a stack. */
export interface Resource {
  readonly type: string;
  readonly name: string;
  readonly block: Readonly<Record<string, unknown>>;
}
