import { facts, type ReleaseStep } from "./catalogue";

/** What a release requires by hand, once, after an upgrade from an older one. */
export interface UpgradeTask {
  readonly release: string;
  readonly tasks: readonly ReleaseStep[];
}

/** The releases that need steps at an upgrade, oldest first. */
export const upgradeSteps: readonly UpgradeTask[] = [...new Set(facts.steps.map(({ release }) => release))].map(
  (release) => ({ release, tasks: facts.steps.filter((step) => step.release === release) }),
);
