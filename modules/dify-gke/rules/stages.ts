import type { Risk } from "../problems";

/** What is looked at between a pipeline and the environments that are its stages: by id, with the severity it may have. */
export const stageRules = {
  "stage-is-its-environment": { severities: ["error"], risk: "Critical" },
  "stage-has-no-file": { severities: ["warning"], risk: "Medium" },
  "stage-lets-nobody-in": { severities: ["warning"], risk: "Medium" },
  "stage-attests-by-itself": { severities: ["warning"], risk: "Medium" },
} as const satisfies Readonly<
  Record<string, { readonly severities: readonly ("error" | "warning")[]; readonly risk: Risk }>
>;

/** Id of one of them. */
export type StageRuleId = keyof typeof stageRules;
