import type { ApplicationConfig, SecretDefinition } from "./application-config";
import type { Component, Job, Probe, Scaling } from "./component";
import type { FrontDoorSettings } from "./front-door/settings";
import type { SharedServices } from "./google/shared-services";
import { identityProblems } from "./google/identity-check";
import type { Installation } from "./installation";
import { plain } from "./terraform/literal";
import { isPort, later, matches, nameOneOf, refuse, shown, twice, unless } from "./terraform/props-problems";
import { isCron } from "./workload/cron";
import { bytes, cores } from "./workload/quantities";

/** What `AppGke` is given. */
interface Given {
  readonly installation: Installation;
  readonly application: ApplicationConfig;
  readonly services: SharedServices;
  /** @default {} */
  readonly frontDoor?: FrontDoorSettings;
}

const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const DNS_LABEL_SAYS = "Kubernetes takes up to 63 lower-case letters, digits and hyphens, first and last no hyphen";
const WITH_LETTER_FIRST = /^[a-z]/;
const DOMAIN = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/;
const DESTINATIONS = ["database", "redis", "earlier-redis", "google-apis", "internet", "internal"];

/** Refuses what no plan would: it names each prop that an apply would fail for, or that would have no effect. */
export function checkProps(given: Given): void {
  refuse("AppGke", [...identityProblems(given.installation), ...applicationProblems(given), ...doorProblems(given)]);
}

function applicationProblems(given: Given): readonly string[] {
  const { application, services } = given;
  const { apis = [], components, database, entryPoint, health, jobs = [] } = application;
  const withPort = components.filter(({ ports = [] }) => ports.length > 0).map(({ name }) => name);
  const tasks = [...components, ...jobs];
  const needsShares = tasks.filter(({ needs }) => needs?.sharedFiles).map(({ name }) => name);
  return [
    ...unless(
      matches(application.name, DNS_LABEL) && matches(application.name, WITH_LETTER_FIRST),
      `application.name is ${shown(application.name)}: ${DNS_LABEL_SAYS}, and first a letter`,
    ),
    ...unless(
      withPort.includes(entryPoint),
      `application.entryPoint is ${shown(entryPoint)}, and no component with ports has this name, so there is nothing to publish. Take ${nameOneOf(withPort)}`,
    ),
    ...twice("application.components and application.jobs", tasks),
    ...twice("application.buckets", application.buckets ?? [], ({ nameSuffix }) => nameSuffix),
    ...(application.buckets ?? []).flatMap(({ nameSuffix }) =>
      unless(
        /^[a-z0-9_-]*[a-z0-9]$/.test(nameSuffix),
        `application.buckets has the nameSuffix ${shown(nameSuffix)}: Cloud Storage takes lower-case letters, digits, - and _, last a letter or a digit`,
      ),
    ),
    ...secretProblems(application),
    ...apis.flatMap((api) =>
      unless(
        /^[a-z0-9.-]+\.googleapis\.com$/.test(api),
        `application.apis has ${shown(api)}, which is no API of Google's. Take one such as pubsub.googleapis.com`,
      ),
    ),
    ...unless(
      health === undefined || withPort.includes(health.component),
      `application.health.component is ${shown(health?.component)}, and no component with ports has this name. Take ${nameOneOf(withPort)}`,
    ),
    ...unless(
      !database || database.inCluster !== undefined || services.sql !== undefined,
      "application.database is set, and services.sql is not, so no instance has it. Add databaseVersion to newServices, or set services.sql",
    ),
    ...unless(
      !database || database.inCluster !== undefined || !services.sql || sameEngine(database, services.sql),
      `application.database.version is ${shown(database?.version)}, and services.sql.databaseVersion is ${shown(services.sql?.databaseVersion)}: take the same for both`,
    ),
    ...unless(
      needsShares.length === 0 || services.fileServer !== undefined || services.filestore !== undefined,
      `needs.sharedFiles of ${needsShares.join(", ")} has no effect: services have neither fileServer nor filestore. Add one, or leave it out`,
    ),
    ...components.flatMap((component) => componentProblems(component, given)),
    ...jobs.flatMap((job) => jobProblems(job, given)),
  ];
}

