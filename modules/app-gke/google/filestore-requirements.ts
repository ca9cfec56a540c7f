import {
  type FoundNetwork,
  isIn,
  isInCondition,
  type NetworkWanted,
  said,
  saidExpression,
  wantedNetwork,
} from "./in-network";
import type { Requirement } from "./requirement";

/** What is known of an existing Filestore instance. */
export interface FoundFilestore extends FoundNetwork {
  readonly name: string;
  /** A zone or a region. */
  readonly location: string;
  /** `READY`. @default - not known */
  readonly state?: string;
  /** Address. @default - it has none */
  readonly ip?: string;
  /** Whether no client may write. @default false */
  readonly readOnly?: boolean;
}

/** What the instance is wanted for. */
export interface FilestoreWanted extends NetworkWanted {
  readonly name: string;
  readonly region: string;
}

const NETWORK = "self.networks[0].network";
const OPTIONS = "try(self.file_shares[0].nfs_export_options, [])";
const OTHER = "Set filestore_name to another one, or leave it empty to have a file server.";

/** @returns what a named Filestore instance has to have */
export function filestoreRequirements(wanted: FilestoreWanted): Requirement<FoundFilestore>[] {
  const { name, projectId, region, networkName } = wanted;
  return [
    {
      id: "region",
      met: ({ location }) => location === region || location.startsWith(`${region}-`),
      lack: ({ location }) => `in ${location}`,
      shown: { expression: "", of: ({ location }) => location },
      message: (location) => ({
        fact: `Filestore ${name} is in ${location}, and region is ${region}`,
        consequence: "each file would be read from another region",
        remedy: OTHER,
      }),
    },
    {
      id: "state",
      met: ({ state = "READY" }) => state === "READY",
      lack: ({ state = "" }) => `its state is ${state}`,
      shown: { expression: "", of: ({ state = "" }) => state },
      message: (state) => ({
        fact: `Filestore ${name} has the state ${state}`,
        consequence: "no pod could mount the share",
        remedy: "Wait until it is ready, or repair it:",
        help: `gcloud filestore instances describe ${name} --location=LOCATION --project=${projectId}`,
      }),
    },
    {
      id: "address",
      condition: 'try(self.networks[0].ip_addresses[0], "") != ""',
      met: ({ ip = "" }) => ip !== "",
      lack: () => "no address",
      message: () => ({
        fact: `Filestore ${name} has no address`,
        consequence: "no pod could mount the share",
        remedy: OTHER,
      }),
    },
    {
      id: "writable",
      condition: `length(${OPTIONS}) == 0 || anytrue([for o in ${OPTIONS} : try(o.access_mode, "") != "READ_ONLY"])`,
      met: ({ readOnly = false }) => !readOnly,
      lack: () => "read-only",
      message: () => ({
        fact: `Filestore ${name} lets nobody write to its share`,
        consequence: "plugins could not be installed",
        remedy: "Let the cluster's nodes write, by the export options of its share.",
      }),
    },
    ...(networkName === undefined
      ? []
      : [
          {
            id: "network",
            condition: isInCondition(NETWORK, wanted),
            met: (found: FoundFilestore) => isIn(found, wanted),
            lack: (found: FoundFilestore) => `in network ${said(found, wanted)}`,
            shown: {
              expression: saidExpression(NETWORK, wanted),
              of: (found: FoundFilestore) => said(found, wanted),
            },
            message: (network: string) => ({
              fact: `Filestore ${name} is in network ${network}, and the cluster is in ${wantedNetwork(wanted)}`,
              consequence: "no node could mount the share",
              remedy: `Set filestore_name to one in ${wantedNetwork(wanted)}.`,
            }),
          },
        ]),
  ];
}
