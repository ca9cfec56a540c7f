import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import type { Component, Job } from "../../modules/app-gke/application-config";
import { facts } from "../../modules/dify-common/releases";
import { difyOf } from "../../modules/dify-gke/dify";
import { filesIn, testBindings, variablesIn } from "../dify/components";
import { get, podSpecs, synthesize } from "../dify/synthesize";
import { environmentWith, type Given } from "../variables/cases/given";
import { removeDirectory, type Result, run, temporaryDirectory } from "./processes";
import { describeWithPackages, POD_SCRIPTS, python } from "./python";
import { path, tools } from "./require";

/** A company's own certificate authority, in addition to the public ones, in everything that runs. */

const AUTHORITY = join(__dirname, "../fixtures/certificates/authority.pem");
const BUNDLE = "/etc/ssl/certs/ca-certificates.crt";
const ADDED: Given = {
  trusted_ca_file: AUTHORITY,
  additional_services: [{ name: "tika", image: "apache/tika:2.9.2.1", port: 9998, env_vars: { PIP_CERT: "/mine" } }],
  initialization_jobs: [{ name: "seed", image: "busybox:1.37.0", command: ["true"] }],
  cron_jobs: [{ name: "nightly", schedule: "0 3 * * *", command: ["true"] }],
};
const of = (given: Given) => difyOf(environmentWith(given).variables);
const variables = ({ environment, secrets }: Component | Job): Record<string, string> => ({
  ...environment?.(testBindings),
  ...secrets,
});

describe.each(facts.releases.map(({ version }) => version))("Dify %s", (version) => {
  const { components, jobs } = of({ ...ADDED, application_version: version });
  const [proxy] = components.filter(({ name }) => name === "proxy");

  test("has it in everything but the job that only meets the database", () => {
    const all = [...components, ...jobs];
    const without = all.filter(({ prepared }) => prepared?.files[BUNDLE] === undefined).map(({ name }) => name);
    expect(without).toEqual(["db-init"]);
    for (const { name, prepared, files = [] } of all.filter(({ name }) => name !== "db-init")) {
      expect([name, prepared?.image]).toEqual([name, proxy?.image]);
      // What the container before it needs is in the task's files.
      const paths = files.map(({ mountPath }) => mountPath);
      const needed = prepared?.command.filter((word) => word.startsWith("/") && word !== prepared.directory);
      expect([name, paths]).toEqual([name, expect.arrayContaining([...(needed ?? [])])]);
      expect(new Set(paths).size).toBe(paths.length);
    }
  });

  test("says where it is to whoever brings a list of its own, and to nobody who has no use for it", () => {
    const silent = [...components, ...jobs].filter((task) => !Object.values(variables(task)).includes(BUNDLE));
    expect(silent.map(({ name }) => name)).toEqual(["ssrf-proxy", "proxy", "db-init"]);
    const web = components.find(({ name }) => name === "web");
    expect(Object.entries(web ? variables(web) : {}).filter(([, value]) => value === BUNDLE)).toEqual([
      ["NODE_EXTRA_CA_CERTS", BUNDLE],
    ]);
  });
});

test("nothing of it is there without a file", () => {
  const { components, jobs } = of({ ...ADDED, trusted_ca_file: "" });
  expect([...components, ...jobs].filter(({ prepared }) => prepared !== undefined)).toEqual([]);
  expect(JSON.stringify([...components, ...jobs].map(variables))).not.toContain(BUNDLE);
});

test("what the user says of the same variable wins, in every form", () => {
  const { components } = of({
    ...ADDED,
    environment_variables: { SSL_CERT_FILE: "/mine" },
    secret_environment_variables: { REQUESTS_CA_BUNDLE: "my-secret" },
    component_settings: { sandbox: { environment: { PYTHON_PATH: "/usr/bin/python3" } } },
  });
  const value = (component: string, name: string): string | undefined =>
    variables(components.find((candidate) => candidate.name === component) as Component)[name];
  expect([value("api", "SSL_CERT_FILE"), value("worker", "SSL_CERT_FILE")]).toEqual(["/mine", "/mine"]);
  expect(value("plugin-daemon", "SSL_CERT_FILE")).toBe(BUNDLE);
  const api = components.find(({ name }) => name === "api");
  expect(api?.environment?.(testBindings)).not.toHaveProperty("REQUESTS_CA_BUNDLE");
  expect(value("sandbox", "PYTHON_PATH")).toBe("/usr/bin/python3");
  expect(value("tika", "PIP_CERT")).toBe("/mine");
});

