/** How long an Artifact Registry repository keeps images. */
export interface RetentionSettings {
  /**
   * How many versions of each image are kept, whatever their age.
   * @see https://cloud.google.com/artifact-registry/docs/repositories/cleanup-policy
   * @default 7
   */
  readonly retainedVersions?: number;
  /**
   * Deletes versions that have had no tag for a day.
   * @see https://cloud.google.com/artifact-registry/docs/repositories/cleanup-policy
   * @default true
   */
  readonly deleteUntagged?: boolean;
  /** Days. @see https://cloud.google.com/artifact-registry/docs/repositories/cleanup-policy @default 30 */
  readonly retentionDays?: number;
}

const DAY = 86_400;

/** @returns cleanup policies. Their order does not matter: what one policy keeps, none deletes */
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
            // A day's delay: a rollout may still be pulling, by digest, an image that has just lost its tag.
            condition: { tagState: "UNTAGGED", olderThan: `${DAY}s` },
          },
        ]
      : []),
  ];
}
