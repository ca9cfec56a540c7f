import { type ComponentName, componentNames, facts, knownVariables } from "../../modules/dify-common/releases";
import { managedIn } from "../../modules/dify-common/reserved";
import { goesTo } from "../../modules/dify-common/routing";
import { difyOf } from "../../modules/dify-gke/dify";
import { imagesIn } from "../../modules/dify-gke/dify-settings";
import { namesSecret } from "../../modules/dify-gke/variables/secret-detection";
import { broken, environmentWith, type Given } from "../variables/cases/given";
import { variablesIn } from "./components";

/** Variables of the user's own go to who reads them, at every release; nothing that was set gets lost on the way. */

const versions = facts.releases.map(({ version }) => version);
const API = ["api", "worker", "beat", "api-websocket"];
const keyOf = (name: string): ComponentName => name.replaceAll("-", "_") as ComponentName;

/** What several components read, and only some of them get: each with the reason in the code. */
const DECIDED: Readonly<Record<string, readonly string[]>> = {
  ADMIN_API_KEY: ["api"],
  ALIYUN_OSS_AUTH_VERSION: ["api"],
  ALIYUN_OSS_ENDPOINT: ["api"],
  ALIYUN_OSS_PATH: ["api"],
  ALIYUN_OSS_REGION: ["api"],
  DEBUG: ["api"],
  HTTPS_PROXY: ["api", "plugin_daemon"],
  HTTP_PROXY: ["api", "plugin_daemon"],
  HUAWEI_OBS_ACCESS_KEY: ["api"],
  HUAWEI_OBS_PATH_STYLE: ["api"],
  HUAWEI_OBS_SECRET_KEY: ["api"],
  HUAWEI_OBS_SERVER: ["api"],
  LOG_FILE: ["api"],
  LOG_LEVEL: ["api"],
  REDIS_KEY_PREFIX: ["api"],
  S3_ENDPOINT: ["api"],
  S3_USE_AWS_MANAGED_IAM: ["api"],
  SENTRY_DSN: ["api"],
  SENTRY_TRACES_SAMPLE_RATE: ["api"],
  TENCENT_COS_REGION: ["api"],
  TENCENT_COS_SECRET_ID: ["api"],
  TENCENT_COS_SECRET_KEY: ["api"],
  VOLCENGINE_TOS_ACCESS_KEY: ["api"],
  VOLCENGINE_TOS_ENDPOINT: ["api"],
  VOLCENGINE_TOS_REGION: ["api"],
  VOLCENGINE_TOS_SECRET_KEY: ["api"],
};

/** What several components read in the same sense, so that all of them get it; where one has it from here, it is refused. */
const SHARED: readonly RegExp[] = [
  /^(DB|REDIS)_(?!KEY_PREFIX)/,
  /^(OTEL|OTLP)_|^ENABLE_OTEL$/,
  /^(ALLOW_(CREATE_WORKSPACE|REGISTER)|ENABLE_\w+|EDITION|RBAC_ENABLED|CREATORS_PLATFORM_FEATURES_ENABLED)$/,
  /^(CONSOLE_API_URL|CONSOLE_WEB_URL|SERVER_CONSOLE_API_URL|DIFY_AGENT_STUB_API_BASE_URL|MARKETPLACE_(API_URL|ENABLED))$/,
  /^(DEPLOY_ENV|INDEXING_MAX_SEGMENTATION_TOKENS_LENGTH|LOG_OUTPUT_FORMAT|PIP_MIRROR_URL)$/,
];

/** Every variable that any component reads at any release. */
const everyVariable = [
  ...new Set(Object.values(facts.variables).flatMap((list) => list.flatMap(({ added = {} }) => Object.keys(added)))),
];

test("what several components read was thought about, each name", () => {
  const several = everyVariable.filter(
    (name) => Object.values(facts.variables).filter((list) => list.some(({ added = {} }) => name in added)).length > 1,
  );
  expect(several.length).toBeGreaterThan(70);
  expect(several.filter((name) => !(name in DECIDED) && !SHARED.some((names) => names.test(name)))).toEqual([]);
  expect(Object.keys(DECIDED).filter((name) => SHARED.some((names) => names.test(name)))).toEqual([]);
});

