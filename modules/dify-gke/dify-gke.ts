import { App } from "cdktf";
import type { Construct } from "constructs";
import { AppGke, type AppGkeProps } from "../app-gke/app-gke";
import type { Installation } from "../app-gke/installation";
import { Foundation } from "../app-gke/foundation/foundation";
import { Operators } from "../app-gke/operators/operators";
import { MEMORYSTORE_PORT, needsFoundation, type SharedServices } from "../app-gke/google/shared-services";
import { googleProvider } from "../app-gke/terraform/providers";
import { literals } from "../app-gke/terraform/literal";
import { InstallationStack } from "../app-gke/terraform/stack";
import { Guard } from "../app-gke/terraform/guard";
import { forget } from "../app-gke/terraform/removed";
import { cloudClaims } from "./cloud-claims";
import { binaryAuthorization, deliverySettings, imageBuild } from "./delivery";
import { compose, type Composition } from "./dify";
import type { Siblings } from "./environment";
import { frontDoor } from "./front-door";
import { byKubeBlocks } from "./kubeblocks-used";
import { monitoring } from "./monitoring";
import { Outputs } from "./outputs";
import { perimeter } from "./perimeter";
import { earlierRedisPlace, redisPlace, type RedisPlace } from "./redis-place";
import { REDIS_PART } from "../dify-common";
import { withRedisServers } from "./redis-servers";
import { releaseSettings } from "./release";
import { DATABASE_VERSIONS, sharedServices } from "./shared-services";
import { namespaceOf } from "./stage-places";
import { furtherRedisServers } from "./stages";
import { isStateful } from "./stateful-set";
import { definitions, type Variables } from "./variables";
import { workload } from "./workload";

export interface DifyGkeProps {
  /** Name of the environment: the variable file's. */
  readonly environment: string;
  readonly variables: Variables;
  /** Environments that are stages of this one's pipeline, by name. @default - none of them has a file here */
  readonly siblings?: Siblings;
}

/** One environment: a foundation stack, if anything has to be created, one of operators, if any are to be installed, and the application's stack. */
export class DifyGke {
  readonly foundation?: InstallationStack;
  readonly operators?: InstallationStack;
  readonly application: InstallationStack;
  /** All of them, in the order in which they are applied. */
  readonly stacks: readonly InstallationStack[];

  constructor(scope: Construct, given: DifyGkeProps) {
    const { environment, variables, siblings = new Map<string, Variables>() } = given;
    // From here on, users' texts are marked as text, and what is added to them may be an expression.
    const props = {
      environment,
      variables: literals(variables),
      siblings: new Map([...siblings].map(([name, theirs]) => [name, literals(theirs)])),
    };
    const composition = compose(props.environment, props.variables);
    this.foundation =
      needsFoundation(composition.services, composition.installation) || variables.handed_over_services.length > 0
        ? this.createFoundation(scope, props, composition)
        : undefined;
    this.operators =
      variables.install_operators.length > 0 ? this.createOperators(scope, props, composition) : undefined;
    this.application = this.createApplication(scope, props, composition);
    const earlier = [this.foundation, this.operators].filter((stack) => stack !== undefined);
    if (this.foundation) this.operators?.addDependency(this.foundation);
    for (const stack of earlier) this.application.addDependency(stack);
    this.stacks = [...earlier, this.application];
  }

  private createOperators(
    scope: Construct,
    { environment, variables }: DifyGkeProps,
    { installation, services }: Composition,
  ): InstallationStack {
    const stack = createStack(scope, operatorsStack(environment), variables, installation);
    new Operators(stack, "operators", {
      installation,
      services,
      names: variables.install_operators,
      kubeBlocksNamespace: variables.kubeblocks_namespace,
      kubeBlocksBackups: variables.kubeblocks_backups,
      kubeBlocksAddons: byKubeBlocks(variables),
      impersonateServiceAccount: variables.impersonation_service_account || undefined,
      kubernetesCredentials: variables.kubernetes_credentials,
    });
    return stack;
  }

  private createFoundation(
    scope: Construct,
    { environment, variables }: DifyGkeProps,
    { installation, services }: Composition,
  ): InstallationStack {
    const fill = (to: InstallationStack, shared: SharedServices): InstallationStack => {
      const { conditions, irreplaceable } = new Foundation(to, "foundation", {
        installation,
        services: withRedisServers(shared, furtherRedisServers(environment, variables)),
      });
      new Guard(to, "guard", {
        immutable: immutable(variables),
        follows: upgrades(variables),
        optional: ["deployment_id"],
        rememberedAfter: irreplaceable,
        conditions,
      });
      return to;
    };
    const stack = createStack(scope, `dify-${environment}-foundation`, variables, installation);
    fill(stack, services);
    if (variables.handed_over_services.length > 0) {
      // What the stack had while it made these services, in an app that is never written.
      const before = new InstallationStack(
        new App({ outdir: App.of(scope).outdir, skipValidation: true }),
        stack.node.id,
      );
      forget(stack, fill(before, sharedServices({ ...variables, handed_over_services: [] }, installation)));
    }
    return stack;
  }

