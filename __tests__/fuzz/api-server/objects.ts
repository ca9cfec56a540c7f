import { violations } from "../../edge/crd-schema";
import {
  bytes,
  type Fields,
  fieldsOf,
  isConfigKey,
  isLabel,
  isLabel1035,
  isLabelValue,
  isPort,
  isPortName,
  isQualified,
  isSubdomain,
  listOf,
  quantityOf,
  shown,
  twice,
} from "./names";
import { podProblems } from "./pods";

/** An object as the Kubernetes API takes it. What only apply knows is a letter. */
export interface KubernetesObject {
  readonly kind: string;
  /** Where a schema of it is to be kept to. @default - Terraform's provider has it, which checks the fields itself */
  readonly apiVersion?: string;
  readonly metadata: Fields;
  readonly fields: Fields;
}

/** What `etcd` takes by default, and with it a server, less than a half of it for what it adds. */
const MOST_BYTES = 1_500_000;
const MOST_ANNOTATIONS = 256 * 1024;
const MOST_DATA = 1024 * 1024;

/** Kinds with a name of another rule than a DNS subdomain's. A Job's and a CronJob's go into labels of their pods. */
const NAMES: Readonly<Record<string, (name: string) => boolean>> = {
  Service: isLabel1035,
  Namespace: isLabel,
  Job: isLabel,
  CronJob: (name) => isLabel(name) && name.length <= 52,
  // Its ReplicaSets' and pods' names are made of it, and the host's name is a pod's.
  Deployment: (name) => isSubdomain(name) && name.length <= 63,
  Role: (name) => name !== "" && !/[/%]/.test(name),
  RoleBinding: (name) => name !== "" && !/[/%]/.test(name),
};

/** @returns what an API server would refuse about an object */
export function objectProblems(object: KubernetesObject): readonly string[] {
  const { kind, metadata, fields } = object;
  const path = `${kind} ${shown(metadata.name)}`;
  const size = bytes(JSON.stringify(fields));
  return [
    ...metadataProblems(object, path),
    ...(size > MOST_BYTES ? [`${path}: ${size} bytes are more than a server takes`] : []),
    ...(object.apiVersion === undefined
      ? []
      : violations({ ...fields, apiVersion: object.apiVersion, kind, metadata } as never)),
    ...(CHECKS[kind]?.(fields, path) ?? []),
  ];
}

function metadataProblems({ kind, metadata }: KubernetesObject, path: string): readonly string[] {
  const { name, namespace } = metadata;
  const fits = NAMES[kind] ?? isSubdomain;
  const annotations = Object.entries(fieldsOf(metadata.annotations));
  const size = annotations.reduce((sum, [key, value]) => sum + bytes(key) + bytes(shown(value)), 0);
  return [
    ...(fits(shown(name)) ? [] : [`${path}: its name is not allowed`]),
    ...(namespace === undefined || isLabel(shown(namespace)) ? [] : [`${path}: namespace ${shown(namespace)}`]),
    ...(size > MOST_ANNOTATIONS ? [`${path}: ${size} bytes of annotations`] : []),
    ...annotations.filter(([key]) => !isQualified(key.toLowerCase())).map(([key]) => `${path}: annotation ${key}`),
    ...labelProblems(metadata.labels, path),
  ];
}

function labelProblems(labels: unknown, path: string): readonly string[] {
  return Object.entries(fieldsOf(labels))
    .filter(([key, value]) => !isQualified(key) || !isLabelValue(shown(value)))
    .map(([key, value]) => `${path}: label ${key}=${shown(value)}`);
}

type Check = (fields: Fields, path: string) => readonly string[];

function templateProblems(template: unknown, path: string): readonly string[] {
  const { metadata, spec } = fieldsOf(template);
  return [...labelProblems(fieldsOf(metadata).labels, path), ...podProblems(fieldsOf(spec), path)];
}

const job: Check = (spec, path) => [
  ...["completions", "parallelism", "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished"]
    .filter((field) => spec[field] !== undefined && !(Number(spec[field]) >= 0))
    .map((field) => `${path}: ${field} ${shown(spec[field])}`),
  ...templateProblems(spec.template, path),
];

const configMap: Check = (fields, path) => {
  const data = { ...fieldsOf(fields.data), ...fieldsOf(fields.dataWo), ...fieldsOf(fields.binaryData) };
  const size = Object.entries(data).reduce((sum, [key, value]) => sum + bytes(key) + bytes(shown(value)), 0);
  return [
    ...(size > MOST_DATA ? [`${path}: ${size} bytes of data`] : []),
    ...Object.keys(data)
      .filter((key) => !isConfigKey(key))
      .map((key) => `${path}: key ${JSON.stringify(key)}`),
  ];
};

