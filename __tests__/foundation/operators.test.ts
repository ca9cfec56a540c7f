import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { projectFile } from "../../modules/app-gke/terraform/project-file";
import { type Answer, type Asked, PlayedApi } from "../played-api";
import { tools } from "../services/require";
import { evaluate, hasTerraform } from "../terraform/evaluate";
import type { Condition } from "../terraform/evaluate";
import { synth } from "../terraform/synth";

const { application, foundation, operators } = synth({ install_operators: ["external-secrets"] });
const providers = (stack: typeof operators): string[] => Object.keys(stack?.terraform.required_providers ?? {}).sort();
const { namespace = {}, release = {} } = {
  namespace: Object.values(operators?.resource.kubernetes_namespace_v1 ?? {})[0],
  release: Object.values(operators?.resource.helm_release ?? {})[0],
};

test("only the stack of operators has the Helm provider, and it is there only where it is asked for", () => {
  expect(synth().operators).toBeUndefined();
  expect(providers(operators)).toEqual(["google", "helm", "kubernetes"]);
  expect(application).toEqual(synth().application);
  expect(foundation).toEqual(synth().foundation);
});

test("the chart is pinned, waits until all of it is ready, and is kept as what it defines is others' as well", () => {
  expect(release).toMatchObject({
    chart: "external-secrets",
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
    namespace: expect.stringContaining("kubernetes_namespace_v1.operators_external_secrets_namespace") as string,
    ...{ wait: true, atomic: true, create_namespace: false },
    lifecycle: { prevent_destroy: true },
  });
  const [values = ""] = release.values as string[];
  const { certController, webhook, ...own } = JSON.parse(values) as Record<string, { resources: object }>;
  for (const pods of [own, webhook, certController])
    expect(pods?.resources).toMatchObject({ requests: { cpu: expect.stringMatching(/m$/) as string } });
});

test("no secret is in it: tokens are ephemeral", () => {
  expect(operators?.provider.helm).toMatchObject([
    { kubernetes: { token: "${ephemeral.google_client_config.operators_helm_client.access_token}" } },
  ]);
});

(hasTerraform ? test : test.skip)("a cluster that has the namespace of others is refused by a plan", () => {
  const { precondition: conditions } = namespace.lifecycle as { precondition: Condition[] };
  const [prefix = ""] = /dify-[\w-]+/.exec(conditions[0]?.condition.split("== ")[1] ?? "") ?? [];
  const cluster = (metadata: object) => ({
    conditions,
    values: { "data.kubernetes_namespace_v1.operators_external_secrets_found.metadata": [metadata] },
  });
  const answers = evaluate(
    new Map([
      ["empty", cluster({ uid: "", labels: {} })],
      ["own", cluster({ uid: "1", labels: { "app.kubernetes.io/instance": prefix } })],
      ["namespace", cluster({ uid: "1", labels: {} })],
    ]),
  );
  expect(answers.get("empty")).toEqual([]);
  expect(answers.get("own")).toEqual([]);
  expect(answers.get("namespace")?.join()).toContain("a namespace external-secrets that somebody else made");
});

/** Serves the operator's kinds, or does not. */
class Cluster extends PlayedApi {
  serves = true;

  protected override answer({ path }: Asked): Answer {
    const there = this.serves && path === "/apis/external-secrets.io";
    return there ? [200, { kind: "APIGroup" }] : [404, { message: "not found" }];
  }
}

test("a cluster that has the operator already is refused before anything is made", async () => {
  const alone = operators?.resource.terraform_data?.operators_external_secrets_alone;
  expect(namespace.depends_on).toEqual(["terraform_data.operators_external_secrets_alone"]);
  const [{ "local-exec": provisioner }] = alone?.provisioner as [
    { "local-exec": { command: string; environment: Record<string, string>; interpreter: string[] } },
  ];
  const cluster = new Cluster();
  const environment = {
    ...provisioner.environment,
    CLUSTER_API: projectFile("scripts/kubernetes/cluster_api.py"),
    CLUSTER_SCRIPT: projectFile("scripts/kubernetes/cluster_check.py"),
    CLUSTER_SETTINGS: JSON.stringify(alone?.input),
    CLUSTER_HOST: await cluster.listen(),
    CLUSTER_CA: "",
    PATH: process.env.PATH,
  };
  const check = () =>
    promisify(execFile)(tools.python.command, ["-S", ...provisioner.interpreter.slice(1), provisioner.command], {
      env: environment,
    });
  await expect(check()).rejects.toThrow("has an External Secrets Operator already");
  cluster.serves = false;
  await expect(check()).resolves.toMatchObject({ stdout: "external-secrets, absent: it is not there\n" });
  await cluster.stop();
});
