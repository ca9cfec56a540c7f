import { SMALL_PODS_CONDITION, SMALL_PODS_FROM, takesSmallPods } from "./autopilot-version";
import { endpointsOf } from "./cluster-endpoints";
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

/**
 * Minor version of Kubernetes since which Pod Security admission is always on:
 * https://kubernetes.io/docs/concepts/security/pod-security-admission/
 */
const OLDEST_KUBERNETES = 25;

/** What is known of an existing cluster. */
export interface FoundCluster extends FoundNetwork {
  readonly name: string;
  /** A region or a zone. */
  readonly location: string;
  readonly autopilot: boolean;
  /** Dataplane V2, or the add-on for network policies. */
  readonly networkPolicies: boolean;
  /** `my-project.svc.id.goog`. @default - it has no Workload Identity */
  readonly workloadPool?: string;
  /** `1.33.5-gke.1201000`, of the control plane. */
  readonly version: string;
  /** `RUNNING`. @default - not known */
  readonly status?: string;
  /** `CHANNEL_STANDARD`. @default - nothing is reported: on in Autopilot, off in Standard clusters */
  readonly gatewayChannel?: string;
  /** Managed Service for Prometheus. @default - nothing is reported: on in Autopilot, off in Standard clusters */
  readonly managedPrometheus?: boolean;
  /** The driver of Cloud Storage FUSE. @default - nothing is reported: on in Autopilot, off in Standard clusters */
  readonly bucketVolumes?: boolean;
  /** Vertical Pod autoscaling. @default - nothing is reported: on in Autopilot, off in Standard clusters */
  readonly verticalAutoscaling?: boolean;
  /** `//gkehub.googleapis.com/projects/…/memberships/…`. @default - it is in no fleet */
  readonly fleetMembership?: string;
  /** Whether the control plane answers at an address, public or of the network. @default true */
  readonly ipEndpoint?: boolean;
  /** Whether it answers at its DNS name. @default false */
  readonly dnsEndpoint?: boolean;
}

/** What the cluster is wanted for. */
export interface ClusterWanted extends NetworkWanted {
  readonly name: string;
  readonly location: string;
  /** Whether a Gateway is created in it. @default false */
  readonly gatewayApi?: boolean;
  /** Whether it has to collect metrics of components. @default false */
  readonly managedPrometheus?: boolean;
  /** Whether pods in it mount buckets. @default false */
  readonly bucketVolumes?: boolean;
  /** Whether it has to adjust pods' sizes to their use. @default false */
  readonly verticalAutoscaling?: boolean;
  /** Whether it has to be in a fleet. @default false */
  readonly fleet?: boolean;
  /** Where Terraform reaches the control plane. @default auto */
  readonly endpoint?: "auto" | "ip" | "dns";
}

