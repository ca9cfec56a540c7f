import { type StackJson, synth } from "../terraform/synth";

interface Rule {
  readonly resources: readonly string[];
  readonly resource_names?: readonly string[];
  readonly verbs: readonly string[];
}

/** What each Role of a stack allows: `pods: list`; with `(named)` for certain objects alone. */
function allowed({ resource }: StackJson): Record<string, readonly string[]> {
  const roles = Object.entries((resource.kubernetes_role_v1 ?? {}) as Record<string, { readonly rule: Rule[] }>);
  return Object.fromEntries(
    roles.map(([address, { rule }]) => [
      address.replace(/^app_/, ""),
      rule
        .flatMap(({ resource_names: names, resources, verbs }) =>
          resources.map((one) => `${one}${names ? " (named)" : ""}: ${[...verbs].sort().join(" ")}`),
        )
        .sort(),
    ]),
  );
}

const PIPELINE = {
  enable_cicd_trigger: true,
  github_repository_url: "https://github.com/acme/dify",
  github_app_installation_id: "1",
};
const SQL = { enable_custom_sql_scripts: true, custom_sql_scripts_bucket: "sql", custom_sql_scripts_path: "once" };

const READ = "get list watch";

// The scripts that use them run against played servers, which refuse nothing for want of a right.
test("jobs may do what their scripts ask for, and nothing else", () => {
  const { application } = synth({
    ...{ enable_auto_password_rotation: true, secrets_delivery: "external-secrets", secret_versions: "newest" },
    ...SQL,
  });
  expect(allowed(application)).toEqual({
    // scripts/jobs/custom-sql.py
    workload_custom_sql_outcome_role: ["configmaps (named): patch"],
    // scripts/jobs/job-outcome.py
    workload_custom_sql_outcome_reader_role: ["configmaps (named): get patch", "jobs: get"],
    // scripts/jobs/rotate-login.py
    workload_login_login_rotation_role: ["deployments (named): get patch", "pods: list", "secrets (named): patch"],
    // scripts/jobs/restart-for-secrets.py
    workload_secret_restarts_secret_restarts_role: ["deployments (named): get patch", "secrets (named): get"],
  });
});

test("a pipeline that sets images may run jobs and set images", () => {
  expect(allowed(synth(PIPELINE).application)).toEqual({
    workload_deployer_role: [
      "cronjobs: get",
      "deployments: get list patch watch",
      `events: ${READ}`,
      "jobs: create get list watch",
      `pods/log: ${READ}`,
      `pods: ${READ}`,
      `replicasets: ${READ}`,
    ],
  });
});

test("a pipeline of releases may apply whole objects, and a rotation restarts a StatefulSet too", () => {
  const { application } = synth({
    ...{ ...PIPELINE, enable_cloud_deploy: true, cloud_deploy_stages: [{ name: "test" }] },
    ...{ workload_type: "StatefulSet", enable_auto_password_rotation: true },
  });
  const applies = "create get list patch update watch";
  expect(allowed(application)).toEqual({
    workload_deployer_role: [
      `deployments: ${applies}`,
      `events: ${READ}`,
      "jobs: create delete get list watch",
      `pods/log: ${READ}`,
      `pods: ${READ}`,
      `replicasets: ${READ}`,
      `statefulsets: ${applies}`,
    ],
    workload_login_login_rotation_role: [
      "deployments (named): get patch",
      "pods: list",
      "secrets (named): patch",
      "statefulsets (named): get patch",
    ],
  });
});
