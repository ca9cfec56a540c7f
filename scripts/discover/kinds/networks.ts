import type { compute_v1 } from "googleapis/build/src/apis/compute/v1";
import { overlap, parseRange } from "../../../modules/dify-common/address-ranges";
import { rangesOf } from "../../../modules/dify-gke/rules/network";
import { usesFileServer } from "../../../modules/dify-gke/shared-services";
import type { Variables } from "../../../modules/dify-gke/variables";
import { lastPart } from "../../google-apis/found";
import type { Values } from "../edit";
import { type Candidate, facts, type Kind, type Lack, type Picked, type Wanted } from "../kind";

/** The peering of a private services connection: https://cloud.google.com/vpc/docs/configure-private-services-access */
const GOOGLE_SERVICES = "servicenetworking-googleapis-com";
/** What a network in auto mode keeps for its own subnetworks: https://cloud.google.com/vpc/docs/subnets#ip-ranges */
const AUTO_MODE = "10.128.0.0/9";

/** A range of a network that is taken. */
interface Taken {
  readonly cidr: string;
  readonly by: string;
}

export const networks: Kind = {
  id: "networks",
  title: "Networks",
  one: "network",
  variable: "network_name",
  role: "roles/compute.networkViewer",
  own: ({ network }) => [network.name],
  read: async (reader) => {
    const [all, subnetworks, routers, addresses] = await Promise.all([
      reader.networks(),
      reader.subnetworks(),
      reader.routers(),
      reader.addresses(reader.where.networkProject),
    ]);
    return all.map((network) => {
      const { name } = network;
      const inIt = (other: { readonly network?: string | null }): boolean => lastPart(other.network) === name;
      const own = subnetworks.filter(inIt);
      const reserved = addresses.filter((one) => one.purpose === "VPC_PEERING" && inIt(one));
      const nat = routers.some(
        (router) => inIt(router) && lastPart(router.region) === reader.where.region && (router.nats ?? []).length > 0,
      );
      const { project, networkProject } = reader.where;
      const host = project === networkProject ? undefined : networkProject;
      return candidate(network, { subnetworks: own, reserved, nat, host });
    });
  },
};

interface Content {
  readonly subnetworks: readonly compute_v1.Schema$Subnetwork[];
  /** Ranges for Google's services. */
  readonly reserved: readonly compute_v1.Schema$Address[];
  /** Whether a router in the region has a NAT gateway. */
  readonly nat: boolean;
  /** Project that the network is in. @default - the environment's */
  readonly host?: string;
}

function candidate(network: compute_v1.Schema$Network, content: Content): Candidate {
  const name = network.name ?? "";
  const auto = network.autoCreateSubnetworks === true;
  const { subnetworks, nat, reserved } = content;
  const services = reserved.length > 0 || network.peerings?.some((one) => one.name === GOOGLE_SERVICES) === true;
  return {
    name,
    location: "global",
    network: name,
    networkProject: content.host,
    facts: facts(
      auto && "auto mode",
      `${subnetworks.length} subnetwork${subnetworks.length === 1 ? "" : "s"}`,
      services ? "private services access" : "no private services access",
      nat ? "NAT" : "no NAT",
    ),
    lacks: (wanted) => [
      ...(network.IPv4Range
        ? [
            {
              short: "legacy",
              fact: `Network ${name} is a legacy network, which has no subnetworks`,
              consequence: "neither cluster nor file server could be in it",
              remedy: "Set network_name to another network.",
            },
          ]
        : []),
      ...(content.host === undefined && createsSubnetwork(wanted.variables) ? taken(name, auto, content, wanted) : []),
    ],
    sets: (wanted) => sets(name, { services, nat, host: content.host }, wanted),
  };
}

/** Whether the foundation makes a subnetwork, for the cluster or the file server, unless one is named. */
export function createsSubnetwork(v: Variables): boolean {
  return (
    !v.require_services_gcp_module && (v.gke_cluster_name === "" || (usesFileServer(v) && v.nfs_instance_name === ""))
  );
}

/** @returns ranges that would be created, and are taken */
function taken(name: string, auto: boolean, { subnetworks, reserved }: Content, wanted: Wanted): readonly Lack[] {
  const own = wanted.services.network.subnetwork.name;
  const all: readonly Taken[] = [
    ...(auto ? [{ cidr: AUTO_MODE, by: "auto mode" }] : []),
    ...subnetworks
      .filter((subnetwork) => subnetwork.name !== own)
      .flatMap((subnetwork) => {
        const by = `subnetwork ${subnetwork.name ?? ""}`;
        const ranges = [subnetwork.ipCidrRange, ...(subnetwork.secondaryIpRanges ?? []).map((one) => one.ipCidrRange)];
        return ranges.map((cidr) => ({ cidr: cidr ?? "", by }));
      }),
    ...reserved.map((range) => ({
      cidr: `${range.address ?? ""}/${range.prefixLength ?? 32}`,
      by: `${range.name ?? ""}, for Google's services`,
    })),
  ];
  return rangesOf(wanted.variables).flatMap(([variable, text]) => {
    const wantedRange = parseRange(text);
    const found = all.find(({ cidr }) => {
      const range = parseRange(cidr);
      return range !== undefined && wantedRange !== undefined && overlap(range, wantedRange);
    });
    if (text === "" || !found) return [];
    return [
      {
        short: `${text} is taken`,
        fact: `Network ${name} has ${found.cidr} already (${found.by}), and ${text} would be created in it (${variable})`,
        consequence: "Google refuses ranges that overlap, minutes into the apply",
        remedy: `Set ${variable} to a range that is free in ${name}, or name an existing cluster and file server.`,
      },
    ];
  });
}

/** What has to be created in a network for what is created there, unless the file says so itself. */
function sets(
  name: string,
  has: { readonly services: boolean; readonly nat: boolean; readonly host?: string },
  { variables: v, given }: Wanted,
): Picked {
  const creates = !v.require_services_gcp_module;
  const services =
    creates && v.sql_instance_name === "" && !has.services && !given.has("create_private_services_access");
  const nat = createsSubnetwork(v) && !has.nat && !given.has("create_nat");
  // In a host project nothing is created unless somebody says so.
  if (has.host !== undefined) {
    const asked = "ask its administrators (docs/existing-services.md#shared-vpc)";
    return {
      values: { network_project_id: has.host },
      notes: [
        ...(services
          ? [`${name} of ${has.host} has no connection to Google's services, which the new database needs: ${asked}.`]
          : []),
        ...(nat
          ? [`${name} of ${has.host} has no NAT gateway in ${v.region}, without which no image is pulled: ${asked}.`]
          : []),
      ],
    };
  }
  const values: Values = {
    network_project_id: "",
    ...(services ? { create_private_services_access: true } : {}),
    ...(nat ? { create_nat: true } : {}),
  };
  return {
    values,
    notes: [
      ...(services
        ? [`${name} has no connection to Google's services, which the new database needs for its address: it gets one.`]
        : []),
      ...(nat ? [`${name} has no NAT gateway in ${v.region}, without which no image is pulled: it gets one.`] : []),
    ],
  };
}
