import { App, Token } from "cdktf";
import {
  AppGke,
  type AppGkeProps,
  type Component,
  Foundation,
  installation,
  InstallationStack,
  newServices,
} from "../../modules";
import { checkProps } from "../../modules/app-gke/props-check";

const SHOP = {
  projectId: "demo-project",
  region: "us-central1",
  environment: "dev",
  tenantId: "acme",
  applicationName: "shop",
};
const WEB: Component = {
  name: "web",
  image: "nginx:1.29.1",
  ports: [{ name: "http", containerPort: 8080 }],
  resources: { cpu: "250m", memory: "256Mi" },
};
const TASK = { image: "busybox:1.37.0", resources: WEB.resources };
const PASSWORD = {
  name: "password",
  source: { type: "generated", format: { length: 32, why: "any", source: "docs" } },
} as const;
const DATABASE = { version: "POSTGRES_15", name: "shop", user: "shop", passwordSecret: "password" };

type Changes = {
  readonly identity?: Partial<Parameters<typeof installation>[0]>;
  readonly application?: Partial<AppGkeProps["application"]>;
  readonly web?: Partial<Component>;
  readonly frontDoor?: AppGkeProps["frontDoor"];
  readonly databaseVersion?: string;
};

function props({ identity, application, web, frontDoor, databaseVersion }: Changes): AppGkeProps {
  const shop = installation({ ...SHOP, ...identity });
  return {
    installation: shop,
    services: newServices(shop, databaseVersion === undefined ? {} : { databaseVersion }),
    application: {
      ...{ name: "shop", displayName: "Shop", version: "1", entryPoint: "web", components: [{ ...WEB, ...web }] },
      ...application,
    },
    ...(frontDoor && { frontDoor }),
  };
}

function problemsOf(changes: Changes): readonly string[] {
  try {
    checkProps(props(changes));
    return [];
  } catch (error) {
    return (error as Error).message.split("\n").slice(1);
  }
}

const domains = (...all: readonly string[]): Changes => ({
  web: { probes: { readiness: { check: { type: "http", path: "/", port: 8080 } } } },
  frontDoor: { gateway: { domains: all } },
});

test("props that fit together are taken", () => {
  const database = { secrets: [PASSWORD], database: DATABASE };
  const jobs = [
    { ...TASK, name: "migrate" },
    { ...TASK, name: "nightly", schedule: "0 2 * * *", after: ["migrate"] },
  ];
  const web: Partial<Component> = {
    secrets: { PASSWORD: "password" },
    needs: { database: true },
    talksTo: ["database", "internet"],
    scaling: { type: "automatic", minimum: 1, maximum: 3 },
  };
  expect(
    problemsOf({
      application: { ...database, jobs, components: [{ ...WEB, ...web }] },
      databaseVersion: "POSTGRES_15",
    }),
  ).toEqual([]);
  expect(problemsOf(domains("shop.example.com"))).toEqual([]);
  expect(problemsOf({ identity: { projectId: "example.com:shop-123" } })).toEqual([]);
});

test("databases and logins of an operator are taken, without an instance or next to another engine's", () => {
  const part = {
    ...{
      name: "primary",
      service: "postgresql",
      version: "15.7.0",
      replicas: 1,
      cpu: "1",
      memory: "1Gi",
      storageGb: 1,
    },
    ...{ login: { account: "postgres", passwordSecret: "made" }, ports: [] },
    named: { replicas: "a", storage: "b", version: "c" },
  };
  const web = { talksTo: ["data", "primary"], secrets: { PASSWORD: "made", USER: "user" } };
  const application = {
    components: [{ ...WEB, ...web }],
    dataClusters: [{ name: "data", definition: "postgresql", topology: "replication", parts: [part] }],
    secrets: [PASSWORD],
    database: { ...DATABASE, inCluster: "primary", userOfOthers: { userKey: "user" } },
  };
  expect(problemsOf({ application })).toEqual([]);
  expect(problemsOf({ application, databaseVersion: "MYSQL_8_4" })).toEqual([]);
});

test("a job after a circle of others is not named, and one that is off may have any schedule", () => {
  const jobs = [
    { ...TASK, name: "last", after: ["one"] },
    { ...TASK, name: "one", after: ["two"] },
    { ...TASK, name: "two", after: ["one"] },
    { ...TASK, name: "off", schedule: "0 0 30 2 *", suspend: true },
  ];
  const found = problemsOf({ application: { jobs } });
  expect(found.map((problem) => problem.split(" ")[1])).toEqual(
    ["one", "two"].map((name) => `application.jobs.${name}.after`),
  );
});

