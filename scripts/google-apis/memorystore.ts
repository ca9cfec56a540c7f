import type { redis_v1 } from "googleapis/build/src/apis/redis/v1";
import {
  type FoundNetwork,
  isIn,
  networkOf,
  type NetworkWanted,
  said,
  wantedNetwork,
} from "../../modules/app-gke/google/in-network";
import type { Requirement } from "../../modules/app-gke/google/requirement";
import { statusOf } from "./answers";
import type { Google, ValkeyInstance } from "./clients";

/** What is known of a Redis or Valkey of Memorystore's. */
export interface FoundRedis extends FoundNetwork {
  readonly name: string;
  readonly location: string;
  readonly state: string;
  /** Address. @default - it has none */
  readonly host?: string;
  readonly port: number;
  readonly tls: boolean;
  /** PEM of the authorities that signed its certificate. @default - it has none, or it was not asked for */
  readonly certificates?: string;
  readonly signIn: "none" | "password" | "accounts";
  /** Whether keys are on several servers. */
  readonly sharded: boolean;
}

/** What the Redis is wanted for. */
export interface RedisWanted extends NetworkWanted {
  readonly name: string;
  readonly region: string;
}

/** `projects/p/locations/us-central1/instances/i` */
export function placeOf(name: string | null | undefined): { readonly name: string; readonly location: string } {
  const [, location = "", id = ""] = /locations\/([^/]+)\/[^/]+\/([^/]+)$/.exec(name ?? "") ?? [];
  return { name: id, location };
}

/** @see https://cloud.google.com/memorystore/docs/redis/reference/rest/v1/projects.locations.instances#Instance */
export function foundRedis(answer: redis_v1.Schema$Instance): FoundRedis {
  const certificates = (answer.serverCaCerts ?? []).map(({ cert }) => (cert ?? "").trim()).filter(Boolean);
  const tls = answer.transitEncryptionMode === "SERVER_AUTHENTICATION";
  return {
    ...placeOf(answer.name),
    ...networkOf(answer.authorizedNetwork),
    state: answer.state ?? "unknown",
    host: answer.host ?? undefined,
    port: answer.port ?? 6379,
    tls,
    certificates: tls && certificates.length > 0 ? `${certificates.join("\n")}\n` : undefined,
    signIn: answer.authEnabled ? "password" : "none",
    sharded: false,
  };
}

/** @see https://cloud.google.com/memorystore/docs/valkey/reference/rest/v1/projects.locations.instances */
export function foundValkey(answer: ValkeyInstance, certificates?: string): FoundRedis {
  const connection = answer.endpoints?.[0]?.connections?.[0]?.pscAutoConnection;
  return {
    ...placeOf(answer.name),
    ...networkOf(connection?.network),
    state: answer.state ?? "unknown",
    host: connection?.ipAddress,
    port: connection?.port ?? 6379,
    tls: answer.transitEncryptionMode === "SERVER_AUTHENTICATION",
    certificates,
    signIn: answer.authorizationMode === "IAM_AUTH" ? "accounts" : "none",
    sharded: answer.mode !== "CLUSTER_DISABLED",
  };
}

/** @returns PEM of the authorities that signed a Valkey's certificate; `undefined` if it has none, or Google does not tell */
export async function valkeyCertificates(
  { valkeyAuthority }: Pick<Google, "valkeyAuthority">,
  { name, transitEncryptionMode }: ValkeyInstance,
): Promise<string | undefined> {
  if (name === undefined || transitEncryptionMode !== "SERVER_AUTHENTICATION") return undefined;
  try {
    const { managedServerCa } = (await valkeyAuthority(name)).data;
    const all = (managedServerCa?.caCerts ?? []).flatMap(({ certificates = [] }) => certificates);
    return all.length > 0 ? `${all.map((one) => one.trim()).join("\n")}\n` : undefined;
  } catch (error) {
    // An account that may list instances may lack this one permission.
    if (statusOf(error) === 403 || statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** States in which one answers: https://cloud.google.com/memorystore/docs/redis/reference/rest/v1/projects.locations.instances#State */
const ANSWERS = ["READY", "ACTIVE", "UPDATING", "MAINTENANCE"];
const ONE_SERVER =
  "Set redis_host to a Memorystore for Redis, to a Valkey without cluster mode, or to another single server.";

/** @returns what a Redis of Memorystore's has to have for its address to stand in `redis_host` */
export function redisRequirements(wanted: RedisWanted): Requirement<FoundRedis>[] {
  const { name, region, networkName } = wanted;
  return [
    {
      id: "one-server",
      met: ({ sharded }) => !sharded,
      lack: () => "cluster mode",
      message: () => ({
        fact: `Redis ${name} is a cluster`,
        consequence: "Dify's queue needs all keys on one server and three databases, and a cluster has one for all",
        remedy: ONE_SERVER,
      }),
    },
    {
      id: "password",
      met: ({ signIn }) => signIn !== "accounts",
      lack: () => "lets in Google accounts only",
      message: () => ({
        fact: `Redis ${name} lets in Google accounts only`,
        consequence: "their tokens end after an hour, and Dify knows passwords only",
        remedy: ONE_SERVER,
      }),
    },
    {
      id: "state",
      met: ({ state }) => ANSWERS.includes(state),
      lack: ({ state }) => `its state is ${state}`,
      shown: { expression: "", of: ({ state }) => state },
      message: (state) => ({
        fact: `Redis ${name} is in the state ${state}`,
        consequence: "workers would find no queue",
        remedy: "Wait until it is ready, or set redis_host to another one.",
      }),
    },
    {
      id: "region",
      met: ({ location }) => location === region,
      lack: ({ location }) => `in ${location}`,
      shown: { expression: "", of: ({ location }) => location },
      message: (location) => ({
        fact: `Redis ${name} is in ${location}, and region is ${region}`,
        consequence: "Memorystore answers to clients in its own region only",
        remedy: `Set redis_host to one in ${region}.`,
      }),
    },
    {
      id: "address",
      met: ({ host = "" }) => host !== "",
      lack: () => "no address",
      message: () => ({
        fact: `Redis ${name} has no address`,
        consequence: "no pod would reach it",
        remedy: "Give it an endpoint in the cluster's network, or set redis_host to another one.",
      }),
    },
    ...(networkName === undefined
      ? []
      : [
          {
            id: "network",
            met: (found: FoundRedis) => found.network === undefined || isIn(found, wanted),
            lack: (found: FoundRedis) => `in network ${said(found, wanted)}`,
            shown: { expression: "", of: (found: FoundRedis) => said(found, wanted) },
            message: (network: string) => ({
              fact: `Redis ${name} is in network ${network}, and network_name is ${wantedNetwork(wanted)}`,
              consequence: "no pod would reach it",
              remedy: `Set redis_host to one in ${wantedNetwork(wanted)}.`,
            }),
          },
        ]),
  ];
}
