import { readFileSync } from "node:fs";
import { join } from "node:path";
import { newest } from "../../modules/dify-common/releases";
import type { Given, StackJson } from "../terraform/synth";
import { allStrings, synth } from "../terraform/synth";
import { application, blocks, PIPELINE, STOCK, TRIGGER } from "./stages";

interface Step {
  readonly id: string;
  readonly name: string;
  readonly script: string;
  readonly env: readonly string[];
  readonly volumes: unknown;
}

function trigger(given: Given) {
  const [block, ...others] = Object.values(blocks(application(given), "google_cloudbuild_trigger"));
  if (!block || others.length > 0) throw new Error("There is not one trigger");
  return block as typeof block & {
    readonly build: {
      readonly step: readonly Step[];
      readonly timeout: string;
      readonly options: Readonly<Record<string, unknown>>;
    };
  };
}

function environmentOf(steps: readonly Step[], id: string): Readonly<Record<string, string>> {
  const step = steps.find((candidate) => candidate.id === id);
  if (!step) throw new Error(`There is no step ${id}`);
  return Object.fromEntries(
    step.env.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
  );
}

const ids = (given: Given): string[] => trigger(given).build.step.map(({ id }) => id);

describe("what a push becomes", () => {
  test.each<[string, Given, string[]]>([
    ["an image, deployed at once", TRIGGER, ["build", "prepare", "deploy"]],
    ["an image and a release", PIPELINE, ["build", "release"]],
    ["an image that is looked at first", { ...PIPELINE, image_scan_severity: "HIGH" }, ["build", "scan", "release"]],
    ["a version, deployed at once", STOCK, ["version", "prepare", "deploy"]],
    // Stock images come through a mirror, which nothing is sure to scan: the build would never end.
    ["a version that is not looked at", { ...STOCK, image_scan_severity: "HIGH" }, ["version", "prepare", "deploy"]],
    ["a version and a release", { ...STOCK, enable_cloud_deploy: true }, ["version", "release"]],
  ])("%s", (_, given, expected) => {
    expect(ids(given)).toEqual(expected);
  });

  test("what was built is attested before it is deployed, by an account that may use this key alone", () => {
    const given = {
      ...PIPELINE,
      enable_binary_authorization: true,
      binauthz_evaluation_mode: "REQUIRE_ATTESTATION",
      image_scan_severity: "HIGH",
    };
    expect(ids(given)).toEqual(["build", "scan", "sign", "release"]);
    const { ATTESTOR, KEY_VERSION } = environmentOf(trigger(given).build.step, "sign");
    expect(ATTESTOR).toMatch(/^projects\/demo-project\/attestors\/dify-demo-[0-9a-f]{8}-attestor$/);
    expect(KEY_VERSION).toContain("google_kms_crypto_key_version");
    const [signer] = Object.values(blocks(application(given), "google_kms_crypto_key_iam_member"));
    expect(signer).toMatchObject({
      role: "roles/cloudkms.signerVerifier",
      member: "serviceAccount:${google_service_account.app_delivery_accounts_build_account.email}",
    });
  });

  test("its steps are the files in scripts/delivery, to the letter, with every variable that they ask for", () => {
    const files: Readonly<Record<string, string>> = {
      build: "build-image.sh",
      version: "read-version.sh",
      scan: "scan-images.sh",
      prepare: "run-jobs.sh",
      deploy: "deploy-images.sh",
      release: "create-release.sh",
      sign: "sign-images.sh",
    };
    const all = { image_scan_severity: "LOW", enable_binary_authorization: true };
    for (const given of [{ ...TRIGGER, ...all }, STOCK, PIPELINE]) {
      for (const step of trigger(given).build.step) {
        const text = readFileSync(join(__dirname, "../../scripts/delivery", files[step.id] ?? ""), "utf8");
        // As Terraform reads it.
        expect(step.script.replaceAll("$${", "${").replaceAll("%%{", "%{")).toBe(text);
        const needed = /^required=\(([^)]*)\)|for name in ([A-Z_ ]+);/m.exec(text);
        const names = (needed?.[1] ?? needed?.[2] ?? "").trim().split(/\s+/).filter(Boolean);
        const given = step.env.map((entry) => entry.split("=", 1)[0]);
        expect(names.filter((name) => !given.includes(name))).toEqual([]);
        expect(step.name).toMatch(/:\d[^:]*$/);
      }
    }
  });

  test("the branch, files and substitutions of the variable file", () => {
    const config = {
      branch_pattern: "^release$",
      included_files: ["api/**"],
      ignored_files: ["**/*.md"],
      substitutions: { _COLOR: "blue" },
      trigger_name: "on-release",
      description: "Ours",
    };
    expect(trigger({ ...TRIGGER, cicd_trigger_config: config })).toMatchObject({
      name: "on-release",
      description: "Ours",
      repository_event_config: { push: { branch: "^release$" } },
      included_files: ["api/**"],
      ignored_files: ["**/*.md"],
      substitutions: { _COLOR: "blue" },
    });
  });

  test("a stock image is promoted by its version file alone", () => {
    const stock = trigger({ ...STOCK, cicd_trigger_config: { version_file: "deploy/version" } });
    expect(stock.included_files).toEqual(["deploy/version"]);
    const { VERSION_FILE, IMAGES = "" } = environmentOf(stock.build.step, "version");
    expect(VERSION_FILE).toBe("deploy/version");
    // Dify's own images carry Dify's version, the sandbox and the plugin daemon do not.
    const own = Object.values(newest.images).filter((image) => image.endsWith(`:${newest.version}`));
    expect(own).toContain(`langgenius/dify-web:${newest.version}`);
    expect(
      IMAGES.split("\n")
        .map((line) => line.replace(/^.*\/(?=langgenius)/, ""))
        .sort(),
    ).toEqual([...new Set(own)].map((image) => image.replace(newest.version, "@VERSION@")).sort());
  });

  test("build arguments, Dockerfile and directory", () => {
    const steps = trigger({
      ...TRIGGER,
      container_build_config: {
        dockerfile_path: "api/Dockerfile",
        context_path: "api",
        build_args: { A: "1 2", B: "$_COLOR" },
        artifact_repo_name: "team-images",
      },
    }).build.step;
    expect(environmentOf(steps, "build")).toMatchObject({
      DOCKERFILE: "api/Dockerfile",
      CONTEXT: "api",
      BUILD_ARGS: "A=1 2\nB=$_COLOR",
      IMAGE: "us-central1-docker.pkg.dev/demo-project/team-images/dify",
    });
  });

  test("at once, the containers that run the image, under the names that the cluster has", () => {
    const { WORKLOADS = "", ENDPOINT } = environmentOf(trigger(TRIGGER).build.step, "deploy");
    const { REPLACES } = environmentOf(trigger(TRIGGER).build.step, "build");
    const delivered = WORKLOADS.split("\n").filter((line) => line.endsWith(` ${REPLACES ?? ""}`));
    expect(delivered.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "deployment/dify-api api",
      "deployment/dify-api worker",
      "deployment/dify-beat beat",
      "deployment/dify-api-websocket api-websocket",
    ]);
    expect(ENDPOINT).toBe("public");
  });
});

