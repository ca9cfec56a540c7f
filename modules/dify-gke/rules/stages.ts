import type { Problem, Risk } from "../problems";

interface StageRule {
  readonly what: string;
  readonly why: string;
  readonly severities: readonly Problem["severity"][];
  readonly risk: Risk;
}

/** What is checked between a pipeline and the environments that are its stages: by id, with the possible severities. */
export const stageRules = {
  "stage-is-its-environment": {
    what: "A stage in another place than the environment of its name",
    why: "Releases would go where nothing is prepared for them.",
    severities: ["error"],
    risk: "Critical",
  },
  "stage-has-no-file": {
    what: "A stage that is another environment without a variable file",
    why: "Its pods would get the sizes and settings of the pipeline's own file.",
    severities: ["warning"],
    risk: "Medium",
  },
  "stage-lets-nobody-in": {
    what: "A stage whose environment names no `delivered_by_service_account`",
    why: "Releases would be refused there, and Terraform would take them back.",
    severities: ["warning"],
    risk: "Medium",
  },
  "stage-attests-by-itself": {
    what: "A stage whose cluster asks for attestations of its own attestor",
    why: "The pipeline's images have none: no pod of a new version would start there.",
    severities: ["warning"],
    risk: "Medium",
  },
} as const satisfies Readonly<Record<string, StageRule>>;

/** Id of such a check. */
export type StageRuleId = keyof typeof stageRules;
