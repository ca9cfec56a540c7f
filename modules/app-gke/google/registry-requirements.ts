import type { Requirement } from "./requirement";

/** What is known of an existing Artifact Registry repository. */
export interface FoundRegistry {
  readonly name: string;
  /** `DOCKER`, `NPM`. */
  readonly format: string;
  /** `REMOTE_REPOSITORY`, `STANDARD_REPOSITORY`. */
  readonly mode: string;
  /** What it fetches from: `DOCKER_HUB`, or an address. @default - it fetches nothing */
  readonly upstream?: string;
}

/** What the repository is wanted for: images of Docker Hub under their names. */
export interface RegistryWanted {
  readonly name: string;
  readonly projectId: string;
  readonly region: string;
}

/** What to do about a repository that cannot be used. */
export const OTHER_REGISTRY =
  "Set image_mirror_repository to a remote repository for Docker Hub, or leave it empty to have one created.";

/** Fields that may say what a remote repository fetches from, of which one is set. */
const UPSTREAMS = [
  "docker_repository[0].public_repository",
  "docker_repository[0].custom_repository[0].uri",
  "common_repository[0].uri",
];
const upstream = `coalesce(${UPSTREAMS.map((field) => `try(self.remote_repository_config[0].${field}, "")`).join(", ")}, "nothing")`;

/**
 * @returns what a named repository has to have. A standard or virtual repository does not show whether it has the images
 */
export function registryRequirements({ name, projectId, region }: RegistryWanted): Requirement<FoundRegistry>[] {
  const what = `Repository ${name} in ${region} of project ${projectId}`;
  return [
    {
      id: "images",
      condition: 'self.format == "DOCKER"',
      met: ({ format }) => format === "DOCKER",
      lack: ({ format }) => `holds ${format}`,
      shown: { expression: "${self.format}", of: ({ format }) => format },
      message: (format) => ({
        fact: `${what} holds ${format} and no container images`,
        consequence: "no pod would start",
        remedy: OTHER_REGISTRY,
      }),
    },
    {
      id: "docker-hub",
      condition:
        `try(self.mode, "") != "REMOTE_REPOSITORY" || ` +
        `length(regexall("^DOCKER_HUB$|(^|[/.])docker[.]io(/|$)", ${upstream})) > 0`,
      met: ({ mode, upstream: from = "" }) =>
        mode !== "REMOTE_REPOSITORY" || /^DOCKER_HUB$|(^|[/.])docker[.]io(\/|$)/.test(from),
      lack: ({ upstream: from = "nothing" }) => `fetches from ${from}`,
      shown: { expression: `\${${upstream}}`, of: ({ upstream: from = "nothing" }) => from },
      message: (from) => ({
        fact: `${what} fetches from ${from}, and images are those of Docker Hub`,
        consequence: "it would not find them, and no pod would start",
        remedy: OTHER_REGISTRY,
      }),
    },
  ];
}
