import { z } from "zod";
import { group, variable } from "./definition";
import { egress, outboundProxy } from "./egress";
import { cidr, count, dnsLabel, domain, networkTag, optionalResourceName, origin, resourceName, text } from "./limits";

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
  public_urls: variable({
    documented: false,
    description:
      "Where browsers reach Dify through your own proxy: an ingress controller, a CDN, a tunnel. The first one is Dify's own address, in every link and for sign-in. Empty: the address of the gateway or of the Service.",
    schema: z.array(origin).max(16),
    default: [],
  }),
  trusted_proxy_ranges: variable({
    documented: false,
    description:
      "Ranges that your own proxy connects from: only its `X-Forwarded-For`, `-Proto` and `-Host` headers are trusted.",
    schema: z.array(cidr).max(500),
    default: [],
  }),
  trusted_proxy_namespaces: variable({
    documented: false,
    description:
      'Kubernetes namespaces of your own proxy, where it runs in the same cluster. With `service_type = "ClusterIP"` they and `trusted_proxy_ranges` alone may connect; with `load_balancer_source_ranges` they may as well, as no range covers a pod.',
    // Of somebody else, so it may be one of the cluster's own: istio-system, kube-system.
    schema: z.array(dnsLabel),
    default: [],
  }),
  client_connection_limit: variable({
    documented: false,
    description:
      "Open requests, including streams and WebSockets, that one client address may have in a pod of nginx; the next one gets 429. 0: no limit. Not set: a quarter of what the pod can hold.",
    schema: count(0, 100_000).nullable(),
    default: null,
  }),
  reserve_static_ip: variable({
    description:
      "Keeps the public address when the load balancer is created again. Behind a gateway it is always reserved.",
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
  network_project_id: variable({
    documented: false,
    description:
      "Host project of a Shared VPC that `network_name` is in. Nothing is created there unless a variable asks for it. Empty: `project_id`.",
    schema: text(
      "a project id (6 to 30 lower-case letters, digits and hyphens, first a letter, last no hyphen)",
      /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
      true,
    ),
    default: "",
  }),
  subnetwork_name: variable({
    documented: false,
    description:
      "An existing subnetwork of `network_name` in `region`, for a cluster and a file server that are created here. Empty: one is created.",
    schema: optionalResourceName,
    default: "",
  }),
  pod_range_name: variable({
    documented: false,
    description: "Secondary range of `subnetwork_name` for the pods.",
    schema: resourceName,
    default: "pods",
  }),
  service_range_name: variable({
    documented: false,
    description: "Secondary range of `subnetwork_name` for Kubernetes Services.",
    schema: resourceName,
    default: "services",
  }),
  create_file_server_firewall: variable({
    documented: false,
    description:
      "Opens the firewall to a file server that is created here. `false`: the network's administrators do. Not set: in a network of this project. In a Shared VPC it has to be set.",
    schema: z.boolean().nullable(),
    default: null,
  }),
  additional_egress: variable({
    documented: false,
    description:
      "Connections that `enable_network_segmentation` allows in addition: components, destinations and ports. Above all for model servers inside the network, which plugins call.",
    schema: z.array(egress),
    default: [],
  }),
  outbound_proxy: variable({
    documented: false,
    description:
      "A proxy of your company, through which requests leave: those of workflows, and those of the API and of plugins. Not set: they leave directly.",
    schema: outboundProxy.nullable(),
    default: null,
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
      "Creates a Cloud NAT gateway for the subnetwork of cluster and file server. Not set: in a network that is created here, and where an earlier apply created one; an existing network has its own, and so has an existing subnetwork.",
    schema: z.boolean().nullable(),
    default: null,
  }),
  nat_address_count: variable({
    documented: false,
    description:
      "Reserved addresses that all outgoing connections come from, for providers that allow access by address: the output `nat_addresses`. 0: Google chooses them, and may change them.",
    schema: count(0, 20),
    default: 0,
  }),
});