function secretProblems(application: ApplicationConfig): readonly string[] {
  const { secrets = [], composedSecrets = [], database } = application;
  const names = secretNames(application);
  return [
    ...twice("application.secrets and application.composedSecrets", [...secrets, ...composedSecrets]),
    ...secrets.flatMap(({ name, source }) => [
      ...unless(
        // One that is made here is named after it in Secret Manager as well.
        (isMade(source) ? /^[A-Za-z0-9_-]{1,200}$/ : /^[A-Za-z0-9._-]{1,253}$/).test(name),
        `application.secrets has the name ${shown(name)}: ${isMade(source) ? "Secret Manager takes letters, digits, - and _" : "Kubernetes takes letters, digits, -, _ and ."}`,
      ),
      ...unless(
        source.type !== "generated" || (Number.isInteger(source.format.length) && source.format.length > 0),
        `application.secrets.${name}.source.format.length is ${shown(source.type === "generated" && source.format.length)}: a generated value has at least one character`,
      ),
    ]),
    ...composedSecrets.flatMap(({ name, from }) =>
      from.flatMap((part) =>
        unless(
          names.includes(part),
          `application.composedSecrets.${name}.from names ${shown(part)}, which is not in application.secrets. Take ${nameOneOf(names)}`,
        ),
      ),
    ),
    ...unless(
      database?.passwordSecret === undefined || names.includes(database.passwordSecret),
      `application.database.passwordSecret is ${shown(database?.passwordSecret)}, which is not in application.secrets. Take ${nameOneOf(names)}`,
    ),
    ...unless(
      !database || database.passwordSecret !== undefined || database.iam !== undefined,
      "application.database has neither passwordSecret nor iam, so nobody can log in. Set one of the two",
    ),
  ];
}

