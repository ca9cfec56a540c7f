import { Construct, type IConstruct } from "constructs";
import { type Bindings, DIRECT } from "../application-config";
import { linesOf } from "../google/privately-used";
import type { Installation } from "../installation";
import { mountedBucket, ownAccounts } from "../platform/mounted-buckets";
import { databaseAccountOf } from "../platform/database-account";
import { resourcesOf } from "../terraform/dependencies";
import { idOf, named } from "../terraform/stack";
import { accountSecrets } from "./account-secrets";
import type { ApplicationSecret } from "./application-secret";
import { ComponentDeployment } from "./component-deployment";
import { ComponentService } from "./component-service";
import { Configuration } from "./configuration";
import { createDataClusters, dataHosts, dataSubjects } from "./data-clusters";
import { databaseBinding, policyGroups } from "./data-database";
import { DataMonitorings } from "./data-monitorings";
import { dataAccountSecret } from "./data-names";
import { DeployerAccess } from "./deployer-access";
import { deploymentValue } from "./deployments";
import { imageReference, withoutTag } from "./image";
import { preparedJobs } from "./job-inputs";
import { createJobs, createLastJobs } from "./jobs";
import { usesLogin } from "./login-rotation";
import { knownNames } from "./known-names";
import { commonLabels } from "./labels";
import { Namespace } from "./namespace";
import { NetworkPolicies } from "./network-policies";
import { authProxyConfigMapName, secretName, sharedFilesClaimName, STORE_ACCOUNT } from "./names";
import { deliveredBy, notOurs } from "./not-ours";
import type { PodContext } from "./pod";
import { podGroups } from "./pod-groups";
import { PodMonitorings } from "./pod-monitorings";
import { redisServers } from "./redis-server";
import { applicationSecret, hasOwnStore } from "./secret-filler";
import type { WorkloadProps } from "./settings";
import { verification } from "./verification";

