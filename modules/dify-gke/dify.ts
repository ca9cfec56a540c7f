import type { Installation } from "../app-gke/installation";
import type { SharedServices } from "../app-gke/google/shared-services";
import { DifyCommon, type DifySettings, resolveRelease } from "../dify-common";
import { capacity, type Capacity } from "../dify-common/capacity";
import { additions } from "./additions";
import { databaseRoom } from "./database-room";
import { installationOf } from "./installation";
import { difySettings } from "./dify-settings";
import { firstRedisDatabase } from "./redis-databases";
import { sharedServices } from "./shared-services";
import type { Variables } from "./variables";

/**
 * Dify as variables describe it: the only place where its settings and the user's additions become an application. No
 * file is read before the application is synthesized, so rules may look at it even if a job's script is missing.
 * @param environment name of the environment that it belongs to, or is
 * @param services what the environment shares with others: where its Redis is decides whose password it has
 * @param first its first Redis database; a stage that shares its environment's Redis has its own
 */
export function dify(
  environment: string,
  variables: Variables,
  services: SharedServices,
  first = firstRedisDatabase(variables),
): DifyCommon {
  const settings = { ...settingsOf(environment, variables, services), firstRedisDatabase: first };
  return new DifyCommon(settings, additions(variables, settings));
}

/** @returns how much Dify does at the same time, from its settings alone */
export function capacityOf(environment: string, variables: Variables): Capacity {
  const services = sharedServices(variables, installationOf(environment, variables));
  return capacity(settingsOf(environment, variables, services));
}

function settingsOf(environment: string, variables: Variables, services: SharedServices): DifySettings {
  const release = resolveRelease(variables.application_version);
  return difySettings(variables, services, release, databaseRoom(environment, variables).connections);
}

/** An environment with everything that follows from its variables. */
export interface Composition {
  readonly installation: Installation;
  readonly services: SharedServices;
  readonly application: DifyCommon;
}

/** @returns an environment's identity, its shared services and its Dify */
export function compose(environment: string, variables: Variables): Composition {
  const installation = installationOf(environment, variables);
  const services = sharedServices(variables, installation);
  return { installation, services, application: dify(environment, variables, services) };
}

const known = new WeakMap<Variables, DifyCommon>();

/**
 * @returns the Dify that variables describe, created once for rules that only look at components and images: the
 * environment's name is in neither
 */
export function difyOf(variables: Variables): DifyCommon {
  const found = known.get(variables) ?? compose("any", variables).application;
  known.set(variables, found);
  return found;
}
