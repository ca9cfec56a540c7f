import { secretNames } from "../../modules/dify-common";
import type { Variables } from "../../modules/dify-gke/variables";

/** What rotates together, by one number. */
const KEYS = "keys";
const OF_KEYS: readonly string[] = [
  secretNames.sandboxKey,
  secretNames.pluginDaemonKey,
  secretNames.innerApiKey,
  secretNames.agentBackendToken,
  secretNames.shellctlToken,
];

/** What a new value costs, and so is only rotated after a leak. */
const COSTS: Readonly<Record<string, string>> = {
  [secretNames.secretKey]:
    "signs everybody out, and the OAuth clients that an administrator has set for tools cannot be read: docs/operations.md",
  [secretNames.agentServerKey]: "makes what the agent back end has encrypted unreadable",
  [secretNames.keyRotation]:
    "changes all keys between components at once, and calls between old and new pods are refused",
};

/** What follows from rotating a secret. */
export interface Rotation {
  /** New values of variables. */
  readonly values: Readonly<Record<string, number | Readonly<Record<string, number>>>>;
  /** Whether the foundation has to be applied first. */
  readonly foundation: boolean;
  /** What is to be known before. */
  readonly notes: readonly string[];
}

/** @returns what `--all` means: what no request notices here */
export function unnoticed(v: Variables): readonly string[] {
  return [
    ...(v.internal_key_generation === null ? [] : [KEYS]),
    ...(v.redis_password_overlap_hours === null ? [] : redisSecrets(v)),
  ];
}

/** @returns the new numbers, or why they cannot be raised */
export function raised(v: Variables, secrets: readonly string[], afterLeak: boolean): Rotation | string {
  const revisions = new Map(Object.entries(v.secret_revisions));
  const notes: string[] = [];
  let generation = v.internal_key_generation;
  for (const secret of secrets) {
    const cost = COSTS[secret];
    if (cost !== undefined && !afterLeak) return `A new ${secret} ${cost}. If it has leaked, add --after-leak.`;
    if (secret === secretNames.databasePassword && v.enable_auto_password_rotation)
      return "The database's login rotates automatically, and its number has no effect. To rotate it now: kubectl create job rotate-now-1 --from=cronjob/<application>-login-rotation.";
    if (secret === KEYS) {
      if (generation === null)
        return 'internal_key_generation is null, so each component takes one key only. Set internal_key_generation = 1 and apply, which changes no key, then run this again; or name one, such as "sandbox-key".';
      generation += 1;
      if (afterLeak)
        notes.push("The leaked keys are refused after the next generation only: run this again once it is applied.");
    } else {
      revisions.set(secret, (revisions.get(secret) ?? 1) + 1);
      if (OF_KEYS.includes(secret))
        notes.push(
          `${secret}: calls between old and new pods are refused while pods are replaced. "keys" rotates all without that.`,
        );
      if (redisSecrets(v).includes(secret) && v.redis_password_overlap_hours === null)
        notes.push(`${secret}: redis_password_overlap_hours is null, so Redis refuses the password before it at once.`);
    }
  }
  const counted = secrets.filter((secret) => secret !== KEYS);
  return {
    values: {
      ...(generation !== null && generation !== v.internal_key_generation && { internal_key_generation: generation }),
      ...(counted.length > 0 && { secret_revisions: Object.fromEntries(revisions) }),
    },
    foundation: counted.some((secret) => redisSecrets(v).includes(secret)),
    notes,
  };
}

/** Passwords on the file server. */
function redisSecrets(v: Variables): readonly string[] {
  const staged = v.enable_cicd_trigger && v.enable_cloud_deploy;
  return [
    secretNames.redisPassword,
    ...(staged ? v.cloud_deploy_stages : []).map(({ name }) => `redis-stage-${name}-password`),
    ...Object.keys(v.nfs_redis_guests).map((name) => `redis-guest-${name}-password`),
  ];
}
