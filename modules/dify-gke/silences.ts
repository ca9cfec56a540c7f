import type { Environment } from "./environment";
import { hasErrors, type Problem } from "./problems";
import { SILENCE_NEEDED } from "./rules/silence";
import type { Variables } from "./variables";

/** A warning that a file silences, with the reason that it gives. */
export interface Silenced extends Problem {
  readonly reason: string;
}

/** Problems, and those that the user has decided about. */
interface Heard {
  readonly problems: readonly Problem[];
  readonly silenced: readonly Silenced[];
}

/**
 * Separates the warnings that `silenced_warnings` names from the other problems. A silence that silences nothing is a
 * warning itself, unless errors may have hidden what it is for.
 * @param partial whether only some of the environments were read: a silence in the common file may be for another one
 */
export function applySilences(
  problems: readonly Problem[],
  environments: readonly Environment[],
  { partial }: { readonly partial: boolean },
): Heard {
  const byName = new Map(environments.map((environment) => [environment.name, environment]));
  const reasonFor = ({ severity, environment, rule }: Problem): string | undefined =>
    severity === "warning" && rule
      ? silences(byName.get(environment)?.variables).find(([id]) => id === rule.id)?.[1]
      : undefined;
  const silenced = problems.flatMap((problem) => {
    const reason = reasonFor(problem);
    return reason === undefined ? [] : [{ ...problem, reason }];
  });
  const loud = problems.filter((problem) => reasonFor(problem) === undefined);
  return { problems: [...loud, ...idle(loud, silenced, environments, partial)], silenced };
}

/** @returns how many there are, and which, for a line of text; nothing if there are none */
export function silencedSum(silenced: readonly Silenced[]): string[] {
  if (silenced.length === 0) return [];
  const ids = [...new Set(silenced.map(({ rule }) => rule?.id))];
  return [`${silenced.length} silenced (${ids.join(", ")})`];
}

function silences(variables: Variables | undefined): [id: string, reason: string][] {
  return Object.entries(variables?.silenced_warnings ?? {});
}

/** A silence in a common file is unneeded if no environment needs it, and is reported once. */
function idle(
  loud: readonly Problem[],
  silenced: readonly Silenced[],
  environments: readonly Environment[],
  partial: boolean,
): Problem[] {
  const byFile = new Map<string, Environment[]>();
  for (const environment of environments) {
    const file = environment.locations.get("silenced_warnings")?.file;
    if (file !== undefined) byFile.set(file, [...(byFile.get(file) ?? []), environment]);
  }
  return [...byFile].flatMap(([file, users]) => {
    const [first] = users;
    if (!first || users.some(({ name }) => hasErrors(loud, name)) || (partial && file !== first.file)) return [];
    return silences(first.variables)
      .filter(([id]) => !silenced.some((problem) => problem.rule?.id === id && users.some(isAbout(problem))))
      .map(([id]) => unneeded(id, first));
  });
}

function isAbout(problem: Problem): (environment: Environment) => boolean {
  return ({ name }) => problem.environment === name;
}

function unneeded(id: string, environment: Environment): Problem {
  const place = environment.locations.get("silenced_warnings");
  return {
    severity: "warning",
    environment: environment.name,
    file: place?.file ?? environment.file,
    line: place?.line,
    column: place?.column,
    variable: "silenced_warnings",
    group: 0,
    message: `silenced_warnings names "${id}", and there is no such warning any more: if it comes back, nobody will see it. Take it out.`,
    rule: { id: SILENCE_NEEDED, risk: "Low" },
  };
}
