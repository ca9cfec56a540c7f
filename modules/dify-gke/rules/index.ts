import type { Environment } from "../environment";
import type { Problem } from "../problems";
import { definitionOf, isDefault, type VariableName } from "../variables";
import { readable } from "../variables/mention";
import { bucketVolumeRules } from "./bucket-volumes";
import { backupRules } from "./backups";
import { capacityRules } from "./capacity";
import { collisionRules } from "./collisions";
import { componentEnvironmentRules } from "./component-environment";
import { componentRules } from "./components";
import { customSqlRules } from "./custom-sql";
import { databaseLoginRules } from "./database-login";
import { databaseRules } from "./database";
import { dataServiceRules } from "./data-services";
import { deliveryRules } from "./delivery";
import { edgeRules } from "./edge";
import { egressRules } from "./egress";
import { encryptionRules } from "./encryption";
import { environmentRules } from "./environment";
import { saidOnceRules } from "./said-once";
import { fieldRules } from "./fields";
import { handoverRules } from "./handover";
import { imageBuildRules } from "./image-build";
import { imageRules } from "./images";
import { jobRules } from "./jobs";
import { portRules } from "./ports";
import { madeHereRules } from "./made-here";
import { maintenanceRules } from "./maintenance";
import { monitoringRules } from "./monitoring";
import { multiClusterRules } from "./multi-cluster";
import { namingRules } from "./naming";
import { networkRules } from "./network";
import { filestoreRules } from "./filestore";
import { existingNamespaceRules } from "./existing-namespace";
import { sharedVpcRules } from "./shared-vpc";
import { nodeRules } from "./nodes";
import { noEffectAndUnusedRules } from "./no-effect";
import { notDeployedRules } from "./not-deployed";
import { outboundProxyRules } from "./outbound-proxy";
import { ownProxyRules } from "./own-proxy";
import { pipelineRules } from "./pipeline";
import { perimeterRules } from "./perimeter";
import { placeRules } from "./places";
import { pythonPackageRules } from "./python-packages";
import { redisRules } from "./redis";
import { releaseRules } from "./release";
import { retentionRules } from "./retention";
import type { Rule } from "./rule";
import { serviceMeshRules } from "./service-mesh";
import { silenceRules } from "./silence";
import { scalingRules } from "./scaling";
import { secretsDeliveryRules } from "./secrets-delivery";
import { sizeRules } from "./sizes";
import { statefulSetRules } from "./stateful-sets";
import { storeRules } from "./store-choice";
import { trustRules } from "./trust";
import { unreadRules } from "./unread";
import { vectorRules } from "./vectors";

export type { Rule } from "./rule";

/** Rules about one subject, as documents list them. */
interface Subject {
  readonly title: string;
  readonly rules: readonly Rule[];
}

const ofVariables: readonly Subject[] = [
  {
    title: "Shared services and network",
    rules: [
      ...networkRules,
      ...sharedVpcRules,
      ...existingNamespaceRules,
      ...filestoreRules,
      ...placeRules,
      ...handoverRules,
      ...multiClusterRules,
      ...serviceMeshRules,
    ],
  },
  { title: "Ways out", rules: [...egressRules, ...outboundProxyRules] },
  { title: "Redis", rules: redisRules },
  {
    title: "Database",
    rules: [...databaseRules, ...backupRules, ...customSqlRules, ...retentionRules, ...databaseLoginRules],
  },
  { title: "Load", rules: capacityRules },
  { title: "Scaling and quotas", rules: scalingRules },
  { title: "StatefulSet", rules: statefulSetRules },
  { title: "Maintenance", rules: maintenanceRules },
  { title: "Components", rules: [...componentRules, ...componentEnvironmentRules, ...nodeRules] },
  { title: "Names and numbers that are taken", rules: [...collisionRules, ...madeHereRules] },
  { title: "Sizes", rules: sizeRules },
  { title: "Environment variables", rules: [...environmentRules, ...saidOnceRules, ...unreadRules] },
  { title: "Delivery of secrets", rules: secretsDeliveryRules },
  { title: "Python packages for code nodes", rules: pythonPackageRules },
  { title: "Your own certificate authorities", rules: trustRules },
  { title: "Storage and vector store", rules: [...storeRules, ...vectorRules] },
  { title: "Databases by KubeBlocks", rules: dataServiceRules },
  { title: "Jobs and services", rules: [...jobRules, ...portRules] },
  { title: "Buckets and labels", rules: [...namingRules, ...bucketVolumeRules] },
  { title: "Keys of your own", rules: encryptionRules },
  { title: "Releases of Dify", rules: releaseRules },
  { title: "Front door", rules: [...edgeRules, ...ownProxyRules] },
  { title: "Monitoring", rules: monitoringRules },
  { title: "Service perimeter", rules: perimeterRules },
  { title: "Delivery", rules: [...deliveryRules, ...pipelineRules] },
  { title: "Images", rules: [...imageRules, ...imageBuildRules] },
  { title: "Fields without effect", rules: fieldRules },
  { title: "Variables without effect", rules: [...noEffectAndUnusedRules, ...notDeployedRules] },
];

