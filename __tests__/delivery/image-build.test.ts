import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runGoogleScript } from "../google-script";
import type { Result } from "../services/processes";
import { describeWith, tools } from "../services/require";
import type { Given } from "../terraform/synth";
import { BuildApi } from "./build-api";
import { application, blocks, TRIGGER } from "./stages";
import { Playground } from "./stub";

const CONTENT = "ARG BASE_IMAGE\nFROM $BASE_IMAGE\nRUN pip install ${EXTRA}\n";
const BASE = { require_services_gcp_module: false, enable_binary_authorization: true };

interface Step {
  readonly id: string;
  readonly script?: string;
  readonly env: readonly string[];
}
interface Build {
  readonly input: {
    readonly tag: string;
    readonly image: string;
    readonly build: {
      readonly steps: readonly Step[];
      readonly source?: { readonly gitSource: object };
      readonly serviceAccount: string;
    };
  };
  readonly triggers_replace: object;
  readonly provisioner: readonly { readonly "local-exec": { readonly environment: Record<string, string> } }[];
}

function synthesized(given: Given) {
  const stack = application({ ...BASE, deploy_application: false, ...given });
  return { stack, build: blocks(stack, "terraform_data")["app_image_build_build"] as unknown as Build };
}

const environment = (steps: readonly Step[], id: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (steps.find((step) => step.id === id)?.env ?? []).map((entry) => [
      entry.slice(0, entry.indexOf("=")),
      entry.slice(entry.indexOf("=") + 1),
    ]),
  );

describe("an image that is built at apply", () => {
  const { stack, build } = synthesized({
    deploy_application: true,
    image_scan_severity: "HIGH",
    container_build_config: { dockerfile_content: CONTENT, build_args: { EXTRA: "a$b" } },
  });

  test("has a trigger's steps, without what deploys", () => {
    expect(build.input.build.steps.map(({ id }) => id)).toEqual(["dockerfile", "build", "scan", "sign"]);
  });

  test("begins with Dify's own image, through the mirror that its account may read", () => {
    const { BUILD_ARGS = "", REPLACES, COMMIT_SHA } = environment(build.input.build.steps, "build");
    expect(BUILD_ARGS).toMatch(/^EXTRA=a\$\$b\nBASE_IMAGE=us-central1-docker\.pkg\.dev\/.+\/langgenius\/dify-api:\d/);
    expect(REPLACES).toBe("langgenius/dify-api");
    expect(COMMIT_SHA).toBe(build.input.tag);
    expect(JSON.stringify(blocks(stack, "google_artifact_registry_repository_iam_member"))).toContain(
      "app_delivery_accounts_build_account",
    );
  });

  test("hands the Dockerfile over as it was meant, through Terraform and Cloud Build", () => {
    expect(environment(build.input.build.steps, "dockerfile")["DOCKERFILE_CONTENT"]).toBe(
      // `$$` is Cloud Build's dollar sign, and `$${` Terraform's.
      "ARG BASE_IMAGE\nFROM $$BASE_IMAGE\nRUN pip install $$${EXTRA}\n",
    );
  });

  test("keeps no script in the state", () => {
    expect(build.input.build.steps.map((step) => step.script)).toEqual([undefined, undefined, undefined, undefined]);
    const { IMAGE_BUILD_SCRIPTS = "{}" } = build.provisioner[0]?.["local-exec"].environment ?? {};
    expect(Object.keys(JSON.parse(IMAGE_BUILD_SCRIPTS.replaceAll("$${", "${")) as object)).toEqual(
      build.input.build.steps.map(({ id }) => id),
    );
  });

  test("runs by digest in every container that would run Dify's, and in the migration", () => {
    const images = [...allImages(stack)];
    const found = "${data.google_artifact_registry_docker_image.app_image_build_image.self_link}";
    expect(images.filter((image) => image === found).length).toBeGreaterThan(4);
    expect(images.filter((image) => image.includes("langgenius/dify-api"))).toEqual([]);
    expect(images.some((image) => image.includes("langgenius/dify-web"))).toBe(true);
  });

  test("is built again when what it is made of changes, and not for anything else", () => {
    const tag = (config: object, given: Given = {}) =>
      synthesized({ ...given, container_build_config: config }).build.input.tag;
    expect(tag({ dockerfile_content: CONTENT, build_args: { EXTRA: "a$b" } })).toBe(build.input.tag);
    expect(tag({ dockerfile_content: `${CONTENT}#`, build_args: { EXTRA: "a$b" } })).not.toBe(build.input.tag);
    expect(tag({ dockerfile_content: CONTENT, build_args: { EXTRA: "c" } })).not.toBe(build.input.tag);
  });
});

