import { hash } from "../app-gke/installation";
import type { ClaimSettings } from "../app-gke/platform/claims";
import { literal, plain, plains } from "../app-gke/terraform/literal";
import { claimsOf } from "./claims";
import { type ClaimKind, claimRules } from "./rules/claims";
import type { Variables } from "./variables";

/**
 * Kinds that two environments could take from each other without any error of Google's or Kubernetes' own before data is
 * touched. Between the files of one directory, all kinds are compared.
 */
const KINDS = ["database", "redis", "perimeter", "fleet"] as const satisfies readonly ClaimKind[];

/** @returns what an environment notes as its own in the cloud, where those of other directories can read it */
export function cloudClaims(environment: string, variables: Variables): ClaimSettings {
  const claims = claimsOf({ name: environment, variables: plains(variables) });
  return {
    takeOverDatabases: variables.take_over_databases,
    groups: KINDS.map((kind) => ({
      claims: claims
        .filter((claim) => claim.kind === kind)
        .map(({ key, place = "", what, of, database, user }) => ({
          // An annotation's name is short, and begins with a letter.
          key: `${kind}-${hash([kind, key, place].map(plain).join("\n")).slice(0, 16)}`,
          what: literal(`${what} of ${of}`),
          database,
          user,
        })),
      advice: `${claimRules[kind].consequence} ${claimRules[kind].remedy}`,
    })).filter(({ claims: some }) => some.length > 0),
  };
}