/** @returns what a named cluster has to have; one that the foundation created has it */
export function clusterRequirements(wanted: ClusterWanted): Requirement<FoundCluster>[] {
  const { name, projectId, location, networkName } = wanted;
  const { gatewayApi = false, managedPrometheus = false, bucketVolumes = false, endpoint = "auto" } = wanted;
  const where = `--location=${location} --project=${projectId}`;
  const autopilot = "try(self.enable_autopilot, false) == true";
  const pool = `${projectId}.svc.id.goog`;
  return [
    {
      id: "location",
      met: (found) => found.location === location,
      lack: (found) => `in ${found.location}`,
      shown: { expression: "", of: (found) => found.location },
      message: (found) => ({
        fact: `GKE cluster ${name} is in ${found}, and the file says ${location}`,
        consequence: "the plan would not find it",
        remedy: `Set region to ${found} if that is a region, gke_cluster_location if it is a zone, or gke_cluster_name to a cluster in ${location}.`,
      }),
    },
    {
      id: "status",
      // A cluster that is being changed still answers.
      met: ({ status }) => status === undefined || status === "RUNNING" || status === "RECONCILING",
      lack: ({ status = "" }) => `its status is ${status}`,
      shown: { expression: "", of: ({ status = "" }) => status },
      message: (status) => ({
        fact: `GKE cluster ${name} has the status ${status}`,
        consequence: "the apply would not reach it",
        remedy: "Wait until it runs, or repair it:",
        help: `gcloud container clusters describe ${name} ${where}`,
      }),
    },
    {
      id: "network-policies",
      condition: `${autopilot} || try(self.datapath_provider, "") == "ADVANCED_DATAPATH" || try(self.network_policy[0].enabled, false) == true`,
      met: (found) => found.autopilot || found.networkPolicies,
      lack: () => "network policies are not enforced",
      message: () => ({
        fact: `GKE cluster ${name} does not enforce network policies`,
        consequence: "the sandboxes, which run anybody's code, would reach the whole network",
        remedy:
          "Set gke_cluster_name to an Autopilot cluster or to one with Dataplane V2, or turn the add-on on: " +
          `gcloud container clusters update ${name} ${where} --update-addons=NetworkPolicy=ENABLED, and then the same with ` +
          `--enable-network-policy. It replaces the nodes.`,
      }),
    },
    {
      id: "workload-identity",
      condition: `${autopilot} || try(self.workload_identity_config[0].workload_pool, "") == "${pool}"`,
      met: (found) => found.autopilot || found.workloadPool === pool,
      lack: ({ workloadPool }) => (workloadPool ? `Workload Identity of ${workloadPool}` : "no Workload Identity"),
      message: () => ({
        fact: `GKE cluster ${name} has no Workload Identity of project ${projectId}`,
        consequence: "pods would have no Google account, and reach neither database nor bucket",
        remedy:
          `Turn it on: gcloud container clusters update ${name} ${where} ` +
          `--workload-pool=${pool}, and for its node pools --workload-metadata=GKE_METADATA.`,
      }),
    },
    ...(networkName === undefined
      ? []
      : [
          {
            id: "network",
            condition: isInCondition("self.network", wanted),
            met: (found: FoundCluster) => isIn(found, wanted),
            lack: (found: FoundCluster) => `in network ${said(found, wanted)}`,
            shown: {
              expression: saidExpression("self.network", wanted),
              of: (found: FoundCluster) => said(found, wanted),
            },
            message: (network: string) => ({
              fact: `GKE cluster ${name} is in network ${network}, and network_name is ${wantedNetwork(wanted)}`,
              consequence: "pods would not reach database and file server, which are there",
              remedy: `Set network_name to the cluster's network, or gke_cluster_name to a cluster in ${wantedNetwork(wanted)}.`,
            }),
          },
        ]),
    {
      id: "version",
      condition: SMALL_PODS_CONDITION,
      met: ({ autopilot: own, version }) => !own || takesSmallPods(version),
      lack: ({ version }) => `Autopilot of version ${version}`,
      shown: { expression: '${coalesce(self.master_version, "no version")}', of: ({ version }) => version },
      message: (version) => ({
        fact: `GKE cluster ${name} runs ${version}, and Autopilot before ${SMALL_PODS_FROM} raises what pods ask for to multiples of 250m of CPU`,
        consequence: "they would cost more than planned, and every apply would change them back",
        remedy: "Set gke_cluster_name to another one, leave it empty to have one created, or upgrade it:",
        help: `gcloud container clusters upgrade ${name} --master ${where}`,
      }),
    },
    {
      id: "kubernetes",
      // Anything that is not a version is left to the cluster.
      condition: `try(tonumber(regex("^1\\\\.([0-9]+)", self.master_version)[0]), ${OLDEST_KUBERNETES}) >= ${OLDEST_KUBERNETES}`,
      met: ({ version }) => Number(/^1\.(\d+)/.exec(version)?.[1] ?? OLDEST_KUBERNETES) >= OLDEST_KUBERNETES,
      lack: ({ version }) => `version ${version}`,
      shown: { expression: '${coalesce(self.master_version, "no version")}', of: ({ version }) => version },
      message: (version) => ({
        fact: `GKE cluster ${name} runs ${version}, and before 1.${OLDEST_KUBERNETES} no namespace enforces a pod security standard`,
        consequence: "a pod of this application could become root on its node",
        remedy: "Set gke_cluster_name to another one, or upgrade it:",
        help: `gcloud container clusters upgrade ${name} --master ${where}`,
      }),
    },
    ...(gatewayApi ? [gateways(name, where)] : []),
    ...(managedPrometheus ? [prometheus(name, where)] : []),
    ...(bucketVolumes ? [storageFuse(name, where)] : []),
    ...(wanted.verticalAutoscaling ? [verticalAutoscaling(name, where)] : []),
    ...(wanted.fleet ? [inFleet(name, where)] : []),
    reachable(name, where, endpoint),
  ];
}

const CHANNELS = ["CHANNEL_STANDARD", "CHANNEL_EXPERIMENTAL"];

/** https://cloud.google.com/kubernetes-engine/docs/how-to/deploying-gateways#enable-gateway-existing */
function gateways(name: string, where: string): Requirement<FoundCluster> {
  const channel = 'try(self.gateway_api_config[0].channel, "")';
  return {
    id: "gateway-api",
    condition:
      `contains(${JSON.stringify(CHANNELS)}, ${channel}) || ` +
      // Where it is on by default, nothing may be reported.
      `(try(self.enable_autopilot, false) == true && try(length(self.gateway_api_config[0].channel), 0) == 0)`,
    met: ({ autopilot, gatewayChannel = autopilot ? "CHANNEL_STANDARD" : "" }) => CHANNELS.includes(gatewayChannel),
    lack: () => "no Gateway API",
    message: () => ({
      fact: `GKE cluster ${name} has no Gateway API, which the domains, firewall or sign-in of this environment need`,
      consequence: "the apply would stop at the first object that needs it",
      remedy: "Turn it on:",
      help: `gcloud container clusters update ${name} --gateway-api=standard ${where}`,
    }),
  };
}

