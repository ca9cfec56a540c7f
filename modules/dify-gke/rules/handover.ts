import { installationOf } from "../installation";
import { sharedServices } from "../shared-services";
import type { Variables } from "../variables";
import { DESIGN, type Rule } from "./rule";

/** Variables that name an existing shared service. */
const NAMES = ["network_name", "gke_cluster_name", "sql_instance_name", "nfs_instance_name"] as const;

/** @returns the names that the foundation gives to what it creates, by variable */
function createdNames(variables: Variables, environment: string): Readonly<Record<(typeof NAMES)[number], string>> {
  const unnamed = {
    ...variables,
    network_name: "",
    gke_cluster_name: "",
    sql_instance_name: "",
    nfs_instance_name: "",
  };
  const services = sharedServices(unnamed, installationOf(environment, variables));
  return {
    network_name: services.network.name,
    gke_cluster_name: services.cluster.name,
    sql_instance_name: services.sql?.name ?? "",
    nfs_instance_name: services.fileServer?.name ?? "",
  };
}

const ownService: Rule = {
  id: "created-here-stays-unnamed",
  what: "The name of a service that this environment's own foundation creates",
  why: "What is named counts as somebody else's: the next apply would destroy it.",
  risk: "Critical",
  severity: "error",
  variables: ["network_name", "gke_cluster_name", "sql_instance_name", "nfs_instance_name"],
  source: DESIGN,
  brokenBy: (v, _, environment) => {
    const created = createdNames(v, environment);
    return NAMES.filter((name) => v[name] !== "" && v[name] === created[name]);
  },
  message: (v, subject) =>
    `${subject} is ${v[subject as (typeof NAMES)[number]]}, which this environment's own foundation creates. What is named counts as somebody else's: the next apply would destroy it. Leave ${subject} empty; the application finds it by that name anyway.`,
};

export const handoverRules: readonly Rule[] = [ownService];
