import type { Environment } from "./environment";

/** @returns for each environment that a destroy would delete with its data: how to take a last backup, which outlives it */
export function lastBackups(environments: readonly Environment[]): string[] {
  return environments
    .filter(({ variables: v }) => v.enable_portable_backups && v.deploy_application && !v.deletion_protection)
    .map(
      ({ name }) =>
        `${name}: deletion_protection is false, so a destroy deletes all data. A last backup, which stays in its bucket: ` +
        `npm run restore -- ${name} --back-up`,
    );
}
