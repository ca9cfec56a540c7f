import { z } from "zod";
import { MESH_PROXY } from "../../app-gke/workload/service-mesh";
import { group, variable } from "./definition";
import {
  cidr,
  count,
  cpu,
  dnsLabel,
  memory,
  optionalCidr,
  optionalNamespace,
  optionalResourceName,
  port,
  zone,
} from "./limits";

const servicePort = z.strictObject({
  name: dnsLabel,
  port: port.describe("Port of the Service."),
  target_port: port.optional().describe("Port of the container. Not set: the Service's port."),
  protocol: z.enum(["TCP", "UDP"]).default("TCP"),
});

/** Group 6: the cluster, its ranges, and how the application is reached in it. */
export const gke = group(6, {
  workload_type: variable({
    description:
      "Kind of workload for the API. Not set: Deployment, or StatefulSet with `stateful_pvc_enabled = true`. Where it is written out, pods of the other kind stay until its own are ready: write it out to go from one to the other.",
    schema: z.enum(["Deployment", "StatefulSet"]).nullable(),
    default: null,
  }),
  service_type: variable({
    description: "Type of the entry point's Service. Only LoadBalancer has an address outside the network.",
    schema: z.enum(["ClusterIP", "LoadBalancer", "NodePort"]),
    default: "LoadBalancer",
  }),
  session_affinity: variable({
    description:
      "`ClientIP` sends a client to the same pod of nginx every time. From there on, each request goes to any pod of its component.",
    schema: z.enum(["ClientIP", "None"]),
    default: "ClientIP",
  }),
  load_balancer_source_ranges: variable({
    documented: false,
    description: "Ranges from which the Service's load balancer accepts connections. Empty: any.",
    schema: z.array(cidr),
    default: [],
  }),
  external_traffic_policy: variable({
    documented: false,
    description:
      "How a connection from outside finds a pod. `Local`: on the node that it arrives at, which keeps the client's address. `Cluster`: on any node, under that node's address. Not set: Local with `service_type = \"LoadBalancer\"`, Cluster with NodePort.",
    schema: z.enum(["Cluster", "Local"]).nullable(),
    default: null,
  }),
  gke_cluster_name: variable({
    description: "An existing cluster in `region`. Empty: the foundation creates one.",
    schema: optionalResourceName,
    default: "",
  }),
  gke_cluster_location: variable({
    documented: false,
    description: "Zone of an existing cluster that is zonal. Empty: it is regional, in `region`.",
    schema: zone,
    default: "",
  }),
  install_operators: variable({
    documented: false,
    description:
      "Operators to install in the cluster, by [a stack of their own](external-secrets.md#the-operator) between foundation and application, with the Helm provider: " +
      "`external-secrets`, [`kubeblocks`](kubeblocks.md#the-operator). Empty: the operators that are needed have to exist.",
    schema: z.array(z.enum(["external-secrets", "kubeblocks"])),
    default: [],
  }),
  namespace_name: variable({
    description:
      "Kubernetes namespace. Empty: the resource prefix, which is made of application, tenant and deployment id.",
    schema: optionalNamespace,
    default: "",
  }),
  namespace_exists: variable({
    documented: false,
    description:
      "The namespace of `namespace_name` exists and is somebody else's: it is used as it is, and stays when the environment is destroyed.",
    schema: z.boolean(),
    default: false,
  }),
  termination_grace_period_seconds: variable({
    description: "Seconds that a pod gets to finish its work before it is killed.",
    schema: count(0, 3600),
    default: 60,
  }),
  deployment_timeout: variable({
    description: "Seconds that an apply waits for the pods to be ready.",
    schema: count(60, 86400),
    default: 1800,
  }),
  gke_cluster_selection_mode: variable({
    description: "How the documented module picks one of several clusters.",
    schema: z.enum(["primary", "explicit", "round-robin"]),
    default: "primary",
  }),
  service_port: variable({
    description: "Port that the entry point's Service listens on.",
    schema: port,
    default: 80,
  }),
  extra_service_ports: variable({
    description: "Further ports of the entry point's Service.",
    schema: z.array(servicePort),
    default: [],
  }),
  enable_network_segmentation: variable({
    description: "Allows only the connections that the components need, by network policies.",
    schema: z.boolean(),
    default: false,
  }),
  configure_service_mesh: variable({
    description: "Cloud Service Mesh, managed by Google: mutual TLS between the pods of components.",
    schema: z.boolean(),
    default: false,
  }),
  service_mesh_proxy_resources: variable({
    documented: false,
    description:
      "What the mesh's proxy requests and may use, in each pod in the mesh. Many connections at a time need more. Autopilot bills it for each pod.",
    schema: z.strictObject({
      cpu_limit: cpu.default(MESH_PROXY.cpu),
      memory_limit: memory.default(MESH_PROXY.memory),
    }),
    default: {},
  }),
  enable_multi_cluster_service: variable({
    description: "Makes the entry point's Service known to the other clusters of the project's fleet.",
    schema: z.boolean(),
    default: false,
  }),
  multi_cluster_client_ranges: variable({
    documented: false,
    description:
      "Ranges of the pods of other clusters that may use the exported Service, where a gateway or a list of ranges keeps others out.",
    schema: z.array(cidr),
    default: [],
  }),
  prereq_gke_subnet_cidr: variable({
    description: "Range of the subnetwork that is created for cluster and file server.",
    schema: cidr,
    default: "10.201.0.0/24",
  }),
  prereq_subnet_cidr_override: variable({
    description: "Takes precedence over `prereq_gke_subnet_cidr`.",
    schema: optionalCidr,
    default: "",
  }),
  prereq_gke_pod_cidr_override: variable({
    description: "Range for pods. Empty: one is chosen.",
    schema: optionalCidr,
    default: "",
  }),
  prereq_gke_service_cidr_override: variable({
    description: "Range for Kubernetes Services. Empty: one is chosen.",
    schema: optionalCidr,
    default: "",
  }),
  prereq_gke_master_cidr_override: variable({
    description: "Range of 16 addresses (/28) for the control plane. Empty: Google chooses.",
    schema: optionalCidr,
    default: "",
  }),
  kubernetes_credentials: variable({
    documented: false,
    description:
      "How Terraform signs in to the cluster. `token`: with Terraform's own token, which expires after an hour at most. `plugin`: with `gke-gcloud-auth-plugin`, installed where Terraform runs, which renews it.",
    schema: z.enum(["token", "plugin"]),
    default: "token",
  }),
  kubernetes_endpoint: variable({
    documented: false,
    description:
      "Where Terraform reaches the control plane. `ip`: at its address. `dns`: at its DNS name, where permissions decide and not addresses; it is opened in a cluster that is created here. `auto`: at its address, or at its DNS name where an existing cluster has no public address.",
    schema: z.enum(["auto", "ip", "dns"]),
    default: "auto",
  }),
  gke_release_channel: variable({
    documented: false,
    description: "Channel that a cluster created here gets its Kubernetes versions from.",
    schema: z.enum(["RAPID", "REGULAR", "STABLE", "EXTENDED"]),
    default: "REGULAR",
  }),
  master_authorized_networks: variable({
    documented: false,
    description: "Ranges that may reach the control plane's public endpoint. Empty: every address, with credentials.",
    schema: z.array(cidr),
    default: [],
  }),
});
