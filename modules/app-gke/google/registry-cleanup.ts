/**
 * How long an Artifact Registry repository keeps images:
 * https://cloud.google.com/artifact-registry/docs/repositories/cleanup-policy.
 */
export interface RetentionSettings {
  /** The newest so many of each image stay, however old. @default 7 */
  readonly retainedVersions?: number;
  /** Takes away what no tag names any more, after a day. @default true */
  readonly deleteUntagged?: boolean;
  /** Days. @default 30 */
  readonly retentionDays?: number;
}

const DAY = 86_400;

/** @returns cleanup policies; their order does not matter: what a policy keeps, none deletes */
export function cleanupPolicies({
  deleteUntagged = true,
  retainedVersions = 7,
  retentionDays = 30,
}: RetentionSettings) {
  return [
    {
      id: "keep-newest",
      action: "KEEP",
      mostRecentVersions: { keepCount: retainedVersions },
    },
    {
      id: "delete-old",
      action: "DELETE",
      condition: { tagState: "ANY", olderThan: `${retentionDays * DAY}s` },
    },
    ...(deleteUntagged
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
