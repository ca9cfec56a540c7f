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

(hasTerraform ? test : test.skip)("a cluster that has the namespace or the operator of others is refused", () => {
  const { precondition: conditions } = namespace.lifecycle as { precondition: Condition[] };
  const [prefix = ""] = /dify-[\w-]+/.exec(conditions[0]?.condition.split("== ")[1] ?? "") ?? [];
  const cluster = (metadata: object, objects: object[]) => ({
    conditions,
    values: {
      "data.kubernetes_namespace_v1.operators_external_secrets_found.metadata": [metadata],
      "data.kubernetes_resources.operators_external_secrets_api.objects": objects,
    },
  });
  const own = { uid: "1", labels: { "app.kubernetes.io/instance": prefix } };
  const answers = evaluate(
    new Map([
      ["empty", cluster({ uid: "", labels: {} }, [])],
      ["own", cluster(own, [{}])],
      ["namespace", cluster({ uid: "1", labels: {} }, [])],
      ["operator", cluster({ uid: "", labels: {} }, [{}])],
    ]),
  );
  expect(answers.get("empty")).toEqual([]);
  expect(answers.get("own")).toEqual([]);
  expect(answers.get("namespace")?.join()).toContain("a namespace external-secrets that somebody else made");
  expect(answers.get("operator")?.join()).toContain("has an External Secrets Operator already");
});
