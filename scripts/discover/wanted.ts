import type { Environment } from "../../modules/dify-gke/environment";
import { installationOf } from "../../modules/dify-gke/installation";
import { sharedServices } from "../../modules/dify-gke/shared-services";
import type { Variables } from "../../modules/dify-gke/variables";
import type { Values } from "./edit";
import type { Kind, Wanted } from "./kind";
import type { Seen } from "./look";

/** An environment among those of its directory. */
export interface Home extends Environment {
  readonly neighbours: readonly Environment[];
}

/** @returns the environment with these values in addition */
export function wantedOf({ name, variables, given, neighbours }: Home, values: Values = {}): Wanted {
  const all = { ...variables, ...values } as Variables;
  return { name, given, neighbours, variables: all, services: sharedServices(all, installationOf(name, all)) };
}

/** @returns names of what an environment makes of a kind if nothing is named */
function ownNames(kind: Kind, { name, variables }: Pick<Environment, "name" | "variables">): readonly string[] {
  const unnamed = {
    ...variables,
    network_name: "",
    subnetwork_name: "",
    image_mirror_repository: "",
    filestore_name: "",
    gke_cluster_name: "",
    sql_instance_name: "",
    nfs_instance_name: "",
  };
  const installation = installationOf(name, unnamed);
  const names = kind.own?.(sharedServices(unnamed, installation), installation) ?? [];
  return names.filter((own): own is string => own !== undefined);
}

/** @returns the name of what the environment has made itself, if that exists */
export function ownOf({ kind, candidates }: Seen, environment: Home): string | undefined {
  const own = ownNames(kind, environment);
  return candidates.find(({ name }) => own.includes(name))?.name;
}

/** @returns which environments of the directory use something of a kind, by its name in them */
export function usersOf(kind: Kind, { neighbours, ...home }: Home): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>();
  for (const environment of [home, ...neighbours]) {
    const { variables, name } = environment;
    const named = kind.variable === undefined ? "" : variables[kind.variable];
    for (const used of named === "" ? ownNames(kind, environment) : [named]) {
      users.set(used, [...(users.get(used) ?? []), name]);
    }
  }
  return users;
}
