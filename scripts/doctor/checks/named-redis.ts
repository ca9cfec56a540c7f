import { networkWanted } from "../../../modules/dify-gke/shared-services";
import { isDisabled } from "../../google-apis/answers";
import {
  type FoundRedis,
  foundRedis,
  foundValkey,
  redisRequirements,
  valkeyCertificates,
} from "../../google-apis/memorystore";
import { compared } from "../compared";
import type { Finding } from "../finding";
import type { Subject } from "../subject";

/** A Redis of Memorystore's that `redis_host` has the address of; of any other nothing can be seen from here. */
export async function redis(subject: Subject): Promise<Finding[]> {
  const { redis_host: host, region } = subject.variables;
  if (host === "") return [];
  const found = (await servers(subject)).find((one) => one.host === host);
  if (!found) return [];
  const { name } = found;
  const requirements = redisRequirements({ name, region, ...networkWanted(subject.variables) });
  const findings = compared(requirements, found, `The Redis ${name} of redis_host fits.`);
  const differ = disagreements(subject, found);
  return differ.length > 0 ? [...findings.filter(({ level }) => level !== "good"), ...differ] : findings;
}

/** In the region: Memorystore answers to no other. */
async function servers({ variables, google }: Subject): Promise<readonly FoundRedis[]> {
  const parent = `projects/${variables.project_id}/locations/${variables.region}`;
  const [redis, valkey] = await Promise.all([
    ofApi(
      async () => (await google.redis.projects.locations.instances.list({ parent, pageSize: 1000 })).data.instances,
    ),
    ofApi(async () => (await google.valkey(parent, undefined)).data.instances),
  ]);
  const certificates = await Promise.all(valkey.map((one) => valkeyCertificates(google, one)));
  return [...redis.map(foundRedis), ...valkey.map((one, index) => foundValkey(one, certificates[index]))];
}

/** @returns what an API lists; nothing where the project does not use it */
async function ofApi<T>(list: () => Promise<readonly T[] | undefined>): Promise<readonly T[]> {
  try {
    return (await list()) ?? [];
  } catch (error) {
    if (isDisabled(error)) return [];
    throw error;
  }
}

/** @returns where the file says something else than is so */
function disagreements({ variables: v }: Subject, { name, port, tls, certificates }: FoundRedis): readonly Finding[] {
  const wrong = [
    ...(v.redis_port === String(port) ? [] : [["redis_port", `"${v.redis_port}"`, `"${port}"`] as const]),
    ...(v.redis_tls === tls ? [] : [["redis_tls", String(v.redis_tls), String(tls)] as const]),
    ...(tls && v.redis_tls && certificates !== undefined && v.redis_ca_file === ""
      ? [["redis_ca_file", "empty", "the file that npm run discover writes"] as const]
      : []),
  ];
  return wrong.map(([variable, said, is]) => ({
    level: "problem",
    fact: `${variable} is ${said}, and the Redis ${name} of redis_host has ${is}.`,
    consequence: "No process would connect to it: workers would find no queue.",
    remedy: `Set ${variable} to ${is}.`,
    help: `npm run discover -- <environment> --pick redis_host=${name}`,
  }));
}
