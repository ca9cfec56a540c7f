/**
 * Regions without a zone a, with the first one that they have. Every other region has a zone a; a test holds this to the
 * list of all of them: https://cloud.google.com/compute/docs/regions-zones#available.
 */
const FIRST_ZONES: Readonly<Record<string, string>> = { "europe-west1": "b", "us-east1": "b" };

/**
 * Where something of one zone goes in a region. A disk cannot move, so what a region once got never changes; it is a table
 * and no question to Google, whose answer may change its order from one day to the next.
 * @returns a zone such as `us-central1-a`
 */
export function firstZone(region: string): string {
  return `${region}-${FIRST_ZONES[region] ?? "a"}`;
}
