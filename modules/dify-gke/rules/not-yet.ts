import type { VariableName, Variables } from "../variables";
import { DESIGN, type Rule } from "./rule";

/** A variable that is accepted and checked, but whose feature does not exist yet. */
export interface NotYet {
  readonly variable: VariableName;
  /** Whether the feature is asked for. */
  readonly isOn: (v: Variables) => boolean;
  /** The feature, to precede "is not available yet" in a sentence. */
  readonly what: string;
}

/** One entry per feature; it is deleted by the change that adds the feature. */
export const notYet: readonly NotYet[] = [
  { variable: "configure_service_mesh", isOn: (v) => v.configure_service_mesh, what: "the service mesh" },
];

/** @returns whether a variable asks for what is not there yet */
export function isNotYet(name: string, v: Variables): boolean {
  return notYet.some(({ variable, isOn }) => variable === name && isOn(v));
}

/** The table as rules: asking for a missing feature is an error, and never silently ignored. */
export const notYetRules: readonly Rule[] = notYet.map(({ variable, isOn, what }) => ({
  id: `not-yet-${variable.replaceAll("_", "-")}`,
  what: `\`${variable}\`, where it asks for ${what}`,
  why: "It is not available yet: the apply would go through without it.",
  risk: "Medium",
  severity: "error",
  // Whether it is on may depend on a second switch; if that was refused, it has its default, which is off.
  variables: [variable],
  source: DESIGN,
  brokenBy: isOn,
  message: () =>
    `${variable} asks for something that is not available yet (${what}): the apply would go through without it. Take ${variable} out of the file until a later release adds it.`,
}));
