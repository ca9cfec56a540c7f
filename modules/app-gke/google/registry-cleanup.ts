/** How long an Artifact Registry repository keeps images. */
export interface RetentionSettings {
  readonly retainedVersions: number;
  readonly deleteUntagged: boolean;
  /** Days. */
  readonly retentionDays: number;
}

const DAY = 86_400;

/** @returns cleanup policies; their order does not matter: what a policy keeps, none deletes */
export function cleanupPolicies(settings: RetentionSettings) {
  return [
    {
      id: "keep-newest",
      action: "KEEP",
      mostRecentVersions: { keepCount: settings.retainedVersions },
    },
    {
      id: "delete-old",
      action: "DELETE",
      condition: { tagState: "ANY", olderThan: `${settings.retentionDays * DAY}s` },
    },
    ...(settings.deleteUntagged
      ? [
          {
            id: "delete-untagged",
            action: "DELETE",
            // A day's grace: a rollout may still be pulling by digest what a moved tag has just left behind.
            condition: { tagState: "UNTAGGED", olderThan: `${DAY}s` },
          },
        ]
      : []),
  ];
}
