import { App } from "cdktf";
import type { ApplicationConfig, Component, Job } from "../../modules/app-gke/application-config";
import { installation as installationOf } from "../../modules/app-gke/installation";
import { BucketAccess } from "../../modules/app-gke/platform/bucket-access";
import { mountedBucket, ownAccounts } from "../../modules/app-gke/platform/mounted-buckets";
import { InstallationStack } from "../../modules/app-gke/terraform/stack";
import { bucketAnnotations, bucketVolumes } from "../../modules/app-gke/workload/bucket-volumes";

const SIZE = { cpu: "250m", memory: "256Mi" };
const INSTALLATION = installationOf({
  projectId: "demo-project",
  region: "us-central1",
  environment: "test",
  tenantId: "demo",
  applicationName: "hello",
});
const mount = (name: string, bucket: string, readOnly?: boolean) => ({
  name,
  bucket,
  mountPath: `/mnt/${name}`,
  readOnly,
});
const component = (name: string, needs: Component["needs"], inPodOf?: string): Component => ({
  name,
  image: "busybox:1.37",
  resources: SIZE,
  needs,
  inPodOf,
});
const job = (name: string, needs: Job["needs"]): Job => ({ name, image: "busybox:1.37", resources: SIZE, needs });

const APPLICATION: ApplicationConfig = {
  name: "hello",
  displayName: "Hello",
  version: "1",
  entryPoint: "web",
  buckets: [{ nameSuffix: "data" }],
  database: { version: "POSTGRES_15", name: "hello", user: "hello", passwordSecret: "db-password" },
  components: [
    component("web", { googleApis: true, buckets: [mount("files", "data"), mount("models", "acme-models", true)] }),
    // Two in a pod: one of them writes.
    component("reader", { buckets: [mount("models", "acme-models", true)] }),
    component("writer", { buckets: [mount("models", "acme-models")] }, "reader"),
    component("proxied", { database: true, buckets: [mount("own", "acme.own")] }),
    component("measured", { googleRoles: ["roles/viewer"], buckets: [mount("files", "data", true)] }),
    component("plain", {}),
  ],
  jobs: [
    job("import", { database: true, buckets: [mount("files", `${INSTALLATION.resourcePrefix}-data`)] }),
    job("plain-job", { database: true }),
  ],
};

function grants(): unknown {
  const app = new App({ skipValidation: true });
  const stack = new InstallationStack(app, "test");
  new BucketAccess(stack, "access", {
    installation: INSTALLATION,
    application: APPLICATION,
    projectNumber: "42",
    workloadPool: "demo-project.svc.id.goog",
    namespace: "hello",
    accountOf: (task) => `hello-${task}`,
    identity: "serviceAccount:hello",
    names: { data: "made-data" },
    dependsOn: [],
  });
  const { resource, data } = stack.toTerraform() as Record<string, Record<string, Record<string, object>>>;
  const of = (blocks: Record<string, object> | undefined, ...fields: readonly string[]) =>
    Object.entries(blocks ?? {}).map(([id, block]) => [
      id,
      ...fields.map((field) => String((block as Record<string, string>)[field]).replace(/^.*\/subject\//, "")),
    ]);
  return [
    ...of(data?.google_storage_bucket, "name"),
    ...of(resource?.google_storage_bucket_iam_member, "bucket", "role", "member"),
  ];
}

test("each account gets the smallest role that serves, on just the buckets that its pods mount", () => {
  const found = "${data.google_storage_bucket.access_existing_acme_models.name}";
  expect(grants()).toEqual([
    ["access_existing_acme_models", "acme-models"],
    ["access_existing_acme_own_2381a1", "acme.own"],
    // The identity may use the application's own bucket already.
    ["access_identity_acme_models", found, "roles/storage.objectViewer", "serviceAccount:hello"],
    [
      "access_identity_acme_own_2381a1",
      found.replace("models", "own_2381a1"),
      "roles/storage.objectUser",
      "serviceAccount:hello",
    ],
    ["access_of_reader_acme_models", found, "roles/storage.objectUser", "ns/hello/sa/hello-reader"],
    ["access_of_measured_data", "made-data", "roles/storage.objectViewer", "ns/hello/sa/hello-measured"],
    ["access_of_import_data", "made-data", "roles/storage.objectUser", "ns/hello/sa/hello-import"],
  ]);
});

test("who mounts a bucket and has no other Google identity gets an account of its own, and nobody else", () => {
  expect(ownAccounts(APPLICATION)).toEqual(["reader", "measured", "import"]);
  // Without an Auth Proxy the pod needs no identity for its database.
  expect(ownAccounts({ ...APPLICATION, database: undefined })).toEqual(["reader", "proxied", "measured", "import"]);
});

test("a pod has each volume once, which can be written if one of its tasks may", () => {
  const [, reader, writer] = APPLICATION.components;
  if (!reader || !writer) throw new Error("There are more components");
  const volumes = bucketVolumes([reader, writer], (bucket) => bucket);
  expect(volumes).toEqual([
    {
      name: "models",
      csi: {
        driver: "gcsfuse.csi.storage.gke.io",
        readOnly: false,
        volumeAttributes: { bucketName: "acme-models" },
      },
    },
  ]);
  expect(bucketVolumes([reader], (bucket) => bucket)[0]?.csi?.readOnly).toBe(true);
});

test("a bucket is known by its suffix, by its full name, and as one that exists", () => {
  const names = ["data", `${INSTALLATION.resourcePrefix}-data`, "acme-models"].map((given) =>
    mountedBucket(given, INSTALLATION, APPLICATION.buckets),
  );
  expect(names).toEqual([`${INSTALLATION.resourcePrefix}-data`, `${INSTALLATION.resourcePrefix}-data`, "acme-models"]);
});

test("only pods with such volumes get the sidecar, with sizes that Autopilot leaves as they are", () => {
  expect(bucketAnnotations(APPLICATION.components.slice(-1), SIZE)).toEqual({});
  expect(bucketAnnotations(APPLICATION.components, { cpu: "1", memory: "256Mi" })).toEqual({
    "gke-gcsfuse/volumes": "true",
    "gke-gcsfuse/cpu-limit": "1",
    "gke-gcsfuse/memory-limit": "1024Mi",
    "gke-gcsfuse/ephemeral-storage-limit": "1Gi",
  });
});