test("the authority of Redis is its own, beside it", () => {
  const given = { redis_host: "10.0.0.3", redis_tls: true, redis_ca_file: AUTHORITY };
  const worker = of({ ...ADDED, ...given }).components.find(({ name }) => name === "worker") as Component;
  expect(variablesIn(worker)).toMatchObject({ REDIS_SSL_CA_CERTS: "/opt/redis/ca.pem", SSL_CERT_FILE: BUNDLE });
  expect(Object.keys(filesIn(worker))).toEqual(
    expect.arrayContaining(["/opt/redis/ca.pem", "/opt/trust/authorities.pem"]),
  );
});

test("certificates reach the pods alone, each once, without what else a file says", () => {
  const directory = temporaryDirectory("trust-file");
  const certificate = readFileSync(AUTHORITY, "utf8");
  const file = join(directory, "company.pem");
  writeFileSync(file, `# ours \${x}\r\n${certificate.replaceAll("\n", "\r\n")}\nagain\n${certificate.trimEnd()}`);
  const [api] = of({ trusted_ca_file: file }).components;
  expect(filesIn(api as Component)["/opt/trust/authorities.pem"]).toBe(certificate);
  removeDirectory(directory);
});

test("what runs before a container is as restricted, says everything, and makes no pod larger", () => {
  const { application } = synthesize({ ...ADDED, component_settings: { web: { cpu: "50m", memory: "52Mi" } } });
  for (const [name, pod] of Object.entries(podSpecs(application)).filter(([component]) => component !== "db-init")) {
    const before = get<typeof pod.container>(pod, "init_container");
    const tasks = pod.container.filter((container) => container.name !== "cloud-sql-proxy");
    expect(before.map((container) => container.name)).toEqual(tasks.map((task) => `${task.name}-prepare`));
    for (const [index, container] of before.entries()) {
      expect(container.resources).toEqual({
        requests: { cpu: "50m", memory: "52Mi", "ephemeral-storage": "10Mi" },
        limits: { cpu: "50m", memory: "52Mi", "ephemeral-storage": "10Mi" },
      });
      const { run_as_user: user, ...security } = container.security_context;
      expect([name, user]).toEqual([name, tasks[index]?.security_context.run_as_user]);
      expect(security).toMatchObject({
        capabilities: { drop: ["ALL"] },
        allow_privilege_escalation: false,
        read_only_root_filesystem: true,
      });
    }
  }
  const data = (id: string) => get<Record<string, string>>(application.resource.kubernetes_config_map_v1?.[id], "data");
  expect(data("app_workload_configuration_plugin_daemon_files")["etc.uv.uv.toml"]).toBe("native-tls = true\n");
  // Not secret, and what pods follow: their annotation is a checksum of this.
  expect(data("app_workload_configuration_beat_files")["opt.trust.authorities.pem"]).toContain("BEGIN CERTIFICATE");
});

