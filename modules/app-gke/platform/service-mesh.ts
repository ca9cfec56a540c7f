import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { EnableApis } from "../google/google-apis";
import { restScript } from "../google/rest-script";
import { hash, type Installation } from "../installation";
import { accessToken } from "../terraform/ephemeral";
import { quotaProject } from "../terraform/providers";
import { takeBack } from "../terraform/removed";
import type { FleetMembership } from "./fleet-membership";

interface ServiceMeshProps {
  readonly installation: Installation;
  readonly fleet: FleetMembership;
  readonly enabled: EnableApis;
  /** E-mail address of the service account to act as. @default - the account that runs Terraform */
  readonly impersonateServiceAccount?: string;
}

const SCRIPT = { file: "service_mesh.py", module: "fleet_feature.py", prefix: "FLEET" } as const;
/** Ids of the constructs, from which addresses follow. */
const [ID, CLAIM] = ["service-mesh", "claim"];

/**
 * Cloud Service Mesh in the cluster, with a control plane that Google runs. The feature is the whole fleet's, and the cluster may have
 * other deployments in it, so a script turns both on and off: `scripts/google/service_mesh.py` says whose they are.
 * @see https://cloud.google.com/service-mesh/docs/onboarding/provision-control-plane
 */
class ServiceMesh extends Construct {
  /** What there is once pods can have the mesh's proxy. */
  readonly resources: readonly ITerraformDependable[];

  constructor(scope: Construct, { enabled, fleet, impersonateServiceAccount, installation }: ServiceMeshProps) {
    super(scope, ID);
    const apis = enabled("mesh.googleapis.com", "trafficdirector.googleapis.com");
    const settings = {
      project: installation.projectId,
      location: fleet.location,
      membership: fleet.name,
      cluster: fleet.cluster,
      user: hash(installation.resourcePrefix).slice(0, 12),
      impersonate: impersonateServiceAccount ?? "",
    };
    const script = { ...SCRIPT, quotaProject: quotaProject(this) };
    // Before it is turned on, so that what was done halfway is taken back as well.
    const claim = new DataResource(this, CLAIM, {
      input: settings,
      triggersReplace: { cluster: fleet.cluster },
      provisioners: [restScript({ ...script, action: "leave", atDestroy: true })],
      lifecycle: {
        precondition: fleet.precondition && [...fleet.precondition],
        // Terraform remembers it: when the mesh is turned off, pods lose its proxy first.
        createBeforeDestroy: true,
      },
      dependsOn: [...apis, ...fleet.resources],
    });
    const joined = new DataResource(this, "joined", {
      input: settings,
      triggersReplace: { cluster: fleet.cluster },
      provisioners: [restScript({ ...script, action: "join", token: accessToken(this, [claim]) })],
      dependsOn: [claim],
    });
    this.resources = [claim, joined];
  }
}

/**
 * @param settings `undefined`: no mesh is asked for, and what an earlier apply did is taken back
 * @returns what there is once pods can have the mesh's proxy
 */
export function serviceMesh(
  scope: Construct,
  common: Pick<ServiceMeshProps, "enabled" | "installation">,
  fleet: FleetMembership | undefined,
  settings: Pick<ServiceMeshProps, "impersonateServiceAccount"> | undefined,
): readonly ITerraformDependable[] | undefined {
  if (settings && fleet) return new ServiceMesh(scope, { ...common, ...settings, fleet }).resources;
  takeBack(
    scope,
    [ID, CLAIM],
    restScript({ ...SCRIPT, quotaProject: quotaProject(scope), action: "leave", atDestroy: true }),
  );
  return undefined;
}
