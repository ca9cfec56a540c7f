import type { Problem, Risk } from "../../modules/dify-gke/problems";
import type { ReadResult } from "../../modules/dify-gke/variable-files";

/** What `--json` prints. Fields are added without a new version, but never removed or given another meaning. */
export interface Report {
  readonly version: 1;
  readonly environments: readonly EnvironmentReport[];
  readonly problems: readonly ProblemReport[];
  /** Warnings that `silenced_warnings` names. */
  readonly silenced: readonly (ProblemReport & { readonly reason: string })[];
  /** Notes that need no action. */
  readonly notes: readonly string[];
}

/** One variable file. */
interface EnvironmentReport {
  readonly name: string;
  readonly file: string;
  readonly errors: number;
  readonly warnings: number;
  readonly silenced: number;
}

/** One problem; `null` for what does not apply. */
interface ProblemReport {
  /** Id of the rule, or the kind of a problem with a single value or file. */
  readonly id: string;
  readonly severity: "error" | "warning";
  /** Risk of the rule. */
  readonly risk: Risk | null;
  /** `common` for the common file, and for the directory. */
  readonly environment: string;
  readonly file: string;
  /** Counted from 1, like the column. */
  readonly line: number | null;
  readonly column: number | null;
  readonly variable: string | null;
  /** Other variables that the rule checks. */
  readonly related: readonly string[];
  /** Fact, consequence and remedy. */
  readonly message: string;
  /** What the file says, shortened; never what may be a secret. */
  readonly given: string | null;
  readonly allowed: string | null;
}

/** @returns the result of a check for other programs */
export function reportOf({ read, problems, silenced, notes }: ReadResult): Report {
  return {
    version: 1,
    environments: read.map(({ name, file }) => {
      const own = problems.filter(({ environment }) => environment === name);
      return {
        name,
        file,
        errors: countOf(own, "error"),
        warnings: countOf(own, "warning"),
        silenced: silenced.filter(({ environment }) => environment === name).length,
      };
    }),
    problems: problems.map(problemReport),
    silenced: silenced.map((problem) => ({
      ...problemReport(problem),
      reason: problem.reason,
    })),
    notes,
  };
}

/** @returns the number of errors, or of warnings */
export function countOf(problems: readonly Problem[], severity: Problem["severity"]): number {
  return problems.filter((problem) => problem.severity === severity).length;
}

function problemReport(problem: Problem): ProblemReport {
  const { severity, environment, file, line, column, variable, related, message, given, allowed, rule, id } = problem;
  return {
    id: rule?.id ?? id ?? "unknown",
    severity,
    risk: rule?.risk ?? null,
    environment,
    file,
    line: line ?? null,
    column: column ?? null,
    variable: variable ?? null,
    related: related ?? [],
    message,
    given: given ?? null,
    allowed: allowed ?? null,
  };
}
