import { DataResource, type ITerraformDependable, type Precondition } from "cdktf";
import type { Construct } from "constructs";
import { guestNotePrefix } from "../google/file-server-guests";
import { listSecrets } from "../google/secret-list";
import type { SharedServices } from "../google/shared-services";
import type { Installation } from "../installation";
import { literal } from "../terraform/literal";
import { projectFile } from "../terraform/project-file";
import { quotaProject } from "../terraform/providers";
import { takeBack } from "../terraform/removed";

export interface FileServerGuestsProps {
  readonly installation: Installation;
  /** Name of the file server. */
  readonly name: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Port of its own Redis. */
const OWN_PORT = 6379;
/** Id of the construct, from which the address follows. */
const ID = "file-server-guests";

/** @returns what refuses a plan that stops the Redis of others on the file server that is made here */
export function keepsGuests(
  scope: Construct,
  { redisServers = [] }: NonNullable<SharedServices["fileServer"]>,
  props: FileServerGuestsProps,
): Precondition {
  const ports = [OWN_PORT, ...redisServers.map(({ port }) => port)];
  const guests = guestsOf(scope, props, `n > 0 && !contains(${JSON.stringify(ports)}, n)`);
  return {
    condition: `\${length(${guests}) == 0}`,
    errorMessage:
      `${named(guests, `Redis on port \${g.ports} of file server ${props.name}`)}, and nfs_redis_guests has no such port any more: ` +
      `that Redis would be stopped, with what is queued there. Put the guest back into nfs_redis_guests. To give it up, first ` +
      `move that environment to another Redis (docs/redis.md), or destroy it. ${gone(guests, props)}`,
  };
}

/** @returns what refuses a plan that deletes the file server although others use it */
export function keepsFileServer(scope: Construct, props: FileServerGuestsProps): Precondition {
  const guests = guestsOf(scope, props, "true");
  return {
    condition: `\${length(${guests}) == 0}`,
    errorMessage:
      `${named(guests, `file server ${props.name}`)}, and this environment no longer needs it: the apply would delete it, with the ` +
      `files and the queue of all of them. First move those environments to another file server, Filestore or Redis ` +
      `(docs/files.md, docs/redis.md), or destroy them; until then, leave enable_nfs, filestore_tier, filestore_name, redis_service, ` +
      `redis_host and nfs_instance_name as they were. ${gone(guests, props)}`,
  };
}

/**
 * Stops a `destroy` while others use the file server. Terraform evaluates no conditions when it plans a destroy, so a script looks
 * before anything is deleted.
 * @param all what is deleted only after it has looked
 */
export function stopsDestroy(
  scope: Construct,
  { installation: { projectId }, name }: FileServerGuestsProps,
  all: readonly ITerraformDependable[],
): void {
  new DataResource(scope, ID, {
    input: { project: projectId, server: name, note: guestNotePrefix({ projectId, name }) },
    provisioners: [look(scope)],
    dependsOn: [...all],
  });
}

/** The same where the file server is not asked for any more. */
export function stopsRemoval(scope: Construct): void {
  takeBack(scope, [ID], look(scope));
}

function look(scope: Construct) {
  return {
    type: "local-exec",
    when: "destroy",
    // The stack's folder has no file but `cdk.tf.json`.
    command: 'eval "$FILE_SERVER_GUESTS_SCRIPT"',
    environment: {
      FILE_SERVER_GUESTS_SCRIPT: literal(projectFile("scripts/google/file-server-guests.sh")),
      PROJECT: "${self.input.project}",
      SERVER: "${self.input.server}",
      NOTE: "${self.input.note}",
      QUOTA_PROJECT: quotaProject(scope) ?? "",
    },
  } as const;
}

/** @param which condition on the port `n` of a guest's note @returns an expression: a list of environments that use it */
function guestsOf(
  scope: Construct,
  { installation: { projectId }, name, dependsOn }: FileServerGuestsProps,
  which: string,
) {
  const secrets = listSecrets(scope, "guests", projectId, ["claims"], dependsOn);
  const note = guestNotePrefix({ projectId, name });
  const noted = `[for k in try(keys(s.annotations), []) : tonumber(regex("[0-9]+$", k)) if startswith(k, "${note}")]`;
  const guest = `{ environment = try(s.labels.environment, "unknown"), secret = s.secret_id, ports = join(", ", [for n in ${noted} : n if ${which}]) }`;
  return `[for g in [for s in ${secrets} : ${guest}] : g if g.ports != ""]`;
}

function named(guests: string, what: string): string {
  return `\${join(". ", [for g in ${guests} : "Environment \${g.environment}, which noted it in secret \${g.secret}, uses ${what}"])}`;
}

function gone(guests: string, { installation: { projectId } }: FileServerGuestsProps): string {
  const command = `"gcloud secrets delete \${g.secret} --project=${projectId}"`;
  return `If nothing is left of that environment, delete what it noted: \${join("; ", [for g in ${guests} : ${command}])}`;
}
