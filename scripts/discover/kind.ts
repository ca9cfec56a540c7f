import type { Requirement, RequirementMessage } from "../../modules/app-gke/google/requirement";
import type { SharedServices } from "../../modules/app-gke/google/shared-services";
import type { Installation } from "../../modules/app-gke/installation";
import type { Environment } from "../../modules/dify-gke/environment";
import type { Variables } from "../../modules/dify-gke/variables";
import type { Values } from "./edit";
import type { Reader } from "./reader";

/** Why something cannot be used. */
export interface Lack extends RequirementMessage {
  /** The same in a few words, for a table. */
  readonly short: string;
}

/** What a service is wanted for: an environment, with what was picked for it so far. */
export interface Wanted extends Pick<Environment, "name" | "given"> {
  readonly variables: Variables;
  readonly services: SharedServices;
  /** Other environments of the directory. */
  readonly neighbours: readonly Environment[];
}

/** What a pick writes. */
export interface Picked {
  readonly values: Values;
  /** What has to be known or done about it, in sentences. */
  readonly notes: readonly string[];
  /** A file next to the variable file that has to be there. @default - none */
  readonly file?: { readonly name: string; readonly text: string };
}

/** A service that exists. */
export interface Candidate {
  readonly name: string;
  /** Region, zone or `global`. */
  readonly location: string;
  /** Name of its network. @default - it is in none */
  readonly network?: string;
  /** Id of that network's project. @default - the environment's, or not told */
  readonly networkProject?: string;
  /** What it is: `Autopilot`, `1.33.2-gke.1`. */
  readonly facts: readonly string[];
  /** What it lacks. @default - nothing is asked of it */
  readonly lacks?: (wanted: Wanted) => readonly Lack[];
  /** What its name in the file needs in addition. @default - nothing */
  readonly sets?: (wanted: Wanted) => Picked;
}

/** The variables that name a service. */
export type Naming =
  | "gke_cluster_name"
  | "sql_instance_name"
  | "nfs_instance_name"
  | "network_name"
  | "subnetwork_name"
  | "filestore_name"
  | "redis_host"
  | "image_mirror_repository"
  | "static_ip_name";

/** One kind of service. */
export interface Kind {
  /** `clusters` */
  readonly id: string;
  /** Of all: `GKE clusters`. */
  readonly title: string;
  /** Of one: `cluster`. */
  readonly one: string;
  /** The variable that names one. @default - none does: it is shown only */
  readonly variable?: Naming;
  /** A role that may look at it. */
  readonly role: string;
  /** Names of what an environment makes itself if nothing is named. @default - it makes none */
  readonly own?: (services: SharedServices, installation: Installation) => readonly (string | undefined)[];
  /** Whether an environment uses one at all. @default - each does */
  readonly used?: (variables: Variables) => boolean;
  readonly read: (reader: Reader) => Promise<readonly Candidate[]>;
}

/** @returns what is missing, as a plan and the doctor say it */
export function unmet<Found>(requirements: readonly Requirement<Found>[], found: Found): readonly Lack[] {
  return requirements
    .filter(({ met }) => !met(found))
    .map(({ lack, message, shown }) => ({ short: lack(found), ...message(shown?.of(found) ?? "") }));
}

/** A word, or why there is none. */
export type Word = string | false | null | undefined;

/** @returns the words that are not empty */
export function facts(...words: readonly Word[]): readonly string[] {
  return words.filter((word): word is string => typeof word === "string" && word !== "");
}
