import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import {
  AppGke,
  type AppGkeProps,
  type ApplicationConfig,
  googleProvider,
  InstallationStack,
  installation as installationOf,
  newServices,
  requireProviders,
} from "../../modules";
import { urlPart } from "../../modules/dify-common/redis";
import { type Condition, evaluate, hasTerraform } from "../terraform/evaluate";
import { strings } from "../dify/synthesize";
import { violations } from "../edge/crd-schema";
import type { StackJson } from "../terraform/synth";
import "../terraform/quick";

const generated = { type: "generated", format: { length: 48, why: "compared", source: "here" } } as const;
const component = (name: string, secrets: Record<string, string>): ApplicationConfig["components"][number] => ({
  name,
  image: "nginx:1.29.1",
  ports: [{ name: "http", containerPort: 8080 }],
  secrets,
  resources: { cpu: "250m", memory: "256Mi" },
});

const APPLICATION: ApplicationConfig = {
  name: "shop",
  displayName: "Shop",
  version: "1",
  entryPoint: "web",
  components: [
    component("web", { KEY: "key", URL: "queue-url", GIVEN: "given", WISH: "wish" }),
    { ...component("store", { PASSWORD: "db-password", CACHE: "cache" }), statefulSet: {} },
  ],
  secrets: [
    { name: "key", source: generated },
    { name: "db-password", source: generated },
    { name: "given", source: { type: "existing", secretId: "their-secret" } },
    { name: "cache", source: { type: "existing", secretId: "cache-secret", withApply: true } },
    { name: "wish", source: { type: "variable", variable: "wish" } },
    { name: "root", source: generated, onlyComposed: true },
  ],
  composedSecrets: [
    {
      name: "queue-url",
      from: ["given", "wish"],
      value: (_, secret) => `redis://${urlPart(secret("wish"))}:${urlPart(secret("given"))}@10.0.0.9:6379/1`,
    },
    { name: "derived", from: ["root"], value: (_, secret) => `1-${secret("root")}` },
  ],
  database: { version: "POSTGRES_15", name: "shop", user: "shop", passwordSecret: "db-password" },
  jobs: [
    {
      name: "restarts",
      image: "python:3.13",
      resources: { cpu: "100m", memory: "128Mi" },
      rights: { restarts: true },
      schedule: "*/5 * * * *",
    },
  ],
};

const outdir = mkdtempSync(join(tmpdir(), "external-secrets-"));
const app = new App({ outdir });

function shop(name: string, given: Partial<AppGkeProps>): () => StackJson {
  const installation = installationOf({
    projectId: "demo-project",
    region: "us-central1",
    environment: "shop",
    tenantId: "demo",
    applicationName: "shop",
    deletionProtection: false,
  });
  const stack = new InstallationStack(app, name);
  googleProvider(stack, installation);
  requireProviders(stack, ["google", "kubernetes", "random"]);
  const services = newServices(installation, { databaseVersion: "POSTGRES_15" });
  new AppGke(stack, "app", { installation, services, application: APPLICATION, ...given });
  return () => JSON.parse(readFileSync(join(outdir, "stacks", name, "cdk.tf.json"), "utf8")) as StackJson;
}

const DELIVERY = { refreshInterval: "1h0m0s" };
const read = {
  terraform: shop("terraform", {}),
  newest: shop("newest", { newestSecrets: true }),
  external: shop("external", { newestSecrets: true, workload: { externalSecrets: DELIVERY } }),
  installed: shop("installed", {
    newestSecrets: true,
    workload: { externalSecrets: { ...DELIVERY, installedBy: "ops" } },
  }),
  theirs: shop("theirs", {
    newestSecrets: true,
    workload: { externalSecrets: { ...DELIVERY, clusterStore: "platform", operatorNamespace: "eso" } },
  }),
};
app.synth();
const stacks = Object.fromEntries(Object.entries(read).map(([name, stack]) => [name, stack()])) as Record<
  keyof typeof read,
  StackJson
>;

afterAll(() => {
  rmSync(outdir, { recursive: true });
});

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly data: readonly { secretKey: string; remoteRef: { key: string; version?: string } }[];
    readonly target: {
      readonly template: { readonly mergePolicy: string; readonly data: Readonly<Record<string, string>> };
    };
    readonly secretStoreRef: object;
  };
}

const manifests = ({ resource }: StackJson): readonly Manifest[] =>
  Object.values(resource.kubernetes_manifest ?? {}).map(({ manifest }) => manifest as Manifest);
const externalSecret = (stack: StackJson): Manifest => {
  const found = manifests(stack).find(({ kind }) => kind === "ExternalSecret");
  if (!found) throw new Error("There is no ExternalSecret");
  return found;
};
const { external, newest, terraform, theirs } = stacks;

