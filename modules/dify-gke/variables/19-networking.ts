import { z } from "zod";
import { group, variable } from "./definition";
import { domain, networkTag, optionalResourceName } from "./limits";

/** Group 19: address, domain and network. */
export const networking = group(19, {
  enable_custom_domain: variable({
    description: "Serves `application_domains` over HTTPS, with certificates from Google.",
    schema: z.boolean(),
    default: false,
  }),
  application_domains: variable({
    description: "Domains that lead to the application; the first one is its public address. Empty: `<ip>.nip.io`.",
    schema: z.array(domain),
    default: [],
  }),
  reserve_static_ip: variable({
    description: "Keeps the public address over the life of the load balancer. Behind a gateway it is always reserved.",
    schema: z.boolean(),
    default: true,
  }),
  static_ip_name: variable({
    description: "An existing address: regional for the Service, global for a gateway. Empty: one is reserved.",
    schema: optionalResourceName,
    default: "",
  }),
  network_tags: variable({
    description: "Network tags on the cluster's nodes. `nfsserver` opens the firewall to the file server.",
    schema: z.array(networkTag),
    default: ["nfsserver"],
  }),
  network_name: variable({
    description: "An existing VPC network. Empty: the foundation creates one.",
    schema: optionalResourceName,
    default: "",
  }),
  create_private_services_access: variable({
    documented: false,
    description:
      "Creates the range and the connection that give Cloud SQL a private address. Not set: together with the network, and not in an existing one.",
    schema: z.boolean().nullable(),
    default: null,
  }),
  create_nat: variable({
    documented: false,
    description:
      "Creates a Cloud NAT gateway for the subnetwork of cluster and file server. Not set: in a network that is created here, and where an earlier apply created one; an existing network has its own.",
    schema: z.boolean().nullable(),
    default: null,
  }),
});
