import type { compute_v1 } from "googleapis/build/src/apis/compute/v1";
import type { container_v1 } from "googleapis/build/src/apis/container/v1";
import { networkOf } from "../../../modules/app-gke/google/in-network";
import { parseRange } from "../../../modules/dify-common/address-ranges";
import { networkProjectOf } from "../../../modules/dify-gke/shared-services";
import type { Variables } from "../../../modules/dify-gke/variables";
import { lastPart } from "../../google-apis/found";
import { type Candidate, facts, type Kind, type Lack, type Picked } from "../kind";
import { createsSubnetwork } from "./networks";

export const subnetworks: Kind = {
  id: "subnetworks",
  title: "Subnetworks",
  one: "subnetwork",
  variable: "subnetwork_name",
  role: "roles/compute.networkViewer",
  own: ({ network }) => [network.subnetwork.name],
  used: createsSubnetwork,
  read: async (reader) => {
    const [all, usable] = await Promise.all([
      reader.subnetworks(),
      // Without the permission to ask GKE, ranges are shown without what uses them.
      reader.usableSubnetworks().catch(() => []),
    ]);
    return all
      .filter(({ region, purpose }) => lastPart(region) === reader.where.region && (purpose ?? "PRIVATE") === "PRIVATE")
      .map((subnetwork) => candidate(subnetwork, usable));
  },
};

/** What GKE says of a secondary range: https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/UsableSubnetworkSecondaryRange */
const STATES: Readonly<Record<string, string>> = {
  UNUSED: "free",
  IN_USE_SERVICE: "used for Services",
  IN_USE_SHAREABLE_POD: "used for pods, and can be shared",
  IN_USE_MANAGED_POD: "used for pods",
};

/** A secondary range. */
interface Range {
  readonly name: string;
  readonly cidr: string;
  /** As GKE says it; empty if it was not asked. */
  readonly status: string;
}

function candidate(
  subnetwork: compute_v1.Schema$Subnetwork,
  usable: readonly container_v1.Schema$UsableSubnetwork[],
): Candidate {
  const name = subnetwork.name ?? "";
  const path = (text: string | null | undefined): string => (text ?? "").replace(/^.*\/(?=projects\/)/, "");
  const known = usable.find((one) => one.subnetwork === path(subnetwork.selfLink));
  const ranges = (subnetwork.secondaryIpRanges ?? []).map(({ rangeName, ipCidrRange }): Range => ({
    name: rangeName ?? "",
    cidr: ipCidrRange ?? "",
    status: known?.secondaryIpRanges?.find((range) => range.rangeName === rangeName)?.status ?? "",
  }));
  const { network = "", networkProject } = networkOf(subnetwork.network);
  return {
    name,
    location: lastPart(subnetwork.region),
    network,
    networkProject,
    facts: facts(
      subnetwork.ipCidrRange,
      subnetwork.privateIpGoogleAccess === false && "no Private Google Access",
      ...ranges.map(({ name: range, cidr, status }) => {
        const state = STATES[status];
        return `${range} ${cidr}${state ? ` (${state})` : ""}`;
      }),
    ),
    lacks: ({ variables }) => [
      ...elsewhere(name, { network, networkProject }, variables),
      ...(subnetwork.privateIpGoogleAccess === true ? [] : [closed(name)]),
      ...(variables.gke_cluster_name === "" && ranges.length < 2 ? [narrow(name, ranges)] : []),
    ],
    sets: ({ variables }) => rangesFor(name, ranges, variables),
  };
}

function elsewhere(name: string, found: ReturnType<typeof networkOf>, v: Variables): readonly Lack[] {
  const { network = "", networkProject } = found;
  const project = networkProjectOf(v);
  if (v.network_name === "" || (v.network_name === network && (networkProject ?? project) === project)) return [];
  return [
    {
      short: `in network ${network}`,
      fact: `Subnetwork ${name} is in network ${network}, and network_name is ${v.network_name}`,
      consequence: "the cluster would not reach database and file server",
      remedy: `Set subnetwork_name to one of ${v.network_name}.`,
    },
  ];
}

function closed(name: string): Lack {
  return {
    short: "no Private Google Access",
    fact: `Subnetwork ${name} has no Private Google Access`,
    consequence: "nodes have no external address, and would get no image and no token",
    remedy: "Turn it on, or set subnetwork_name to another one.",
  };
}

function narrow(name: string, ranges: readonly Range[]): Lack {
  return {
    short: "needs two secondary ranges",
    fact: `Subnetwork ${name} has ${ranges.length === 0 ? "no secondary range" : "one secondary range"}`,
    consequence: "a cluster takes two, for pods and for Services",
    remedy: "Add them, or set subnetwork_name to another one.",
  };
}

/** Two ranges that nobody uses: the larger one is for the pods. */
function rangesFor(name: string, ranges: readonly Range[], v: Variables): Picked {
  const names = ranges.map((range) => range.name);
  if (v.gke_cluster_name !== "" || [v.pod_range_name, v.service_range_name].every((range) => names.includes(range)))
    return { values: {}, notes: [] };
  const free = ranges.filter(({ status }) => status === "" || status === "UNUSED");
  const [pods, services, ...others] = [...free].sort((a, b) => sizeOf(a) - sizeOf(b));
  return pods && services && others.length === 0 && sizeOf(pods) < sizeOf(services)
    ? { values: { pod_range_name: pods.name, service_range_name: services.name }, notes: [] }
    : {
        values: {},
        notes: [
          `Which ranges of ${name} are for pods and Services is not known (${names.join(", ")}): set pod_range_name and service_range_name.`,
        ],
      };
}

/** @returns the length of a range's prefix: the shorter, the more addresses */
function sizeOf({ cidr }: Range): number {
  return parseRange(cidr)?.prefix ?? 32;
}
