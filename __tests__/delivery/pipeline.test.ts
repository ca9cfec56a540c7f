import { readFileSync } from "node:fs";
import { join } from "node:path";
import { newest } from "../../modules/dify-common/releases";
import type { Given, StackJson } from "../terraform/synth";
import { allStrings } from "../terraform/synth";
import { application, blocks, objectsIn, PIPELINE, releaseFiles, TRIGGER } from "./stages";

const stages = (...cloud_deploy_stages: object[]): Given => ({ ...PIPELINE, cloud_deploy_stages });
const FIVE = {
  ...stages(
    { name: "dev", auto_promote: true },
    { name: "qa", auto_promote: true },
    { name: "uat" },
    { name: "staging" },
    { name: "prod", require_approval: true, target_name: "live" },
  ),
  // Five times Dify's connections.
  sql_tier: "db-custom-16-61440",
};
const ELSEWHERE = stages(
  { name: "dev" },
  { name: "staging", namespace: "dify-staging" },
  {
    name: "prod",
    project_id: "other-project",
    cluster: "prod-cluster",
    region: "europe-west1",
    require_approval: true,
  },
);

/** A stack's resources of a type that belong to the stage with things of its own. */
function ofStage(stack: StackJson, type: string, stage: string): Record<string, unknown>[] {
  return Object.entries(blocks(stack, type))
    .filter(([id]) => id.startsWith(`app_stage_${stage}_`))
    .map(([, block]) => block);
}

