/**
 * Regions without a zone a, with their first zone. All other regions have a zone a; a test compares this with the list
 * of all zones: https://cloud.google.com/compute/docs/regions-zones#available.
 */
const FIRST_ZONES: Readonly<Record<string, string>> = { "europe-west1": "b", "us-east1": "b" };

/**
 * The zone for zonal resources in a region. A disk cannot move, so the zone of a region never changes: it comes from a
 * table and not from Google, whose answer may be in another order every day.
 * @returns a zone such as `us-central1-a`
 */
export function firstZone(region: string): string {
  return `${region}-${FIRST_ZONES[region] ?? "a"}`;
}

/** @returns the region of a zone, or the region itself */
export function regionOf(location: string): string {
  return location.replace(/-[a-z]$/, "");
}
