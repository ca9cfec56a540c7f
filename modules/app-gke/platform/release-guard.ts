import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { SecretManagerSecret } from "@cdktf/provider-google/lib/secret-manager-secret";
import type { Installation } from "../installation";
import { listSecrets } from "../google/secret-list";
import { secretReplication } from "../google/secret-replication";
import { CheckBlock, type PlanCheck } from "../terraform/check-block";

/** Which release of the application an environment runs, and which releases it may follow. */
export interface ReleaseSettings {
  /** The release as a number: a higher one is newer. */
  readonly order: number;
  /** Whether an older release may follow a newer one. */
  readonly allowDowngrade: boolean;
  /**
   * Parts that convert their data, which cannot be undone, by name (the key of a label): the release that each part
   * comes from, as in `order`; 0 if unknown.
   * @default {} - all come from the release
   */
  readonly parts?: Readonly<Record<string, number>>;
  /** What an upgrade past a release must not skip. @default [] */
  readonly steps?: readonly UpgradeStep[];
  /** Where data is that a change would leave behind, by the key of a label. @default {} */
  readonly places?: Readonly<Record<string, DataPlace>>;
  /** Numbers that may go up or down by one in an apply, by the key of a label. @default {} */
  readonly counters?: Readonly<Record<string, Counter>>;
  /** Numbers that do not go down unasked, by the key of a label. @default {} */
  readonly floors?: Readonly<Record<string, Floor>>;
}

/** A number of things that hold data: with fewer of them, what is on the last ones is gone. */
export interface Floor {
  readonly value: number;
  /** The one number that it may come down from in this apply. @default - none */
  readonly mayFallFrom?: number;
  /** Why it may not be lower. `was` is an expression in `${}`. */
  readonly refusal: (was: string) => string;
}

/** A number that may change by one at a time: pods with consecutive numbers understand each other, others do not. */
export interface Counter {
  readonly value: number;
  /** What was deployed before there was a label. */
  readonly unlabelled: number;
  /** Why it may not go further. `was` is an expression in `${}`. */
  readonly refusal: (was: string) => string;
}

/** Where data is. */
export interface DataPlace {
  /** Value of the label: `memorystore`. */
  readonly place: string;
  /** Whether the label is written. It need not be for the place that everything without a label is in. */
  readonly remembered: boolean;
  /** Whether what was deployed before there was a label may be in this place already. */
  readonly unlabelled: boolean;
  /** Why it may not come from another place. `was` is an expression in `${}`. @default - it may */
  readonly refusal?: (was: string) => string;
}

/** Something to do by hand, once, after an upgrade to a release or past it. */
export interface UpgradeStep {
  /** Release that asks for it, as a word for Terraform addresses: `1-15-0`. */
  readonly id: string;
  /** The same release, as in `ReleaseSettings.order`. */
  readonly order: number;
  /** Why an upgrade may not pass the release. @default - it may */
  readonly refusal?: string;
  /** What to do: a warning in every plan and apply that upgrades. */
  readonly reminder: string;
}

export interface ReleaseGuardProps {
  readonly installation: Installation;
  readonly settings: ReleaseSettings;
  /** The release, for messages. */
  readonly version: string;
  /** The jobs that migrate the database. */
  readonly deployedAfter: readonly ITerraformDependable[];
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Label with the release itself. */
const RELEASE = "release";

/**
 * Remembers the deployed release as labels of a secret that never has a value: a place that the next plan can read
 * before it changes it. An older release cannot read a database that a newer one has migrated, and a newer one may need
 * a step by hand at a release in between.
 */
export class ReleaseGuard extends Construct {
  readonly checks: readonly PlanCheck[];

