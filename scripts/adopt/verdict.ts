import { printable } from "../../modules/dify-gke/printable";
import { WAYS } from "./import-ids";

type Values = Readonly<Record<string, unknown>> | null;
type Labels = Readonly<Record<string, string | undefined>>;

interface Change {
  readonly address: string;
  readonly type: string;
  readonly change: {
    readonly actions: readonly string[];
    readonly before: Values;
    readonly after: Values;
    readonly after_unknown?: Values;
    readonly importing?: object;
  };
}

interface Stranger {
  readonly address: string;
  readonly label: string;
  readonly ours: boolean;
}

/** What the next apply would do. */
export interface Verdict {
  readonly imported: number;
  /** Addresses of what is to be made. */
  readonly made: readonly string[];
  /** Addresses of what is changed in place, each with its arguments that change. */
  readonly changed: readonly { readonly address: string; readonly arguments: readonly string[] }[];
  /** Addresses of what leaves the state and is not destroyed. */
  readonly forgotten: readonly string[];
  /** Addresses of what would be destroyed or replaced. */
  readonly lost: readonly string[];
  /** What has the labels of something else, each with the label, and whether another environment of this project has it. */
  readonly strangers: readonly Stranger[];
}

/**
 * Arguments that only Terraform has: they tell it how to wait, what to do at a destroy, and which labels are whose. Labels
 * and annotations themselves are in `effective_…`.
 */
const OWN = new Set([
  "annotations",
  "deletion_policy",
  "disable_dependent_services",
  "disable_on_destroy",
  "force_destroy",
  "labels",
  "skip_initial_version_creation",
  "terraform_labels",
  "timeouts",
  "update_on_creation_fail",
  "wait_for_completion",
  "wait_for_default_service_account",
  "wait_for_instances",
  "wait_for_load_balancer",
  "wait_for_rollout",
  "wait_until_bound",
]);

/** Labels that say whose something is. */
const OWNERS = ["managed-by", "application", "tenant", "environment"];
const OWNER_IN_CLUSTER = "app.kubernetes.io/instance";

/** @param plan output of `terraform show -json` */
export function judge(plan: string): Verdict {
  const { resource_changes: changes = [] } = JSON.parse(plan) as { resource_changes?: readonly Change[] };
  const managed = changes.filter(({ address }) => !address.startsWith("data."));
  const does = (action: string) => managed.filter(({ change }) => change.actions.includes(action));
  return {
    imported: managed.filter(({ change }) => change.importing).length,
    made: does("create")
      .filter(({ change }) => !change.actions.includes("delete"))
      .map(({ address }) => address),
    changed: does("update")
      .map(({ address, change }) => ({ address, arguments: changedArguments(change) }))
      .filter(({ arguments: names }) => names.length > 0),
    forgotten: does("forget").map(({ address }) => address),
    lost: does("delete").map(({ address }) => address),
    strangers: managed.flatMap(stranger),
  };
}

function changedArguments({ before, after, after_unknown: unknown }: Change["change"]): string[] {
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...names].filter(
    (name) =>
      !OWN.has(name) && (unknown?.[name] === true || JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name])),
  );
}

function stranger({ address, type, change }: Change): Stranger[] {
  const { before, after } = change;
  if (!before || !after) return [];
  const [has, wants] = type.startsWith("kubernetes_")
    ? [inCluster(before), inCluster(after)]
    : [onGoogle(before), onGoogle(after)];
  const label = Object.keys(wants).find((name) => has[name] !== wants[name]);
  const ours = has["managed-by"] === "cdktf" || has[OWNER_IN_CLUSTER] !== undefined;
  return label === undefined ? [] : [{ address, label: `${label} = ${has[label] ?? "(none)"}`, ours }];
}

function onGoogle(values: NonNullable<Values>): Labels {
  const labels = (values.effective_labels ?? {}) as Labels;
  return Object.fromEntries(OWNERS.flatMap((name) => (name in labels ? [[name, labels[name]]] : [])));
}

function inCluster(values: NonNullable<Values>): Labels {
  const manifest = (values.manifest ?? values.object ?? {}) as {
    metadata?: { labels?: Labels };
  };
  const [metadata] = (values.metadata ?? []) as { labels?: Labels }[];
  const labels = metadata?.labels ?? manifest.metadata?.labels ?? {};
  return OWNER_IN_CLUSTER in labels ? { [OWNER_IN_CLUSTER]: labels[OWNER_IN_CLUSTER] } : {};
}

/** @returns what the next apply would do, as lines */
export function lines({ imported, made, changed }: Verdict, entries: number): string[] {
  const again = made.filter(repeats);
  const missing = made.filter((address) => !again.includes(address));
  return [
    `${imported} taken over by import, ${entries} by an entry of the state.`,
    ...(changed.length > 0 ? [`${changed.length} changed in place:`] : []),
    ...changed.map(({ address, arguments: names }) => `  ${address}: ${names.join(", ")}`),
    ...(again.length > 0 ? [`${again.length} made once more, which changes nothing: ${countsOf(again)}.`] : []),
    ...(missing.length > 0 ? [`${missing.length} to be made, because nothing is there:`] : []),
    ...missing.map((address) => `  ${address}`),
  ].map(printable);
}

/**
 * @returns whether to make it once more changes nothing: a role that is granted already; or, of versions of secrets, the
 * list of Redis servers, whose content follows from the variables (`lookups.ts`)
 */
function repeats(address: string): boolean {
  const [type = ""] = address.split(".");
  return "again" in (WAYS[type] ?? {}) || type.endsWith("_iam_member") || address.endsWith("_servers_list_version");
}

function countsOf(addresses: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const address of addresses) {
    const [type = ""] = address.split(".");
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return [...counts].map(([type, count]) => `${count} ${type}`).join(", ");
}
