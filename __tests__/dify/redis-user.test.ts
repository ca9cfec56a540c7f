import { difyOf } from "../../modules/dify-gke/dify";
import { environmentWith, type Given } from "../variables/cases/given";
import { testBindings } from "./components";

/** A Redis of the user's own with a user whose name is a secret, such as one in another store. */
const GIVEN: Given = {
  redis_host: "redis.corp.example",
  enable_component_metrics: true,
  explicit_secret_names: ["REDIS_USERNAME"],
};
const NAME = "env-redis-username";
const { components, composedSecrets, jobs } = difyOf(environmentWith(GIVEN).variables);

test("whoever has Redis' password has the user's name from its secret, and from nowhere else", () => {
  const signingIn = [...components, ...jobs].filter(({ secrets = {} }) => "REDIS_PASSWORD" in secrets);
  expect(signingIn.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["api", "worker", "beat", "api-websocket", "plugin-daemon", "redis-exporter"]),
  );
  for (const { name, secrets = {} } of signingIn)
    expect([name, secrets[name === "redis-exporter" ? "REDIS_USER" : "REDIS_USERNAME"]]).toEqual([name, NAME]);
  for (const { name, environment } of components)
    expect([name, Object.keys(environment?.(testBindings) ?? {})]).toEqual([
      name,
      expect.not.arrayContaining(["REDIS_USERNAME"]),
    ]);
});

test("a URL has the name percent-encoded, and is written again when it changes", () => {
  expect(composedSecrets.length).toBeGreaterThan(2);
  for (const { from, value } of composedSecrets) {
    expect(from).toEqual(["redis-password", NAME]);
    const part = (name: string): string => `\${replace(urlencode(local.${name}), "+", "%20")}`;
    expect(value(testBindings, (secret) => `\${local.${secret}}`)).toContain(
      `://${part(NAME)}:${part("redis-password")}@redis.test`,
    );
  }
});
