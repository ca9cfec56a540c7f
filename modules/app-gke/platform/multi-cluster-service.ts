import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { EnableApis } from "../google/google-apis";
import { restScript } from "../google/rest-script";
import { hash, type Installation } from "../installation";
import { accessToken } from "../terraform/ephemeral";
import { quotaProject } from "../terraform/providers";
import { takeBack } from "../terraform/removed";
import type { FleetMembership } from "./fleet-membership";
import type { Lookup } from "./lookup";

export interface MultiClusterServiceProps {
  readonly installation: Installation;
  readonly lookup: Lookup;
  readonly fleet: FleetMembership;
  readonly enabled: EnableApis;
  readonly namespace: string;
  /** Name of the Service that is exported. */
  readonly service: string;
  /** Labels of what is made in the cluster. */
  readonly labels: Readonly<Record<string, string>>;
  /** E-mail address of the service account to act as. @default - the account that runs Terraform */
  readonly impersonateServiceAccount?: string;
  /** Includes the Service. */
  readonly dependsOn: readonly ITerraformDependable[];
}

const SCRIPT = { file: "multi_cluster_service.py", module: "fleet_feature.py", prefix: "FLEET" } as const;
/** Ids of the constructs, from which addresses follow. */
const [ID, CLAIM] = ["multi-cluster-service", "claim"];
/** What makes imported Services work in each cluster. @see https://cloud.google.com/kubernetes-engine/docs/how-to/multi-cluster-services#enabling */
const IMPORTER = "gke-mcs/gke-mcs-importer";

/**
 * A Service that the other clusters of the project's fleet know. The feature is the whole fleet's, so a script turns it on and off:
 * `scripts/google/multi_cluster_service.py` says whose it is.
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/multi-cluster-services
 */
export class MultiClusterService extends Construct {
  /** Name in every cluster of the fleet that has the namespace. */
  readonly host: string;

  constructor(scope: Construct, props: MultiClusterServiceProps) {
    super(scope, ID);
    const { enabled, fleet, installation, lookup, namespace, service } = props;
    const { projectId: project } = installation;
    this.host = `${service}.${namespace}.svc.clusterset.local`;
    const apis = enabled(
      "multiclusterservicediscovery.googleapis.com",
      "trafficdirector.googleapis.com",
      "dns.googleapis.com",
      "cloudresourcemanager.googleapis.com",
    );
    const settings = {
      project,
      membership: fleet.name,
      member:
        `principal://iam.googleapis.com/projects/${lookup.projectNumber}/locations/global/workloadIdentityPools/` +
        `${lookup.cluster.workloadPool}/subject/ns/${IMPORTER.replace("/", "/sa/")}`,
      user: hash(installation.resourcePrefix).slice(0, 12),
      cluster: fleet.cluster,
      host: lookup.cluster.host,
      ca: lookup.cluster.caCertificate,
      namespace,
      service,
      labels: props.labels,
      impersonate: props.impersonateServiceAccount ?? "",
    };
    const script = { ...SCRIPT, quotaProject: quotaProject(this) };
    // Before it is turned on, so that what was done halfway is taken back as well.
    const claim = new DataResource(this, CLAIM, {
      input: settings,
      triggersReplace: { cluster: fleet.cluster, namespace, service },
      provisioners: [restScript({ ...script, action: "leave", atDestroy: true })],
      lifecycle: fleet.precondition && { precondition: [...fleet.precondition] },
      dependsOn: [...apis, ...fleet.resources, ...props.dependsOn],
    });
    new DataResource(this, "joined", {
      input: settings,
      triggersReplace: { cluster: fleet.cluster, namespace, service },
      provisioners: [restScript({ ...script, action: "join", token: accessToken(this, [claim]) })],
      dependsOn: [claim],
    });
  }
}

/** Takes back what an earlier apply did where it is not asked for any more. */
export function removeMultiClusterService(scope: Construct): void {
  takeBack(
    scope,
    [ID, CLAIM],
    restScript({ ...SCRIPT, quotaProject: quotaProject(scope), action: "leave", atDestroy: true }),
  );
}
