import { type ComponentName, facts, hasOwnVersions, type ImageFacts, type ImagesOf } from "./catalogue";
import { compareVersions, parseVersion, versionInTag } from "./versions";

/** Which image a component runs: four of them run the API's. */
const imageLike: Readonly<Record<ComponentName, ImagesOf>> = {
  api: "api",
  api_websocket: "api",
  worker: "api",
  beat: "api",
  web: "web",
  sandbox: "sandbox",
  plugin_daemon: "plugin_daemon",
  agent_backend: "agent_backend",
  local_sandbox: "local_sandbox",
  ssrf_proxy: "ssrf_proxy",
  proxy: "proxy",
};

/**
 * @param release a release of the catalogue
 * @param tag of the component's image
 * @returns how the component's image is built at that version; at the newest one if the tag has no version
 * @throws if the version is too old for anything to be known
 */
export function imageFacts(release: string, component: ComponentName, tag: string): ImageFacts {
  const known = facts.images[imageLike[component]];
  const own = hasOwnVersions(component) ? (versionInTag(tag) ?? known.at(-1)?.version) : parseVersion(tag) && tag;
  const version = own ?? release;
  const found = known.findLast((entry) => compareVersions(entry.version, version) <= 0);
  if (!found) throw new Error(`Nothing is known about the image of ${component} in ${version}`);
  return found;
}
