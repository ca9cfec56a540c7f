import { parts } from "../misuse/templates";
import type { StackJson } from "../terraform/synth";

/** What Google's APIs take for a name or an id, as their references say. */
const RULES: readonly (readonly [type: RegExp, field: string, rule: RegExp])[] = [
  [/^google_compute_/, "name", /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/],
  [/^google_service_account$/, "account_id", /^[a-z][-a-z0-9]{4,28}[a-z0-9]$/],
  [/^google_secret_manager_secret$/, "secret_id", /^[A-Za-z0-9_-]{1,255}$/],
  [/^google_storage_bucket$/, "name", /^[a-z0-9][-a-z0-9_]{1,61}[a-z0-9]$/],
  [/^google_sql_database_instance$/, "name", /^[a-z]([-a-z0-9]{0,95}[a-z0-9])?$/],
  [/^google_sql_(database|user)$/, "name", /^[A-Za-z_][A-Za-z0-9_]{0,62}$/],
  [/^google_container_cluster$/, "name", /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/],
  [/^google_artifact_registry_repository$/, "repository_id", /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/],
  [/^google_clouddeploy_(target|delivery_pipeline|automation)$/, "name", /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/],
  [/^google_cloudbuild_(trigger|worker_pool)$/, "name", /^[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$/],
  [/^google_certificate_manager_/, "name", /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/],
  [/^google_pubsub_topic$/, "name", /^[A-Za-z][-A-Za-z0-9._~+%]{2,254}$/],
  [/^google_kms_(key_ring|crypto_key)$/, "name", /^[-A-Za-z0-9_]{1,63}$/],
  [/^google_binary_authorization_attestor$/, "name", /^[a-zA-Z0-9_-]{1,128}$/],
];
const LABELS = ["labels", "user_labels", "resource_labels"];

/** @returns names of Google's resources that its APIs would refuse, and labels */
export function googleProblems({ resource }: StackJson): readonly string[] {
  return Object.entries(resource)
    .filter(([type]) => type.startsWith("google_"))
    .flatMap(([type, blocks]) => {
      const rules = RULES.filter(([of]) => of.test(type));
      return Object.entries(blocks).flatMap(([address, block]) => [
        ...rules
          .filter(([, field, rule]) => block[field] !== undefined && !rule.test(known(block[field])))
          .map(([, field]) => `${type}.${address}: ${field} ${JSON.stringify(block[field])}`),
        // What a channel calls labels are its settings, such as the address.
        ...(type === "google_monitoring_notification_channel" ? ["user_labels"] : LABELS).flatMap((field) =>
          labelProblems(block[field], `${type}.${address}`),
        ),
      ]);
    });
}

function labelProblems(labels: unknown, path: string): readonly string[] {
  const entries = Object.entries((labels ?? {}) as Readonly<Record<string, unknown>>);
  const wrong = entries.filter(
    ([key, value]) => !/^[a-z][a-z0-9_-]{0,62}$/.test(key) || !/^[a-z0-9_-]{0,63}$/.test(known(value)),
  );
  return [
    ...(entries.length > 64 ? [`${path}: ${entries.length} labels`] : []),
    ...wrong.map(([key, value]) => `${path}: label ${key}=${String(value)}`),
  ];
}

/** The text with a letter for what only apply knows. */
function known(value: unknown): string {
  return parts(String(value))
    .map((part) => ("text" in part ? part.text : "x"))
    .join("");
}