describe("the pipeline", () => {
  const stack = application(FIVE);
  const [pipeline] = Object.values(blocks(stack, "google_clouddeploy_delivery_pipeline")) as unknown as {
    readonly serial_pipeline: {
      readonly stages: readonly {
        readonly target_id: string;
        readonly profiles: string[];
        readonly strategy: unknown;
      }[];
    };
  }[];

  test("has the stages in their order, each migrated before and checked after it is deployed", () => {
    const listed = pipeline?.serial_pipeline.stages ?? [];
    expect(listed.map(({ profiles }) => profiles)).toEqual([["dev"], ["qa"], ["uat"], ["staging"], ["prod"]]);
    expect(listed.map(({ target_id }) => /_(\w+)_target\.name/.exec(target_id)?.[1])).toEqual(
      ["dev", "qa", "uat", "staging", "prod"].map((name) => `delivery_pipeline_${name}`),
    );
    for (const { strategy } of listed) {
      expect(strategy).toEqual({ standard: { predeploy: { actions: ["migration"] }, verify: true } });
    }
    for (const target of Object.values(blocks(stack, "google_clouddeploy_target"))) {
      // Otherwise the jobs would run as Compute Engine's default account.
      expect(JSON.stringify(target.execution_configs)).toContain('"PREDEPLOY"');
    }
  });

  test("asks before it deploys where that is wanted", () => {
    const approvals = Object.values(blocks(stack, "google_clouddeploy_target")).map((target) => [
      target.name,
      target.require_approval,
    ]);
    expect(approvals.filter(([, required]) => required === true)).toEqual([["live", true]]);
  });

  test("promotes by itself from these stages and no others, and takes back what fails", () => {
    const automations = blocks(stack, "google_clouddeploy_automation");
    expect(
      Object.values(automations)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["promote-after-dev", "promote-after-qa", "roll-back"]);
    expect(automations.app_delivery_pipeline_roll_back?.rules).toMatchObject([
      { repair_rollout_rule: { jobs: ["deploy", "verify"], repair_phases: [{ retry: {} }, { rollback: {} }] } },
    ]);
  });

  test("a stage's name may be as long as Kubernetes lets it be", () => {
    const cloud_deploy_stages = [{ name: `dev${"x".repeat(60)}`, auto_promote: true }, { name: "prod" }];
    const automations = blocks(application({ ...PIPELINE, cloud_deploy_stages }), "google_clouddeploy_automation");
    for (const { name } of Object.values(automations)) expect(String(name)).toMatch(/^[a-z][a-z0-9-]{0,62}$/);
  });

  test("deploys as an account that may find clusters, and in each namespace write Deployments and run the check", () => {
    const executor = "google_service_account.app_delivery_accounts_deploy_account.email";
    const roles = Object.entries(stack.resource)
      .filter(([type]) => type.endsWith("_iam_member"))
      .flatMap(([, named]) => Object.values(named))
      .filter(({ member }) => String(member).includes(executor))
      .map(({ role }) => String(role));
    expect(roles.sort()).toEqual([
      "roles/container.clusterViewer",
      "roles/logging.logWriter",
      "roles/storage.legacyBucketReader",
      "roles/storage.objectUser",
      "roles/storage.objectViewer",
    ]);
    const bindings = Object.values(blocks(stack, "kubernetes_role_binding_v1"));
    expect(bindings).toHaveLength(5);
    for (const { subject } of bindings) {
      expect(subject).toEqual([{ kind: "User", name: `\${${executor}}`, api_group: "rbac.authorization.k8s.io" }]);
    }
    const inCluster = Object.values(blocks(stack, "kubernetes_role_v1")) as unknown as {
      readonly rule: readonly { readonly resources: string[]; readonly verbs: string[] }[];
    }[];
    const written = inCluster.flatMap(({ rule }) =>
      rule
        .filter(({ verbs }) => verbs.some((verb) => !["get", "list", "watch"].includes(verb)))
        .flatMap((r) => r.resources),
    );
    expect([...new Set(written)].sort()).toEqual(["deployments", "jobs"]);
    for (const { rule } of inCluster) {
      // Skaffold lists them after each deployment, whether or not there are any, and fails where it may not.
      expect(rule.find(({ resources }) => resources.includes("statefulsets"))?.verbs).toEqual(["get", "list", "watch"]);
    }
  });

  test("names of targets leave room for what rollouts are called", () => {
    const names = (given: Given): string[] =>
      Object.values(blocks(application(given), "google_clouddeploy_target")).map(({ name }) => name as string);
    const long = names({
      ...stages({ name: "dev" }, { name: "a".repeat(40) }, { name: `${"a".repeat(40)}b` }),
      tenant_id: "mycompany-platform",
    });
    expect(new Set(long).size).toBe(3);
    for (const name of long) expect(name).toMatch(/^[a-z][a-z0-9-]{0,29}[a-z0-9]$/);
    expect(names(stages({ name: "1" }))).toEqual([expect.stringMatching(/^stage-1-[0-9a-f]{8}$/)]);
    expect(() => application(stages({ name: "prod", target_name: "t".repeat(32) }))).toThrow("target_name");
    expect(names(stages({ name: "prod", target_name: "t".repeat(31) }))).toEqual(["t".repeat(31)]);
  });

  test("a rollout may take as long as the apply would wait for it, within Cloud Deploy's day", () => {
    const limit = (deployment_timeout: number): string[] => {
      const one = application({ ...stages({ name: "only" }), deployment_timeout });
      const targets = Object.values(blocks(one, "google_clouddeploy_target")) as unknown as {
        readonly execution_configs: readonly { readonly execution_timeout: string }[];
      }[];
      return targets.flatMap(({ execution_configs: [config] }) => config?.execution_timeout ?? "");
    };
    expect([limit(60), limit(7200), limit(86_400)]).toEqual([["3600s"], ["7800s"], ["86400s"]]);
  });

  test("a build may not touch what Cloud Deploy made of a release, nor what releases are made from", () => {
    const folders = Object.values(blocks(stack, "google_storage_bucket_iam_member"))
      .filter(({ bucket }) => String(bucket).includes("app_delivery_pipeline_bucket"))
      .map(({ role, member, condition }) => {
        const { expression = "" } = (condition ?? {}) as { expression?: string };
        const folder = /^resource\.name\.startsWith\("projects\/_\/buckets\/\$\{\S+\}\/objects\/(\w+\/)"\)$/.exec(
          expression,
        );
        return `${/accounts_(\w+)_account/.exec(String(member))?.[1] ?? ""} ${String(role)} ${folder?.[1] ?? expression}`;
      });
    expect(folders.sort()).toEqual([
      "build roles/storage.legacyBucketReader ",
      "build roles/storage.objectUser sources/",
      "build roles/storage.objectViewer manifests/",
      "deploy roles/storage.legacyBucketReader ",
      "deploy roles/storage.objectUser releases/",
      "deploy roles/storage.objectViewer sources/",
    ]);
  });

  test("the trigger waits for all that its builds may do", () => {
    const waits = new Set(blocks(stack, "google_cloudbuild_trigger").app_delivery_trigger?.depends_on as string[]);
    const grants = Object.entries(stack.resource)
      .filter(([type]) => type.endsWith("_iam_member"))
      .flatMap(([type, named]) =>
        Object.entries(named)
          .filter(([, { member }]) => /app_delivery_accounts_(build|deploy)_account/.test(String(member)))
          .map(([name]) => `${type}.${name}`),
      );
    expect(grants.length).toBeGreaterThan(12);
    expect(grants.filter((grant) => !waits.has(grant))).toEqual([]);
  });

  test("one stage is a pipeline as well", () => {
    const one = application(stages({ name: "only" }));
    expect(Object.keys(blocks(one, "google_clouddeploy_target"))).toHaveLength(1);
    expect(Object.keys(blocks(one, "kubernetes_namespace_v1"))).toHaveLength(1);
  });
});

