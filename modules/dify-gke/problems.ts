import { groupTitles } from "./variables";

/** How much harm a mistake does: data loss, outage, degradation, nuisance. */
export type Risk = "Critical" | "High" | "Medium" | "Low";

/** One thing wrong in the variable files. */
export interface Problem {
  /** An error stops the environment, a warning is printed. */
  readonly severity: "error" | "warning";
  /** Name of the environment; `common` for the file under all of them. */
  readonly environment: string;
  readonly file: string;
  readonly line?: number;
  /** The variable; a field of it is in `message`. */
  readonly variable?: string;
  readonly group?: number;
  /** What the file says, shortened. Never the value of a sensitive variable. */
  readonly given?: string;
  /** What it may say. */
  readonly allowed?: string;
  /** What is wrong, in a sentence. */
  readonly message: string;
  /** The rule between variables that was broken. */
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

const COLORS = { error: "\u001b[31m", warning: "\u001b[33m", dim: "\u001b[2m", bold: "\u001b[1m", off: "\u001b[0m" };

/** @returns problems as text for a terminal, errors first, in the order of the files; empty where there are none. */
export function formatProblems(problems: readonly Problem[], options: { readonly color: boolean }): string {
  const paint = (color: keyof typeof COLORS, text: string): string =>
    options.color ? COLORS[color] + text + COLORS.off : text;
  const place = (a: Problem, b: Problem): number => a.file.localeCompare(b.file) || (a.line ?? 0) - (b.line ?? 0);
  const ordered = (["error", "warning"] as const).flatMap((severity) =>
    problems.filter((problem) => problem.severity === severity).sort(place),
  );
  const blocks = ordered.map((problem) => {
    const where = problem.line === undefined ? problem.file : `${problem.file}:${problem.line}`;
    const title = problem.group === undefined ? undefined : groupTitles[problem.group];
    const variable =
      problem.variable && paint("bold", problem.variable) + (title ? ` (group ${problem.group ?? ""}, ${title})` : "");
    const heading = [`${paint(problem.severity, problem.severity)} ${where}`, variable].filter(Boolean).join(": ");
    const rule = problem.rule && `${problem.rule.id}, risk ${problem.rule.risk}`;
    const details = [
      ["given", problem.given],
      ["allowed", problem.allowed],
      ["rule", rule],
    ].flatMap(([label, value]) => (value === undefined ? [] : [`  ${paint("dim", `${label ?? ""}:`)} ${value}`]));
    return [heading, `  ${problem.message}`, ...details].join("\n");
  });
  return blocks.join("\n\n");
}
