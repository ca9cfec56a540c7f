import type { ApplicationConfig } from "../application-config";
import { verification } from "./verification";

/**
 * @param authProxyImage of the sidecar that components with a database get
 * @param delivered whether releases are checked by a job of their own
 * @returns every image that the application's pods run, as its publisher names it, without duplicates
 */
export function podImages(
  application: Pick<ApplicationConfig, "name" | "components" | "jobs" | "health">,
  authProxyImage?: string,
  delivered = false,
): readonly string[] {
  const { components, jobs = [] } = application;
  const check = delivered ? verification(application) : undefined;
  // Jobs connect to the database themselves.
  const sidecars = authProxyImage && components.some(({ needs }) => needs?.database) ? [authProxyImage] : [];
  return [
    ...new Set([
      ...[...components, ...jobs, ...(check ? [check] : [])].flatMap(({ image, prepared }) =>
        prepared ? [image, prepared.image] : [image],
      ),
      ...sidecars,
    ]),
  ].sort();
}
