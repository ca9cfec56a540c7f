import { collectsMetrics } from "../monitoring";
import { neededCapacity } from "../quota-needs";
import { DRAIN_SECONDS, END_SECONDS } from "../../dify-common/pod-end";
import { defaults, type VariableName, type Variables } from "../variables";
import { bytes, cores } from "../../app-gke/workload/quantities";
import { DESIGN, DOCUMENTATION, GOOGLE, KUBERNETES, PITFALLS, type Rule } from "./rule";

const replicas: Rule = {
  id: "replicas-running",
  what: "`min_instance_count = 0`",
  why: "Scaled to zero, Dify drops the tasks in progress and takes a minute to come back.",
  risk: "High",
  severity: "error",
  variables: ["min_instance_count"],
  source: PITFALLS,
  brokenBy: (v) => v.min_instance_count < 1,
  message: () =>
    "min_instance_count is 0: scaled to zero, Dify drops the tasks in progress and takes a minute to come back. Set min_instance_count = 1 or more.",
};

const order: Rule = {
  id: "instances-order",
  what: "A largest number of pods below the smallest",
  why: "Kubernetes refuses such an autoscaler.",
  risk: "High",
  severity: "error",
  variables: ["max_instance_count", "min_instance_count", "worker_max_instance_count", "worker_min_instance_count"],
  source: KUBERNETES,
  brokenBy: (v) => [
    ...(v.max_instance_count < v.min_instance_count ? ["max_instance_count"] : []),
    ...(v.worker_max_instance_count < v.worker_min_instance_count ? ["worker_max_instance_count"] : []),
  ],
  message: (v, subject) =>
    `${subject} is ${v[subject as "max_instance_count"]}, below its minimum: Kubernetes refuses such an autoscaler. Set ${subject} to ${subject.replace("max", "min")} or more.`,
};

const timeout: Rule = {
  id: "timeout-short",
  what: "A `timeout_seconds` below 300",
  why: "Workflows and indexing take minutes: their requests would be cut off.",
  risk: "High",
  severity: "warning",
  variables: ["timeout_seconds"],
  source: PITFALLS,
  brokenBy: (v) => v.timeout_seconds < 300,
  message: (v) =>
    `timeout_seconds is ${v.timeout_seconds}, and workflows of several steps and indexing take minutes: their requests would be cut off. Set timeout_seconds = 300 or more, 3600 for long workflows.`,
};

/** @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination */
const grace: Rule = {
  id: "grace-period-short",
  what: `A \`termination_grace_period_seconds\` of ${DRAIN_SECONDS + END_SECONDS} or less`,
  why: "A pod would be killed while it is still sent requests.",
  risk: "High",
  severity: "error",
  variables: ["termination_grace_period_seconds"],
  source: KUBERNETES,
  brokenBy: (v) => v.termination_grace_period_seconds <= DRAIN_SECONDS + END_SECONDS,
  message: (v) =>
    `termination_grace_period_seconds is ${v.termination_grace_period_seconds}, and an ending pod is still sent requests for ${DRAIN_SECONDS} seconds and then needs some to answer them: every rollout would cut off requests. Set it above ${DRAIN_SECONDS + END_SECONDS}; the default is ${defaults.termination_grace_period_seconds}.`,
};

/** @returns what would follow the load if sizes did not: each with its bounds */
function numbersInVain(v: Variables): readonly string[] {
  if (!v.enable_vertical_pod_autoscaling) return [];
  const say = (name: string, least: number, most: number): readonly string[] =>
    most > least ? [`${name} is ${most}, and the number of pods stays at ${least}`] : [];
  return [
    ...say("max_instance_count", v.min_instance_count, v.max_instance_count),
    ...(v.worker_placement === "deployment"
      ? say("worker_max_instance_count", v.worker_min_instance_count, v.worker_max_instance_count)
      : []),
    ...v.additional_services.flatMap((service) =>
      say(`max_instance_count of "${service.name}"`, service.min_instance_count, service.max_instance_count),
    ),
    ...Object.entries(v.component_settings).flatMap(
      ([name, { max_replicas: most, min_replicas: least = v.min_instance_count }]) =>
        most === undefined ? [] : say(`max_replicas of ${name}`, least, most),
    ),
  ];
}

const vpa: Rule = {
  id: "one-autoscaler",
  what: "Vertical autoscaling with room for more pods",
  why: "Both use the same CPU usage, and would work against each other: the number of pods stays at the smallest.",
  risk: "Medium",
  severity: "warning",
  variables: [
    "max_instance_count",
    "enable_vertical_pod_autoscaling",
    "min_instance_count",
    "worker_min_instance_count",
    "worker_max_instance_count",
    "worker_placement",
    "additional_services",
    "component_settings",
  ],
  source: PITFALLS,
  brokenBy: (v) => numbersInVain(v),
  message: (_, subject) =>
    `${subject}: with enable_vertical_pod_autoscaling = true there is no horizontal autoscaler, because both use the same CPU usage and would work against each other. Set the smallest number to what the load takes, and the largest to the same; or set enable_vertical_pod_autoscaling = false.`,
};