test("a base image alone is the image; files of a repository come from the commit", () => {
  const alone = synthesized({ container_build_config: { base_image: "ghcr.io/acme/api:1" } }).build.input.build;
  expect(alone.source).toBeUndefined();
  expect(environment(alone.steps, "dockerfile")["DOCKERFILE_CONTENT"]).toBe("ARG BASE_IMAGE\nFROM $$BASE_IMAGE\n");
  expect(environment(alone.steps, "build")["BUILD_ARGS"]).toBe("BASE_IMAGE=ghcr.io/acme/api:1");
  const files = synthesized({
    container_build_config: { dockerfile_path: "api/Dockerfile" },
    github_repository_url: "https://github.com/acme/dify",
    container_build_commit: "0123456789abcdef0123456789abcdef01234567",
  }).build.input.build;
  expect(files.source).toEqual({
    gitSource: { url: "https://github.com/acme/dify", revision: "0123456789abcdef0123456789abcdef01234567" },
  });
  expect(files.steps.map(({ id }) => id)).toEqual(["build", "sign"]);
});

test("a trigger takes the Dockerfile of the settings as well, and account and repository stay", () => {
  const pushed = application({
    ...BASE,
    ...TRIGGER,
    deploy_application: false,
    container_build_config: { dockerfile_content: CONTENT },
  });
  const [trigger] = Object.values(blocks(pushed, "google_cloudbuild_trigger"));
  const { step } = (trigger as unknown as { build: { step: Step[] } }).build;
  expect(step.map(({ id }) => id)).toEqual(["dockerfile", "build", "sign", "prepare", "deploy"]);
  const { stack } = synthesized({ container_build_config: { dockerfile_content: CONTENT } });
  for (const type of ["google_artifact_registry_repository", "google_service_account"]) {
    expect(Object.keys(blocks(pushed, type))).toEqual(expect.arrayContaining(Object.keys(blocks(stack, type))));
  }
});

test("a Dockerfile is written over a link, not through it", async () => {
  const playground = new Playground("write-dockerfile.sh", { DOCKERFILE: ".d", DOCKERFILE_CONTENT: "FROM a" });
  try {
    expect((await playground.file(".d", "old").run()).code).toBe(0);
    expect(readFileSync(join(playground.repository, ".d"), "utf8")).toBe("FROM a\n");
    expect((await playground.run({ DOCKERFILE: "../d" })).stderr).toContain("without a directory");
  } finally {
    playground.remove();
  }
});

describeWith([tools.python], "image_build.py", () => {
  let api: BuildApi;
  let address: string;

  beforeEach(async () => {
    api = new BuildApi();
    address = await api.listen();
  });

  afterEach(async () => {
    await api.stop();
  });

  const build = (changed: object = {}): Promise<Result> =>
    runGoogleScript({
      ...{ file: "image_build.py", prefix: "IMAGE_BUILD", action: "build", address },
      settings: {
        project: "demo",
        location: "europe-west1",
        image: "europe-west1-docker.pkg.dev/demo/built/dify",
        tag: "0123",
        impersonate: "",
        build: { steps: [{ id: "build" }], timeout: "60s", tags: ["dify-demo"] },
        ...changed,
      },
      more: { IMAGE_BUILD_SCRIPTS: JSON.stringify({ build: "true", sign: "true" }) },
    });

  test("submits once, waits, and leaves alone what is there", async () => {
    api.refusals.push(403);
    expect(await build()).toMatchObject({ code: 0, stderr: "" });
    expect(api.builds).toHaveLength(1);
    expect(api.builds[0]).toMatchObject({ steps: [{ id: "build", script: "true" }] });
    const again = await build();
    expect(again.stdout).toContain("exists already, from build build-1");
    // Attested now, or gone: both are built again.
    await build({ build: { steps: [{ id: "build" }, { id: "sign" }], timeout: "60s", tags: [] } });
    expect(api.builds).toHaveLength(2);
    await build();
    api.pushed.clear();
    await build();
    expect(api.builds).toHaveLength(4);
  });

  test("waits for what an apply before has submitted, and says why a build ended", async () => {
    api.ends = {
      status: "FAILURE",
      failureInfo: { type: "USER_BUILD_STEP", detail: "exit status 1." },
      steps: [{ id: "build", status: "FAILURE" }],
    };
    const failed = await build();
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain(
      'build-1 of europe-west1-docker.pkg.dev/demo/built/dify ended with FAILURE at step "build": exit status 1. ' +
        "Its log says why: https://console.cloud.google.com/cloud-build/builds/1",
    );
    expect(failed.stdout + failed.stderr).not.toContain("very-secret-token");
    api.ends = { status: "SUCCESS" };
    await build();
    const [, second] = api.builds;
    if (!second) throw new Error("It was not built again");
    second.status = "WORKING";
    expect((await build()).stdout).toContain("is built, by build build-2");
    expect(api.builds).toHaveLength(2);
  });
});

function* allImages(value: unknown): Generator<string> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === "image" && typeof inner === "string") yield inner;
    else yield* allImages(inner);
  }
}
