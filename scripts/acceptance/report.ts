import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { duration } from "../terminal/console";
import type { Evidence, StepRecord } from "./evidence";
import type { Verdict } from "./points";

/** A point of docs/acceptance.md with its result. */
export interface Judged extends Verdict {
  readonly what: string;
}

export interface Report {
  readonly evidence: Evidence;
  readonly points: readonly Judged[];
  /** `passed`, `failed: …`, `interrupted` */
  readonly outcome: string;
  /** When the run began. */
  readonly began: Date;
  readonly seconds: number;
  /** Terraform and its providers, as `name version`. */
  readonly versions: readonly string[];
  /** Addresses that are still in the states. */
  readonly left: readonly string[];
  /** What Google keeps by design. @default - nothing was destroyed */
  readonly kept?: readonly string[];
}

/** Number of steps to list: users can do something about the slowest. */
const SLOWEST = 5;

/**
 * Writes `report.md` and `report.json` into the run's directory, to attach to an issue. Neither names the project or
 * contains a value of an argument.
 * @returns the path of `report.md`
 */
export async function writeReport(runDirectory: string, report: Report): Promise<string> {
  const { evidence } = report;
  const file = join(runDirectory, "report.md");
  const anonymous = (text: string): string => text.replaceAll(evidence.environment.variables.project_id, "<project>");
  await writeFile(file, anonymous(markdown(report)));
  await writeFile(join(runDirectory, "report.json"), anonymous(`${JSON.stringify(summary(report), null, 2)}\n`));
  return file;
}

function summary(report: Report) {
  const { evidence, points, outcome, began, seconds, versions, left, kept } = report;
  return {
    environment: evidence.environment.name,
    applicationVersion: evidence.environment.variables.application_version,
    outcome,
    began: began.toISOString(),
    seconds: Math.round(seconds),
    versions,
    stacks: evidence.stacks.map(({ name, resources }) => ({ name, resources: counts(resources) })),
    steps: evidence.steps.map((step) => ({
      stack: step.stack,
      step: step.title,
      passed: step.passed,
      seconds: Math.round(step.seconds),
      result: step.result,
      slowest: slowest(step),
    })),
    points,
    left,
    kept: kept ?? [],
  };
}

function markdown(report: Report): string {
  const { evidence, points, outcome, began, seconds, versions, left, kept } = report;
  const { environment, stacks, steps } = evidence;
  return `${[
    `# Acceptance run of ${environment.name}`,
    "",
    `- Outcome: **${outcome}** in ${duration(seconds * 1000)}, begun ${began.toISOString()}`,
    `- Dify ${environment.variables.application_version} in ${environment.variables.region}`,
    `- ${versions.join(", ")}`,
    "",
    "## Steps",
    "",
    "| Stack | Step | Time | Result |",
    "| --- | --- | --- | --- |",
    ...steps.map(
      ({ stack, title, seconds: took, result, passed }) =>
        `| ${stack} | ${title} | ${duration(took * 1000)} | ${passed ? "" : "**failed** "}${result} |`,
    ),
    "",
    "## What took longest",
    "",
    "| Resource | Step | Seconds |",
    "| --- | --- | --- |",
    ...steps.flatMap((step) =>
      slowest(step).map(({ address, seconds: took }) => `| \`${address}\` | ${step.title} | ${took} |`),
    ),
    "",
    "## What only a real project shows",
    "",
    "| Point | Result | Why |",
    "| --- | --- | --- |",
    ...points.map(({ what, result, why }) => `| ${what} | ${result} | ${why.replaceAll("|", "\\|")} |`),
    "",
    "## What the stacks have",
    "",
    ...stacks.flatMap(({ name, resources }) => [
      `- ${name}: ${counts(resources)
        .map(({ type, count }) => `${count} ${type}`)
        .join(", ")}`,
    ]),
    "",
    "## What is left",
    "",
    ...(left.length > 0 ? left.map((address) => `- \`${address}\``) : ["Nothing in either state."]),
    ...(kept ? ["", "Google keeps by design:", "", ...kept.map((what) => `- ${what}`)] : []),
  ].join("\n")}\n`;
}

function slowest({ resources }: StepRecord): { readonly address: string; readonly seconds: number }[] {
  return [...resources]
    .map(([address, seconds]) => ({ address, seconds }))
    .filter(({ seconds }) => seconds > 0)
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, SLOWEST);
}

function counts(resources: Readonly<Record<string, object>>): { readonly type: string; readonly count: number }[] {
  return Object.entries(resources).map(([type, named]) => ({ type, count: Object.keys(named).length }));
}
