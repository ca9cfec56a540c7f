import type { Postcondition } from "cdktf";
import type { KeyPurpose } from "./encryption";

/** Something that keeps the key that it was created with. */
export interface KeptKeyProps {
  readonly purpose: KeyPurpose;
  /** `Cloud SQL instance app-sql` */
  readonly what: string;
  /** Terraform expression of the key that it has, as an attribute of `self`. */
  readonly has: string;
  /** `projects/…/cryptoKeys/…`. @default - none is asked for */
  readonly wanted?: string;
  /** How to give it the key; sentences. */
  readonly way: string;
}

/**
 * Google cannot give some things another key, and Terraform would replace them, with what they hold. So the resource
 * ignores a different key, and these conditions refuse a plan that asks for one: a plan knows the key of an existing
 * resource, and a new resource gets the key that is asked for.
 */
export function keptKey({ purpose, what, has, wanted, way }: KeptKeyProps): Postcondition[] {
  if (wanted === undefined) return [];
  // Google may name the version that it was encrypted with.
  const key = `try(split("/cryptoKeyVersions", ${has})[0], "")`;
  return [
    {
      condition: `\${${key} == "${wanted}"}`,
      errorMessage:
        `${what} is encrypted with \${${key} == "" ? "a key of Google's" : ${key}}, and it keeps the key that it was created ` +
        `with: for ${wanted} it would have to be created again, without its content. To leave it as it is, take ${purpose} ` +
        `out of customer_managed_keys, and name the others there instead of "all". ${way}`,
    },
  ];
}

/** The page with the ways to a key for what exists. */
export const KEYS_LATER = "docs/operations.md#keys-for-what-exists";
