import { createHash } from "node:crypto";
import { PlayedApi, type Answer, type Asked } from "../played-api";
import { runGoogleScript } from "../google-script";
import type { Result } from "../services/processes";
import { describeWith, tools } from "../services/require";
import { type Condition, evaluate, hasTerraform } from "../terraform/evaluate";
import { synth } from "../terraform/synth";

const BY_KUBEBLOCKS = { vector_store: "qdrant", data_services: { qdrant: "kubeblocks" } };
const { application, foundation, operators } = synth({ ...BY_KUBEBLOCKS, install_operators: ["kubeblocks"] });
const ID = "operators_kubeblocks";
const resource = (address: string): Record<string, unknown> => {
  const [type = "", name = ""] = address.split(".");
  return operators?.resource[type]?.[name] ?? {};
};
const releases = Object.values(operators?.resource.helm_release ?? {});

describe("KubeBlocks that install_operators installs", () => {
  test("is there only where it is asked for, and no other stack gets a provider or another resource by it", () => {
    const without = synth(BY_KUBEBLOCKS);
    expect(without.operators).toBeUndefined();
    expect(foundation).toEqual(without.foundation);
    expect(application.resource).toEqual(without.application.resource);
    expect(application.terraform.required_providers).toEqual(without.application.terraform.required_providers);
    expect(releases.map(({ chart }) => chart).sort()).toEqual(["kubeblocks", "qdrant"]);
  });

  test("comes after its kinds and before its addon, and whether somebody uses it is looked at before anything is destroyed", () => {
    const before = (address: string): unknown => resource(address).depends_on;
    expect(before(`terraform_data.${ID}_unused`)).toEqual([`helm_release.${ID}_qdrant`]);
    expect(before(`helm_release.${ID}_qdrant`)).toEqual([`helm_release.${ID}_release`]);
    expect(before(`helm_release.${ID}_release`)).toEqual([`terraform_data.${ID}_kinds_installed`]);
    expect(before(`terraform_data.${ID}_kinds_installed`)).toEqual([`terraform_data.${ID}_kinds`]);
    expect(before(`terraform_data.${ID}_kinds`)).toEqual([`kubernetes_namespace_v1.${ID}_namespace`]);
    // An upgrade replaces what is replaced with its kinds: nothing that takes them away.
    expect(resource(`terraform_data.${ID}_kinds`)).not.toHaveProperty("triggers_replace");
    expect(JSON.stringify(resource(`terraform_data.${ID}_kinds_installed`))).not.toContain('"when":"destroy"');
  });

  test("has pinned charts, and the values that Autopilot needs", () => {
    for (const release of releases)
      expect(release).toMatchObject({
        ...{ version: "1.0.2", wait: true, atomic: true, lifecycle: { prevent_destroy: true } },
        repository: "https://apecloud.github.io/helm-charts",
      });
    const [values = ""] = resource(`helm_release.${ID}_release`).values as string[];
    expect(JSON.parse(values)).toMatchObject({
      image: { registry: "docker.io" },
      autoInstalledAddons: [],
      addonController: { enabled: false },
      dataProtection: { enabled: false },
      storageClass: { create: false },
      featureGates: { ignorePodVerticalScaling: { enabled: true } },
    });
  });

  test("is where kubeblocks_namespace says, and in another namespace it is one that is taken away here", () => {
    const { operators: elsewhere } = synth({
      ...{ ...BY_KUBEBLOCKS, install_operators: ["kubeblocks"], kubeblocks_namespace: "databases" },
    });
    expect(elsewhere?.resource.kubernetes_namespace_v1?.[`${ID}_namespace`]).toMatchObject({
      metadata: { name: "databases" },
    });
    expect(elsewhere?.resource.terraform_data?.[`${ID}_unused`]).toMatchObject({
      input: { namespace: "databases", releases: ["kubeblocks", "kb-addon-qdrant"] },
      triggers_replace: { namespace: "databases" },
    });
  });

  test("is taken away by its scripts as well where another operator stays", () => {
    const other = synth({ install_operators: ["external-secrets"] }).operators as unknown as {
      removed: { from: string; provisioner: { "local-exec": { environment: Record<string, string> } }[] }[];
    };
    expect(
      other.removed.map(({ from, provisioner: [one] }) => [from, one?.["local-exec"].environment["OPERATORS_ACTION"]]),
    ).toEqual([
      [`terraform_data.${ID}_unused`, "unused"],
      [`terraform_data.${ID}_postgresql_unneeded`, "unneeded"],
      [`terraform_data.${ID}_redis_unneeded`, "unneeded"],
      [`terraform_data.${ID}_kinds`, "remove"],
    ]);
  });

  (hasTerraform ? test : test.skip)("an application whose operator is not installed yet names the stack", () => {
    const found = Object.values(application.data?.kubernetes_resources ?? {}).find(({ kind }) => kind === "Cluster");
    const { precondition: conditions } = found?.lifecycle as { precondition: Condition[] };
    const namespace = (uid: string) => ({
      conditions,
      values: { "data.kubernetes_namespace_v1.app_data_operator_namespace.metadata": [{ uid }] },
    });
    const answers = evaluate(
      new Map([
        ["there", namespace("1")],
        ["missing", namespace("")],
      ]),
    );
    expect(answers.get("there")).toEqual([]);
    expect(answers.get("missing")?.join()).toMatch(
      /has no namespace kb-system, .* Apply the stack dify-\w+-operators first/,
    );
  });
});

