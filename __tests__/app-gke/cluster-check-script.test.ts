import { runAsApplied } from "../cluster-script";
import { type Answer, type Asked, PlayedApi } from "../played-api";

const LABEL = "app.kubernetes.io/instance";
const PATHS = {
  "Deployment dify-api": "/apis/apps/v1/namespaces/ai/deployments/dify-api",
  "Job dify-migration": "/apis/batch/v1/namespaces/ai/jobs/dify-migration",
  "Role dify-db-init": "/apis/rbac.authorization.k8s.io/v1/namespaces/ai/roles/dify-db-init",
};

/** What is at a path, with the label of who made it. */
class Cluster extends PlayedApi {
  readonly made = new Map<string, string | undefined>();

  protected override answer({ path }: Asked): Answer {
    if (!this.made.has(path)) return [404, { message: "not found" }];
    const owner = this.made.get(path);
    return [200, { metadata: owner === undefined ? {} : { labels: { [LABEL]: owner } } }];
  }
}

const cluster = new Cluster();
let host = "";
beforeAll(async () => {
  host = await cluster.listen();
});
afterAll(() => cluster.stop());
beforeEach(() => {
  cluster.made.clear();
});

async function fitting(needed: readonly { path: string; otherwise: string }[] = []): Promise<string> {
  const settings = {
    name: "gke",
    needed,
    free: PATHS,
    label: LABEL,
    value: "dify-1",
    taken: "Namespace ai has {} already.",
  };
  return (await runAsApplied("fitting", { host, settings })).said;
}

test("an empty namespace, and one with the deployment's own objects, are fine", async () => {
  expect(await fitting()).toBe("gke, fitting: nothing is in the way\n");
  for (const path of Object.values(PATHS)) cluster.made.set(path, "dify-1");
  expect(await fitting()).toBe("gke, fitting: nothing is in the way\n");
});

test("objects of others are named, with a label of theirs or without one", async () => {
  cluster.made.set(PATHS["Job dify-migration"], undefined);
  cluster.made.set(PATHS["Deployment dify-api"], "helm");
  cluster.made.set(PATHS["Role dify-db-init"], "dify-1");
  expect(await fitting()).toBe("gke, fitting: Namespace ai has Deployment dify-api, Job dify-migration already.\n");
});

test("what has to be there and is not is said, together with the rest", async () => {
  const path = "/apis/scheduling.k8s.io/v1/priorityclasses/batch";
  const needed = [{ path, otherwise: "There is no PriorityClass batch." }];
  cluster.made.set(PATHS["Deployment dify-api"], undefined);
  expect(await fitting(needed)).toBe(
    "gke, fitting: There is no PriorityClass batch.\nNamespace ai has Deployment dify-api already.\n",
  );
  cluster.made.clear();
  cluster.made.set(path, undefined);
  expect(await fitting(needed)).toContain("nothing is in the way");
});
