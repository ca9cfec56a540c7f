import { type Format, paint } from "./colors";
import { onOneLine } from "./printable";
import { groupTitles } from "./variables";
import type { ProblemKind } from "./variables/problem-kinds";

/** How much harm a mistake does: data loss, outage, degradation, nuisance. */
export type Risk = "Critical" | "High" | "Medium" | "Low";

/** One thing wrong in the variable files. */
export interface Problem {
  /** An error stops the environment, a warning is printed. @see docs/operations.md */
  readonly severity: "error" | "warning";
  /** Name of the environment; `common` for the file under all of them. */
  readonly environment: string;
  readonly file: string;
  /** Counted from 1. @default - not known */
  readonly line?: number;
  /** Counted from 1, in characters. @default - not known */
  readonly column?: number;
  /** What kind of problem it is. @default - the rule's id */
  readonly id?: ProblemKind;
  /** The variable that the problem is about. `message` names the field. @default - about no variable */
  readonly variable?: string;
  /** The variable whose line is shown if the variable itself has none. @default - the variable itself */
  readonly askedBy?: string;
  /** What the rule names inside of a variable's value, where it can be found. @see docs/operations.md @default - the variable itself */
  readonly subject?: string;
  /** Other variables that the rule checks. @default - none */
  readonly related?: readonly string[];
  /** The documented group of the variable. @see docs/variables.md @default - about none */
  readonly group?: number;
  /** What the file says, shortened. Never the value of a sensitive variable. @default - nothing, or not shown */
  readonly given?: string;
  /** What is allowed. @default - in the message */
  readonly allowed?: string;
  /** What is wrong, in a sentence. */
  readonly message: string;
  /** The rule between variables that was broken. @default - a value is wrong on its own */
  readonly rule?: { readonly id: string; readonly risk: Risk };
}

/** @returns whether an environment must not be synthesized; without a name, whether any must not. */
export function hasErrors(problems: readonly Problem[], environment?: string): boolean {
  return problems.some(
    (problem) =>
      problem.severity === "error" &&
      (environment === undefined || problem.environment === environment || problem.environment === "common"),
  );
}

const COLORS = { error: "red", warning: "yellow" } as const;

/** @returns problems as text for a terminal, errors first, in the order of the files; empty if there are none */
export function formatProblems(problems: readonly Problem[], options: { readonly color: boolean }): string {
  const painted = (format: Format, text: string): string => paint(options.color, format, text);
  const place = (a: Problem, b: Problem): number => a.file.localeCompare(b.file) || lineOf(a) - lineOf(b);
  const ordered = (["error", "warning"] as const).flatMap((severity) =>
    problems.filter((problem) => problem.severity === severity).sort(place),
  );
  const blocks = ordered.map(escaped).map((problem) => {
    const where = problem.line === undefined ? problem.file : `${problem.file}:${problem.line}`;
    const title = problem.group === undefined ? undefined : groupTitles[problem.group];
    const variable =
      problem.variable &&
      painted("bold", problem.variable) + (title ? ` (group ${problem.group ?? ""}, ${title})` : "");
    const heading = [`${painted(COLORS[problem.severity], problem.severity)} ${where}`, variable]
      .filter(Boolean)
      .join(": ");
    const rule = problem.rule && `${problem.rule.id}, risk ${problem.rule.risk}`;
    const details = [
      ["asked for by", problem.askedBy],
      ["given", problem.given],
      ["allowed", problem.allowed],
      ["rule", rule],
    ].flatMap(([label, value]) => (value === undefined ? [] : [`  ${painted("dim", `${label ?? ""}:`)} ${value}`]));
    return [heading, `  ${problem.message}`, ...details].join("\n");
  });
  return blocks.join("\n\n");
}

/** Problems of the whole file come before its lines, and the count of omitted ones after them. */
function lineOf({ line, id }: Problem): number {
  return line ?? (id === "more-problems" ? Number.MAX_SAFE_INTEGER : 0);
}

/** The problem without anything in its texts that a terminal would interpret. */
function escaped(problem: Problem): Problem {
  const { file, given, allowed, message, variable } = problem;
  const shown = (text: string | undefined): string | undefined => (text === undefined ? undefined : onOneLine(text));
  return {
    ...problem,
    file: onOneLine(file),
    message: onOneLine(message),
    given: shown(given),
    allowed: shown(allowed),
    variable: shown(variable),
  };
}
