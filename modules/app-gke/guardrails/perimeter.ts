import { AccessContextManagerAccessLevel } from "@cdktf/provider-google/lib/access-context-manager-access-level";
import { AccessContextManagerServicePerimeter } from "@cdktf/provider-google/lib/access-context-manager-service-perimeter";
import { DataGoogleAccessContextManagerAccessPolicy } from "@cdktf/provider-google/lib/data-google-access-context-manager-access-policy";
import { DataGoogleProject } from "@cdktf/provider-google/lib/data-google-project";
import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { restScript } from "../google/rest-script";
import { networkProject } from "../google/shared-services";
import { limitName } from "../installation";
import {
  deliverers,
  perimeterEgress,
  ingress,
  keyUsers,
  type PassersProps,
  type PerimeterSpec,
} from "./perimeter-rules";
import { RegistryUpstreams } from "./registry-upstreams";
import { RESTRICTED_SERVICES } from "./restricted-services";
import { accessToken } from "../terraform/ephemeral";
import { quotaProject } from "../terraform/providers";
import { runnerIsLetIn } from "./runner";

export interface PerimeterSettings {
  /** Number of the organization. @see https://cloud.google.com/resource-manager/docs/creating-managing-organization */
  readonly organizationId: string;
  /**
   * Number of the access policy that it belongs to, such as one that is scoped to a folder.
   * @see https://cloud.google.com/access-context-manager/docs/scoped-policies
   * @default - the organization's own
   */
  readonly accessPolicyId?: string;
  /**
   * It only logs what it would block.
   * @see https://cloud.google.com/vpc-service-controls/docs/dry-run-mode
   * @default true
   */
  readonly dryRun?: boolean;
  /** Public ranges that are let in. @see https://cloud.google.com/access-context-manager/docs/overview @default [] */
  readonly publicRanges?: readonly string[];
  /**
   * Ranges of the network that are let in.
   * @see https://cloud.google.com/vpc-service-controls/docs/allow-access-internal-ip
   * @default []
   */
  readonly networkRanges?: readonly string[];
  /**
   * Who is let in from everywhere: `serviceAccount:…`, `user:…`, `group:…`, `principalSet://…`.
   * @see https://cloud.google.com/vpc-service-controls/docs/ingress-egress-rules
   * @default []
   */
  readonly identities?: readonly string[];
  /**
   * E-mail address of the service account that Terraform acts as; it is let in as well.
   * @see https://cloud.google.com/iam/docs/service-account-impersonation
   * @default - the account that runs Terraform
   */
  readonly impersonateServiceAccount?: string;
}

export interface PerimeterProps extends PassersProps {
  readonly settings: PerimeterSettings;
  /** What keeps a second perimeter away. @default - nothing */
  readonly claim?: ITerraformDependable;
}

/** The longest name of a level or a perimeter; letters, digits and underscores. */
const NAME_LIMIT = 50;

/**
 * A service perimeter around the project: only its own network and those who are let in can read and change its data, whatever
 * roles others have, and the data can be copied nowhere else. It belongs to an existing access policy: an organization has
 * one, and what others keep in it is not touched.
 */
export class Perimeter extends Construct {
  readonly name: string;
  readonly dryRun: boolean;

  constructor(scope: Construct, id: string, props: PerimeterProps) {
    super(scope, id);
    const { enabled, installation, lookup, services, settings } = props;
    const { dryRun = true, identities = [], impersonateServiceAccount, organizationId } = settings;
    const apis = enabled("accesscontextmanager.googleapis.com", "cloudresourcemanager.googleapis.com");
    const dependsOn = [...apis, ...(props.claim ? [props.claim] : [])];
    const policy = settings.accessPolicyId ?? accessPolicy(this, organizationId, apis);
    const parent = `accessPolicies/${policy}`;
    this.name = limitName(installation.resourcePrefix, NAME_LIMIT).replaceAll("-", "_");
    this.dryRun = dryRun;

    const runners = [
      ...identities,
      ...(impersonateServiceAccount === undefined ? [] : [`serviceAccount:${impersonateServiceAccount}`]),
    ];
    const level = this.accessLevel(parent, props);
    const project = `projects/${lookup.projectNumber}`;
    const content: PerimeterSpec = {
      resources: [project],
      restrictedServices: [...RESTRICTED_SERVICES],
      accessLevels: level === undefined ? [] : [level],
      ingressPolicies: ingress(project, [...new Set([...runners, ...deliverers(this, props)])]),
      egressPolicies: perimeterEgress({ ...props, runners, users: keyUsers(this, props) }),
    };
    const free = this.checkedFree(props, dependsOn);
    const found = new DataGoogleProject(this, "project", { projectId: installation.projectId });
    const perimeter = new AccessContextManagerServicePerimeter(this, "perimeter", {
      parent,
      name: `${parent}/servicePerimeters/${this.name}`,
      title: this.name,
      description: `What ${installation.resourcePrefix} keeps in project ${installation.projectId}`,
      useExplicitDryRunSpec: dryRun,
      ...(dryRun ? { spec: content } : { status: content }),
      dependsOn: [...dependsOn, free],
      lifecycle: {
        precondition: [
          inOrganization(`data.${found.terraformResourceType}.${found.friendlyUniqueId}`, props),
          ...(dryRun
            ? []
            : runnerIsLetIn(this, { runners, impersonateServiceAccount, publicRanges: settings.publicRanges })),
        ],
      },
    });
    // The registry's requests to Docker Hub leave the perimeter: Google refuses them unless it is told otherwise.
    if (!dryRun && services.registry) {
      new RegistryUpstreams(this, "upstreams", { installation, impersonateServiceAccount, dependsOn: [perimeter] });
    }
  }

