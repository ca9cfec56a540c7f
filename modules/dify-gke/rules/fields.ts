import { ports } from "../../dify-common/environment";
import { resolveRelease } from "../../dify-common/releases";
import { BUILD_FIELDS, buildsImage, keepsImages } from "../build";
import { placeStages } from "../stage-places";
import { defaults, type VariableName, type Variables } from "../variables";
import { triggerWith } from "./dependents";
import { DESIGN, type Rule } from "./rule";

/** A rule about fields that have no effect. */
function unused(
  id: string,
  what: string,
  why: string,
  variables: Rule["variables"],
  brokenBy: Rule["brokenBy"],
  message: Rule["message"],
): Rule {
  return { id, what, why, risk: "Low", severity: "warning", variables, source: DESIGN, brokenBy, message };
}

const extraPorts = unused(
  "extra-ports-answered",
  "An extra port where nothing listens",
  "Nothing answers there.",
  ["extra_service_ports"],
  (v) =>
    v.extra_service_ports
      .filter(({ port, target_port, protocol }) => protocol !== "TCP" || (target_port ?? port) !== ports.proxy)
      .map(({ name }) => name),
  (v, subject) => {
    const {
      port = 0,
      target_port,
      protocol = "TCP",
    } = v.extra_service_ports.find(({ name }) => name === subject) ?? {};
    return `The extra port "${subject}" leads to ${protocol} port ${target_port ?? port}, and the entry point listens on TCP port ${ports.proxy} only: nothing would answer there. Set target_port = ${ports.proxy} and leave protocol out, or take the port out.`;
  },
);

const tags = unused(
  "tags-of-components",
  "A tag for a component that the release does not have, or whose whole image is named",
  "It has no effect.",
  ["component_image_tags", "application_version", "container_image", "sandbox_image"],
  (v) => idleTags(v).map(({ name }) => name),
  (v, subject) =>
    `component_image_tags has a tag for "${subject}" that no image gets: ${idleTags(v).find(({ name }) => name === subject)?.why ?? ""}. Take it out of component_image_tags.`,
);

/** Tags that no image uses, each with the reason. */
function idleTags(v: Variables): readonly { readonly name: string; readonly why: string }[] {
  const { release } = resolveRelease(v.application_version);
  return Object.keys(v.component_image_tags).flatMap((name) => {
    const whole = { api: "container_image", sandbox: "sandbox_image" } as const;
    const owner = Object.hasOwn(whole, name) ? whole[name as keyof typeof whole] : undefined;
    if (owner !== undefined && v[owner] !== "") return [{ name, why: `${owner} names the whole image` }];
    return !Object.hasOwn(release.images, name)
      ? [{ name, why: `release ${release.version} has no such component` }]
      : [];
  });
}

const scripts = unused(
  "script-or-command",
  "A job with a script and a command",
  "It runs the script, and the command has no effect.",
  ["initialization_jobs", "cron_jobs"],
  (v) =>
    [...v.initialization_jobs, ...v.cron_jobs]
      .filter((job) => job.script_path !== "" && job.command.length > 0)
      .map(({ name }) => name),
  (_, subject) =>
    `The job "${subject}" has a script_path and a command, and runs the script: the command has no effect. Take one of the two out.`,
);

const mounts = unused(
  "share-mounted-once",
  "A service that mounts the share more than once",
  "It gets the first of these mounts alone.",
  ["additional_services", "nfs_volume_name"],
  (v) =>
    v.additional_services
      .filter(({ volume_mounts }) => volume_mounts.filter(({ name }) => name === v.nfs_volume_name).length > 1)
      .map(({ name }) => name),
  (v, subject) =>
    `The service "${subject}" mounts "${v.nfs_volume_name}" more than once, and only the first of these mounts has an effect. Take the others out of its volume_mounts.`,
);

const ephemeral = unused(
  "one-size-of-scratch",
  "An `ephemeral_storage_request` other than the limit",
  "Autopilot gives a pod what its limit says, so the request has no effect.",
  ["additional_services"],
  (v) =>
    v.additional_services
      .filter(
        ({ ephemeral_storage_limit: limit, ephemeral_storage_request: request }) =>
          limit !== undefined && request !== undefined && limit !== request,
      )
      .map(({ name }) => name),
  (_, subject) =>
    `The service "${subject}" has an ephemeral_storage_request that differs from its ephemeral_storage_limit. Autopilot gives a pod its limit, so the request has no effect. Take ephemeral_storage_request out.`,
);

