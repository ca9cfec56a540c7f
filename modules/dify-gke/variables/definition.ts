import type { z } from "zod";

/** What a group file says about a variable: everything but its name and group. */
interface Settings<S extends z.ZodType> {
  /** One or two sentences for the reference page and for editors. */
  readonly description: string;
  /** Type and limits. */
  readonly schema: S;
  /** As a user would write it; `null` only if the schema accepts it. */
  readonly default: z.input<S>;
  /** @default false */
  readonly immutable?: boolean;
  /** Whether only the hosting platform's catalogue reads it: accepted and ignored. @default false */
  readonly platformMetadata?: boolean;
  /** Whether the documented Terraform modules have it too. @default true */
  readonly documented?: boolean;
  /** Whether it is the path of a file, relative to the variable file's directory. @default false */
  readonly file?: boolean;
}

/** A variable without its name and group. */
export interface Draft<S extends z.ZodType = z.ZodType, Sensitive extends boolean = boolean> {
  readonly description: string;
  readonly schema: S;
  /** `null` for required variables as well. */
  readonly default: z.input<S> | null;
  readonly required: boolean;
  readonly sensitive: Sensitive;
  readonly immutable: boolean;
  readonly platformMetadata: boolean;
  readonly documented: boolean;
  readonly file: boolean;
}

/** One input variable: the single source of types, validation, JSON Schema and reference page. */
export interface Definition<
  S extends z.ZodType = z.ZodType,
  Sensitive extends boolean = boolean,
  Name extends string = string,
> extends Draft<S, Sensitive> {
  readonly name: Name;
  readonly group: number;
}

/** @returns a variable that may be in a variable file */
export function variable<S extends z.ZodType>(settings: Settings<S>): Draft<S, false> {
  return { ...flags(settings), ...settings, required: false, sensitive: false };
}

/** @returns a variable that every environment has to set */
export function required<S extends z.ZodType>(settings: Omit<Settings<S>, "default">): Draft<S, false> {
  return { ...flags(settings), ...settings, default: null, required: true, sensitive: false };
}

/** @returns a variable that is passed at apply as `TF_VAR_<name>` and never in a file */
export function sensitive<S extends z.ZodType>(settings: Settings<S>): Draft<S, true> {
  return { ...flags(settings), ...settings, required: false, sensitive: true };
}

function flags(settings: { immutable?: boolean; platformMetadata?: boolean; documented?: boolean; file?: boolean }) {
  return {
    immutable: settings.immutable ?? false,
    platformMetadata: settings.platformMetadata ?? false,
    documented: settings.documented ?? true,
    file: settings.file ?? false,
  };
}

/** The variables of a group, by name. */
export type Group<T extends Record<string, Draft>> = {
  readonly [Name in keyof T & string]: Definition<T[Name]["schema"], T[Name]["sensitive"], Name>;
};

/** Gives each variable of a group its name and the group's number. */
export function group<const T extends Record<string, Draft>>(number: number, drafts: T): Group<T> {
  return Object.fromEntries(
    Object.entries(drafts).map(([name, draft]) => [name, { ...draft, name, group: number }]),
  ) as Group<T>;
}
