import type { VariableName } from "../variables";
import { DESIGN, KUBERNETES, type Rule } from "./rule";

const named: Rule = {
  id: "existing-namespace-named",
  what: "`namespace_exists` without `namespace_name`",
  why: "The default name would be used, and nobody has made a namespace of that name.",
  risk: "Medium",
  severity: "error",
  variables: ["namespace_exists", "namespace_name"],
  source: DESIGN,
  brokenBy: (v) => v.namespace_exists && v.namespace_name === "",
  message: () =>
    "namespace_exists is true, and namespace_name is empty: the default name would be used, and nobody has made a namespace of that name. Set namespace_name to the namespace that exists, or take namespace_exists out.",
};

/** Variables that apply to a whole namespace, with what they would do to others there. */
const WHOLE = {
  enable_resource_quota: "the quota would hold for what others run there",
  enable_cicd_trigger: "its pipeline could change what others run there",
  enable_cloud_deploy: "its pipeline could change what others run there",
  delivered_by_service_account: "the other environment's pipeline could change what others run there",
} as const satisfies Partial<Record<VariableName, string>>;

const whole: Rule = {
  id: "existing-namespace-left-alone",
  what: "A quota or a pipeline in a namespace of `namespace_exists`",
  why: "Both hold for everything in the namespace, others' workloads included.",
  risk: "High",
  severity: "error",
  variables: ["namespace_exists", ...(Object.keys(WHOLE) as (keyof typeof WHOLE)[])],
  source: KUBERNETES,
  brokenBy: (v) =>
    v.namespace_exists
      ? (Object.keys(WHOLE) as (keyof typeof WHOLE)[]).filter((name) => v[name] !== false && v[name] !== "")
      : [],
  message: (v, subject) =>
    `${subject} is ${JSON.stringify(v[subject as keyof typeof WHOLE])}, and namespace_exists is true: ${WHOLE[subject as keyof typeof WHOLE]}. Take ${subject} out, or take namespace_exists out and let the environment have a namespace of its own.`,
};

/** A namespace that somebody else made. */
export const existingNamespaceRules: readonly Rule[] = [named, whole];
