import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TARGET_NAME_LIMIT } from "../../modules/app-gke/delivery/settings";
import { digest, Playground, starting } from "./stub";

const API = "us-central1-docker.pkg.dev/demo-project/mirror/langgenius/dify-api";
const RELEASE = "r-0123456789ab-9f8e7d6c";
const PLACE = "--project=demo-project --region=us-central1 --delivery-pipeline=dify-dev";
const URL = `https://console.cloud.google.com/deploy/delivery-pipelines/us-central1/dify-dev/releases/${RELEASE}/rollouts?project=demo-project`;

let playground: Playground;

beforeEach(() => {
  playground = new Playground("create-release.sh", {
    PROJECT: "demo-project",
    REGION: "us-central1",
    PIPELINE: "dify-dev",
    MANIFESTS: "gs://bucket/manifests",
    STAGING: "gs://bucket/releases",
    COMMIT_SHA: "0123456789ABcdef0123456789abcdef01234567",
    BUILD_ID: "9f8e7d6c-1111-2222-3333-444455556666",
  });
  playground.file("bucket/skaffold.yaml", "apiVersion: skaffold/v4beta7\n");
  playground.file(
    "bucket/api.yaml",
    "restarted-by: release-placeholder\nlabels: [release-placeholder, release-placeholder]\n",
  );
  playground.file("bucket/deep/web.yaml", "restarted-by: release-placeholder\n");
  playground.file("bucket/notes.txt", "release-placeholder\n");
  playground.images = { [API]: `${API}@${digest("a")}`, nginx: `docker.io/nginx@${digest("b")}` };
  playground
    .answer("gcloud deploy releases describe *", {
      code: 1,
      stderr: `ERROR: (gcloud.deploy.releases.describe) NOT_FOUND: Resource '${RELEASE}' was not found\n`,
    })
    .answer("gcloud storage cp *", { run: `cp -r '${playground.repository}/bucket/.' "\${@: -1}"` })
    // The source is gone when the script has ended.
    .answer("gcloud deploy releases create *", {
      run: `for argument in "$@"; do case $argument in --source=*) cp -r "\${argument#*=}" "$stub/source" ;; esac; done`,
    });
});

afterEach(() => {
  playground.remove();
});

const released = (file: string): string => readFileSync(join(playground.directory, "bin/source", file), "utf8");

test("leaves room in a rollout's name for the longest target", () => {
  expect(`${RELEASE}-to-${"t".repeat(TARGET_NAME_LIMIT)}-0001`).toHaveLength(63);
});

