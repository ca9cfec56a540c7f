import { GOOGLE, type Rule } from "./rule";

const ownNamespace: Rule = {
  id: "mesh-in-own-namespace",
  what: "`configure_service_mesh` in a namespace of somebody else's",
  why: "The namespace's label decides whose pods get the mesh's proxy, and that namespace is not changed here.",
  risk: "Medium",
  severity: "error",
  variables: ["configure_service_mesh", "namespace_exists"],
  source: GOOGLE,
  brokenBy: (v) => v.configure_service_mesh && v.namespace_exists,
  message: (v) =>
    `configure_service_mesh is true, and namespace_exists says that namespace ${v.namespace_name} is somebody else's, whose label decides which pods are in the mesh, and it is not changed here: no pod would be in it. Set configure_service_mesh = false, or deploy into a namespace of this environment's own.`,
};

const waysOut: Rule = {
  id: "mesh-opens-ways-out",
  what: "`configure_service_mesh` with network segmentation",
  why: "The mesh's proxy needs Google's APIs, so every pod in the mesh may reach port 443 of the internet, and the metadata server.",
  risk: "Medium",
  severity: "warning",
  variables: ["configure_service_mesh", "enable_network_segmentation"],
  source: GOOGLE,
  brokenBy: (v) => v.configure_service_mesh && v.enable_network_segmentation,
  message: () =>
    `configure_service_mesh and enable_network_segmentation are true, and a mesh's proxy gets its control plane and certificates from Google's APIs: every pod in the mesh may reach port 443 of the internet and the metadata server, also those that could not before. Accept that (sandboxes and the SSRF proxy stay out of the mesh, and as they are), or set configure_service_mesh = false.`,
};

/** Of Cloud Service Mesh. */
export const serviceMeshRules: readonly Rule[] = [ownNamespace, waysOut];
