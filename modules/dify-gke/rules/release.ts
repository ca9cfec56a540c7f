import {
  type ComponentName,
  compareVersions,
  facts,
  hasFeature,
  newest,
  oldest,
  parseVersion,
  placeVersion,
  releaseNumber,
  releases,
  resolveRelease,
  versionOf,
  vulnerabilitiesOf,
} from "../../dify-common/releases";
import type { Variables } from "../variables";
import { DESIGN, PITFALLS, type Rule } from "./rule";

const latest: Rule = {
  id: "version-pinned",
  what: "The tag `latest`",
  why: "Another release, or another image, arrives at a moment that nobody chose.",
  risk: "Medium",
  severity: "warning",
  variables: ["application_version", "component_image_tags", "container_image", "sandbox_image"],
  source: PITFALLS,
  brokenBy: (v) => [
    ...(v.application_version === "latest" ? ["application_version"] : []),
    ...(Object.values(v.component_image_tags).includes("latest") ? ["component_image_tags"] : []),
    ...(["container_image", "sandbox_image"] as const).filter((name) => v[name].endsWith(":latest")),
  ],
  message: (_, subject) =>
    subject === "application_version"
      ? `application_version is "latest", which means the newest release that this project knows, now ${newest.version}. Updating the project would upgrade Dify and migrate its database without anybody choosing the moment. Set application_version = "${newest.version}".`
      : `${subject} names the tag "latest": any restart of a pod could bring another version of the image. Name a fixed tag, such as "${newest.version}".`,
};

const vulnerable: Rule = {
  id: "release-vulnerable",
  what: "A release with published vulnerabilities",
  why: "Others can use them.",
  risk: "High",
  severity: "warning",
  variables: ["application_version", "component_image_tags", "environment_variables"],
  source: `published: ${facts.vulnerabilities.map(({ id }) => id).join(", ")}`,
  brokenBy: (v) => [...new Set(weaknesses(v).map(({ component }) => component))],
  message: (v, component) => {
    const own = weaknesses(v).filter((weakness) => weakness.component === component);
    const version = versionOf(v.application_version, component as ComponentName, v.component_image_tags) ?? "";
    const list = own.map(({ id, what }) => `${what} (${id})`).join("; ");
    const tagged = Object.hasOwn(v.component_image_tags, component);
    // Of all components: who goes to the release that mends one would hear of the next.
    const fixed = latestOf((tagged ? own : weaknesses(v)).map(({ fixedIn }) => fixedIn));
    return `${component} ${version} has published vulnerabilities: ${list}. ${tagged ? `Take ${component} out of component_image_tags, or give it the tag "${fixed}" or newer.` : `Set application_version = "${fixed}" or newer.`}`;
  },
};

function latestOf(versions: readonly string[]): string {
  return [...versions].sort(compareVersions).at(-1) ?? newest.version;
}

function weaknesses(v: Variables) {
  return vulnerabilitiesOf(v.application_version, v.component_image_tags, v.environment_variables);
}

const outside: Rule = {
  id: "version-in-catalogue",
  what: "A release outside of the catalogue",
  why: "It gets what the releases around it have: what it added or renamed is missing.",
  risk: "Medium",
  severity: "warning",
  variables: ["application_version", "component_image_tags"],
  source: DESIGN,
  brokenBy: (v) => {
    const standing = placeVersion(v.application_version);
    return standing.type === "newer" || (standing.type === "between" && differ(v).length === 0);
  },
  message: ({ application_version: version }) => {
    const standing = placeVersion(version);
    const asked = version ?? "";
    return standing.type === "between"
      ? `Release ${asked} is not in the catalogue, which has ${standing.release.version} and ${standing.newer.version} around it. It gets what both have in common, and only pulling its images shows whether they exist. Set application_version to a release of the catalogue: ${releaseList()}.`
      : `Release ${asked} is newer than the newest one in the catalogue, ${newest.version}. It gets the components, ports, routes and variables of ${newest.version}: anything that it added or renamed is missing. Update this project, or set application_version = "${newest.version}".`;
  },
};

