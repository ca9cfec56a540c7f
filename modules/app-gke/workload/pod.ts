import type { Component, DataAccount, Job, OwnVolume, Place } from "../application-config";
import { limitName } from "../installation";
import { callsKubernetes, podAccount } from "../platform/pod-account";
import { type AccountSecrets, secretVariables } from "./account-secrets";
import { type AuthProxy, authProxyContainer } from "./auth-proxy";
import { bucketMounts, bucketVolumes } from "./bucket-volumes";
import { LEAST_RESOURCES, MINIMUM_STORAGE, NOBODY, resources, securityContext } from "./container-limits";
import { metricsPortName } from "./metrics-port";
import { placeLabels, placeTolerations } from "./place";
import { probes } from "./probes";
import type { Container, PodSpec, Volume, VolumeMount } from "./kubernetes";
import { type SharedFiles, type Shares, shareVolume, wholeShares } from "./shares";

/** What runs in a pod: a component, or a job, which has no ports and no probes. */
export type Task = Pick<
  Component,
  | "name"
  | "image"
  | "command"
  | "args"
  | "environment"
  | "secrets"
  | "files"
  | "prepared"
  | "scratch"
  | "ports"
  | "metrics"
  | "probes"
  | "resources"
  | "security"
  | "drainSeconds"
  | "preStop"
  | "needs"
> &
  Pick<Job, "accounts" | "talksTo" | "rights" | "run" | "shares">;

/** What the cluster offers to pods, by name. */
export interface PodContext {
  /** Image reference to pull from: the mirror's, if there is one. */
  image(upstream: string): string;
  /** ConfigMap with the environment of a task. `undefined` without one. */
  environmentConfigMap(task: Task): string | undefined;
  /** ConfigMap with the files of a task and their keys, by mount path. */
  fileConfigMap(task: Task): { readonly name: string; readonly keys: Readonly<Record<string, string>> } | undefined;
  /** The Kubernetes Secret with the application's secrets. @default - it has none */
  readonly secretName?: string;
  /** The Kubernetes Secret with a login that KubeBlocks makes. */
  accountSecret(account: DataAccount): string;
  /** Secrets that an operator makes. @default - there are none */
  readonly accounts?: AccountSecrets;
  readonly serviceAccounts: ServiceAccounts;
  /** @default - there is no database */
  readonly authProxy?: AuthProxy;
  /** @default - there are none */
  readonly sharedFiles?: SharedFiles;
  /** Whole shares, for jobs that ask for them. @default - there are none */
  readonly shares?: Shares;
  /** @returns the full name of a bucket: one of the application's by its suffix, or one that exists */
  bucket(given: string): string;
}

/** Kubernetes service accounts: one with the installation's Google identity, one without, and those of components. */
export interface ServiceAccounts {
  readonly identity: string;
  readonly none: string;
  /** That of a component with roles of its own. */
  readonly own: (component: string) => string;
}

/** Longest name of a container or a volume. */
const NAME_LIMIT = 63;

/**
 * The pod of one or several tasks. It states everything that Autopilot's admission would otherwise add (requests,
 * limits, ephemeral storage, seccomp profile, dropped capabilities, the toleration for the architecture): Terraform
 * would remove such additions at every apply, and a Job would be replaced.
 * https://cloud.google.com/kubernetes-engine/docs/concepts/autopilot-resource-requests
 */
