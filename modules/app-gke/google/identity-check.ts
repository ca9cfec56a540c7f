import type { Installation } from "../installation";
import { matches, refuse, shown, unless } from "../terraform/props-problems";

const NAME_PART = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const NAME_PART_SAYS = "it is part of every name, so it has lower-case letters, digits and hyphens, last no hyphen";
/** Of application and tenant together: what follows them in a name has to find room as well. */
const NAME_PARTS_MOST = 40;

/** Refuses what `Foundation` is given, if names of Google's cannot be made of it. */
export function checkIdentity(installation: Installation): void {
  refuse("Foundation", identityProblems(installation));
}

/** @returns what names of Google's cannot be made of */
export function identityProblems(installation: Installation): readonly string[] {
  const { projectId, region, tenantId, applicationName } = installation;
  return [
    ...unless(
      matches(projectId, /^([a-z][a-z0-9.-]*:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/),
      `installation.projectId is ${shown(projectId)}: Google has no such project. Take the id of one, such as my-project-123`,
    ),
    ...unless(
      matches(region, /^[a-z]+-[a-z]+\d{1,2}$/),
      `installation.region is ${shown(region)}, which is no region. Take one such as us-central1, without a zone`,
    ),
    ...unless(NAME_PART.test(tenantId), `installation.tenantId is ${shown(tenantId)}: ${NAME_PART_SAYS}`),
    ...unless(
      NAME_PART.test(applicationName) && /^[a-z]/.test(applicationName),
      `installation.applicationName is ${shown(applicationName)}: ${NAME_PART_SAYS}, and first a letter`,
    ),
    ...unless(
      applicationName.length + tenantId.length <= NAME_PARTS_MOST,
      `installation.applicationName and installation.tenantId have ${applicationName.length + tenantId.length} characters together: names of buckets would be too long. Take ${NAME_PARTS_MOST} at most`,
    ),
  ];
}