/** @returns the components that should have a variable at a release, by what each reads and by what was decided */
function expected(version: string, name: string): string[] {
  const readers = componentNames.filter((component) => knownVariables(version, component)?.read.has(name));
  const lists = readers.filter((component) => !["worker", "beat", "api_websocket"].includes(component));
  // The API's clients read where a proxy is, without a word in its own source; a path is one of a container.
  if (/^(HTTPS?|NO)_PROXY$/.test(name)) return ["api", "plugin_daemon"];
  if (["HOME", "PATH"].includes(name)) return ["api"];
  const chosen = lists.filter((component) => DECIDED[name]?.includes(component) ?? true);
  const own = chosen.length > 0 ? chosen : lists;
  // Clients of other services read some names that the API has no longer, or not yet, a word about.
  return own.length > 0
    ? own
    : [...goesTo(imagesIn(environmentWith({ application_version: version }).variables), name)];
}

describe.each(versions)("Dify %s", (version) => {
  const images = imagesIn(environmentWith({ application_version: version }).variables);
  // Plain ones: what is refused is another test's, and so is what looks like a secret.
  const open = everyVariable.filter(
    (name) => !namesSecret(name) && managedIn(goesTo(images, name), name) === undefined,
  );
  const given = Object.fromEntries(open.map((name) => [name, "7"]));
  const { components } = difyOf(
    environmentWith({ application_version: version, environment_variables: given }).variables,
  );

  test("gives every variable to all that read it, with the user's value, and to nobody else", () => {
    // The Socket.IO process has its own of these, as upstream's has.
    const own = /^(SERVER_WORKER_(AMOUNT|CLASS|CONNECTIONS)|GUNICORN_TIMEOUT)$/;
    const wrong = components.flatMap((component) => {
      const key = API.includes(component.name) ? "api" : keyOf(component.name);
      const values = variablesIn(component);
      return open
        .filter((name) => component.name !== "api-websocket" || !own.test(name))
        .filter((name) => {
          const to = expected(version, name);
          const should = to.length === 0 ? key === "api" : to.includes(key);
          return should !== (values[name] === "7");
        })
        .map((name) => `${component.name}: ${name}`);
    });
    expect(wrong).toEqual([]);
  });

  test("refuses what follows from what is created, whoever reads it", () => {
    for (const [name, component] of [
      ["DB_HOST", "api"],
      ["REDIS_PASSWORD", "api"],
      ["SERVER_KEY", "plugin-daemon"],
      ["DB_SSL_MODE", "plugin-daemon"],
      ["API_KEY", "sandbox"],
      ["PORT", "web"],
    ] as const) {
      const [problem] = broken({
        application_version: version,
        secret_environment_variables: { [name]: "mine" },
      }).filter(({ rule }) => rule?.id === "managed-environment");
      expect(problem?.severity).toBe("error");
      expect(problem?.message).toContain(component === "api" ? `${name} is set` : `sets it for ${component} `);
    }
  });
});

const have = (given: Given, variable: string): string[] =>
  difyOf(environmentWith(given).variables)
    .components.filter((component) => variable in variablesIn(component))
    .map(({ name }) => name);

test.each([
  ["ALLOW_EMBED", ["web"]],
  ["FORCE_VERIFYING_SIGNATURE", ["plugin-daemon"]],
  ["PIP_MIRROR_URL", ["sandbox", "plugin-daemon"]],
  ["MAX_WORKERS", ["sandbox"]],
  ["DIFY_AGENT_RUN_RETENTION_SECONDS", ["agent-backend"]],
  ["SHELLCTL_ENABLE_PATH_ISOLATION", ["local-sandbox"]],
  ["NODE_OPTIONS", ["web"]],
  ["CONSOLE_WEB_URL", [...API, "web"]],
  ["NOBODY_READS_THIS", API],
])("%s goes to %j", (name, components) => {
  const given = { environment_variables: { [name]: "x" } };
  const before = have({}, name);
  expect(
    have(given, name)
      .filter((component) => !before.includes(component) || components.includes(component))
      .sort(),
  ).toEqual([...components].sort());
});

test("a secret goes where it is read, and to nobody else", () => {
  expect(have({ secret_environment_variables: { GCS_CREDENTIALS: "key" } }, "GCS_CREDENTIALS")).toEqual([
    "plugin-daemon",
  ]);
  expect(have({ explicit_secret_names: ["AMPLITUDE_API_KEY"] }, "AMPLITUDE_API_KEY")).toEqual(["web"]);
  expect(have({ secret_environment_variables: { RESEND_API_KEY: "key" } }, "RESEND_API_KEY").sort()).toEqual(
    [...API].sort(),
  );
});