export function podSpec(
  tasks: readonly [Task, ...Task[]],
  context: PodContext,
  options: {
    readonly restartPolicy: PodSpec["restartPolicy"];
    readonly terminationGracePeriodSeconds: number;
    /** @default - general-purpose nodes */
    readonly place?: Place;
    /** @default - any node */
    readonly nodeSelector?: Component["nodeSelector"];
    /** In addition to the one for the nodes' architecture. @default [] */
    readonly tolerations?: Component["tolerations"];
    /** @default - the scheduler's own choice */
    readonly topologySpreadConstraints?: PodSpec["topologySpreadConstraints"];
    /** Volumes that each pod has for itself: the StatefulSet makes the claims. @default [] */
    readonly ownVolumes?: readonly OwnVolume[];
  },
): PodSpec {
  const needs = (what: "database" | "sharedFiles"): boolean => tasks.some((task) => Boolean(task.needs?.[what]));
  const { authProxy, sharedFiles, serviceAccounts } = context;
  const { place } = options;
  const nodes = { ...placeLabels(place), ...options.nodeSelector };
  const account = podAccount(tasks, authProxy !== undefined);
  const security = tasks[0].security;
  const user = security?.runAsUser ?? NOBODY;
  return {
    serviceAccountName: typeof account === "string" ? serviceAccounts[account] : serviceAccounts.own(account.own),
    // Workload Identity goes through the metadata server, so only jobs with rights in the cluster need a token for its API.
    automountServiceAccountToken: tasks.some(({ rights }) => callsKubernetes(rights)),
    // Otherwise every pod has the addresses of all Services as variables: useless, and a map for an intruder.
    enableServiceLinks: false,
    restartPolicy: options.restartPolicy,
    terminationGracePeriodSeconds: options.terminationGracePeriodSeconds,
    securityContext: {
      fsGroup: security?.fsGroup ?? user,
      fsGroupChangePolicy: "OnRootMismatch",
      runAsNonRoot: tasks.every((task) => task.security?.runAsUser !== 0),
      seccompProfile: { type: "RuntimeDefault" },
    },
    ...list(
      "initContainers",
      tasks.flatMap((task) => preparation(task, context, place)),
    ),
    containers: [
      // First, because the other containers wait for its post-start hook.
      ...(needs("database") && authProxy && !authProxy.within
        ? [authProxyContainer(authProxy, options.terminationGracePeriodSeconds, place)]
        : []),
      ...tasks.map((task) => container(task, context, place, options.ownVolumes)),
    ],
    ...list(
      "volumes",
      tasks
        .flatMap((task) => volumes(task, context))
        .concat(needs("sharedFiles") && sharedFiles ? [shareVolume(sharedFiles)] : [])
        .concat(tasks.flatMap((task) => wholeShares(task.shares, context.shares).map(({ volume }) => volume)))
        .concat(bucketVolumes(tasks, (given) => context.bucket(given))),
    ),
    ...(Object.keys(nodes).length > 0 ? { nodeSelector: nodes } : {}),
    tolerations: [...placeTolerations(place), ...(options.tolerations ?? [])],
    ...(place?.priorityClass ? { priorityClassName: place.priorityClass } : {}),
    ...(options.topologySpreadConstraints ? { topologySpreadConstraints: options.topologySpreadConstraints } : {}),
  };
}

function container(
  task: Task,
  context: PodContext,
  place: Place | undefined,
  ownVolumes: readonly OwnVolume[] = [],
): Container {
  const environmentFrom = context.environmentConfigMap(task);
  return {
    name: task.name,
    image: context.image(task.image),
    ...list("command", task.command ?? []),
    ...list("args", task.args ?? []),
    ...list("ports", [
      ...(task.ports ?? []).map(({ name, containerPort }) => ({ name, containerPort })),
      ...(task.metrics ? [{ name: metricsPortName(task.metrics.port), containerPort: task.metrics.port }] : []),
    ]),
    ...(environmentFrom ? { envFrom: [{ configMapRef: { name: environmentFrom } }] } : {}),
    ...list("env", [
      ...(task.run === undefined ? [] : [{ name: "RUN", value: task.run }]),
      ...secretVariables(task, context),
      ...Object.entries(task.accounts ?? {}).map(([name, account]) => ({
        name,
        valueFrom: { secretKeyRef: { name: context.accountSecret(account), key: account.key } },
      })),
    ]),
    resources: resources(task.resources, place?.computeClass, place?.gpu?.count),
    ...probes(task),
    ...preStop(task),
    securityContext: securityContext(task.security),
    ...list("volumeMounts", [
      ...volumeMounts(task, context),
      ...ownVolumes.map(({ name, mountPath }) => ({ name, mountPath })),
    ]),
  };
}

