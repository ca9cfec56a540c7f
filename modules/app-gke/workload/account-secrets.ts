import type { ApplicationConfig, Bindings, ComposedSecret } from "../application-config";
import { dataAccountSecret } from "./data-names";
import type { EnvVar } from "./kubernetes";

/** Secrets that an operator makes for an application: pods read them from the operator's own Secrets, and no value is seen here. */
export interface AccountSecrets {
  /** The variable for one of them in a container. `undefined`: it is in the application's own Secret */
  readonly variable: (name: string, secret: string) => EnvVar | undefined;
  /** A value that is composed of them: the secrets that it needs, and its text. `undefined`: this secret is not such a value */
  readonly composed: (secret: string) => { readonly from: readonly string[]; readonly value: string } | undefined;
}

type Accounts = Pick<ApplicationConfig, "composedSecrets" | "dataClusters" | "name">;

/** @param bindings for what a composed value contains in addition to secrets */
export function accountSecrets(application: Accounts, bindings: Bindings): AccountSecrets {
  const places = accountPlaces(application);
  const composed = new Map(
    composedInPods(application).map(({ name, from, value }) => [
      name,
      // The kubelet puts the values in: https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/.
      { from, value: value(bindings, (secret) => `$(${variableOf(secret)})`) },
    ]),
  );
  return {
    variable: (name, secret) => {
      const place = places.get(secret);
      return place === undefined ? undefined : { name, valueFrom: { secretKeyRef: { name: place, key: "password" } } };
    },
    composed: (secret) => composed.get(secret),
  };
}

/** @returns composed values that are in no Secret, because the kubelet composes them in the container's environment */
export function composedInPods(application: Accounts): readonly ComposedSecret[] {
  const places = accountPlaces(application);
  return (application.composedSecrets ?? []).filter(({ name, from }) => {
    const others = from.filter((secret) => !places.has(secret));
    if (others.length < from.length && others.length > 0)
      throw new Error(`${name} is composed of an operator's secret and of ${others.join()}, which no container has`);
    return from.length > 0 && others.length === 0;
  });
}

/** @returns whether an operator makes this secret, or it is composed of such secrets in a container's environment */
export function isOfOperator(application: Accounts, secret: string): boolean {
  return accountPlaces(application).has(secret) || composedInPods(application).some(({ name }) => name === secret);
}

/**
 * The secret part of a task's environment. A value can only refer to variables before it, so composed values come last. A secret
 * that they need gets a variable of its own if the task does not read it anyway.
 */
export function secretVariables(
  { secrets = {} }: { readonly secrets?: Readonly<Record<string, string>> },
  { secretName, accounts }: { readonly secretName?: string; readonly accounts?: AccountSecrets },
): EnvVar[] {
  const given = Object.entries(secrets).sort(([a], [b]) => (a < b ? -1 : 1));
  const composed = given.flatMap(([name, secret]) => {
    const found = accounts?.composed(secret);
    return found ? [{ ...found, name }] : [];
  });
  const parts = [...new Set(composed.flatMap(({ from }) => from))].map((secret): [string, string] => [
    variableOf(secret),
    secret,
  ]);
  const others = given.filter(([name]) => !composed.some((one) => one.name === name));
  const taken = new Map(others);
  for (const [name, secret] of parts)
    if ((taken.get(name) ?? secret) !== secret) throw new Error(`${name} is both ${secret} and ${taken.get(name)}`);
  const all = new Map([...parts, ...others]);
  return [
    ...[...all]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([name, key]): EnvVar[] => {
        const own = secretName === undefined ? [] : [{ name, valueFrom: { secretKeyRef: { name: secretName, key } } }];
        const made = accounts?.variable(name, key);
        return made ? [made] : own;
      }),
    ...composed.map(({ name, value }) => ({ name, value })),
  ];
}

/** @returns names of the operator's Secrets, by the name that components use for the password in them */
function accountPlaces({ name: applicationName, dataClusters = [] }: Accounts): ReadonlyMap<string, string> {
  return new Map(
    dataClusters
      .flatMap(({ parts }) => parts)
      .flatMap(({ name: part, login }): [string, string][] =>
        login
          ? [
              [
                login.passwordSecret,
                dataAccountSecret({ applicationName }, dataClusters, { part, account: login.account }),
              ],
            ]
          : [],
      ),
  );
}

/** @returns the variable for a secret that the task does not read anyway: `REDIS_PASSWORD` for `redis-password` */
function variableOf(secret: string): string {
  return secret.toUpperCase().replaceAll("-", "_");
}
