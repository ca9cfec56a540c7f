import { App } from "cdktf";
import type { Construct } from "constructs";
import {
  AppGke,
  type ApplicationConfig,
  installation as installationOf,
  InstallationStack,
  Foundation,
  googleProvider,
  newServices,
  type SecretFormat,
} from "../../modules";

/** Which database the web server gets. */
export type HelloDatabase = "postgres" | "mysql" | "none";

const VERSIONS = { postgres: "POSTGRES_15", mysql: "MYSQL_8_4", none: undefined } as const;

/** A stock web image on `AppGke`, with or without a database, and without anything of Dify. */
export function hello(scope: Construct, database: HelloDatabase): void {
  const name = `hello-${database}`;
  const installation = installationOf({
    projectId: "demo-project",
    region: "us-central1",
    environment: name,
    tenantId: "demo",
    applicationName: "hello",
    deletionProtection: false,
  });
  const services = newServices(installation, { databaseVersion: VERSIONS[database] });

  const foundation = new InstallationStack(scope, `${name}-foundation`);
  googleProvider(foundation, installation);
  new Foundation(foundation, "foundation", { installation, services });

  const stack = new InstallationStack(scope, name);
  googleProvider(stack, installation);
  stack.addDependency(foundation);
  new AppGke(stack, "app", { installation, services, application: application(database) });
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
        version: VERSIONS[database],
        name: "hello",
        user: "hello",
        passwordSecret: "db-password",
      },
    }),
  };
}

if (require.main === module) {
  const app = new App();
  for (const database of ["postgres", "mysql", "none"] as const) hello(app, database);
  app.synth();
}
