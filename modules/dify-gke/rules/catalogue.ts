import type { Problem, Risk } from "../problems";
import { type ProblemKind, problemKinds } from "../variables/problem-kinds";
import { claimKinds, claimRuleId, claimRules, claimSeverities } from "./claims";
import { subjects } from "./index";
import { SILENCE_NEEDED, silenceNeeded } from "./silence";
import { type StageRuleId, stageRules } from "./stages";

/** What an id in a message means. */
export interface Explained {
  readonly id: string;
  readonly severities: readonly Problem["severity"][];
  /** @default - none: a value or a file on its own is not graded */
  readonly risk?: Risk;
  /** What it prevents. Names and values are in backquotes. */
  readonly what: string;
  /** What would happen. */
  readonly why: string;
  /** Variables that it checks. @default - any */
  readonly variables?: readonly string[];
  /** Where the rule comes from. @default - the format of variable files */
  readonly source?: string;
}

const silence: Explained = { id: SILENCE_NEEDED, severities: ["warning"], risk: "Low", ...silenceNeeded };

function sentence(text: string): string {
  return text.replace(/^./, (first) => first.toUpperCase());
}

/** Everything that is checked, by subject: documents and `npm run check -- --explain` show the same. */
export const catalogue: readonly { readonly title: string; readonly entries: readonly Explained[] }[] = [
  {
    title: "Files and values",
    entries: (Object.keys(problemKinds) as ProblemKind[]).map((id) => ({
      id,
      severities: ["error"],
      ...problemKinds[id],
    })),
  },
  ...subjects.map(({ title, rules }) => ({
    title,
    entries: [
      ...rules.map(({ severity, ...rule }) => ({ ...rule, severities: [severity] })),
      ...(title === "Silences" ? [silence] : []),
    ],
  })),
  {
    title: "A pipeline and the environments that are its stages",
    entries: (Object.keys(stageRules) as StageRuleId[]).map((id) => ({ id, ...stageRules[id] })),
  },
  {
    title: "Two files of one directory",
    entries: claimKinds.map((kind) => ({
      id: claimRuleId(kind),
      severities: claimSeverities(kind),
      risk: claimRules[kind].risk,
      what: claimRules[kind].what,
      why: sentence(claimRules[kind].consequence),
    })),
  },
];
