/** The network that a service has to be in. */
export interface NetworkWanted {
  /** Name of the network. @default - any */
  readonly networkName?: string;
  /** Project that the network is in. @default - the service's own */
  readonly networkProject?: string;
  /** Project of the service. */
  readonly projectId: string;
}

/** The network that a service is in, as Google's API answers. It includes the project, because names are only unique there. */
export interface FoundNetwork {
  /** Its name. @default - none, or not reported */
  readonly network?: string;
  /** Id or number of its project. @default - not reported */
  readonly networkProject?: string;
}

/** @returns name and project of a path such as `projects/my-project/global/networks/vpc`, or of a name alone */
export function networkOf(path: string | null | undefined): FoundNetwork {
  const [, networkProject] = /(?:^|\/)projects\/([^/]+)\//.exec(path ?? "") ?? [];
  return { network: path?.split("/").pop(), networkProject };
}

/** @returns whether a service is in that network. A project's number cannot be compared with its id, so then only the name counts. */
export function isIn({ network, networkProject }: FoundNetwork, wanted: NetworkWanted): boolean {
  const { networkName, networkProject: project = wanted.projectId } = wanted;
  return (
    network === networkName &&
    (networkProject === undefined || /^\d+$/.test(networkProject) || networkProject === project)
  );
}

/** @param path Terraform expression of a path, a URL or a name @returns the same in Terraform's language */
export function isInCondition(path: string, wanted: NetworkWanted): string {
  const { networkName = "", networkProject = wanted.projectId } = wanted;
  const project = networkProject.replaceAll(".", "[.]");
  return `length(regexall("^(.*projects/(${project}|[0-9]+)/global/networks/)?${networkName}$", try(coalesce(${path}, "-"), "-"))) > 0`;
}

/** @returns how a message names a network: with its project, if that is another one than the service's */
export function said(
  { network = "(none)", networkProject }: FoundNetwork,
  { projectId }: Pick<NetworkWanted, "projectId">,
): string {
  return networkProject === undefined || networkProject === projectId
    ? network
    : `${network} of project ${networkProject}`;
}

/** @param path as above @returns the same as an expression in `${}` */
export function saidExpression(path: string, { projectId }: Pick<NetworkWanted, "projectId">): string {
  const parts = `regex("projects/([^/]+)/global/networks/([^/]+)$", ${path})`;
  const both = `try(format("%s of project %s", reverse(${parts})...), basename(try(coalesce(${path}, "(none)"), "(none)")))`;
  return `\${trimsuffix(${both}, " of project ${projectId}")}`;
}

/** @returns the network that a service is wanted in, for messages */
export function wantedNetwork({ networkName = "", networkProject, projectId }: NetworkWanted): string {
  return said({ network: networkName, networkProject }, { projectId });
}