describe("a stage never shares data with another", () => {
  const stack = application(FIVE);
  const own = ["qa", "uat", "staging", "prod"];

  test("the stage called like the environment is the environment itself: nothing of it is made again", () => {
    expect(Object.keys(stack.resource).flatMap((type) => ofStage(stack, type, "dev"))).toEqual([]);
    const before = application({});
    for (const type of ["google_sql_database", "google_storage_bucket", "kubernetes_namespace_v1", "google_sql_user"]) {
      expect(blocks(stack, type)).toMatchObject(blocks(before, type));
    }
  });

  test.each(["google_sql_database", "google_sql_user", "google_storage_bucket", "google_service_account"])(
    "no %s has the name of another one",
    (type) => {
      for (const stage of own) expect(ofStage(stack, type, stage).length).toBeGreaterThan(0);
      const names = Object.values(blocks(stack, type)).map(({ name, account_id }) => name ?? account_id);
      expect(new Set(names).size).toBe(names.length);
    },
  );

  test("secrets, namespaces and directories of the share are each its own", () => {
    const ids = Object.values(blocks(stack, "google_secret_manager_secret")).map(({ secret_id }) => secret_id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const stage of own) {
      // All that are generated, and the stage's marker.
      expect(ofStage(stack, "google_secret_manager_secret", stage)).toHaveLength(10);
    }
    const namespaces = Object.values(blocks(stack, "kubernetes_namespace_v1")).map(
      ({ metadata }) => (metadata as { name: string }).name,
    );
    expect(new Set(namespaces).size).toBe(5);
    const directories = ["dev", ...own].map(
      (stage) =>
        JSON.stringify(objectsIn(releaseFiles(stack)[`${stage}/deployments.yaml`])).match(
          /"subPath":"(dify-demo-[0-9a-f]+)"/,
        )?.[1],
    );
    expect(new Set(directories).size).toBe(5);
  });

  test("and so are Redis's databases", () => {
    const first = (from: StackJson, prefix: string): number => {
      const map = blocks(from, "kubernetes_config_map_v1")[`${prefix}workload_configuration_api_environment`];
      return Number((map?.data as { REDIS_DB: string }).REDIS_DB);
    };
    const databases = ["app_", ...own.map((stage) => `app_stage_${stage}_`)].map((prefix) => first(stack, prefix));
    expect(databases[0]).toBe(0);
    const triples = databases.map((database) => database / 3);
    expect(triples.every(Number.isInteger)).toBe(true);
    expect(new Set(triples).size).toBe(5);
    // What the server has.
    const server = readFileSync(join(__dirname, "../../scripts/file-server/redis.conf"), "utf8");
    expect(Math.max(...databases) + 3).toBeLessThanOrEqual(Number(/^databases (\d+)$/m.exec(server)?.[1]));
    // A stage more or less moves no other one.
    expect(first(application(stages({ name: "dev" }, { name: "uat" })), "app_stage_uat_")).toBe(databases[2]);

    const uat = databases[2] ?? 0;
    const daemon = blocks(stack, "kubernetes_config_map_v1")
      .app_stage_uat_workload_configuration_plugin_daemon_environment?.data as { REDIS_DB: string };
    expect(daemon.REDIS_DB).toBe(String(uat));
    const urls = allStrings(blocks(stack, "kubernetes_secret_v1").app_stage_uat_workload_secret?.data_wo).filter(
      (text) => text.startsWith("redis://"),
    );
    expect(urls.map((url) => Number(url.split("/").at(-1))).sort((x, y) => x - y)).toEqual([uat, uat + 1, uat + 2]);
  });

  test("on a Redis of somebody else's, which has 16, by their places", () => {
    const other = application({ ...FIVE, redis_host: "10.0.0.3" });
    const first = own.map((stage) => {
      const map = blocks(other, "kubernetes_config_map_v1")[
        `app_stage_${stage}_workload_configuration_api_environment`
      ];
      return (map?.data as { REDIS_DB: string }).REDIS_DB;
    });
    expect(first).toEqual(["3", "6", "9", "12"]);
  });

  test("which stage the environment itself is, is refused to change while it plans", () => {
    const check = blocks(stack, "terraform_data").app_home_stage_check;
    expect(check?.input).toEqual({ stage: "dev" });
    // Without a stage of the environment's name, it is the first one.
    const other = application(stages({ name: "live", namespace: "elsewhere" }, { name: "one" }, { name: "two" }));
    expect(blocks(other, "terraform_data").app_home_stage_check?.input).toEqual({ stage: "one" });
  });

  test("a stage that would move to other data is refused while it plans", () => {
    const check = blocks(stack, "terraform_data").app_stage_uat_guard_check;
    expect(check?.input).toMatchObject({
      db_name: "dify_db_uat",
      db_user: "dify_user_uat",
      redis_database: expect.any(String) as unknown,
    });
    expect(JSON.stringify(check?.lifecycle)).toContain("another stage's");
  });
});