const builds = unused(
  "build-fields-without-build",
  "Fields of `container_build_config` while no image is built",
  "They have no effect.",
  ["container_build_config", "container_image_source"],
  (v) => (buildsImage(v) ? [] : BUILD_FIELDS.filter((field) => v.container_build_config[field] !== undefined)),
  (v, subject) =>
    `container_build_config sets ${subject}, and no image is built${v.container_image_source === "prebuilt" ? ' with container_image_source = "prebuilt"' : ""}, so it has no effect. Set container_image_source = "custom" and enabled = true in it, or take ${subject} out.`,
);

const repository = unused(
  "repository-without-trigger",
  "An `artifact_repo_name` where no image is built",
  "No repository is made for images, so it has no effect.",
  ["container_build_config", "enable_cicd_trigger", "container_image_source"],
  (v) => !keepsImages(v) && v.container_build_config.artifact_repo_name !== undefined,
  (v) =>
    `container_build_config names an artifact_repo_name, and no image is built (enable_cicd_trigger is false, and neither dockerfile_content nor base_image is set), so no repository is created and the name has no effect. Take artifact_repo_name out, or set ${triggerWith(v)}.`,
);

const versionFile = unused(
  "version-file-without-versions",
  "A `version_file` while the repository's own image is built",
  "It reads no version from a file, so it has no effect.",
  ["cicd_trigger_config", "container_image_source", "container_build_config", "enable_cicd_trigger"],
  (v) =>
    v.enable_cicd_trigger &&
    buildsImage(v) &&
    v.cicd_trigger_config.version_file !== defaults.cicd_trigger_config.version_file,
  (v) =>
    `cicd_trigger_config names the version_file "${v.cicd_trigger_config.version_file}", and the image is built from the repository, so no version is read from the file and it has no effect. Set container_image_source = "prebuilt", or take version_file out.`,
);

const uptime = unused(
  "uptime-fields-without-check",
  "Fields of `uptime_check_config` while it is not enabled",
  "They have no effect.",
  ["uptime_check_config"],
  ({ uptime_check_config: check }) =>
    check.enabled
      ? []
      : (["path", "check_interval", "timeout"] as const).filter(
          (field) => check[field] !== defaults.uptime_check_config[field],
        ),
  (_, subject) =>
    `uptime_check_config sets ${subject} and is not enabled, so it has no effect. Take ${subject} out of it.`,
);

const stageDatabase = unused(
  "redis-database-of-a-stage",
  "A `redis_database` of a stage that has nothing of its own",
  "It has no effect.",
  ["cloud_deploy_stages", "enable_cloud_deploy"],
  (v, _, environment) =>
    v.enable_cloud_deploy
      ? placeStages(environment, v)
          .filter(({ type, variable }) => type !== "own" && variable.redis_database !== undefined)
          .map(({ variable }) => variable.name)
      : [],
  (_, subject) =>
    `The stage "${subject}" sets redis_database and has no data of its own: it is this environment itself, or another environment with its own databases. The setting has no effect. Take it out of the stage.`,
);

const PROBES = ["startup_probe", "liveness_probe", "startup_probe_config", "health_check_config"] as const;

type AnyProbe = Partial<Variables["startup_probe"]>;

const probes = unused(
  "probe-fields-unused",
  "Fields of a probe that does not use them",
  "They have no effect.",
  [...PROBES, "additional_services"] as unknown as readonly [VariableName, ...VariableName[]],
  (v) => [
    ...PROBES.filter((name) => idleFields(v[name], defaults[name]).length > 0),
    ...v.additional_services.flatMap((service) =>
      (["startup_probe", "liveness_probe"] as const)
        .filter((name) => idleFields(service[name] ?? {}, { ...defaults[name] }).length > 0)
        .map((name) => `${name} of ${service.name}`),
    ),
  ],
  (_, subject) =>
    `${subject} sets fields that the probe does not use: with enabled = false it uses none, and with type = "TCP" no path. They have no effect. Take them out.`,
);

/** Fields of a probe that are set, differ from their defaults, and are not used. */
function idleFields(probe: AnyProbe, plain: AnyProbe): readonly string[] {
  const set = (Object.keys(probe) as (keyof AnyProbe)[]).filter(
    (field) => field !== "enabled" && probe[field] !== undefined && probe[field] !== plain[field],
  );
  if (probe.enabled === false) return set;
  return probe.type === "TCP" ? set.filter((field) => field === "path") : [];
}

export const fieldRules: readonly Rule[] = [
  extraPorts,
  tags,
  scripts,
  mounts,
  ephemeral,
  builds,
  repository,
  versionFile,
  uptime,
  stageDatabase,
  probes,
];
