import { overlap, parseRange } from "../../dify-common/address-ranges";
import { hostAndPort } from "../../dify-common/ssrf-allowed";
import type { ComponentName } from "../../dify-common/releases";
import { managedIn, ownOfContainers } from "../../dify-common/reserved";
import { goesTo } from "../../dify-common/routing";
import { secretNames } from "../../dify-common/secrets";
import { imagesIn, kubernetesName } from "../dify-settings";
import { FILES_CHOICE } from "../files-place";
import { REDIS_CHOICE, usesRedisIn } from "../redis-place";
import { createsFileServer, MEMORYSTORE_PASSWORD } from "../shared-services";
import { definitions, type Variables } from "../variables";
import { nearest } from "../variables/mention";
import { holdsSecret } from "../variables/secret-detection";
import { isReserved, namesOf } from "./component-environment";
import { given as componentsIn } from "./components";
import { DESIGN, duplicates, KUBERNETES, PITFALLS, type Rule } from "./rule";

/** @returns all environment variables without a component */
export function everyName(v: Variables): readonly string[] {
  return [
    ...Object.keys(v.environment_variables),
    ...Object.keys(v.secret_environment_variables),
    ...v.explicit_secret_names,
  ];
}

const plainSecrets: Rule = {
  id: "secrets-not-in-environment",
  what: "What looks like a secret in `environment_variables`",
  why: "Everyone who may read a pod or the state could read it.",
  risk: "Critical",
  severity: "error",
  variables: ["environment_variables", "application_version", "component_image_tags", "sandbox_image"],
  source: PITFALLS,
  brokenBy: (v) =>
    Object.entries(v.environment_variables)
      .filter(([name, value]) => holdsSecret(name, value) && managedOf(v, name) === undefined)
      .map(([name]) => name),
  message: (_, subject) =>
    `${subject} looks like a secret: everyone who may read a pod or the state could read it. Put it into Secret Manager and name it in secret_environment_variables, or add it to explicit_secret_names and pass the value in TF_VAR_explicit_secret_values.`,
};

const plainSecretsOfJobs: Rule = {
  id: "secrets-not-in-job-environment",
  what: "What looks like a secret in the `env_vars` of a job or service",
  why: "Everyone who may read a pod could read it.",
  risk: "Critical",
  severity: "error",
  variables: ["initialization_jobs", "cron_jobs", "additional_services"],
  source: PITFALLS,
  brokenBy: (v) =>
    [...v.initialization_jobs, ...v.cron_jobs, ...v.additional_services].flatMap((item) =>
      Object.entries(item.env_vars)
        .filter(([name, value]) => holdsSecret(name, value))
        .map(([name]) => `${item.name}.${name}`),
    ),
  message: (_, subject) =>
    `${subject} looks like a secret: everyone who may read a pod could read it. Put it into Secret Manager and name it in secret_env_vars.`,
};

/** The variables that decide which component reads one without a component. */
export const namesAndReaders = [
  "environment_variables",
  "secret_environment_variables",
  "explicit_secret_names",
  "application_version",
  "component_image_tags",
  "sandbox_image",
] as const;

const managed: Rule = {
  id: "managed-environment",
  what: "Environment variables that this project sets itself",
  why: "With another value, the components would not find or trust each other.",
  risk: "Critical",
  severity: "error",
  variables: namesAndReaders,
  source: PITFALLS,
  brokenBy: (v) => [...new Set(everyName(v))].filter((name) => managedOf(v, name) !== undefined),
  message: (v, subject) => {
    if (subject === "SECRET_KEY")
      return "SECRET_KEY is set in this file, and this project generates one for all pods: with another key, everybody has to sign in again, and the OAuth clients that an administrator has set for tools and triggers cannot be read any more. Keys of models stay readable, because it does not encrypt them. Take it out. To keep an old key, store it as the generated secret before the first apply: docs/adopt.md.";
    const component = managedOf(v, subject) ?? "api";
    return `${subject} is set in this file, and this project sets it${component === "api" ? "" : ` for ${kubernetesName(component)}`} to match what it creates and generates: with another value, components would not find or trust each other. Take it out.`;
  },
};

function managedOf(v: Variables, name: string): ComponentName | undefined {
  return managedIn(goesTo(imagesIn(v), name), name);
}

const ofTheContainer: Rule = {
  id: "container-environment",
  what: "Another `PATH` or `HOME` for components",
  why: "A container would not find its programs, or not be able to write to its home directory.",
  risk: "High",
  severity: "error",
  variables: ["environment_variables", "secret_environment_variables", "explicit_secret_names", "component_settings"],
  source: DESIGN,
  brokenBy: (v) => [
    ...new Set(everyName(v).filter((name) => ownOfContainers.has(name))),
    ...componentsIn(v).flatMap(({ name, settings }) =>
      namesOf(settings)
        .filter((variable) => ownOfContainers.has(variable) && !isReserved(name, variable))
        .map((variable) => `${name}.${variable}`),
    ),
  ],
  message: (_, subject) =>
    `${subject} is set in this file, and each container has its own: with another one it would not find its programs, or not be able to write to its home directory. Take it out.`,
};

