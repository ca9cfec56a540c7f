import { filestoreRequirements } from "../../../modules/app-gke/google/filestore-requirements";
import { registryRequirements } from "../../../modules/app-gke/google/registry-requirements";
import type { Environment } from "../../../modules/dify-gke/environment";
import { hasGateway } from "../../../modules/dify-gke/front-door";
import { networkWanted } from "../../../modules/dify-gke/shared-services";
import { installationOf } from "../../../modules/dify-gke/installation";
import { foundFilestore, foundRegistry, lastPart } from "../../google-apis/found";
import { facts, type Kind, type Lack, unmet } from "../kind";

export const filestores: Kind = {
  id: "filestores",
  title: "Filestore",
  one: "Filestore",
  variable: "filestore_name",
  own: ({ filestore }) => [filestore?.create && filestore.name],
  role: "roles/file.viewer",
  used: (v) => v.enable_nfs && v.nfs_instance_name === "",
  read: async (reader) =>
    (await reader.filestores()).map((answer) => {
      const found = foundFilestore(answer);
      const { name, location, network, networkProject, ip = "", state = "READY" } = found;
      const [share] = answer.fileShares ?? [];
      return {
        name,
        location,
        network,
        networkProject,
        facts: facts(
          answer.tier,
          share && `${ip}:/${share.name ?? ""}, ${share.capacityGb ?? "?"} GB`,
          state !== "READY" && state,
        ),
        lacks: ({ variables }) =>
          unmet(filestoreRequirements({ name, region: variables.region, ...networkWanted(variables) }), found),
        sets: () => ({
          values: { filestore_location: location },
          notes: [
            `Everybody has to be able to write to the share of ${name}: docs/existing-services.md#filestore-and-memorystore has the commands.`,
          ],
        }),
      };
    }),
};

export const registries: Kind = {
  id: "registries",
  title: "Registries",
  one: "registry",
  variable: "image_mirror_repository",
  role: "roles/artifactregistry.reader",
  own: ({ registry }) => [registry?.name],
  used: (v) => v.enable_image_mirroring,
  read: async (reader) =>
    (await reader.registries())
      .filter(({ format }) => format === "DOCKER")
      .map((answer) => {
        const found = foundRegistry(answer);
        const { project: projectId, region } = reader.where;
        const wanted = { name: found.name, projectId, region };
        return {
          name: found.name,
          location: region,
          facts: facts(
            answer.mode?.replace("_REPOSITORY", "").toLowerCase(),
            found.upstream,
            `${region}-docker.pkg.dev/${projectId}/${found.name}`,
          ),
          lacks: () => unmet(registryRequirements(wanted), found),
          sets: () => ({
            values: {},
            notes: [
              `Nodes need roles/artifactregistry.reader on ${found.name}: docs/existing-services.md#a-mirror-of-others has the command.`,
            ],
          }),
        };
      }),
};

export const certificates: Kind = {
  id: "certificates",
  title: "Certificates (Certificate Manager, global)",
  one: "certificate",
  role: "roles/certificatemanager.viewer",
  read: async (reader) =>
    (await reader.certificates()).map((answer) => ({
      name: lastPart(answer.name),
      location: "global",
      facts: facts(
        (answer.managed?.domains ?? answer.sanDnsnames ?? []).join(", "),
        answer.managed ? `managed, ${answer.managed.state ?? "?"}` : "uploaded",
        answer.expireTime && `until ${answer.expireTime.slice(0, 10)}`,
      ),
    })),
};

export const addresses: Kind = {
  id: "addresses",
  title: "External addresses",
  one: "address",
  variable: "static_ip_name",
  role: "roles/compute.networkViewer",
  own: (_, { resourcePrefix }) => madeBy(resourcePrefix),
  used: (v) => hasGateway(v) || v.service_type === "LoadBalancer",
  read: async (reader) =>
    (await reader.addresses())
      .filter(({ addressType }) => (addressType ?? "EXTERNAL") === "EXTERNAL")
      .map((answer) => {
        const name = answer.name ?? "";
        const location = lastPart(answer.region) || "global";
        const lacks: readonly Lack[] = [
          ...(answer.status === "IN_USE"
            ? [
                {
                  short: "in use",
                  fact: `Address ${name} is in use by ${answer.users?.map(lastPart).join(", ") || "something else"}`,
                  consequence: "no load balancer of this environment would get it",
                  remedy: "Free it, or leave static_ip_name empty to have one reserved.",
                },
              ]
            : []),
          ...(answer.ipVersion === "IPV6"
            ? [
                {
                  short: "IPv6",
                  fact: `Address ${name} is an IPv6 address`,
                  consequence: "the front door here has an IPv4 address",
                  remedy: "Set static_ip_name to an IPv4 address.",
                },
              ]
            : []),
        ];
        return {
          name,
          location,
          facts: facts(answer.address, answer.networkTier),
          lacks: ({ variables, neighbours }) => {
            const where = hasGateway(variables) ? "global" : variables.region;
            const owner = neighbours.find((one) => takes(one, name));
            return [
              ...lacks,
              ...(owner ? [ofOther(name, owner.name)] : []),
              ...(location === where ? [] : [elsewhere(name, location, where)]),
            ];
          },
        };
      }),
};

/** Names of the address that an environment reserves: of its Service, or of its gateway. */
function madeBy(resourcePrefix: string): readonly string[] {
  return [`${resourcePrefix}-entry`, `${resourcePrefix}-gateway`];
}

function takes({ name: environment, variables }: Environment, name: string): boolean {
  const { static_ip_name: named } = variables;
  return named === "" ? madeBy(installationOf(environment, variables).resourcePrefix).includes(name) : named === name;
}

function ofOther(name: string, environment: string): Lack {
  return {
    short: `that of ${environment}`,
    fact: `Address ${name} is that of ${environment}`,
    consequence: "only one of the two would get it",
    remedy: "Leave static_ip_name empty to have one reserved, or name another one.",
  };
}

function elsewhere(name: string, location: string, where: string): Lack {
  return {
    short: location === "global" ? "global" : `in ${location}`,
    fact: `Address ${name} is ${location === "global" ? "global" : `in ${location}`}`,
    consequence: `${where === "global" ? "a gateway takes a global one" : `the Service takes one in ${where}`}, and would never be reached`,
    remedy: `Set static_ip_name to ${where === "global" ? "a global address" : `an address in ${where}`}.`,
  };
}

export const dnsZones: Kind = {
  id: "dns-zones",
  title: "DNS zones",
  one: "DNS zone",
  role: "roles/dns.reader",
  read: async (reader) =>
    (await reader.zones()).map((answer) => ({
      name: answer.name ?? "",
      location: "global",
      facts: facts(answer.dnsName, answer.visibility, ...(answer.nameServers ?? []).slice(0, 1)),
    })),
};