describe("a stage that is taken out, where data is protected", () => {
  const messages = (given: Given): string =>
    JSON.stringify(
      blocks(application({ deletion_protection: true, ...given }), "terraform_data").app_plan_check?.lifecycle,
    );

  test.each<[string, Given, string]>([
    ["with other stages left", { ...PIPELINE, cloud_deploy_stages: [{ name: "dev" }, { name: "qa" }] }, '[\\"qa\\"]'],
    ["with Cloud Deploy", TRIGGER, "[]"],
    ["with everything", {}, "[]"],
  ])("%s: the plan asks which stages have data", (_, given, stages) => {
    expect(messages(given)).toContain(`startswith(s.secret_id, \\"dify-demo-874e3c65-stage-\\")]), ${stages})) == 0`);
  });

  test("is let go where it is not protected", () => {
    expect(messages({ ...PIPELINE, deletion_protection: false })).not.toContain("Stages with data");
  });

  test("each stage of its own has a marker, which goes with it", () => {
    const markers = Object.values(blocks(application(PIPELINE), "google_secret_manager_secret")).flatMap(
      ({ labels, secret_id }) => ((labels as { stage?: string } | undefined)?.stage === undefined ? [] : [secret_id]),
    );
    expect(markers).toEqual(["dify-demo-874e3c65-stage-prod", "dify-demo-874e3c65-stage-staging"]);
  });
});

describe("what Terraform leaves to Cloud Deploy", () => {
  const stack = application(PIPELINE);

  test("the whole specification of every Deployment, and nothing else", () => {
    const deployments = Object.values(blocks(stack, "kubernetes_deployment_v1"));
    // Every component in each of the three stages; the worker is a container of the API's.
    expect(deployments).toHaveLength(3 * (Object.keys(newest.images).length - 1));
    for (const { lifecycle } of deployments) {
      const { ignore_changes } = lifecycle as { ignore_changes: string[] };
      expect(ignore_changes.filter((path) => path !== "spec[0].replicas")).toEqual([
        "metadata[0].annotations",
        "metadata[0].labels",
        "spec",
      ]);
    }
    for (const { lifecycle } of Object.values(blocks(stack, "kubernetes_config_map_v1"))) {
      expect(lifecycle ?? {}).not.toHaveProperty("ignore_changes");
    }
  });

  test("pods name what only apply knows, and Terraform makes it in every stage's namespace", () => {
    expect(Object.keys(blocks(stack, "kubernetes_persistent_volume_claim_v1"))).toHaveLength(3);
    const maps = Object.values(blocks(stack, "kubernetes_config_map_v1")).filter(
      ({ metadata }) => (metadata as { name: string }).name === "dify-cloud-sql-proxy",
    );
    expect(maps).toHaveLength(3);
    for (const { data } of maps) {
      expect(data).toEqual({
        CSQL_PROXY_INSTANCE_CONNECTION_NAME: expect.stringContaining("connection_name") as unknown,
      });
    }
  });
});

