import { runClusterScript, type Said } from "../cluster-script";
import { type Answer, type Asked, PlayedApi } from "../played-api";

const APPS = "/apis/apps/v1/namespaces/dify";
const CORE = "/api/v1/namespaces/dify/persistentvolumeclaims";
const LABELS = { "app.kubernetes.io/component": "api" };

interface KubernetesObject {
  apiVersion?: string;
  kind?: string;
  metadata: { name: string; uid?: string; generation?: number; labels?: object };
  spec: Record<string, unknown> & { replicas?: number };
  status?: Record<string, unknown>;
}

/** An API server with what the script uses. */
class Cluster extends PlayedApi {
  readonly objects = new Map<string, KubernetesObject>();
  readonly writes: string[] = [];
  /** Methods and paths that are refused with a status, once each. */
  readonly refused = new Map<string, number>();
  /** Whether pods become ready. */
  healthy = true;
  private number = 0;

  put(path: string, spec: KubernetesObject["spec"]): KubernetesObject {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const uid = `uid-${(this.number += 1)}`;
    const object = { metadata: { name, uid, generation: 1, labels: LABELS }, spec, status: {} };
    this.objects.set(path, object);
    return object;
  }

  protected override answer({ method, path, query, body: given }: Asked): Answer {
    const body = (given ?? {}) as Record<string, unknown>;
    const refusal = this.refused.get(`${method} ${path}`);
    if (refusal !== undefined) {
      this.refused.delete(`${method} ${path}`);
      return [refusal, { message: "refused" }];
    }
    if (method === "GET" && query.size > 0) {
      const items = [...this.objects].filter(([key]) => key.startsWith(`${path}/`)).map(([, object]) => object);
      return [200, { items }];
    }
    const found = this.objects.get(path);
    if (method !== "GET") this.writes.push(`${method} ${path.slice(path.lastIndexOf("/namespaces/dify/") + 17)}`);
    if (method === "POST") {
      const { metadata, spec } = body as unknown as KubernetesObject;
      const made = this.put(`${path}/${metadata.name}`, spec);
      made.metadata.labels = metadata.labels;
      return [201, made];
    }
    if (!found) return [404, { message: "not found" }];
    if (method === "DELETE") {
      expect(body).toMatchObject({ preconditions: { uid: found.metadata.uid } });
      this.writes.push(String(body.propagationPolicy));
      this.objects.delete(path);
    } else if (method === "PATCH") {
      Object.assign(found.spec, (body as { spec: object }).spec);
    } else {
      const { replicas = 1 } = found.spec;
      found.status = { observedGeneration: 1, readyReplicas: this.healthy ? replicas : 0 };
    }
    return [200, found];
  }
}

const cluster = new Cluster();
let host = "";
beforeAll(async () => {
  host = await cluster.listen();
});
afterAll(() => cluster.stop());
beforeEach(() => {
  cluster.objects.clear();
  cluster.writes.length = 0;
  cluster.refused.clear();
  cluster.healthy = true;
});

async function run(action: string, settings: object): Promise<Said> {
  return runClusterScript({
    file: "stateful_set.py",
    action,
    host,
    settings: { namespace: "dify", name: "dify-api", ...settings },
  });
}

const claim = (storage: string) => ({ resources: { requests: { storage } } });
const template = (storage: string) => ({
  metadata: { name: "data", labels: LABELS },
  spec: { accessModes: ["ReadWriteOnce"], storageClassName: "standard-rwo", ...claim(storage) },
});
const shape = (storage: string, podManagementPolicy = "OrderedReady") => ({
  selector: "app.kubernetes.io/component=api",
  podManagementPolicy,
  volumeClaimTemplates: [template(storage)],
});

/** A StatefulSet that an autoscaler has made larger, with its claims, one that has grown by hand and one of somebody else. */
function filled(): void {
  cluster.put(`${APPS}/statefulsets/dify-api`, {
    replicas: 5,
    serviceName: "dify-api-pods",
    template: { spec: "pods" },
    podManagementPolicy: "OrderedReady",
    volumeClaimTemplates: [template("10Gi")],
  });
  for (const [name, size] of Object.entries({
    "data-dify-api-0": "10Gi",
    "data-dify-api-1": "10240Mi",
    "data-dify-api-2": "1Ti",
    "other-dify-api-0": "1Gi",
  }))
    cluster.put(`${CORE}/${name}`, claim(size));
}