const FILES: Readonly<Record<string, string>> = {
  "databases.example.io_clusters": "kind: CustomResourceDefinition\nmetadata:\n  name: clusters.databases.example.io\n",
  "databases.example.io_versions": "kind: CustomResourceDefinition\nmetadata:\n  name: versions.databases.example.io\n",
};
const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const HELM = "meta.helm.sh/release";

/** A cluster that has kinds and objects, and the server that has their definitions. */
class Cluster extends PlayedApi {
  readonly definitions = new Map<string, string>();
  readonly changes: string[] = [];
  readonly clusters: object[] = [];
  spec: object = {};
  files = FILES;

  protected override answer({ body, method, path }: Asked): Answer {
    if (path.startsWith("/files/")) {
      const text = this.files[path.slice("/files/".length).replace(".yaml", "")];
      return text === undefined ? [404, "not found"] : [200, text];
    }
    if (path.startsWith(DEFINITIONS)) return this.definition(method, path.slice(DEFINITIONS.length + 1), body);
    const group = "/apis/databases.example.io";
    if (path === group && this.definitions.size > 0)
      return [
        200,
        { versions: ["v1", "v1beta1"].map((version) => ({ groupVersion: `databases.example.io/${version}` })) },
      ];
    if (path === `${group}/v1` || path === `${group}/v1beta1`)
      return [
        200,
        {
          resources: [
            { name: "clusters", kind: "Cluster", verbs: ["list"] },
            { name: "clusters/status", kind: "Cluster", verbs: ["get"] },
          ],
        },
      ];
    if (path.endsWith("/clusters"))
      return [200, { items: this.clusters.map((metadata) => ({ metadata, spec: this.spec })) }];
    return [404, { message: "not found" }];
  }

  private definition(method: string, name: string, body: unknown): Answer {
    const text = String(body);
    switch (method) {
      case "POST": {
        const made = /name: (\S+)/.exec(text)?.[1] ?? "";
        if (this.definitions.has(made)) return [409, { message: "already exists" }];
        this.definitions.set(made, text);
        this.changes.push(`POST ${made}`);
        return [201, {}];
      }
      case "PUT":
        if (!text.includes('\nmetadata:\n  resourceVersion: "7"\n')) return [422, { message: "must be specified" }];
        this.definitions.set(name, text);
        this.changes.push(`PUT ${name}`);
        return [200, {}];
      case "DELETE":
        this.changes.push(`DELETE ${name}`);
        return this.definitions.delete(name) ? [200, {}] : [404, { message: "not found" }];
      default:
        return this.definitions.has(name)
          ? [
              200,
              { metadata: { resourceVersion: "7" }, status: { conditions: [{ type: "Established", status: "True" }] } },
            ]
          : [404, { message: "not found" }];
    }
  }
}

