import { placeLabels } from "../../app-gke/workload/place";
import { runsOnce } from "../../dify-common/component-settings";
import { kubernetesName } from "../dify-settings";
import { place } from "../pod-settings";
import type { Variables } from "../variables";
import { nearest } from "../variables/mention";
import { composedOf } from "./composed";
import { DESIGN, GOOGLE, type Rule } from "./rule";

const LISTS = ["component_settings", "additional_services", "initialization_jobs", "cron_jobs"] as const;

type Placed = Variables["component_settings"][string] | Variables["additional_services"][number];

/** Everything that says where it runs, by its name in Kubernetes. */
function placed(v: Variables): readonly { readonly name: string; readonly given: Placed }[] {
  return [
    ...Object.entries(v.component_settings).map(([name, given]) => ({ name: kubernetesName(name), given })),
    ...[...v.additional_services, ...v.initialization_jobs, ...v.cron_jobs].map((given) => ({
      name: given.name,
      given: given as Placed,
    })),
  ];
}

const armClass: Rule = {
  id: "arm-has-a-class",
  what: '`architecture = "arm64"` without a compute class that has it',
  why: "Autopilot would find no node, and the rollout would wait until it times out.",
  risk: "High",
  severity: "error",
  variables: LISTS,
  source: GOOGLE,
  brokenBy: (v) =>
    placed(v)
      .filter(
        ({ given }) =>
          given.architecture === "arm64" && !["Scale-Out", "Performance"].includes(given.compute_class ?? ""),
      )
      .map(({ name }) => name),
  message: (_, subject) =>
    `"${subject}" asks for arm64, and of Autopilot's classes only Scale-Out and Performance have such nodes: its pods would wait until the rollout times out. Set compute_class = "Scale-Out", or take architecture out.`,
};

/** Components whose images are published for arm64, too, as their workflows say. Of the others this is not known. */
const ARM_IMAGES: readonly string[] = ["api", "worker", "beat", "api-websocket", "web", "ssrf-proxy", "proxy"];
/** Those that an image of the user's own replaces. */
const API_IMAGES: readonly string[] = ["api", "worker", "beat", "api-websocket"];

/** @returns why an image may not be there for arm64, as the end of a sentence */
function withoutArm(v: Variables, name: string): string | undefined {
  const own = v.container_image !== "" || v.enable_cicd_trigger;
  const job = [...v.initialization_jobs, ...v.cron_jobs].find((each) => each.name === name);
  if (API_IMAGES.includes(name) || job?.image === "") {
    return own
      ? "its image is one of your own, and this project does not know for which architectures it exists"
      : undefined;
  }
  if (job !== undefined || v.additional_services.some((service) => service.name === name)) return undefined;
  return ARM_IMAGES.includes(name) ? undefined : "its image is not known to exist for arm64";
}

const armImage: Rule = {
  id: "arm-image-known",
  what: '`architecture = "arm64"` for an image that is not known to have it',
  why: "Its pods would end at once with `exec format error`.",
  risk: "High",
  severity: "warning",
  variables: [...LISTS, "container_image", "enable_cicd_trigger"],
  source: DESIGN,
  brokenBy: (v) =>
    placed(v)
      .filter(({ name, given }) => given.architecture === "arm64" && withoutArm(v, name) !== undefined)
      .map(({ name }) => name),
  message: (v, subject) =>
    `"${subject}" asks for arm64, and ${withoutArm(v, subject) ?? ""}: if it does not exist for arm64, its pods would end with "exec format error". Look with "docker manifest inspect", or take architecture out.`,
};

/** What Google gives a pod to end when it takes capacity back: docs/components.md. */
const SPOT_SECONDS = 25;

const spotGrace: Rule = {
  id: "spot-grace-period",
  what: "Spot for a component that takes longer than 25 seconds to end",
  why: "When Google takes its capacity back, requests and tasks in progress are cut off.",
  risk: "Medium",
  severity: "warning",
  variables: ["component_settings", "termination_grace_period_seconds", "worker_placement"],
  source: GOOGLE,
  brokenBy: (v) =>
    (composedOf(v)?.components ?? [])
      .filter(({ place: at, terminationGracePeriodSeconds: seconds = 0 }) => at?.spot && seconds > SPOT_SECONDS)
      .map(({ name }) => name),
  message: (v, subject) =>
    `"${subject}" runs on Spot and has ${composedOf(v)?.components.find(({ name }) => name === subject)?.terminationGracePeriodSeconds} seconds to end, and Google gives it ${SPOT_SECONDS} at most when it takes its capacity back: requests and tasks that take longer are cut off. Take spot out where that matters.`,
};