describe("what Terraform leaves to a build that deploys at once", () => {
  const deployments = blocks(application(TRIGGER), "kubernetes_deployment_v1");
  const ignored = (id: string): unknown =>
    (deployments[`app_workload_${id}_deployment`]?.lifecycle as { ignore_changes: unknown } | undefined)
      ?.ignore_changes;

  test("the image of every container that runs the built one, and no other field", () => {
    // The Auth Proxy is the first container.
    expect(ignored("api")).toEqual([
      "spec[0].replicas",
      "spec[0].template[0].spec[0].container[1].image",
      "spec[0].template[0].spec[0].container[2].image",
    ]);
    expect(ignored("beat")).toEqual(["spec[0].template[0].spec[0].container[1].image"]);
    expect(ignored("web")).toEqual(["spec[0].replicas"]);
    expect(ignored("plugin_daemon")).toBeUndefined();
  });

  test("nothing without a trigger", () => {
    const without = blocks(application({}), "kubernetes_deployment_v1");
    expect(without.app_workload_beat_deployment?.lifecycle).toBeUndefined();
  });
});

describe("the connection to GitHub", () => {
  const stack = application(TRIGGER);

  test("the token is written once, and is in no other place", () => {
    const version = blocks(
      stack,
      "google_secret_manager_secret_version",
    ).app_delivery_source_secrets_github_token_version;
    expect(version?.secret_data_wo).toContain("var.github_token");
    expect(version?.secret_data).toBeUndefined();
    expect(stack.variable?.github_token).toMatchObject({ sensitive: true, ephemeral: true });
    const { resource, data, output } = stack;
    const mentions = allStrings({ resource, data, output }).filter((text) => text.includes("var.github_token"));
    expect(mentions).toEqual([version?.secret_data_wo]);
  });

  test("Cloud Build itself may read this one secret", () => {
    const readers = Object.values(blocks(stack, "google_secret_manager_secret_iam_member"));
    expect(readers).toHaveLength(1);
    expect(readers[0]).toMatchObject({ role: "roles/secretmanager.secretAccessor" });
    expect(readers[0]?.secret_id).toMatch(/-github-token$/);
    // Its name is known before it is there: nothing but this puts the right to read it after it.
    expect(readers[0]?.depends_on).toContain(
      "google_secret_manager_secret.app_delivery_source_secrets_github_token_secret",
    );
    const [connection] = Object.values(blocks(stack, "google_cloudbuildv2_connection"));
    expect(connection?.depends_on).toEqual(
      expect.arrayContaining([expect.stringContaining("token_reader_known")]) as unknown,
    );
  });
});

