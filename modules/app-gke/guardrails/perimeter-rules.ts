import type { AccessContextManagerServicePerimeterConfig } from "@cdktf/provider-google/lib/access-context-manager-service-perimeter";
import { DataGoogleLoggingProjectSettings } from "@cdktf/provider-google/lib/data-google-logging-project-settings";
import type { Construct } from "constructs";
import type { EnableApis } from "../google/google-apis";
import { KEY_USERS } from "../google/key-users";
import { ServiceAgent } from "../google/service-agent";
import type { SharedServices } from "../google/shared-services";
import type { Installation } from "../installation";
import type { Lookup } from "../platform/lookup";

/** What the rules for passing a perimeter follow from. */
export interface PassersProps {
  readonly installation: Installation;
  readonly services: SharedServices;
  readonly lookup: Lookup;
  /** Who builds and deploys from here: builds run outside of the project's network. @default - nobody */
  readonly delivery?: {
    /** `serviceAccount:…`. */
    readonly members: readonly string[];
    readonly deliversElsewhere: boolean;
    /** A Cloud Deploy pipeline. @default - there is none */
    readonly pipeline?: unknown;
  };
  /** E-mail address of the account with which another environment's pipeline deploys here. @default - none does */
  readonly deliveredBy?: string;
  readonly enabled: EnableApis;
}

export type PerimeterSpec = NonNullable<AccessContextManagerServicePerimeterConfig["spec"]>;
type Ingress = Extract<PerimeterSpec["ingressPolicies"], readonly unknown[]>[number];
type Egress = Extract<PerimeterSpec["egressPolicies"], readonly unknown[]>[number];

/** Builds and releases run on machines of Google's, outside of the network: as these accounts, and as the services' own. */
export function deliverers(
  scope: Construct,
  { deliveredBy, delivery, enabled, installation, lookup }: PassersProps,
): string[] {
  const from = deliveredBy === undefined ? [] : [`serviceAccount:${deliveredBy}`];
  if (!delivery) return from;
  const agents = (
    delivery.pipeline === undefined ? (["cloudbuild"] as const) : (["cloudbuild", "clouddeploy"] as const)
  ).map(
    (service) =>
      new ServiceAgent(scope, `${service}-agent`, {
        project: installation.projectId,
        projectNumber: lookup.projectNumber,
        service,
        dependsOn: enabled(`${service}.googleapis.com`),
      }).member,
  );
  return [...from, ...delivery.members, ...agents];
}

/** The accounts that run Terraform, build and deploy, from everywhere: their roles say what each may do. */
export function ingress(project: string, identities: readonly string[]): Ingress[] {
  if (identities.length === 0) return [];
  return [
    {
      ingressFrom: { identities: [...identities], sources: [{ accessLevel: "*" }] },
      ingressTo: { resources: [project], operations: [{ serviceName: "*" }] },
    },
  ];
}

/**
 * @returns Google's accounts that use keys in another project: each asks Cloud KMS there in the name of this project. None if
 * the keys are in this project
 * @see https://cloud.google.com/kms/docs/cmek
 */
export function keyUsers(scope: Construct, { enabled, installation, lookup }: PassersProps): string[] {
  const { encryption, projectId: project } = installation;
  if (!encryption || encryption.keyRing.projectId === project) return [];
  const purposes = new Set(encryption.keys.map(({ purpose }) => purpose));
  const users = [...purposes].map((purpose) => {
    if (purpose !== "logs")
      return `service-${lookup.projectNumber}@${KEY_USERS[purpose].account}.iam.gserviceaccount.com`;
    const dependsOn = enabled("logging.googleapis.com");
    return new DataGoogleLoggingProjectSettings(scope, "logging-agent", { project, dependsOn }).kmsServiceAccountId;
  });
  return [...new Set(users)].map((email) => `serviceAccount:${email}`);
}

/** What goes out to projects that are not ours. */
export function perimeterEgress({
  delivery,
  lookup,
  services,
  runners,
  users,
}: PassersProps & { readonly runners: readonly string[]; readonly users: readonly string[] }): Egress[] {
  return [
    // Reading images: the Auth Proxy's and builders' in projects of Google's own, Docker Hub's copies at mirror.gcr.io.
    // https://cloud.google.com/artifact-registry/docs/securing-with-vpc-sc
    {
      egressFrom: { identityType: "ANY_IDENTITY" },
      egressTo: {
        resources: ["*"],
        operations: [
          {
            serviceName: "artifactregistry.googleapis.com",
            methodSelectors: [{ method: "artifactregistry.googleapis.com/DockerRead" }],
          },
        ],
      },
    },
    // The file server's image is debian-cloud's, also when a failed VM is replaced, which Google's own account does.
    // https://cloud.google.com/compute/docs/instances/protecting-resources-vpc-service-controls
    ...(services.fileServer?.create
      ? [
          {
            egressFrom: {
              identities: [`serviceAccount:${lookup.projectNumber}@cloudservices.gserviceaccount.com`, ...runners],
            },
            egressTo: {
              resources: ["*"],
              operations: [{ serviceName: "compute.googleapis.com", methodSelectors: [{ method: "*" }] }],
            },
          },
        ]
      : []),
    // The account that applies reads the keys, and gives the rights to use them.
    ...(users.length > 0
      ? [
          {
            egressFrom: { identities: [...users, ...runners] },
            egressTo: {
              resources: ["*"],
              operations: [{ serviceName: "cloudkms.googleapis.com", methodSelectors: [{ method: "*" }] }],
            },
          },
        ]
      : []),
    // Releases for stages in other projects, from a private pool.
    ...(delivery?.deliversElsewhere
      ? [
          {
            egressFrom: { identities: [...delivery.members] },
            egressTo: {
              resources: ["*"],
              operations: [{ serviceName: "container.googleapis.com", methodSelectors: [{ method: "*" }] }],
            },
          },
        ]
      : []),
  ];
}
