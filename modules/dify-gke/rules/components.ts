import type { Component } from "../../app-gke/application-config";
import { fitted, largestPod, multiplied } from "../../app-gke/workload/container-limits";
import { mountsBuckets } from "../../app-gke/workload/bucket-volumes";
import { AUTH_PROXY_RESOURCES } from "../../app-gke/workload/auth-proxy";
import { bytes, cores } from "../../app-gke/workload/quantities";
import { runsOnce } from "../../dify-common/component-settings";
import { resolveRelease } from "../../dify-common/releases";
import { kubernetesName } from "../dify-settings";
import type { Variables } from "../variables";
import { inMesh } from "../../app-gke/workload/service-mesh";
import { meshProxyOf, sidecarOf } from "../workload";
import { nearest } from "../variables/mention";
import { composedOf } from "./composed";
import { DESIGN, duplicates, GOOGLE, KUBERNETES, type Rule } from "./rule";

export type GivenSettings = Variables["component_settings"][string];

/** The settings by component: its name in Kubernetes, and as written in the file. */
export function given(
  v: Variables,
): readonly { readonly written: string; readonly name: string; readonly settings: GivenSettings }[] {
  return Object.entries(v.component_settings).map(([written, settings]) => ({
    written,
    name: kubernetesName(written),
    settings,
  }));
}

/** Everything that runs. Empty if the release is unknown, which another rule reports. */
function everything(v: Variables): readonly Component[] {
  return composedOf(v)?.components ?? [];
}

/** Dify's own components in the release; additional services have all their settings in their own entries. */
function components(v: Variables): readonly Component[] {
  const additional = new Set(v.additional_services.map(({ name }) => name));
  return everything(v).filter(({ name }) => !additional.has(name));
}

const known: Rule = {
  id: "component-known",
  what: "Settings for a component that the release does not have",
  why: "They would do nothing.",
  risk: "High",
  severity: "error",
  variables: ["component_settings", "application_version", "additional_services"],
  source: DESIGN,
  brokenBy: (v) => {
    const names = new Set(components(v).map(({ name }) => name));
    return given(v)
      .filter(({ name }) => names.size > 0 && !names.has(name))
      .map(({ written }) => written);
  },
  message: (v, subject) => {
    const names = components(v).map(({ name }) => name);
    if (v.additional_services.some(({ name }) => name === subject))
      return `component_settings names "${subject}", which is one of additional_services: its settings here would be ignored. Set them in its entry of additional_services.`;
    const near = nearest(kubernetesName(subject), names);
    return `component_settings names "${subject}", which is not a component of Dify ${resolveRelease(v.application_version).version}: its settings would have no effect.${near ? ` Did you mean "${near}"?` : " Take it out, or name a component."} The components are ${names.join(", ")}.`;
  },
};

const once: Rule = {
  id: "component-set-once",
  what: "A component that is set twice, once with `-` and once with `_`",
  why: "One of the two entries would be lost.",
  risk: "Medium",
  severity: "error",
  variables: ["component_settings"],
  source: DESIGN,
  brokenBy: (v) => duplicates(given(v).map(({ name }) => name)),
  message: (_, subject) =>
    `component_settings has "${subject}" twice, with - and with _: one of them would be lost. Merge the two entries.`,
};

const single: Rule = {
  id: "component-runs-once",
  what: "More than one pod of a component that can only run once",
  why: "The two would do the same work twice, or each know half of it.",
  risk: "Critical",
  severity: "error",
  variables: ["component_settings"],
  source: DESIGN,
  brokenBy: (v) =>
    given(v)
      .filter(
        ({ name, settings: { replicas = 1, min_replicas = 1, max_replicas = 1 } }) =>
          Object.hasOwn(runsOnce, name) && Math.max(replicas, min_replicas, max_replicas) > 1,
      )
      .map(({ name }) => name),
  message: (_, subject) =>
    `component_settings asks for more than one pod of ${subject}, and there can only be one: ${runsOnce[subject] ?? ""}. Take the number out; to give it more capacity, raise its cpu and memory.`,
};

const numbers: Rule = {
  id: "component-replicas-one-way",
  what: "A fixed number of pods with bounds, or bounds in the wrong order",
  why: "Kubernetes refuses such an autoscaler.",
  risk: "High",
  severity: "error",
  variables: ["component_settings"],
  source: KUBERNETES,
  brokenBy: (v) =>
    given(v)
      .filter(
        ({ settings: { replicas, min_replicas: least, max_replicas: most } }) =>
          (replicas !== undefined && (least !== undefined || most !== undefined)) ||
          (least !== undefined && most !== undefined && most < least),
      )
      .map(({ written }) => written),
  message: (v, subject) =>
    v.component_settings[subject]?.replicas === undefined
      ? `max_replicas of ${subject} is below its min_replicas: Kubernetes would refuse such an autoscaler. Set max_replicas to min_replicas or more.`
      : `component_settings sets replicas, and min_replicas or max_replicas as well, for ${subject}: a fixed number of pods is not scaled. Keep either replicas, or min_replicas and max_replicas.`,
};

