import type { ComposedSecret } from "../app-gke/application-config";
import { bare, piped } from "../app-gke/terraform/expression";
import { secretNames } from "./secrets";
import type { DifySettings } from "./settings";

/**
 * Keys between components, of which neither side knows more than one. With `keyGeneration` there is one for each generation, and
 * the component that is called accepts three: the current one, the previous and the next.
 * So pods of two generations in a row understand each
 * other, in whatever order they are replaced. See docs/operations.md.
 */
const KEYS = [
  secretNames.sandboxKey,
  secretNames.pluginDaemonKey,
  secretNames.innerApiKey,
  secretNames.agentBackendToken,
  secretNames.shellctlToken,
] as const;
export type InternalKey = (typeof KEYS)[number];

/** Generations, relative to the current one. */
const OFFSETS = { before: -1, now: 0, next: 1 } as const;
type Generation = keyof typeof OFFSETS;

/** @returns the name of the secret with which a component asks another one */
export function internalKey({ keyGeneration }: Pick<DifySettings, "keyGeneration">, key: InternalKey): string {
  return keyGeneration === undefined ? key : nameOf(key, "now");
}

/** @returns the names of the secrets that a component takes, by environment variable */
export function acceptedKeys(key: InternalKey, variable: string): Record<string, string> {
  return {
    [`${variable}_NOW`]: nameOf(key, "now"),
    [`${variable}_BEFORE`]: nameOf(key, "before"),
    [`${variable}_NEXT`]: nameOf(key, "next"),
  };
}

/** @returns the keys of three generations */
export function generationsOfKeys(settings: DifySettings): ComposedSecret[] {
  const { keyGeneration } = settings;
  if (keyGeneration === undefined) return [];
  const agents = settings.release.release.images.agent_backend !== undefined;
  const keys = KEYS.filter((key) => agents || !AGENTS.includes(key));
  return keys.flatMap((key) =>
    Object.entries(OFFSETS).map(([name, offset]) =>
      keyOf(key, nameOf(key, name as Generation), keyGeneration + offset),
    ),
  );
}

const AGENTS: readonly InternalKey[] = [secretNames.agentBackendToken, secretNames.shellctlToken];

function nameOf(key: InternalKey, generation: Generation): string {
  return `${key}-${generation}`;
}

/** The first generation is the key itself, as it is without generations. Each later one is derived so that knowing it reveals no other. */
function keyOf(key: InternalKey, name: string, generation: number): ComposedSecret {
  if (generation === 1) return { name, from: [key], value: (_, secret) => secret(key) };
  return {
    name,
    from: [secretNames.keyRotation],
    value: (_, secret) => {
      const source = secret(secretNames.keyRotation);
      const label = `:${key}:${generation}`;
      const operators = piped(source, `printf "%s${label}" | sha256sum`);
      if (operators !== undefined) return operators;
      return source.startsWith("${") ? `\${sha256("\${${bare(source)}}${label}")}` : `${source}${label}`;
    },
  };
}
