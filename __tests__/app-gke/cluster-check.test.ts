import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { DataResource, Testing, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { ClusterCheck } from "../../modules/app-gke/workload/cluster-check";

test("is the first thing of what is in the cluster, whenever that is added, and of what is named", () => {
  const stack = new TerraformStack(Testing.app(), "stack");
  const check = new ClusterCheck(stack, "check", {
    cluster: "shared",
    access: { host: "https://cluster", caCertificate: "PEM" },
    needed: [{ path: "/apis/one", otherwise: "it is not there" }],
    owner: "hello",
  });
  const named = new Construct(stack, "named");
  new DataResource(named, "data");
  const scope = new Construct(stack, "scope");
  check.before(scope, named);
  new NamespaceV1(scope, "late", { metadata: { name: "late" } });
  new DataResource(scope, "elsewhere");
  new NamespaceV1(stack, "outside", { metadata: { name: "outside" } });

  const { resource } = JSON.parse(Testing.synth(stack)) as {
    resource: Record<string, Record<string, { depends_on?: string[] }>>;
  };
  const waiting = Object.entries(resource).flatMap(([type, blocks]) =>
    Object.entries(blocks).flatMap(([id, { depends_on: before = [] }]) =>
      before.some((address) => address.includes("fitting")) ? [`${type}.${id}`] : [],
    ),
  );
  expect(waiting.map((address) => address.replace(/_[0-9A-F]{8}$/, "")).sort()).toEqual([
    "kubernetes_namespace_v1.scope_late",
    "terraform_data.named_data",
  ]);
});