/** Settings of a pod, not of a container. */
const OF_THE_POD = [
  ...["replicas", "min_replicas", "max_replicas", "node_selector", "tolerations", "annotations"],
  ...["spot", "compute_class", "architecture", "priority_class"],
] as readonly (keyof GivenSettings)[];

const workerInPod: Rule = {
  id: "component-shares-pod",
  what: "Settings of a pod for the worker while it shares the API's pod",
  why: "They would do nothing.",
  risk: "High",
  severity: "error",
  variables: ["component_settings", "worker_placement"],
  source: DESIGN,
  brokenBy: (v) =>
    v.worker_placement === "api_pod"
      ? given(v)
          .filter(({ name }) => name === "worker")
          .flatMap(({ settings }) => OF_THE_POD.filter((field) => settings[field] !== undefined))
      : [],
  message: (_, subject) =>
    `component_settings.worker sets ${subject}, which belongs to a whole pod, and the worker is a container in the API's pods: it would have no effect. Set it for api, or set worker_placement = "deployment".`,
};

const scratch: Rule = {
  id: "component-scratch-known",
  what: "A size for a scratch directory that the component does not have",
  why: "It would do nothing.",
  risk: "High",
  severity: "error",
  variables: ["component_settings", "application_version", "additional_services"],
  source: DESIGN,
  brokenBy: (v) =>
    given(v).flatMap(({ name, settings }) =>
      Object.keys(settings.scratch ?? {})
        .filter((directory) => !(scratchOf(v, name) ?? [directory]).includes(directory))
        .map((directory) => `${name}.${directory}`),
    ),
  message: (v, subject) => {
    const [name = "", directory = ""] = subject.split(".");
    const own = scratchOf(v, name) ?? [];
    const near = nearest(directory, own);
    return `component_settings gives ${name} a size for "${directory}", which is not one of its scratch directories: the size would have no effect.${near ? ` Did you mean "${near}"?` : ""} ${own.length > 0 ? `It has ${own.join(", ")}: ${near ? "correct the name, or take it out" : "take it out, or name one of them"}.` : "It has none: take scratch out."}`;
  },
};

/** Names of a component's directories; undefined for an unknown component, which another rule reports. */
function scratchOf(v: Variables, name: string): readonly string[] | undefined {
  return components(v)
    .find((component) => component.name === name)
    ?.scratch?.map((directory) => directory.name);
}

/** Bytes of local disk that Autopilot gives a pod of its default class. */
const MOST_STORAGE = 10 * 2 ** 30;

const tooLarge: Rule = {
  id: "pod-too-large",
  what: "A pod that asks for more than Autopilot gives one",
  why: "Autopilot refuses it, and the rollout would wait until it times out.",
  risk: "Critical",
  severity: "error",
  variables: [
    "component_settings",
    "cpu_limit",
    "memory_limit",
    "worker_placement",
    "additional_services",
    "gcs_volumes",
    "gcs_fuse_resources",
    "configure_service_mesh",
    "service_mesh_proxy_resources",
    "enable_vertical_pod_autoscaling",
    "vertical_autoscaling_range",
  ],
  source: GOOGLE,
  brokenBy: (v) => Object.keys(oversized(v)),
  message: (v, subject) =>
    `The pod of ${subject} asks for ${oversized(v)[subject] ?? ""}: Autopilot would refuse it, and the rollout would wait until it times out. Ask for less, or set another compute_class for ${subject}.`,
};

