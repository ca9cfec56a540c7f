import { App } from "cdktf";
import { InstallationStack } from "../../modules/app-gke/terraform/stack";
import { multiplied } from "../../modules/app-gke/workload/container-limits";
import { VerticalAutoscaler } from "../../modules/app-gke/workload/vertical-autoscaler";
import { difyOf } from "../../modules/dify-gke/dify";
import { neededCapacity } from "../../modules/dify-gke/quota-needs";
import { type Given, variablesOf } from "../terraform/synth";

const VERTICAL: Given = { enable_vertical_pod_autoscaling: true, min_instance_count: 2, max_instance_count: 6 };
const SERVICES: Given = {
  additional_services: [
    { name: "tika", image: "apache/tika:2.9.2.1", port: 9998, min_instance_count: 1, max_instance_count: 3 },
    { name: "store", image: "example/store:1", port: 9000 },
  ],
};
const componentsOf = (given: Given) => difyOf(variablesOf({ ...given, ...SERVICES })).components;

test("what would have changing numbers has changing sizes, at the smallest number, and nothing has both", () => {
  const numbers = componentsOf({ ...VERTICAL, enable_vertical_pod_autoscaling: false });
  const sizes = componentsOf(VERTICAL);
  const scaled = numbers.flatMap(({ name, scaling }) => (scaling?.type === "automatic" ? [name] : []));
  expect(sizes.flatMap(({ name, vertical }) => (vertical ? [name] : []))).toEqual(scaled);
  expect(numbers.filter(({ vertical }) => vertical)).toEqual([]);
  expect(sizes.filter(({ scaling }) => scaling?.type === "automatic")).toEqual([]);
  expect(sizes.find(({ name }) => name === "api")?.scaling).toEqual({ type: "fixed", replicas: 2 });
  expect(sizes.find(({ name }) => name === "tika")?.scaling).toEqual({ type: "fixed", replicas: 1 });
});

test("a number that was chosen for a component stays, and its size follows", () => {
  const web = componentsOf({ ...VERTICAL, component_settings: { web: { replicas: 4 } } }).find(
    ({ name }) => name === "web",
  );
  expect(web).toMatchObject({ scaling: { type: "fixed", replicas: 4 }, vertical: { least: 1, most: 2 } });
});

test("a quota has room for what pods may become", () => {
  const [before, after] = [false, true].map((enable_vertical_pod_autoscaling) =>
    neededCapacity(variablesOf({ ...VERTICAL, max_instance_count: 2, enable_vertical_pod_autoscaling })),
  );
  expect(after?.cpu).toBeGreaterThan((before?.cpu ?? 0) * 1.5);
  expect(after?.pods).toBe(before?.pods);
});

test("sizes are multiplied in the steps that Autopilot takes", () => {
  expect(multiplied({ cpu: "250m", memory: "256Mi" }, 1)).toEqual({ cpu: "250m", memory: "256Mi" });
  expect(multiplied({ cpu: "500m", memory: "4Gi" }, 2)).toEqual({ cpu: "1250m", memory: "8192Mi" });
  expect(multiplied({ cpu: "50m", memory: "52Mi" }, 0.1)).toEqual({ cpu: "50m", memory: "52Mi" });
});

test("the cluster changes the application's containers within their bounds, and no others", () => {
  const stack = new InstallationStack(new App({ skipValidation: true }), "test");
  const container = (name: string) => ({
    name,
    image: "busybox:1.37",
    resources: { requests: { cpu: "1000m", memory: "2Gi", "ephemeral-storage": "1Gi" } },
  });
  new VerticalAutoscaler(stack, "vertical", {
    value: {
      name: "hello-web",
      namespace: "hello",
      labels: {},
      template: { spec: { containers: [container("cloud-sql-proxy"), container("web")] } },
    } as unknown as ConstructorParameters<typeof VerticalAutoscaler>[2]["value"],
    range: { least: 0.5, most: 2 },
    dependsOn: [],
  });
  const { resource } = stack.toTerraform() as { resource: { kubernetes_manifest: Record<string, object> } };
  expect(Object.values(resource.kubernetes_manifest)[0]).toMatchObject({
    manifest: {
      kind: "VerticalPodAutoscaler",
      spec: {
        targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "hello-web" },
        resourcePolicy: {
          containerPolicies: [
            {
              containerName: "web",
              minAllowed: { cpu: "500m", memory: "1024Mi" },
              maxAllowed: { cpu: "2000m", memory: "4096Mi" },
            },
            { containerName: "*", mode: "Off" },
          ],
        },
      },
    },
  });
});
