import { type ComponentName, facts, knownVariables } from "../../modules/dify-common/releases";
import { componentsOf, variablesIn } from "./components";

/**
 * What a component reads and looks like a secret is either given to it or left out with a reason, so that a component that a
 * release brings does not start without its keys. The API is left out: most of what it reads are keys of a user's own
 * services. The web front end passes what it reads to browsers.
 */

const LOOKS_SECRET = /(KEY|TOKEN|SECRET|PASSWORD|JWE|JWT|CREDENTIALS?|DSN)(_|$)/;
const LEFT_OUT: readonly ComponentName[] = ["api", "api_websocket", "worker", "beat", "web"];

/** Why one is not given, by the component that reads it. */
const reasons: Readonly<Partial<Record<ComponentName, Readonly<Record<string, RegExp>>>>> = {
  plugin_daemon: {
    "other stores than Cloud Storage": /^(ALIYUN_OSS|AWS|BAIDU_BOS|HUAWEI_OBS|TENCENT_COS|VOLCENGINE_TOS)_/,
    "Workload Identity is in its place": /^GCS_CREDENTIALS$/,
    "opens an interface for administrators, closed without it": /^ADMIN_API_KEY$/,
    "plugins run in the daemon": /^DIFY_PLUGIN_SERVERLESS_CONNECTOR_API_KEY$/,
    "reports to a service of the user's own": /^(OTEL_API_KEY|SENTRY_DSN)$/,
    "Redis has no Sentinel here": /^REDIS_SENTINEL_PASSWORD$/,
    "begins names": /^REDIS_KEY_PREFIX$/,
  },
  agent_backend: { "of the enterprise edition": /^DIFY_AGENT_ENTERPRISE_SANDBOX_GATEWAY_AUTH_TOKEN$/ },
  local_sandbox: { "the agent back end sets it for each run": /^DIFY_AGENT_STUB_AUTH_JWE$/ },
};

/** Of every release: what is read without being given, by component. */
const missing = facts.releases.flatMap(({ version }) =>
  componentsOf({ application_version: version }).flatMap((component) => {
    const name = component.name.replaceAll("-", "_") as ComponentName;
    if (LEFT_OUT.includes(name)) return [];
    const given = variablesIn(component);
    const read = [...(knownVariables(version, name)?.read.keys() ?? [])];
    return read
      .filter((variable) => LOOKS_SECRET.test(variable) && !(variable in given))
      .map((variable) => ({ version, name, variable }));
  }),
);

test("every secret that a component reads is given to it, or there is a reason why not", () => {
  const unexplained = missing.filter(
    ({ name, variable }) => !Object.values(reasons[name] ?? {}).some((pattern) => pattern.test(variable)),
  );
  expect(unexplained).toEqual([]);
});

test("every reason is needed", () => {
  const unneeded = Object.entries(reasons).flatMap(([component, patterns]) =>
    Object.entries(patterns)
      .filter(([, pattern]) => !missing.some(({ name, variable }) => name === component && pattern.test(variable)))
      .map(([reason]) => `${component}: ${reason}`),
  );
  expect(unneeded).toEqual([]);
});
