import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errorsIn, missing } from "../../scripts/adopt/attempt";
import type { Google } from "../../scripts/adopt/google";
import { type Adoptable, FIRST_LINE, type Import, importBlocks, importFile } from "../../scripts/adopt/imports";
import { lookUp } from "../../scripts/adopt/lookups";
import { planWith } from "../../scripts/adopt/planned";
import { addressesIn, readState, withEntries } from "../../scripts/adopt/state";
import { judge, lines } from "../../scripts/adopt/verdict";
import { ADOPT_FILE, removeImports } from "../../scripts/synth/whole";
import { everything } from "./environment";

const directory = mkdtempSync(join(tmpdir(), "adopt-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** Google as a test has it. */
function playing(answers: Partial<Google> = {}): Google {
  const none = () => Promise.resolve(undefined);
  return {
    ...{
      newestVersion: none,
      templateOf: none,
      keyRingOf: none,
      triggerOf: none,
      monitoringOf: none,
      logBucketOf: none,
      budgetOf: none,
    },
    ...answers,
  };
}

const resources = everything({ enable_binary_authorization: true });
const secretVersion = "google_secret_manager_secret_version.app_secrets_secret_key_version";

function one(address: string): Adoptable {
  const resource = resources.get(address);
  if (!resource) throw new Error(`${address} is not there`);
  return resource;
}

async function entryOf(address: string, google: Google) {
  const { entries } = await lookUp([one(address)], resources, google);
  return entries[0]?.[1];
}

describe("what is written into the state", () => {
  test("a version of a secret is the newest, with the file's revision, and without its value", async () => {
    const asked: string[] = [];
    const google = playing({
      newestVersion: (secret) => {
        asked.push(secret);
        return Promise.resolve({ name: "projects/123/secrets/s/versions/4", state: "ENABLED" });
      },
    });
    const entry = await entryOf(secretVersion, google);
    expect(asked).toEqual([expect.stringMatching(/^projects\/demo-project\/secrets\/dify-demo-\w+-secret-key$/)]);
    expect(entry).toEqual({
      id: "projects/123/secrets/s/versions/4",
      name: "projects/123/secrets/s/versions/4",
      secret: asked[0],
      version: "4",
      secret_data_wo_version: one(secretVersion).block.secret_data_wo_version,
      deletion_policy: "DISABLE",
      enabled: true,
      is_secret_data_base64: false,
    });
  });

  test("a secret without a version gets its first one by the apply", async () => {
    expect(await entryOf(secretVersion, playing())).toBeUndefined();
  });

  test("a newest version that nobody can read is refused: another one would have another value", async () => {
    const google = playing({
      newestVersion: () => Promise.resolve({ name: "projects/1/secrets/s/versions/2", state: "DISABLED" }),
    });
    await expect(entryOf(secretVersion, google)).rejects.toThrow(
      /versions\/2 is disabled.*nothing could read the value\. Enable it/,
    );
  });

  test("the list of Redis servers has no entry: a version with the same list is written", async () => {
    const google = playing({ newestVersion: () => Promise.reject(new Error("asked")) });
    const list = "google_secret_manager_secret_version.foundation_file_server_redis_servers_list_version";
    expect(await entryOf(list, google)).toBeUndefined();
  });

  test("a Secret has a revision, by which the provider knows that its data are not to be read", async () => {
    const entry = await entryOf("kubernetes_secret_v1.app_workload_secret", playing());
    expect(entry?.id).toMatch(/^dify-demo-\w{8}\/\w/);
    expect(entry?.data_wo_revision).toBe(2 ** 32);
    expect(Object.keys(entry ?? {})).not.toContain("data");
  });

  test("a template is that of its group, with the prefix that an import forgets", async () => {
    const google = playing({ templateOf: (...of) => Promise.resolve(`template-of-${of.join("-")}`) });
    const entry = await entryOf("google_compute_instance_template.foundation_file_server_instance_template", google);
    expect(entry?.id).toMatch(
      /^projects\/demo-project\/global\/instanceTemplates\/template-of-demo-project-us-central1-a-app-nfs-\w{8}$/,
    );
    expect(entry?.name_prefix).toMatch(/^app-nfs-\w{8}-$/);
  });

  test("a key ring's suffix is that of the ring in use", async () => {
    const google = playing({ keyRingOf: () => Promise.resolve("dify-demo-874e3c65-signing-4055927d") });
    const address = "random_id.app_binary_authorization_key_suffix";
    const { known } = await lookUp([one(address)], resources, google);
    expect(known.get(address)).toEqual({ found: "QFWSfQ" });
  });

  test("a log bucket's suffix is that of the bucket in use", async () => {
    const stack = everything({ enable_binary_authorization: true, log_retention_days: 90 });
    const address = "random_id.app_monitoring_logs_bucket_suffix";
    const asked: unknown[] = [];
    const google = playing({
      keyRingOf: () => Promise.resolve("dify-demo-874e3c65-signing-4055927d"),
      logBucketOf: (location, id) => {
        asked.push(location, id.test("dify-demo-874e3c65-00ff00ff"));
        return Promise.resolve(`${location}/buckets/dify-demo-874e3c65-00ff00ff`);
      },
    });
    const { known } = await lookUp([stack.get(address) as Adoptable], stack, google);
    expect(known.get(address)).toEqual({ found: "AP8A_w" });
    expect(asked).toEqual(["projects/demo-project/locations/us-central1", true]);
  });

  test("an uptime check is the one whose name has the address that the apply gave it", async () => {
    const check: Adoptable = {
      ...{
        type: "google_monitoring_uptime_check_config",
        name: "a",
        address: "google_monitoring_uptime_check_config.a",
      },
      block: { project: "p", display_name: "dify: ${google_compute_address.x.address}/v1 (a)" },
      way: { id: "{found}" },
    };
    const asked: RegExp[] = [];
    const google = playing({
      monitoringOf: (_, __, displayName) => {
        asked.push(displayName);
        return Promise.resolve("projects/p/uptimeCheckConfigs/7");
      },
    });
    const { known } = await lookUp([check], resources, google);
    expect(known.get(check.address)).toEqual({ found: "projects/p/uptimeCheckConfigs/7" });
    const [pattern] = asked;
    expect(
      ["dify: 203.0.113.1/v1 (a)", "dify: /v1 (a)", "other dify: 1/v1 (a)"].map((one) => pattern?.test(one)),
    ).toEqual([true, false, false]);
  });

  test("a lost state begins anew, another keeps what it has", () => {
    const version = one(secretVersion);
    const first = withEntries(readState(""), [[version, { id: "x" }]], "1.11.4");
    expect(first).toMatchObject({ version: 4, serial: 1, terraform_version: "1.11.4" });
    expect(addressesIn(first)).toEqual(new Set([secretVersion]));
    const kept = { ...first, resources: [{ ...first.resources[0], name: "other" }] };
    const second = withEntries(readState(JSON.stringify(kept)), [[version, { id: "x" }]], "1.12.0");
    expect(second).toMatchObject({ lineage: first.lineage, serial: 2, terraform_version: "1.11.4" });
    expect(addressesIn(second).size).toBe(2);
    expect(second.resources[1]).toMatchObject({
      provider: 'provider["registry.terraform.io/hashicorp/google"]',
      instances: [{ schema_version: 0, create_before_destroy: true }],
    });
  });
});

describe("what the provider says is not there", () => {
  const blocks: Import[] = [
    { to: "google_pubsub_topic.a", id: "projects/p/topics/a" },
    { to: "google_project_iam_member.b", id: "p roles/viewer user:ann@example.com" },
    { to: "google_project_iam_member.c", id: "p roles/editor user:ann@example.com" },
    { to: "google_compute_router.f[0]", id: "x" },
    {
      to: "kubernetes_service_account_v1.g",
      id: "${kubernetes_namespace_v1.app_workload_namespace.metadata[0].name}/dify-none",
    },
    { to: "google_compute_network_endpoint_group.d[each.key]", id: "x", for_each: [] },
    {
      to: "kubernetes_manifest.e",
      id: "apiVersion=v1,kind=Gateway,namespace=${kubernetes_namespace_v1.app_workload_namespace.metadata[0].name},name=g",
    },
  ];
  const where = { file: ADOPT_FILE, firstLine: FIRST_LINE, resources };
  const gone = (summary: string, detail = "", line?: number) =>
    missing(
      { severity: "error", summary, detail, ...(line && { range: { filename: ADOPT_FILE, start: { line } } }) },
      blocks,
      where,
    ).map(({ to }) => to);
  const namespace = (one("kubernetes_namespace_v1.app_workload_namespace").block.metadata as { name: string }).name;
  const object = `{Object:map[apiVersion:v1 kind:Gateway metadata:map[name:g namespace:${namespace}]]}`;

  test.each([
    [
      ["google_pubsub_topic.a"],
      "Cannot import non-existent remote object",
      'existing object to "google_pubsub_topic.a", the',
    ],
    [
      ["google_compute_network_endpoint_group.d[each.key]"],
      "Cannot import non-existent remote object",
      'existing object to "google_compute_network_endpoint_group.d["us-central1-a"]", the',
    ],
    [
      ["google_project_iam_member.b"],
      'Cannot find binding for "project \\"p\\"" with role "roles/viewer", member "u"',
      "",
    ],
    [["kubernetes_manifest.e"], `Failed to get resource ${object} from API`, 'gateways "g" not found'],
    [
      ["google_compute_router.f[0]"],
      "Configuration for import target does not exist",
      "The configuration for the given import google_compute_router.f[0] does not exist. All target instances must have",
    ],
    [
      ["google_compute_router.f[0]"],
      "Cannot import non-existent remote object",
      'existing object to "google_compute_router.f[0]", x',
    ],
    [
      ["kubernetes_service_account_v1.g"],
      `Unable to fetch service account "${namespace}/dify-none" from Kubernetes: serviceaccounts "dify-none" not found`,
      "",
    ],
    [[], `Unable to fetch service account "${namespace}/dify-none" from Kubernetes: forbidden`, ""],
    [[], `Failed to get resource ${object} from API`, "the server is down"],
    [[], "Error 403: forbidden", ""],
  ])("%j", (wanted, summary, detail) => {
    expect(gone(summary, detail)).toEqual(wanted);
  });

  test("an id of something that is to be made is found by its line", () => {
    const line =
      importFile(blocks)
        .split("\n")
        .findIndex((text) => text.includes("iam_member.c")) + 1;
    expect(gone("Invalid import id argument", "", line)).toEqual(["google_project_iam_member.c"]);
  });

  test("errors are found among the lines of a plan", () => {
    const error = { type: "diagnostic", diagnostic: { severity: "error", summary: "no" } };
    const warning = { type: "diagnostic", diagnostic: { severity: "warning", summary: "maybe" } };
    expect(errorsIn(['{"type":"version"}', JSON.stringify(warning), JSON.stringify(error)])).toEqual([
      error.diagnostic,
    ]);
  });
});

describe("planning until nothing is missing", () => {
  const blocks = importBlocks([...resources.values()], new Map()).filter(({ to }) => to.includes("_storage_bucket."));
  const [first, ...others] = blocks;

  /** Terraform that knows of no first bucket, and then of one more error or none. */
  function stubbed(last?: object) {
    const plans: string[] = [];
    const stack = join(directory, `stack-${Math.random()}`);
    mkdirSync(stack);
    writeFileSync(join(stack, ".terraform.lock.hcl"), "");
    return {
      plans,
      options: {
        stackDirectory: stack,
        scratch: join(stack, "scratch"),
        json: { terraform: { backend: { gcs: {} }, required_version: ">= 1.11.0" } },
        resources,
        state: withEntries(undefined, [], "1.11.4"),
        progress: () => undefined,
        terraform: {
          capture: (args: readonly string[]) => Promise.resolve(args[0] === "show" ? "PLAN" : ""),
          run: (_: readonly string[], { cwd, read }: { cwd: string; read?: (line: string) => string }) => {
            const text = readFileSync(join(cwd, ADOPT_FILE), "utf8");
            plans.push(text);
            const detail = `existing object to "${first?.to}", the`;
            const error = text.includes(`${first?.to}"`)
              ? { severity: "error", summary: "Cannot import non-existent remote object", detail }
              : last;
            if (error) read?.(JSON.stringify({ type: "diagnostic", diagnostic: error }));
            return Promise.resolve(error ? 1 : 0);
          },
        },
      },
    };
  }

  test("what is not there is left out, and the stack's own backend is not touched", async () => {
    const { plans, options } = stubbed();
    expect(await planWith(blocks, options)).toEqual({ imports: others, plan: "PLAN" });
    expect(plans).toHaveLength(2);
    expect(JSON.parse(readFileSync(join(options.scratch, "cdk.tf.json"), "utf8"))).toEqual({
      terraform: { required_version: ">= 1.11.0" },
    });
  });

  test("another error is Terraform's last word", async () => {
    const { options } = stubbed({ severity: "error", summary: "Error 403", detail: "No permission." });
    await expect(planWith(blocks, options)).rejects.toThrow(/cannot plan .*\n\nError 403\nNo permission\./);
  });
});

describe("what the next apply would do", () => {
  const change = (address: string, actions: string[], before: object | null, after: object | null, more = {}) => ({
    address,
    type: address.split(".")[0],
    change: { actions, before, after, ...more },
  });
  const judged = (...changes: object[]) => judge(JSON.stringify({ resource_changes: changes }));
  const OURS = { "managed-by": "cdktf", environment: "dev" };

  test("Terraform's own arguments are no change, all others are", () => {
    const labels = { terraform_labels: {}, effective_labels: OURS };
    const verdict = judged(
      change(
        "google_storage_bucket.a",
        ["update"],
        labels,
        { ...labels, terraform_labels: OURS, timeouts: {} },
        { importing: {} },
      ),
      change(
        "google_sql_user.b",
        ["update"],
        { password_wo_version: null },
        { password_wo_version: "4" },
        { importing: {} },
      ),
      change("terraform_data.c", ["create"], null, {}),
      change("google_pubsub_topic.d", ["create"], null, {}),
      change("google_project_iam_member.e", ["create"], null, {}),
    );
    expect(verdict).toMatchObject({ imported: 2, lost: [], strangers: [] });
    expect(lines(verdict, 1)).toEqual([
      "2 taken over by import, 1 by an entry of the state.",
      "1 changed in place:",
      "  google_sql_user.b: password_wo_version",
      "2 made once more, which changes nothing: 1 terraform_data, 1 google_project_iam_member.",
      "1 to be made, because nothing is there:",
      "  google_pubsub_topic.d",
    ]);
  });

  test("what would be destroyed or replaced is said", () => {
    const verdict = judged(
      change("google_compute_disk.a", ["delete", "create"], {}, {}),
      change("google_compute_disk.b", ["create", "delete"], {}, {}),
      change("google_compute_disk.c", ["delete"], {}, null),
    );
    expect(verdict.lost).toEqual(["google_compute_disk.a", "google_compute_disk.b", "google_compute_disk.c"]);
    expect(verdict.made).toEqual([]);
  });

  test("what has another environment's labels, or none, is a stranger's", () => {
    const wants = { effective_labels: OURS };
    const inCluster = (name: string) => ({ metadata: [{ labels: { "app.kubernetes.io/instance": name } }] });
    const verdict = judged(
      change("google_compute_address.a", ["update"], { effective_labels: { ...OURS, environment: "prod" } }, wants),
      change("google_compute_address.b", ["update"], { effective_labels: {} }, wants),
      change("google_compute_address.c", ["no-op"], wants, wants),
      change("kubernetes_service_v1.d", ["update"], inCluster("other"), inCluster("dify-demo-1")),
      change("kubernetes_service_v1.e", ["no-op"], inCluster("dify-demo-1"), inCluster("dify-demo-1")),
    );
    expect(verdict.strangers).toEqual([
      { address: "google_compute_address.a", label: "environment = prod", ours: true },
      { address: "google_compute_address.b", label: "managed-by = (none)", ours: false },
      { address: "kubernetes_service_v1.d", label: "app.kubernetes.io/instance = other", ours: true },
    ]);
  });
});

test("a synth removes the import blocks of its stacks, and no others", () => {
  for (const stack of ["dify-dev", "dify-prod"]) {
    mkdirSync(join(directory, "stacks", stack), { recursive: true });
    writeFileSync(join(directory, "stacks", stack, ADOPT_FILE), "{}");
  }
  removeImports(directory, ["dify-dev", "dify-dev-foundation"]);
  expect(existsSync(join(directory, "stacks", "dify-dev", ADOPT_FILE))).toBe(false);
  expect(existsSync(join(directory, "stacks", "dify-prod", ADOPT_FILE))).toBe(true);
});