test("values that only a plan knows are taken", () => {
  const text = Token.asString({ resolve: () => "x" });
  const number = Token.asNumber({ resolve: () => 1 });
  const check = { type: "http", path: text, port: number } as const;
  const web: Partial<Component> = {
    image: '${var.new ? "nginx:1.29.1" : "nginx:1.28.0"}',
    ports: [{ name: "http", containerPort: number }],
    probes: { readiness: { check } },
    resources: { cpu: text, memory: "${var.memory}" },
    scratch: [{ name: "tmp", mountPath: text }],
    scaling: { type: "automatic", minimum: number, maximum: number },
  };
  const other: Component = { ...WEB, name: "other", scaling: { type: "fixed", replicas: number } };
  const application = {
    name: text,
    components: [{ ...WEB, ...web }, other],
    jobs: [{ ...TASK, name: "nightly", schedule: text }],
    secrets: [PASSWORD],
    database: { ...DATABASE, version: text },
  };
  const identity = { projectId: text, region: "${var.region}" };
  expect(
    problemsOf({ identity, application, frontDoor: { servicePort: number }, databaseVersion: "POSTGRES_15" }),
  ).toEqual([]);
});

test.each<[string, Changes]>([
  ["a tenant of 30 characters", { identity: { tenantId: "customer-relationship-managing" } }],
  ["a tenant that begins with a digit", { identity: { tenantId: "3m" } }],
  ["components and jobs that begin with a digit", { application: { jobs: [{ ...TASK, name: "2am-report" }] } }],
  ["a bucket with _", { application: { buckets: [{ nameSuffix: "my_media" }] } }],
  [
    "a key with a dot for a secret of others",
    { application: { secrets: [{ name: "tls.crt", source: { type: "existing", secretId: "tls" } }] } },
  ],
  ["half a core", { web: { resources: { cpu: ".5", memory: "1.5Gi" } } }],
])("it takes %s", (_, changes) => {
  expect(problemsOf(changes)).toEqual([]);
});

