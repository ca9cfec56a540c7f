import { oldest } from "../../modules/dify-common/releases";
import { secretFormats, secretNames } from "../../modules/dify-common/secrets";
import { get, podSpecs, strings, synthesize } from "./synthesize";

/** Arguments that Terraform never writes down. */
const WRITE_ONLY = ["secret_data_wo", "password_wo", "data_wo"];

const variants = {
  default: synthesize(),
  "the oldest release": synthesize({ application_version: oldest.version }),
  "external Redis and passed secrets": synthesize({
    enable_nfs: false,
    redis_host: "10.0.0.9",
    explicit_secret_names: ["OPENAI_API_KEY"],
    secret_environment_variables: { ANTHROPIC_API_KEY: "anthropic" },
  }),
};

describe.each(Object.entries(variants))("secrets, %s", (_, { application, foundation }) => {
  const stacks = [application, ...(foundation ? [foundation] : [])];

  test("ephemeral values go into write-only arguments, the provider's token and one request's environment only", () => {
    const places = stacks.flatMap((stack) =>
      strings(stack)
        .filter(({ text, path }) => /\$\{.*ephemeral\./.test(text) && path[0] !== "ephemeral")
        .map(({ path }) => path),
    );
    expect(places.length).toBeGreaterThan(10);
    for (const path of places) {
      const writeOnly = path.some((key) => WRITE_ONLY.includes(key));
      const token = path[0] === "provider" && path.at(-1) === "token";
      const request = path.includes("provisioner") && path.at(-1) === "TOKEN";
      expect({ path: path.join("."), allowed: writeOnly || token || request }).toMatchObject({ allowed: true });
    }
  });

  test("sensitive variables are ephemeral and go the same way", () => {
    for (const stack of stacks) {
      for (const [name, variable] of Object.entries(stack.variable ?? {})) {
        expect({ name, ...variable }).toMatchObject({ sensitive: true, ephemeral: true });
        const uses = strings(stack).filter(({ text }) => text.includes(`var.${name}`));
        expect(uses.length).toBeGreaterThan(0);
        for (const { path } of uses) expect(path.at(-1)).toBe("secret_data_wo");
      }
    }
  });

  test("nothing uses the arguments and data sources that would keep a value in the state", () => {
    for (const stack of stacks) {
      expect(Object.keys(stack.resource)).not.toContain("random_password");
      expect(Object.keys(stack.data ?? {})).not.toContain("google_client_config");
      for (const version of Object.values(stack.data?.google_secret_manager_secret_version ?? {})) {
        expect(version).toMatchObject({ fetch_secret_data: false });
      }
      for (const version of Object.values(stack.resource.google_secret_manager_secret_version ?? {})) {
        expect(version).not.toHaveProperty("secret_data");
      }
      for (const secret of Object.values(stack.resource.kubernetes_secret_v1 ?? {})) {
        expect(secret).not.toHaveProperty("data");
        expect(secret).toHaveProperty("data_wo_revision");
      }
      for (const user of Object.values(stack.resource.google_sql_user ?? {})) {
        expect(user).not.toHaveProperty("password");
        expect(user.password_wo_version).toMatch(/google_secret_manager_secret_version\..*\.version/);
      }
    }
  });

  test("pods name secrets, never values", () => {
    const secret = Object.values(application.resource.kubernetes_secret_v1 ?? {})[0];
    const keys = Object.keys(get(secret, "data_wo"));
    for (const [component, pod] of Object.entries(podSpecs(application))) {
      for (const { name, value, value_from: from } of pod.container.flatMap((container) => container.env ?? [])) {
        expect({ component, name, value }).toMatchObject({ value: undefined });
        expect(keys).toContain(get<string>(from, "secret_key_ref.key"));
      }
    }
  });

  test("a new version of a secret starts new pods", () => {
    for (const [name, workload] of Object.entries(application.resource.kubernetes_deployment_v1 ?? {})) {
      const usesSecrets = get<{ env?: unknown[] }[]>(workload, "spec.template.spec.container").some(({ env }) => env);
      const annotations = get<Record<string, string>>(workload, "spec.template.metadata.annotations");
      expect({ name, annotated: "checksum/secrets" in annotations }).toEqual({ name, annotated: usesSecrets });
    }
  });
});

/** Whether the reader takes a value of so many letters and digits, as its source says. */
const READERS: Readonly<Record<Exclude<keyof typeof secretFormats, "key-rotation">, (value: string) => boolean>> = {
  [secretNames.secretKey]: (value) => value.length === 64,
  [secretNames.sandboxKey]: (value) => /^[\x21-\x7e]{32,}$/.test(value),
  [secretNames.pluginDaemonKey]: (value) => /^[\x21-\x7e]{32,}$/.test(value),
  [secretNames.innerApiKey]: (value) => /^[\x21-\x7e]{32,}$/.test(value),
  [secretNames.initPassword]: (value) => value.length <= 30 && value.length >= 16,
  [secretNames.agentBackendToken]: (value) => /^[\x21-\x7e]{32,}$/.test(value),
  // Node.js decodes without complaint what has no whole number of bytes; Python, which reads this one, does not.
  [secretNames.agentServerKey]: (value) => value.length % 4 !== 1 && Buffer.from(value, "base64url").length === 32,
  // A header's value, and an entry of a list that commas separate.
  [secretNames.qdrantKey]: (value) => /^[A-Za-z0-9]{32,}$/.test(value),
  [secretNames.weaviateKey]: (value) => /^[A-Za-z0-9]{32,}$/.test(value),
  [secretNames.shellctlToken]: (value) => /^[\x21-\x7e]{32,}$/.test(value),
};

describe("generated secrets", () => {
  // With both vector stores, of which each has a key.
  const { ephemeral, resource } = synthesize({
    vector_store: "qdrant",
    vector_store_moves_from: "weaviate",
  }).application;
  const made = Object.fromEntries(
    Object.entries(ephemeral?.random_password ?? {}).map(([name, config]) => [
      name.replace(/^app_secrets_(.*)_value$/, "$1").replaceAll("_", "-"),
      config,
    ]),
  );

  test("every one has a format, and the reader's rule is known", () => {
    expect(Object.keys(made).sort()).toEqual([...Object.keys(READERS), secretNames.databasePassword].sort());
    expect(made[secretNames.databasePassword]).toEqual({ length: 32, special: false });
  });

  test.each(Object.entries(READERS))("%s is what its reader takes", (name, takes) => {
    const { length } = made[name] as { length: number };
    expect(made[name]).toEqual({ length, special: false });
    for (const sample of ["A", "z", "9", "aZ0"]) {
      expect(takes(sample.repeat(length).slice(0, length))).toBe(true);
    }
    expect(takes("A".repeat(length + 5))).toBe(name !== "secret-key" && !/init|server/.test(name));
  });

  test("a key of the agents' back end from before its format was known is replaced", () => {
    expect(resource.google_secret_manager_secret_version?.app_secrets_agent_server_key_version).toMatchObject({
      secret_data_wo_version: 2,
    });
    const raised = synthesize({ secret_revisions: { "agent-server-key": 2 } }).application.resource;
    expect(raised.google_secret_manager_secret_version?.app_secrets_agent_server_key_version).toMatchObject({
      secret_data_wo_version: 3,
    });
  });
});

test("what signs and encrypts is never due for rotation, passwords are", () => {
  const secrets = variants.default.application.resource.google_secret_manager_secret ?? {};
  expect(secrets.app_secrets_secret_key_secret).not.toHaveProperty("rotation");
  expect(secrets.app_secrets_db_password_secret).toMatchObject({ rotation: { rotation_period: "2592000s" } });
});

test("a raised revision writes a new version and keeps the old one", () => {
  const { resource } = synthesize({ secret_revisions: { "db-password": 2 } }).application;
  expect(resource.google_secret_manager_secret_version?.app_secrets_db_password_version).toMatchObject({
    secret_data_wo_version: 2,
    deletion_policy: "DISABLE",
    lifecycle: { create_before_destroy: true },
  });
  expect(resource.google_secret_manager_secret_version?.app_secrets_sandbox_key_version).toMatchObject({
    secret_data_wo_version: 1,
  });
});

describe("where secrets are kept", () => {
  const secretsOf = (stack: ReturnType<typeof synthesize>): Record<string, unknown>[] =>
    [stack.application, stack.foundation].flatMap((one) =>
      Object.values(one?.resource.google_secret_manager_secret ?? {}),
    );
  const regional = (...locations: string[]) => ({
    user_managed: { replicas: locations.map((location) => ({ location })) },
  });

  test.each([
    [[], regional("us-central1")],
    [["us-east1", "us-west1"], regional("us-east1", "us-west1")],
    [["automatic"], { auto: {} }],
  ])("%j", (given, replication) => {
    const secrets = secretsOf(
      synthesize({
        secret_replication_locations: given,
        enable_cicd_trigger: true,
        github_repository_url: "https://github.com/acme/dify",
        github_app_installation_id: "12345678",
        enable_cloud_deploy: true,
        enable_binary_authorization: true,
      }),
    );
    // Values, the release, stages, Binary Authorization's memory: whatever is a secret.
    expect(secrets.length).toBeGreaterThan(25);
    for (const secret of secrets) {
      expect(secret).toMatchObject({ replication });
      // Another replication is another secret, without the value.
      expect(get<string[]>(secret, "lifecycle.ignore_changes")).toContain("replication");
    }
  });
});
