import { App, Testing } from "cdktf";
import { newest, oldest } from "../../modules/dify-common/releases";
import { BinaryAuthorization } from "../../modules/app-gke/admission/binary-authorization";
import { pinnedDigests } from "../../modules/dify-common/releases/releases";
import { exemptImages } from "../../modules/app-gke/admission/exempt-images";
import { podImages } from "../../modules/app-gke/workload/pod-images";
import { imageReference } from "../../modules/app-gke/workload/image";
import { imagesOf } from "../../modules/dify-gke/images";
import { get, podSpecs, type Stack, synthesize } from "../dify/synthesize";
import { needs } from "../foundation/stack";
import { build, type Given, variablesOf } from "../terraform/synth";

const DIGEST = `sha256:${"a".repeat(64)}`;
const MODES = ["ALWAYS_ALLOW", "REQUIRE_ATTESTATION", "ALWAYS_DENY"] as const;

const on = (mode: (typeof MODES)[number], more: Given = {}): Given => ({
  enable_binary_authorization: true,
  binauthz_evaluation_mode: mode,
  ...more,
});

interface Provisioner {
  readonly when?: string;
  readonly on_failure?: string;
  readonly command: string;
  readonly interpreter: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

interface Settings {
  readonly cluster: string;
  readonly mode: string;
  readonly attestor: string;
  readonly exempt: readonly string[];
  readonly repository: string;
  readonly impersonate: string;
}

function data(stack: Stack, name: string): Readonly<Record<string, unknown>> {
  const found = stack.resource.terraform_data?.[`app_binary_authorization_${name}`];
  if (!found) throw new Error(`There is no terraform_data ${name}`);
  return found;
}

const settings = (stack: Stack): Settings => get<Settings>(data(stack, "rule_written"), "input");
const provisioner = (stack: Stack, name: string): Provisioner =>
  get<Provisioner>(data(stack, name), "provisioner.0.local-exec");

/** Images of every container that the stack runs, jobs included. */
function images(stack: Stack): string[] {
  const cron = Object.values(stack.resource.kubernetes_cron_job_v1 ?? {}).flatMap((job) =>
    get<{ image: string }[]>(job, "spec.job_template.spec.template.spec.container"),
  );
  const all = [...Object.values(podSpecs(stack)).flatMap((pod) => [...pod.container]), ...cron];
  return [...new Set(all.map(({ image }) => image))].sort();
}

const JOBS: Given = {
  initialization_jobs: [{ name: "first", image: "busybox:1.37", command: ["true"] }],
  cron_jobs: [{ name: "clean", image: "ghcr.io/example/clean:3", schedule: "0 3 * * *", command: ["true"] }],
  additional_services: [{ name: "tika", image: "apache/tika:2.9.2", port: 9998 }],
};

describe("what is exempt", () => {
  test.each(["REQUIRE_ATTESTATION", "ALWAYS_DENY"] as const)("%s: the images of every pod, exactly", (mode) => {
    for (const more of [{}, JOBS, { application_version: oldest.version }]) {
      const { application } = synthesize(on(mode, more));
      expect(settings(application).exempt).toEqual(images(application));
      expect(settings(application).exempt.length).toBeGreaterThan(7);
      expect(settings(application).exempt.filter((image) => image.includes("*"))).toEqual([]);
    }
  });

  test("without a mirror, in the form in which the cluster compares them", () => {
    const { application } = synthesize(on("REQUIRE_ATTESTATION", { enable_image_mirroring: false, ...JOBS }));
    expect(settings(application).exempt).toEqual(
      expect.arrayContaining([
        `docker.io/langgenius/dify-api:${newest.version}`,
        "docker.io/library/busybox:1.37",
        "gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.18.2-alpine",
        "ghcr.io/example/clean:3",
      ]),
    );
    expect(settings(application).repository).toBe("");
    expect(settings(application).exempt).toHaveLength(images(application).length);
  });

  test("ALWAYS_ALLOW asks for no exemption", () => {
    expect(settings(synthesize(on("ALWAYS_ALLOW")).application).exempt).toEqual([]);
  });

  test("nothing where nothing is deployed", () => {
    const { application } = synthesize(on("REQUIRE_ATTESTATION", { deploy_application: false }));
    expect(settings(application).exempt).toEqual([]);
  });

  test("an image with a digest runs by it, in every pod, and needs an attestation", () => {
    const image_digests = {
      [`langgenius/dify-api:${newest.version}`]: DIGEST,
      "gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.18.2-alpine": DIGEST,
    };
    const { application } = synthesize(on("REQUIRE_ATTESTATION", { image_digests }));
    const running = images(application);
    const fixed = running.filter((image) => image.includes(DIGEST));
    expect(fixed).toEqual([
      `gcr.io/cloud-sql-connectors/cloud-sql-proxy@${DIGEST}`,
      `${settings(application).repository}/langgenius/dify-api@${DIGEST}`,
    ]);
    expect(running.filter((image) => /dify-api:|cloud-sql-proxy:/.test(image))).toEqual([]);
    expect(settings(application).exempt).toEqual(running.filter((image) => !fixed.includes(image)));
    // No attestation helps there.
    expect(settings(synthesize(on("ALWAYS_DENY", { image_digests })).application).exempt).toEqual(running);
  });

  test("digests count without Binary Authorization as well", () => {
    const { application } = synthesize({ image_digests: { [`langgenius/dify-web:${newest.version}`]: DIGEST } });
    expect(images(application).filter((image) => image.includes("dify-web"))).toEqual([
      expect.stringMatching(new RegExp(`-mirror/langgenius/dify-web@${DIGEST}$`)),
    ]);
  });

  test("references are taken apart as registries do", () => {
    const digests = { "localhost:5000/a/b:1": DIGEST, nginx: DIGEST, "a/b:1@sha256:0": DIGEST };
    expect(imageReference("localhost:5000/a/b:1", { mirror: "m", digests })).toBe(`localhost:5000/a/b@${DIGEST}`);
    expect(imageReference("nginx", { mirror: "m", digests })).toBe(`m/library/nginx@${DIGEST}`);
    expect(imageReference("a/b:1@sha256:0", { digests })).toBe(`a/b@${DIGEST}`);
    expect(imageReference("constructor", { digests: {} })).toBe("constructor");
    const run = ["nginx", "a/b", `c@${DIGEST}`, "localhost:5000/d", "nginx"];
    const all = run.map((reference) => ({ reference, attested: false }));
    expect(
      exemptImages("REQUIRE_ATTESTATION", [
        { reference: "a:1", attested: true },
        { reference: `b@${DIGEST}`, attested: false },
      ]),
    ).toEqual([`docker.io/library/b@${DIGEST}`]);
    expect(exemptImages("ALWAYS_DENY", all)).toEqual([
      "docker.io/a/b:latest",
      `docker.io/library/c@${DIGEST}`,
      "docker.io/library/nginx:latest",
      "localhost:5000/d:latest",
    ]);
    const resources = { cpu: "1", memory: "1Gi" };
    const component = { name: "a", image: "a:1", resources };
    expect(podImages({ name: "app", components: [component] }, "proxy:1")).toEqual(["a:1"]);
    expect(podImages({ name: "app", components: [{ ...component, needs: { database: true } }] }, "proxy:1")).toEqual([
      "a:1",
      "proxy:1",
    ]);
  });

  test("the rules see the same images as the stack", () => {
    const { application } = synthesize({ enable_image_mirroring: false, ...JOBS });
    const variables = variablesOf({ enable_image_mirroring: false, ...JOBS });
    const run = imagesOf(variables).map((image) => imageReference(image, { digests: pinnedDigests }));
    expect(run.sort()).toEqual([...images(application)].sort());
  });
});

describe.each(MODES)("%s", (mode) => {
  const { foundation, application } = synthesize(on(mode));

  test("never takes over the project's policy", () => {
    for (const stack of [foundation, application]) {
      expect(Object.keys(stack?.resource ?? {})).not.toContain("google_binary_authorization_policy");
    }
  });

  test("writes the rule of this cluster", () => {
    const cluster = foundation?.resource.google_container_cluster?.foundation_cluster;
    expect(settings(application)).toMatchObject({
      project: "demo-project",
      cluster: `us-central1.${get<string>(cluster, "name")}`,
      mode,
      attestor: `projects/demo-project/attestors/${get<string>(
        application.resource.google_binary_authorization_attestor?.app_binary_authorization_attestor,
        "name",
      )}`,
      impersonate: "",
    });
    expect(get(data(application, "claim"), "input")).toEqual(settings(application));
    expect(get(data(application, "policy_pruned"), "input")).toEqual(settings(application));
  });

  test("the cluster looks at the policy, and the application insists on it", () => {
    expect(foundation?.resource.google_container_cluster?.foundation_cluster).toMatchObject({
      binary_authorization: { evaluation_mode: "PROJECT_SINGLETON_POLICY_ENFORCE" },
    });
    const conditions = get<{ condition: string; error_message: string }[]>(
      application.data?.google_container_cluster?.app_lookup_cluster,
      "lifecycle.postcondition",
    );
    expect(conditions[0]?.condition).toContain("PROJECT_SINGLETON_POLICY_ENFORCE");
    expect(conditions[0]?.error_message).toContain("apply that stack first");
  });

  test("key, note and attestor are the same as in every other mode", () => {
    const made = ({ resource }: Stack): object =>
      Object.fromEntries(
        Object.entries(resource).filter(([type]) =>
          /^(google_(kms|container_analysis|binary_auth)|random_)/.test(type),
        ),
      );
    expect(made(application)).toEqual(made(synthesize(on("ALWAYS_ALLOW")).application));
    expect(Object.keys(made(application)).sort()).toEqual([
      "google_binary_authorization_attestor",
      "google_binary_authorization_attestor_iam_member",
      "google_container_analysis_note",
      "google_container_analysis_note_iam_member",
      "google_kms_crypto_key",
      "google_kms_key_ring",
      "random_id",
    ]);
  });

  test("pods and jobs wait for the rule, and what is no longer needed waits for them", () => {
    const workloads = ["kubernetes_deployment_v1", "kubernetes_job_v1", "kubernetes_cron_job_v1"].flatMap((type) =>
      Object.entries(application.resource[type] ?? {}).map(([name, block]) => [`${type}.${name}`, block] as const),
    );
    expect(workloads.length).toBeGreaterThan(8);
    for (const [, block] of workloads) {
      expect(get<string[]>(block, "depends_on")).toContain("terraform_data.app_binary_authorization_rule_written");
    }
    expect(get<string[]>(data(application, "policy_pruned"), "depends_on")).toEqual(
      expect.arrayContaining(workloads.map(([address]) => address)),
    );
    expect(
      get<string[]>(
        application.resource.google_secret_manager_secret?.app_binary_authorization_policy_memory,
        "depends_on",
      ),
    ).toContain("terraform_data.app_binary_authorization_policy_pruned");
  });
});

describe("where builds or releases say what runs", () => {
  const trigger: Given = {
    enable_cicd_trigger: true,
    github_repository_url: "https://github.com/acme/dify",
    github_app_installation_id: "1",
  };
  const memory = (stack: Stack): unknown =>
    stack.resource.google_secret_manager_secret?.app_binary_authorization_policy_memory?.annotations;

  test.each<Given>([
    trigger,
    { ...trigger, enable_cloud_deploy: true },
    { delivered_by_service_account: "deploy@demo-project.iam.gserviceaccount.com" },
  ])("exemptions of earlier images stay, and are remembered until the rule goes: %j", (given) => {
    const { application } = synthesize(on("REQUIRE_ATTESTATION", given));
    expect(application.resource.terraform_data).not.toHaveProperty("app_binary_authorization_policy_pruned");
    const { exempt } = settings(application);
    expect(exempt.length).toBeGreaterThan(5);
    const earlier = get<string>(data(application, "claim"), "input.exempt");
    expect(earlier).toContain(JSON.stringify(exempt));
    expect(earlier).toContain("data.google_secret_manager_secrets.app_binary_authorization_policy_previous.secrets");
    expect(memory(application)).toContain(earlier.slice(2, -1));
    expect(memory(application)).toContain('mode = "REQUIRE_ATTESTATION"');
  });

  test("elsewhere they go, as Terraform sees the last pod go", () => {
    const { application } = synthesize(on("REQUIRE_ATTESTATION"));
    expect(memory(application)).toEqual({
      mode: "REQUIRE_ATTESTATION",
      exempt: settings(application).exempt.join(" "),
    });
  });
});

describe("what Terraform runs", () => {
  const { application } = synthesize(on("REQUIRE_ATTESTATION"));

  test("a change of the rule never runs what is for its destruction", () => {
    expect(provisioner(application, "claim")).toMatchObject({ when: "destroy", on_failure: "continue" });
    expect(get(data(application, "claim"), "triggers_replace")).toEqual({
      project: "demo-project",
      cluster: settings(application).cluster,
    });
    for (const name of ["rule_written", "policy_pruned"]) {
      expect(get<unknown[]>(data(application, name), "provisioner")).toHaveLength(1);
      expect(provisioner(application, name)).not.toHaveProperty("when");
      const { mode, exempt } = settings(application);
      expect(get(data(application, name), "triggers_replace")).toMatchObject({ mode, exempt });
    }
  });

  test("the token is ephemeral, and at destroy there is none", () => {
    expect(provisioner(application, "rule_written").environment.BINAUTHZ_TOKEN).toMatch(/^\$\{ephemeral\./);
    expect(provisioner(application, "policy_pruned").environment.BINAUTHZ_TOKEN).toMatch(/^\$\{ephemeral\./);
    const { environment } = provisioner(application, "claim");
    expect(Object.keys(environment).sort()).toEqual([
      "BINAUTHZ_ACTION",
      "BINAUTHZ_QUOTA_PROJECT",
      "BINAUTHZ_SETTINGS",
      "GOOGLE_REST",
      "SCRIPT",
    ]);
    // Terraform allows a reference to nothing but the resource itself there.
    expect(environment.BINAUTHZ_SETTINGS).toBe("${jsonencode(self.input)}");
    expect(`${environment.GOOGLE_REST}${environment.SCRIPT}`.replaceAll("$${", "")).not.toContain("${");
  });

  test("turned off, it still says what is to be done about an earlier rule", () => {
    const off = synthesize().application;
    expect(data(off, "claim")).toMatchObject({ count: 0 });
    expect(provisioner(off, "claim")).toEqual(provisioner(application, "claim"));
    expect(Object.keys(off.resource.terraform_data ?? {}).filter((name) => name.includes("binary"))).toEqual([
      "app_binary_authorization_claim",
    ]);
    expect(Object.keys(off.resource).filter((type) => /kms|container_analysis|binary_auth|random/.test(type))).toEqual(
      [],
    );
    expect(JSON.stringify(off.data)).not.toContain("binauthz");
  });

  test("in a cluster that stays, a rule that cannot be taken away stops the run", () => {
    const named = {
      network_name: "shared",
      gke_cluster_name: "shared-cluster",
      sql_instance_name: "sql",
      nfs_instance_name: "nfs",
      redis_password_secret: "redis",
    };
    for (const given of [named, on("REQUIRE_ATTESTATION", named)]) {
      expect(provisioner(synthesize(given).application, "claim").on_failure).toBe("fail");
    }
    const conditions = get<{ error_message: string }[]>(
      synthesize(on("ALWAYS_DENY", named)).application.data?.google_container_cluster?.app_lookup_cluster,
      "lifecycle.postcondition",
    );
    expect(conditions.map(({ error_message }) => error_message).join("\n")).toContain(
      "gcloud container clusters update shared-cluster --location=us-central1 --project=demo-project " +
        "--binauthz-evaluation-mode=PROJECT_SINGLETON_POLICY_ENFORCE",
    );
  });

  test("acts as the account that Terraform acts as", () => {
    const account = "deployer@demo-project.iam.gserviceaccount.com";
    const stack = synthesize(on("REQUIRE_ATTESTATION", { impersonation_service_account: account })).application;
    expect(settings(stack).impersonate).toBe(account);
  });
});

describe("the foundation, turned off", () => {
  const { foundation } = synthesize();
  const cluster = foundation?.resource.google_container_cluster?.foundation_cluster;

  test("says DISABLED to a cluster that was turned on from here, and nothing to another", () => {
    expect(cluster).not.toHaveProperty("binary_authorization");
    expect(get(cluster, "dynamic.binary_authorization")).toEqual({
      for_each: expect.stringContaining("google_secret_manager_secrets.foundation_cluster_admission_marks") as unknown,
      content: { evaluation_mode: "DISABLED" },
    });
    expect(JSON.stringify(foundation?.resource.google_secret_manager_secret ?? {})).not.toContain("binauthz");
  });

  test("the mark is made before the cluster is turned on, and goes after it was turned off", () => {
    const turnedOn = synthesize(on("ALWAYS_ALLOW")).foundation;
    if (!turnedOn) throw new Error("There is no foundation");
    const mark = turnedOn.resource.google_secret_manager_secret?.foundation_cluster_admission_mark;
    expect(mark).toMatchObject({ lifecycle: { create_before_destroy: true } });
    expect(get<string>(cluster, "dynamic.binary_authorization.for_each")).toContain(
      `"${get<string>(mark, "secret_id")}"`,
    );
    expect(needs(turnedOn, "google_container_cluster.foundation_cluster")).toContain(
      "google_secret_manager_secret.foundation_cluster_admission_mark",
    );
  });
});

describe("who may sign", () => {
  const MEMBER = "serviceAccount:build@demo-project.iam.gserviceaccount.com";

  /** Roles of a member: type of the resource, what it is on, role. */
  function grants(stack: Stack, member: string): string[][] {
    return Object.entries(stack.resource)
      .filter(([type]) => type.endsWith("_iam_member"))
      .flatMap(([type, named]) =>
        Object.values(named)
          .filter((block) => block.member === member)
          .map((block) => [
            type,
            String(block.crypto_key_id ?? block.note ?? block.attestor ?? block.project),
            String(block.role),
          ]),
      )
      .sort();
  }

  test("the build, with this key on this note; nothing wider than Google has it", () => {
    const app: App = Testing.app();
    const { application } = build(app, on("REQUIRE_ATTESTATION", { deletion_protection: false }));
    const construct = application.node.findAll().find((child) => child instanceof BinaryAuthorization);
    const ready = construct?.allowSigning(MEMBER);
    expect(construct?.allowSigning("serviceAccount:second@demo-project.iam.gserviceaccount.com")).toHaveLength(5);
    expect(ready).toHaveLength(5);
    const stack = JSON.parse(Testing.synth(application)) as Stack;
    expect(grants(stack, MEMBER)).toEqual([
      [
        "google_binary_authorization_attestor_iam_member",
        "${google_binary_authorization_attestor.app_binary_authorization_attestor.name}",
        "roles/binaryauthorization.attestorsViewer",
      ],
      [
        "google_container_analysis_note_iam_member",
        "${google_container_analysis_note.app_binary_authorization_attestor_note.name}",
        "roles/containeranalysis.notes.attacher",
      ],
      [
        "google_container_analysis_note_iam_member",
        "${google_container_analysis_note.app_binary_authorization_attestor_note.name}",
        "roles/containeranalysis.notes.occurrences.viewer",
      ],
      [
        "google_kms_crypto_key_iam_member",
        "${google_kms_crypto_key.app_binary_authorization_key.id}",
        "roles/cloudkms.signerVerifier",
      ],
      ["google_project_iam_member", "demo-project", "roles/containeranalysis.occurrences.editor"],
    ]);
  });

  test("nobody else; Google's own checker may read what it checks", () => {
    const { application } = synthesize(on("REQUIRE_ATTESTATION"));
    expect(application.resource).not.toHaveProperty("google_kms_crypto_key_iam_member");
    const agent =
      "serviceAccount:${terraform_data.app_binary_authorization_attestor_service_agent_request.output.email}";
    expect(grants(application, agent).map(([, , role]) => role)).toEqual([
      "roles/binaryauthorization.attestorsVerifier",
      "roles/containeranalysis.notes.occurrences.viewer",
    ]);
  });

  test("the attestor has the key's public half, under the name that signatures give it", () => {
    const { application } = synthesize(on("REQUIRE_ATTESTATION"));
    const version = "data.google_kms_crypto_key_version.app_binary_authorization_key_version";
    expect(
      get(
        application.resource.google_binary_authorization_attestor?.app_binary_authorization_attestor,
        "attestation_authority_note.public_keys.0",
      ),
    ).toEqual({
      id: `\${${version}.id}`,
      pkix_public_key: {
        public_key_pem: `\${one(${version}.public_key[*].pem)}`,
        signature_algorithm: "ECDSA_P256_SHA256",
      },
    });
    expect(application.resource.google_kms_crypto_key?.app_binary_authorization_key).toMatchObject({
      purpose: "ASYMMETRIC_SIGN",
      version_template: { algorithm: "EC_SIGN_P256_SHA256" },
    });
    expect(application.resource.google_kms_key_ring?.app_binary_authorization_key_ring).toMatchObject({
      name: expect.stringMatching(/-signing-\$\{random_id\.app_binary_authorization_key_suffix\.hex\}$/) as unknown,
      location: "us-central1",
    });
  });
});

test("outputs say who attests what, in every mode, and what runs without it", () => {
  const { application } = synthesize(on("REQUIRE_ATTESTATION"));
  expect(get(application.output?.binary_authorization, "value")).toEqual({
    attestor: settings(application).attestor,
    key_version: "${data.google_kms_crypto_key_version.app_binary_authorization_key_version.name}",
    mode: "REQUIRE_ATTESTATION",
    images: images(application),
    exempt_images: settings(application).exempt,
  });
  const allowed = synthesize(on("ALWAYS_ALLOW")).application;
  expect(get(allowed.output?.binary_authorization, "value")).toMatchObject({
    images: images(allowed),
    exempt_images: [],
  });
  expect(get(synthesize().application.output?.binary_authorization, "value")).toBe("${null}");
});
