import {
  type Fields,
  fieldsOf,
  isLabel,
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

/**
 * @returns what a server would refuse about a pod's spec: kubernetes/kubernetes pkg/apis/core/validation/validation.go, and what
 * can be no other than a mistake (an environment variable twice, two containers of a pod on one port)
 */
export function podProblems(spec: Fields, path: string): readonly string[] {
  const init = listOf(spec.initContainers).map(fieldsOf);
  const main = listOf(spec.containers).map(fieldsOf);
  const containers = [...init, ...main];
  const volumes = listOf(spec.volumes).map(fieldsOf);
  const names = volumes.map(({ name }) => shown(name));
  const said: string[] = [];
  const say = (wrong: boolean, what: string): void => {
    if (wrong) said.push(`${path}: ${what}`);
  };
  say(main.length === 0, "no container");
  for (const name of names) say(!isLabel(name), `volume ${JSON.stringify(name)} is no label`);
  for (const name of twice(names)) say(true, `two volumes ${name}`);
  for (const name of twice(containers.map((container) => shown(container.name)))) say(true, `two containers ${name}`);
  const ports = [...main, ...init.filter(({ restartPolicy }) => restartPolicy === "Always")].flatMap((container) =>
    listOf(container.ports).map((port) => shown(fieldsOf(port).containerPort)),
  );
  for (const port of twice(ports)) say(true, `two containers listen on ${port}`);
  const grace = spec.terminationGracePeriodSeconds;
  say(grace !== undefined && !(Number(grace) >= 0), `grace period ${shown(grace)}`);
  const deadline = spec.activeDeadlineSeconds;
  say(deadline !== undefined && !(Number(deadline) >= 1), `deadline ${shown(deadline)}`);
  for (const [key, value] of Object.entries(fieldsOf(spec.nodeSelector)))
    say(!isQualified(key) || !isLabelValue(shown(value)), `node selector ${key}=${shown(value)}`);
  for (const each of listOf(spec.tolerations).map(fieldsOf)) said.push(...tolerationProblems(each, path));
  for (const volume of volumes) said.push(...volumeProblems(volume, path));
  for (const container of containers)
    said.push(...containerProblems(container, names, `${path}.${shown(container.name)}`));
  return said;
}

function tolerationProblems({ key, operator = "Equal", value, effect }: Fields, path: string): readonly string[] {
  const wrong =
    (key === undefined || key === "" ? operator !== "Exists" : !isQualified(shown(key))) ||
    (operator === "Exists" && value !== undefined && value !== "") ||
    (value !== undefined && !isLabelValue(shown(value))) ||
    (effect !== undefined && !["", "NoSchedule", "PreferNoSchedule", "NoExecute"].includes(shown(effect)));
  return wrong ? [`${path}: toleration ${JSON.stringify({ key, operator, value, effect })}`] : [];
}

function volumeProblems(volume: Fields, path: string): readonly string[] {
  const sources = Object.keys(volume).filter((key) => key !== "name");
  const { name, emptyDir, configMap, nfs, persistentVolumeClaim } = volume;
  const limit = fieldsOf(emptyDir).sizeLimit;
  const claim = fieldsOf(persistentVolumeClaim).claimName;
  return [
    sources.length !== 1 && `has ${sources.length} sources`,
    limit !== undefined && !((quantityOf(limit) ?? -1) >= 0) && `sizeLimit ${shown(limit)}`,
    configMap !== undefined && fieldsOf(configMap).name === "" && "no ConfigMap is named",
    nfs !== undefined && !shown(fieldsOf(nfs).path).startsWith("/") && "its path is not absolute",
    claim !== undefined && !isSubdomain(shown(claim)) && `claim ${shown(claim)}`,
  ].flatMap((what) => (typeof what === "string" ? [`${path}: volume ${shown(name)}: ${what}`] : []));
}

/** What both `restartPolicy: Always` of a sidecar and an ordinary container have. */
function containerProblems(container: Fields, volumes: readonly string[], path: string): readonly string[] {
  const said: string[] = [];
  const say = (wrong: boolean, what: string): void => {
    if (wrong) said.push(`${path}: ${what}`);
  };
  const { name, image } = container;
  say(!isLabel(shown(name)), "its name is no label");
  say(typeof image !== "string" || image === "" || image !== image.trim(), `image ${JSON.stringify(image)}`);
  for (const each of [...listOf(container.command), ...listOf(container.args)])
    say(typeof each !== "string", "a word of its command is no text");
  const env = listOf(container.env).map(fieldsOf);
  for (const { name: variable, value, valueFrom } of env) {
    const written = shown(variable);
    say(!/^[ -<>-~]+$/.test(written), `environment variable ${JSON.stringify(written)}`);
    say(value !== undefined && value !== "" && valueFrom !== undefined, `${written} has two values`);
    say(value !== undefined && typeof value !== "string", `${written} is no text`);
  }
  for (const variable of twice(env.map((each) => shown(each.name)))) say(true, `${variable} is set twice`);
  const ports = listOf(container.ports).map(fieldsOf);
  for (const { name: port, containerPort } of ports) {
    say(!isPort(containerPort), `port ${shown(containerPort)}`);
    say(port !== undefined && !isPortName(shown(port)), `port name ${shown(port)}`);
  }
  for (const port of twice(ports.map((each) => shown(each.name)))) say(true, `two ports ${port}`);
  const mounts = listOf(container.volumeMounts).map(fieldsOf);
  for (const { name: volume, mountPath, subPath } of mounts) {
    say(!volumes.includes(shown(volume)), `there is no volume ${shown(volume)}`);
    say(shown(mountPath) === "" || /:/.test(shown(mountPath)), `mount path ${shown(mountPath)}`);
    const parts = shown(subPath ?? "").split("/");
    say(
      subPath !== undefined && (shown(subPath).startsWith("/") || parts.includes("..")),
      `sub path ${shown(subPath)}`,
    );
  }
  for (const at of twice(mounts.map((each) => shown(each.mountPath)))) say(true, `two mounts at ${at}`);
  said.push(...resourceProblems(fieldsOf(container.resources), path));
  for (const kind of ["startupProbe", "livenessProbe", "readinessProbe"])
    if (container[kind] !== undefined) said.push(...probeProblems(fieldsOf(container[kind]), kind, path));
  return said;
}

function resourceProblems({ limits, requests }: Fields, path: string): readonly string[] {
  return Object.entries({ ...fieldsOf(requests), ...fieldsOf(limits) }).flatMap(([resource]) => {
    const [limit, request] = [fieldsOf(limits)[resource], fieldsOf(requests)[resource]];
    const wrong = [limit, request].filter((value) => value !== undefined && !((quantityOf(value) ?? -1) >= 0));
    const more = limit !== undefined && request !== undefined && (quantityOf(request) ?? 0) > (quantityOf(limit) ?? 0);
    return [
      ...wrong.map((value) => `${path}: ${resource} ${JSON.stringify(value)} is no quantity`),
      ...(more ? [`${path}: requests ${shown(request)} of ${resource}, more than ${shown(limit)}`] : []),
    ];
  });
}

const NUMBERS: readonly (readonly [field: string, least: number])[] = [
  ["initialDelaySeconds", 0],
  ["timeoutSeconds", 1],
  ["periodSeconds", 1],
  ["failureThreshold", 1],
  ["successThreshold", 1],
];

function probeProblems(probe: Fields, kind: string, path: string): readonly string[] {
  const handlers = ["httpGet", "tcpSocket", "exec", "grpc"].filter((handler) => probe[handler] !== undefined);
  const { port, path: asked } = { ...fieldsOf(probe.httpGet), ...fieldsOf(probe.tcpSocket) };
  const command = listOf(fieldsOf(probe.exec).command);
  return [
    handlers.length !== 1 && `has ${handlers.length} handlers`,
    port !== undefined && !isPort(port) && !isPortName(shown(port)) && `port ${shown(port)}`,
    probe.httpGet !== undefined && asked === "" && "no path",
    probe.exec !== undefined && command.length === 0 && "no command",
    kind !== "readinessProbe" && Number(probe.successThreshold ?? 1) !== 1 && "successThreshold is not 1",
    ...NUMBERS.map(([field, least]) => {
      const value = probe[field];
      const fits = value === undefined || (Number.isInteger(Number(value)) && Number(value) >= least);
      return !fits && `${field} ${shown(value)}`;
    }),
  ].flatMap((what) => (typeof what === "string" ? [`${path}: ${kind}: ${what}`] : []));
}
