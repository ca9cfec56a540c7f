import { overlap, parseNetwork } from "../../dify-common/address-ranges";
import type { VariableName } from "../variables";
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

const region: Rule = {
  id: "region-known",
  what: "A `region` that Google did not have when this was written",
  why: "With a typing mistake, the apply would stop at the first resource of a region.",
  risk: "Medium",
  severity: "warning",
  variables: ["region"],
  source: GOOGLE,
  brokenBy: (v) => !REGIONS.includes(v.region),
  message: (v) => {
    const near = nearest(v.region, REGIONS);
    return `region is "${v.region}", which is not a region that this project knows: if Google does not have it, the apply stops at the first resource there.${near ? ` Did you mean "${near}"?` : ""} Correct region, or silence this if it is a new one.`;
  },
};

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
  const taken = PROHIBITED.find((each) => {
    const other = parseNetwork(each);
    return other && overlap(range, other);
  });
  if (taken) return `overlaps ${taken}, a range that nobody may use`;
  return smallest !== undefined && range.prefix > smallest ? `is smaller than a /${smallest}` : undefined;
}

export const placeRules: readonly Rule[] = [region, usable];
