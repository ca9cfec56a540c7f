import type { Installation } from "../installation";
import { plain } from "../terraform/literal";

const NAME_PART = /^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/;
const NAME_PART_SAYS =
  "it is part of every name, so it has 1 to 20 lower-case letters, digits and hyphens, first a letter, last no hyphen";

/** Refuses what `Foundation` is given, if names of Google's cannot be made of it. */
export function checkIdentity(installation: Installation): void {
  refuse("Foundation", identityProblems(installation));
}

/** Stops with all problems at once. @param construct whose props they are */
export function refuse(construct: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  const lines = problems.map((problem) => `- ${plain(problem)}`);
  throw new Error([`Props of ${construct} are wrong, so nothing was made:`, ...lines].join("\n"));
}

/** @returns what names of Google's cannot be made of */
export function identityProblems(installation: Installation): readonly string[] {
  const { projectId, region, tenantId, applicationName } = installation;
  return [
    ...unless(
      /^([a-z][a-z0-9.-]*:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(projectId),
      `installation.projectId is ${shown(projectId)}: Google has no such project. Take the id of one, such as my-project-123`,
    ),
    ...unless(
      /^[a-z]+-[a-z]+\d{1,2}$/.test(region),
      `installation.region is ${shown(region)}, which is no region. Take one such as us-central1, without a zone`,
    ),
    ...unless(NAME_PART.test(tenantId), `installation.tenantId is ${shown(tenantId)}: ${NAME_PART_SAYS}`),
    ...unless(
      NAME_PART.test(applicationName),
      `installation.applicationName is ${shown(applicationName)}: ${NAME_PART_SAYS}`,
    ),
  ];
}

/** @returns the problem, unless the condition holds */
export function unless(holds: boolean, problem: string): readonly string[] {
  return holds ? [] : [problem];
}

/** @returns a value as a message shows it */
export function shown(value: unknown): string {
  return value === undefined ? "not set" : JSON.stringify(value);
}