test("every object is one that the operator's definitions take", () => {
  expect(manifests(external).map(({ kind }) => kind)).toEqual(["ExternalSecret", "SecretStore"]);
  for (const object of [...manifests(external), ...manifests(theirs)]) {
    const known = JSON.stringify(object).replaceAll(/\$\{[^}]+\}/g, "known");
    expect(violations(JSON.parse(known) as Manifest)).toEqual([]);
  }
});

test("every key of the Secret is filled, and what Cloud SQL or Redis checks only by an apply", () => {
  const { data, target } = externalSecret(external).spec;
  const written = Object.keys(terraform.resource.kubernetes_secret_v1?.app_workload_secret?.data_wo as object);
  expect(target.template.mergePolicy).toBe("Replace");
  expect(Object.keys(target.template.data).sort()).toEqual(written.sort());
  expect(data.filter(({ remoteRef }) => remoteRef.version !== undefined).map(({ secretKey }) => secretKey)).toEqual([
    "db-password",
    "cache",
  ]);
  expect(data.map(({ remoteRef }) => remoteRef.key)).toContain("their-secret");
});

test("composed values are the same as Terraform's, percent-encoded, and no password stays none", () => {
  const wish = 'ternary "" (index . "wish") (eq (index . "wish") "(none)")';
  const encode = 'urlquery | replace "+" "%20"';
  expect(externalSecret(external).spec.target.template.data).toEqual({
    wish: `{{ ${wish} }}`,
    key: '{{ index . "key" }}',
    "db-password": '{{ index . "db-password" }}',
    given: '{{ index . "given" }}',
    cache: '{{ index . "cache" }}',
    derived: '1-{{ index . "root" }}',
    "queue-url": `redis://{{ ${wish} | ${encode} }}:{{ index . "given" | ${encode} }}@10.0.0.9:6379/1`,
  });
});

test("what others are only made of is read by the operator, and not in the Secret", () => {
  const { data, target } = externalSecret(external).spec;
  expect(data.map(({ secretKey }) => secretKey)).toContain("root");
  expect(Object.keys(target.template.data)).not.toContain("root");
});

test("the Secret and what pods are started for are the same: a switch starts no pod", () => {
  const secret = (stack: StackJson) => stack.resource.kubernetes_secret_v1?.app_workload_secret;
  expect(secret(external)).toMatchObject({ metadata: secret(terraform)?.metadata, data_wo: {}, data_wo_revision: 1 });
  expect((secret(external)?.lifecycle as { ignore_changes: string[] }).ignore_changes).toContain("data_wo_revision");
  expect(secret(terraform)).not.toHaveProperty("lifecycle");
  const pods = (stack: StackJson) =>
    ["kubernetes_deployment_v1", "kubernetes_stateful_set_v1"].flatMap((type) =>
      Object.values(stack.resource[type] ?? {}).map(({ spec }) => JSON.stringify(spec)),
    );
  expect(pods(external)).toEqual(pods(terraform));
  const inputs = (stack: StackJson) =>
    (stack as unknown as { locals: Record<string, Record<string, string[]>> }).locals.app_workload_secret_inputs;
  const own = "${google_secret_manager_secret_version.app_secrets_key_version.version}";
  for (const stack of [external, terraform]) expect(inputs(stack)?.key).toEqual([own]);
  expect(inputs(newest)?.key).toEqual(["${data.google_secret_manager_secret_version.app_secrets_key.version}"]);
  // An apply brings these to the server and to the pods.
  expect(inputs(external)?.["db-password"]).toEqual(inputs(newest)?.["db-password"]);
  expect(inputs(external)?.cache).toEqual(inputs(newest)?.cache);
  // What others change is remembered as it was.
  expect(inputs(external)?.given).toEqual(["${terraform_data.app_secrets_given.output.version}"]);
  expect(external.resource.terraform_data?.app_secrets_given).toMatchObject({
    input: { version: inputs(terraform)?.given?.[0] },
    lifecycle: { ignore_changes: ["input"] },
  });
});

test("Terraform reads Cloud SQL's password and no other value", () => {
  const values = (stack: StackJson) =>
    Object.keys(
      (stack as unknown as { ephemeral: StackJson["resource"] }).ephemeral.google_secret_manager_secret_version ?? {},
    );
  expect(values(terraform)).toHaveLength(6);
  expect(values(external)).toEqual(["app_secrets_db_password_read_read"]);
});

