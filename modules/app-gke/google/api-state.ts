import type { DataGoogleProjectService } from "@cdktf/provider-google/lib/data-google-project-service";

/** @returns an expression of whether an API is on; without it, the provider returns an object without an id */
export function isOn(api: DataGoogleProjectService): string {
  const address = `data.${api.terraformResourceType}.${api.friendlyUniqueId}`;
  return `length(regexall("/", coalesce(${address}.id, "-"))) > 0`;
}
