import { isDefault, type VariableName } from "../variables";
import { dependents } from "./dependents";
import { DESIGN, type Rule } from "./rule";

/** Documented variables that have no effect here, each with the reason. */
export const noEffect: Readonly<Partial<Record<VariableName, string>>> = {
  job_execution_wait_timeout: "The apply waits for each job for its own timeout_seconds.",
  secret_propagation_delay: "Terraform reads each secret back before it is used, so there is nothing to wait for.",
  cloudsql_volume_mount_path: "The Auth Proxy listens on 127.0.0.1:5432, so there is no socket to mount.",
  container_resources: "cpu_limit and memory_limit set the sizes.",
  application_database_name: "db_name sets the name of Dify's database.",
  application_database_user: "db_user sets the name of Dify's database user.",
  application_display_name: "display_name sets the name that is shown.",
  application_description: "description sets the text.",
  gke_cluster_selection_mode:
    "The cluster is the one named in gke_cluster_name, or a new one; none is picked from several.",
  enable_mysql_plugins: "The database is PostgreSQL.",
  mysql_plugins: "The database is PostgreSQL.",
  iap_support_email: "The consent screen belongs to the OAuth client, which exists already.",
};

const noEffectRules: readonly Rule[] = (Object.keys(noEffect) as VariableName[]).map((variable) => ({
  id: `no-effect-${variable.replaceAll("_", "-")}`,
  what: `\`${variable}\``,
  why: noEffect[variable] ?? "",
  risk: "Low",
  severity: "warning",
  variables: [variable],
  source: DESIGN,
  brokenBy: (_, given) => given.has(variable),
  message: () => `${variable} has no effect here. ${noEffect[variable] ?? ""} Take ${variable} out of the file.`,
}));

const dependentRules: readonly Rule[] = dependents.map(({ variables, on, counts, ...dependent }) => ({
  id: `unused-without-${(on[0] ?? "").replaceAll("_", "-")}`,
  what: `${variables.map((name) => `\`${name}\``).join(", ")} without ${on.map((name) => `\`${name}\``).join(", ")}`,
  why: "They have an effect only together with other settings.",
  risk: "Low",
  severity: "warning",
  variables: [variables[0], ...variables.slice(1), ...on] as [VariableName, ...VariableName[]],
  source: DESIGN,
  brokenBy: (v, given) => variables.filter((name) => given.has(name) && !isDefault(v, name) && !counts(v, name)),
  message: (v, subject) => {
    const set = typeof dependent.set === "function" ? dependent.set(v) : dependent.set;
    return set === undefined
      ? `${subject} has no effect: ${dependent.because ?? ""}. Take ${subject} out of the file.`
      : `${subject} has no effect unless you set ${set}. Set that as well, or take ${subject} out of the file.`;
  },
}));

export const noEffectAndUnusedRules: readonly Rule[] = [...noEffectRules, ...dependentRules];
