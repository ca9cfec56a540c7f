import { bare } from "../../modules/app-gke/terraform/expression";
import type { Google, Monitored } from "./google";
import { literal } from "./attempt";
import type { LookedUp } from "./import-ids";
import type { Adoptable } from "./imports";
import type { Entry } from "./state";
import { Refusal } from "../acceptance/options";

/** What only Google knows of the resources of a stack. */
export interface Found {
  /** What is written into the state. */
  readonly entries: readonly (readonly [Adoptable, Entry])[];
  /** Arguments for import ids, by address. */
  readonly known: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

type Resources = ReadonlyMap<string, Adoptable>;

/**
 * A number that no Secret has as its revision: so Terraform writes the data once more, from Secret Manager. With a revision,
 * the provider takes the data as write-only, and never reads them into the state.
 * https://github.com/hashicorp/terraform-provider-kubernetes/blob/v2.38.0/kubernetes/resource_kubernetes_secret_v1.go
 */
const NO_REVISION = 2 ** 32;

/** @param stack the resources of the whole stack, by address: others refer to them */
export async function lookUp(wanted: readonly Adoptable[], stack: Resources, google: Google): Promise<Found> {
  const known = new Map<string, Readonly<Record<string, string>>>();
  const entries = await Promise.all(
    wanted.map(async (resource): Promise<readonly (readonly [Adoptable, Entry])[]> => {
      const entry = await ENTRIES[resource.type]?.(resource, stack, google);
      const found = await lookUpOf(resource.type)?.(resource, stack, google);
      if (found !== undefined) known.set(resource.address, { found });
      return entry ? [[resource, entry]] : [];
    }),
  );
  return { entries: entries.flat(), known };
}

type LookUp<T> = (resource: Adoptable, stack: Resources, google: Google) => T | undefined | Promise<T | undefined>;

const FOUND: Readonly<Record<LookedUp, LookUp<string>>> = {
  random_id: ({ address }, stack, google) => logBucketSuffix(address, stack, google) ?? keyRingSuffix(stack, google),
  google_billing_budget: ({ block }, _, google) =>
    google.budgetOf(`billingAccounts/${String(block.billing_account)}`, String(block.display_name)),
  google_monitoring_alert_policy: monitored("alertPolicies"),
  google_monitoring_dashboard: monitored("dashboards"),
  google_monitoring_notification_channel: monitored("notificationChannels"),
  google_monitoring_uptime_check_config: monitored("uptimeCheckConfigs"),
  google_cloudbuild_trigger: ({ block }, _, google) =>
    google.triggerOf(`projects/${String(block.project)}/locations/${String(block.location)}`, String(block.name)),
};

function lookUpOf(type: string): LookUp<string> | undefined {
  return Object.hasOwn(FOUND, type) ? FOUND[type as LookedUp] : undefined;
}

function monitored(kind: Monitored): LookUp<string> {
  return ({ block }, _, google) => google.monitoringOf(kind, String(block.project), like(shownName(block)));
}

/** A dashboard is one text, with its name in it. */
function shownName({ display_name: name, dashboard_json: json }: Adoptable["block"]): string {
  return typeof json === "string" ? (JSON.parse(json) as { displayName: string }).displayName : String(name);
}

/** @returns a pattern for a text with expressions that only an apply knows, such as an address */
function like(text: string): RegExp {
  const parts = text.split(/\$\{[^}]*\}/).map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join(".+")}$`);
}

const ENTRIES: Readonly<Record<string, LookUp<Entry>>> = {
  google_secret_manager_secret_version: secretVersion,
  google_compute_instance_template: instanceTemplate,
  kubernetes_secret_v1: kubernetesSecret,
};

async function secretVersion({ block }: Adoptable, stack: Resources, google: Google): Promise<Entry | undefined> {
  const { secret_data_wo_version: revision, deletion_policy: deletionPolicy } = block;
  // Only what is not secret has a number that follows from its content: the apply may add another version of that.
  if (typeof revision !== "number") return undefined;
  const secret = text(referred(block.secret, stack), "project", "secret_id", "projects/{}/secrets/{}");
  const version = await google.newestVersion(secret);
  if (!version) return undefined;
  if (version.state !== "ENABLED") {
    throw new Refusal(
      `${version.name} is ${version.state.toLowerCase()}, and it is the newest version of its secret, which the ` +
        `environment would go on with: nothing could read the value. Enable it, or add a version with the right ` +
        `value, with gcloud secrets versions.`,
    );
  }
  return {
    id: version.name,
    name: version.name,
    secret,
    version: version.name.split("/").at(-1),
    secret_data_wo_version: revision,
    deletion_policy: deletionPolicy,
    enabled: true,
    is_secret_data_base64: false,
  };
}

async function instanceTemplate(resource: Adoptable, stack: Resources, google: Google): Promise<Entry | undefined> {
  const { name_prefix: prefix } = resource.block;
  const project = String(resource.block.project);
  const group = [...stack.values()].find(
    ({ type, block }) =>
      type === "google_compute_instance_group_manager" && JSON.stringify(block.version).includes(resource.address),
  );
  if (!group) return undefined;
  const name = await google.templateOf(project, String(group.block.zone), String(group.block.name));
  if (name === undefined) return undefined;
  return { id: `projects/${project}/global/instanceTemplates/${name}`, name, name_prefix: prefix, project };
}

function kubernetesSecret({ block }: Adoptable, stack: Resources): Entry {
  const { name, namespace } = (block as { metadata: { name: string; namespace: string } }).metadata;
  const space = literal(namespace, stack);
  return {
    id: `${space}/${name}`,
    metadata: [{ name, namespace: space }],
    type: block.type,
    data_wo_revision: NO_REVISION,
    wait_for_service_account_token: true,
  };
}

/** @returns the id that imports a `random_id`: its bytes, as the ring's name has them, in base64 */
async function keyRingSuffix(stack: Resources, google: Google): Promise<string | undefined> {
  const attestor = [...stack.values()].find(({ type }) => type === "google_binary_authorization_attestor");
  if (!attestor) return undefined;
  const ring = await google.keyRingOf(text(attestor, "project", "name", "projects/{}/attestors/{}"));
  const suffix = /-([0-9a-f]{8})$/.exec(ring ?? "")?.[1];
  return suffix && Buffer.from(suffix, "hex").toString("base64url");
}

/** @returns the id that imports the suffix of a log bucket; `undefined` if this is not the suffix of one */
function logBucketSuffix(address: string, stack: Resources, google: Google): Promise<string | undefined> | undefined {
  const bucket = [...stack.values()].find(
    ({ type, block }) => type === "google_logging_project_bucket_config" && String(block.bucket_id).includes(address),
  );
  if (!bucket) return undefined;
  const parent = text(bucket, "project", "location", "projects/{}/locations/{}");
  return google.logBucketOf(parent, like(String(bucket.block.bucket_id))).then((name) => {
    const suffix = /-([0-9a-f]{8})$/.exec(name ?? "")?.[1];
    return suffix && Buffer.from(suffix, "hex").toString("base64url");
  });
}

/** @returns the resource that an expression refers to */
function referred(expression: unknown, stack: Resources): Adoptable | undefined {
  return stack.get(bare(String(expression)).split(".").slice(0, 2).join("."));
}

function text(resource: Adoptable | undefined, first: string, second: string, format: string): string {
  const values = [resource?.block[first], resource?.block[second]].map(String);
  return format.replaceAll("{}", () => values.shift() ?? "");
}
