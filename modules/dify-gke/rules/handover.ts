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
    const named = NAMES.filter((name) => v[name] !== "");
    if (named.length === 0) return [];
    const created = createdNames(v, environment);
    return named.filter((name) => v[name] === created[name]);
  },
  message: (v, subject) =>
    `${subject} is ${v[subject as (typeof NAMES)[number]]}, which this environment's own foundation creates. What is named counts as somebody else's: the next apply would destroy it. Leave ${subject} empty; the application finds it by that name anyway. To give it to another team, run npm run handover.`,
};

/** The variable that names each service that can be handed over. */
const NAME_OF = { network: "network_name", cluster: "gke_cluster_name", sql_instance: "sql_instance_name" } as const;

const once: Rule = {
  id: "handed-over-or-named",
  what: "A service that was handed over, and another one in its place by name",
  why: "The application would look in one service for the data of the other.",
  risk: "High",
  severity: "error",
  variables: ["handed_over_services", "network_name", "gke_cluster_name", "sql_instance_name"],
  source: DESIGN,
  brokenBy: (v) => v.handed_over_services.map((service) => NAME_OF[service]).filter((name) => v[name] !== ""),
  message: (v, subject) =>
    `${subject} is ${v[subject as (typeof NAMES)[number]]}, and handed_over_services says that the one that was created here is in use: the application would move to the other, without its data. Empty ${subject}. If the other is to be used, move the data, and take the service out of handed_over_services once the foundation was applied with it.`,
};

export const handoverRules: readonly Rule[] = [ownService, once];