const spotOnce: Rule = {
  id: "spot-single-pod",
  what: "Spot for a component of which there is one pod",
  why: "It is away each time that Google takes its capacity back.",
  risk: "Medium",
  severity: "warning",
  variables: ["component_settings", "additional_services", "initialization_jobs", "cron_jobs"],
  source: GOOGLE,
  brokenBy: (v) =>
    placed(v)
      .filter(({ name, given }) => given.spot && Object.hasOwn(runsOnce, name))
      .map(({ name }) => name),
  message: (_, subject) =>
    `"${subject}" runs on Spot, and there is one pod of it (${runsOnce[subject]}): it is away each time that Google takes its capacity back, until another node is there. Take spot out where that matters.`,
};

const labels: Rule = {
  id: "node-label-once",
  what: "A `node_selector` with a label that another field sets",
  why: "One of the two would win, and no message would say so.",
  risk: "Medium",
  severity: "error",
  variables: LISTS,
  source: DESIGN,
  brokenBy: (v) =>
    placed(v).flatMap(({ name, given }) =>
      Object.keys(placeLabels(place(given)))
        .filter((label) => Object.hasOwn(given.node_selector ?? {}, label))
        .map((label) => `node_selector of "${name}" sets ${label}`),
    ),
  message: (_, subject) =>
    `${subject}, which spot, compute_class, architecture or gpu_type sets as well: one of the two would win, and no message would say so. Take the label out of node_selector.`,
};

const gpu: Rule = {
  id: "gpu-count-needs-type",
  what: "`gpu_count` without `gpu_type`",
  why: "It has no effect.",
  risk: "Low",
  severity: "warning",
  variables: ["additional_services"],
  source: GOOGLE,
  brokenBy: (v) =>
    v.additional_services
      .filter((one) => one.gpu_count !== undefined && one.gpu_type === undefined)
      .map(({ name }) => name),
  message: (_, subject) =>
    `The service "${subject}" has a gpu_count and no gpu_type: it gets no GPU. Set gpu_type, such as "nvidia-l4", or take gpu_count out.`,
};

/** https://cloud.google.com/kubernetes-engine/docs/how-to/autopilot-gpus#gpu-quantities */
const GPUS = [
  ...["nvidia-l4", "nvidia-tesla-t4", "nvidia-tesla-a100", "nvidia-a100-80gb", "nvidia-h100-80gb"],
  ...["nvidia-h100-mega-80gb", "nvidia-h200-141gb", "nvidia-b200", "nvidia-gb200", "nvidia-rtx-pro-6000"],
];
const GPU_COUNTS = [1, 2, 4, 8, 16];

type Service = Variables["additional_services"][number];

/** @returns why no node has what a service asks for, and what to do */
function withoutNode({ name, gpu_type, gpu_count = 1, compute_class, architecture }: Service): string | undefined {
  if (gpu_type === undefined) return undefined;
  const waits = "its pods would wait for a node that there is not, and the apply for them until it times out.";
  if (compute_class !== undefined && compute_class !== "Accelerator")
    return `The service "${name}" asks for ${gpu_type} in the compute class ${compute_class}, which has no GPUs: ${waits} Take compute_class out, or set it to Accelerator.`;
  if (architecture === "arm64" && !gpu_type.startsWith("nvidia-gb"))
    return `The service "${name}" asks for ${gpu_type} with architecture = "arm64", and machines with that GPU are amd64: ${waits} Take architecture out.`;
  if (!GPU_COUNTS.includes(gpu_count))
    return `The service "${name}" asks for ${gpu_count} of ${gpu_type}, and a machine has ${GPU_COUNTS.join(", ")} of them: ${waits} Set gpu_count to one of these.`;
  return undefined;
}

const gpuNode: Rule = {
  id: "gpu-has-node",
  what: "A GPU in a compute class, a number or with an architecture that no machine with it has",
  why: "Its pods would wait for a node that there is not.",
  risk: "High",
  severity: "error",
  variables: ["additional_services"],
  source: GOOGLE,
  brokenBy: (v) => v.additional_services.flatMap((service) => withoutNode(service) ?? []),
  message: (_, subject) => subject,
};

const gpuKnown: Rule = {
  id: "gpu-known",
  what: "A `gpu_type` that Autopilot did not have when this was written",
  why: "With a typing mistake, its pods would wait for a node that there is not.",
  risk: "Medium",
  severity: "warning",
  variables: ["additional_services"],
  source: GOOGLE,
  brokenBy: (v) =>
    v.additional_services
      .filter(({ gpu_type }) => gpu_type !== undefined && !GPUS.includes(gpu_type))
      .map(({ name, gpu_type = "" }) => {
        const near = nearest(gpu_type, GPUS);
        return `The service "${name}" asks for ${gpu_type}, which is not a GPU that this project knows: if Autopilot does not have it, its pods wait for a node that there is not.${near ? ` Did you mean "${near}"?` : ""} Correct gpu_type, or silence this if it is a new one.`;
      }),
  message: (_, subject) => subject,
};

export const nodeRules: readonly Rule[] = [armClass, armImage, spotGrace, spotOnce, labels, gpu, gpuNode, gpuKnown];
