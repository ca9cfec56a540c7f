import { secretNames } from "../../modules/dify-common";
import { postgresByKubeBlocks } from "../../modules/dify-gke/database-place";
import { redisPlace } from "../../modules/dify-gke/redis-place";
import { MEMORYSTORE_PASSWORD } from "../../modules/dify-gke/shared-services";
import type { Variables } from "../../modules/dify-gke/variables";
import { generatedFor, type SecretsBy, wayOf } from "./generated";

/** What rotates together, by one number. */
const KEYS = "keys";

/** Secrets that are only rotated after a leak, with what a new value costs. */
const COSTS: Readonly<Record<SecretsBy<"leak">, string>> = {
  [secretNames.secretKey]:
    "signs everybody out, and the OAuth clients that an administrator has set for tools and triggers cannot be read: docs/operations.md",
  [secretNames.agentServerKey]: "makes the agent back end's encrypted data unreadable",
  [secretNames.keyRotation]:
    "changes all keys between components at once, and calls between old and new pods are refused",
};

/** Secrets whose rotation refuses requests for some minutes, with the reason. */
const NOTICED: Readonly<Record<SecretsBy<"noticed">, string>> = {
  [MEMORYSTORE_PASSWORD]:
    "Google turns authentication off and on again. For some minutes Redis needs no password, and refuses clients that send one; then it refuses the previous password until pods are replaced",
  [secretNames.qdrantKey]:
    "the store takes one key, so searches in knowledge are refused while its pods and the API's are replaced",
  [secretNames.weaviateKey]:
    "the store takes one key, so searches in knowledge are refused while its pods and the API's are replaced",
};

function said(of: Readonly<Record<string, string>>, secret: string): string | undefined {
  return Object.hasOwn(of, secret) ? of[secret] : undefined;
}

/** What follows from rotating a secret. */
export interface Rotation {
  /** New values of variables. */
  readonly values: Readonly<Record<string, number | Readonly<Record<string, number>>>>;
  /** Whether the foundation has to be applied first. */
  readonly foundation: boolean;
  /** What the user has to know before. */
  readonly notes: readonly string[];
}

/**
 * @param interrupting also what refuses requests for some minutes
 * @returns what `--all` means: everything that is generated here, except where a new value costs something
 */
export function all(environment: string, v: Variables, interrupting: boolean): readonly string[] {
  const secrets = generatedFor(environment, v).flatMap(({ name }) => {
    switch (wayOf(name)) {
      case "keys":
        return v.internal_key_generation === null ? (interrupting ? [name] : []) : [KEYS];
      case "overlap":
        // The file server's, which Dify does not use.
        if (name === secretNames.redisPassword && redisPlace(v) === "kubeblocks") return [];
        return v.redis_password_overlap_hours === null && !interrupting ? [] : [name];
      case "login":
        return v.enable_auto_password_rotation || !interrupting ? [] : [name];
      case "unnoticed":
        return [name];
      case "noticed":
        return interrupting ? [name] : [];
      default:
        return [];
    }
  });
  return [...new Set(secrets)];
}

/** @returns the new numbers, or why they cannot be raised */
export function raised(
  environment: string,
  v: Variables,
  secrets: readonly string[],
  afterLeak: boolean,
): Rotation | string {
  const generated = generatedFor(environment, v);
  const revisions = new Map(Object.entries(v.secret_revisions));
  const notes: string[] = [];
  let generation = v.internal_key_generation;
  for (const secret of secrets) {
    const cost = said(COSTS, secret);
    if (cost !== undefined && !afterLeak) return `A new ${secret} ${cost}. If it has leaked, add --after-leak.`;
    if (secret === secretNames.databasePassword && v.enable_auto_password_rotation)
      return "The database's login rotates automatically, and its number has no effect. To rotate it now: kubectl create job rotate-now-1 --from=cronjob/<application>-login-rotation.";
    if (secret === secretNames.redisPassword && redisPlace(v) === "kubeblocks")
      return 'Dify\'s Redis is by KubeBlocks (data_services.redis = "kubeblocks"), which makes its password together with the Cluster, and changes none that it has made: a number would change nothing. For another password, move the queue to another Redis with redis_moves_from = "kubeblocks", and back to a new Cluster, as docs/kubeblocks.md#another-password-for-redis says.';
    if (secret === KEYS) {
      if (generation === null)
        return 'internal_key_generation is null, so each component takes one key only. Set internal_key_generation = 1 and apply, which changes no key, then run this again; or name one, such as "sandbox-key".';
      generation += 1;
      if (afterLeak)
        notes.push("The leaked keys are refused after the next generation only: run this again once it is applied.");
    } else {
      if (wayOf(secret) !== undefined && !generated.some(({ name }) => name === secret))
        return `No ${secret} is generated in this environment. It has: ${generated.map(({ name }) => name).join(", ")}.`;
      revisions.set(secret, (revisions.get(secret) ?? 1) + 1);
      const noticed = said(NOTICED, secret);
      if (noticed !== undefined) notes.push(`${secret}: ${noticed}.`);
      if (secret === secretNames.databasePassword)
        notes.push(
          `${secret}: old pods keep their connections, and cannot open new ones until they are replaced.${postgresByKubeBlocks(v) ? " The job db-init gives KubeBlocks' PostgreSQL the new one during the apply." : " enable_auto_password_rotation rotates without that."}`,
        );
      if (wayOf(secret) === "keys")
        notes.push(
          `${secret}: calls between old and new pods are refused while pods are replaced. "keys" rotates all without that.`,
        );
      if (wayOf(secret) === "overlap" && v.redis_password_overlap_hours === null)
        notes.push(`${secret}: redis_password_overlap_hours is null, so Redis refuses the previous password at once.`);
    }
  }
  const counted = secrets.filter((secret) => secret !== KEYS);
  return {
    values: {
      ...(generation !== null && generation !== v.internal_key_generation && { internal_key_generation: generation }),
      ...(counted.length > 0 && { secret_revisions: Object.fromEntries(revisions) }),
    },
    foundation: generated.some(({ name, foundation }) => foundation && counted.includes(name)),
    notes,
  };
}
