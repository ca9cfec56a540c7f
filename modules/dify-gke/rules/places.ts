import { overlap, parseNetwork } from "../../dify-common/address-ranges";
import { regionOf } from "../../app-gke/google/zones";
import { postgresByKubeBlocks } from "../database-place";
import type { VariableName, Variables } from "../variables";
import { nearest } from "../variables/mention";
import { rangesOf } from "./network";
import { GOOGLE, type Rule } from "./rule";

/** https://cloud.google.com/compute/docs/regions-zones; there are more every year, so another one is a warning. */
const REGIONS: readonly string[] = [
  "africa-south1",
  ...["east1", "east2", "northeast1", "northeast2", "northeast3", "south1", "south2"].map((name) => `asia-${name}`),
  ...["southeast1", "southeast2", "southeast3"].map((name) => `asia-${name}`),
  ...["southeast1", "southeast2"].map((name) => `australia-${name}`),
  ...["central2", "north1", "north2", "southwest1", "west1", "west2", "west3"].map((name) => `europe-${name}`),
  ...["west4", "west6", "west8", "west9", "west10", "west12"].map((name) => `europe-${name}`),
  ...["central1", "central2", "west1"].map((name) => `me-${name}`),
  ...["northeast1", "northeast2", "south1"].map((name) => `northamerica-${name}`),
  ...["east1", "west1"].map((name) => `southamerica-${name}`),
  ...["central1", "east1", "east4", "east5", "south1", "west1", "west2", "west3", "west4"].map((name) => `us-${name}`),
];

/** Of backups and buckets, with the pairs of regions that have a name. https://cloud.google.com/storage/docs/locations */
const LARGER = ["us", "eu", "asia", "nam4", "eur4", "eur5", "eur7", "eur8", "asia1"];

/** Each place of a file as the beginning of a message. */
function placesOf(v: Variables): readonly (readonly [said: string, place: string])[] {
  return [
    [`region is "${v.region}"`, v.region],
    ...(["backup_location", "portable_backup_location"] as const).map(
      (name) => [`${name} is "${v[name]}"`, v[name]] as const,
    ),
    ...v.secret_replication_locations
      .filter((place) => place !== "automatic")
      .map((place) => [`secret_replication_locations has "${place}"`, place] as const),
    ...v.storage_buckets.map(
      ({ name_suffix, location }) =>
        [`storage_buckets has "${location}" as the location of "${name_suffix}"`, location.toLowerCase()] as const,
    ),
    ...v.cloud_deploy_stages.map(
      ({ name, region }) =>
        [`cloud_deploy_stages has "${region ?? ""}" as the region of "${name}"`, region ?? ""] as const,
    ),
  ];
}

const region: Rule = {
  id: "region-known",
  what: "A region, or a location of a bucket or of backups, that Google did not have when this was written",
  why: "With a typing mistake, the apply would stop at the first resource there.",
  risk: "Medium",
  severity: "warning",
  variables: [
    "region",
    "backup_location",
    "portable_backup_location",
    "secret_replication_locations",
    "storage_buckets",
    "cloud_deploy_stages",
  ],
  source: GOOGLE,
  brokenBy: (v) =>
    placesOf(v)
      .filter(([, place]) => place !== "" && !REGIONS.includes(place) && !LARGER.includes(place))
      .map(([said, place]) => {
        const near = nearest(place, REGIONS);
        return `${said}, which is not a place that this project knows: if Google does not have it, the apply stops at the first resource there.${near ? ` Did you mean "${near}"?` : ""} Correct it, or silence this if it is a new one.`;
      }),
  message: (_, subject) => subject,
};

/** https://cloud.google.com/compute/docs/regions-zones#available; a test compares this with the list of all zones. */
const ZONES: Readonly<Record<string, string>> = { "us-central1": "abcf", "us-east1": "bcd", "europe-west1": "bcd" };

const zone: Rule = {
  id: "zone-known",
  what: "A zone that its region did not have when this was written",
  why: "The apply would stop at the first resource there, or the plan would not find what exists.",
  risk: "Medium",
  severity: "warning",
  variables: ["nfs_instance_zone", "gke_cluster_location", "filestore_location"],
  source: GOOGLE,
  brokenBy: (v) =>
    (["nfs_instance_zone", "gke_cluster_location", "filestore_location"] as const).filter(
      (name) => REGIONS.includes(regionOf(v[name])) && regionOf(v[name]) !== v[name] && !isZone(v[name]),
    ),
  message: (v, subject) => {
    const given = v[subject as "nfs_instance_zone"];
    const zones = zonesOf(regionOf(given))
      .split("")
      .map((letter) => `${regionOf(given)}-${letter}`);
    return `${subject} is "${given}", and the zones that this project knows there are ${zones.join(", ")}: if Google does not have it, ${subject === "nfs_instance_zone" ? "the apply stops at the file server, after the database is made" : "the plan finds nothing there"}. Set ${subject} = "${zones[0] ?? ""}" or to another one of them, or silence this if it is a new one.`;
  },
};

const zonesOf = (each: string): string => ZONES[each] ?? "abc";

