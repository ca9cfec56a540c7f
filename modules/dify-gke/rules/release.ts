import { newest, releases, resolveRelease } from "../../dify-common/releases";
import { DESIGN, PITFALLS, type Rule } from "./rule";

const latest: Rule = {
  id: "version-pinned",
  risk: "Medium",
  severity: "warning",
  variables: ["application_version", "component_image_tags", "container_image"],
  source: PITFALLS,
  brokenBy: (v) => [
    ...(v.application_version === "latest" ? ["application_version"] : []),
    ...(Object.values(v.component_image_tags).includes("latest") ? ["component_image_tags"] : []),
    ...(/:latest$/.test(v.container_image) ? ["container_image"] : []),
  ],
  message: (_, subject) =>
    subject === "application_version"
      ? `This stands for the newest release known here, ${newest.version}, and for another one after an update of this project, whose migration changes the database at a moment nobody chose. Set application_version = "${newest.version}".`
      : 'A restart could bring another image at a moment nobody chose. Name a tag, such as "1.16.1".',
};

const vulnerable: Rule = {
  id: "web-before-1-10-1",
  risk: "High",
  severity: "warning",
  variables: ["application_version", "component_image_tags"],
  source: "CVE-2025-55182",
  brokenBy: (v) => {
    const version = v.component_image_tags.web ?? v.application_version ?? "";
    const parts = /^(\d+)\.(\d+)\.(\d+)(-fix)?/.exec(version);
    if (!parts) return false;
    const number = Number(parts[1]) * 1e6 + Number(parts[2]) * 1e3 + Number(parts[3]);
    return number < 1_010_001 || (number === 1_010_001 && parts[4] === undefined);
  },
  message: () =>
    'This release\'s web front end lets strangers run code on the server. Use 1.10.1-fix.1 or newer, or set component_image_tags = { web = "1.10.1-fix.1" }.',
};

const known: Rule = {
  id: "version-in-catalogue",
  risk: "Medium",
  severity: "warning",
  variables: ["application_version"],
  source: DESIGN,
  brokenBy: ({ application_version: version }) =>
    version !== null && version !== "latest" && !releases.some((release) => release.version === version),
  message: ({ application_version: version }) =>
    `Known releases are ${releases.map((release) => release.version).join(" and ")}. Components, ports and routes are taken from ${resolveRelease(version).release.version}, Dify's own images from ${version ?? ""}: what that release added or renamed is missing.`,
};

const oldPlugins: Rule = {
  id: "old-plugins-need-share",
  risk: "Critical",
  severity: "error",
  variables: ["enable_nfs", "application_version"],
  source: DESIGN,
  brokenBy: (v) =>
    !v.enable_nfs && /:0\.[0-5]\./.test(resolveRelease(v.application_version).release.images.plugin_daemon ?? ""),
  message: () =>
    "The plugin daemon of this release can use a bucket only with a key file, so every installed plugin would be lost when its pod moves. Set enable_nfs = true, or use release 1.16.1.",
};

export const releaseRules: readonly Rule[] = [latest, vulnerable, known, oldPlugins];
