import { KEY_PURPOSES } from "../../modules/app-gke/google/encryption";
import { type Question, evaluate, hasTerraform } from "../terraform/evaluate";
import { type Given, type StackJson, synth } from "../terraform/synth";

interface Blocked extends StackJson {
  readonly removed?: readonly { readonly from: string; readonly lifecycle: { readonly destroy: boolean } }[];
  readonly import?: readonly { readonly to: string; readonly for_each: string }[];
}

const ALL: Given = { customer_managed_keys: ["all"], log_retention_days: 90 };
const MANAGED: Given = { redis_service: "memorystore", filestore_tier: "ZONAL", files_move_from: "filestore" };
const NAMED: Given = { ...ALL, kms_key_ring: "projects/key-project/locations/us-central1/keyRings/dify" };
const SHARED: Given = {
  require_services_gcp_module: true,
  network_name: "shared",
  gke_cluster_name: "shared",
  sql_instance_name: "shared",
  nfs_instance_name: "shared",
  nfs_instance_zone: "us-central1-b",
  redis_password_secret: "shared-redis-password",
  enable_image_mirroring: false,
};

function foundationOf(given: Given): Blocked {
  const { foundation } = synth(given);
  if (!foundation) throw new Error("There is no foundation");
  return foundation;
}

function addressesOf(stack: Blocked): string[] {
  return Object.entries(stack.resource).flatMap(([type, named]) => Object.keys(named).map((name) => `${type}.${name}`));
}