/** https://cloud.google.com/stackdriver/docs/managed-prometheus/setup-managed#enable-mgdcoll-gke */
function prometheus(name: string, where: string): Requirement<FoundCluster> {
  return {
    id: "managed-prometheus",
    condition:
      "try(self.monitoring_config[0].managed_prometheus[0].enabled, try(self.enable_autopilot, false) == true) == true",
    met: ({ autopilot, managedPrometheus = autopilot }) => managedPrometheus,
    lack: () => "no Managed Service for Prometheus",
    message: () => ({
      fact: `GKE cluster ${name} has no Managed Service for Prometheus, which collects what components measure`,
      consequence: "the plan would stop at the first object that needs it",
      remedy: "Set enable_component_metrics = false, or turn it on:",
      help: `gcloud container clusters update ${name} --enable-managed-prometheus ${where}`,
    }),
  };
}

/** https://cloud.google.com/kubernetes-engine/docs/how-to/cloud-storage-fuse-csi-driver-setup#enable */
function storageFuse(name: string, where: string): Requirement<FoundCluster> {
  return {
    id: "bucket-volumes",
    // Always on in Autopilot.
    condition:
      "try(self.enable_autopilot, false) == true || try(self.addons_config[0].gcs_fuse_csi_driver_config[0].enabled, false) == true",
    met: ({ autopilot, bucketVolumes = false }) => autopilot || bucketVolumes,
    lack: () => "no driver of Cloud Storage FUSE",
    message: () => ({
      fact: `GKE cluster ${name} has no driver of Cloud Storage FUSE, with which pods mount gcs_volumes`,
      consequence: "they would wait for their volumes without end",
      remedy: "Take gcs_volumes out, or turn the driver on:",
      help: `gcloud container clusters update ${name} --update-addons=GcsFuseCsiDriver=ENABLED ${where}`,
    }),
  };
}

/** https://cloud.google.com/kubernetes-engine/docs/how-to/vertical-pod-autoscaling#enable */
function verticalAutoscaling(name: string, where: string): Requirement<FoundCluster> {
  return {
    id: "vertical-autoscaling",
    // Always on in Autopilot.
    condition:
      "try(self.enable_autopilot, false) == true || try(self.vertical_pod_autoscaling[0].enabled, false) == true",
    met: ({ autopilot, verticalAutoscaling: on = false }) => autopilot || on,
    lack: () => "no vertical Pod autoscaling",
    message: () => ({
      fact: `GKE cluster ${name} has no vertical Pod autoscaling, which enable_vertical_pod_autoscaling asks for`,
      consequence: "the plan would stop at the first object that needs it",
      remedy: "Set enable_vertical_pod_autoscaling = false, or turn it on:",
      help: `gcloud container clusters update ${name} --enable-vertical-pod-autoscaling ${where}`,
    }),
  };
}

/** https://cloud.google.com/kubernetes-engine/fleet-management/docs/register/gke */
function inFleet(name: string, where: string): Requirement<FoundCluster> {
  return {
    id: "fleet",
    condition: "try(length(self.fleet[0].membership), 0) > 0",
    met: ({ fleetMembership = "" }) => fleetMembership !== "",
    lack: () => "in no fleet",
    message: () => ({
      fact: `GKE cluster ${name} is in no fleet, and configure_service_mesh and enable_multi_cluster_service need one`,
      consequence: "the apply would stop there half-way",
      remedy:
        "Set the same in the environment that made the cluster as well, set both to false here, or register the cluster:",
      help: `gcloud container clusters update ${name} --enable-fleet ${where}`,
    }),
  };
}

/** Which endpoint has to be open for Terraform to reach the control plane. Whether Terraform runs in the right network is not known. */
function reachable(
  name: string,
  where: string,
  endpoint: NonNullable<ClusterWanted["endpoint"]>,
): Requirement<FoundCluster> {
  const { dnsOpen, ipOpen } = endpointsOf("self");
  const says = {
    dns: {
      fact: `GKE cluster ${name} does not answer at its DNS name, and kubernetes_endpoint is "dns"`,
      remedy: 'Set kubernetes_endpoint = "ip", or open it:',
    },
    ip: {
      fact: `GKE cluster ${name} answers at no address, and kubernetes_endpoint is "ip"`,
      remedy: "Take kubernetes_endpoint out, so that Terraform uses the cluster's DNS name. This command opens it:",
    },
    auto: {
      fact: `GKE cluster ${name} answers neither at an address nor at its DNS name`,
      remedy: "Open the DNS name:",
    },
  } as const;
  const meets = ({ ipEndpoint = true, dnsEndpoint = false }: FoundCluster) =>
    ({ dns: dnsEndpoint, ip: ipEndpoint, auto: ipEndpoint || dnsEndpoint })[endpoint];
  return {
    id: "endpoint",
    condition: { dns: dnsOpen, ip: ipOpen, auto: `${ipOpen} || ${dnsOpen}` }[endpoint],
    met: meets,
    lack: () => "no endpoint that Terraform could reach",
    message: () => ({
      ...says[endpoint],
      consequence: "Terraform would not reach it",
      help: `gcloud container clusters update ${name} --enable-dns-access ${where}`,
    }),
  };
}