describeWithPackages([tools.openssl], "real programs", () => {
  const directory = temporaryDirectory("trust");
  const file = (name: string): string => join(directory, name);
  const server = createServer((_, response) => response.end("hello"));
  let url: string;

  const prepare = async (own: string, more: Record<string, string> = {}): Promise<Result> =>
    await run("sh", [join(POD_SCRIPTS, "trust.sh"), own, file("made"), join(POD_SCRIPTS, "sandbox-python3")], {
      env: { PATH: process.env.PATH, PUBLIC_AUTHORITIES: file("public.pem"), ...more },
    });

  beforeAll(async () => {
    const openssl = (...args: string[]): unknown =>
      execFileSync(path(tools.openssl), args, { stdio: "ignore", cwd: directory });
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    for (const name of ["public", "company"]) {
      openssl("req", "-x509", ...key, "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.pem`);
    }
    openssl(
      ...["req", "-x509", ...key, "-subj", "/CN=server", "-addext", "subjectAltName=DNS:localhost"],
      ...["-CA", "company.pem", "-CAkey", "company.key", "-keyout", "key", "-out", "cert"],
    );
    // As some tools write it: another begins on the last line.
    writeFileSync(file("public.pem"), readFileSync(file("public.pem"), "utf8").trimEnd());
    mkdirSync(file("made"));
    server.setSecureContext({ key: readFileSync(file("key")), cert: readFileSync(file("cert")) });
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
    url = `https://localhost:${(server.address() as AddressInfo).port}/`;
  });

  afterAll(() => {
    server.close();
    removeDirectory(directory);
  });

  test("both are in one file, also where a container is started anew", async () => {
    expect(await prepare(file("company.pem"))).toMatchObject({ code: 0, stderr: "" });
    expect(await prepare(file("company.pem"))).toMatchObject({ code: 0, stderr: "" });
    const made = readFileSync(file("made/ca-certificates.crt"), "utf8");
    expect(made.match(/^-----BEGIN CERTIFICATE-----$/gm)).toHaveLength(2);
  });

  test("without public authorities, or without own, the container does not start", async () => {
    for (const [own, publicOnes] of [
      [file("company.pem"), file("key")],
      [file("company.pem"), file("none")],
      [file("key"), file("public.pem")],
    ] as const) {
      const { code, stderr } = await prepare(own, { PUBLIC_AUTHORITIES: publicOnes });
      expect([code, stderr]).toEqual([1, expect.stringContaining("trust: no certificate in")]);
    }
  });

  const urllib = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1])";
  // The requests that pip brings, with certifi's list.
  const requests = "import sys; from pip._vendor import requests; requests.get(sys.argv[1])";
  const node = "fetch(process.argv[1])";
  test.each([
    { client: "Python's own client", program: python, args: ["-c", urllib], component: "api" },
    { client: "requests", program: python, args: ["-c", requests], component: "worker" },
    { client: "Node.js", program: process.execPath, args: ["-e", node], component: "web" },
  ])("$client trusts it as $component is told, and not without", async ({ program, args, component }) => {
    await prepare(file("company.pem"));
    const task = of(ADDED).components.find(({ name }) => name === component) as Component;
    const told = Object.entries(variablesIn(task)).filter(([, value]) => value === BUNDLE);
    const ask = async (env: Record<string, string>): Promise<number | null> =>
      (await run(program, [...args, url], { env: { PATH: process.env.PATH, ...env } })).code;
    const here = Object.fromEntries(told.map(([name]) => [name, file("made/ca-certificates.crt")]));
    expect(await Promise.all([ask(here), ask({})])).toEqual([0, 1]);
  });

  test("the sandbox's Python is told by what starts it, which puts the file where code will see it", async () => {
    await prepare(file("company.pem"));
    const started = readFileSync(file("made/sandbox-python3"), "utf8")
      .replace("/opt/python/bin/python3", python)
      .replace(`authorities=${BUNDLE}`, `authorities=${file("made/ca-certificates.crt")}`);
    writeFileSync(file("python3"), started, { mode: 0o755 });
    // The copy that comes with the image: public authorities alone, and older.
    const copy = file(`root${file("made/ca-certificates.crt")}`);
    mkdirSync(dirname(copy), { recursive: true });
    writeFileSync(copy, "the image's own");
    utimesSync(copy, 0, 0);
    const show = "import os, sys; print(os.environ['SSL_CERT_FILE'], sys.argv[1:])";
    const there = { env: { PATH: process.env.PATH }, cwd: file("root") };
    const { stdout } = await run(file("python3"), ["-c", show, "a b", "c"], there);
    expect(stdout.trim()).toBe(`${file("made/ca-certificates.crt")} ['a b', 'c']`);
    expect(readFileSync(copy, "utf8")).toBe(readFileSync(file("made/ca-certificates.crt"), "utf8"));
  });
});
