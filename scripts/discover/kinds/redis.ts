import type { redis_v1 } from "googleapis/build/src/apis/redis/v1";
import { lastPart } from "../../google-apis/found";
import type { ValkeyInstance } from "../google";
import { type Candidate, facts, type Kind, type Lack, type Wanted } from "../kind";

const ONE_SERVER =
  "Set redis_host to a Memorystore for Redis, to a Valkey without cluster mode, or to another single server.";

/** `projects/p/locations/us-central1/instances/i` */
function placeOf(name: string | null | undefined): { readonly name: string; readonly location: string } {
  const [, location = "", id = ""] = /locations\/([^/]+)\/[^/]+\/([^/]+)$/.exec(name ?? "") ?? [];
  return { name: id, location };
}

interface Server {
  readonly name: string;
  readonly location: string;
  readonly network: string;
  readonly state: string;
  readonly host: string;
}

/** What any Redis of Google's has to have. */
function common({ name, location, network, state, host }: Server, { variables }: Wanted): readonly Lack[] {
  const { network_name: wanted, region } = variables;
  const ready = state === "READY" || state === "ACTIVE" || state === "UPDATING";
  return [
    ...(ready
      ? []
      : [
          {
            short: `its state is ${state}`,
            fact: `Redis ${name} is in the state ${state}`,
            consequence: "workers would find no queue",
            remedy: "Wait until it is ready, or set redis_host to another one.",
          },
        ]),
    ...(location === region
      ? []
      : [
          {
            short: `in ${location}`,
            fact: `Redis ${name} is in ${location}, and region is ${region}`,
            consequence: "Memorystore answers to clients of its own region only",
            remedy: `Set redis_host to one in ${region}.`,
          },
        ]),
    ...(wanted === "" || network === "" || network === wanted
      ? []
      : [
          {
            short: `in network ${network}`,
            fact: `Redis ${name} is in network ${network}, and network_name is ${wanted}`,
            consequence: "no pod would reach it",
            remedy: `Set redis_host to one in ${wanted}.`,
          },
        ]),
    ...(host === ""
      ? [
          {
            short: "no address",
            fact: `Redis ${name} has no address`,
            consequence: "no pod would reach it",
            remedy: "Give it an endpoint in the cluster's network, or set redis_host to another one.",
          },
        ]
      : []),
  ];
}

function cluster(name: string): Lack {
  return {
    short: "cluster mode",
    fact: `Redis ${name} is a cluster`,
    consequence: "Dify's queue needs all keys on one server, and its databases 0 to 2, which a cluster does not have",
    remedy: ONE_SERVER,
  };
}

export const memorystore: Kind = {
  id: "redis",
  title: "Memorystore for Redis",
  one: "Redis",
  variable: "redis_host",
  role: "roles/redis.viewer",
  read: async (reader) => (await reader.redis()).map((answer) => instance(answer, reader.where.project)),
};

/** @see https://cloud.google.com/memorystore/docs/redis/reference/rest/v1/projects.locations.instances#Instance */
function instance(answer: redis_v1.Schema$Instance, project: string): Candidate {
  const place = placeOf(answer.name);
  const { name, location } = place;
  const network = lastPart(answer.authorizedNetwork);
  const host = answer.host ?? "";
  const tls = answer.transitEncryptionMode === "SERVER_AUTHENTICATION";
  const policy = answer.redisConfigs?.["maxmemory-policy"];
  return {
    name,
    location,
    network,
    facts: facts(
      answer.redisVersion,
      answer.tier,
      answer.memorySizeGb ? `${answer.memorySizeGb} GB` : "",
      host && `${host}:${answer.port ?? 6379}`,
      tls && "TLS",
      answer.authEnabled ? "password" : "no password",
      policy?.startsWith("allkeys") && `${policy}: may drop tasks when it is full`,
    ),
    lacks: (wanted) => common({ ...place, network, host, state: answer.state ?? "" }, wanted),
    sets: ({ name: environment, variables }) => {
      const file = `${environment}-redis-ca.pem`;
      const certificates = (answer.serverCaCerts ?? []).map(({ cert = "" }) => `${(cert ?? "").trim()}\n`);
      const own = tls && certificates.length > 0;
      return {
        values: {
          redis_host: host,
          redis_port: String(answer.port ?? 6379),
          redis_tls: tls,
          ...(own ? { redis_ca_file: file } : {}),
        },
        notes: [
          ...(answer.authEnabled && variables.redis_password_secret === ""
            ? [
                `${name} has a password: put it into a secret and name that in redis_password_secret, or pass it at apply: export TF_VAR_redis_auth="$(gcloud redis instances get-auth-string ${name} --region=${location} --project=${project} --format='value(authString)')"`,
              ]
            : []),
          ...(own ? [`${file} has the certificates of ${name}: commit it with the variable file.`] : []),
          "Its databases 0 to 2 are used, or the three from redis_database on: no two environments may have the same.",
        ],
        ...(own ? { file: { name: file, text: certificates.join("") } } : {}),
      };
    },
  };
}

export const redisClusters: Kind = {
  id: "redis-clusters",
  title: "Memorystore for Redis Cluster",
  one: "Redis cluster",
  role: "roles/redis.viewer",
  read: async (reader) =>
    (await reader.redisClusters()).map((answer) => {
      const { name, location } = placeOf(answer.name);
      return {
        name,
        location,
        network: lastPart(answer.pscConfigs?.[0]?.network) || undefined,
        facts: facts(`${answer.shardCount ?? "?"} shards`, answer.state),
        lacks: () => [cluster(name)],
      };
    }),
};

export const valkey: Kind = {
  id: "valkey",
  title: "Memorystore for Valkey",
  one: "Valkey",
  variable: "redis_host",
  role: "roles/memorystore.viewer",
  read: async (reader) => (await reader.valkey()).map(valkeyInstance),
};

/** @see https://cloud.google.com/memorystore/docs/valkey/reference/rest/v1/projects.locations.instances */
function valkeyInstance(answer: ValkeyInstance): Candidate {
  const place = placeOf(answer.name);
  const { name } = place;
  const connection = answer.endpoints?.[0]?.connections?.[0]?.pscAutoConnection;
  const network = lastPart(connection?.network);
  const host = connection?.ipAddress ?? "";
  const tls = answer.transitEncryptionMode === "SERVER_AUTHENTICATION";
  const byAccount = answer.authorizationMode === "IAM_AUTH";
  return {
    ...place,
    network: network || undefined,
    facts: facts(
      answer.engineVersion,
      answer.mode === "CLUSTER_DISABLED" ? "one server" : "cluster",
      host && `${host}:${connection?.port ?? 6379}`,
      tls && "TLS",
    ),
    lacks: (wanted) => [
      ...common({ ...place, network, host, state: answer.state ?? "" }, wanted),
      ...(answer.mode === "CLUSTER_DISABLED" ? [] : [cluster(name)]),
      ...(byAccount
        ? [
            {
              short: "signs in with accounts",
              fact: `Valkey ${name} lets in Google accounts only`,
              consequence: "their tokens end after an hour, and Dify knows passwords only",
              remedy: ONE_SERVER,
            },
          ]
        : []),
    ],
    sets: () => ({
      values: { redis_host: host, redis_port: String(connection?.port ?? 6379), redis_tls: tls },
      notes: tls
        ? [
            `Put the certificates of ${name} into a file and name it in redis_ca_file: gcloud memorystore instances get-certificate-authority ${name} --location=${place.location}`,
          ]
        : [],
    }),
  };
}
