import { networkOf } from "../../../modules/app-gke/google/in-network";
import { networkWanted } from "../../../modules/dify-gke/shared-services";
import { type FoundRedis, foundRedis, foundValkey, placeOf, redisRequirements } from "../../google-apis/memorystore";
import { type Candidate, facts, type Kind, type Picked, unmet, type Wanted, type Word } from "../kind";

export const memorystore: Kind = {
  id: "redis",
  title: "Memorystore for Redis",
  one: "Redis",
  variable: "redis_host",
  role: "roles/redis.viewer",
  own: ({ memorystore: made }) => [made?.name],
  read: async (reader) =>
    (await reader.redis()).map((answer) => {
      const found = foundRedis(answer);
      const policy = answer.redisConfigs?.["maxmemory-policy"];
      return {
        ...candidate(found, [
          answer.redisVersion,
          answer.tier,
          answer.memorySizeGb ? `${answer.memorySizeGb} GB` : "",
          policy?.startsWith("allkeys") && `${policy}: may drop tasks when it is full`,
        ]),
        sets: (wanted) => sets(found, wanted, passwordOf(found, reader.where.project)),
      };
    }),
};

export const valkey: Kind = {
  id: "valkey",
  title: "Memorystore for Valkey",
  one: "Valkey",
  variable: "redis_host",
  role: "roles/memorystore.viewer",
  read: async (reader) =>
    Promise.all(
      (await reader.valkey()).map(async (answer) => {
        const found = foundValkey(answer, await reader.valkeyCertificates(answer));
        const { name, location, tls, certificates } = found;
        const authority = `Put the certificates of ${name} into a file next to the variable file, and name it in redis_ca_file: gcloud memorystore instances get-certificate-authority ${name} --location=${location} --project=${reader.where.project}`;
        return {
          ...candidate(found, [answer.engineVersion, !found.sharded && "one server"]),
          sets: (wanted) => sets(found, wanted, tls && certificates === undefined ? [authority] : []),
        };
      }),
    ),
};

export const redisClusters: Kind = {
  id: "redis-clusters",
  title: "Memorystore for Redis Cluster",
  one: "Redis cluster",
  role: "roles/redis.viewer",
  read: async (reader) =>
    (await reader.redisClusters()).map((answer) => {
      const found: FoundRedis = {
        ...placeOf(answer.name),
        ...networkOf(answer.pscConfigs?.[0]?.network),
        state: answer.state ?? "unknown",
        host: answer.discoveryEndpoints?.[0]?.address ?? undefined,
        port: answer.discoveryEndpoints?.[0]?.port ?? 6379,
        tls: answer.transitEncryptionMode === "TRANSIT_ENCRYPTION_MODE_SERVER_AUTHENTICATION",
        signIn: answer.authorizationMode === "AUTH_MODE_IAM_AUTH" ? "accounts" : "none",
        sharded: true,
      };
      return candidate(found, [`${answer.shardCount ?? "?"} shards`]);
    }),
};

function candidate(found: FoundRedis, more: readonly Word[]): Candidate {
  const { name, location, network, networkProject, host, port, tls, signIn } = found;
  const signsIn = { none: "no password", password: "password", accounts: "accounts" }[signIn];
  return {
    name,
    location,
    network,
    networkProject,
    facts: facts(...more, host && `${host}:${port}`, tls && "TLS", signsIn),
    lacks: ({ variables }) =>
      unmet(redisRequirements({ name, region: variables.region, ...networkWanted(variables) }), found),
  };
}

function passwordOf({ name, location, signIn }: FoundRedis, project: string): readonly string[] {
  return signIn === "password"
    ? [
        `${name} has a password: put it into a secret and name that in redis_password_secret, or pass it at apply: export TF_VAR_redis_auth="$(gcloud redis instances get-auth-string ${name} --region=${location} --project=${project} --format='value(authString)')"`,
      ]
    : [];
}

function sets(found: FoundRedis, { name: environment }: Wanted, notes: readonly string[]): Picked {
  const { name, host = "", port, tls, certificates } = found;
  const file = `${environment}-redis-ca.pem`;
  return {
    values: {
      redis_host: host,
      redis_port: String(port),
      redis_tls: tls,
      ...(certificates === undefined ? {} : { redis_ca_file: file }),
    },
    notes: [
      ...notes,
      ...(certificates === undefined
        ? []
        : [`${file} has the certificates of ${name}: commit it with the variable file.`]),
      "Its databases 0 to 2 are used, or the three from redis_database on: no two environments may have the same.",
    ],
    ...(certificates === undefined ? {} : { file: { name: file, text: certificates } }),
  };
}
