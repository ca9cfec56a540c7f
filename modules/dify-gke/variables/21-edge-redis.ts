import { z } from "zod";
import { group, sensitive, variable } from "./definition";
import { cidr, count, optionalSecretId, resourceName } from "./limits";

/** Group 21: Cloud Armor, CDN and Redis, in Dify's numbering. */
export const edgeAndRedis = group(21, {
  enable_cloud_armor: variable({
    description: "Puts a web application firewall in front.",
    schema: z.boolean(),
    default: false,
  }),
  admin_ip_ranges: variable({
    description: "Ranges that the firewall always lets through.",
    schema: z.array(cidr),
    default: [],
  }),
  cloud_armor_policy_name: variable({
    description: "Name of the firewall's policy.",
    schema: resourceName,
    default: "default-waf-policy",
  }),
  create_cloud_armor_policy: variable({
    documented: false,
    description: "Creates the firewall's policy. `false`: it exists, with its own rules.",
    schema: z.boolean(),
    default: true,
  }),
  cloud_armor_preview: variable({
    documented: false,
    description: "Only logs what the firewall would refuse: for the first days in front of your own traffic.",
    schema: z.boolean(),
    default: false,
  }),
  enable_cdn: variable({
    description: "Serves static files from Google's edge.",
    schema: z.boolean(),
    default: false,
  }),
  enable_redis: variable({
    description: "Redis for queue, events and cache. Dify does not work without it.",
    schema: z.boolean(),
    default: true,
  }),
  redis_service: variable({
    documented: false,
    description:
      "Where Redis is: `file_server`, `memorystore` (made here, with a replica, a password and TLS), or `external` (`redis_host`). `null`: `external` where `redis_host` is set, else `file_server`; in the cluster where `data_services` says so. A change needs `redis_moves_from`: see redis.md.",
    schema: z.enum(["file_server", "memorystore", "external"]).nullable(),
    default: null,
  }),
  redis_moves_from: variable({
    documented: false,
    description:
      "Where Redis was before a change of `redis_service`, `redis_host` or `data_services`: what is queued there is moved, and it stays until this is `null` again. `nothing`: what is queued there is lost.",
    schema: z.enum(["file_server", "memorystore", "kubeblocks", "external", "nothing"]).nullable(),
    default: null,
  }),
  memorystore_memory_gb: variable({
    documented: false,
    description: "Memory of Memorystore in GB. It can be changed.",
    schema: count(1, 300),
    default: 2,
  }),
  memorystore_high_availability: variable({
    documented: false,
    description:
      "Memorystore has a replica in another zone, which takes over. It cannot be changed later: the queue moves away first.",
    schema: z.boolean(),
    default: true,
  }),
  memorystore_version: variable({
    documented: false,
    description: "Version of Memorystore for Redis. It can be raised, never lowered.",
    schema: z.enum(["REDIS_6_X", "REDIS_7_0", "REDIS_7_2"]),
    default: "REDIS_7_2",
  }),
  redis_host: variable({
    description: "An existing Redis, by name or address. Empty: the one on the file server.",
    schema: z.string(),
    default: "",
  }),
  redis_port: variable({
    description: "Port of Redis, as text.",
    schema: z.string(),
    default: "6379",
  }),
  redis_database: variable({
    documented: false,
    description:
      "First of the three databases that are used of an existing Redis, or of an existing file server's. Two environments on one Redis need three each. A change leaves the content of the queue behind.",
    schema: count(0, 4093),
    default: 0,
  }),
  redis_tls: variable({
    documented: false,
    description: "Connects to an existing Redis with TLS and checks its certificate.",
    schema: z.boolean(),
    default: false,
  }),
  redis_ca_file: variable({
    documented: false,
    file: true,
    description:
      "PEM file with the certificates that an existing Redis is checked against, from the variable file's directory: those " +
      "of a private authority, such as Memorystore's. Empty: the public ones.",
    schema: z.string(),
    default: "",
  }),
  redis_auth: sensitive({
    description: "Password of an existing Redis.",
    schema: z.string(),
    default: "",
  }),
  redis_password_secret: variable({
    documented: false,
    description: "Secret Manager secret that holds the password of an existing Redis.",
    schema: optionalSecretId,
    default: "",
  }),
});