const single: Rule = {
  id: "vertical-single-pod",
  what: "Vertical autoscaling of a single pod",
  why: "Its size changes only when it starts again, because the only pod is never evicted.",
  risk: "Low",
  severity: "warning",
  variables: ["min_instance_count", "enable_vertical_pod_autoscaling"],
  source: GOOGLE,
  brokenBy: (v) => v.enable_vertical_pod_autoscaling && v.min_instance_count < 2,
  message: (v) =>
    `min_instance_count is ${v.min_instance_count} with enable_vertical_pod_autoscaling = true: the only pod of a component is never evicted to change its size, so its size changes only at its next start. Set min_instance_count = 2 or more for sizes that follow the load.`,
};

const waits: Rule = {
  id: "vertical-or-waiting-tasks",
  what: '`worker_scaling = "waiting_tasks"` with vertical autoscaling',
  why: "The number of workers would not follow their tasks.",
  risk: "Medium",
  severity: "error",
  variables: ["worker_scaling", "enable_vertical_pod_autoscaling"],
  source: DESIGN,
  brokenBy: (v) => v.enable_vertical_pod_autoscaling && v.worker_scaling === "waiting_tasks",
  message: () =>
    'worker_scaling is "waiting_tasks", and with enable_vertical_pod_autoscaling = true the number of workers stays the same: none would be added for tasks that wait. Take worker_scaling out, or set enable_vertical_pod_autoscaling = false.',
};

const budget: Rule = {
  id: "budget-blocks-upgrades",
  what: "A `pdb_min_available` that lets no pod leave its node",
  why: "Node upgrades would wait until they are forced.",
  risk: "Medium",
  severity: "warning",
  variables: ["pdb_min_available", "enable_pod_disruption_budget", "min_instance_count"],
  source: DOCUMENTATION,
  brokenBy: (v) =>
    v.enable_pod_disruption_budget &&
    (String(v.pdb_min_available) === "100%" || Number(v.pdb_min_available) >= v.min_instance_count),
  message: (v) =>
    `pdb_min_available is ${v.pdb_min_available} of ${v.min_instance_count} pods, so no pod may leave its node: node upgrades would wait until they are forced. This project lets one pod at a time leave instead, and gives a single pod no budget. Set pdb_min_available below min_instance_count.`,
};

const strictSpread: Rule = {
  id: "strict-spread-needs-replicas",
  what: "`topology_spread_strict` with fewer than three pods",
  why: "They cannot be spread evenly over three zones: new pods may wait for a node.",
  risk: "Medium",
  severity: "warning",
  variables: ["topology_spread_strict", "enable_topology_spread", "min_instance_count"],
  source: DOCUMENTATION,
  brokenBy: (v) => v.enable_topology_spread && v.topology_spread_strict && v.min_instance_count < 3,
  message: (v) =>
    `topology_spread_strict is true with min_instance_count = ${v.min_instance_count}, and fewer than three pods cannot be spread evenly over three zones: new pods may wait for a node. Set min_instance_count = 3 or topology_spread_strict = false.`,
};

const units: Rule = {
  id: "quota-binary-units",
  what: "A memory quota without Gi or Mi",
  why: "Kubernetes reads a number without a unit as bytes, in which no pod fits, and with G or M as less than with Gi or Mi.",
  risk: "Critical",
  severity: "error",
  variables: ["quota_memory_requests", "quota_memory_limits"],
  source: PITFALLS,
  brokenBy: (v) =>
    (["quota_memory_requests", "quota_memory_limits"] as const).filter(
      (name) => v[name] !== "" && !withBinaryUnit(v[name]),
    ),
  message: (v, subject) => {
    const given = v[subject as "quota_memory_limits"];
    const read = /\d$/.test(given)
      ? "which Kubernetes reads as bytes: no pod would fit into the namespace"
      : `and its unit is another one than that of the pods' sizes: ${given} are ${(bytes(given) / 2 ** 30).toFixed(2)}Gi to Kubernetes, and a pod for which the difference is missing would not start`;
    return `${subject} is "${given}", without Gi or Mi, ${read}. Set ${subject} = "${enoughMemory(v, subject)}", or another number with Gi or Mi.`;
  },
};

function withBinaryUnit(quantity: string): boolean {
  return /(Gi|Mi)$/.test(quantity);
}

/** @returns what was meant, or room for the old and the new pods of an update if that is more; no more than the limits */
function enoughMemory(v: Variables, subject: string): string {
  const [given, limits] = [v[subject as "quota_memory_limits"], v.quota_memory_limits];
  const enough = Math.max(bytes(given), 2 * neededCapacity(v).memory);
  if (subject === "quota_memory_requests" && limits !== "" && withUnit(limits) < enough) return limits;
  return `${Math.ceil(enough / 2 ** 30)}Gi`;
}