/** Everything that must hold between variables, by subject. */
export const subjects: readonly Subject[] = [
  ...ofVariables,
  { title: "Silences", rules: silenceRules(ofVariables.flatMap((subject) => subject.rules)) },
];

/** The same as one list. */
export const rules: readonly Rule[] = subjects.flatMap((subject) => subject.rules);

/**
 * @returns the problems for all rules that an environment breaks. A rule is skipped if a variable that it checks was
 * refused.
 */
export function checkRules(environment: Environment): Problem[] {
  const { refused } = environment;
  const asked =
    refused.size === 0 ? rules : rules.filter(({ variables }) => !variables.some((name) => refused.has(name)));
  return asked.flatMap((rule) => broken(rule, environment));
}

/** Problems of one rule that are shown: the first explain the others, and two thousand would take seconds. */
const MOST = 20;

function broken(rule: Rule, environment: Environment): Problem[] {
  const { variables, given } = environment;
  const result = rule.brokenBy(variables, given, environment.name);
  const subjects = typeof result === "boolean" ? (result ? [rule.variables[0] as string] : []) : result;
  const problems = subjects.slice(0, MOST).map((subject): Problem => {
    const message = readable(rule.message(variables, subject));
    const variable = definitionOf(subject) ? subject : aboutWhich(rule, given, message);
    const shown = environment.locations.has(variable) ? variable : askedBy(rule, environment, message);
    const place = shown === undefined ? undefined : environment.locations.get(shown);
    return {
      severity: rule.severity,
      environment: environment.name,
      file: place?.file ?? environment.file,
      line: place?.line,
      column: place?.column,
      variable,
      askedBy: shown === variable ? undefined : shown,
      ...(definitionOf(subject) ? {} : { subject }),
      related: rule.variables.filter((name) => name !== variable),
      group: definitionOf(variable)?.group,
      message,
      rule: { id: rule.id, risk: rule.risk },
    };
  });
  const [first] = problems;
  const more = subjects.length - MOST;
  if (!first || more <= 0) return problems;
  const message = `${more} more problems like the ${MOST} before this one are not shown. Correct these first.`;
  return [...problems, { ...first, subject: undefined, id: "more-problems", message }];
}

/** @returns the given variable of a rule that a message begins with: `nfs_mount_path is /tmp, …` */
function begunWith({ variables: names }: Rule, given: ReadonlySet<string>, message: string): VariableName | undefined {
  const [first] = /^[a-z0-9_]+/.exec(message) ?? [];
  return names.find((name) => name === first && given.has(name));
}

/** Where a problem of several variables stands. The release decides about much, and is hardly ever the mistake. */
function aboutWhich(rule: Rule, given: ReadonlySet<string>, message: string): VariableName {
  const names = rule.variables.filter((name) => given.has(name));
  return (
    begunWith(rule, given, message) ??
    names.find((name) => name !== "application_version") ??
    names[0] ??
    rule.variables[0]
  );
}

/**
 * A variable that a file does not set has no line: then the problem is shown at what requires the variable, most likely
 * one that is not at its default.
 */
function askedBy(rule: Rule, { variables, locations }: Environment, message: string): VariableName | undefined {
  const begun = begunWith(rule, new Set(locations.keys()), message);
  if (begun !== undefined) return begun;
  const given = rule.variables.filter((name) => locations.has(name));
  return given.find((name) => !isDefault(variables, name)) ?? given[0];
}