describe("the front door", () => {
  const domain = { enable_custom_domain: true, application_domains: ["dify.example.com"] };
  const urlOf = (stack: StackJson, prefix: string): string => {
    const map = blocks(stack, "kubernetes_config_map_v1")[`${prefix}workload_configuration_api_environment`];
    return (map?.data as { CONSOLE_API_URL: string }).CONSOLE_API_URL;
  };

  const backendsOf = (stack: StackJson): { name: string }[] => {
    const { manifest } = blocks(stack, "kubernetes_manifest").app_gateway_routes_https_manifest ?? {};
    return (manifest as { spec: { rules: { backendRefs: { name: string }[] }[] } }).spec.rules.flatMap(
      ({ backendRefs }) => backendRefs,
    );
  };

  test("shows the environment itself", () => {
    const stack = application({ ...PIPELINE, ...domain });
    expect(urlOf(stack, "app_")).toBe("https://dify.example.com");
    expect(urlOf(stack, "app_stage_staging_")).toMatch(/^http:\/\/.*svc\.cluster\.local$/);
    expect(backendsOf(stack)).toEqual([
      { group: "", kind: "Service", name: expect.any(String) as unknown, port: 80, weight: 1 },
    ]);
  });

  test("shows another stage: its routes lead there, and that namespace agrees", () => {
    const stack = application({ ...PIPELINE, ...domain, gateway_backend_stage: "staging" });
    expect(urlOf(stack, "app_stage_staging_")).toBe("https://dify.example.com");
    expect(urlOf(stack, "app_")).toMatch(/^http:\/\/.*svc\.cluster\.local$/);
    const namespace = "${kubernetes_namespace_v1.app_stage_staging_workload_namespace.metadata[0].name}";
    const [backend] = backendsOf(stack);
    expect(backend).toMatchObject({ namespace, kind: "Service" });
    expect(blocks(stack, "kubernetes_manifest").app_gateway_stage_staging_grant_manifest?.manifest).toMatchObject({
      apiVersion: "gateway.networking.k8s.io/v1beta1",
      kind: "ReferenceGrant",
      metadata: { namespace },
      spec: {
        from: [{ kind: "HTTPRoute", namespace: "${kubernetes_namespace_v1.app_workload_namespace.metadata[0].name}" }],
        to: [{ group: "", kind: "Service", name: backend?.name }],
      },
    });
  });

  test("turns to another stage by its routes alone: every Service has its firewall and sign-in all along", () => {
    const guarded = {
      ...PIPELINE,
      ...domain,
      enable_cloud_armor: true,
      enable_iap: true,
      iap_authorized_users: ["ann@example.com"],
      iap_exempt_paths: ["/v1"],
    };
    const objects = (given: Given): Record<string, unknown> => {
      const stack = application(given);
      return Object.fromEntries(
        ["kubernetes_manifest", "kubernetes_secret_v1"].flatMap((type) =>
          Object.entries(blocks(stack, type)).map(([id, { manifest, metadata }]) => [id, manifest ?? metadata]),
        ),
      );
    };
    const { app_gateway_routes_https_manifest: before, ...home } = objects(guarded);
    const { app_gateway_routes_https_manifest: after, ...staging } = objects({
      ...guarded,
      gateway_backend_stage: "staging",
    });
    expect(after).not.toEqual(before);
    expect(staging).toEqual(home);
    const stack = application({ ...guarded, gateway_backend_stage: "staging" });
    for (const part of ["", "stage_staging_", "stage_prod_"]) {
      const workload = part ? `app_${part}workload` : "app_workload";
      const metadata = { namespace: `\${kubernetes_namespace_v1.${workload}_namespace.metadata[0].name}` };
      const iap = { enabled: true, oauth2ClientSecret: { name: expect.any(String) as unknown } };
      expect([part, home[`app_gateway_${part}main_policy_manifest`]]).toMatchObject([
        part,
        {
          kind: "GCPBackendPolicy",
          metadata,
          spec: { default: { securityPolicy: expect.any(String) as unknown, iap } },
        },
      ]);
      const open = home[`app_gateway_${part}open_policy_manifest`] as { spec: { default: object } };
      expect([part, open]).toMatchObject([
        part,
        { metadata, spec: { default: { securityPolicy: expect.any(String) as unknown } } },
      ]);
      expect(open.spec.default).not.toHaveProperty("iap");
      expect([part, home[`app_gateway_${part}main_health_manifest`]]).toMatchObject([part, { metadata }]);
      expect(blocks(stack, "kubernetes_secret_v1")[`app_gateway_${part}client_secret`]).toMatchObject({ metadata });
    }
    // A route waits for all of it.
    const waits = blocks(stack, "kubernetes_manifest").app_gateway_routes_https_manifest?.depends_on;
    for (const part of ["grant", "main_health", "main_policy", "open_health", "open_policy"]) {
      expect(waits).toContain(`kubernetes_manifest.app_gateway_stage_staging_${part}_manifest`);
    }
  });

  test("without a gateway, the one Service outside is that stage's", () => {
    const outside = (given: Given): string[] =>
      Object.entries(blocks(application(given), "kubernetes_service_v1"))
        .filter(([, { spec }]) => (spec as { type: string }).type === "LoadBalancer")
        .map(([id]) => id);
    expect(outside(PIPELINE)).toEqual(["app_workload_proxy_service_service"]);
    expect(outside({ ...PIPELINE, gateway_backend_stage: "prod" })).toEqual([
      "app_stage_prod_workload_proxy_service_service",
    ]);
  });
});

