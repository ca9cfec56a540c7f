import { definitions } from ".";
import { nearest, readable } from "./mention";

const PREFIX = "TF_VAR_";
/** Among a hundred names, one is always a little similar. */
const ALIKE = 1 / 5;

/**
 * Terraform takes `TF_VAR_region` for its variable, and the stacks have only those that are secrets: Terraform ignores all
 * others without a warning.
 * @returns notes about what is set there without effect; never a value
 */
export function setInVain(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const names = Object.keys(env).flatMap((name) => (name.startsWith(PREFIX) ? [name.slice(PREFIX.length)] : []));
  const inFiles = names.filter((name) => definitions.some((known) => known.name === name && !known.sensitive));
  const secrets = definitions.filter(({ sensitive }) => sensitive).map(({ name }) => name);
  const misspelled = names.filter((name) => !definitions.some((known) => known.name === name));
  return [
    ...(inFiles.length > 0
      ? [
          `environment: ignored, because only secrets are passed like this: ${inFiles.map((name) => PREFIX + name).join(", ")}. Set ${inFiles.length === 1 ? "it" : "them"} in the variable file.`,
        ]
      : []),
    ...misspelled.flatMap((name) => {
      const near = nearest(name, secrets, ALIKE);
      return near === undefined
        ? []
        : [readable(`environment: Terraform will ignore ${PREFIX}${name}. Did you mean ${PREFIX}${near}?`)];
    }),
  ];
}
