import type { Installation } from "../app-gke/installation";
import type { SharedServices } from "../app-gke/google/shared-services";
import { DifyCommon, resolveRelease } from "../dify-common";
import { additions } from "./additions";
import { installationOf } from "./installation";
import { difySettings } from "./dify-settings";
import { sharedServices } from "./shared-services";
import type { Variables } from "./variables";

/**
 * Dify as variables describe it: the one place where its settings and what the user adds become an application. Nothing is
 * read from a file before the application is synthesized, so rules may look at it where a job's script is missing.
 * @param services what the environment shares with others: where its Redis is decides whose password that has
 * @param firstRedisDatabase of a stage that shares its environment's Redis
 */
export function dify(variables: Variables, services: SharedServices, firstRedisDatabase?: number): DifyCommon {
  const release = resolveRelease(variables.application_version);
  const settings = { ...difySettings(variables, services, release), firstRedisDatabase };
  return new DifyCommon(settings, additions(variables, settings));
}

/** An environment with everything that follows from its variables. */
export interface Composition {
  readonly installation: Installation;
  readonly services: SharedServices;
  readonly application: DifyCommon;
}

/** @returns who an environment is, what it shares, and its Dify */
export function compose(environment: string, variables: Variables): Composition {
  const installation = installationOf(environment, variables);
  const services = sharedServices(variables, installation);
  return { installation, services, application: dify(variables, services) };
}

/** @returns the Dify of variables, for who looks at components and images only: the environment's name is in neither */
export function difyOf(variables: Variables): DifyCommon {
  return compose("any", variables).application;
}
