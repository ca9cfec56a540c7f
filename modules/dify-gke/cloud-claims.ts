import { guestNote } from "../app-gke/google/file-server-guests";
import { hash } from "../app-gke/installation";
import type { ClaimSettings } from "../app-gke/platform/claims";
import { literal, plain, plains } from "../app-gke/terraform/literal";
import { claimsOf } from "./claims";
import { installationOf } from "./installation";
import { usesRedisIn } from "./redis-place";
import { type ClaimKind, claimRules } from "./rules/claims";
import { sharedServices } from "./shared-services";
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
    uses: usesOf(environment, plains(variables)),
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

/** Notes the use of a file server that another environment made: while the note exists, that environment neither deletes it nor stops a Redis on it. */
function usesOf(environment: string, v: Variables): ClaimSettings["uses"] {
  const installation = installationOf(environment, v);
  const { fileServer } = sharedServices(v, installation);
  if (!fileServer || fileServer.create) return [];
  const { projectId, resourcePrefix } = installation;
  const port = usesRedisIn("file_server", v) ? v.redis_port : undefined;
  return [
    {
      key: guestNote({ projectId, name: fileServer.name }, resourcePrefix, port),
      what: literal(
        `environment ${environment} (${resourcePrefix}) on ${fileServer.name}${port === undefined ? "" : `, Redis on port ${port}`}`,
      ),
    },
  ];
}
