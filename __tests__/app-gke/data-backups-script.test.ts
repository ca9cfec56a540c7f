import { type Answer, type Asked, PlayedApi } from "../played-api";
import { runClusterScript, type Said } from "../cluster-script";
import { runGoogleScript } from "../google-script";
import type { Result } from "../services/processes";
import { describeWith, tools } from "../services/require";

const API = "/apis/dataprotection.kubeblocks.io/v1alpha1";

/** A cluster with a repository, of which the operator reports one status after the other, and with copies. */
class Cluster extends PlayedApi {
  reports: (object | undefined)[] = [];
  backups: object[] | number = [];

  protected override answer({ method, path }: Asked): Answer {
    if (method === "GET" && path === `${API}/backuprepos/dify`) {
      const status = this.reports.length > 1 ? this.reports.shift() : this.reports[0];
      return [200, { metadata: { name: "dify" }, status }];
    }
    if (method === "GET" && path === `${API}/namespaces/dify/backups`)
      return typeof this.backups === "number" ? [this.backups, { message: "no" }] : [200, { items: this.backups }];
    return [500, { message: `${method} ${path}` }];
  }
}

describeWith([tools.python], "KubeBlocks' backups", () => {
  let cluster: Cluster;
  let host: string;

  beforeAll(async () => {
    cluster = new Cluster();
    host = await cluster.listen();
  });
  afterAll(() => cluster.stop());

  const tried = (reports: (object | undefined)[], timeoutSeconds = 20): Promise<Said> => {
    cluster.reports = reports;
    return runClusterScript({
      ...{ file: "data_cluster.py", action: "repository", host },
      settings: { name: "dify", timeoutSeconds },
    });
  };

  test("a repository is waited for until the operator has tried it", async () => {
    expect(await tried([undefined, { phase: "PreChecking" }, { phase: "Ready" }])).toMatchObject({ code: 0 });
  });

  test("one that cannot be written is said in the operator's words, with the way to try it again", async () => {
    const conditions = [{ type: "PreCheckPassed", status: "False", message: "Pre-check job failed\n\n403 Forbidden" }];
    const { code, said } = await tried([{ phase: "Failed", conditions }]);
    expect(code).toBe(1);
    expect(said).toMatch(
      /cannot write its backups: PreCheckPassed: Pre-check job failed 403 Forbidden\..*kubectl delete backuprepo dify/,
    );
  });

  test("an operator without its half for backups does not answer, which is said with its value", async () => {
    const { code, said } = await tried([undefined], 0);
    expect(code).toBe(1);
    expect(said).toContain("dataProtection.enabled=true");
    expect((await tried([{ phase: "PreChecking" }], 0)).said).toContain("has not tried its place for backups");
  });

  const destroyed = (backups: object[] | number): Promise<Result> => {
    cluster.backups = backups;
    return runGoogleScript({
      ...{ file: "data_backups.py", prefix: "BACKUPS", action: "unused", address: host },
      settings: { host, ca: null, impersonate: "", namespace: "dify", clusters: ["dify-redis"], repository: "dify" },
    });
  };

  test("what deletes copies goes only once there is none of this environment's", async () => {
    const others = { metadata: { name: "theirs", labels: { "app.kubernetes.io/instance": "their-redis" } } };
    expect(await destroyed([others])).toMatchObject({ code: 0, stdout: "Backups: there is no copy\n" });
    // Without the kinds there are no copies.
    expect((await destroyed(404)).code).toBe(0);
    const refused = await destroyed([
      others,
      { metadata: { name: "b", labels: { "app.kubernetes.io/instance": "dify-redis" } } },
      { metadata: { name: "a" }, status: { backupRepoName: "dify" } },
    ]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("KubeBlocks has the backups a, b in namespace dify:");
    expect(refused.stderr).toContain("kubectl -n dify delete backups.dataprotection.kubeblocks.io a b");
    expect(refused.stderr).not.toContain("theirs");
    const unknown = await destroyed(403);
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain("403");
  });
});