  /**
   * Checks that the project is in no other perimeter. No data source lists perimeters, and Google accepts one that only logs in
   * addition to one that blocks: a script looks before the first apply.
   */
  private checkedFree(
    { installation, lookup, settings }: PerimeterProps,
    dependsOn: readonly ITerraformDependable[],
  ): DataResource {
    const { organizationId, impersonateServiceAccount = "" } = settings;
    const { projectId: project } = installation;
    return new DataResource(this, "free", {
      input: {
        organization: organizationId,
        project,
        number: lookup.projectNumber,
        name: this.name,
        impersonate: impersonateServiceAccount,
      },
      triggersReplace: { organization: organizationId, project },
      provisioners: [
        restScript({
          file: "perimeter_free.py",
          prefix: "PERIMETER",
          action: "check",
          token: accessToken(this, dependsOn),
          quotaProject: quotaProject(this),
        }),
      ],
      dependsOn: [...dependsOn],
    });
  }

  private accessLevel(
    parent: string,
    { installation, lookup, services, settings }: PerimeterProps,
  ): string | undefined {
    const { networkRanges = [], publicRanges = [] } = settings;
    if (networkRanges.length + publicRanges.length === 0) return undefined;
    const network = `//compute.googleapis.com/projects/${networkProject(services, installation)}/global/networks/${lookup.networkName}`;
    const level = new AccessContextManagerAccessLevel(this, "level", {
      parent,
      name: `${parent}/accessLevels/${this.name}`,
      title: this.name,
      description: `Where administrators of ${installation.resourcePrefix} come from`,
      basic: {
        combiningFunction: "OR",
        conditions: [
          ...(publicRanges.length > 0 ? [{ ipSubnetworks: [...publicRanges] }] : []),
          ...(networkRanges.length > 0
            ? [{ vpcNetworkSources: [{ vpcSubnetwork: { network, vpcIpSubnetworks: [...networkRanges] } }] }]
            : []),
        ],
      },
    });
    return level.name;
  }
}

/** @returns the number of the organization's own policy; without one, the data source says so, and what to do is in docs/security.md */
function accessPolicy(scope: Construct, organizationId: string, dependsOn: readonly ITerraformDependable[]): string {
  return new DataGoogleAccessContextManagerAccessPolicy(scope, "the-organizations-access-policy", {
    parent: `organizations/${organizationId}`,
    // With the project's quota, its API has to be on: the first time, it is read at the apply.
    dependsOn: [...dependsOn],
  }).name;
}

/** A perimeter only takes projects of its own organization. */
function inOrganization(project: string, { installation, settings }: PerimeterProps) {
  const { organizationId } = settings;
  const parent = `coalesce(${project}.org_id, ${project}.folder_id, "none")`;
  return {
    condition: `\${coalesce(${project}.org_id, "none") == "${organizationId}" || (coalesce(${project}.org_id, "none") == "none" && ${parent} != "none")}`,
    errorMessage:
      `Project ${installation.projectId} is not in organization ${organizationId} (its parent: \${${parent}}), and a ` +
      `perimeter only takes projects of its own organization. Set organization_id to that of the project ` +
      `(gcloud projects get-ancestors ${installation.projectId}); for a project without one, set enable_vpc_sc = false.`,
  };
}
