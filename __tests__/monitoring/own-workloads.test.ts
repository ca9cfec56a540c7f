import { chartSections } from "../../modules/app-gke/monitoring/dashboard-charts";
import { logAlerts } from "../../modules/app-gke/monitoring/log-alerts";
import { ofNamespaces } from "../../modules/app-gke/monitoring/log-filters";
import { jobNames, podNames } from "../../modules/app-gke/monitoring/own-workloads";
import { ownDisks, ownWorkloads } from "../../modules/app-gke/monitoring/workload-names";
import { standardAlerts } from "../../modules/app-gke/monitoring/standard-alerts";
import { metricsOf, type Watched, watchedFilter } from "../../modules/app-gke/monitoring/watched";
import { difyOf } from "../../modules/dify-gke/dify";
import { installationOf } from "../../modules/dify-gke/installation";
import { variablesOf } from "../terraform/synth";
import { logFilter } from "./log-filter";

const variables = variablesOf({ enable_component_metrics: true });
const application = difyOf(variables);
const own = ownWorkloads(installationOf("dev", variables), application);

const JOB = own.jobs[0] ?? "";

/** A namespace that others use too. */
const WATCHED: Watched = {
  cluster: { name: "shared", location: "us-central1" },
  namespaces: ["ai-team"],
  own,
  sharedVolume: "files",
  measured: metricsOf(application),
  errorLines: application.errorLines,
};

test.each([
  ["a pod", "dify-api-5d8f9c7b6d-x2x9z", true],
  ["a pod with a longer name", "dify-plugin-daemon-7c6b5d4f88-abcde", true],
  ["a migration's", `${JOB}-0a1b2c3d-x2x9z`, true],
  ["a task's of a job with several", `${JOB}-0a1b2c3d-1-x2x9z`, true],
  ["of another application", "other-api-5d8f9c7b6d-x2x9z", false],
  ["of another one whose name begins alike", "dify-api-two-5d8f9c7b6d-x2x9z", false],
  ["of another one whose name ends alike", "my-dify-api-5d8f9c7b6d-x2x9z", false],
])("in a namespace of others: %s", (_, pod_name, is) => {
  const labels = { cluster_name: "shared", location: "us-central1", namespace_name: "ai-team", pod_name };
  expect(new RegExp(`^(${podNames(own)})$`).test(pod_name)).toBe(is);
  expect(logFilter(ofNamespaces(WATCHED))({ resource: { type: "k8s_container", labels } })).toBe(is);
});

test.each([
  ["dify-postgresql-postgresql-1", true],
  ["dify-postgresql-r3-postgresql-0", true],
  ["dify-redis-redis-sentinel-2", true],
  ["dify-qdrant-qdrant-0", true],
  ["dify-qdrant-qdrant-x2x9z", false],
  ["other-qdrant-qdrant-0", false],
])("the disks that are watched are those of KubeBlocks' pods, too: %s", (pod, is) => {
  const given = variablesOf({
    vector_store: "qdrant",
    data_services: { postgresql: "kubeblocks", redis: "kubeblocks", qdrant: "kubeblocks" },
  });
  const { owners = [], volumes } = ownDisks(installationOf("dev", given), difyOf(given)) ?? {};
  expect(volumes).toEqual(["data"]);
  expect(new RegExp(`^(${owners.join("|")})-[0-9]+$`).test(pod)).toBe(is);
});

test("its alerts and charts look at this environment's pods and Deployments only", () => {
  const queries = [
    ...standardAlerts.flatMap((alert) => ("query" in alert ? (alert.query(WATCHED) ?? []) : [])),
    ...chartSections(WATCHED).flatMap(({ charts }) => charts.flatMap(({ lines }) => lines)),
  ];
  const selectors = queries.flatMap((query) => query.match(/\{[^}]*namespace[^}]*\}(?=\[|\)| )/g) ?? query);
  expect(selectors.length).toBeGreaterThan(20);
  for (const selector of selectors) expect(selector).toMatch(/(pod|pod_name|deployment)=~"\(?\(?dify-/);
  for (const resource of ["k8s_container", "k8s_pod", "prometheus_target"] as const) {
    expect(watchedFilter(resource, WATCHED)).toContain('= monitoring.regex.full_match("((dify-');
  }
});

test("its failed jobs are told apart from others'", () => {
  const alert = logAlerts.find(({ id }) => id === "job_failed");
  const filter = logFilter((alert && "entries" in alert && alert.entries.filter(WATCHED)) || "");
  const failed = (name: string) =>
    filter({
      logName: "projects/p/logs/events",
      resource: { type: "k8s_cluster", labels: { cluster_name: "shared", location: "us-central1" } },
      jsonPayload: { reason: "BackoffLimitExceeded", involvedObject: { kind: "Job", namespace: "ai-team", name } },
    });
  expect(new RegExp(`^${jobNames(own)}$`).test(`${JOB}-0a1b2c3d`)).toBe(true);
  expect(failed(`${JOB}-0a1b2c3d`)).toBe(true);
  expect(failed("other-migrate-0a1b2c3d")).toBe(false);
});
