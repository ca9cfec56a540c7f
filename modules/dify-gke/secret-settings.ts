import type { StoredElsewhere } from "../app-gke/application-config";
import type { DifySettings } from "../dify-common";
import { environmentSecretNames } from "../dify-common/secrets";
import type { Variables } from "./variables";

/** @returns the secrets in a user's environment variables @param elsewhere where values are that others keep */
export function secretEnvironment(
  v: Variables,
  elsewhere: ReadonlyMap<string, StoredElsewhere>,
): DifySettings["secretEnvironment"] {
  const secretName = environmentSecretName(v);
  const revisions = new Map(Object.entries(v.secret_revisions));
  return [
    ...Object.entries(v.secret_environment_variables).map(([variable, secretId]) => ({
      variable,
      secret: { name: secretName(variable), source: { type: "existing", secretId } } as const,
    })),
    ...v.explicit_secret_names.map((variable) => {
      const at = elsewhere.get(variable);
      const given = { variable: "explicit_secret_values", key: variable, revision: revisions.get(variable) };
      const source = at ? ({ type: "store", at } as const) : ({ type: "variable", ...given } as const);
      return { variable, secret: { name: secretName(variable), source } };
    }),
  ];
}

/** @returns where values are that others keep, by name of the secret or the environment variable */
export function storedElsewhere(v: Pick<Variables, "secret_store_values">): ReadonlyMap<string, StoredElsewhere> {
  return new Map(
    Object.entries(v.secret_store_values).map(([name, { store, store_kind: kind, key, property, decoding }]) => [
      name,
      { store, kind, key, property, decoding },
    ]),
  );
}

/** @returns the name of the secret that a user's environment variable names */
function environmentSecretName(
  v: Pick<Variables, "secret_environment_variables" | "explicit_secret_names">,
): (variable: string) => string {
  const names = environmentSecretNames([...Object.keys(v.secret_environment_variables), ...v.explicit_secret_names]);
  return (variable) => names.get(variable) ?? variable;
}