  constructor(scope: Construct, id: string, props: ReleaseGuardProps) {
    super(scope, id);
    const { installation, settings, version, dependsOn } = props;
    const { order, parts = {}, steps = [], places = {}, counters = {}, floors = {} } = settings;
    const secretId = `${installation.resourcePrefix}-release`;
    const { replication, ignoreChanges } = secretReplication(installation);
    new SecretManagerSecret(this, "release", {
      project: installation.projectId,
      secretId,
      replication,
      lifecycle: { ignoreChanges: [...ignoreChanges] },
      labels: {
        [RELEASE]: String(order),
        ...mapValues(parts, String),
        ...Object.fromEntries(
          Object.entries(places).flatMap(([key, { place, remembered }]) => (remembered ? [[key, place]] : [])),
        ),
        ...mapValues({ ...counters, ...floors }, ({ value }) => String(value)),
      },
      // A release counts as deployed once its migrations have run, so an apply that failed earlier can still go back.
      dependsOn: [...dependsOn, ...props.deployedAfter],
    });
    const found = listSecrets(this, "deployed", installation.projectId, [secretId], dependsOn);
    /** Labels of the deployed release: one map, or none before the first apply. */
    const deployed = `[for s in ${found} : s.labels if s.secret_id == "${secretId}"]`;

    const due = steps.filter((step) => step.order <= order);
    const refused = due.filter((step) => step.refusal !== undefined && step.order < order);
    this.checks = [
      ...(settings.allowDowngrade ? [] : [notNewer(deployed, version, { [RELEASE]: order, ...parts })]),
      ...Object.entries(places).flatMap(([key, place]) => staysIn(deployed, key, place)),
      ...Object.entries(counters).map(([key, counter]) => stepByStep(deployed, key, counter)),
      ...Object.entries(floors).map(([key, floor]) => notFewer(deployed, key, floor)),
      ...refused.map((step) => ({ condition: notBefore(deployed, step.order), message: step.refusal ?? "" })),
    ];
    for (const step of due.filter((candidate) => !refused.includes(candidate)))
      new CheckBlock(this, `step-${step.id}`, {
        condition: notBefore(deployed, step.order),
        message: step.reminder,
      });
  }
}

/** The deployed release must not be newer than the one that replaces it. */
function notNewer(deployed: string, version: string, wanted: Readonly<Record<string, number>>): PlanCheck {
  const known = Object.entries(wanted).filter(([, order]) => order > 0);
  const map = `{ ${known.map(([label, order]) => `${label} = ${order}`).join(", ")} }`;
  const newer = `[for k, n in ${map} : k if length([for l in ${deployed} : l if tonumber(lookup(l, k, "0")) > n]) > 0]`;
  return {
    condition: `length(${newer}) == 0`,
    message:
      `What is deployed is newer than ${version} (\${join(", ", ${newer})}), and has converted its database in a way that ` +
      `cannot be undone: the older version would fail on it. First restore a backup from before the upgrade, ` +
      `then set allow_version_downgrade = true for this one apply.`,
  };
}

/** Data must be where it was, unless it is moved. */
function staysIn(deployed: string, key: string, { place, unlabelled, refusal }: DataPlace): PlanCheck[] {
  if (!refusal) return [];
  const places = `[for l in ${deployed} : lookup(l, "${key}", "${unlabelled ? place : ""}")]`;
  const others = `[for p in ${places} : p if p != "${place}"]`;
  const was = `\${try(${others}[0] == "" ? "where it was" : replace(${others}[0], "-", "_"), "")}`;
  return [{ condition: `length(${others}) == 0`, message: refusal(was) }];
}

/** A number moves by one at most. */
function stepByStep(deployed: string, key: string, { value, unlabelled, refusal }: Counter): PlanCheck {
  const numbers = `[for l in ${deployed} : tonumber(lookup(l, "${key}", "${unlabelled}"))]`;
  return {
    condition: `length([for n in ${numbers} : n if abs(n - ${value}) > 1]) == 0`,
    message: refusal(`\${try(${numbers}[0], "")}`),
  };
}

/** A number may only fall from `mayFallFrom`. Without a label, the deployed number is unknown, and nothing is refused. */
function notFewer(deployed: string, key: string, { value, mayFallFrom = value, refusal }: Floor): PlanCheck {
  const numbers = `[for l in ${deployed} : tonumber(lookup(l, "${key}", "0"))]`;
  return {
    condition: `length([for n in ${numbers} : n if n > ${value} && n != ${mayFallFrom}]) == 0`,
    message: refusal(`\${try(${numbers}[0], "")}`),
  };
}

/** The deployed release must not be older than another one; an unknown one may be. */
function notBefore(deployed: string, order: number): string {
  const releases = `[for l in ${deployed} : tonumber(lookup(l, "${RELEASE}", "0"))]`;
  return `length([for n in ${releases} : n if n > 0 && n < ${order}]) == 0`;
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
