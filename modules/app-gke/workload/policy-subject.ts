import type { NetworkPolicyV1SpecIngress } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import type { Component, Port, Server } from "../application-config";
import type { Task } from "./pod";
import { tcp } from "./policy-rules";
import type { JobConnection } from "./server-certificate";

/** A task as a network policy sees it: what it connects to, not what it runs. */
export type PolicyTask = Omit<Task, "image" | "resources"> &
  Pick<Component, "untrusted" | "guarded" | "connectsTo" | "mesh">;

/** All tasks in the pods that a policy selects: components that share a pod share its policy. */
export interface PolicySubject {
  /** Value of the pods' component label. */
  readonly name: string;
  readonly tasks: readonly PolicyTask[];
  /** Labels of its pods. @default - those of the application's own */
  readonly labels?: Readonly<Record<string, string>>;
  /** Further connections that its pods take, whatever the segmentation. @default [] */
  readonly additionalIngress?: readonly NetworkPolicyV1SpecIngress[];
  /** Whether its pods call the Kubernetes API. @default - what their rights say */
  readonly callsKubernetes?: boolean;
  /** How a job reaches the database. @default - by an Auth Proxy in a container of its own */
  readonly connection?: JobConnection;
}

/** @returns a rule that opens the pod's ports to everybody, but none with metrics */
export function fromAnywhere({ tasks }: PolicySubject): NetworkPolicyV1SpecIngress[] {
  const ports = tasks.flatMap((task) => (task.ports ?? []).flatMap(listening));
  return ports.length > 0 ? [{ ports: tcp(...ports) }] : [];
}

/** @returns the servers that a pod connects to, each port once; none for untrusted code, whatever its environment names */
export function serversOf(group: PolicySubject): readonly Server[] {
  const all = untrusted(group) ? [] : group.tasks.flatMap(({ connectsTo = [] }) => connectsTo);
  return [...new Map(all.map((server) => [`${server.host}:${server.port ?? ""}`, server])).values()];
}

/**
 * @param group the caller. @default - any component
 * @returns the task's ports that the caller may use; without a caller those that are open to all
 */
export function openPorts(task: PolicyTask, group?: PolicySubject): number[] {
  const callers = group?.tasks.filter((caller) => caller.talksTo?.includes(task.name));
  return (task.ports ?? [])
    .filter(({ openTo }) =>
      callers ? callers.some(({ name }) => openTo?.includes(name) ?? true) : openTo === undefined,
    )
    .flatMap(listening);
}

/** @returns the ports on which pods listen, including those of pods that have not been replaced yet */
export function listening({ containerPort, earlierContainerPort: earlier }: Port): number[] {
  return earlier === undefined ? [containerPort] : [containerPort, earlier];
}

/** @returns ports of a task in the form of a policy's rule */
export function opened({ ports = [] }: PolicyTask, open: readonly number[]): ReturnType<typeof tcp> {
  const both = ports.filter(({ udp, containerPort }) => udp === true && open.includes(containerPort));
  return [...tcp(...open), ...both.map(({ containerPort }) => ({ port: String(containerPort), protocol: "UDP" }))];
}

export function untrusted(group: PolicySubject): boolean {
  return group.tasks.some((task) => task.untrusted === true);
}
