import { facts, type UpgradeStep } from "./catalogue";

/** What a release asks for by hand, once, of who comes from an older one. */
export interface UpgradeTask {
  readonly release: string;
  readonly tasks: readonly UpgradeStep[];
}

/** The releases that ask for something, oldest first. */
export const upgradeSteps: readonly UpgradeTask[] = [...new Set(facts.steps.map(({ release }) => release))].map(
  (release) => ({ release, tasks: facts.steps.filter((step) => step.release === release) }),
);