test.each<[string, Changes]>([
  ['installation.projectId is ""', { identity: { projectId: "" } }],
  ['installation.region is "us-central1-a"', { identity: { region: "us-central1-a" } }],
  ['installation.tenantId is "Acme"', { identity: { tenantId: "Acme" } }],
  ['installation.applicationName is "my shop"', { identity: { applicationName: "my shop" } }],
  ['installation.applicationName is "3d"', { identity: { applicationName: "3d" } }],
  [
    "have 41 characters together",
    { identity: { applicationName: "shop", tenantId: "a-tenant-whose-name-is-much-too-long1" } },
  ],
  ['application.name is "2shop"', { application: { name: "2shop" } }],
  ['application.name is "Shop"', { application: { name: "Shop" } }],
  [
    'application.entryPoint is "api", and no component with ports has this name, so there is nothing to publish. Take web',
    { application: { entryPoint: "api" } },
  ],
  ['"web" twice', { application: { jobs: [{ ...TASK, name: "web" }] } }],
  [
    'application.buckets have "media" twice',
    { application: { buckets: [{ nameSuffix: "media" }, { nameSuffix: "media" }] } },
  ],
  ['the nameSuffix "My_Media"', { application: { buckets: [{ nameSuffix: "My_Media" }] } }],
  ['the name "pass.word"', { application: { secrets: [{ ...PASSWORD, name: "pass.word" }] } }],
  ['the name "pass word"', { application: { secrets: [{ ...PASSWORD, name: "pass word" }] } }],
  [
    "length is 0",
    {
      application: {
        secrets: [{ ...PASSWORD, source: { type: "generated", format: { ...PASSWORD.source.format, length: 0 } } }],
      },
    },
  ],
  [
    'composedSecrets.url.from names "nope"',
    { application: { composedSecrets: [{ name: "url", from: ["nope"], value: () => "" }] } },
  ],
  [
    'application.database.passwordSecret is "password", which is not in application.secrets',
    { application: { database: DATABASE }, databaseVersion: "POSTGRES_15" },
  ],
  [
    "has neither passwordSecret nor iam",
    {
      application: { database: { version: "POSTGRES_15", name: "shop", user: "shop" } },
      databaseVersion: "POSTGRES_15",
    },
  ],
  [
    "application.database is set, and services.sql is not",
    { application: { database: DATABASE, secrets: [PASSWORD] } },
  ],
  [
    'services.sql.databaseVersion is "MYSQL_8_4"',
    { application: { database: DATABASE, secrets: [PASSWORD] }, databaseVersion: "MYSQL_8_4" },
  ],
  ["needs.sharedFiles of web has no effect", { web: { needs: { sharedFiles: true } } }],
  ["application.components.web.needs.database is set", { web: { needs: { database: true } } }],
  ['application.components.web.secrets.KEY is "nope"', { web: { secrets: { KEY: "nope" } } }],
  ['application.components.web.talksTo names "internt"', { web: { talksTo: ["internt"] } }],
  ['application.components.web.image is ""', { web: { image: "" } }],
  ['the mountPath "tmp"', { web: { scratch: [{ name: "tmp", mountPath: "tmp" }] } }],
  [
    'application.components.web.scratch have "tmp" twice',
    { web: { scratch: ["/a", "/b"].map((mountPath) => ({ name: "tmp", mountPath })) } },
  ],
  [
    'application.components.web.resources.cpu is "0.25 cores"',
    { web: { resources: { ...WEB.resources, cpu: "0.25 cores" } } },
  ],
  [
    'application.components.web.resources.memory is "256MB"',
    { web: { resources: { ...WEB.resources, memory: "256MB" } } },
  ],
  ["ports.http has the port 70000", { web: { ports: [{ name: "http", containerPort: 70000 }] } }],
  ['the name "http-of-the-web-front"', { web: { ports: [{ name: "http-of-the-web-front", containerPort: 80 }] } }],
  ['application.components.web.inPodOf is "web"', { web: { inPodOf: "web" } }],
  [
    'asks the path "health"',
    { web: { probes: { liveness: { check: { type: "http", path: "health", port: 8080 } } } } },
  ],
  ["probes.startup asks port 0", { web: { probes: { startup: { check: { type: "tcp", port: 0 } } } } }],
  ["scaling.replicas is -1", { web: { scaling: { type: "fixed", replicas: -1 } } }],
  ["from minimum 5 to maximum 2", { web: { scaling: { type: "automatic", minimum: 5, maximum: 2 } } }],
  [
    'application.jobs.nightly.schedule is "every night"',
    { application: { jobs: [{ ...TASK, name: "nightly", schedule: "every night" }] } },
  ],
  ['after names "nope"', { application: { jobs: [{ ...TASK, name: "nightly", after: ["nope"] }] } }],
  [
    "application.jobs.one.after leads back",
    {
      application: {
        jobs: [
          { ...TASK, name: "one", after: ["two"] },
          { ...TASK, name: "two", after: ["one"] },
        ],
      },
    },
  ],
  ['application.apis has "pubsub"', { application: { apis: ["pubsub" as "pubsub.googleapis.com"] } }],
  ['application.health.component is "api"', { application: { health: { component: "api", path: "/" } } }],
  ['googleRoles has "pubsub.publisher"', { web: { needs: { googleRoles: ["pubsub.publisher"] } } }],
  ["frontDoor.servicePort is 0", { frontDoor: { servicePort: 0 } }],
  ['frontDoor.publicUrls has "shop.example.com"', { frontDoor: { publicUrls: ["shop.example.com"] } }],
  ['frontDoor.gateway.domains has "https://shop.example.com"', domains("https://shop.example.com")],
  ["no readiness probe of type http", { frontDoor: { gateway: {} } }],
])("it says %s", (says, changes) => {
  expect(problemsOf(changes)[0]).toContain(says);
});

test("all mistakes are named at once, before anything is made", () => {
  const { application, ...given } = props({ identity: { tenantId: "Acme" }, web: { image: "" } });
  const stack = (): InstallationStack => new InstallationStack(new App({ skipValidation: true }), "shop");
  expect(() => new AppGke(stack(), "app", { ...given, application })).toThrow(/AppGke(.|\n)*tenantId(.|\n)*image/);
  expect(() => new Foundation(stack(), "foundation", given)).toThrow(/Foundation(.|\n)*tenantId/);
});

test.each([
  [{ "MY VAR": "1" }, "environment of web: the variable MY VAR is not a valid name"],
  [{ WORKERS: 4 as unknown as string }, "environment of web: the variable WORKERS is 4, which is no text"],
])("it refuses the variables %j", (environment, says) => {
  const stack = new InstallationStack(new App({ skipValidation: true }), "shop");
  expect(() => new AppGke(stack, "app", props({ web: { environment: () => environment } }))).toThrow(says);
});