describeWith([tools.python], "operator_kinds.py", () => {
  let cluster: Cluster;
  let host: string;

  beforeEach(async () => {
    cluster = new Cluster();
    host = await cluster.listen();
  });

  afterEach(async () => {
    await cluster.stop();
  });

  const act = (action: string): Promise<Result> =>
    runGoogleScript({
      ...{ file: "operator_kinds.py", prefix: "OPERATORS", action, address: host },
      settings: {
        ...{ host, ca: null, cluster: "shared", impersonate: "" },
        from: `${host}/files`,
        version: "1.0.2",
        sha256: createHash("sha256").update(Object.values(FILES).join("")).digest("hex"),
        kinds: Object.keys(FILES),
        ...{ addon: "redis", path: "/apis/databases.example.io/v1/clusters", field: "clusterDef", value: "redis" },
        ...{ groups: ["databases.example.io"], namespace: "kb-system", releases: ["kubeblocks", "kb-addon-qdrant"] },
      },
    });

  test("makes the kinds, and a second time replaces them as they may be others", async () => {
    expect(await act("install")).toMatchObject({
      code: 0,
      stdout: "Operator: 2 kinds of version 1.0.2 are installed\n",
    });
    expect(cluster.definitions.get("clusters.databases.example.io")).toBe(FILES["databases.example.io_clusters"]);
    cluster.changes.length = 0;
    expect((await act("install")).code).toBe(0);
    expect(cluster.changes).toEqual(["PUT clusters.databases.example.io", "PUT versions.databases.example.io"]);
  });

  test("changes nothing where what it fetches is not what is pinned, or is not there", async () => {
    cluster.files = { ...FILES, "databases.example.io_versions": "kind: Something\n" };
    const other = await act("install");
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(/is pinned: .* Nothing was changed/);
    cluster.files = {};
    const missing = await act("install");
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/cannot fetch .*_clusters\.yaml: Not Found\..* apply again/);
    expect(cluster.changes).toEqual([]);
  });

  test("stops a destroy while somebody has objects of them, once each, and not for what charts or an owner made", async () => {
    await act("install");
    const notes = (name: string) => ({ [`${HELM}-namespace`]: "kb-system", [`${HELM}-name`]: name });
    cluster.clusters.push(
      { name: "qdrant", annotations: notes("kb-addon-qdrant") },
      { name: "made-of-it", namespace: "dify", ownerReferences: [{ name: "dify-qdrant" }] },
    );
    expect(await act("unused")).toMatchObject({ code: 0, stdout: "Operator: nobody has objects of its kinds\n" });
    cluster.clusters.push(
      { name: "dify-qdrant", namespace: "dify" },
      { name: "redis", annotations: notes("kb-addon-redis") },
    );
    const refused = await act("unused");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /cluster shared has Cluster dify\/dify-qdrant, Cluster redis: .* Destroy the applications/,
    );
  });

  test("keeps an addon while somebody has an object that needs it, and asks nobody where the kinds are gone", async () => {
    cluster.clusters.push({ name: "dify-redis", namespace: "dify" });
    cluster.spec = { clusterDef: "qdrant" };
    expect(await act("unneeded")).toMatchObject({ code: 0, stdout: "Operator: nobody needs the addon redis\n" });
    cluster.spec = { clusterDef: "redis" };
    const refused = await act("unneeded");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /cluster shared has dify\/dify-redis by the addon redis: .* Nothing was deleted\. Apply/,
    );
  });

  test("deletes the kinds, also those that are gone already, after which nobody has any", async () => {
    await act("install");
    cluster.definitions.delete("versions.databases.example.io");
    expect(await act("remove")).toMatchObject({ code: 0, stdout: "Operator: 2 kinds are gone\n" });
    expect(cluster.definitions.size).toBe(0);
    expect((await act("unused")).code).toBe(0);
  });
});
