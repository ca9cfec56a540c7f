import { firstZone } from "../../modules/app-gke/google/zones";
import { isZone } from "../../modules/dify-gke/rules/places";
import { allStrings, synth } from "../terraform/synth";

/** Zones by region, as of 2026-11: https://cloud.google.com/compute/docs/regions-zones#available. */
const ZONES: Readonly<Record<string, string>> = {
  "africa-south1": "abc",
  "asia-east1": "abc",
  "asia-east2": "abc",
  "asia-northeast1": "abc",
  "asia-northeast2": "abc",
  "asia-northeast3": "abc",
  "asia-south1": "abc",
  "asia-south2": "abc",
  "asia-southeast1": "abc",
  "asia-southeast2": "abc",
  "australia-southeast1": "abc",
  "australia-southeast2": "abc",
  "europe-central2": "abc",
  "europe-north1": "abc",
  "europe-north2": "abc",
  "europe-southwest1": "abc",
  "europe-west1": "bcd",
  "europe-west2": "abc",
  "europe-west3": "abc",
  "europe-west4": "abc",
  "europe-west6": "abc",
  "europe-west8": "abc",
  "europe-west9": "abc",
  "europe-west10": "abc",
  "europe-west12": "abc",
  "me-central1": "abc",
  "me-central2": "abc",
  "me-west1": "abc",
  "northamerica-northeast1": "abc",
  "northamerica-northeast2": "abc",
  "northamerica-south1": "abc",
  "southamerica-east1": "abc",
  "southamerica-west1": "abc",
  "us-central1": "abcf",
  "us-east1": "bcd",
  "us-east4": "abc",
  "us-east5": "abc",
  "us-south1": "abc",
  "us-west1": "abc",
  "us-west2": "abc",
  "us-west3": "abc",
  "us-west4": "abc",
};

const exist = (zone: string): boolean => ZONES[zone.slice(0, -2)]?.includes(zone.slice(-1)) === true;

describe("zones", () => {
  test.each(Object.keys(ZONES))("something of one zone goes to a zone that %s has", (region) => {
    expect(firstZone(region).slice(0, -2)).toBe(region);
    expect(exist(firstZone(region))).toBe(true);
  });

  test.each(Object.entries(ZONES))("a file may name every zone of %s, and no other", (region, letters) => {
    const known = "abcdefgh".split("").filter((letter) => isZone(`${region}-${letter}`));
    expect(known.join("")).toBe(letters);
  });

  test.each(["europe-west1", "us-east1", "us-central1"])("every zone in the stacks of %s exists", (region) => {
    const { foundation, application } = synth({ region });
    const zones = [...allStrings(foundation), ...allStrings(application)].filter((text) =>
      /^[a-z]+-[a-z]+\d{1,2}-[a-z]$/.test(text),
    );
    expect(zones).toContain(firstZone(region));
    expect(zones.filter((zone) => !exist(zone))).toEqual([]);
  });

  test("what has a zone keeps it: disks cannot move", () => {
    expect(["us-central1", "europe-west3", "asia-northeast1"].map(firstZone)).toEqual([
      "us-central1-a",
      "europe-west3-a",
      "asia-northeast1-a",
    ]);
  });
});