test("claims grow, and the StatefulSet is made again around its pods, with as many of them", async () => {
  filled();
  expect(await run("reshape", shape("20Gi", "Parallel"))).toMatchObject({ code: 0 });
  expect(cluster.writes).toEqual([
    "PATCH persistentvolumeclaims/data-dify-api-0",
    "PATCH persistentvolumeclaims/data-dify-api-1",
    "DELETE statefulsets/dify-api",
    "Orphan",
    "POST statefulsets",
  ]);
  expect(cluster.objects.get(`${APPS}/statefulsets/dify-api`)).toMatchObject({
    metadata: { labels: LABELS },
    spec: {
      replicas: 5,
      serviceName: "dify-api-pods",
      template: { spec: "pods" },
      podManagementPolicy: "Parallel",
      volumeClaimTemplates: [template("20Gi")],
    },
  });
  const sizes = ["0", "1", "2"].map((n) => cluster.objects.get(`${CORE}/data-dify-api-${n}`)?.spec);
  expect(sizes).toEqual(["20Gi", "20Gi", "1Ti"].map(claim));
  cluster.writes.length = 0;
  expect((await run("reshape", shape("20Gi", "Parallel"))).said).toContain("nothing to do");
  expect(cluster.writes).toEqual([]);
});

test("where nothing is, and where the server has written the same size in another way, nothing is written", async () => {
  await run("reshape", shape("20Gi"));
  filled();
  expect((await run("reshape", shape("10240Mi"))).said).toContain("nothing to do");
  expect(cluster.writes).toEqual([]);
});

test("a class whose disks cannot grow stops before anything is deleted", async () => {
  filled();
  cluster.refused.set(`PATCH ${CORE}/data-dify-api-0`, 403);
  expect(await run("reshape", shape("20Gi"))).toMatchObject({ code: 1 });
  expect(cluster.objects.has(`${APPS}/statefulsets/dify-api`)).toBe(true);
});

test("broken off after the deletion, the next run leaves the StatefulSet to Terraform", async () => {
  filled();
  cluster.refused.set(`POST ${APPS}/statefulsets`, 422);
  expect(await run("reshape", shape("20Gi"))).toMatchObject({ code: 1 });
  cluster.writes.length = 0;
  expect(await run("reshape", shape("20Gi"))).toMatchObject({ code: 0 });
  expect(cluster.writes).toEqual([]);
});

const over = (from: string, to: string) => ({ from, to, scaled: true, timeoutSeconds: 0 });

test.each([
  ["Deployment", "StatefulSet"],
  ["StatefulSet", "Deployment"],
])("a %s goes once the %s has as many ready pods, even if the server is busy", async (from, to) => {
  const path = (kind: string) => `${APPS}/${kind.toLowerCase()}s/dify-api`;
  cluster.put(path(from), { replicas: 4 });
  cluster.put(path(to), { replicas: 2 });
  cluster.refused.set(`GET ${path(to)}`, 503);
  expect(await run("hand-over", over(from, to))).toMatchObject({ code: 0 });
  const [now, before] = [to, from].map((kind) => `${kind.toLowerCase()}s/dify-api`);
  expect(cluster.writes).toEqual([`PATCH ${now}`, `DELETE ${before}`, "Background"]);
  expect(cluster.objects.get(path(to))?.spec.replicas).toBe(4);
  cluster.writes.length = 0;
  expect(await run("hand-over", over(from, to))).toMatchObject({ code: 0 });
  expect(cluster.writes).toEqual([]);
});

test("pods that do not become ready take nothing over", async () => {
  cluster.put(`${APPS}/deployments/dify-api`, { replicas: 2 });
  cluster.put(`${APPS}/statefulsets/dify-api`, { replicas: 2 });
  cluster.healthy = false;
  const { code, said } = await run("hand-over", over("Deployment", "StatefulSet"));
  expect(code).toBe(1);
  expect(said).toContain("not ready after 0 seconds, so the earlier ones stay");
  expect(cluster.writes).toEqual([]);
});