/** @returns whether a region that is known has a zone */
export function isZone(given: string): boolean {
  return zonesOf(regionOf(given)).includes(given.slice(-1));
}

/** https://cloud.google.com/vpc/docs/subnets#prohibited-ranges */
const PROHIBITED = [
  ...["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32"],
  ...["199.36.153.4/30", "199.36.153.8/30"],
];
/** Longest prefixes: https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips#cluster_sizing */
const SMALLEST: Readonly<Partial<Record<VariableName, number>>> = {
  prereq_gke_subnet_cidr: 29,
  prereq_subnet_cidr_override: 29,
  prereq_gke_pod_cidr_override: 24,
  prereq_gke_service_cidr_override: 28,
};

const usable: Rule = {
  id: "ranges-usable",
  what: "An address range that Google takes for itself, or that is too small",
  why: "Google refuses such a subnetwork or cluster.",
  risk: "High",
  severity: "error",
  variables: [
    "prereq_gke_subnet_cidr",
    "prereq_subnet_cidr_override",
    "prereq_gke_pod_cidr_override",
    "prereq_gke_service_cidr_override",
    "prereq_gke_master_cidr_override",
    "gke_cluster_name",
    "subnetwork_name",
  ],
  source: GOOGLE,
  brokenBy: (v) =>
    rangesOf(v)
      .filter(([name, text]) => wrong(name, text) !== undefined)
      .map(([name]) => name),
  message: (v, subject) => {
    const [name, text] = rangesOf(v).find(([each]) => each === subject) ?? ["prereq_gke_subnet_cidr", ""];
    return `${name} is ${text}, which ${wrong(name, text) ?? ""}: Google refuses such a ${/service|pod|master/.test(name) ? "cluster" : "subnetwork"}. Set ${name} to another range, such as a part of 10.0.0.0/8, or take ${name} out of the file.`;
  },
};

function wrong(name: VariableName, text: string): string | undefined {
  const range = parseNetwork(text);
  const smallest = SMALLEST[name];
  if (!range) return undefined;
  const taken = PROHIBITED.find((each) => meets(text, each));
  if (taken) return `overlaps ${taken}, a range that nobody may use`;
  return smallest !== undefined && range.prefix > smallest ? `is smaller than a /${smallest}` : undefined;
}

/** https://cloud.google.com/sql/docs/postgres/private-ip: the bridge of Docker on its own machines has that range. */
const UNANSWERED = "172.17.0.0/16";

const answered: Rule = {
  id: "pods-reach-database",
  what: "A range of pods that begins in 172.17.0.0/16",
  why: "Cloud SQL has that range inside of its machines, and never answers an address of it: no pod would reach the database.",
  risk: "Critical",
  severity: "error",
  variables: ["prereq_gke_pod_cidr_override", "gke_cluster_name", "data_services"],
  source: GOOGLE,
  brokenBy: (v) => {
    // Nodes get parts of the range from its beginning on: with one that begins before, pods are answered for now.
    const [from = ""] = v.prereq_gke_pod_cidr_override.split("/");
    return unanswered(v) && meets(`${from}/32`, UNANSWERED);
  },
  message: (v) =>
    `prereq_gke_pod_cidr_override is ${v.prereq_gke_pod_cidr_override}, which overlaps ${UNANSWERED}: Cloud SQL has that range inside of its own machines and never answers an address of it, so no pod with one would reach the database. Set prereq_gke_pod_cidr_override to another range, such as a part of 10.0.0.0/8, or take prereq_gke_pod_cidr_override out of the file.`,
};

const answeredForNow: Rule = {
  id: "pods-keep-database",
  what: "A range of pods that has 172.17.0.0/16 in it, and begins before",
  why: "Nodes get parts of it from its beginning on: pods of those that come later would not reach Cloud SQL.",
  risk: "High",
  severity: "warning",
  variables: ["prereq_gke_pod_cidr_override", "gke_cluster_name", "data_services"],
  source: GOOGLE,
  brokenBy: (v) => unanswered(v) && !answered.brokenBy(v, new Set(), ""),
  message: (v) =>
    `prereq_gke_pod_cidr_override is ${v.prereq_gke_pod_cidr_override}, which has ${UNANSWERED} in it: Cloud SQL has that range inside of its own machines, so pods of later nodes, which get such an address, would not reach the database. Set prereq_gke_pod_cidr_override to another range, such as a part of 10.0.0.0/8, before the cluster is made. A cluster that is there would be replaced: silence this if it stays small.`,
};

/** Whether pods that Cloud SQL serves may have an address that it never answers. */
function unanswered(v: Variables): boolean {
  return v.gke_cluster_name === "" && !postgresByKubeBlocks(v) && meets(v.prereq_gke_pod_cidr_override, UNANSWERED);
}

/** Whether two ranges overlap. */
function meets(one: string, other: string): boolean {
  const [a, b] = [parseNetwork(one), parseNetwork(other)];
  return a !== undefined && b !== undefined && overlap(a, b);
}

export const placeRules: readonly Rule[] = [region, zone, usable, answered, answeredForNow];
