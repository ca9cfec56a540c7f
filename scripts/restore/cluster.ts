import type { container_v1 } from "googleapis/build/src/apis/container/v1";
import type { Variables } from "../../modules/dify-gke/variables";
import { Refusal } from "../acceptance/options";
import { statusOf } from "../google-apis/answers";
import type { Google } from "../google-apis/clients";
import type { Credentials } from "../google-apis/credentials";
import { controlPlaneAgent } from "./control-plane-agent";
import type { ClusterPlace } from "./place";

/** A cluster's API. Paths begin with `/api/v1/…` or `/apis/…`. */
export interface Cluster {
  /** @returns what is there; `undefined` if nothing is */
  readonly read: <T>(path: string) => Promise<T | undefined>;
  /** @returns whether it was made: something with this name may be there */
  readonly create: (path: string, object: object) => Promise<boolean>;
  /** A merge patch. */
  readonly change: (path: string, patch: object) => Promise<void>;
  /** Deletes an object with everything that belongs to it; does nothing if it is gone already. */
  readonly remove: (path: string) => Promise<void>;
}

/** @returns the API of an environment's cluster, with the account that Terraform uses @throws Refusal if there is no such cluster */
export async function connect(
  auth: Credentials,
  google: Google,
  { project, cluster }: Pick<ClusterPlace, "project" | "cluster">,
  endpoint: Variables["kubernetes_endpoint"],
  env: NodeJS.ProcessEnv,
): Promise<Cluster> {
  const name = `projects/${project}/locations/${cluster.location}/clusters/${cluster.name}`;
  const { data } = await google.container.projects.locations.clusters.get({ name }).catch((error: unknown) => {
    if (statusOf(error) === 404) throw new Refusal(`There is no cluster ${name}. Apply first.`);
    throw error;
  });
  const { root, ca } = controlPlane(data, endpoint);
  const agent = ca && controlPlaneAgent(ca, new URL(root).hostname, env);
  const send = async <T>(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: object): Promise<T> => {
    const asked = auth.request<T>({
      url: `${root}${path}`,
      method,
      ...(body && { body: JSON.stringify(body) }),
      headers: {
        accept: "application/json",
        ...(body && { "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json" }),
      },
      ...(agent && { agent }),
      timeout: 30_000,
      // A control plane that is resized or upgraded is away for moments.
      retryConfig: { retry: 4, httpMethodsToRetry: ["GET", "PATCH", "DELETE"] },
    });
    return (await asked.catch(inOwnWords)).data;
  };
  const unless = async <T>(status: number, answer: Promise<T>): Promise<T | undefined> => {
    try {
      return await answer;
    } catch (error) {
      if (statusOf(error) === status) return undefined;
      throw error;
    }
  };
  return {
    read: (path) => unless(404, send("GET", path)),
    create: async (path, object) => (await unless(409, send<object>("POST", path, object))) !== undefined,
    change: async (path, patch) => void (await send("PATCH", path, patch)),
    remove: async (path) => void (await unless(404, send("DELETE", `${path}?propagationPolicy=Background`))),
  };
}

/** @throws the error, with the words of Kubernetes, which Google's client only looks for where Google has them */
function inOwnWords(error: unknown): never {
  const said = (error as { readonly response?: { readonly data?: { readonly message?: unknown } } }).response?.data
    ?.message;
  if (error instanceof Error && typeof said === "string") error.message = said;
  throw error;
}

/** Where Terraform's provider goes, too: `modules/app-gke/platform/control-plane.ts`. */
function controlPlane(
  found: container_v1.Schema$Cluster,
  endpoint: Variables["kubernetes_endpoint"],
): { readonly root: string; readonly ca?: Buffer } {
  const { dnsEndpointConfig: dns, ipEndpointsConfig: ip } = found.controlPlaneEndpointsConfig ?? {};
  const closed = ip?.enabled === false || found.privateClusterConfig?.enablePrivateEndpoint === true;
  const byName = endpoint === "dns" || (endpoint === "auto" && closed && dns?.allowExternalTraffic === true);
  if (byName) return { root: `https://${dns?.endpoint ?? ""}` };
  return {
    root: `https://${found.endpoint ?? ""}`,
    ca: Buffer.from(found.masterAuth?.clusterCaCertificate ?? "", "base64"),
  };
}
