import type { ComponentName } from "../../dify-common/releases";
import { reservedFor } from "../../dify-common/reserved";
import { holdsSecret } from "../variables/secret-detection";
import { type GivenSettings, given } from "./components";
import { DESIGN, duplicates, KUBERNETES, type Rule } from "./rule";

const reserved: Rule = {
  id: "component-environment-reserved",
  what: "Environment variables of a component that this project sets itself",
  why: "With another value, the component would not find or trust the others.",
  risk: "Critical",
  severity: "error",
  variables: ["component_settings"],
  source: DESIGN,
  brokenBy: (v) =>
    given(v).flatMap(({ name, settings }) =>
      namesOf(settings)
        .filter((variable) => isReserved(name, variable))
        .map((variable) => `${name}.${variable}`),
    ),
  message: (_, subject) =>
    `${subject} is set in component_settings, and this project sets it to match what it creates and generates: with another value, the component would not find or trust the others. Take it out.`,
};

const environmentOnce: Rule = {
  id: "component-environment-once",
  what: "A variable of a component given as value and as secret",
  why: "The secret would win, and the other value would have no effect.",
  risk: "Medium",
  severity: "error",
  variables: ["component_settings"],
  source: KUBERNETES,
  brokenBy: (v) =>
    given(v).flatMap(({ name, settings }) => duplicates(namesOf(settings)).map((variable) => `${name}.${variable}`)),
  message: (_, subject) =>
    `${subject} is in both environment and secret_environment of component_settings: the secret would win, and the other value would have no effect. Keep it in one of them.`,
};

/** @returns whether this project sets an environment variable of a component, named as in the variable file */
export function isReserved(component: string, variable: string): boolean {
  return reservedFor(component.replaceAll("-", "_") as ComponentName).has(variable);
}

/** @returns the environment variables that a component is given */
export function namesOf({ environment, secret_environment: secrets }: GivenSettings): string[] {
  return [...Object.keys(environment), ...Object.keys(secrets)];
}

const plainSecrets: Rule = {
  id: "secrets-not-in-component-environment",
  what: "What looks like a secret among a component's environment variables",
  why: "Everyone who may read a pod or the state would read it.",
  risk: "Critical",
  severity: "error",
  variables: ["component_settings"],
  source: DESIGN,
  brokenBy: (v) =>
    given(v).flatMap(({ name, settings: { environment } }) =>
      Object.entries(environment)
        .filter(([variable, value]) => holdsSecret(variable, value) && !isReserved(name, variable))
        .map(([variable]) => `${name}.${variable}`),
    ),
  message: (_, subject) =>
    `${subject} in component_settings looks like a secret: everyone who may read a pod or the state could read it. Put it into Secret Manager and name it in secret_environment.`,
};

/** Environment variables of single components. */
export const componentEnvironmentRules: readonly Rule[] = [reserved, environmentOnce, plainSecrets];