const once: Rule = {
  id: "environment-named-once",
  what: "The same environment variable in two places",
  why: "Which value a container gets would be left to chance.",
  risk: "Medium",
  severity: "error",
  variables: ["environment_variables", "secret_environment_variables", "explicit_secret_names"],
  source: KUBERNETES,
  brokenBy: (v) => duplicates(everyName(v)),
  message: (_, subject) =>
    `${subject} is given more than once: it would be left to chance which value a container sees. Keep it in one of environment_variables, secret_environment_variables and explicit_secret_names.`,
};

const cors: Rule = {
  id: "cors-restricted",
  what: "CORS open to everybody",
  why: "Every website could call the API from a visitor's browser.",
  risk: "High",
  severity: "warning",
  variables: ["environment_variables"],
  source: PITFALLS,
  brokenBy: (v) =>
    ["WEB_API_CORS_ALLOW_ORIGINS", "CONSOLE_CORS_ALLOW_ORIGINS"].filter(
      (name) => v.environment_variables[name]?.split(",").some((origin) => origin.trim() === "*") === true,
    ),
  message: (_, subject) =>
    `${subject} holds "*": every website could call the API from a visitor's browser. Take ${subject} out: its default is the public address alone.`,
};

const METADATA_HOSTS = ["metadata", "metadata.google.internal", "google.internal", "internal"];

/** Whether it is the metadata server's address, alone or in a range. */
function reachesMetadata(entry: string): boolean {
  const { host } = hostAndPort(entry);
  const range = parseRange(host);
  const linkLocal = parseRange("169.254.0.0/16");
  if (range && linkLocal) return overlap(range, linkLocal);
  return METADATA_HOSTS.includes(host.toLowerCase().replace(/^\./, ""));
}

const metadata: Rule = {
  id: "metadata-stays-closed",
  what: "`ssrf_proxy_allowed_hosts` with the metadata server",
  why: "Any workflow could fetch the credentials of the node's service account.",
  risk: "Critical",
  severity: "error",
  variables: ["ssrf_proxy_allowed_hosts"],
  source: DESIGN,
  brokenBy: (v) => v.ssrf_proxy_allowed_hosts.filter(reachesMetadata),
  message: (_, subject) =>
    `ssrf_proxy_allowed_hosts holds ${subject}, which opens the metadata server: any workflow could fetch the credentials of the node's service account. Name the hosts that are needed, one by one.`,
};

const revisions: Rule = {
  id: "revision-names-known",
  what: "A revision of a secret that does not exist",
  why: "It would announce nothing, and the old value would stay.",
  risk: "Medium",
  severity: "error",
  variables: [
    "secret_revisions",
    "explicit_secret_names",
    "nfs_redis_guests",
    "cloud_deploy_stages",
    "nfs_instance_name",
    ...FILES_CHOICE,
    ...REDIS_CHOICE,
  ],
  source: DESIGN,
  brokenBy: (v) => {
    const known = knownSecrets(v);
    return Object.keys(v.secret_revisions).filter((name) => !known.includes(name));
  },
  message: (v, subject) => {
    const known = knownSecrets(v);
    const near = nearest(subject, known);
    return `secret_revisions names "${subject}", and there is no such secret: the number has no effect, and the old value would stay in use.${near ? ` Did you mean "${near}"?` : ""} Name one that there is: ${known.filter((name) => v.enable_cloud_deploy || !/^redis-stage-/.test(name)).join(", ")}.`;
  },
};

function knownSecrets(v: Variables): readonly string[] {
  const sensitive = definitions.filter((definition) => definition.sensitive).map(({ name }) => name);
  // URLs and logins follow from the passwords in them, and Redis passwords are generated where Redis is made.
  const generated = Object.values(secretNames).filter((name) => !/-(url|login)$|redis-password$|^db-user$/.test(name));
  const further = [
    ...v.cloud_deploy_stages.map(({ name }) => `stage-${name}`),
    ...Object.keys(v.nfs_redis_guests).map((name) => `guest-${name}`),
  ];
  const redis = createsFileServer(v)
    ? [secretNames.redisPassword, ...further.map((name) => `redis-${name}-password`)]
    : [];
  const memorystore = usesRedisIn("memorystore", v) ? [MEMORYSTORE_PASSWORD] : [];
  return [...generated, ...redis, ...memorystore, ...sensitive, ...v.explicit_secret_names];
}

export const environmentRules: readonly Rule[] = [
  plainSecrets,
  plainSecretsOfJobs,
  managed,
  ofTheContainer,
  once,
  cors,
  metadata,
  revisions,
];