describe("what a build may do", () => {
  const rolesOf = (given: Given): string[] => {
    const stack = application(given);
    const member = "${google_service_account.app_delivery_accounts_build_account.email}";
    return Object.entries(stack.resource)
      .filter(([type]) => type.endsWith("_iam_member"))
      .flatMap(([type, named]) =>
        Object.values(named)
          .filter((block) => String(block.member).includes(member.slice(2, -1)))
          .map((block) => `${type.replace(/^google_|_iam_member$/g, "")}: ${String(block.role)}`),
      )
      .sort();
  };

  test("at once: push to one repository, find the cluster, write logs", () => {
    expect(rolesOf(TRIGGER)).toEqual([
      "artifact_registry_repository: roles/artifactregistry.writer",
      "project: roles/container.clusterViewer",
      "project: roles/logging.logWriter",
    ]);
  });

  test("with Cloud Deploy: no cluster at all", () => {
    expect(rolesOf(PIPELINE)).toEqual([
      "artifact_registry_repository: roles/artifactregistry.writer",
      "clouddeploy_delivery_pipeline: roles/clouddeploy.releaser",
      "project: roles/clouddeploy.viewer",
      "project: roles/logging.logWriter",
      "service_account: roles/iam.serviceAccountUser",
      "storage_bucket: roles/storage.legacyBucketReader",
      "storage_bucket: roles/storage.objectUser",
      "storage_bucket: roles/storage.objectViewer",
    ]);
  });

  test("in the cluster: one namespace, no Secret, no shell", () => {
    const stack = application(TRIGGER);
    expect(blocks(stack, "kubernetes_cluster_role_v1")).toEqual({});
    const roles = Object.values(blocks(stack, "kubernetes_role_v1")) as unknown as {
      readonly rule: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[];
    }[];
    expect(roles).toHaveLength(1);
    const allowed = roles[0]?.rule.flatMap(({ resources, verbs }) =>
      resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)),
    );
    expect(allowed?.filter((what) => !/^(get|list|watch) /.test(what))).toEqual(["patch deployments", "create jobs"]);
    expect(allowed?.filter((what) => /secrets|exec|attach|portforward|\*/.test(what))).toEqual([]);
  });
});

test("a rollout has its time after the migrations, and once more for the way back, within Cloud Build's day", () => {
  const limits = [60, 1800, 7200, 86_400].map(
    (deployment_timeout) => trigger({ ...TRIGGER, deployment_timeout }).build.timeout,
  );
  expect(limits).toEqual(["7320s", "10800s", "21600s", "86400s"]);
  expect(trigger({ ...PIPELINE, deployment_timeout: 7200 }).build.timeout).toBe("7200s");
});

