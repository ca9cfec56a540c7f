import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../modules/dify-gke/environment";
import { synthesize } from "../acceptance/stacks";

/** A resource of a stack. */
export interface Resource {
  readonly type: string;
  readonly name: string;
  readonly block: Readonly<Record<string, unknown>>;
}

/**
 * Synthesizes an environment and keeps no file of it.
 * @returns the resources of each of its stacks, in the order in which they are applied
 */
export async function resourcesOf(environment: Environment): Promise<readonly (readonly Resource[])[]> {
  const scratch = await mkdtemp(join(tmpdir(), "dify-stacks-"));
  try {
    const stacks = await synthesize(environment, {
      runDirectory: scratch,
      deletionProtection: environment.variables.deletion_protection,
    });
    return stacks.map(({ resources }) =>
      Object.entries(resources).flatMap(([type, named]) =>
        Object.entries(named).map(([name, block]) => ({ type, name, block })),
      ),
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
