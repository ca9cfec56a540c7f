import type { Requirement } from "./requirement";

/** What is known of an existing VM with the shared files, whoever asked. */
export interface FoundFileServer {
  readonly name: string;
  /** Its zone, or the region of its reserved address. */
  readonly zone: string;
  /** Name of its network. */
  readonly network: string;
  /** `RUNNING`. @default - whoever asked was not told */
  readonly status?: string;
}

/** What it is wanted for. */
export interface FileServerWanted {
  readonly name: string;
  readonly projectId: string;
  readonly region: string;
  /** Network of the cluster. @default - any: it will be the VM's */
  readonly networkName?: string;
}

/** @returns what a named VM has to have. One that the foundation of another environment created has it */
export function fileServerRequirements({
  name,
  projectId,
  region,
  networkName,
}: FileServerWanted): Requirement<FoundFileServer>[] {
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
            condition: `try(basename(self.network_interface[0].network), "") == "${networkName}"`,
            met: ({ network }: FoundFileServer) => network === networkName,
            lack: ({ network }: FoundFileServer) => `in network ${network}`,
            shown: {
              expression: '${try(basename(self.network_interface[0].network), "(none)")}',
              of: ({ network }: FoundFileServer) => network,
            },
            message: (network: string) => ({
              fact: `File server ${name} is in network ${network}, and the cluster is in ${networkName}`,
              consequence: "no node could mount the share, and no pod could reach Redis",
              remedy: `Set nfs_instance_name to a file server in ${networkName}.`,
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