  private createApplication(
    scope: Construct,
    { environment, variables, siblings = new Map() }: DifyGkeProps,
    { installation, services, application }: Composition,
  ): InstallationStack {
    const stack = createStack(scope, `dify-${environment}`, variables, installation);
    const app = new AppGke(stack, "app", {
      installation,
      services,
      application,
      frontDoor: frontDoor(variables),
      workload: workload(variables, operatorsStack(environment)),
      delivery: deliverySettings(environment, variables, application, siblings),
      imageBuild: imageBuild(variables, application),
      binaryAuthorization: binaryAuthorization(variables),
      deliveredBy: variables.delivered_by_service_account || undefined,
      kubernetesCredentials: variables.kubernetes_credentials,
      redis: redis(redisPlace(variables), variables),
      earlierRedis: earlierRedis(variables),
      secretRotationPeriod: variables.secret_rotation_period,
      newestSecrets: variables.secret_versions === "newest",
      deployApplication: variables.deploy_application,
      immutable: immutable(variables),
      follows: upgrades(variables),
      claims: cloudClaims(environment, variables),
      auditLogs: variables.enable_audit_logging
        ? { impersonateServiceAccount: variables.impersonation_service_account || undefined }
        : undefined,
      release: releaseSettings(application.version, variables, {
        namespace: namespaceOf(variables, installation),
        api: `${isStateful(variables) ? "statefulset" : "deployment"}/${application.name}-api`,
      }),
      monitoring: monitoring(variables),
      perimeter: perimeter(variables),
    });
    new Outputs(stack, "outputs", { variables, installation, services, application, app });
    return stack;
  }
}

function createStack(
  scope: Construct,
  id: string,
  variables: Variables,
  installation: Installation,
): InstallationStack {
  const stack = new InstallationStack(scope, id, {
    type: variables.state_backend || undefined,
    bucket: variables.state_bucket || undefined,
    prefix: variables.state_prefix || undefined,
  });
  googleProvider(stack, {
    projectId: installation.projectId,
    region: installation.region,
    labels: installation.labels,
    impersonateServiceAccount: variables.impersonation_service_account || undefined,
    quotaProject: variables.quota_project === "none" ? undefined : variables.quota_project || installation.projectId,
  });
  return stack;
}

/** @returns where Redis is, unless it is the one on a file server that is created here, or the application's own */
function redis(
  place: RedisPlace,
  v: Pick<Variables, "redis_host" | "nfs_instance_name" | "redis_port">,
): AppGkeProps["redis"] {
  if (place === "memorystore") return { port: MEMORYSTORE_PORT, memorystore: true };
  if (place === "external") return { host: v.redis_host, port: v.redis_port };
  if (place === "kubeblocks") return undefined;
  return v.nfs_instance_name === "" ? undefined : { port: v.redis_port };
}

function earlierRedis(v: Variables): AppGkeProps["earlierRedis"] {
  const place = earlierRedisPlace(v);
  if (place === "kubeblocks") return { part: REDIS_PART };
  return place && (redis(place, v) ?? { port: "6379" });
}

/** Versions of PostgreSQL that Google upgrades to the one in `database_type`. Without a version there it is 15, and is not upgraded. */
function upgrades({ database_type: type }: Pick<Variables, "database_type">): Record<string, readonly string[]> {
  const major = Number(/^POSTGRES_(\d+)$/.exec(type)?.[1] ?? 0);
  if (major === 0) return {};
  const older = DATABASE_VERSIONS.filter((version) => Number(version.slice("POSTGRES_".length)) < major);
  return { database_type: [...(major >= 15 ? ["POSTGRES"] : []), ...older] };
}

/** Variables that everything is named after. */
function immutable(variables: Variables): Record<string, string> {
  // The reference does not mark these as immutable, but changing them would replace the database instance or the file
  // server's disk.
  const { project_id, region, sql_instance_base_name, nfs_instance_base_name, nfs_instance_zone } = variables;
  const { deployment_id } = variables;
  const documented = definitions
    .filter((definition) => definition.immutable)
    .map(({ name }): [string, string] => [
      name,
      JSON.stringify(variables[name as keyof Variables]).replace(/^"|"$/g, ""),
    ]);
  return {
    project_id,
    region,
    sql_instance_base_name,
    nfs_instance_base_name,
    nfs_instance_zone,
    // Environments that never had one remember none.
    ...(deployment_id === "" ? {} : { deployment_id }),
    ...Object.fromEntries(documented),
  };
}

function operatorsStack(environment: string): string {
  return `dify-${environment}-operators`;
}
