import type { Kind } from "../kind";
import { clusters } from "./clusters";
import { fileServers } from "./file-servers";
import { networks } from "./networks";
import { addresses, certificates, dnsZones, filestores, registries } from "./others";
import { memorystore, redisClusters, valkey } from "./redis";
import { sqlInstances } from "./sql-instances";
import { subnetworks } from "./subnetworks";

/** In the order in which they are shown, and asked for. */
export const KINDS: readonly Kind[] = [
  clusters,
  sqlInstances,
  fileServers,
  networks,
  subnetworks,
  filestores,
  memorystore,
  valkey,
  redisClusters,
  addresses,
  certificates,
  dnsZones,
  registries,
];
