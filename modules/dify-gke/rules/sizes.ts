import type { Component, Job } from "../../app-gke/application-config";
import { knownEnvironment } from "../../app-gke/workload/known-context";
import { fitted, largestPod } from "../../app-gke/workload/container-limits";
import { bytes, cores } from "../../app-gke/workload/quantities";
import type { Variables } from "../variables";
import { composedOf } from "./composed";
import { GOOGLE, KUBERNETES, type Rule } from "./rule";

/** https://kubernetes.io/docs/concepts/configuration/configmap/#motivation */
export const CONFIG_MAP_BYTES = 2 ** 20;
/**
 * Limit of one argument, or of one variable with its name, its equals sign and its terminator: MAX_ARG_STRLEN in
 * https://man7.org/linux/man-pages/man2/execve.2.html.
 */
const STRING_BYTES = 2 ** 17;
/** https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/ */
const ANNOTATION_BYTES = 2 ** 18;

const kib = (amount: number): string => `${Math.ceil(amount / 1024).toLocaleString("en-US")} KiB`;

function sizeOf(values: Readonly<Record<string, string>>): number {
  return Object.entries(values).reduce((sum, [name, value]) => sum + Buffer.byteLength(name + value), 0);
}

const strings: Rule = {
  id: "values-fit",
  what: "A value that is longer than a program or a ConfigMap takes",
  why: "The pods would never start.",
  risk: "High",
  severity: "error",
  variables: [
    "environment_variables",
    "component_settings",
    "additional_services",
    "initialization_jobs",
    "cron_jobs",
    "application_version",
  ],
  source: KUBERNETES,
  brokenBy: (v) => {
    const application = composedOf(v);
    const tasks: readonly (Component | Job)[] = [...(application?.components ?? []), ...(application?.jobs ?? [])];
    // One mistake is one problem, however many pods get the value.
    const found = new Map<string, string[]>();
    const add = (what: string, fact: string, { name }: Component | Job): void => {
      const key = `${what} of | ${fact}`;
      found.set(key, [...(found.get(key) ?? []), name]);
    };
    for (const task of tasks) {
      const environment = knownEnvironment(task);
      const all = sizeOf(environment);
      for (const [name, value] of Object.entries(environment))
        if (Buffer.byteLength(name + value) + 2 > STRING_BYTES)
          add(name, `has ${kib(Buffer.byteLength(value))}, and Linux takes less than 128 KiB in one variable`, task);
      for (const text of [...(task.command ?? []), ...(task.args ?? [])])
        if (Buffer.byteLength(text) + 1 > STRING_BYTES)
          add(
            "An argument",
            `has ${kib(Buffer.byteLength(text))}, and Linux takes less than 128 KiB in one argument`,
            task,
          );
      if (all > CONFIG_MAP_BYTES) add("The environment", `has ${kib(all)}, and a ConfigMap takes 1 MiB`, task);
    }
    return [...found].map(([key, names]) => key.replace("|", [...new Set(names)].join(", ")));
  },
  message: (_, subject) =>
    `${subject}: no such pod would ever start. Put the long text into a file in an image, a bucket or the share, and give the path here.`,
};

const annotations: Rule = {
  id: "annotations-fit",
  what: "Annotations of more than 256 KiB",
  why: "Kubernetes would refuse the object in the middle of the apply.",
  risk: "High",
  severity: "error",
  variables: ["service_annotations", "component_settings", "initialization_jobs"],
  source: KUBERNETES,
  brokenBy: (v) => {
    const all: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
      ["service_annotations", v.service_annotations],
      ...Object.entries(v.component_settings).map(
        ([name, settings]) => [`annotations of ${name}`, settings.annotations ?? {}] as const,
      ),
      ...v.initialization_jobs.map(({ name, description }) => [`description of ${name}`, { description }] as const),
    ];
    return all
      .filter(([, given]) => sizeOf(given) > ANNOTATION_BYTES - ROOM)
      .map(([what, given]) => `There are ${kib(sizeOf(given))} in ${what}`);
  },
  message: (_, subject) =>
    `${subject}, and the annotations of an object may have 256 KiB in all: Kubernetes would refuse the object in the middle of the apply. Shorten the text.`,
};

/** Room for annotations of this project and of GKE, in addition to the user's. */
const ROOM = 8192;

const jobs: Rule = {
  id: "job-too-large",
  what: "A job that asks for more than Autopilot gives a pod",
  why: "Autopilot refuses its pod, and an apply would wait until it times out.",
  risk: "Critical",
  severity: "error",
  variables: ["initialization_jobs", "cron_jobs"],
  source: GOOGLE,
  brokenBy: (v) => Object.keys(large(v)),
  message: (v, subject) =>
    `The job "${subject}" asks for ${large(v)[subject] ?? ""}: Autopilot would refuse its pod, and an apply would wait until it times out. Lower its cpu_limit or memory_limit.`,
};

function large(v: Variables): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...v.initialization_jobs, ...v.cron_jobs].flatMap((job) => {
      // Nodes that a user selected have other limits.
      if (job.node_selector !== undefined) return [];
      const { name, cpu_limit, memory_limit, compute_class: computeClass } = job;
      const limit = largestPod({ computeClass, architecture: job.architecture });
      const { cpu, memory } = fitted({ cpu: cpu_limit, memory: memory_limit }, computeClass);
      const most = `${limit.memory / 2 ** 30} GiB`;
      const much = [
        ...(cores(cpu) > limit.cpu ? [`${cores(cpu)} CPUs (at most ${limit.cpu})`] : []),
        ...(bytes(memory) > limit.memory ? [`${kib(bytes(memory))} of memory (at most ${most})`] : []),
      ];
      return much.length > 0 ? [[name, much.join(", ")]] : [];
    }),
  );
}

export const sizeRules: readonly Rule[] = [strings, annotations, jobs];
