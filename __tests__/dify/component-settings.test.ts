import { readFileSync } from "node:fs";
import { join } from "node:path";
import { managedEnvironment, reservedFor } from "../../modules/dify-common/reserved";
import { runsOnce } from "../../modules/dify-common/component-settings";
import { type ComponentName, releases } from "../../modules/dify-common/releases";
import { objectsIn, PIPELINE, releaseFiles } from "../delivery/stages";
import { componentsOf, variablesIn } from "./components";
import { topologies } from "./topologies";
import { containerOf, environmentOf, get, synthesize } from "./synthesize";

const SETTINGS = {
  component_settings: {
    web: {
      cpu: "1",
      memory: "2Gi",
      replicas: 3,
      environment: { TEXT_GENERATION_TIMEOUT_MS: "1000", ALLOW_EMBED: "true" },
      node_selector: { "cloud.google.com/gke-spot": "true" },
      tolerations: [
        { key: "team", value: "a", effect: "NoSchedule" },
        { key: "spot", operator: "Exists" },
      ],
      annotations: { "example.com/team": "front" },
    },
    plugin_daemon: {
      scratch: { work: "7Gi" },
      environment: { FORCE_VERIFYING_SIGNATURE: "false" },
      secret_environment: { S3_SECRET_KEY: "plugin-store" },
    },
    sandbox: { min_replicas: 2, max_replicas: 20 },
    worker: { memory: "6Gi" },
    beat: { ephemeral_storage: "2Gi", environment: { LOG_LEVEL: "WARNING" } },
  },
};

const { application } = synthesize(SETTINGS);
const deployment = (component: string) =>
  application.resource.kubernetes_deployment_v1?.[`app_workload_${component}_deployment`];
const scaler = (component: string) =>
  application.resource.kubernetes_horizontal_pod_autoscaler_v2?.[`app_workload_${component}_autoscaler`];

test("a component has the size, number, nodes and annotations that were chosen for it", () => {
  expect(containerOf(application, "web").resources.requests).toMatchObject({ cpu: "1", memory: "2Gi" });
  expect(deployment("web")).toMatchObject({ spec: { replicas: "3" } });
  expect(scaler("web")).toBeUndefined();
  expect(get(deployment("web"), "spec.template.metadata.annotations")).toMatchObject({ "example.com/team": "front" });
  expect(get(deployment("web"), "spec.template.spec")).toMatchObject({
    node_selector: { "cloud.google.com/gke-spot": "true" },
    toleration: [
      { key: "kubernetes.io/arch", value: "amd64" },
      { key: "team", operator: "Equal", value: "a", effect: "NoSchedule" },
      { key: "spot", operator: "Exists" },
    ],
  });
  expect(scaler("sandbox")).toMatchObject({ spec: { min_replicas: 2, max_replicas: 20 } });
  // What is not chosen stays.
  expect(deployment("sandbox")).not.toHaveProperty("spec.template.spec.node_selector");
  expect(containerOf(application, "sandbox").resources.requests).toMatchObject({ cpu: "500m", memory: "1Gi" });
});

test("api and worker can have sizes of their own in one pod", () => {
  expect(containerOf(application, "worker").resources.requests).toMatchObject({ cpu: "2000m", memory: "6Gi" });
  expect(containerOf(application, "api").resources.requests).toMatchObject({ cpu: "2000m", memory: "4Gi" });
});

test("more room in a directory is more local disk, and what is said about the disk itself counts", () => {
  expect(get(deployment("plugin_daemon"), "spec.template.spec.volume")).toContainEqual(
    expect.objectContaining({ name: "plugin-daemon-work", empty_dir: { size_limit: "7Gi" } }),
  );
  expect(containerOf(application, "plugin-daemon").resources.requests["ephemeral-storage"]).toBe("9216Mi");
  expect(containerOf(application, "beat").resources.requests["ephemeral-storage"]).toBe("2Gi");
});

test("the user's environment goes before the component's own, and reaches no other component", () => {
  expect(environmentOf(application, "web")).toMatchObject({ TEXT_GENERATION_TIMEOUT_MS: "1000", ALLOW_EMBED: "true" });
  expect(environmentOf(application, "plugin-daemon").FORCE_VERIFYING_SIGNATURE).toBe("false");
  expect(environmentOf(application, "api")).not.toHaveProperty("ALLOW_EMBED");
  expect(environmentOf(application, "api").LOG_LEVEL).toBe("INFO");
  // beat takes it as an argument.
  expect(get<string[]>(containerOf(application, "beat"), "command")).toContain("WARNING");
});

test("a secret reaches the one component that it was named for, by reference", () => {
  const names = (component: string) => (containerOf(application, component).env ?? []).map(({ name }) => name);
  expect(names("plugin-daemon")).toContain("S3_SECRET_KEY");
  expect(names("api")).not.toContain("S3_SECRET_KEY");
  expect(JSON.stringify(application)).toContain('"secret-plugin-store"');
});

test("a secret for all gives way to a plain value for one", () => {
  const given = {
    secret_environment_variables: { SENTRY_DSN: "dsn" },
    component_settings: { beat: { environment: { SENTRY_DSN: "https://example.com/1" } } },
  };
  const own = synthesize(given).application;
  const secret = (component: string) =>
    (containerOf(own, component).env ?? []).filter(({ name }) => name === "SENTRY_DSN").length;
  expect({ api: secret("api"), beat: secret("beat") }).toEqual({ api: 1, beat: 0 });
  expect(environmentOf(own, "beat").SENTRY_DSN).toBe("https://example.com/1");
});

