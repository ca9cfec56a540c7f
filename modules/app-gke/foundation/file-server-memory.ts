import type { ITerraformDependable, Precondition } from "cdktf";
import type { Construct } from "constructs";
import { listSecrets } from "../google/secret-list";
import type { SharedServices } from "../google/shared-services";
import { hash, type Installation } from "../installation";

export interface FileServerMemoryProps {
  readonly installation: Installation;
  readonly settings: NonNullable<SharedServices["fileServer"]>;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Labels of the password's secret: configuration cannot read its own state, and a data source cannot read a disk that
 * does not exist yet.
 */
const SIZE_LABEL = "data-disk-gb";
const KEYED_LABEL = "vm-with-key";

/** What a plan has to know of the last apply. */
export function rememberedInSecret(
  scope: Construct,
  { installation, settings, dependsOn }: FileServerMemoryProps,
): {
  readonly size: () => Remembered & { readonly neverShrinks: Precondition };
  readonly vmWithKey: (key: string | undefined, made: unknown) => Remembered & { readonly conditions: Precondition[] };
} {
  const secret = memorySecret(settings);
  const secrets = listSecrets(scope, "remembered", installation.projectId, [secret], dependsOn);
  const project = `--project=${installation.projectId}`;
  return {
    // Refuses a size below that of the last apply: Google cannot shrink a disk, so Terraform would create a new, empty one.
    size: () => {
      const before = `[for s in ${secrets} : tonumber(s.labels["${SIZE_LABEL}"]) if s.secret_id == "${secret}" && can(tonumber(s.labels["${SIZE_LABEL}"]))]`;
      return {
        labels: { [SIZE_LABEL]: String(settings.diskSizeGb) },
        neverShrinks: {
          condition: `\${max(0, ${before}...) <= ${settings.diskSizeGb}}`,
          errorMessage:
            `The file server's data disk has \${max(0, ${before}...)} GB, and nfs_disk_size_gb is ${settings.diskSizeGb}. ` +
            `A disk cannot shrink: applying would destroy it with all shared files and Redis's queue, and make an empty one. ` +
            `Set nfs_disk_size_gb back. If nothing on it is worth keeping: gcloud secrets update ${secret} ` +
            `${project} --remove-labels=${SIZE_LABEL}`,
        },
      };
    },
    // Refuses to forget the key in an apply that replaces the VM: Terraform finds no order for the two, and says "Cycle".
    vmWithKey: (key, made): Remembered & { readonly conditions: Precondition[] } => {
      const now = hash(JSON.stringify(made)).slice(0, 8);
      if (key !== undefined) return { labels: { [KEYED_LABEL]: now }, conditions: [] };
      const other = `[for s in ${secrets} : s if s.secret_id == "${secret}" && try(s.labels["${KEYED_LABEL}"], "${now}") != "${now}"]`;
      return {
        labels: {},
        conditions: [
          {
            condition: `\${length(${other}) == 0}`,
            errorMessage:
              `customer_managed_keys no longer has files, and the file server's VM is to be replaced as well, for its machine ` +
              `type or a script: Terraform finds no order for the two, and would stop with "Cycle". Set files again, apply, and ` +
              `take it out in an apply of its own. To forget what was applied last: gcloud secrets update ${secret} ${project} ` +
              `--remove-labels=${KEYED_LABEL}`,
          },
        ],
      };
    },
  };
}

interface Remembered {
  readonly labels: Readonly<Record<string, string>>;
}

/** @returns the name of the secret with the password of Redis, which is the memory too */
export function memorySecret(settings: FileServerMemoryProps["settings"]): string {
  if (settings.redisPasswordSecret === undefined) {
    throw new Error(`File server ${settings.name} is to be created, but its redisPasswordSecret is not named`);
  }
  return settings.redisPasswordSecret;
}