/** What components and jobs have in common. */
function taskProblems(task: Component | Job, at: string, { application }: Given): readonly string[] {
  const { components, composedSecrets = [] } = application;
  const { database } = application;
  const userKeys = [database?.rotation?.userKey, database?.userOfOthers?.userKey].flatMap((key) => key ?? []);
  const known = [...secretNames(application), ...composedSecrets.map(({ name }) => name), ...userKeys];
  const places = [...components.map(({ name }) => name), ...DESTINATIONS, ...dataParts(application)];
  const paths = [...(task.scratch ?? []), ...(task.files ?? []), ...(task.needs?.buckets ?? [])];
  return [
    ...unless(DNS_LABEL.test(task.name), `${at}.name is ${shown(task.name)}: ${DNS_LABEL_SAYS}`),
    ...unless(
      matches(task.image, /^\S+$/),
      `${at}.image is ${shown(task.image)}, which is no image. Take one with a fixed tag, such as nginx:1.29.1`,
    ),
    ...Object.entries(task.secrets ?? {}).flatMap(([variable, name]) =>
      unless(
        known.includes(name),
        `${at}.secrets.${variable} is ${shown(name)}, which is not in application.secrets: no pod would start. Take ${nameOneOf(known)}`,
      ),
    ),
    ...unless(
      !task.needs?.database || application.database !== undefined,
      `${at}.needs.database is set, and application.database is not, so there is nothing to connect to. Set both or neither`,
    ),
    ...(task.talksTo ?? []).flatMap((to) =>
      unless(
        places.includes(to),
        `${at}.talksTo names ${shown(to)}, which is neither a component nor a destination: no network policy would open it. Take ${nameOneOf(places)}`,
      ),
    ),
    ...(task.needs?.googleRoles ?? []).flatMap((role) =>
      unless(
        matches(role, /^(roles|projects\/[^/]+\/roles|organizations\/\d+\/roles)\/\S+$/),
        `${at}.needs.googleRoles has ${shown(role)}, which is no role. Take one such as roles/pubsub.publisher`,
      ),
    ),
    ...paths.flatMap(({ mountPath }) =>
      unless(matches(mountPath, /^\//), `${at} has the mountPath ${shown(mountPath)}, which does not begin with /`),
    ),
    ...twice(`${at}.scratch`, task.scratch ?? []),
    ...quantityProblems(task, at),
  ];
}

function quantityProblems({ resources: { cpu, memory } }: Component | Job, at: string): readonly string[] {
  return [
    ...unless(
      later(cpu) || (/^(\d+(\.\d+)?|\.\d+|\d+m)$/.test(cpu) && cores(cpu) > 0),
      `${at}.resources.cpu is ${shown(cpu)}, which is no quantity of CPU. Take one such as 500m or 2`,
    ),
    ...unless(
      later(memory) || (/^(\d+(\.\d+)?|\.\d+)(Ki|Mi|Gi|Ti|k|M|G|T)?$/.test(memory) && bytes(memory) >= 2 ** 20),
      `${at}.resources.memory is ${shown(memory)}, which is no quantity of at least 1Mi. Take one such as 512Mi or 2Gi`,
    ),
  ];
}

function componentProblems(component: Component, given: Given): readonly string[] {
  const at = `application.components.${component.name}`;
  const { ports = [], inPodOf, probes = {} } = component;
  const others = given.application.components.filter(({ name }) => name !== component.name).map(({ name }) => name);
  return [
    ...taskProblems(component, at, given),
    ...ports.flatMap(({ name, containerPort, servicePort = containerPort }) => [
      ...unless(
        /^(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$/.test(name),
        `${at}.ports has the name ${shown(name)}: Kubernetes takes up to 15 lower-case letters, digits and hyphens with a letter among them`,
      ),
      ...[...new Set([containerPort, servicePort])].flatMap((port) =>
        unless(isPort(port), `${at}.ports.${name} has the port ${shown(port)}: take one from 1 to 65535`),
      ),
    ]),
    ...twice(`${at}.ports`, ports),
    ...unless(
      inPodOf === undefined || others.includes(inPodOf),
      `${at}.inPodOf is ${shown(inPodOf)}, and no other component has this name, so it would never run. Take ${nameOneOf(others)}`,
    ),
    ...Object.entries(probes).flatMap(([kind, probe]: [string, Probe | undefined]) =>
      probeProblems(probe, `${at}.probes.${kind}`),
    ),
    ...(component.scaling ? scalingProblems(component.scaling, `${at}.scaling`) : []),
  ];
}

function probeProblems(probe: Probe | undefined, at: string): readonly string[] {
  if (!probe || probe.check.type === "exec") return [];
  const { check } = probe;
  return [
    ...unless(isPort(check.port), `${at} asks port ${shown(check.port)}: take one from 1 to 65535`),
    ...unless(
      check.type !== "http" || matches(check.path, /^\//),
      `${at} asks the path ${shown(check.type === "http" && check.path)}, which does not begin with /`,
    ),
  ];
}

function scalingProblems(scaling: Scaling, at: string): readonly string[] {
  if (scaling.type === "fixed")
    return unless(
      later(scaling.replicas) || (Number.isInteger(scaling.replicas) && scaling.replicas >= 0),
      `${at}.replicas is ${shown(scaling.replicas)}: take a whole number from 0`,
    );
  const { minimum, maximum } = scaling;
  return unless(
    later(minimum) ||
      later(maximum) ||
      (Number.isInteger(minimum) && Number.isInteger(maximum) && minimum >= 1 && minimum <= maximum),
    `${at} is from minimum ${shown(minimum)} to maximum ${shown(maximum)}: take whole numbers from 1, the first not above the second`,
  );
}

function jobProblems(job: Job, given: Given): readonly string[] {
  const at = `application.jobs.${job.name}`;
  const { jobs = [] } = given.application;
  const names = jobs.map(({ name }) => name);
  return [
    ...taskProblems(job, at, given),
    ...unless(
      job.schedule === undefined || job.suspend === true || later(job.schedule) || isCron(job.schedule),
      `${at}.schedule is ${shown(job.schedule)}, which is no cron expression that ever occurs. Take five fields, such as 0 2 * * *`,
    ),
    ...(job.after ?? []).flatMap((before) =>
      unless(names.includes(before), `${at}.after names ${shown(before)}, which is no job. Take ${nameOneOf(names)}`),
    ),
    ...unless(!comesBefore(job, job, jobs), `${at}.after leads back to the job itself, so it would never run`),
  ];
}

/** @returns whether a job has to complete before another one */
function comesBefore(job: Job, other: Job, jobs: readonly Job[], seen = new Set<string>()): boolean {
  return (other.after ?? []).some((name) => {
    if (name === job.name) return true;
    if (seen.has(name)) return false;
    seen.add(name);
    return jobs.some((before) => before.name === name && comesBefore(job, before, jobs, seen));
  });
}

function doorProblems({ application, frontDoor = {} }: Given): readonly string[] {
  const { gateway, publicUrls = [], servicePort = 80 } = frontDoor;
  const entry = application.components.find(({ name }) => name === application.entryPoint);
  return [
    ...unless(isPort(servicePort), `frontDoor.servicePort is ${shown(servicePort)}: take one from 1 to 65535`),
    ...publicUrls.flatMap((url) =>
      unless(
        URL.canParse(plain(url)) && /^https?:/.test(url),
        `frontDoor.publicUrls has ${shown(url)}, which is no address. Take one such as https://shop.example.com`,
      ),
    ),
    ...(gateway?.domains ?? []).flatMap((domain) =>
      unless(
        DOMAIN.test(domain),
        `frontDoor.gateway.domains has ${shown(domain)}, which is no domain. Take a lower-case name such as shop.example.com, without https://`,
      ),
    ),
    ...unless(
      !gateway || !entry || entry.probes?.readiness?.check.type === "http",
      `frontDoor.gateway asks whether application.components.${application.entryPoint} is healthy, and that has no readiness probe of type http. Set its probes.readiness`,
    ),
  ];
}

/** The application's own, and those that an operator makes for it. */
function secretNames({ dataClusters = [], secrets = [] }: ApplicationConfig): readonly string[] {
  const logins = dataClusters.flatMap(({ parts }) => parts.flatMap(({ login }) => login?.passwordSecret ?? []));
  return [...secrets.map(({ name }) => name), ...logins];
}

function dataParts({ dataClusters = [] }: ApplicationConfig): readonly string[] {
  return dataClusters.flatMap(({ name, parts }) => [name, ...parts.map((part) => part.name)]);
}

/** Whether Secret Manager gets a secret from here: others have made it, or it is in another store. */
function isMade({ type }: SecretDefinition["source"]): boolean {
  return type === "generated" || type === "variable";
}

/** `POSTGRES_15` and `POSTGRES_17` are versions of one engine. */
function sameEngine({ version }: { version: string }, { databaseVersion }: { databaseVersion: string }): boolean {
  return later(version) || later(databaseVersion) || version.split("_")[0] === databaseVersion.split("_")[0];
}
