import { type ComponentName, knownVariables, readByAnyRelease } from "./releases";
import type { DifySettings } from "./settings";

/**
 * For variables that were added or removed in a release.
 * @returns those of the given ones that the component reads, or may read, at the release and with its tag
 * @throws if no release reads one, since a typing mistake would never be noticed otherwise
 */
export function whereRead(
  settings: DifySettings,
  component: ComponentName,
  variables: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const known = knownVariables(settings.release.version, component, settings.imageTags[component]);
  return Object.fromEntries(
    Object.entries(variables).filter(([name]) => {
      if (!readByAnyRelease(component, name)) throw new Error(`No release of ${component} reads ${name}`);
      return known?.read.has(name) === true || known?.perhaps.has(name) === true;
    }),
  );
}