test("steps leave things for one another apart from the checkout, whose files anybody may name", () => {
  for (const given of [TRIGGER, PIPELINE, STOCK, { ...STOCK, enable_cloud_deploy: true }]) {
    const { step } = trigger(given).build;
    // Cloud Build refuses a volume that one step alone uses.
    expect(step.length).toBeGreaterThan(1);
    for (const { volumes, env } of step) {
      expect(volumes).toEqual([{ name: "delivery", path: "/delivery" }]);
      expect(env).toContain("DELIVERY_DIR=/delivery");
    }
  }
});

describe("where builds run", () => {
  const given = { ...PIPELINE, master_authorized_networks: ["203.0.113.0/24"] };

  test("on Google's own machines", () => {
    expect(blocks(application(TRIGGER), "google_cloudbuild_worker_pool")).toEqual({});
    expect(trigger(TRIGGER).build.options.worker_pool).toBeUndefined();
  });

  test("in a private pool where the control plane lets in named ranges only, which it reaches by name", () => {
    const { application: stack, foundation } = synth(given);
    const pool = "${google_cloudbuild_worker_pool.app_delivery_pool.id}";
    expect(Object.keys(blocks(stack, "google_cloudbuild_worker_pool"))).toEqual(["app_delivery_pool"]);
    expect(trigger(given).build.options.worker_pool).toBe(pool);
    for (const target of Object.values(blocks(stack, "google_clouddeploy_target"))) {
      expect(target).toMatchObject({ gke: { dns_endpoint: true }, execution_configs: [{ worker_pool: pool }] });
      expect(target.gke).not.toHaveProperty("internal_ip");
    }
    expect(controlPlane(foundation)).toMatchObject({
      master_authorized_networks_config: { cidr_blocks: [{ cidr_block: "203.0.113.0/24" }] },
      control_plane_endpoints_config: { dns_endpoint_config: { allow_external_traffic: true } },
    });
    const direct = { ...given, enable_cloud_deploy: false };
    expect(environmentOf(trigger(direct).build.step, "deploy").ENDPOINT).toBe("dns-endpoint");
  });

  test("without a trigger, the control plane answers where it did before", () => {
    const { foundation } = synth({ master_authorized_networks: ["203.0.113.0/24"] });
    expect(controlPlane(foundation)).toMatchObject({
      master_authorized_networks_config: { cidr_blocks: [{ cidr_block: "203.0.113.0/24" }] },
      control_plane_endpoints_config: { dns_endpoint_config: { allow_external_traffic: false } },
    });
    expect(controlPlane(synth({}).foundation)).not.toHaveProperty("control_plane_endpoints_config");
  });

  test("in a pool of one's own", () => {
    const name = "projects/demo-project/locations/us-central1/workerPools/own";
    const own = { ...given, cloud_build_worker_pool: name };
    expect(trigger(own).build.options.worker_pool).toBe(name);
    expect(blocks(application(own), "google_cloudbuild_worker_pool")).toEqual({});
    for (const target of Object.values(blocks(application(own), "google_clouddeploy_target"))) {
      expect(target).toMatchObject({ gke: { internal_ip: true } });
    }
    expect(controlPlane(synth(own).foundation)).toMatchObject({
      control_plane_endpoints_config: { dns_endpoint_config: { allow_external_traffic: false } },
    });
  });

  test("in a pool of another project, which is where the right to use it is", () => {
    const name = "projects/build-project/locations/us-central1/workerPools/own";
    const stack = application({ ...given, cloud_build_worker_pool: name });
    const users = Object.values(blocks(stack, "google_project_iam_member")).filter(
      ({ role }) => role === "roles/cloudbuild.workerPoolUser",
    );
    expect(users.map(({ project }) => project)).toEqual(["build-project", "build-project"]);
  });

  function controlPlane(foundation: StackJson | undefined) {
    return Object.values(foundation?.resource.google_container_cluster ?? {})[0];
  }
});
