import { isIPv4 } from "node:net";
import { type ITerraformDependable, Token } from "cdktf";
import { Construct, type IConstruct } from "constructs";
import type { WorkloadSettings } from "../app-gke";
import type { ApplicationConfig, Component, Job, Platform } from "../application-config";
import type { Deployment } from "../deployment";
import type { FrontDoor } from "../edge/settings";
import type { Database } from "../platform/database";
import type { Secrets } from "../platform/secrets";
import { resourcesOf } from "../terraform/dependencies";
import { ApplicationSecret } from "./application-secret";
import { ComponentDeployment } from "./component-deployment";
import { ComponentService } from "./component-service";
import { Configuration } from "./configuration";
import { imageReference } from "./image";
import { commonLabels, selectorLabels } from "./labels";
import { Namespace } from "./namespace";
import { NetworkPolicies } from "./network-policies";
import { type PodContext, podSpec } from "./pod";
import { TaskCronJob, TaskJob } from "./task-job";

export interface WorkloadProps extends WorkloadSettings {
  readonly deployment: Deployment;
  readonly application: ApplicationConfig;
  readonly namespace: string;
  readonly frontDoor: FrontDoor;
  readonly reservedIp?: string;
  /** Addresses of the gateway, the public one first. @default - the entry point's Service is the front door */
  readonly publicUrls?: readonly string[];
  /** @default [] - the peer is the client */
  readonly trustedProxies?: readonly string[];
  readonly googleServiceAccountEmail: string;
  readonly secrets: Secrets;
  /** Bucket names by suffix. */
  readonly buckets: Readonly<Record<string, string>>;
  readonly database?: {
    readonly resource: Database;
    readonly instance: {
      readonly connectionName: string;
      readonly privateIp: string;
      /** PEM of the authority that signed the instance's certificate. */
      readonly serverCertificate: string;
    };
  };
  readonly redis?: { readonly host: string; readonly port: string };
  readonly fileServer?: { readonly ip: string; readonly sharePath: string };
  /** Pull-through mirror of Docker Hub. */
  readonly mirror?: string;
  /** What pods may do: there before they are. */
  readonly permissions: readonly IConstruct[];
}