const unknown: Rule = {
  id: "version-known",
  what: "A version that is not a release of Dify, or whose components are not known",
  why: "No image has that tag, or components would be missing.",
  risk: "Critical",
  severity: "error",
  variables: ["application_version", "component_image_tags"],
  source: DESIGN,
  brokenBy: (v) => {
    const { type } = placeVersion(v.application_version);
    return type === "malformed" || type === "older" || differ(v).length > 0;
  },
  message: (v) => {
    const standing = placeVersion(v.application_version);
    const asked = v.application_version ?? "";
    if (standing.type === "between")
      return `Release ${asked} is not in the catalogue, and the ones around it differ: ${differ(v)
        .map(({ text }) => text)
        .join(
          "; ",
        )}. What it consists of is not known. Set application_version = "${standing.release.version}" or "${standing.newer.version}".`;
    return standing.type === "older"
      ? `Release ${asked} is older than ${oldest.version}, the oldest one in the catalogue. What it consists of is not known. Set application_version to one of ${releaseList()}.`
      : `application_version is "${asked}", which is not a release of Dify: those are written like 1.16.1, 1.16.1-fix.1 or 1.16.1-rc.1. No image has that tag. Did you mean application_version = "${standing.release.version}"? Name your own images in container_image and component_image_tags.`;
  },
};

/** What is not known of a version between two releases, except for what the user's own tags settle. */
function differ(v: Variables) {
  const standing = placeVersion(v.application_version);
  return standing.type === "between"
    ? standing.differ.filter(({ settledBy }) => settledBy === undefined || !(settledBy in v.component_image_tags))
    : [];
}

function releaseList(): string {
  return releases
    .map(({ version }) => version)
    .reverse()
    .join(", ");
}

const oldPlugins: Rule = {
  id: "old-plugins-need-share",
  what: "An old plugin daemon without the share",
  why: "Every installed plugin would be lost when its pod moves.",
  risk: "Critical",
  severity: "error",
  variables: ["enable_nfs", "application_version", "component_image_tags"],
  source: facts.features.pluginsInBucketWithoutKey.source,
  brokenBy: (v) =>
    !v.enable_nfs && !hasFeature("pluginsInBucketWithoutKey", v.application_version, v.component_image_tags),
  message: (v) =>
    `Plugin daemon ${versionOf(v.application_version, "plugin_daemon", v.component_image_tags) ?? ""} can use a bucket only with a key file, and enable_nfs = false leaves out the share: all installed plugins would be lost when its pod moves. Set enable_nfs = true, or ${Object.hasOwn(v.component_image_tags, "plugin_daemon") ? "take plugin_daemon out of component_image_tags" : `application_version = "${newest.version}"`}.`,
};

const stepNotPassed: Rule = {
  id: "upgrade-step-not-passed",
  what: "A manual step that is not part of the upgrade",
  why: "It has no effect.",
  risk: "Low",
  severity: "warning",
  variables: ["upgrade_steps_by_hand", "application_version"],
  source: DESIGN,
  brokenBy: (v) => {
    const { version } = resolveRelease(v.application_version);
    return parseVersion(version) === undefined
      ? []
      : v.upgrade_steps_by_hand.filter((step) => releaseNumber(step) >= releaseNumber(version));
  },
  message: (v, step) =>
    `upgrade_steps_by_hand names ${step}, and an upgrade to ${resolveRelease(v.application_version).version} does not include that step: it has no effect. Take it out.`,
};

const downgradeAllowed: Rule = {
  id: "downgrade-allowed",
  what: "`allow_version_downgrade = true`",
  why: "No plan checks whether an older release replaces a newer one, whose database it cannot read.",
  risk: "High",
  severity: "warning",
  variables: ["allow_version_downgrade"],
  source: DESIGN,
  brokenBy: (v) => v.allow_version_downgrade,
  message: () =>
    "allow_version_downgrade is true: no plan checks whether an older release replaces a newer one, whose database it cannot read. Take the line out once the apply that goes back has finished.",
};

export const releaseRules: readonly Rule[] = [
  latest,
  vulnerable,
  outside,
  unknown,
  oldPlugins,
  stepNotPassed,
  downgradeAllowed,
];
