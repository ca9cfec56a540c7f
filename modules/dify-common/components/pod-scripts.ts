import type { ConfigurationFile } from "../../app-gke/application-config";
import { literal } from "../../app-gke/terraform/literal";
import { projectFile } from "../../app-gke/terraform/project-file";

/** The directory of the scripts that a container runs in addition to its own process. */
export const PODS = "/opt/pods";

/** @returns a file of `scripts/pods` in a container */
export function script(name: string): ConfigurationFile {
  const text = projectFile(`scripts/pods/${name}`);
  return { mountPath: `${PODS}/${name}`, content: () => literal(text) };
}
