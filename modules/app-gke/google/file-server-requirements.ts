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

/** What is known of an existing VM with the shared files. */
export interface FoundFileServer extends FoundNetwork {
  readonly name: string;
  /** Its zone, or the region of its reserved address. */
  readonly zone: string;
  /** `RUNNING`. @default - not known */
  readonly status?: string;
}

/** What the VM is wanted for. */
export interface FileServerWanted extends NetworkWanted {
  readonly name: string;
  readonly region: string;
}

/** @returns what a named VM has to have. One that the foundation of another environment created has it */
export function fileServerRequirements(wanted: FileServerWanted): Requirement<FoundFileServer>[] {
  const { name, projectId, region, networkName } = wanted;
  const network = "self.network_interface[0].network";
  return [
    {
      id: "region",
      met: ({ zone }) => zone === region || zone.startsWith(`${region}-`),
      lack: ({ zone }) => `in ${zone}`,
      shown: { expression: "", of: ({ zone }) => zone },
      message: (zone) => ({
        fact: `File server ${name} is in ${zone}, and region is ${region}`,
        consequence: "the plan would not find it",
        remedy: `Set nfs_instance_name to a file server in ${region}.`,
      }),
    },
    ...(networkName === undefined
      ? []
      : [
          {
            id: "network",
            condition: isInCondition(network, wanted),
            met: (found: FoundFileServer) => isIn(found, wanted),
            lack: (found: FoundFileServer) => `in network ${said(found, wanted)}`,
            shown: {
              expression: saidExpression(network, wanted),
              of: (found: FoundFileServer) => said(found, wanted),
            },
            message: (other: string) => ({
              fact: `File server ${name} is in network ${other}, and the cluster is in ${wantedNetwork(wanted)}`,
              consequence: "no node could mount the share, and no pod could reach Redis",
              remedy: `Set nfs_instance_name to a file server in ${wantedNetwork(wanted)}.`,
            }),
          },
        ]),
    {
      id: "status",
      met: ({ status = "RUNNING" }) => status === "RUNNING",
      lack: ({ status = "" }) => `its status is ${status}`,
      shown: { expression: "", of: ({ status = "" }) => status },
      message: (status) => ({
        fact: `File server ${name} has the status ${status}`,
        consequence: "no pod could mount the share or reach Redis",
        remedy: "Start it:",
        help: `gcloud compute instances start ${name} --zone=ZONE --project=${projectId}`,
      }),
    },
  ];
}
