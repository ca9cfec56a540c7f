import type { compute_v1 } from "googleapis/build/src/apis/compute/v1";
import { fileServerRequirements } from "../../../modules/app-gke/google/file-server-requirements";
import { networkOf } from "../../../modules/app-gke/google/in-network";
import { firstZone } from "../../../modules/app-gke/google/zones";
import { installationOf } from "../../../modules/dify-gke/installation";
import { guestRedis } from "../../../modules/dify-gke/redis-servers";
import { networkWanted, sharedServices, usesFileServer } from "../../../modules/dify-gke/shared-services";
import type { Variables } from "../../../modules/dify-gke/variables";
import { foundFileServer, lastPart } from "../../google-apis/found";
import type { Values } from "../edit";
import { type Candidate, facts, type Kind, type Picked, unmet, type Wanted } from "../kind";

/** Network tag of file servers, which the documented modules look for as well. */
const TAG = "nfsserver";
/** Beginning of what the reserved address of one that is created here says about itself. */
const DESCRIPTION = "NFS and Redis server ";

export const fileServers: Kind = {
  id: "file-servers",
  title: `File servers (VMs with the tag ${TAG})`,
  one: "file server",
  variable: "nfs_instance_name",
  role: "roles/compute.viewer",
  own: ({ fileServer }) => [fileServer?.addressName],
  used: usesFileServer,
  read: async (reader) => {
    const [machines, addresses, subnetworks] = await Promise.all([
      reader.machines(),
      reader.addresses(),
      reader.subnetworks(),
    ]);
    const running = machines.filter(isFileServer).map((machine) => candidate(machine, addresses));
    const names = running.map(({ name }) => name);
    // A server of this project whose VM is being replaced, or is hidden: it is still found by its address.
    const reserved = addresses.filter(
      ({ name, addressType, description }) =>
        addressType === "INTERNAL" && description?.startsWith(DESCRIPTION) === true && !names.includes(name ?? ""),
    );
    return [...running, ...reserved.map((address) => ofAddress(address, subnetworks))];
  },
};

function ofAddress(
  address: compute_v1.Schema$Address,
  subnetworks: readonly compute_v1.Schema$Subnetwork[],
): Candidate {
  const name = address.name ?? "";
  const region = lastPart(address.region);
  const subnetwork = subnetworks.find(
    (one) => one.name === lastPart(address.subnetwork) && lastPart(one.region) === region,
  );
  const { network = "", networkProject } = networkOf(subnetwork?.network);
  return {
    name,
    location: region,
    network,
    networkProject,
    facts: facts(address.address, "found by its address"),
    lacks: (wanted) => unmet(requirements(name, wanted), { name, zone: region, network, networkProject }),
    sets: (wanted) => redisOn(name, wanted),
  };
}

function requirements(name: string, { variables }: Wanted) {
  return fileServerRequirements({ name, region: variables.region, ...networkWanted(variables) });
}

/** Redis runs on the server as well: another environment that made it may keep one there for this one. */
function redisOn(name: string, { name: environment, variables: v, neighbours }: Wanted): Picked {
  if (v.redis_host !== "" || v.redis_password_secret !== "") return { values: {}, notes: [] };
  for (const other of neighbours) {
    const services = sharedServices(other.variables, installationOf(other.name, other.variables));
    if (services.fileServer?.create !== true || services.fileServer.addressName !== name) continue;
    const guest = guestRedis(other.variables, services)[environment];
    return guest
      ? { values: { redis_port: String(guest.port), redis_password_secret: guest.passwordSecret }, notes: [] }
      : {
          values: {},
          notes: [
            `${name} is the file server of ${other.name}: for a Redis of its own there, let nfs_redis_guests of ${other.name} name ${environment} with a port, apply that, and pick ${name} then.`,
          ],
        };
  }
  return {
    values: {},
    notes: [
      `Redis is expected on ${name} as well. If it has a password there, name its secret in redis_password_secret.`,
    ],
  };
}

/** Nodes have the tag too: it lets them reach the server. */
function isFileServer({ tags, labels, metadata }: compute_v1.Schema$Instance): boolean {
  const node = labels?.["goog-gke-node"] !== undefined || metadata?.items?.some(({ key }) => key === "cluster-name");
  return tags?.items?.includes(TAG) === true && !node;
}

function candidate(machine: compute_v1.Schema$Instance, addresses: readonly compute_v1.Schema$Address[]): Candidate {
  const found = foundFileServer(machine);
  const { zone, network, networkProject } = found;
  const ip = machine.networkInterfaces?.[0]?.networkIP;
  // An instance group gives each VM another name: what stays is the address.
  const grouped = machine.metadata?.items?.some(({ key }) => key === "created-by") === true;
  const address = addresses.find(
    ({ addressType, address: own, region }) =>
      addressType === "INTERNAL" && own === ip && zone.startsWith(`${lastPart(region)}-`),
  );
  const name = grouped && address?.name ? address.name : found.name;
  return {
    name,
    location: zone,
    network,
    networkProject,
    facts: facts(ip, lastPart(machine.machineType), grouped && `VM ${found.name} of a group`),
    lacks: (wanted) => [
      ...unmet(requirements(name, wanted), found),
      ...(grouped && !address
        ? [
            {
              short: "its name changes",
              fact: `File server ${name} is a VM of an instance group without a reserved address`,
              consequence: "it gets another name and address whenever it is replaced",
              remedy: "Reserve its address, or set nfs_instance_name to another file server.",
            },
          ]
        : []),
    ],
    sets: (wanted) => {
      const { values, notes } = redisOn(name, wanted);
      return { values: { ...zoneOf(wanted.variables, zone, address?.name === name), ...values }, notes };
    },
  };
}

/** A server's address is found in the whole region, a VM in its zone. */
function zoneOf(v: Variables, zone: string, byAddress: boolean): Values {
  const expected = v.nfs_instance_zone || firstZone(v.region);
  return byAddress || expected === zone ? {} : { nfs_instance_zone: zone };
}