/** What exceeds the limits, by pod; all of its containers count, including the Auth Proxy. */
function oversized(v: Variables): Readonly<Record<string, string>> {
  const all = everything(v);
  const entries = all
    // Nodes that a user selected have other limits.
    .filter(({ inPodOf, nodeSelector }) => inPodOf === undefined && nodeSelector === undefined)
    .map((first): [string, string[]] => {
      const pod = [first, ...all.filter(({ inPodOf }) => inPodOf === first.name)];
      // As large as it may become.
      const most = first.vertical?.most ?? 1;
      const resources = pod.map((component) => ({
        ...component.resources,
        ...(most > 1 && multiplied(fitted(component.resources), most)),
      }));
      if (pod.some(({ needs }) => needs?.database)) resources.push(AUTH_PROXY_RESOURCES);
      if (mountsBuckets(pod)) resources.push(sidecarOf(v));
      if (v.configure_service_mesh && inMesh(pod)) resources.push(meshProxyOf(v));
      const sum = (of: (one: Component["resources"]) => number): number => resources.reduce((n, one) => n + of(one), 0);
      const computeClass = first.place?.computeClass;
      const limit = largestPod(first.place);
      const cpu = sum((one) => cores(fitted(one, computeClass).cpu));
      const memory = sum((one) => bytes(fitted(one, computeClass).memory));
      const storage = sum(({ ephemeralStorage = "1Gi" }) => bytes(ephemeralStorage));
      const gibibytes = (amount: number): string => String(Math.round((amount / 2 ** 30) * 100) / 100);
      return [
        first.name,
        [
          ...(cpu > limit.cpu ? [`${Math.round(cpu * 100) / 100} CPUs (at most ${limit.cpu})`] : []),
          ...(memory > limit.memory ? [`${gibibytes(memory)} GiB of memory (at most ${gibibytes(limit.memory)})`] : []),
          ...(computeClass === undefined && storage > MOST_STORAGE
            ? [`${gibibytes(storage)} GiB of local disk (at most ${gibibytes(MOST_STORAGE)})`]
            : []),
        ],
      ];
    });
  return Object.fromEntries(
    entries.filter(([, much]) => much.length > 0).map(([name, much]) => [name, much.join(", ")]),
  );
}

const raised: Rule = {
  id: "component-size-raised",
  what: "A size that Autopilot rounds up",
  why: "The pod gets more, and that is what is paid for.",
  risk: "Low",
  severity: "warning",
  variables: ["component_settings", "application_version", "additional_services", "cpu_limit", "memory_limit"],
  source: GOOGLE,
  brokenBy: (v) =>
    components(v)
      .filter(({ name, resources, place }) => {
        const settings = given(v).find((entry) => entry.name === name)?.settings;
        const { cpu, memory } = fitted(resources, place?.computeClass);
        return (
          (settings?.cpu !== undefined || settings?.memory !== undefined) &&
          (cpu !== resources.cpu || memory !== resources.memory)
        );
      })
      .map(({ name }) => name),
  message: (v, subject) => {
    const resources = components(v).find(({ name }) => name === subject)?.resources ?? { cpu: "", memory: "" };
    const { cpu, memory } = fitted(resources);
    return `${subject} has ${resources.cpu} CPU and ${resources.memory} of memory, and Autopilot gives 1 to 6.5 GiB for each CPU: it would get, and you would pay for, ${cpu} and ${memory}. Set cpu and memory to that in component_settings.${subject}.`;
  },
};

/** Variables for the API and the worker, and the settings that replace them. */
const GENERAL = [
  { variable: "cpu_limit", field: "cpu", components: ["api", "worker"] },
  { variable: "memory_limit", field: "memory", components: ["api", "worker"] },
  { variable: "min_instance_count", field: "min_replicas", components: ["api"] },
  { variable: "max_instance_count", field: "max_replicas", components: ["api"] },
  { variable: "worker_min_instance_count", field: "min_replicas", components: ["worker"] },
  { variable: "worker_max_instance_count", field: "max_replicas", components: ["worker"] },
] as const;

const wins: Rule = {
  id: "component-settings-win",
  what: "A general size or number that `component_settings` overrides",
  why: "It does not count for that component.",
  risk: "Low",
  severity: "warning",
  variables: ["component_settings", ...GENERAL.map(({ variable }) => variable)],
  source: DESIGN,
  brokenBy: (v, inFile) =>
    GENERAL.filter((entry) => inFile.has(entry.variable) && instead(v, entry).length > 0).map(
      ({ variable }) => variable,
    ),
  message: (v, subject) => {
    const entry = GENERAL.find(({ variable }) => variable === subject);
    const list = entry ? instead(v, entry) : [];
    return `${subject} = ${JSON.stringify(v[subject as (typeof GENERAL)[number]["variable"]])} has no effect on ${list.map(({ component }) => component).join(" and ")}: ${list.map(({ text }) => text).join(", ")} in component_settings wins. Take one of them out if that is not what you want.`;
  },
};

/** Where component_settings has another value. */
function instead(
  v: Variables,
  { variable, field, components: names }: (typeof GENERAL)[number],
): { readonly component: string; readonly text: string }[] {
  return given(v)
    .filter(({ name }) => (names as readonly string[]).includes(name))
    .flatMap(({ name, settings }) => {
      const used = field.endsWith("replicas") && settings.replicas !== undefined ? "replicas" : field;
      const value = settings[used];
      return value === undefined || value === v[variable]
        ? []
        : [{ component: name, text: `${name}.${used} = ${JSON.stringify(value)}` }];
    });
}

export const componentRules: readonly Rule[] = [
  known,
  once,
  single,
  numbers,
  workerInPod,
  scratch,
  tooLarge,
  raised,
  wins,
];