const CHECKS: Readonly<Record<string, Check>> = {
  Deployment: ({ spec }, path) => {
    const { selector, template, replicas } = fieldsOf(spec);
    const labels = fieldsOf(fieldsOf(fieldsOf(template).metadata).labels);
    const chosen = Object.entries(fieldsOf(fieldsOf(selector).matchLabels));
    return [
      ...(chosen.length > 0 && chosen.every(([key, value]) => labels[key] === value)
        ? []
        : [`${path}: its selector does not choose its pods`]),
      ...(replicas === undefined || Number(replicas) >= 0 ? [] : [`${path}: replicas ${shown(replicas)}`]),
      ...templateProblems(template, path),
    ];
  },
  Job: ({ spec }, path) => job(fieldsOf(spec), path),
  CronJob: ({ spec }, path) => {
    const { jobTemplate, ...rest } = fieldsOf(spec);
    const numbers = ["successfulJobsHistoryLimit", "failedJobsHistoryLimit", "startingDeadlineSeconds"];
    return [
      ...numbers
        .filter((field) => rest[field] !== undefined && !(Number(rest[field]) >= 0))
        .map((field) => `${path}: ${field} ${shown(rest[field])}`),
      ...(shown(rest.schedule).trim().split(/\s+/).length === 5 || shown(rest.schedule).startsWith("@")
        ? []
        : [`${path}: schedule ${shown(rest.schedule)}`]),
      ...job(fieldsOf(fieldsOf(jobTemplate).spec), path),
    ];
  },
  Service: ({ spec }, path) => {
    const { ports: given, selector, sessionAffinity } = fieldsOf(spec);
    const ports = listOf(given).map(fieldsOf);
    return [
      ...labelProblems(selector, path),
      ...ports
        .filter(({ port, name }) => !isPort(port) || (name === undefined ? ports.length > 1 : !isLabel(shown(name))))
        .map((port) => `${path}: port ${JSON.stringify(port)}`),
      ...ports
        .filter(({ targetPort: to }) => to !== undefined && !isPort(to) && !isPortName(shown(to)))
        .map(({ targetPort }) => `${path}: target port ${shown(targetPort)}`),
      ...twice(ports.map(({ name }) => shown(name))).map((name) => `${path}: two ports ${name}`),
      ...twice(ports.map(({ port, protocol = "TCP" }) => `${shown(port)}/${shown(protocol)}`)).map(
        (port) => `${path}: two ports ${port}`,
      ),
      ...(["None", "ClientIP", undefined].includes(sessionAffinity as undefined) ? [] : [`${path}: sessionAffinity`]),
    ];
  },
  ConfigMap: configMap,
  Secret: configMap,
  HorizontalPodAutoscaler: ({ spec }, path) => {
    const { minReplicas = 1, maxReplicas } = fieldsOf(spec);
    return Number(minReplicas) >= 1 && Number(maxReplicas) >= Number(minReplicas)
      ? []
      : [`${path}: from ${shown(minReplicas)} to ${shown(maxReplicas)}`];
  },
  PodDisruptionBudget: ({ spec }, path) => {
    const { minAvailable, maxUnavailable } = fieldsOf(spec);
    const given = [minAvailable, maxUnavailable].filter((value) => value !== undefined);
    const fits = given.every((value) => /^(\d+|\d{1,2}%|100%)$/.test(shown(value)));
    return given.length === 1 && fits ? [] : [`${path}: ${JSON.stringify(given)}`];
  },
  ResourceQuota: ({ spec }, path) =>
    Object.entries(fieldsOf(fieldsOf(spec).hard))
      .filter(([, value]) => !((quantityOf(value) ?? -1) >= 0))
      .map(([key, value]) => `${path}: ${key} ${shown(value)}`),
  NetworkPolicy: ({ spec }, path) => {
    const { ingress, egress, podSelector } = fieldsOf(spec);
    const rules = [...listOf(ingress), ...listOf(egress)].map(fieldsOf);
    const peers = rules.flatMap(({ from, to }) => [...listOf(from), ...listOf(to)]).map(fieldsOf);
    return [
      ...labelProblems(fieldsOf(podSelector).matchLabels, path),
      ...peers.flatMap(({ ipBlock }) => (ipBlock === undefined ? [] : rangeProblems(fieldsOf(ipBlock), path))),
      ...rules
        .flatMap(({ ports }) => listOf(ports).map(fieldsOf))
        .filter(({ port }) => port !== undefined && !isPort(port) && !isPortName(shown(port)))
        .map(({ port }) => `${path}: port ${shown(port)}`),
    ];
  },
};

function rangeProblems({ cidr, except }: Fields, path: string): readonly string[] {
  return [cidr, ...listOf(except)]
    .filter((range) => !/^x(\/32)?$|^\d{1,3}(\.\d{1,3}){3}\/([0-9]|[12][0-9]|3[012])$/.test(shown(range)))
    .map((range) => `${path}: range ${shown(range)}`);
}