/** The part of a full name of a key after the ring, of everything in a value. */
function keysIn(value: unknown): string[] {
  const text = JSON.stringify(value);
  return [...new Set([...text.matchAll(/cryptoKeys\/([\w-]+)"/g)].map(([, name = ""]) => name))].sort();
}

function block(stack: Blocked, type: string, name: string): Record<string, unknown> {
  const found = stack.resource[type]?.[name];
  if (!found) throw new Error(`There is no ${type}.${name}`);
  return found;
}

/** Without the conditions, whose messages name keys too. */
function settings(made: Record<string, unknown>): Record<string, unknown> {
  return { ...made, lifecycle: undefined };
}

const ENCRYPTED: readonly (readonly [type: string, name: string, keys: readonly string[]])[] = [
  ["google_sql_database_instance", "foundation_sql_instance", ["database"]],
  ["google_compute_disk", "foundation_file_server_data_disk", ["files"]],
  ["google_compute_instance_template", "foundation_file_server_instance_template", ["files"]],
  ["google_container_cluster", "foundation_cluster", ["cluster", "nodes"]],
  ["google_artifact_registry_repository", "foundation_registry_repository", ["images"]],
  ["google_secret_manager_secret", "foundation_file_server_redis_password_secret", ["secrets"]],
];

test.each(ENCRYPTED)("%s %s has its keys, and waits until Google's account may use them", (type, name, keys) => {
  const made = settings(block(foundationOf(ALL), type, name));
  expect(keysIn(made)).toEqual(keys);
  expect(made.depends_on).toEqual(
    expect.arrayContaining(keys.map((key) => `terraform_data.foundation_keys_${key}_known_pause`)),
  );
  expect(JSON.stringify(settings(block(foundationOf({}), type, name)))).not.toMatch(/cryptoKeys|foundation_keys/);
});

test("buckets, secrets, topic and repository of the application have theirs", () => {
  const trigger = {
    enable_cicd_trigger: true,
    github_repository_url: "https://github.com/acme/dify",
    github_app_installation_id: "12345678",
    enable_cloud_deploy: true,
    cloud_deploy_stages: [{ name: "dev" }, { name: "staging" }],
  };
  const { resource } = synth({ ...ALL, ...trigger }).application;
  const keys = (type: string) => Object.values(resource[type] ?? {}).map((made) => keysIn(settings(made)).join());
  expect(new Set(keys("google_storage_bucket"))).toEqual(new Set(["buckets"]));
  expect(keys("google_storage_bucket").length).toBeGreaterThan(4);
  expect(new Set(keys("google_secret_manager_secret"))).toEqual(new Set(["secrets"]));
  expect(new Set(keys("google_pubsub_topic"))).toEqual(new Set(["messages"]));
  expect(keys("google_artifact_registry_repository")).toEqual(["images"]);
});

test("the log bucket has its own, of the account that Cloud Logging says", () => {
  const bucket = (given: Given) => {
    const [made] = Object.values(synth(given).application.resource["google_logging_project_bucket_config"] ?? {});
    return made ?? {};
  };
  expect(keysIn(settings(bucket(ALL)))).toEqual(["logs"]);
  expect(keysIn(bucket({ log_retention_days: 90 }))).toEqual([]);
  expect(foundationOf(ALL).resource["google_kms_crypto_key_iam_member"]).toMatchObject({
    foundation_keys_logs_agent_uses: {
      member:
        "serviceAccount:${data.google_logging_project_settings.foundation_keys_logging_agent.kms_service_account_id}",
    },
  });
  // Without a bucket there is nothing to encrypt.
  expect(foundationOf({ customer_managed_keys: ["all"] }).resource["google_kms_crypto_key"]).not.toHaveProperty(
    "foundation_keys_logs",
  );
});

test("every key is rotated, survives a destroy, and is used by one account", () => {
  const { resource } = foundationOf({ ...ALL, ...MANAGED });
  const keys = Object.values(resource.google_kms_crypto_key ?? {});
  expect(keys.map(({ name }) => name).sort()).toEqual([...KEY_PURPOSES].sort());
  for (const key of keys) {
    expect(key).toMatchObject({ deletion_policy: "ABANDON", rotation_period: "7776000s", purpose: "ENCRYPT_DECRYPT" });
    expect(key).toMatchObject({ lifecycle: { prevent_destroy: true } });
  }
  const grants = Object.entries(resource.google_kms_crypto_key_iam_member ?? {});
  expect(grants).toHaveLength(KEY_PURPOSES.length);
  for (const [name, { role, crypto_key_id }] of grants) {
    expect(role).toBe("roles/cloudkms.cryptoKeyEncrypterDecrypter");
    expect(crypto_key_id).toBe(`\${google_kms_crypto_key.${name.replace(/_agent_uses$/, "")}.id}`);
  }
  expect(Object.keys(resource.google_kms_key_ring ?? {})).toEqual(["foundation_keys_ring"]);
});

test("a provider that would destroy the versions of keys is refused, where keys are made", () => {
  const google = (given: Given) => foundationOf(given).terraform.required_providers;
  expect(google(ALL)).toMatchObject({ google: { version: ">= 7.33.0, < 8.0.0" } });
  expect(google(NAMED)).toMatchObject({ google: { version: ">= 7.16.0, < 8.0.0" } });
});

test("ring and keys that exist are taken into the state", () => {
  const foundation = foundationOf(ALL);
  const taken = foundation.import?.map(({ to }) => to) ?? [];
  const made = addressesOf(foundation).filter((address) => /^google_kms_(key_ring|crypto_key)[.]/.test(address));
  expect(taken.sort()).toEqual(made.sort());
});

// Google's right to use a key is as necessary as the key: whatever was encrypted is still there.
test.each<[string, Given, Given]>([
  ["everything", ALL, {}],
  ["everything, in several places", { ...ALL, ...elsewhere() }, elsewhere()],
  ["one entry", ALL, { customer_managed_keys: KEY_PURPOSES.filter((purpose) => purpose !== "files") }],
  ["own keys for others'", ALL, { ...NAMED, create_kms_grants: false }],
  ["rights on others' keys", NAMED, {}],
])("turned off, %s: no key and no right to use it is destroyed", (_, on, off) => {
  const after = foundationOf(off);
  const kept = addressesOf(after);
  const gone = addressesOf(foundationOf(on)).filter((address) => !kept.includes(address));
  const forgotten = (after.removed ?? []).filter(({ lifecycle }) => !lifecycle.destroy).map(({ from }) => from);
  const keys = gone.filter((address) => address.includes(".foundation_keys_"));
  expect(keys).not.toEqual([]);
  expect(keys.filter((address) => !forgotten.includes(address))).toEqual([]);
  expect(forgotten.filter((address) => kept.includes(address))).toEqual([]);
});

function elsewhere(): Given {
  return {
    storage_buckets: [{ name_suffix: "archive", location: "EU" }],
    secret_replication_locations: ["us-central1", "us-east1"],
  };
}

test("what is elsewhere has a key there", () => {
  const foundation = foundationOf({ ...ALL, ...elsewhere() });
  const rings = Object.values(foundation.resource.google_kms_key_ring ?? {});
  expect(rings.map(({ location }) => location).sort()).toEqual(["europe", "us-central1", "us-east1"]);
  expect(new Set(rings.map(({ name }) => name)).size).toBe(1);
  const secret = JSON.stringify(block(foundation, ...SECRET).replication);
  for (const location of ["us-central1", "us-east1"]) {
    expect(secret).toMatch(new RegExp(`locations/${location}/keyRings/[^/]+/cryptoKeys/secrets`));
  }
  const buckets = Object.values(synth({ ...ALL, ...elsewhere() }).application.resource.google_storage_bucket ?? {});
  const archive = buckets.find(({ location }) => location === "EU");
  expect(JSON.stringify(archive?.encryption)).toContain("/locations/europe/");
  const everywhere = foundationOf({ ...ALL, secret_replication_locations: ["automatic"] });
  expect(JSON.stringify(block(everywhere, ...SECRET).replication)).toContain("/locations/global/");
});

const SECRET = ["google_secret_manager_secret", "foundation_file_server_redis_password_secret"] as const;

test("keys of others are found by name, and only the right to use them is made", () => {
  const foundation = foundationOf({ ...NAMED, kms_key_names: { database: "postgres" } });
  expect(foundation.resource).not.toHaveProperty("google_kms_key_ring");
  expect(foundation.resource).not.toHaveProperty("google_kms_crypto_key");
  expect(foundation.import).toBeUndefined();
  const instance = block(foundation, "google_sql_database_instance", "foundation_sql_instance");
  expect(instance.encryption_key_name).toBe(`${String(NAMED.kms_key_ring)}/cryptoKeys/postgres`);
  const grants = foundation.resource.google_kms_crypto_key_iam_member ?? {};
  expect(grants.foundation_keys_database_agent_uses?.crypto_key_id).toBe(instance.encryption_key_name);
  const { resource } = foundationOf({ ...NAMED, create_kms_grants: false });
  expect(resource).not.toHaveProperty("google_kms_crypto_key_iam_member");
});

test("beside shared services, a foundation has the keys and nothing else", () => {
  const keys = { customer_managed_keys: ["buckets", "secrets", "messages"] };
  expect(synth(SHARED).foundation).toBeUndefined();
  const made = addressesOf(foundationOf({ ...SHARED, ...keys })).map((address) => address.split(".")[0]);
  expect(new Set(made)).toEqual(
    new Set([
      "google_kms_crypto_key",
      "google_kms_crypto_key_iam_member",
      "google_kms_key_ring",
      "google_project_service",
      "terraform_data",
    ]),
  );
  expect(synth({ ...SHARED, ...NAMED, ...keys, create_kms_grants: false }).foundation).toBeUndefined();
});

const KEPT: readonly (readonly [type: string, name: string, has: string, path: string])[] = [
  ["google_sql_database_instance", "foundation_sql_instance", "self.encryption_key_name", "encryption_key_name"],
  [
    "google_compute_disk",
    "foundation_file_server_data_disk",
    "self.disk_encryption_key[0].kms_key_self_link",
    "disk_encryption_key",
  ],
  [
    "google_container_cluster",
    "foundation_cluster",
    "self.cluster_autoscaling[0].auto_provisioning_defaults[0].boot_disk_kms_key",
    "cluster_autoscaling[0].auto_provisioning_defaults[0].boot_disk_kms_key",
  ],
  ["google_artifact_registry_repository", "foundation_registry_repository", "self.kms_key_name", "kms_key_name"],
];

test.each(KEPT)("%s keeps the key that it was created with, in every environment", (type, name, _, path) => {
  for (const given of [{}, ALL]) {
    expect(block(foundationOf(given), type, name)).toMatchObject({
      lifecycle: { ignore_changes: expect.arrayContaining([path]) as unknown },
    });
  }
});

/** In the application stack. */
const KEPT_LATER = [
  "google_logging_project_bucket_config",
  "app_monitoring_logs_bucket",
  "self.cmek_settings[0].kms_key_name",
] as const;

(hasTerraform ? test : test.skip)("a plan that wants another key for what exists is refused, with the way", () => {
  const foundation = foundationOf(ALL);
  const questions = new Map<string, Question>();
  for (const [type, name, has] of [...KEPT, KEPT_LATER]) {
    const { lifecycle } = block(type === KEPT_LATER[0] ? synth(ALL).application : foundation, type, name) as {
      lifecycle: { postcondition: Question["conditions"] };
    };
    const [wanted = ""] = /projects\/[^"]+/.exec(lifecycle.postcondition[0]?.condition ?? "") ?? [];
    const values: Readonly<Record<string, unknown>> = {
      wanted,
      "wanted, with its version": `${wanted}/cryptoKeyVersions/3`,
      none: "",
      null: null,
      another: "projects/p/locations/us-central1/keyRings/r/cryptoKeys/theirs",
    };
    for (const [what, value] of Object.entries(values)) {
      questions.set(`${type} ${what}`, { conditions: lifecycle.postcondition, values: { [has]: value } });
    }
  }
  const answers = evaluate(questions);
  for (const [type] of [...KEPT, KEPT_LATER]) {
    expect(answers.get(`${type} wanted`)).toEqual([]);
    expect(answers.get(`${type} wanted, with its version`)).toEqual([]);
    expect(answers.get(`${type} none`)?.[0]).toContain("a key of Google's, and it keeps");
    expect(answers.get(`${type} null`)?.[0]).toContain("a key of Google's, and it keeps");
    expect(answers.get(`${type} another`)?.[0]).toContain("cryptoKeys/theirs, and it keeps");
  }
});

(hasTerraform ? test : test.skip)(
  "the key of the VM's disks is not forgotten in the apply that replaces the VM",
  () => {
    const labels = (given: Given) =>
      block(foundationOf(given), ...SECRET)["labels"] as Readonly<Record<string, string>>;
    const { "vm-with-key": applied = "" } = labels(ALL);
    expect(applied).toMatch(/^[0-9a-f]{8}$/);
    expect(labels({})).not.toHaveProperty("vm-with-key");
    const other = { nfs_machine_type: "e2-medium" };
    expect(labels({ ...ALL, ...other })["vm-with-key"]).not.toBe(applied);
    const conditionsOf = (given: Given) =>
      (
        block(foundationOf(given), "google_compute_instance_template", "foundation_file_server_instance_template") as {
          lifecycle: { precondition?: Question["conditions"] };
        }
      ).lifecycle.precondition?.filter(({ error_message }) => error_message.includes("no order for the two")) ?? [];
    expect(conditionsOf({ ...ALL, ...other })).toEqual([]);
    const secrets = "data.google_secret_manager_secrets.foundation_file_server_remembered.secrets";
    const secretWith = (label: object) => {
      const { secret_id } = block(foundationOf({}), ...SECRET);
      return { [secrets]: [{ secret_id, labels: { "data-disk-gb": "50", ...label } }] };
    };
    const answers = evaluate(
      new Map([
        ["the key alone", { conditions: conditionsOf({}), values: secretWith({ "vm-with-key": applied }) }],
        ["both", { conditions: conditionsOf(other), values: secretWith({ "vm-with-key": applied }) }],
        ["never a key", { conditions: conditionsOf(other), values: secretWith({}) }],
      ]),
    );
    expect(answers.get("the key alone")).toEqual([]);
    expect(answers.get("never a key")).toEqual([]);
    expect(answers.get("both")?.[0]).toContain("Set files again, apply, and take it out in an apply of its own");
  },
);

test("one key for disks and nodes has one right", () => {
  const foundation = foundationOf({ ...NAMED, ...MANAGED, kms_key_names: { files: "disks", nodes: "disks" } });
  const grants = Object.values(foundation.resource.google_kms_crypto_key_iam_member ?? {});
  expect(grants).toHaveLength(KEY_PURPOSES.length - 1);
  expect(block(foundation, "google_container_cluster", "foundation_cluster").depends_on).toContain(
    "terraform_data.foundation_keys_files_known_pause",
  );
});

(hasTerraform ? test : test.skip)("a location where secrets are encrypted cannot be taken out", () => {
  const check = block(foundationOf(ALL), "terraform_data", "foundation_keys_check") as {
    lifecycle: { precondition: Question["conditions"] };
  };
  const conditions = check.lifecycle.precondition.filter(({ condition }) => condition.includes("replicas"));
  expect(conditions).toHaveLength(1);
  const [ring = ""] = /[/]keyRings[/][^/]+[/]/.exec(conditions[0]?.condition ?? "") ?? [];
  const secretIn = (...locations: readonly string[]) => [
    {
      replication: [
        {
          user_managed: [
            {
              replicas: locations.map((location) => ({
                location,
                customer_managed_encryption: [
                  { kms_key_name: `projects/p/locations/${location}${ring}cryptoKeys/secrets` },
                ],
              })),
            },
          ],
        },
      ],
    },
  ];
  const without = [{ replication: [{ user_managed: [{ replicas: [{ location: "us-west1" }] }] }] }];
  const secrets = "data.google_secret_manager_secrets.foundation_keys_encrypted.secrets";
  const answers = evaluate(
    new Map(
      Object.entries({ here: secretIn("us-central1"), elsewhere: secretIn("us-central1", "us-west1"), without }).map(
        ([name, value]) => [name, { conditions, values: { [secrets]: value } }],
      ),
    ),
  );
  expect(answers.get("here")).toEqual([]);
  expect(answers.get("without")).toEqual([]);
  expect(answers.get("elsewhere")?.[0]).toContain("have values in us-west1");
});