/** Everything of the application in the cluster. */
export class Workload extends Construct {
  readonly installation: Installation;
  readonly namespace: Namespace;
  /** Whether the namespace is somebody else's. */
  readonly amongOthers: boolean;
  /** What the application's functions are handed. */
  readonly bindings: Bindings;
  /** Services by component. */
  readonly kubernetesServices: Readonly<Record<string, ComponentService>>;
  /** Full names of the jobs by the application's own names. */
  readonly jobs: Readonly<Record<string, string>>;
  readonly cronJobs: Readonly<Record<string, string>>;
  /** `undefined`: the application has no secrets. */
  readonly secret?: ApplicationSecret;
  /** Jobs that have to run before every new version. */
  readonly migrations: readonly IConstruct[];
  /** Jobs that run after all components have been updated. */
  readonly afterwards: readonly IConstruct[];
  /** What a pipeline may do here. */
  readonly deployerAccess?: DeployerAccess;
  /** Where an image is pulled from. */
  readonly image: (upstream: string) => string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: WorkloadProps,
  ) {
    super(scope, id);
    const { application, installation } = props;
    this.installation = installation;
    this.amongOthers = props.existingNamespace === true;
    const labels = commonLabels(installation);
    const digests = { ...application.imageDigests, ...props.imageDigests };
    const { built, mirror } = props;
    this.image = (upstream) =>
      built?.replaces.includes(withoutTag(upstream)) ? built.reference : imageReference(upstream, { mirror, digests });

    this.namespace = new Namespace(this, "namespace", {
      name: props.namespace,
      existing: props.existingNamespace,
      labels,
      description: application.description,
      identityServiceAccount: application.name,
      googleServiceAccountEmail: props.googleServiceAccountEmail,
      ownAccounts: [...ownAccounts(application), ...(hasOwnStore(props) ? [STORE_ACCOUNT] : [])],
      quota: props.quota,
      meshedAfter: props.serviceMesh && (props.meshReady ?? []),
    });
    this.kubernetesServices = this.createServices();
    this.bindings = this.createBindings();

    const groups = podGroups(application.components);
    const { jobs, outcomes, rotation, restarts } = preparedJobs(this, {
      ...props,
      placedIn: this.namespace.name,
      labels,
      groups,
      secretName: secretName(installation, this.amongOthers),
      accountOf: this.namespace.serviceAccounts.own,
    });
    const configuration = new Configuration(this, "configuration", {
      namespace: this.namespace.name,
      labels,
      applicationName: installation.applicationName,
      bindings: this.bindings,
      tasks: [...application.components, ...jobs],
    });
    const given = { ...props, placedIn: this.namespace, labels, bindings: this.bindings };
    this.secret = applicationSecret(this, { ...given, name: secretName(installation, this.amongOthers) });
    const check = props.deliverer?.type === "releases" ? verification(application) : undefined;
    const policies = new NetworkPolicies(this, "network", {
      installation,
      namespace: this.namespace.name,
      plainNamespace: props.namespace,
      sharedNamespace: props.existingNamespace,
      groups: [
        ...policyGroups(application, groups, [...jobs, ...(check ? [check] : [])]),
        ...dataSubjects(
          installation,
          application.dataClusters ?? [],
          props.dataOperator,
          props.dataBackups !== undefined,
        ),
      ],
      entryPoint: application.entryPoint,
      entryPointRanges: props.exposure.sources?.concat(props.multiCluster?.clientRanges ?? []),
      entryPointOutside: props.exposure.service.type === "LoadBalancer",
      entryPointNamespaces: props.exposure.namespaces,
      segmentation: props.networkSegmentation,
      collectMetrics: props.collectMetrics,
      serviceMesh: props.serviceMesh !== undefined,
      additionalEgress: props.additionalEgress,
      privatelyUsed: props.privatelyUsed,
      ...redisServers(props),
      databaseCidr: props.database && `${props.database.instance.privateIp}/32`,
      controlPlaneCidr: `${props.controlPlane}/32`,
    });

    if (props.collectMetrics) {
      const at = { installation, namespace: this.namespace.name };
      new PodMonitorings(this, "metrics", { ...at, groups, authProxy: props.database !== undefined });
      new DataMonitorings(this, "data-metrics", { ...at, clusters: application.dataClusters ?? [] });
    }
    const known = knownNames(this, { ...props, placedIn: this.namespace.name });
    this.deployerAccess =
      props.deliverer &&
      new DeployerAccess(this, "deployer", {
        installation,
        namespace: this.namespace.name,
        labels,
        type: props.deliverer.type,
        statefulSets: application.components.some(({ statefulSet }) => statefulSet),
        deployers: props.deliverer.deployers,
      });
    const context = this.podContext(configuration, this.secret?.name);
    const data = createDataClusters(
      this,
      { ...props, placedIn: this.namespace.name },
      resourcesOf(policies, this.namespace),
    );
    const ready = resourcesOf(
      ...(this.secret ? [this.secret] : []),
      ...(known ? [known] : []),
      ...outcomes.values(),
      ...(rotation ? [rotation] : []),
      ...(restarts ? [restarts] : []),
      policies,
      this.namespace,
      ...data,
      ...props.permissions,
    );
    const forJobs = {
      ...props,
      jobs,
      namespace: this.namespace.name,
      context,
      bindings: this.bindings,
      ready,
      databases: props.database ? [props.database.resource] : [],
      runByBuilds: props.deliverer?.type === "images",
      timeoutSeconds: props.deploymentTimeoutSeconds,
      outcomes,
    };
    const started = createJobs(named(this, "jobs"), forJobs);
    this.jobs = started.jobs;
    this.migrations = started.migrations;
    this.cronJobs = started.cronJobs;
    const delivered = deliveredBy(props.deliverer, this.image);
    for (const group of groups) {
      const [component] = group;
      const usesDatabase = group.some(({ needs }) => needs?.database === true);
      const checksums = { configuration: configuration.checksumOf(group), secrets: this.secret?.checksumOf(group) };
      const value = deploymentValue(group, {
        ...props,
        namespace: this.namespace.name,
        version: application.version,
        context,
        timeoutSeconds: props.deploymentTimeoutSeconds,
        entryPoint: application.entryPoint,
        annotations: {
          ...(checksums.configuration && { "checksum/configuration": checksums.configuration }),
          ...(checksums.secrets && { "checksum/secrets": checksums.secrets }),
        },
      });
      new ComponentDeployment(named(this, "components"), idOf(component.name), {
        component,
        value,
        notOurs: notOurs(value, props.deliverer, delivered, {
          login: group.some((task) => usesLogin(task, application)),
          secrets: props.externalSecrets !== undefined && checksums.secrets !== undefined,
        }),
        minAvailable: props.minAvailable,
        cluster: props.cluster,
        plainNamespace: props.namespace,
        forMesh: props.serviceMesh !== undefined,
        access: props.clusterAccess,
        delivered,
        dependsOn: [...ready, ...started.before(usesDatabase)],
      });
    }
    this.afterwards = createLastJobs(named(this, "jobs"), forJobs, named(this, "components"));
  }

  private createServices(): Record<string, ComponentService> {
    const { application, installation, exposure } = this.props;
    return Object.fromEntries(
      application.components
        .filter((component) => (component.ports ?? []).length > 0)
        .map((component) => [
          component.name,
          new ComponentService(named(this, "services"), `${component.name}-service`, {
            installation,
            namespace: this.namespace.name,
            component,
            podComponent: component.inPodOf ?? component.name,
            // Not the entry point's: a load balancer reads the protocol, too.
            forMesh: this.props.serviceMesh !== undefined && component.name !== application.entryPoint,
            ...(component.name === application.entryPoint && {
              exposure: exposure.service,
              dependsOn: exposure.dependsOn,
            }),
          }),
        ]),
    );
  }

  private createBindings(): Bindings {
    const { application, installation, buckets, database, exposure, redis, earlierRedis, fileServer, sharedFiles } =
      this.props;
    const service = (component: string): ComponentService => {
      const found = this.kubernetesServices[component];
      if (!found) throw new Error(`There is no component ${component} with a port, so no address`);
      return found;
    };
    const data = dataHosts(installation, application.dataClusters ?? [], this.namespace.name);
    const entry = service(application.entryPoint);
    const port = exposure.service.servicePort === 80 ? "" : `:${exposure.service.servicePort}`;
    const publicUrls = exposure.publicUrls ?? [`http://${entry.externalIp ?? entry.host}${port}`];
    return {
      projectId: installation.projectId,
      region: installation.region,
      publicUrl: publicUrls[0] ?? "",
      publicUrls,
      entrance: exposure.entrance ?? DIRECT,
      host: (component) => data[component] ?? service(component).host,
      address: (component) => service(component).clusterIp,
      database: databaseBinding(application, data, database?.resource),
      redis,
      earlierRedis,
      privatelyUsed: {
        known: this.props.privatelyUsed.known,
        lines: (beginning) => linesOf({ ...this.props.privatelyUsed, known: [] }, beginning),
      },
      bucket: (suffix) => {
        const name = buckets[suffix];
        if (name === undefined) throw new Error(`The application has no bucket ${suffix}`);
        return name;
      },
      shareDirectory: installation.resourcePrefix,
      sharedFilesPath: fileServer && sharedFiles?.mountPath,
    };
  }

  private podContext(configuration: Configuration, secretName?: string): PodContext {
    const { application, authProxyImage, database, deliverer, installation, fileServer, sharedFiles } = this.props;
    // The same names as in the manifests of releases: a release must change nothing but images.
    const known = deliverer?.type === "releases";
    const { applicationName } = installation;
    return {
      image: this.image,
      environmentConfigMap: (task) => configuration.environmentOf(task),
      fileConfigMap: (task) => configuration.filesOf(task),
      secretName,
      accountSecret: (account) => dataAccountSecret(installation, application.dataClusters ?? [], account),
      accounts: accountSecrets(application, this.bindings),
      serviceAccounts: this.namespace.serviceAccounts,
      authProxy: database &&
        this.bindings.database && {
          image: this.image(authProxyImage),
          instance: known
            ? { configMap: authProxyConfigMapName(applicationName) }
            : { connectionName: database.instance.connectionName },
          port: this.bindings.database.port,
          metrics: this.props.collectMetrics,
          account: application.database?.iam?.used ? databaseAccountOf(installation).email : undefined,
        },
      bucket: (given) => mountedBucket(given, installation, application.buckets),
      shares: { files: sharedFiles && fileServer, earlier: this.props.earlierFileServer },
      sharedFiles: fileServer &&
        sharedFiles && {
          ...sharedFiles,
          source: known
            ? { claimName: sharedFilesClaimName(applicationName) }
            : { server: fileServer.ip, path: fileServer.sharePath },
          subPath: installation.resourcePrefix,
        },
    };
  }
}
