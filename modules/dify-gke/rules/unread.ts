import { handedTo } from "../../dify-common/compose-names";
import { type ComponentName, historyOf, knownVariables, versionOf } from "../../dify-common/releases";
import { managedIn, ownOfContainers, reservedFor } from "../../dify-common/reserved";
import { goesTo, isReadIn, listOf } from "../../dify-common/routing";
import { imagesIn, kubernetesName } from "../dify-settings";
import { readRequirements } from "../python-requirements";
import type { Variables } from "../variables";
import { nearest } from "../variables/mention";
import { everyName, namesAndReaders } from "./environment";
import { DESIGN, type Rule } from "./rule";

/**
 * Environment variables that nothing reads. What is known comes from the public source of every release; the user's own
 * image, and programs inside a component, may read more, so these are warnings.
 */

/** Among hundreds of names, one is always a little similar. */
const ALIKE = 1 / 5;

const unread: Rule = {
  id: "environment-read",
  what: "An environment variable that no component of the release reads",
  why: "It changes nothing.",
  risk: "Medium",
  severity: "warning",
  variables: [...namesAndReaders, "container_image"],
  source: DESIGN,
  brokenBy: (v) => [...new Set(everyName(v))].filter((name) => isUnread(v, name)),
  message: (v, subject) => {
    const near = nearest(subject, knownNames(v), ALIKE);
    const image = v.container_image
      ? `your own image (${v.container_image}) may read it, since the API's processes get it`
      : "the API's processes get it, and it has no effect";
    return `No component of ${release(v)} reads ${subject}${history(v, subject)}: ${image}. ${remedy(subject, near)}`;
  },
};

function isUnread(v: Variables, name: string): boolean {
  const readers = goesTo(imagesIn(v), name);
  return readers.length === 0 && managedIn(readers, name) === undefined && !ownOfContainers.has(name);
}

function release(v: Variables): string {
  return `Dify ${imagesIn(v).release.version}`;
}

/** @returns every variable that a component reads and may be given */
function knownNames(v: Variables): readonly string[] {
  const { release, imageTags } = imagesIn(v);
  const components = Object.keys(release.release.images) as ComponentName[];
  return components.flatMap((component) => {
    const known = knownVariables(release.version, component, imageTags[component]);
    const reserved = reservedFor(component);
    return [...(known?.read.keys() ?? [])].filter((name) => !reserved.has(name));
  });
}

/** @returns which version added it, or was the first without it */
function history(v: Variables, name: string): string {
  const { release, imageTags } = imagesIn(v);
  const sentences = historyOf(name).flatMap(({ list, type, version }, index, events) => {
    // For each component, the last known change.
    if (events.slice(index + 1).some((later) => later.list === list)) return [];
    const component = kubernetesName(list);
    const has = versionOf(release.version, list, imageTags);
    const here =
      has === undefined ? ", but is not in this release" : has === release.version ? "" : `, and is ${has} here`;
    return [`${component} ${type === "added" ? "reads it from" : "no longer reads it from"} ${version} on${here}`];
  });
  return sentences.length > 0 ? ` (${sentences.join("; ")})` : "";
}

function remedy(name: string, near: string | undefined): string {
  const handed = handedTo(name);
  if (handed === "edge")
    return "In Dify's own compose file it configures nginx or squid, which other variables configure here: take it out, and see upload_file_size_limit_mb, ssrf_proxy_allowed_hosts and component_settings.";
  if (handed) {
    const { component, variable } = handed;
    const place = kubernetesName(component);
    return reservedFor(component).has(variable)
      ? `In Dify's own compose file it becomes ${variable} of ${place}, which this project sets to match what it creates and generates: take it out.`
      : `In Dify's own compose file it becomes ${variable} of ${place}: set ${component === "api" ? `${variable} instead` : `${variable} in component_settings.${component} instead`}.`;
  }
  return `${near ? `Did you mean "${near}"? If not, take it out` : "Take it out"}, unless something of your own reads it.`;
}

/**
 * What runs inside these gets their environment and may read anything: plugins (dify-plugin-daemon
 * internal/core/local_runtime), and agents' commands. There only likely typing mistakes count.
 */
const HOSTS: readonly string[] = ["plugin-daemon", "local-sandbox"];

const unreadByComponent: Rule = {
  id: "component-environment-read",
  what: "A variable of a component that the component does not read",
  why: "It changes nothing there.",
  risk: "Medium",
  severity: "warning",
  variables: [
    "component_settings",
    "application_version",
    "component_image_tags",
    "sandbox_image",
    "container_image",
    "sandbox_python_requirements_file",
  ],
  source: DESIGN,
  brokenBy: (v) => unreadIn(v).map(({ component, name }) => `${component}.${name}`),
  message: (v, subject) => {
    const [component = "", name = ""] = subject.split(".");
    const key = component.replaceAll("-", "_") as ComponentName;
    const near = nearestIn(v, key, name);
    const reader = listOf(key);
    const others = goesTo(imagesIn(v), name).filter((other) => other !== reader);
    const where =
      others.length > 0
        ? `${others.map(kubernetesName).join(" and ")} would read it: set it there, or in environment_variables, from where it gets there.`
        : `${near ? `Did you mean "${near}"? If not, take it out` : "Take it out"}, unless something of your own reads it.`;
    return `component_settings sets ${subject}, and ${component} of ${release(v)} does not read it${history(v, name)}: it has no effect there. ${where}`;
  },
};

interface Unread {
  readonly component: string;
  readonly name: string;
}

function unreadIn(v: Variables): readonly Unread[] {
  const where = imagesIn(v);
  const file = v.sandbox_python_requirements_file;
  const byPip = new Set(file === "" ? [] : readRequirements(file).variables);
  return Object.entries(v.component_settings).flatMap(([written, { environment, secret_environment: secrets }]) => {
    const component = kubernetesName(written);
    const key = written.replaceAll("-", "_") as ComponentName;
    if (!Object.hasOwn(where.release.release.images, key)) return [];
    const reserved = reservedFor(key);
    const inserted = component === "sandbox" ? byPip : new Set<string>();
    return [...Object.keys(environment), ...Object.keys(secrets)]
      .filter(
        (name) =>
          !reserved.has(name) && !ownOfContainers.has(name) && !isReadIn(where, key, name) && !inserted.has(name),
      )
      .filter((name) => !HOSTS.includes(component) || nearestIn(v, key, name) !== undefined)
      .map((name) => ({ component, name }));
  });
}

/** Looks through hundreds of names: asked where the answer is shown or decides, and not for thousands of names. */
function nearestIn(v: Variables, component: ComponentName, name: string): string | undefined {
  const { release, imageTags } = imagesIn(v);
  return nearest(name, knownVariables(release.version, component, imageTags[component])?.read.keys() ?? [], ALIKE);
}

export const unreadRules: readonly Rule[] = [unread, unreadByComponent];
