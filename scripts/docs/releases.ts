import {
  componentNames,
  everyRoute,
  facts,
  newest,
  oldest,
  releases,
  upgradeSteps,
} from "../../modules/dify-common/releases";
import { code, table } from "./markdown";

/** @returns the page of Dify's releases: everything in the catalogue except for the variables */
export function releasesPage(): string {
  return `# Dify's releases

<!-- Written by \`npm run docs\` from modules/dify-common/releases/catalogue.json; do not edit. -->

Every release from ${oldest.version} to ${newest.version} can be deployed: \`application_version\`. Without it, and with \`latest\`, that is ${newest.version}.
What another version gets is [below](#other-versions); how to get from one to another is in
[operations](operations.md#upgrading-dify).

${table(
  ["Release", "Day", "Plugin daemon", "Sandbox", "User of the API's image", "New in it"],
  releases.map(({ version, apiImageUser }) => {
    const { date = "", tags = {} } = facts.releases.find((release) => release.version === version) ?? {};
    return [
      version,
      date,
      tags.plugin_daemon ?? "",
      tags.sandbox ?? "",
      apiImageUser === 0 ? "root" : String(apiImageUser),
      newIn(version).join(", "),
    ];
  }),
)}
Whom containers run as is in [security](security.md#pods).

## Components

${table(
  ["Component", "Image", "Releases", "Note"],
  componentNames.map((name) => {
    const { image, tag, note = "", ...lifetime } = facts.components[name];
    return [code(name.replaceAll("_", "-")), code(tag ? `${image}:${tag}` : image), releasesOf(lifetime), note];
  }),
)}
## Routes

By the beginning of the path; the longest one counts. \`/health\` itself is the API's in every release.

${table(
  ["Route", "Goes to", "Releases", "Note"],
  facts.routes.map(({ path, component, note = "", ...lifetime }) => [
    code(path),
    component.replaceAll("_", "-") +
      (everyRoute.find((route) => route.path === path)?.websocket ? ", with upgrade" : ""),
    releasesOf(lifetime),
    note,
  ]),
)}
## Steps by hand

Commands that release notes require once, after an upgrade from an older release. A plan for an upgrade past such a release is
refused, and a plan for an upgrade to it says what to run.

${table(
  ["Release", "In a container of the API", "What it does", "Without it", "Source"],
  upgradeSteps.flatMap(({ release, tasks }) =>
    tasks.map(({ command, what, without, source }) => [release, code(command), what, without, source]),
  ),
)}
## Known weaknesses

Each is a warning if the deployed release has it (\`release-vulnerable\`).

${table(
  ["Weakness", "Component", "Fixed in", "What it does", "Source"],
  facts.vulnerabilities.map(({ id, component, fixedIn, what, onlyWith, source }) => [
    id,
    component,
    fixedIn,
    onlyWith ? `with ${code(`${onlyWith.variable}=${onlyWith.value}`)}: ${what}` : what,
    source,
  ]),
)}
## Other versions

${table(
  ["Version", "What it gets"],
  [
    [
      "`-fix.N`, `-rc.N`, `-beta.N`, `-alpha.N` of a known one",
      "The same as its release, with Dify's own images at the version that you name",
    ],
    ["Newer than all", `The same as ${newest.version}, with a warning: anything that it added or renamed is missing`],
    [
      "Between two",
      "What both have in common, with a warning; refused where they differ, unless `component_image_tags` settles it",
    ],
    ["Older than all", "Refused: its components are not known"],
    ["No version at all (`v1.16.1`, `1.16`)", "Refused, with the nearest one"],
  ],
)}`;
}

/** What a release adds to the previous one. */
function newIn(version: string): string[] {
  return [
    ...componentNames
      .filter((name) => facts.components[name].since === version && version !== oldest.version)
      .map((name) => code(name.replaceAll("_", "-"))),
    ...facts.routes
      .filter(({ since }) => since === version && version !== oldest.version)
      .map(({ path }) => code(path)),
    ...(upgradeSteps.some(({ release }) => release === version) ? ["[a step by hand](#steps-by-hand)"] : []),
  ];
}

function releasesOf({ since, until }: { readonly since: string; readonly until?: string }): string {
  if (until !== undefined) return `${since} to ${until}`;
  return since === oldest.version ? "all" : `from ${since} on`;
}
