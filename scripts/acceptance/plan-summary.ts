import { printable } from "../../modules/dify-gke/printable";

interface Change {
  readonly actions: readonly string[];
  readonly before?: unknown;
  readonly after?: unknown;
  readonly after_unknown?: unknown;
  readonly before_sensitive?: unknown;
  readonly after_sensitive?: unknown;
}

interface Plan {
  readonly resource_changes?: readonly {
    readonly address: string;
    readonly action_reason?: string;
    readonly change: Change;
  }[];
  readonly output_changes?: Readonly<Record<string, Change>>;
}

const LIMIT = 12;

/**
 * @param json output of `terraform show -json <plan>`
 * @returns what a plan would change, one per line: address and action, followed by the attributes that differ
 */
export function summarizePlan(json: string): string[] {
  const plan = JSON.parse(json) as Plan;
  const resources = (plan.resource_changes ?? [])
    .filter(({ change }) => !change.actions.every((action) => action === "no-op" || action === "read"))
    .flatMap(({ address, change, action_reason: reason }) => [
      `${address}: ${change.actions.join(" and ")}${reason ? ` (${reason})` : ""}`,
      // For what is created or destroyed, differences say nothing.
      ...(change.before && change.after ? limited(differences("", change)).map((line) => `    ${line}`) : []),
    ]);
  const outputs = Object.entries(plan.output_changes ?? {})
    .filter(([, change]) => !change.actions.includes("no-op"))
    .map(([name, change]) => `output ${name}: ${change.actions.join(" and ")}`);
  // Values are the variable files' own: nothing of them may reach the terminal as more than text.
  return [...resources, ...outputs].map(printable);
}

function limited(lines: readonly string[]): string[] {
  return lines.length <= LIMIT ? [...lines] : [...lines.slice(0, LIMIT), `… and ${lines.length - LIMIT} more`];
}

function differences(path: string, change: Omit<Change, "actions">): string[] {
  const { before, after } = change;
  if (change.before_sensitive === true || change.after_sensitive === true) {
    return same(before, after) && change.after_unknown !== true ? [] : [`${path}: (sensitive)`];
  }
  if (change.after_unknown === true) return [`${path}: ${show(before)} → (known after apply)`];
  const keys = new Set([...keysOf(before), ...keysOf(after), ...keysOf(change.after_unknown)]);
  if (keys.size > 0 && isContainer(before) && isContainer(after)) {
    return [...keys].flatMap((key) =>
      differences(path === "" ? key : `${path}.${key}`, {
        before: field(before, key),
        after: field(after, key),
        after_unknown: field(change.after_unknown, key),
        before_sensitive: field(change.before_sensitive, key),
        after_sensitive: field(change.after_sensitive, key),
      }),
    );
  }
  // A value that is only on one side may contain something sensitive.
  const hidden = keysOf(change.before_sensitive).length > 0 || keysOf(change.after_sensitive).length > 0;
  if (same(before, after)) return [];
  return [`${path}: ${hidden ? "(sensitive)" : `${show(before)} → ${show(after)}`}`];
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function keysOf(value: unknown): string[] {
  return isContainer(value) ? Object.keys(value) : [];
}

function field(value: unknown, key: string): unknown {
  return isContainer(value) ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}

function show(value: unknown): string {
  const text = (JSON.stringify(value) as string | undefined) ?? "null";
  return text.length <= 100 ? text : `${text.slice(0, 99)}…`;
}
