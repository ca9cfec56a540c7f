import type { ITerraformDependable, Precondition } from "cdktf";
import type { Construct } from "constructs";
import { DataGoogleComputeAddresses } from "@cdktf/provider-google/lib/data-google-compute-addresses";
import { listSecrets } from "../google/secret-list";
import type { FormerServices } from "../google/shared-services";
import type { Installation } from "../installation";

export interface LeftBehindProps {
  readonly installation: Installation;
  readonly former: FormerServices;
  /** APIs of Compute Engine and Secret Manager. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * The foundation is applied first, and would delete what holds the application's queue or files as soon as no variable asks for it.
 * So it looks where the application has them, as of its last apply: labels of the secret that remembers the release.
 * @returns what has to hold in a plan
 */
export function leavesNothingBehind(
  scope: Construct,
  { installation, former, dependsOn }: LeftBehindProps,
): Precondition[] {
  const { fileServer, filestore, memorystore, mayLose, releaseSecret, sql } = former;
  const { projectId, region } = installation;
  const secrets = listSecrets(scope, "release-labels", projectId, [releaseSecret], dependsOn);
  /** A condition: the application has this in one of these places. `""` is that of one that has not noted it yet. */
  const has = (what: "database" | "redis" | "files", ...places: readonly string[]): string =>
    `length([for s in ${secrets} : s if s.secret_id == "${releaseSecret}" && ` +
    `contains(${JSON.stringify(places)}, lookup(s.labels, "${what}", ""))]) > 0`;
  const conditions: Precondition[] = [];
  const refuse = (condition: string, errorMessage: string) =>
    conditions.push({ condition: `\${!(${condition})}`, errorMessage });

  if (fileServer !== undefined) {
    const list = new DataGoogleComputeAddresses(scope, "former-file-server", {
      project: projectId,
      region,
      filter: `name = "${fileServer}"`,
      dependsOn: [...dependsOn],
    });
    const there = `length(try(data.${list.terraformResourceType}.${list.friendlyUniqueId}.addresses, [])) > 0`;
    const fact = (what: string) =>
      `The application has ${what} on file server ${fileServer}, or has not noted yet where, and nothing asks for that server any more: the ` +
      `apply would delete it, with ${what}. `;
    const later = "If they are elsewhere already, apply the application first as it is: it notes where. ";
    if (!mayLose.redis) {
      refuse(
        `${there} && ${has("redis", "", "file-server")}`,
        `${fact("its queue")}Set redis_moves_from = "file_server" and apply both stacks, or "nothing", and the queue is lost. ${later}` +
          `See docs/redis.md.`,
      );
    }
    if (!mayLose.files) {
      refuse(
        `${there} && ${has("files", "", "file-server")}`,
        `${fact("its shared files")}Set files_move_from = "file_server" with filestore_tier and apply both stacks, or "nothing", and the ` +
          `files are lost. ${later}See docs/files.md.`,
      );
    }
  }
  if (filestore !== undefined && !mayLose.files) {
    refuse(
      has("files", "filestore"),
      `The application has its shared files on Filestore ${filestore}, and nothing asks for it any more: the apply would delete it with all ` +
        `files. Set filestore_tier back and files_move_from = "filestore", and apply both stacks; or files_move_from = "nothing", and ` +
        `the files are lost. See docs/files.md.`,
    );
  }
  if (memorystore !== undefined && !mayLose.redis) {
    refuse(
      has("redis", "memorystore"),
      `The application has its queue on Memorystore ${memorystore}, and nothing asks for it any more: the apply would delete it. Set ` +
        `redis_moves_from = "memorystore" and apply both stacks, or "nothing", and the queue is lost. See docs/redis.md.`,
    );
  }
  if (sql !== undefined && !mayLose.database) {
    // Cloud SQL itself is not asked whether the instance exists: its API may be off.
    refuse(
      has("database", "", "cloud-sql"),
      `The application has its database on Cloud SQL, or has not said yet where, and nothing asks for instance ${sql} any more: the ` +
        `apply would delete it, with everything in Dify. Take postgresql out of data_services; or set database_moves_from = "nothing", and ` +
        `what is on it is lost. If Dify has another database already, apply the application first as it is: it notes where. See docs/kubeblocks.md.`,
    );
  }
  return conditions;
}