const quota: Rule = {
  id: "quota-too-small",
  what: "A quota below what Dify's pods need",
  why: "Kubernetes would refuse pods, and the apply would wait for them until it times out.",
  risk: "Critical",
  severity: "error",
  variables: [
    "enable_resource_quota",
    "quota_cpu_requests",
    "quota_cpu_limits",
    "quota_memory_requests",
    "quota_memory_limits",
    "quota_max_pods",
    "quota_max_services",
    "quota_max_pvcs",
  ],
  source: KUBERNETES,
  brokenBy: (v) => (v.enable_resource_quota ? Object.keys(shortages(v)) : false),
  message: (v, subject) =>
    `${subject} is "${v[subject as "quota_max_pods"]}", and at the smallest number of replicas Dify's pods need ${shortages(v)[subject] ?? ""}: Kubernetes would refuse pods, and the apply would wait for them until it times out. Raise ${subject} well above that (an update runs old and new pods side by side), or set it to "" for no limit.`,
};

/** @returns bytes; without a unit of Gi or Mi it is the other rule's to say so */
function withUnit(quantity: string): number {
  return withBinaryUnit(quantity) ? bytes(quantity) : Infinity;
}

/** What the quotas lack: the needed amount, by variable. */
function shortages(v: Variables): Readonly<Record<string, string>> {
  const needed = neededCapacity(v);
  const gibibytes = `${String(Math.ceil(needed.memory / 2 ** 28) / 4)}Gi of memory`;
  const processors = `${needed.cpu.toFixed(2)} CPUs`;
  const all: readonly (readonly [
    name: VariableName,
    bound: string,
    least: number,
    of: (text: string) => number,
    text: string,
  ])[] = [
    ["quota_cpu_requests", v.quota_cpu_requests, needed.cpu, cores, processors],
    ["quota_cpu_limits", v.quota_cpu_limits, needed.cpu, cores, processors],
    ["quota_memory_requests", v.quota_memory_requests, needed.memory, withUnit, gibibytes],
    ["quota_memory_limits", v.quota_memory_limits, needed.memory, withUnit, gibibytes],
    ["quota_max_pods", v.quota_max_pods, needed.pods, Number, `${needed.pods} pods`],
    ["quota_max_services", v.quota_max_services, needed.services, Number, `${needed.services} Services`],
    [
      "quota_max_pvcs",
      v.quota_max_pvcs,
      needed.claims,
      Number,
      `${needed.claims} claims for the largest number of pods, whose claims stay`,
    ],
  ];
  return Object.fromEntries(
    all.filter(([, bound, least, of]) => bound !== "" && of(bound) < least).map(([name, , , , text]) => [name, text]),
  );
}

const quotaOrder: Rule = {
  id: "quota-order",
  what: "A quota of limits below that of requests",
  why: "A container's limit is never below its request, so the requests could not be used up.",
  risk: "High",
  severity: "error",
  variables: ["quota_cpu_limits", "quota_cpu_requests", "quota_memory_limits", "quota_memory_requests"],
  source: DOCUMENTATION,
  brokenBy: (v) => {
    const below = (limit: string, request: string, unit: (text: string) => number): boolean =>
      limit !== "" && request !== "" && unit(limit) < unit(request);
    return [
      ...(below(v.quota_cpu_limits, v.quota_cpu_requests, cores) ? ["quota_cpu_limits"] : []),
      ...(below(v.quota_memory_limits, v.quota_memory_requests, bytes) ? ["quota_memory_limits"] : []),
    ];
  },
  message: (v, subject) =>
    `${subject} is "${v[subject as "quota_cpu_limits"]}", below ${subject.replace("limits", "requests")}. A container's limit is never below its request, so the quota of requests could never be used up. Set ${subject} to ${subject.replace("limits", "requests")} or more.`,
};

const byTasks: Rule = {
  id: "worker-scaling-possible",
  what: "`worker_scaling` by tasks that nobody counts, or of pods that are not the worker's own",
  why: "The autoscaler would get no number, or add pods of the API.",
  risk: "Medium",
  severity: "error",
  variables: ["worker_scaling", "worker_placement", "enable_component_metrics", "support_users", "component_settings"],
  source: KUBERNETES,
  brokenBy: (v) => v.worker_scaling === "waiting_tasks" && missing(v) !== undefined,
  message: (v) => {
    const { fact, remedy } = missing(v) ?? { fact: "", remedy: "" };
    return `worker_scaling is "waiting_tasks", and ${fact}: no worker would be added for tasks that wait. ${remedy}, or take worker_scaling out.`;
  },
};

/** @returns what keeps the worker from being scaled by its tasks */
function missing(v: Variables): { readonly fact: string; readonly remedy: string } | undefined {
  if (v.worker_placement !== "deployment") {
    return { fact: "the worker is in the API's pods", remedy: 'Set worker_placement = "deployment"' };
  }
  if (!collectsMetrics(v)) {
    return { fact: "nobody counts them", remedy: "Set enable_component_metrics = true" };
  }
  if (v.component_settings["worker"]?.replicas !== undefined) {
    return {
      fact: "component_settings.worker.replicas is a fixed number",
      remedy: "Set min_replicas and max_replicas in its place",
    };
  }
  return undefined;
}

export const scalingRules: readonly Rule[] = [
  replicas,
  order,
  timeout,
  grace,
  vpa,
  single,
  waits,
  budget,
  strictSpread,
  units,
  quota,
  quotaOrder,
  byTasks,
];