test("what is set for one component wins over what is set for whoever reads it", () => {
  const { components } = difyOf(
    environmentWith({
      environment_variables: { PIP_MIRROR_URL: "https://all.example.com" },
      component_settings: { sandbox: { environment: { PIP_MIRROR_URL: "https://one.example.com" } } },
    }).variables,
  );
  const value = (name: string) =>
    components.filter((one) => one.name === name).map((one) => variablesIn(one).PIP_MIRROR_URL);
  expect([...value("sandbox"), ...value("plugin-daemon")]).toEqual([
    "https://one.example.com",
    "https://all.example.com",
  ]);
});

test("a component follows the tag that it has: what only another version reads goes nowhere else", () => {
  const given = (tag: string) => ({
    component_image_tags: { plugin_daemon: tag },
    environment_variables: { PIP_MIRROR_AUTO_DETECT: "true" },
  });
  expect(have(given("0.6.3-local"), "PIP_MIRROR_AUTO_DETECT")).toEqual(["plugin-daemon"]);
  expect(have(given("0.5.4-local"), "PIP_MIRROR_AUTO_DETECT")).not.toContain("plugin-daemon");
});

describe("what nothing reads", () => {
  const messages = (given: Given): string[] => broken(given).map(({ message }) => message);

  test("is a warning that names what was meant", () => {
    expect(messages({ environment_variables: { ALLOW_EMBDE: "true" } })).toEqual([
      expect.stringMatching(/^No component of Dify [\d.]+ reads ALLOW_EMBDE:.*Did you mean "ALLOW_EMBED"\?/),
    ]);
  });

  test.each([
    // The API dropped it, and the front end too.
    ["1.16.1", { WEAVIATE_GRPC_ENABLED: "true" }, /\(api no longer reads it from 1\.13\.1 on\)/],
    // Not there yet, by the release or by the component's own version.
    ["1.8.1", { ENABLE_TRIAL_APP: "true" }, /api reads it from 1\.12\.0 on/],
    [
      "1.8.1",
      { DIFY_AGENT_RUN_RETENTION_SECONDS: "1" },
      /agent-backend reads it from 1\.16\.0 on, but is not in this release/,
    ],
    ["1.10.0", { PIP_MIRROR_AUTO_DETECT: "true" }, /plugin-daemon reads it from 0\.6\.3 on, and is 0\.4\.1 here/],
    // As upstream's compose file calls them.
    ["1.16.1", { SANDBOX_WORKER_TIMEOUT: "30" }, /set WORKER_TIMEOUT in component_settings\.sandbox instead/],
    ["1.16.1", { DB_PLUGIN_DATABASE: "x" }, /DB_DATABASE of plugin-daemon, which this project sets/],
    ["1.16.1", { API_SENTRY_DSN: "https://example.com" }, /set SENTRY_DSN instead/],
    ["1.16.1", { NGINX_CLIENT_MAX_BODY_SIZE: "100M" }, /upload_file_size_limit_mb/],
  ])("at %s, of %j, says what is known", (application_version, environment_variables, text) => {
    const own = broken({ application_version, environment_variables }).filter(
      ({ rule }) => rule?.id === "environment-read",
    );
    expect(own).toEqual([
      expect.objectContaining({ severity: "warning", message: expect.stringMatching(text) as string }),
    ]);
  });

  test("may have a name that every object has", () => {
    const environment = { constructor: "1", toString: "2" };
    expect(broken({ environment_variables: environment }).map(({ rule }) => rule?.id)).toEqual([
      "environment-read",
      "environment-read",
    ]);
    const settings = { constructor: { environment }, api: { environment } };
    expect(broken({ component_settings: settings }).map(({ rule }) => rule?.id)).toContain("component-known");
    expect(knownVariables(null, "constructor" as ComponentName)).toBeUndefined();
  });

  test("may be read by an image of the user's own", () => {
    expect(
      messages({ container_image: "eu.gcr.io/a/b:1", environment_variables: { MY_SWITCH: "1" } }).join(),
    ).toContain("your own image (eu.gcr.io/a/b:1) may read it");
  });
});