test("makes a release of the manifests and the images", async () => {
  const { code, stdout, stderr, calls } = await playground.run();
  expect([code, stderr]).toEqual([0, ""]);
  const source = /--source=(\S+)/.exec(calls[2] ?? "")?.[1] ?? "";
  expect(source).toMatch(/^\//);
  expect(calls).toEqual([
    `gcloud deploy releases describe ${RELEASE} ${PLACE} --format=value(renderState)`,
    `gcloud storage cp --recursive gs://bucket/manifests/* ${source}/`,
    [
      `gcloud deploy releases create ${RELEASE} ${PLACE} --source=${source} --skaffold-file=skaffold.yaml`,
      "--gcs-source-staging-dir=gs://bucket/releases",
      `--images=${API}=${API}@${digest("a")},nginx=docker.io/nginx@${digest("b")}`,
      "--annotations=commit=0123456789ABcdef0123456789abcdef01234567,build=9f8e7d6c-1111-2222-3333-444455556666",
      "--description=Commit 0123456789ABcdef0123456789abcdef01234567",
    ].join(" "),
  ]);
  expect(stdout).toContain(URL);
});

test("writes the release's name into every manifest, and into nothing else", async () => {
  expect((await playground.run()).code).toBe(0);
  expect(released("api.yaml")).toBe(`restarted-by: ${RELEASE}\nlabels: [${RELEASE}, ${RELEASE}]\n`);
  expect(released("deep/web.yaml")).toBe(`restarted-by: ${RELEASE}\n`);
  expect(released("notes.txt")).toBe("release-placeholder\n");
  expect(released("skaffold.yaml")).toBe("apiVersion: skaffold/v4beta7\n");
});

test("leaves nothing behind in the temporary directory", async () => {
  const { calls } = await playground.run();
  const source = /--source=(\S+)/.exec(calls[2] ?? "")?.[1] ?? "";
  expect(() => readFileSync(join(source, "skaffold.yaml"))).toThrow("ENOENT");
});

test("takes a folder that ends with a slash, and a description as it is", async () => {
  const { code } = await playground.run({ MANIFESTS: "gs://bucket/manifests/", DESCRIPTION: "Fix 'it', $HOME & more" });
  expect(code).toBe(0);
  const calls = playground.calls();
  expect(calls[1]).toContain("gs://bucket/manifests/*");
  expect(calls[2]).toContain("--description=Fix 'it', $HOME & more");
});

test("does nothing when the release is there and on its way", async () => {
  playground.answer("gcloud deploy releases describe *", "SUCCEEDED\n");
  playground.answer("gcloud deploy rollouts list *", `${RELEASE}-to-dev-0001\n`);
  const { code, stdout, stderr, calls } = await playground.run();
  expect([code, stderr, calls.length]).toEqual([0, "", 2]);
  expect(stdout).toBe(`create-release: release ${RELEASE} exists already (SUCCEEDED): ${URL}\n`);
});

test("gives a release that is there the first rollout that an earlier try did not make", async () => {
  playground.answer("gcloud deploy releases describe *", "SUCCEEDED\n");
  playground.answer("gcloud deploy rollouts list *", "");
  playground.answer("gcloud deploy releases promote *");
  const { code, calls } = await playground.run();
  expect(code).toBe(0);
  expect(calls.at(-1)).toMatch(`gcloud deploy releases promote --release=${RELEASE} `);
});

test("a release that could not be rendered is a failure, however often it is asked for", async () => {
  playground.answer("gcloud deploy releases describe *", "FAILED\n");
  const { code, stderr, calls } = await playground.run();
  expect([code, calls.length]).toEqual([1, 1]);
  expect(stderr).toContain("could not be rendered");
});

test("does not take another error for a release that is not there", async () => {
  playground.answer("gcloud deploy releases describe *", { code: 1, stderr: "ERROR: PERMISSION_DENIED\n" });
  const { code, stderr, calls } = await playground.run();
  expect([code, calls.length]).toEqual([1, 1]);
  expect(stderr).toContain(`cannot look for release ${RELEASE}: ERROR: PERMISSION_DENIED`);
});

test.each([
  ["the manifests cannot be copied", "gcloud storage *", { code: 1 }, "cannot copy gs://bucket/manifests"],
  ["the bucket is empty", "gcloud storage *", {}, "there is no skaffold.yaml in gs://bucket/manifests"],
])("makes no release when %s", async (_, pattern, answer, message) => {
  playground.answer(pattern, answer);
  const { code, stderr, calls } = await playground.run();
  expect(code).toBe(1);
  expect(stderr).toContain(message);
  expect(starting(calls, "gcloud deploy releases create")).toEqual([]);
});

test("makes no release when no manifest would be new", async () => {
  playground.file("bucket/api.yaml").file("bucket/deep/web.yaml");
  const { code, stderr, calls } = await playground.run();
  expect(code).toBe(1);
  expect(stderr).toContain("has 'release-placeholder' in it");
  expect(starting(calls, "gcloud deploy releases create")).toEqual([]);
});

test("fails with a release that cannot be made", async () => {
  playground.answer("gcloud deploy releases create *", { code: 1, stderr: "ERROR: pipeline is suspended\n" });
  const { code, stdout, stderr } = await playground.run();
  expect(code).toBe(1);
  expect(stderr).toContain("ERROR: pipeline is suspended\n");
  expect(stderr).toContain(`release ${RELEASE} could not be made`);
  expect(stdout).not.toContain(URL);
});

test.each([
  ["MANIFESTS", "bucket/manifests", "MANIFESTS is 'bucket/manifests'. Give a place in a bucket"],
  ["STAGING", "gs://", "STAGING is 'gs://'"],
  ["BUILD_ID", "a b", "cannot be a release's name"],
])("refuses %s=%s before it calls anything", async (name, value, message) => {
  const { code, stderr, calls } = await playground.run({ [name]: value });
  expect([code, calls]).toEqual([1, []]);
  expect(stderr).toContain(message);
});

test("hands on images in the order of the file", async () => {
  writeFileSync(join(playground.delivery, "images"), "b=x/b:1\na=x/a:1\n");
  const { calls } = await playground.run();
  expect(calls[2]).toContain("--images=b=x/b:1,a=x/a:1 ");
});
