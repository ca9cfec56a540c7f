import type { ScratchDirectory, SecurityContext } from "../../app-gke/application-config";
import { type ComponentName, imageFacts } from "../releases";
import type { DifySettings } from "../settings";

/** @returns the image of a component, with the user's own tag or, for the API's processes, the user's own reference */
export function imageOf(settings: DifySettings, component: ComponentName): string {
  const image = settings.release.release.images[component];
  if (image === undefined) throw new Error(`Dify ${settings.release.version} has no component ${component}`);
  // The API's image runs four components, so its tag applies to all of them.
  const group = ["api_websocket", "worker", "beat"].includes(component) ? "api" : component;
  if (group === "api" && settings.apiImage) return settings.apiImage;
  if (component === "sandbox" && settings.sandboxImage) return settings.sandboxImage;
  const tag = settings.imageTags[component] ?? settings.imageTags[group];
  return tag === undefined ? image : image.replace(/:[^:]*$/, `:${tag}`);
}

/**
 * How a component runs, from what is known about its image: as the image's own user, or as another one instead of root,
 * and with a read-only root file system unless it writes to directories of its own there.
 */
export function securityOf(
  settings: DifySettings,
  component: ComponentName,
  scratch: readonly ScratchDirectory[],
): Pick<SecurityContext, "runAsUser" | "readOnlyRootFilesystem"> {
  const image = imageOf(settings, component);
  const facts = imageFacts(settings.release.release.version, component, image.slice(image.lastIndexOf(":") + 1));
  const inScratch = (path: string): boolean =>
    scratch.some(({ mountPath }) => path === mountPath || path.startsWith(`${mountPath}/`));
  return { runAsUser: facts.runAs ?? facts.user, readOnlyRootFilesystem: facts.writes.every(inScratch) };
}

/** Kubernetes' spelling of a component's name: `plugin_daemon` → `plugin-daemon`. */
export function dnsName(component: ComponentName): string {
  return component.replaceAll("_", "-");
}

/** Why a pod with the share is less strict than "restricted": the standard does not allow NFS volumes. */
export function shareException(settings: DifySettings): string | undefined {
  return settings.sharedFiles
    ? "mounts the NFS share as a volume of its own: a persistent volume around it would belong to the whole cluster"
    : undefined;
}
