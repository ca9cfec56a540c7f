import { App } from "cdktf";
import type { Construct } from "constructs";
import {
  AppGke,
  type ApplicationConfig,
  deployment as deploymentOf,
  DeploymentStack,
  Foundation,
  googleProvider,
  requireProviders,
  type SecretFormat,
  type SharedServices,
} from "../../modules";

/** Which database the web server gets. */
export type HelloDatabase = "postgres" | "mysql" | "none";

/** Longest name that Google takes for each is far away: the example keeps its names short. */
const REGION = "us-central1";

/** A stock web image on `AppGke`, with a database or without: nothing of Dify in it. */
export function hello(scope: Construct, database: HelloDatabase): void {
  const name = `hello-${database}`;
  const deployment = deploymentOf({
    projectId: "demo-project",
    region: REGION,
    environment: name,
    tenantId: "demo",
    applicationName: "hello",
    labels: {},
    deletionProtection: false,
  });
  const services = sharedServices(deployment.resourcePrefix, database);

  const foundation = createStack(scope, `${name}-foundation`, deployment);
  requireProviders(foundation, ["google"]);
  new Foundation(foundation, "foundation", { deployment, services });

  const stack = createStack(scope, name, deployment);
  requireProviders(stack, ["google", "kubernetes", "random"]);
  stack.addDependency(foundation);
  new AppGke(stack, "app", {
    deployment,
    services,
    application: application(database),
    frontDoor: {
      serviceType: "LoadBalancer",
      servicePort: 80,
      reserveStaticIp: true,
      sessionAffinity: "None",
      annotations: {},
      labels: {},
      extraPorts: [],
    },
    workload: {
      deploymentTimeoutSeconds: 600,
      networkSegmentation: true,
      authProxyImage: "gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.18.2-alpine",
    },
    secretRotationPeriod: "2592000s",
    deployApplication: true,
    immutable: { project_id: deployment.projectId },
  });
}

const PASSWORD: SecretFormat = {
  length: 32,
  why: "PostgreSQL takes any text",
  source: "https://www.postgresql.org/docs/15/sql-createrole.html",
};

function application(database: HelloDatabase): ApplicationConfig {
  return {
    name: "hello",
    displayName: "Hello",
    version: "1.29.1",
    entryPoint: "web",
    components: [
      {
        name: "web",
        image: "nginxinc/nginx-unprivileged:1.29.1-alpine",
        ports: [{ name: "http", containerPort: 8080 }],
        environment: ({ database }): Record<string, string> =>
          database
            ? {
                DATABASE_HOST: database.host,
                DATABASE_PORT: String(database.port),
                DATABASE_NAME: database.name,
                DATABASE_USER: database.user,
              }
            : {},
        secrets: database === "none" ? {} : { DATABASE_PASSWORD: "db-password" },
        probes: { readiness: { check: { type: "http", path: "/", port: 8080 } } },
        resources: { cpu: "250m", memory: "256Mi" },
        scaling: { type: "automatic", minimum: 1, maximum: 3 },
        security: { runAsUser: 101 },
        scratch: [{ name: "tmp", mountPath: "/tmp" }],
        needs: { database: database !== "none" },
      },
    ],
    ...(database !== "none" && {
      secrets: [{ name: "db-password", source: { type: "generated", format: PASSWORD } }],
      database: {
        version: version(database),
        name: "hello",
        user: "hello",
        passwordSecret: "db-password",
      },
    }),
  };
}

function version(database: HelloDatabase): string {
  return database === "mysql" ? "MYSQL_8_4" : "POSTGRES_15";
}

function sharedServices(prefix: string, database: HelloDatabase): SharedServices {
  return {
    network: {
      name: `${prefix}-network`,
      create: true,
      createPrivateServicesAccess: true,
      subnetwork: {
        name: `${prefix}-subnet`,
        cidr: "10.10.0.0/24",
        podCidr: "10.12.0.0/16",
        serviceCidr: "10.11.0.0/20",
        podRangeName: "pods",
        serviceRangeName: "services",
      },
    },
    cluster: {
      name: `${prefix}-gke`,
      create: true,
      location: REGION,
      releaseChannel: "REGULAR",
      networkTags: [],
    },
    sql:
      database === "none"
        ? undefined
        : {
            name: `${prefix}-sql`,
            create: true,
            databaseVersion: version(database),
            tier: "db-custom-1-3840",
            availabilityType: "ZONAL",
            diskSizeGb: 10,
            backupStartTime: "02:00",
            retainedBackups: 7,
          },
  };
}

function createStack(scope: Construct, id: string, deployment: ReturnType<typeof deploymentOf>): DeploymentStack {
  const stack = new DeploymentStack(scope, id);
  googleProvider(stack, { projectId: deployment.projectId, region: deployment.region, labels: deployment.labels });
  return stack;
}

if (require.main === module) {
  const app = new App();
  for (const database of ["postgres", "mysql", "none"] as const) hello(app, database);
  app.synth();
}