test("the store may read the application's secrets one by one, as an account that nothing else has", () => {
  const grants = Object.values(external.resource.google_secret_manager_secret_iam_member ?? {});
  expect(grants).toHaveLength(6);
  for (const { role, member } of grants) {
    expect(role).toBe("roles/secretmanager.secretAccessor");
    expect(member).toMatch(/\/subject\/ns\/shop-demo-[0-9a-f]+\/sa\/shop-secret-store$/);
  }
  const accounts = ["kubernetes_deployment_v1", "kubernetes_stateful_set_v1", "kubernetes_cron_job_v1"].flatMap(
    (type) => strings(external.resource[type]).filter(({ path }) => path.at(-1) === "service_account_name"),
  );
  expect(accounts).toHaveLength(3);
  expect(accounts.filter(({ text }) => text.includes("secret_store"))).toEqual([]);
  expect(theirs.resource).not.toHaveProperty("google_secret_manager_secret_iam_member");
  expect(externalSecret(theirs).spec.secretStoreRef).toEqual({ kind: "ClusterSecretStore", name: "platform" });
});

test("pods wait for the values, which the operator writes again first where an input has changed", () => {
  const found = Object.values(external.resource.kubernetes_manifest ?? {}).find(
    ({ manifest }) => (manifest as Manifest).kind === "ExternalSecret",
  );
  expect(found).not.toHaveProperty("wait");
  expect(found).toMatchObject({
    lifecycle: { replace_triggered_by: ["terraform_data.app_workload_secret_external_inputs"] },
  });
  const object = "kubernetes_manifest.app_workload_secret_external_external_secret_manifest";
  expect(external.resource.terraform_data?.app_workload_secret_external_filled_ready).toMatchObject({
    input: {
      path: expect.stringMatching(
        /^\/apis\/external-secrets\.io\/v1\/namespaces\/[^/]+\/externalsecrets\/shop$/,
      ) as string,
    },
    depends_on: [object],
    lifecycle: { replace_triggered_by: [object] },
    provisioner: [{ "local-exec": { command: "ready" } }],
  });
  for (const { depends_on: before } of Object.values(external.resource.kubernetes_deployment_v1 ?? {}))
    expect(before).toContain("terraform_data.app_workload_secret_external_filled_ready");
  expect(found?.depends_on).toContain("terraform_data.app_workload_secret_store_usable_ready");
});

const lookupOf = (stack: StackJson) =>
  Object.entries(stack.data?.kubernetes_resources ?? {}).find(([, { kind }]) => kind === "ClusterSecretStore");
const refusals = (stack: StackJson): Condition[] =>
  (lookupOf(stack)?.[1].lifecycle as { readonly precondition: Condition[] }).precondition;

test("a cluster whose operator serves no such kind is refused with an address that says so", () => {
  expect(lookupOf(external)?.[0]).toMatch(
    /secrets_operator_is_missing_or_older_than_0_16_if_this_fails_see_docs_external_secrets_md$/,
  );
});

(hasTerraform ? test : test.skip)("a cluster without the operator's namespace is refused before", () => {
  const cluster = (stack: StackJson, uid: string) => ({
    conditions: refusals(stack),
    values: { "data.kubernetes_namespace_v1.app_secrets_operator_namespace.metadata": [{ uid }] },
  });
  const answers = evaluate(
    new Map([
      ["there", cluster(external, "1")],
      ["missing", cluster(external, "")],
      ["not applied", cluster(stacks.installed, "")],
    ]),
  );
  expect(answers.get("there")).toEqual([]);
  expect(answers.get("missing")?.join()).toMatch(
    /has no namespace external-secrets, and .* name the namespace that it runs in/,
  );
  expect(answers.get("not applied")?.join()).toContain("Apply the stack ops first");
  expect(JSON.stringify(stacks.theirs.data?.kubernetes_namespace_v1)).toContain('"name":"eso"');
});

test("what restarts pods may read that Secret, and start the pods that take something from it", () => {
  const [role] = Object.values(external.resource.kubernetes_role_v1 ?? {});
  expect(role?.rule).toEqual([
    { api_groups: [""], resources: ["secrets"], resource_names: ["shop"], verbs: ["get"] },
    { api_groups: ["apps"], resources: ["deployments"], resource_names: ["shop-web"], verbs: ["get", "patch"] },
    { api_groups: ["apps"], resources: ["statefulsets"], resource_names: ["shop-store"], verbs: ["get", "patch"] },
  ]);
  for (const type of ["kubernetes_deployment_v1", "kubernetes_stateful_set_v1"]) {
    const [{ lifecycle } = {}] = Object.values(external.resource[type] ?? {});
    expect((lifecycle as { ignore_changes: string[] }).ignore_changes).toEqual(
      expect.arrayContaining([
        'spec[0].template[0].metadata[0].annotations["checksum/secret-values"]',
        'metadata[0].annotations["checksum/secrets-seen"]',
      ]),
    );
  }
});
