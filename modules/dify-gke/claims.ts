import { isIPv4 } from "node:net";
import { networkProject, type RedisServer } from "../app-gke/google/shared-services";
import { databasesOf, REDIS_DATABASES, rotationUsers, secretNames } from "../dify-common";
import { keepsImages } from "./build";
import { firstRedisDatabase } from "./redis-databases";
import type { Environment } from "./environment";
import { hasGateway } from "./front-door";
import { installationOf } from "./installation";
import type { ClaimKind } from "./rules/claims";
import { redisPlace } from "./redis-place";
import { sharedServices } from "./shared-services";
import { namespaceOf } from "./stage-places";
import { type LocatedStage, locateStages } from "./stages";
import type { VariableName, Variables } from "./variables";

/** Something that an environment takes for itself and that no other environment may have. */
export interface Claim {
  readonly kind: ClaimKind;
  /** What it is part of, for a message: `Cloud SQL instance data`. */
  readonly of: string;
  /** The thing itself: `database dify_db`. */
  readonly what: string;
  /** The same key in two environments means the same thing. */
  readonly key: string;
  /** If it is a database: its name, and the secret with its user's password. @default - it is none */
  readonly database?: { readonly name: string; readonly passwordSecret: string };
  /** If it is a database user: likewise. @default - it is none */
  readonly user?: {
    readonly name: string;
    readonly passwordSecret: string;
    /** Whether an apply may have made it before it was noted. @default false */
    readonly later?: boolean;
  };
  /** Its place, if the key does not say it: in another place it may be something else. @default - there is only one */
  readonly place?: string;
  /** Variables that determine it; a problem is shown at the first one that the file sets. */
  readonly variables: readonly [VariableName, ...VariableName[]];
}

/** What claims are computed from, for an environment or for a stage of its own. */
interface Facts {
  readonly variables: Variables;
  readonly services: ReturnType<typeof sharedServices>;
  readonly installation: ReturnType<typeof installationOf>;
  /** Stages with their own data. */
  readonly stages: readonly LocatedStage[];
}

/** @returns everything that an environment takes for itself under a name that another one could have as well */
export function claimsOf({ name, variables }: Pick<Environment, "name" | "variables">): Claim[] {
  const installation = installationOf(name, variables);
  const staged = variables.enable_cicd_trigger && variables.enable_cloud_deploy;
  const facts: Facts = {
    variables,
    installation,
    services: sharedServices(variables, installation),
    stages: staged ? locateStages(name, variables, new Map()).filter(({ type }) => type === "own") : [],
  };
  return [
    ...names(facts),
    ...redis(facts),
    ...databases(facts),
    ...namespaces(facts),
    ...frontDoors(facts),
    ...deliveries(facts),
    ...networks(facts),
    ...perimeters(facts),
  ];
}

/** Only an environment with a `deployment_id` claims names: without one, its own name is a part of them. */
function names({ variables: v, installation: { projectId, resourcePrefix } }: Facts): Claim[] {
  if (v.deployment_id === "") return [];
  return [
    {
      kind: "names",
      of: `project ${projectId}`,
      what: `all names that begin with ${resourcePrefix}`,
      key: [projectId, resourcePrefix].join(" "),
      variables: ["deployment_id", "tenant_id", "application_name", "project_id"],
    },
  ];
}

function redis({ variables: v, services, installation, stages }: Facts): Claim[] {
  const { fileServer } = services;
  const { projectId } = installation;
  const place = redisPlace(v);
  // One that is made here is named like nobody else's.
  if (place === "memorystore" || place === "kubeblocks" || (place === "file_server" && !fileServer)) return [];
  const prefix = (v.environment_variables["REDIS_KEY_PREFIX"] ?? "").trim();
  const databases = (server: string, of: string, first: number, place?: string): Claim[] =>
    Array.from({ length: REDIS_DATABASES }, (_, index) => ({
      kind: "redis",
      of,
      what: `database ${first + index}`,
      key: [server, first + index, prefix].join(" "),
      place,
      variables: ["redis_host", "nfs_instance_name", "redis_port", "redis_database"],
    }));
  const home = firstRedisDatabase(v);
  const shared = stages.filter((stage) => !stage.redis).map((stage) => stage.firstRedisDatabase ?? 0);
  if (place === "external") {
    const host = v.redis_host.toLowerCase();
    // In two networks, one address may belong to two servers.
    const place = isIPv4(host) ? `${networkProject(services, installation)} ${services.network.name}` : undefined;
    return [home, ...shared].flatMap((first) =>
      databases(`${host}:${v.redis_port}`, `Redis ${v.redis_host}:${v.redis_port}`, first, place),
    );
  }
  const { name, zone, create } = fileServer ?? { name: "", zone: "", create: false };
  const at = (port: string, first: number): Claim[] =>
    databases(`${projectId} ${zone} ${name}:${port}`, `the Redis of file server ${name}, port ${port}`, first);
  const servers = stages.flatMap(({ redis: server }): RedisServer[] => (server ? [server] : []));
  return [
    ...[home, ...shared].flatMap((first) => at(create ? "6379" : v.redis_port, first)),
    ...servers.flatMap(({ port, movedDatabases = [] }) => at(String(port), movedDatabases[0] ?? 0)),
  ];
}

