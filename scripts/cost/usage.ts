/** How much of something with a price a part of an environment uses. */
export interface Usage {
  /** Part of the environment, as a user names it: `api`, `database`, `file server`. */
  readonly part: string;
  /** Key in the price table; empty if Google charges for it and no formula here knows how much. */
  readonly price: string;
  /** Amount per month without any users, in the price's unit. */
  readonly rest: number;
  /** Amount per month with everything scaled out. @default - as without users */
  readonly most?: number;
  /** What was counted: `2 to 10 pods with 1 vCPU`. */
  readonly why: string;
}

/** Whether the costs depend on use alone: the price is shown, and it is in no sum. */
export interface ByUse {
  readonly part: string;
  readonly price: string;
  readonly why: string;
}

/** What a resource costs: by the hour or month, and by use. */
export interface Costs {
  readonly usage?: readonly Usage[];
  readonly byUse?: readonly ByUse[];
}

/** An average month. */
export const HOURS = 730;

/** @returns a usage that is the same with and without users */
export function month(part: string, price: string, rest: number, why: string): Usage {
  return { part, price, rest, why };
}
