export { type ComponentName, componentNames, facts, portOf } from "./catalogue";
export { imageFacts } from "./images";
export { newest, oldest, type Release, releases } from "./releases";
export { type Disagreement, placeVersion, type ResolvedRelease, resolveRelease, type Standing } from "./resolve";
export {
  everyRoute,
  fingerprintedPaths,
  freeTextPaths,
  healthRoute,
  ownHealthPath,
  type Route,
  routesOf,
} from "./routes";
export { convertingComponents, originOf } from "./origin";
export { upgradeSteps, type UpgradeTask } from "./steps";
export { type KnownVariables, knownVariables, readByAnyRelease } from "./variables";
export { hasFeature, versionOf, vulnerabilitiesOf } from "./versioned";
export { compareVersions, parseVersion, releaseNumber } from "./versions";
