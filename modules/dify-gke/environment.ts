import type { Variables } from "./variables";

/** Where a variable got its value. */
export interface Location {
  readonly file: string;
  /** Counted from 1. @default - not known */
  readonly line?: number;
  /** Counted from 1. @default - not known */
  readonly column?: number;
}

/** Variables of the environments that stages stand for, by the stages' names. */
export type Siblings = ReadonlyMap<string, Variables>;

/** One variable file with everything that follows from it. */
export interface Environment {
  /** Name of the file without its suffix: `dev`. */
  readonly name: string;
  readonly file: string;
  /** Every variable, with defaults. A variable in `refused` has its default here. Texts are as the user meant them. */
  readonly variables: Variables;
  /** Variables that the file or the common one sets. */
  readonly given: ReadonlySet<string>;
  /** Variables whose value was refused, or that are missing. */
  readonly refused: ReadonlySet<string>;
  readonly locations: ReadonlyMap<string, Location>;
  /** Environments that are stages of this one's pipeline and have a file here, by name. @default - none */
  readonly siblings?: Siblings;
}