function databases({ variables, services: { sql }, installation, stages }: Facts): Claim[] {
  if (!sql) return [];
  return [{ variables, installation }, ...stages].flatMap(({ variables: v, installation: { resourcePrefix } }) => {
    const claim = (what: string, first: "db_name" | "db_user"): Claim => ({
      kind: "database",
      of: `Cloud SQL instance ${sql.name}`,
      what,
      key: [installation.projectId, sql.name, what].join(" "),
      variables: [first, "sql_instance_name"],
    });
    const passwordSecret = `${resourcePrefix}-${secretNames.databasePassword}`;
    return [
      ...databasesOf(v.db_name).map((name) => ({
        ...claim(`database ${name}`, "db_name"),
        database: { name, passwordSecret },
      })),
      // One that others make is others' to keep apart.
      ...(secretNames.databasePassword in v.secret_store_values
        ? []
        : [{ ...claim(`user ${v.db_user}`, "db_user"), user: { name: v.db_user, passwordSecret } }]),
      ...Object.values(v.enable_auto_password_rotation ? rotationUsers(v.db_user) : {}).map((name) => ({
        ...claim(`user ${name}`, "db_user"),
        user: { name, passwordSecret: `${resourcePrefix}-${secretNames.databaseLogin}`, later: true },
      })),
    ];
  });
}

function namespaces({ variables, services: { cluster }, installation, stages }: Facts): Claim[] {
  const { projectId } = installation;
  const of = `cluster ${cluster.name}`;
  const place = [projectId, cluster.location, cluster.name];
  const names = [namespaceOf(variables, installation), ...stages.map(({ namespace }) => namespace)];
  return [
    ...names.map((name): Claim => ({
      kind: "namespace",
      of,
      what: `namespace ${name}`,
      key: [...place, name].join(" "),
      variables: ["namespace_name", "cloud_deploy_stages", "gke_cluster_name"],
    })),
    // https://cloud.google.com/kubernetes-engine/docs/concepts/multi-cluster-services
    ...(variables.enable_multi_cluster_service
      ? [
          {
            kind: "fleet" as const,
            of: `the fleet of project ${projectId}`,
            what: `the Service of ${variables.application_name} in namespace ${names[0] ?? ""}`,
            key: [projectId, names[0], variables.application_name].join(" "),
            variables: ["namespace_name", "enable_multi_cluster_service"] as const,
          },
        ]
      : []),
    ...(variables.enable_binary_authorization
      ? [
          {
            kind: "admission" as const,
            of,
            what: "the rule of the project's Binary Authorization policy",
            key: place.join(" "),
            variables: ["enable_binary_authorization", "gke_cluster_name"] as const,
          },
        ]
      : []),
  ];
}

function frontDoors({ variables: v, installation: { projectId, region } }: Facts): Claim[] {
  const claims: Claim[] = [];
  const gateway = hasGateway(v);
  if (v.enable_custom_domain) {
    for (const domain of v.application_domains) {
      const of = "the domains";
      claims.push({ kind: "domain", of, what: domain, key: domain.toLowerCase(), variables: ["application_domains"] });
    }
  }
  if (v.static_ip_name !== "" && (gateway || (v.service_type === "LoadBalancer" && v.reserve_static_ip))) {
    const place = gateway ? "global" : region;
    claims.push({
      kind: "address",
      of: `project ${projectId}`,
      what: `address ${v.static_ip_name}`,
      key: [projectId, place, v.static_ip_name].join(" "),
      variables: ["static_ip_name"],
    });
  }
  if (v.enable_cloud_armor && v.create_cloud_armor_policy) {
    claims.push({
      kind: "firewall",
      of: `project ${projectId}`,
      what: `Cloud Armor policy ${v.cloud_armor_policy_name}`,
      key: [projectId, v.cloud_armor_policy_name].join(" "),
      variables: ["cloud_armor_policy_name", "enable_cloud_armor"],
    });
  }
  return claims;
}

function deliveries({ variables: v, installation: { projectId, region } }: Facts): Claim[] {
  if (!keepsImages(v)) return [];
  const claim = (what: string, variable: VariableName): Claim => ({
    kind: "delivery",
    of: `project ${projectId} in ${region}`,
    what,
    key: [projectId, region, what].join(" "),
    variables: [variable],
  });
  const repository = v.container_build_config.artifact_repo_name;
  const trigger = v.enable_cicd_trigger ? v.cicd_trigger_config.trigger_name : undefined;
  const targets = v.enable_cloud_deploy ? v.cloud_deploy_stages.flatMap(({ target_name }) => target_name ?? []) : [];
  return [
    ...(repository === undefined ? [] : [claim(`image repository ${repository}`, "container_build_config")]),
    ...(trigger === undefined ? [] : [claim(`trigger ${trigger}`, "cicd_trigger_config")]),
    ...targets.map((target) => claim(`Cloud Deploy target ${target}`, "cloud_deploy_stages")),
  ];
}

function networks({ services, installation }: Facts): Claim[] {
  const { cluster, fileServer, network } = services;
  const place = networkProject(services, installation);
  const { create: ownSubnetwork = true, name } = network.subnetwork;
  const used = cluster.create || fileServer?.create === true;
  return [
    ...(network.createPrivateServicesAccess
      ? [
          {
            kind: "private-services" as const,
            of: `network ${network.name}`,
            what: "the connection to Google's services",
            key: [place, network.name].join(" "),
            variables: ["create_private_services_access", "network_name"] as const,
          },
        ]
      : []),
    ...(network.createNat === true && !ownSubnetwork && used
      ? [
          {
            kind: "nat" as const,
            of: `subnetwork ${name}`,
            what: "the NAT gateway",
            key: [place, installation.region, name].join(" "),
            variables: ["create_nat", "subnetwork_name"] as const,
          },
        ]
      : []),
  ];
}

function perimeters({ variables: v, installation: { projectId } }: Facts): Claim[] {
  if (!v.enable_vpc_sc) return [];
  return [
    {
      kind: "perimeter",
      of: `project ${projectId}`,
      what: "the service perimeter",
      key: projectId,
      variables: ["enable_vpc_sc"],
    },
  ];
}