/** Everything of the application in the cluster. */
export class Workload extends Construct {
  readonly namespace: Namespace;
  /** What the application's functions were given. */
  readonly platform: Platform;
  /** Services by component. */
  readonly services: Readonly<Record<string, ComponentService>>;
  /** Full names of the jobs by the application's own names. */
  readonly jobs: Readonly<Record<string, string>>;
  readonly cronJobs: Readonly<Record<string, string>>;
  /** Where an image is pulled from. */
  readonly image: (upstream: string) => string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: WorkloadProps,
  ) {
    super(scope, id);
    const { application, deployment } = props;
    const labels = commonLabels(deployment);
    this.image = (upstream) => imageReference(upstream, { mirror: props.mirror, digests: props.imageDigests });

    this.namespace = new Namespace(this, "namespace", {
      name: props.namespace,
      labels,
      identityServiceAccount: application.name,
      googleServiceAccountEmail: props.googleServiceAccountEmail,
      quota: props.quota,
    });
    this.services = this.createServices();
    this.platform = this.createPlatform();

    const jobs = (application.jobs ?? []).map((job) => this.withServerCertificate(job));
    const configuration = new Configuration(this, "configuration", {
      namespace: this.namespace.name,
      labels,
      applicationName: deployment.applicationName,
      platform: this.platform,
      tasks: [...application.components, ...jobs],
    });
    const secret =
      (application.secrets ?? []).length > 0
        ? new ApplicationSecret(this, "secret", {
            name: deployment.applicationName,
            namespace: this.namespace.name,
            labels,
            definitions: application.secrets ?? [],
            composed: application.composedSecrets ?? [],
            secrets: props.secrets,
            platform: this.platform,
          })
        : undefined;
    const policies = new NetworkPolicies(this, "network", {
      deployment,
      namespace: this.namespace.name,
      groups: [
        ...this.pods().map(([name, tasks]) => ({ name, tasks })),
        ...jobs.map((job) => ({ name: job.name, tasks: [job], withoutAuthProxy: true })),
      ],
      entryPoint: application.entryPoint,
      segmentation: props.networkSegmentation,
      redis: props.redis && { cidr: cidrOf(props.redis.host), port: Number(props.redis.port) },
      databaseCidr: props.database && `${props.database.instance.privateIp}/32`,
    });

    const context = this.podContext(configuration, secret?.name);
    const ready = resourcesOf(...(secret ? [secret] : []), policies, this.namespace, ...props.permissions);
    const started = this.createJobs(jobs, context, ready);
    this.jobs = started.jobs;
    this.cronJobs = started.cronJobs;
    for (const [name, tasks] of this.pods()) {
      const [component] = tasks;
      const checksums = { configuration: configuration.checksumOf(tasks), secrets: secret?.checksumOf(tasks) };
      new ComponentDeployment(this, name, {
        deployment,
        namespace: this.namespace.name,
        component,
        version: application.version,
        pod: podSpec(tasks, context, {
          restartPolicy: "Always",
          terminationGracePeriodSeconds: Math.max(...tasks.map((task) => task.terminationGracePeriodSeconds ?? 60)),
          topologySpreadConstraints: props.topologySpread && [
            {
              maxSkew: 1,
              topologyKey: "topology.kubernetes.io/zone",
              whenUnsatisfiable: props.topologySpread === "strict" ? "DoNotSchedule" : "ScheduleAnyway",
              labelSelector: { matchLabels: selectorLabels(deployment, name) },
            },
          ],
        }),
        annotations: {
          ...(checksums.configuration && { "checksum/configuration": checksums.configuration }),
          ...(checksums.secrets && { "checksum/secrets": checksums.secrets }),
        },
        timeoutSeconds: props.deploymentTimeoutSeconds,
        minAvailable: props.minAvailable,
        dependsOn: [...ready, ...resourcesOf(...started.before)],
      });
    }
  }

  /** Components by pod: the first one names it, the others share it. */
  private pods(): readonly (readonly [name: string, tasks: readonly [Component, ...Component[]]])[] {
    const { components } = this.props.application;
    return components
      .filter((component) => component.inPodOf === undefined)
      .map((component) => [
        component.name,
        [component, ...components.filter((other) => other.inPodOf === component.name)],
      ]);
  }

  private createServices(): Record<string, ComponentService> {
    const { application, deployment, frontDoor, reservedIp } = this.props;
    return Object.fromEntries(
      application.components
        .filter((component) => (component.ports ?? []).length > 0)
        .map((component) => [
          component.name,
          new ComponentService(this, `${component.name}-service`, {
            deployment,
            namespace: this.namespace.name,
            component,
            podComponent: component.inPodOf ?? component.name,
            exposure:
              component.name === application.entryPoint
                ? frontDoor.gateway
                  ? { ...frontDoor, type: "ClusterIP" }
                  : { ...frontDoor, type: frontDoor.serviceType, ip: reservedIp }
                : undefined,
          }),
        ]),
    );
  }

  private createPlatform(): Platform {
    const { application, deployment, buckets, database, frontDoor, redis, fileServer, sharedFiles } = this.props;
    const service = (component: string): ComponentService => {
      const found = this.services[component];
      if (!found) throw new Error(`The component ${component} has no port, so no address`);
      return found;
    };
    const entry = service(application.entryPoint);
    const port = frontDoor.servicePort === 80 ? "" : `:${frontDoor.servicePort}`;
    const publicUrls = this.props.publicUrls ?? [`http://${entry.externalIp ?? entry.host}${port}`];
    return {
      projectId: deployment.projectId,
      region: deployment.region,
      publicUrl: publicUrls[0] ?? "",
      publicUrls,
      trustedProxies: this.props.trustedProxies ?? [],
      host: (component) => service(component).host,
      address: (component) => service(component).clusterIp,
      database: database &&
        application.database && {
          host: "127.0.0.1",
          port: application.database.version.startsWith("POSTGRES") ? 5432 : 3306,
          name: database.resource.name,
          user: database.resource.user,
        },
      redis,
      bucket: (suffix) => {
        const name = buckets[suffix];
        if (name === undefined) throw new Error(`The application has no bucket ${suffix}`);
        return name;
      },
      sharedFilesPath: fileServer && sharedFiles?.mountPath,
    };
  }

  private podContext(configuration: Configuration, secretName?: string): PodContext {
    const { authProxyImage, database, deployment, fileServer, sharedFiles } = this.props;
    return {
      image: this.image,
      environmentConfigMap: (task) => configuration.environmentOf(task),
      fileConfigMap: (task) => configuration.filesOf(task),
      secretName,
      serviceAccounts: this.namespace.serviceAccounts,
      authProxy: database &&
        this.platform.database && {
          image: this.image(authProxyImage),
          connectionName: database.instance.connectionName,
          port: this.platform.database.port,
        },
      sharedFiles: fileServer &&
        sharedFiles && {
          ...sharedFiles,
          server: fileServer.ip,
          path: fileServer.sharePath,
          subPath: deployment.resourcePrefix,
        },
    };
  }

  /**
   * Jobs connect to the instance itself, over TLS with its certificate checked: they name the database as components do
   * and find its private address in its place.
   */
  private withServerCertificate(job: Job): Job {
    const { database } = this.props;
    const { environment } = job;
    if (!job.needs?.database || !database) return job;
    const direct = (platform: Platform): Platform => ({
      ...platform,
      database: platform.database && { ...platform.database, host: database.instance.privateIp },
    });
    return {
      ...job,
      environment: (platform) => ({
        PGSSLMODE: "verify-ca",
        PGSSLROOTCERT: SERVER_CERTIFICATE_PATH,
        ...environment?.(direct(platform)),
      }),
      files: [
        ...(job.files ?? []),
        { mountPath: SERVER_CERTIFICATE_PATH, content: () => database.instance.serverCertificate },
      ],
    };
  }

  private createJobs(
    jobs: readonly Job[],
    context: PodContext,
    ready: readonly ITerraformDependable[],
  ): { jobs: Record<string, string>; cronJobs: Record<string, string>; before: TaskJob[] } {
    const { deployment } = this.props;
    const created = new Map<string, TaskJob>();
    const cronJobs: Record<string, string> = {};
    for (const job of inOrder(jobs)) {
      const common = {
        deployment,
        namespace: this.namespace.name,
        job,
        // A second container that never ends would keep the job from ever completing.
        pod: podSpec(
          [job],
          { ...context, authProxy: undefined },
          { restartPolicy: "Never", terminationGracePeriodSeconds: 30 },
        ),
        inputs: [
          job.environment?.(this.platform) ?? {},
          (job.files ?? []).map((file) => [file.mountPath, file.content(this.platform)]),
        ],
      };
      if (job.schedule !== undefined) {
        const cron = new TaskCronJob(this, job.name, { ...common, schedule: job.schedule, dependsOn: ready });
        cronJobs[job.name] = cron.name;
        continue;
      }
      const earlier = (job.after ?? []).flatMap((before) => created.get(before) ?? []);
      // The databases as well: a job's pod names only some of them, and in its environment.
      const databases = this.props.database ? [this.props.database.resource] : [];
      const dependsOn = [...ready, ...resourcesOf(...databases, ...earlier)];
      created.set(job.name, new TaskJob(this, job.name, { ...common, dependsOn }));
    }
    return {
      jobs: Object.fromEntries([...created].map(([name, task]) => [name, task.name])),
      cronJobs,
      before: jobs.filter((job) => job.beforeComponents !== false).flatMap((job) => created.get(job.name) ?? []),
    };
  }
}

const SERVER_CERTIFICATE_PATH = "/etc/cloud-sql/server-ca.pem";

/** @returns the jobs with every one behind those that it waits for; the rules have refused circles */
function inOrder(jobs: readonly Job[]): readonly Job[] {
  const ordered: Job[] = [];
  const add = (job: Job): void => {
    if (ordered.includes(job)) return;
    for (const before of jobs.filter((other) => job.after?.includes(other.name))) add(before);
    ordered.push(job);
  };
  jobs.forEach(add);
  return ordered;
}

/** @returns the policy's range for an address, or nothing for a host name, which a policy cannot hold */
function cidrOf(host: string): string | undefined {
  return isIPv4(host) || Token.isUnresolved(host) ? `${host}/32` : undefined;
}