test("releases of Cloud Deploy bring the same", () => {
  const { application: stack } = synthesize({ ...PIPELINE, ...SETTINGS });
  const web = objectsIn(releaseFiles(stack)["dev/deployments.yaml"]).find(({ metadata }) =>
    metadata.name.endsWith("web"),
  );
  expect(web?.spec).toMatchObject({
    replicas: 3,
    template: {
      metadata: { annotations: { "example.com/team": "front" } },
      spec: {
        nodeSelector: { "cloud.google.com/gke-spot": "true" },
        tolerations: [{ key: "kubernetes.io/arch" }, { key: "team", value: "a" }, { key: "spot", operator: "Exists" }],
        containers: [{ name: "web", resources: { requests: { cpu: "1", memory: "2Gi" } } }],
      },
    },
  });
});

test("the page about components has the sizes that they have", () => {
  const page = readFileSync(join(__dirname, "../../docs/components.md"), "utf8");
  const rows = page
    .split("\n")
    .filter((line) => /^\| [a-z][a-z-]+ +\|/.test(line))
    .map((line) =>
      line
        .split("|")
        .slice(1, 6)
        .map((cell) => cell.trim()),
    );
  expect(rows).toEqual(
    componentsOf().map(({ name, resources, scratch = [] }) => [
      name,
      resources.cpu,
      resources.memory,
      resources.ephemeralStorage ?? "1Gi",
      scratch.map((directory) => `${directory.name} ${directory.sizeLimit ?? "256Mi"}`).join(", "),
    ]),
  );
});

describe.each(topologies)("of Dify %s", (application_version) => {
  const components = componentsOf({ application_version });

  test("those that run once are fixed at one, and no others", () => {
    const fixed = components.filter(({ scaling }) => scaling?.type === "fixed").map(({ name }) => name);
    expect(fixed.sort()).toEqual(
      Object.keys(runsOnce)
        .filter((name) => components.some((component) => component.name === name))
        .sort(),
    );
  });

  test("every secret that a component is given, and every address, is reserved", () => {
    // The public URL is a default like any other: a user may have several.
    const open = /^(CONSOLE|SERVICE|APP|FILES|TRIGGER|ENDPOINT|WEB|NEXT_PUBLIC)_/;
    for (const component of components) {
      const reserved = reservedFor(component.name.replaceAll("-", "_") as ComponentName);
      const values = variablesIn(component);
      const loose = Object.keys(values).filter(
        (name) =>
          !open.test(name) &&
          (component.secrets?.[name] !== undefined || /\.test\b|127\.0\.0\.1|^bucket-/.test(values[name] ?? "")) &&
          !reserved.has(name),
      );
      expect({ component: component.name, loose }).toEqual({ component: component.name, loose: [] });
    }
  });
});

/** What components are given, by what settings say or because it is better than Dify's own default: users may set something else. */
const FREE = {
  "every API process": `DEPLOY_ENV LOG_LEVEL LOG_TZ DISABLE_TELEMETRY ENABLE_COLLABORATION_MODE UPLOAD_FILE_SIZE_LIMIT
    PLUGIN_MAX_PACKAGE_SIZE MARKETPLACE_ENABLED MARKETPLACE_API_URL CODE_EXECUTION_READ_TIMEOUT RESPECT_XFORWARD_HEADERS_ENABLED
    CONSOLE_API_URL CONSOLE_WEB_URL SERVICE_API_URL APP_WEB_URL FILES_URL TRIGGER_URL ENDPOINT_URL_TEMPLATE
    WEB_API_CORS_ALLOW_ORIGINS CONSOLE_CORS_ALLOW_ORIGINS SQLALCHEMY_POOL_SIZE SQLALCHEMY_MAX_OVERFLOW`,
  "the API's server": `SERVER_WORKER_AMOUNT SERVER_WORKER_CLASS SERVER_WORKER_CONNECTIONS GUNICORN_TIMEOUT GUNICORN_CMD_ARGS`,
  workers: `CELERY_WORKER_AMOUNT CELERY_MAX_WORKERS`,
  web: `EDITION NODE_ENV APP_API_URL MARKETPLACE_URL NEXT_PUBLIC_SOCKET_URL NEXT_PUBLIC_ENABLE_AGENT_V2 NEXT_TELEMETRY_DISABLED
    TEXT_GENERATION_TIMEOUT_MS`,
  sandbox: `GIN_MODE WORKER_TIMEOUT MAX_WORKERS MAX_REQUESTS ENABLE_NETWORK`,
  "the plugin daemon": `DB_MAX_OPEN_CONNS DB_MAX_IDLE_CONNS MAX_PLUGIN_PACKAGE_SIZE FORCE_VERIFYING_SIGNATURE
    PYTHON_ENV_INIT_TIMEOUT PIP_MIRROR_AUTO_DETECT`,
};

test("every variable that a component is given is reserved, or one that users may set", () => {
  const given = releases.flatMap(({ version: application_version }) =>
    componentsOf({ application_version, redis_host: "10.0.0.9", redis_database: 3 }).flatMap((component) => {
      const reserved = reservedFor(component.name.replaceAll("-", "_") as ComponentName);
      return Object.keys(variablesIn(component)).filter((name) => !reserved.has(name));
    }),
  );
  const free = Object.values(FREE).flatMap((names) => names.split(/\s+/));
  expect([...new Set(given)].sort()).toEqual(free.sort());
});

test("what the API's processes are refused for all, each is refused by itself", () => {
  for (const component of ["api", "worker", "beat", "api_websocket"] as const) {
    expect([...managedEnvironment].filter((name) => !reservedFor(component).has(name))).toEqual([]);
  }
});
