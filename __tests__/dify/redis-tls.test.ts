import { join } from "node:path";
import { facts } from "../../modules/dify-common/releases";
import { difyOf } from "../../modules/dify-gke/dify";
import { environmentWith, type Given } from "../variables/cases/given";
import { filesIn, testBindings, variablesIn } from "./components";

/** A Redis of the user's own with TLS: everybody who talks to it checks the same certificate. */

const CA = join(__dirname, "../fixtures/certificates/authority.pem");
const TLS: Given = { redis_host: "10.0.0.3", redis_port: "6378", redis_tls: true };
const PRIVATE: Given = { ...TLS, redis_ca_file: CA };
const API = ["api", "worker", "beat", "api-websocket"];

const of = (given: Given) => difyOf(environmentWith(given).variables);
const environments = (given: Given, names: RegExp): Record<string, Record<string, string>> =>
  Object.fromEntries(
    of(given).components.map((component) => [
      component.name,
      Object.fromEntries(Object.entries(variablesIn(component)).filter(([name]) => names.test(name))),
    ]),
  );
const urls = (given: Given): Record<string, string> =>
  Object.fromEntries(
    of(given).composedSecrets.map(({ name, value }) => [name, value(testBindings, (secret) => `\${local.${secret}}`)]),
  );

const NAMES = /^REDIS_(USE_SSL|SSL_)/;

test("without TLS nothing is said but that there is none", () => {
  const found = environments({}, NAMES);
  for (const name of [...API, "plugin-daemon"]) expect(found[name]).toEqual({ REDIS_USE_SSL: "false" });
  for (const url of Object.values(urls({}))) expect(url).toMatch(/^redis:\/\/.*\/\d$/);
});

test.each(facts.releases.map(({ version }) => version))("Dify %s checks a private authority everywhere", (version) => {
  const given = { ...PRIVATE, application_version: version };
  const all = { REDIS_USE_SSL: "true", REDIS_SSL_CERT_REQS: "CERT_REQUIRED", REDIS_SSL_CA_CERTS: "/opt/redis/ca.pem" };
  const found = environments(given, NAMES);
  for (const name of API.filter((process) => process in found)) expect(found[name]).toEqual(all);
  // Older ones know no authority, which a rule refuses.
  expect([all, { REDIS_USE_SSL: "true" }]).toContainEqual(found["plugin-daemon"]);
  const { components, jobs } = of(given);
  const having = [...components, ...jobs]
    .filter(({ files = [] }) => files.some(({ mountPath }) => mountPath === "/opt/redis/ca.pem"))
    .map(({ name }) => name);
  const talking = [...components, ...jobs].filter(({ talksTo = [] }) => talksTo.includes("redis"));
  expect(having.sort()).toEqual(talking.map(({ name }) => name).sort());
  expect(having).toContain("migration");
  const [api] = components;
  expect(api && filesIn(api)["/opt/redis/ca.pem"]).toContain("BEGIN CERTIFICATE");
});

test("a public authority is named to nobody, and the plugin daemon is not told to name one", () => {
  const found = environments(TLS, NAMES);
  expect(found.worker).toEqual({ REDIS_USE_SSL: "true", REDIS_SSL_CERT_REQS: "CERT_REQUIRED" });
  expect(found["plugin-daemon"]).toEqual({ REDIS_USE_SSL: "true" });
});

test("whoever has a URL alone finds in it what is checked", () => {
  const query = "?ssl_cert_reqs=required&ssl_ca_certs=%2Fopt%2Fredis%2Fca.pem";
  const password = (name: string): string => `\${replace(urlencode(local.${name}), "+", "%20")}`;
  const address = `rediss://:${password("redis-password")}@redis.test:6379`;
  expect(urls(PRIVATE)).toEqual({
    // Dify sets it from REDIS_SSL_*.
    "celery-broker-url": `${address}/1`,
    "event-bus-redis-url": `${address}/0${query}`,
    "agent-redis-url": `${address}/2${query}`,
  });
  expect(urls(TLS)["agent-redis-url"]).toBe(`${address}/2?ssl_cert_reqs=required`);
});

test("TLS by the user's own environment counts for all, with what it says is checked", () => {
  const environment_variables = { REDIS_USE_SSL: "true", REDIS_USERNAME: "dify user" };
  expect(urls({ ...TLS, redis_tls: false, environment_variables })["event-bus-redis-url"]).toMatch(
    /^rediss:\/\/dify%20user:.*\/0\?ssl_cert_reqs=none$/,
  );
  const found = environments({ ...TLS, redis_tls: false, environment_variables }, NAMES);
  for (const name of [...API, "plugin-daemon"]) expect(found[name]).toEqual({ REDIS_USE_SSL: "true" });
});
