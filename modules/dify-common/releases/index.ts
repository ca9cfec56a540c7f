export { type ComponentName, componentNames, facts, portOf, type VectorStore } from "./catalogue";
export { imageFacts } from "./images";
export { newest, oldest, type Release, releases } from "./releases";
export { placeVersion, type ResolvedRelease, resolveRelease } from "./resolve";
export {
  consolePaths,
  everyRoute,
  fingerprintedPaths,
  freeTextPaths,
  healthRoute,
  ownHealthPath,
  type Route,
  secretPaths,
  secretPathsBelow,
} from "./routes";
export { convertingComponents, originOf } from "./origin";
export { upgradeSteps, type UpgradeTask } from "./steps";
export { historyOf, knownVariables, readByAnyRelease } from "./variables";
export { hasFeature, versionOf, vulnerabilitiesOf } from "./versioned";
export { compareVersions, parseVersion, releaseNumber } from "./versions";
