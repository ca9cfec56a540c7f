import type { Component, Scaling, ScratchDirectory } from "../app-gke/application-config";
import { bytes } from "../app-gke/workload/quantities";
import type { ComponentName } from "./releases";
import { listOf, ownEnvironment, ownSecrets } from "./routing";
import { secretNamed } from "./secrets";
import type { ComponentSettings, DifySettings } from "./settings";

/** Components of which there is never more than one pod, each with the reason as half a sentence. */
export const runsOnce: Readonly<Record<string, string>> = {
  beat: "two schedulers would start every periodic task twice",
  "api-websocket": "a session lives in one process, and its second half would arrive at the other",
  "plugin-daemon": "plugins run as children of the one daemon that installed them on its own disk",
  "agent-backend": "an agent's run is known only to the process that schedules it",
  "local-sandbox": "a shell's files are on the disk of the pod that has it",
};

/** Components whose number of pods follows the load. */
const SCALED: readonly string[] = ["api", "worker", "web", "sandbox", "ssrf-proxy", "proxy"];

/** @returns a size, with what was set in its place */
export function sized<Size extends Pick<Component, "resources" | "scaling">>(
  size: Size,
  given: ComponentSettings = {},
): Size {
  const { cpu, memory, replicas, minimum, maximum } = given;
  const scaled = replicas !== undefined || minimum !== undefined || maximum !== undefined;
  return {
    ...size,
    ...((cpu !== undefined || memory !== undefined) && {
      resources: { ...size.resources, ...(cpu !== undefined && { cpu }), ...(memory !== undefined && { memory }) },
    }),
    ...(scaled && { scaling: scalingOf(size.scaling, given) }),
  };
}

function scalingOf(own: Scaling = { type: "fixed", replicas: 1 }, given: ComponentSettings): Scaling {
  if (given.replicas !== undefined) return { type: "fixed", replicas: given.replicas };
  const [least, most] = own.type === "fixed" ? [own.replicas, own.replicas] : [own.minimum, own.maximum];
  const minimum = given.minimum ?? Math.min(least, given.maximum ?? least);
  return { type: "automatic", minimum, maximum: given.maximum ?? Math.max(most, minimum) };
}

/** @returns a component that has its size already, with its other settings */
export function withSettings(component: Component, settings: DifySettings): Component {
  const read = withVertical(withOwnEnvironment(component, settings), settings);
  const { components, existingSecrets } = settings;
  const given = Object.hasOwn(components, component.name) ? components[component.name] : undefined;
  if (given === undefined) return read;
  const { environment = {}, secretEnvironment = {}, place, nodeSelector, tolerations, annotations } = given;
  const secrets = Object.fromEntries(
    Object.entries(secretEnvironment).map(([variable, secretId]) => [variable, secretNamed(existingSecrets, secretId)]),
  );
  return {
    ...withVariables(stored(read, given), environment, secrets),
    ...(place && { place }),
    ...(nodeSelector && { nodeSelector }),
    ...(tolerations && { tolerations }),
    ...(annotations && { annotations }),
  };
}

/** Vertical autoscaling evicts pods, so it is only for components whose number of pods can follow the load. The others have one pod. */
function withVertical(component: Component, { vertical }: DifySettings): Component {
  return vertical && component.inPodOf === undefined && SCALED.includes(component.name)
    ? { ...component, vertical }
    : component;
}

/** Adds the user's variables that name no component and that this one reads. */
function withOwnEnvironment(component: Component, settings: DifySettings): Component {
  const name = component.name.replaceAll("-", "_") as ComponentName;
  // The API's processes have these already, some of them as parts of other values.
  if (listOf(name) === "api") return component;
  return withVariables(component, ownEnvironment(settings, name), ownSecrets(settings, name));
}

/** Variables and secrets win over what the component has under the same name, in either form. */
function withVariables(
  component: Component,
  environment: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>>,
): Component {
  const without = (of: Readonly<Record<string, string>>, names: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(of).filter(([variable]) => !(variable in names)));
  if (Object.keys({ ...environment, ...secrets }).length === 0) return component;
  return {
    ...component,
    environment: (bindings) => without({ ...component.environment?.(bindings), ...environment }, secrets),
    secrets: { ...without(component.secrets ?? {}, environment), ...secrets },
  };
}

/** What a pod stores in its directories counts as its ephemeral storage: a larger directory needs more of it. */
function stored(component: Component, given: ComponentSettings): Component {
  const { scratch = [], resources } = component;
  const chosen = scratch.map((directory) => ({
    ...directory,
    sizeLimit: given.scratch?.[directory.name] ?? directory.sizeLimit,
  }));
  const more = scratchBytes(chosen) - scratchBytes(scratch);
  const ephemeralStorage =
    given.ephemeralStorage ??
    (more > 0 ? `${Math.ceil((bytes(resources.ephemeralStorage ?? "1Gi") + more) / 2 ** 20)}Mi` : undefined);
  return {
    ...component,
    ...(given.scratch && { scratch: chosen }),
    ...(ephemeralStorage !== undefined && { resources: { ...resources, ephemeralStorage } }),
  };
}

/** @returns the size of directories when they are full */
function scratchBytes(scratch: readonly ScratchDirectory[]): number {
  return scratch.reduce((total, { sizeLimit = "256Mi" }) => total + bytes(sizeLimit), 0);
}
