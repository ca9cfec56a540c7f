import type { Variables } from "../variables";
import { nearest } from "../variables/mention";
import { DESIGN, type Rule } from "./rule";
import { claimKinds, claimRuleId, claimSeverities } from "./claims";
import { stageRules } from "./stages";

/** Reported if a silence silences nothing; it cannot be silenced itself. */
export const SILENCE_NEEDED = "silence-needed";

/** The same for documents: it is found when problems are sorted, and not by a rule. */
export const silenceNeeded = {
  what: "A silence whose warning is gone",
  why: "If it came back, nobody would see it.",
};

/** @param rules all other rules @returns rules about the warnings that a file silences */
export function silenceRules(rules: readonly Rule[]): readonly Rule[] {
  const own = ["silence-known", "silence-of-a-warning", SILENCE_NEEDED];
  const severities = new Map<string, readonly string[]>([
    ...rules.map(({ id, severity }) => [id, [severity]] as const),
    ...claimKinds.map((kind) => [claimRuleId(kind), claimSeverities(kind)] as const),
    ...Object.entries(stageRules).map(([id, { severities: all }]) => [id, all] as const),
    ...own.map((id) => [id, []] as const),
  ]);
  const silenceable = [...severities].filter(([, all]) => all.includes("warning")).map(([id]) => id);
  const silenced = (v: Variables): string[] => Object.keys(v.silenced_warnings);
  const known: Rule = {
    id: "silence-known",
    what: "An id in `silenced_warnings` that is not the id of a rule",
    why: "Nothing would be silenced.",
    risk: "Low",
    severity: "error",
    variables: ["silenced_warnings"],
    source: DESIGN,
    brokenBy: (v) => silenced(v).filter((id) => !severities.has(id)),
    message: (_, id) => {
      const near = nearest(id, silenceable);
      return `silenced_warnings names "${id}", and no rule has that id: nothing would be silenced.${near ? ` Did you mean "${near}"?` : ""} Copy the id from the warning, or take it out.`;
    },
  };
  const warnings: Rule = {
    id: "silence-of-a-warning",
    what: "An error in `silenced_warnings`",
    why: "Nothing can be created as long as there is an error, silenced or not.",
    risk: "Low",
    severity: "error",
    variables: ["silenced_warnings"],
    source: DESIGN,
    brokenBy: (v) => silenced(v).filter((id) => severities.has(id) && !silenceable.includes(id)),
    message: (_, id) =>
      own.includes(id)
        ? `silenced_warnings names "${id}", which is about silences themselves and cannot be silenced. Take it out.`
        : `silenced_warnings names "${id}", which is an error, and errors cannot be silenced. Take it out, and correct what the error is about.`,
  };
  return [known, warnings];
}
