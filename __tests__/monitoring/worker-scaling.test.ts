import { type Given, synth } from "../terraform/synth";

const BY_TASKS: Given = {
  worker_placement: "deployment",
  worker_scaling: "waiting_tasks",
  enable_component_metrics: true,
  worker_max_instance_count: 7,
};

interface Autoscaler {
  readonly spec: {
    readonly max_replicas: number;
    readonly metric: readonly { readonly type: string; readonly external?: object }[];
    readonly behavior?: object;
  };
}

const autoscaler = (given: Given, component: string): Autoscaler =>
  synth(given).application.resource.kubernetes_horizontal_pod_autoscaler_v2?.[
    `app_workload_${component}_autoscaler`
  ] as unknown as Autoscaler;

test("a worker is added for each so many tasks that wait as one does, and by CPU usage as before", () => {
  const { spec } = autoscaler(BY_TASKS, "worker");
  expect(spec.max_replicas).toBe(7);
  expect(spec.metric.map(({ type }) => type)).toEqual(["Resource", "External"]);
  const environment = synth(BY_TASKS).application.resource.kubernetes_config_map_v1?.[
    "app_workload_configuration_worker_environment"
  ]?.["data"] as Record<string, string>;
  expect(spec.metric[1]?.external).toEqual({
    metric: {
      name: "prometheus.googleapis.com|celery_queue_length|gauge",
      selector: [
        {
          match_labels: {
            "resource.labels.cluster": expect.stringMatching(/^dify-demo-/) as string,
            "resource.labels.location": "us-central1",
            "resource.labels.namespace": "${kubernetes_namespace_v1.app_workload_namespace.metadata[0].name}",
          },
        },
      ],
    },
    target: { type: "AverageValue", average_value: environment["CELERY_WORKER_AMOUNT"] },
  });
  expect(autoscaler(BY_TASKS, "api").spec.metric.map(({ type }) => type)).toEqual(["Resource"]);
});

test("an apply looks for the adapter first, where one is needed", () => {
  const { application } = synth(BY_TASKS);
  const check = "terraform_data.app_cluster_check_fitting";
  expect(application.resource.terraform_data?.app_cluster_check_fitting?.input).toMatchObject({
    needed: [
      {
        path: "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io",
        otherwise: expect.stringContaining("has no adapter for external metrics") as string,
      },
    ],
    free: {},
  });
  for (const [type, blocks] of Object.entries(application.resource))
    for (const { depends_on: before } of Object.values(blocks))
      if (type.startsWith("kubernetes_")) expect(before).toContain(check);
  expect(application.resource.google_secret_manager_secret?.app_claims_secret?.depends_on).toContain(check);
  const without = { ...BY_TASKS, worker_scaling: "cpu" };
  expect(synth(without).application.resource.terraform_data).not.toHaveProperty("app_cluster_check_fitting");
  expect(autoscaler(without, "worker").spec.metric.map(({ type }) => type)).toEqual(["Resource"]);
});
