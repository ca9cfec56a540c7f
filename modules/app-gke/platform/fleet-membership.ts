import { GkeHubMembership } from "@cdktf/provider-google/lib/gke-hub-membership";
import { DataResource, type ITerraformDependable, type LocalExecProvisioner, type Precondition } from "cdktf";
import { Construct } from "constructs";
import type { EnableApis } from "../google/google-apis";
import type { SharedServices } from "../google/shared-services";
import { restScript } from "../google/rest-script";
import { hash, type Installation, limitName } from "../installation";
import { quotaProject } from "../terraform/providers";
import { takeBack } from "../terraform/removed";
import type { Lookup } from "./lookup";

export interface FleetMembershipProps {
  readonly installation: Installation;
  readonly lookup: Lookup;
  readonly services: SharedServices;
  readonly enabled: EnableApis;
  /** E-mail address of the service account to act as. @default - the account that runs Terraform */
  readonly impersonateServiceAccount?: string;
}

/** Ids of the constructs, from which the address follows. */
const [ID, STAY] = ["fleet", "stay"];

/**
 * The cluster as a member of the project's fleet. A cluster that is created here is registered; an existing one has to be a
 * member already. Registration through this API does not show in plans of the cluster itself.
 * @see https://cloud.google.com/kubernetes-engine/fleet-management/docs/register/gke
 */
export class FleetMembership extends Construct {
  /** `projects/…/clusters/…`. */
  readonly cluster: string;
  /** Last part of the membership's name; may be an expression. */
  readonly name: string;
  /** `us-central1` or `global`; may be an expression. */
  readonly location: string;
  /** What has to hold for those who use the fleet. */
  readonly precondition?: readonly Precondition[];
  /** What there is once the cluster is a member. */
  readonly resources: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: FleetMembershipProps) {
    super(scope, id);
    const { enabled, impersonateServiceAccount, installation, lookup, services } = props;
    const { projectId: project } = installation;
    const { create, location, name } = services.cluster;
    const { fleetMembership: found } = lookup.cluster;
    this.cluster = `projects/${project}/locations/${location}/clusters/${name}`;
    const apis = enabled("gkehub.googleapis.com");
    if (!create) {
      this.name = `\${basename(${found})}`;
      this.location = `\${try(regex("/locations/([^/]+)/", ${found})[0], "")}`;
      this.precondition = [ownFleet(found, lookup.projectNumber, installation, name)];
      this.resources = apis;
      return;
    }
    this.name = limitName(name, 63);
    this.location = location;
    const membership = new GkeHubMembership(this, "membership", {
      project,
      location,
      membershipId: this.name,
      endpoint: { gkeCluster: { resourceLink: `//container.googleapis.com/${this.cluster}` } },
      authority: { issuer: `https://container.googleapis.com/v1/${this.cluster}` },
      lifecycle: { precondition: [notAnotherMember(found, name, location, this.name)] },
      dependsOn: [...apis],
    });
    // Refuses to remove the membership while other installations are in the cluster's mesh: their pods would lose it.
    new DataResource(this, STAY, {
      input: {
        project,
        location,
        membership: this.name,
        cluster: this.cluster,
        user: hash(installation.resourcePrefix).slice(0, 12),
        impersonate: impersonateServiceAccount ?? "",
      },
      provisioners: [staysForOthers(this)],
      dependsOn: [membership],
    });
    this.resources = [...apis, membership];
  }
}

/**
 * @param props `undefined`: nothing needs the fleet, and the cluster leaves it, unless others are in its mesh
 * @returns the cluster's place in the fleet
 */
export function fleetMembership(
  scope: Construct,
  props: FleetMembershipProps | undefined,
): FleetMembership | undefined {
  if (props) return new FleetMembership(scope, ID, props);
  takeBack(scope, [ID, STAY], staysForOthers(scope));
  return undefined;
}

function staysForOthers(scope: Construct): LocalExecProvisioner {
  return restScript({
    file: "service_mesh.py",
    module: "fleet_feature.py",
    prefix: "FLEET",
    action: "stay",
    atDestroy: true,
    quotaProject: quotaProject(scope),
  });
}

function notAnotherMember(found: string, cluster: string, location: string, own: string): Precondition {
  return {
    condition: `\${${found} == "" || endswith(${found}, "/locations/${location}/memberships/${own}")}`,
    errorMessage:
      `Cluster ${cluster} is in a fleet already, as \${${found}}: somebody else registered it, and a cluster can be in one fleet only. ` +
      `Have it unregistered (gcloud container fleet memberships unregister), and the apply registers it as ${own} in ${location}.`,
  };
}

function ownFleet(found: string, number: string, { projectId }: Installation, cluster: string): Precondition {
  const project = `try(regex("/projects/([^/]+)/", ${found})[0], "")`;
  return {
    condition: `\${contains(["${projectId}", ${number}], ${project})}`,
    errorMessage:
      `Cluster ${cluster} is in the fleet of project \${${project}}, and this deployment may only turn on features of its own ` +
      `project's (${projectId}): the apply would not get what it waits for. Set configure_service_mesh and ` +
      `enable_multi_cluster_service to false, and have the owner of that fleet set up what you need (docs/service-mesh.md, ` +
      `docs/multi-cluster.md).`,
  };
}