/**
 * The init container that prepares files for a task. A pod needs as much as the largest init container or as all other
 * containers together, whichever is more (https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers):
 * with the least that a container gets, it never makes a pod larger.
 */
function preparation(task: Task, context: PodContext, place: Place | undefined): Container[] {
  const { prepared, security } = task;
  if (!prepared) return [];
  return [
    {
      name: limitName(`${task.name}-prepare`, NAME_LIMIT),
      image: context.image(prepared.image),
      command: prepared.command,
      resources: resources(LEAST_RESOURCES, place?.computeClass),
      securityContext: securityContext({ runAsUser: security?.runAsUser, runAsGroup: security?.runAsGroup }),
      volumeMounts: [{ name: preparedName(task), mountPath: prepared.directory }, ...fileMounts(task, context)],
    },
  ];
}

function preStop({ drainSeconds, preStop: hook }: Task): Pick<Container, "lifecycle"> {
  const command = hook?.command ?? (drainSeconds ? ["sleep", String(drainSeconds)] : undefined);
  return command ? { lifecycle: { preStop: { exec: { command } } } } : {};
}

function volumes(task: Task, context: PodContext): Volume[] {
  const files = context.fileConfigMap(task);
  return [
    ...(task.scratch ?? []).map((directory) => ({
      name: scratchName(task, directory.name),
      emptyDir: { sizeLimit: directory.sizeLimit ?? "256Mi" },
    })),
    ...(task.prepared
      ? [{ name: preparedName(task), emptyDir: { sizeLimit: task.prepared.sizeLimit ?? MINIMUM_STORAGE } }]
      : []),
    ...(files
      ? [
          {
            name: filesName(task),
            configMap: {
              name: files.name,
              items: [...new Set(Object.values(files.keys))].map((key) => ({ key, path: key })),
            },
          },
        ]
      : []),
  ];
}

function fileMounts(task: Task, context: PodContext): VolumeMount[] {
  return Object.entries(context.fileConfigMap(task)?.keys ?? {}).map(([mountPath, key]) => ({
    name: filesName(task),
    mountPath,
    subPath: key,
    readOnly: true,
  }));
}

function volumeMounts(task: Task, context: PodContext): VolumeMount[] {
  const { sharedFiles } = context;
  return [
    ...(task.scratch ?? []).map((directory) => ({
      name: scratchName(task, directory.name),
      mountPath: directory.mountPath,
    })),
    ...fileMounts(task, context),
    ...wholeShares(task.shares, context.shares).map(({ mount }) => mount),
    ...Object.entries(task.prepared?.files ?? {}).map(([mountPath, name]) => ({
      name: preparedName(task),
      mountPath,
      subPath: name,
      readOnly: true,
    })),
    ...(task.needs?.sharedFiles && sharedFiles
      ? [
          {
            name: sharedFiles.volumeName,
            mountPath: sharedFiles.mountPath,
            subPath: sharedFiles.subPath,
            ...(task.needs.sharedFiles === true ? {} : task.needs.sharedFiles),
          },
        ]
      : []),
    ...bucketMounts(task),
  ];
}

function scratchName(task: Task, name: string): string {
  return `${task.name}-${name}`;
}

function filesName(task: Task): string {
  return limitName(`${task.name}-files`, NAME_LIMIT);
}

function preparedName(task: Task): string {
  return limitName(`${task.name}-prepared`, NAME_LIMIT);
}

function list<Key extends string, Item>(key: Key, items: readonly Item[]): Partial<Record<Key, readonly Item[]>> {
  return items.length > 0 ? ({ [key]: items } as Partial<Record<Key, readonly Item[]>>) : {};
}
