import { violations } from "../edge/crd-schema";
import { get, type Stack, synthesize } from "./synthesize";

const BOTH = { vector_store: "qdrant", data_services: { qdrant: "kubeblocks", postgresql: "kubeblocks" } };
const { application, operators } = synthesize({
  ...BOTH,
  kubeblocks_backups: true,
  backup_schedule: "30 1 * * *",
  backup_retention_days: 14,
  enable_network_segmentation: true,
  install_operators: ["kubeblocks"],
});
const without = synthesize({ ...BOTH, install_operators: ["kubeblocks"] });
type Manifest = { apiVersion: string; kind: string; metadata: { name: string }; spec: Record<string, unknown> };
const manifest = ({ resource }: Stack, id: string): Manifest =>
  get<Manifest>(resource["kubernetes_manifest"]?.[`app_workload_${id}`], "manifest");

describe("KubeBlocks' own backups", () => {
  test("are written on the schedule of backups, by the addon's method, to a repository of this environment's own", () => {
    const repository = manifest(application, "data_backups_repository");
    for (const [id, method] of Object.entries({ postgresql: "pg-basebackup", qdrant: "datafile" })) {
      const cluster = manifest(application, `${id}_cluster`);
      expect(violations(cluster)).toEqual([]);
      expect(cluster.spec["backup"]).toEqual({
        ...{ enabled: true, method, repoName: repository.metadata.name },
        ...{ cronExpression: "30 1 * * *", retentionPeriod: "14d" },
        ...{ incrementalBackupEnabled: false, pitrEnabled: false },
      });
      // Only the operator deletes copies, and a namespace that has one is never gone.
      expect(cluster.spec["terminationPolicy"]).toBe("WipeOut");
      expect(manifest(without.application, `${id}_cluster`).spec).not.toHaveProperty("backup");
      expect(manifest(without.application, `${id}_cluster`).spec["terminationPolicy"]).toBe("Delete");
    }
  });

  test("are in the bucket of backups, in a folder of their own, without a key", () => {
    const provider = manifest(application, "data_backups_provider");
    const repository = manifest(application, "data_backups_repository");
    expect([...violations(provider), ...violations(repository)]).toEqual([]);
    expect(provider.spec["datasafedConfigTemplate"]).toContain("env_auth = true");
    expect(repository.spec).toEqual({
      storageProviderRef: provider.metadata.name,
      accessMethod: "Tool",
      pvReclaimPolicy: "Retain",
      pathPrefix: "kubeblocks",
      config: { bucket: "${google_storage_bucket.app_backups_bucket.name}" },
    });
    // Kinds of a whole cluster: another environment there has another name.
    const other = synthesize({ ...BOTH, kubeblocks_backups: true, namespace_name: "other" }).application;
    expect(manifest(other, "data_backups_repository").metadata.name).not.toBe(repository.metadata.name);
  });

  test("may touch that folder alone; in the operator's namespace, the file alone by which it tries the repository", () => {
    const grant = (who: string): { member: string; expression: string } => {
      const member = application.resource["google_storage_bucket_iam_member"]?.[`app_data_backup_access_${who}`];
      return { member: get(member, "member"), expression: get<string>(member, "condition.expression") };
    };
    const objects = "projects/_/buckets/${google_storage_bucket.app_backups_bucket.name}/objects/kubeblocks/";
    const worker = grant("worker");
    const namespace = manifest(application, "data_backups_repository").metadata.name.replace(/-dify$/, "");
    expect(worker.member).toMatch(new RegExp(`/subject/ns/${namespace}/sa/kubeblocks-dataprotection-worker$`));
    expect(worker.expression).toBe(
      `resource.name.startsWith("${objects}") || ` +
        'api.getAttribute("storage.googleapis.com/objectListPrefix", "").startsWith("kubeblocks/")',
    );
    const trial = grant("trial");
    expect(trial.member).toMatch(/\/subject\/ns\/kb-system\/sa\/kubeblocks-dataprotection-worker$/);
    expect(trial.expression).toBe(`resource.name == "${objects}precheck.txt"`);
  });

  test("wait for rights that count, and databases wait for a repository that was tried", () => {
    const before = (type: string, id: string): string[] => get(application.resource[type]?.[id], "depends_on");
    expect(before("terraform_data", "app_data_backup_access_counted")).toEqual([
      "google_storage_bucket_iam_member.app_data_backup_access_worker",
      "google_storage_bucket_iam_member.app_data_backup_access_trial",
    ]);
    expect(before("kubernetes_manifest", "app_workload_data_backups_provider")).toContain(
      "terraform_data.app_data_backup_access_counted",
    );
    expect(before("kubernetes_manifest", "app_workload_qdrant_cluster")).toEqual(
      expect.arrayContaining([
        "terraform_data.app_workload_data_backups_tried",
        "terraform_data.app_workload_data_backups_unused",
      ]),
    );
  });

  test("are let through policies: pods that copy to databases and Google, pods that delete to Google", () => {
    const policies = application.resource["kubernetes_network_policy_v1"];
    const ingress = JSON.stringify(get(policies?.["app_workload_network_qdrant"], "spec.ingress"));
    expect(ingress).toContain('"key":"dataprotection.kubeblocks.io/backup-name"');
    expect(
      JSON.stringify(
        get(
          without.application.resource["kubernetes_network_policy_v1"]?.["app_workload_network_qdrant"],
          "spec.ingress",
        ),
      ),
    ).not.toContain("backup-name");
    for (const what of ["backups", "restores", "deletions"]) {
      const policy = policies?.[`app_workload_data_backups_${what}`];
      expect(get(policy, "spec.policy_types")).toEqual(["Ingress", "Egress"]);
      expect(JSON.stringify(get(policy, "spec.egress"))).toContain("169.254.169.252/32");
      expect(JSON.stringify(get(policy, "spec.egress")).includes('"app.kubernetes.io/managed-by":"kubeblocks"')).toBe(
        what !== "deletions",
      );
    }
    // In a namespace of others, they would hold the pods of others.
    for (const given of [{}, { enable_network_segmentation: true, namespace_name: "team", namespace_exists: true }]) {
      const open = synthesize({ ...BOTH, kubeblocks_backups: true, ...given }).application;
      const ids = Object.keys(open.resource["kubernetes_network_policy_v1"] ?? {});
      expect(ids.filter((id) => id.startsWith("app_workload_data_backups"))).toEqual([]);
    }
  });

  test("need the operator's half for them, which is installed for nobody else", () => {
    const enabled = (stack: Stack | undefined): unknown => {
      const release = stack?.resource["helm_release"]?.["operators_kubeblocks_release"];
      return get(JSON.parse(get<[string]>(release, "values")[0]), "dataProtection");
    };
    expect(enabled(operators)).toEqual({ enabled: true });
    expect(enabled(without.operators)).toEqual({ enabled: false });
  });

  test("that are not asked for any more are looked for, before what deletes them goes", () => {
    const removed = (without.application as unknown as { removed: object[] }).removed as {
      from: string;
      provisioner?: object[];
    }[];
    const found = removed.find(({ from }) => from === "terraform_data.app_workload_data_backups_unused");
    expect(JSON.stringify(found)).toContain('"BACKUPS_ACTION":"unused"');
    expect(get(application.resource["terraform_data"]?.["app_workload_data_backups_unused"], "input.clusters")).toEqual(
      // Also of those that were restored, and of the first one where another one is used.
      ["dify-postgresql", "dify-qdrant"].flatMap((first) => [
        first,
        ...Array.from({ length: 9 }, (_, index) => `${first}-r${index + 1}`),
      ]),
    );
  });
});