describe("stages that are other environments", () => {
  const stack = application(ELSEWHERE);

  test("get nothing made here but a target and manifests", () => {
    expect(Object.keys(blocks(stack, "kubernetes_namespace_v1"))).toHaveLength(1);
    expect(Object.keys(blocks(stack, "google_sql_database"))).toHaveLength(2);
    expect(blocks(stack, "google_clouddeploy_target").app_delivery_pipeline_prod_target).toMatchObject({
      gke: { cluster: "projects/other-project/locations/europe-west1/clusters/prod-cluster" },
      require_approval: true,
    });
    const files = releaseFiles(stack);
    for (const { metadata } of objectsIn(files["staging/deployments.yaml"]))
      expect(metadata.namespace).toBe("dify-staging");
  });

  test("the account that deploys finds the other project's cluster", () => {
    const viewers = Object.values(blocks(stack, "google_project_iam_member")).filter(
      ({ role }) => role === "roles/container.clusterViewer",
    );
    expect(viewers.map(({ project }) => project).sort()).toEqual(["demo-project", "other-project"]);
  });

  test("an environment that is a stage lets the pipeline in and keeps out of its way", () => {
    const email = "dify-demo-deploy@demo-project.iam.gserviceaccount.com";
    const stage = application({ delivered_by_service_account: email });
    const [binding] = Object.values(blocks(stage, "kubernetes_role_binding_v1"));
    expect(binding?.subject).toMatchObject([{ kind: "User", name: email }]);
    for (const { lifecycle } of Object.values(blocks(stage, "kubernetes_deployment_v1"))) {
      expect((lifecycle as { ignore_changes: string[] }).ignore_changes).toContain("spec");
    }
    expect(Object.keys(blocks(stage, "kubernetes_persistent_volume_claim_v1"))).toHaveLength(1);
  });
});

test("without any of it, nothing of it is there", () => {
  const types = Object.keys(application({}).resource);
  expect(types.filter((type) => /cloudbuild|clouddeploy|role_v1|persistent_volume/.test(type))).toEqual([]);
  expect(Object.keys(application(TRIGGER).resource).filter((type) => type.includes("clouddeploy"))).toEqual([]);
});

test("with Binary Authorization, everything that a release starts is exempt or has a digest", () => {
  const given = { ...PIPELINE, enable_binary_authorization: true, binauthz_evaluation_mode: "REQUIRE_ATTESTATION" };
  const named = `sha256:${"0".repeat(64)}`;
  const stack = application({ ...given, image_digests: { [`langgenius/dify-web:${newest.version}`]: named } });
  const rule = blocks(stack, "terraform_data").app_binary_authorization_rule_written;
  const { exempt } = rule?.input as { exempt: string[] };
  const images = Object.entries(releaseFiles(stack))
    .filter(([name]) => name !== "skaffold.yaml")
    .flatMap(([, file]) => objectsIn(file))
    .flatMap(({ spec }) => spec.template.spec.containers.map(({ image }) => String(image)));
  expect(images.filter((image) => image.includes("curl")).length).toBe(3);
  expect(images.filter((image) => image.includes(named)).length).toBe(3);
  // Squid's digest is the project's own choice: nobody attests it.
  expect(images.filter((image) => image.includes("squid@")).length).toBe(3);
  expect([...new Set(images)].filter((image) => !image.includes(named) && !exempt.includes(image))).toEqual([]);
});
