import type { z } from "zod";
import { moduleWiring } from "./00-module";
import { project } from "./01-project";
import { deployment } from "./02-deployment";
import { application } from "./03-application";
import { runtime } from "./04-runtime";
import { environment } from "./05-environment";
import { gke } from "./06-gke";
import { statefulSet } from "./07-stateful-set";
import { resourceQuota } from "./08-resource-quota";
import { reliability } from "./09-reliability";
import { observability } from "./10-observability";
import { jobs } from "./11-jobs";
import { delivery } from "./12-delivery";
import { nfs } from "./13-nfs";
import { storage } from "./14-storage";
import { database } from "./16-database";
import { backup } from "./17-backup";
import { customSql } from "./18-custom-sql";
import { networking } from "./19-networking";
import { iap } from "./20-iap";
import { edgeAndRedis } from "./21-edge-redis";
import { guardrails } from "./22-guardrails";
import type { Definition } from "./definition";

export type { Definition } from "./definition";

/** Titles of the documented groups. 15 is the base module's number for what Dify has in 21. */
export const groupTitles: Readonly<Record<number, string>> = {
  0: "Module metadata & wiring",
  1: "Project & identity",
  2: "Deployment identity",
  3: "Application identity",
  4: "Runtime & scaling",
  5: "Environment variables & secrets",
  6: "GKE backend & cluster",
  7: "StatefulSet",
  8: "Resource quota",
  9: "Reliability",
  10: "Observability & health",
  11: "Jobs & additional services",
  12: "CI/CD, Cloud Deploy & Binary Authorization",
  13: "NFS",
  14: "Cloud Storage & Artifact Registry",
  15: "Redis (App GKE numbering)",
  16: "Database",
  17: "Backup & maintenance",
  18: "Custom SQL scripts",
  19: "Custom domain, static IP & networking",
  20: "Identity-Aware Proxy",
  21: "Cloud Armor, CDN & Redis (Dify numbering)",
  22: "VPC Service Controls & audit logging",
};

/** Every variable by name. */
const variables = {
  ...moduleWiring,
  ...project,
  ...deployment,
  ...application,
  ...runtime,
  ...environment,
  ...gke,
  ...statefulSet,
  ...resourceQuota,
  ...reliability,
  ...observability,
  ...jobs,
  ...delivery,
  ...nfs,
  ...storage,
  ...database,
  ...backup,
  ...customSql,
  ...networking,
  ...iap,
  ...edgeAndRedis,
  ...guardrails,
};

type All = typeof variables;

/** Name of any variable, including sensitive ones. */
type AnyVariableName = keyof All;

/** Values of an environment, without sensitive variables, whose values are not known before apply. */
export type Variables = {
  readonly [Name in AnyVariableName as All[Name]["sensitive"] extends true ? never : Name]: z.output<
    All[Name]["schema"]
  >;
};

/** Name of a variable with a value in `Variables`. */
export type VariableName = keyof Variables;

/** Every variable, by group and in the order of its group. */
export const definitions: readonly Definition[] = Object.values(variables);

const byName: ReadonlyMap<string, Definition> = new Map(definitions.map((definition) => [definition.name, definition]));

/** @returns the variable with that name, if there is one */
export function definitionOf(name: string): Definition | undefined {
  return byName.get(name);
}

/** The values of variables that a file does not set, with nested fields. `project_id` has no default. */
export const defaults = Object.fromEntries(
  definitions
    .filter((definition) => !definition.sensitive && !definition.required)
    .map((definition) => [definition.name, definition.schema.parse(definition.default)]),
) as Omit<Variables, "project_id">;

/** @returns whether a variable has its default, in whichever way a file says it */
export function isDefault(variables: Variables, name: VariableName): boolean {
  return JSON.stringify(variables[name]) === JSON.stringify((defaults as Partial<Variables>)[name]);
}
