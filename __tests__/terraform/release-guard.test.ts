import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, Testing } from "cdktf";
import { installation } from "../../modules/app-gke/installation";
import { ReleaseGuard } from "../../modules/app-gke/platform/release-guard";
import { InstallationStack } from "../../modules/app-gke/terraform/stack";
import { resolveRelease } from "../../modules/dify-common";
import { newest } from "../../modules/dify-common/releases";
import { releaseSettings } from "../../modules/dify-gke/release";
import { type Given, variablesOf } from "./synth";

const BINARY = process.env.TERRAFORM_BINARY_NAME || "terraform";
const { error } = spawnSync(BINARY, ["version"]);
if (error) console.warn(`The conditions on releases are NOT tried with Terraform: ${BINARY} is not on the PATH.`);

type Labels = Readonly<Record<string, string>>;

/** What Terraform makes of the conditions: messages of those that do not hold. */
interface Plan {
  readonly refusals: readonly string[];
  readonly reminders: readonly string[];
}

/** The same as Terraform gives it back. */
interface Answer {
  readonly name: string;
  readonly refusals: readonly { readonly holds: boolean; readonly text: string }[];
  readonly reminders: readonly { readonly holds: boolean; readonly text: string }[];
}

const INSTALLATION = installation({
  projectId: "demo-project",
  region: "us-central1",
  environment: "dev",
  tenantId: "demo",
  applicationName: "dify",
  labels: {},
  deletionProtection: false,
});

function guard(given: Given) {
  const app: App = Testing.app();
  const stack = new InstallationStack(app, "stack", {});
  const variables = variablesOf(given);
  const { version } = resolveRelease(variables.application_version);
  const settings = releaseSettings(version, variables, { namespace: "dify-dev", api: "deployment/dify-api" });
  const { checks } = new ReleaseGuard(stack, "release", {
    installation: INSTALLATION,
    settings,
    version,
    deployedAfter: [],
    dependsOn: [],
  });
  const { resource, check } = JSON.parse(Testing.synth(stack)) as {
    readonly resource: {
      readonly google_secret_manager_secret: {
        readonly release: { readonly labels: Labels; readonly secret_id: string };
      };
    };
    readonly check?: Readonly<Record<string, { readonly assert: { condition: string; error_message: string } }>>;
  };
  return { marker: resource.google_secret_manager_secret.release, checks, warnings: Object.values(check ?? {}) };
}

/** The labels that an environment leaves behind. */
function labels(given: Given): Labels {
  return guard(given).marker.labels;
}

/** Cases by name: what is to be deployed, and the labels of what is. */
const cases = new Map<string, { readonly given: Given; readonly deployed?: Labels }>();

function plan(name: string, given: Given, deployed?: Labels): () => Plan {
  cases.set(name, { given, deployed });
  return () => answers()[name] ?? { refusals: ["no answer"], reminders: [] };
}

let known: Readonly<Record<string, Plan>> | undefined;

/** All cases in one run of Terraform, with a list of secrets instead of Secret Manager's. */
function answers(): Readonly<Record<string, Plan>> {
  if (known) return known;
  const directory = mkdtempSync(join(tmpdir(), "release-guard-"));
  const output = Object.fromEntries(
    [...cases].map(([name, { given, deployed }], index) => {
      const { marker, checks, warnings } = guard(given);
      const secrets = deployed ? [{ secret_id: marker.secret_id, labels: deployed }] : [];
      const value = {
        name,
        refusals: checks.map(({ condition, message }) => ({ holds: `\${${condition}}`, text: message })),
        reminders: warnings.map(({ assert }) => ({ holds: assert.condition, text: assert.error_message })),
      };
      const text = JSON.stringify(value).replaceAll(
        /data\.google_secret_manager_secrets\.release_deployed\.secrets/g,
        `local.secrets_${index}`,
      );
      return [`case_${index}`, { value: JSON.parse(text) as object, secrets }];
    }),
  );
  const stack = {
    locals: Object.fromEntries(
      Object.values(output).map(({ secrets }, index): [string, unknown] => [`secrets_${index}`, secrets]),
    ),
    output: Object.fromEntries(Object.entries(output).map(([key, { value }]) => [key, { value }])),
  };
  writeFileSync(join(directory, "main.tf.json"), JSON.stringify(stack));
  const run = (...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(BINARY, args, { cwd: directory, encoding: "utf8" });
    if (status !== 0) throw new Error(stderr.slice(-2000));
    return stdout;
  };
  run("init", "-input=false", "-no-color");
  run("apply", "-auto-approve", "-input=false", "-no-color");
  const outputs = JSON.parse(run("output", "-json")) as Record<string, { value: Answer }>;
  rmSync(directory, { recursive: true });
  const failed = (list: Answer["refusals"]): string[] => list.filter(({ holds }) => !holds).map(({ text }) => text);
  known = Object.fromEntries(
    Object.values(outputs).map(({ value: { name, refusals, reminders } }) => [
      name,
      { refusals: failed(refusals), reminders: failed(reminders) },
    ]),
  );
  return known;
}

(error ? describe.skip : describe)("a plan that follows on a release", () => {
  const release = (application_version: string): Given => ({ application_version });
  const through = { refusals: [], reminders: [] };

  test.each([
    ["nothing was deployed", plan("first", {})],
    ["the same was", plan("same", {}, labels({}))],
    ["the same old one was", plan("same old", release("1.8.1"), labels(release("1.8.1")))],
    ["the last one with a step was", plan("past the steps", {}, labels(release("1.15.0")))],
    ["an earlier version of this project says which", plan("earlier label", {}, { release: "1016001" })],
    ["a fix of it was", plan("fix", {}, labels(release(`${newest.version}-fix.1`)))],
    ["the release itself is to be fixed", plan("to a fix", release(`${newest.version}-fix.1`), labels({}))],
    ["no step is in between", plan("no step", release("1.14.2"), labels(release("1.9.0")))],
    ["the release brings an older plugin daemon", plan("older daemon", release("1.13.3"), labels(release("1.13.2")))],
    ["an image was the user's own", plan("own before", {}, labels({ container_image: "example.com/dify-api:ours" }))],
    ["an image is the user's own", plan("own after", { container_image: "example.com/dify-api:ours" }, labels({}))],
  ])("goes through where %s", (_, answer) => {
    expect(answer()).toMatchObject(through);
  });

  const skipping = plan("both steps", {}, labels(release("1.8.1")));
  const skippingOne = plan("one step", release("1.14.2"), labels(release("1.8.1")));
  const earlierLabel = plan("step with an earlier label", {}, { release: "1014002" });

  test("is refused where it passes what a release asks for, with the way", () => {
    const { refusals, reminders } = skipping();
    expect(reminders).toEqual([]);
    expect(refusals).toEqual([
      expect.stringContaining('Set application_version = "1.9.0", apply, run'),
      expect.stringContaining('Set application_version = "1.15.0", apply, run'),
    ]);
    expect(refusals[1]).toContain(
      "\n  kubectl -n dify-dev exec deployment/dify-api -c api -- flask backfill-plugin-auto-upgrade\n",
    );
    expect(skippingOne().refusals).toEqual([expect.stringContaining("1.9.0")]);
    expect(earlierLabel().refusals).toEqual([expect.stringContaining("1.15.0")]);
  });

  test.each([
    ["1.8.1", "1.9.0", ["transform-datasource-credentials"]],
    ["1.9.0", "1.15.0", ["backfill-plugin-auto-upgrade", "data-migrate legacy-model-types --apply"]],
  ] as const)("goes from %s to %s, and says what to run then", (before, after, commands) => {
    const { refusals, reminders } = steps[after]();
    expect([before, refusals]).toEqual([before, []]);
    expect(reminders).toHaveLength(1);
    for (const command of commands) expect(reminders[0]).toContain(`-c api -- flask ${command}\n`);
  });

  const steps = {
    "1.9.0": plan("to 1.9.0", release("1.9.0"), labels(release("1.8.1"))),
    "1.15.0": plan("to 1.15.0", release("1.15.0"), labels(release("1.9.0"))),
  };
  const byHand = plan("by hand", { upgrade_steps_by_hand: ["1.9.0", "1.15.0"] }, labels(release("1.8.1")));
  const afterwards = plan("by hand, then", { upgrade_steps_by_hand: ["1.9.0", "1.15.0"] }, labels({}));

  test("passes steps that are done by hand, with a reminder", () => {
    expect(byHand().refusals).toEqual([]);
    expect(byHand().reminders.map((text) => /needs a step by hand/.test(text))).toEqual([true, true]);
    expect(afterwards()).toMatchObject(through);
  });

  const back = plan("back", release("1.15.0"), labels({}));
  const allowed = plan("back, allowed", { ...release("1.15.0"), allow_version_downgrade: true }, labels({}));

  test("does not go back, unless it is allowed", () => {
    expect(back().refusals).toEqual([
      expect.stringMatching(/newer than 1\.15\.0 \(api, plugin_daemon, release\).* allow_version_downgrade = true/),
    ]);
    expect(allowed()).toMatchObject(through);
  });

  const newerApi = { ...release("1.15.0"), component_image_tags: { api: newest.version } };
  const apiBack = plan("API back", release("1.15.0"), labels(newerApi));
  const olderDaemon = { component_image_tags: { plugin_daemon: "0.5.3-local" } };
  const daemonBack = plan("daemon back", olderDaemon, labels({}));
  const daemonSame = plan("daemon as before", olderDaemon, labels(olderDaemon));

  test("does not go back with a single component either", () => {
    expect(apiBack().refusals).toEqual([expect.stringContaining("newer than 1.15.0 (api)")]);
    expect(daemonBack().refusals).toEqual([expect.stringContaining(`newer than ${newest.version} (plugin_daemon)`)]);
    expect(daemonSame()).toMatchObject(through);
  });

  const memorystore: Given = { redis_service: "memorystore" };
  const filestore: Given = { filestore_tier: "ZONAL" };
  const pods = (vector_store_replicas: number): Given => ({ vector_store: "qdrant", vector_store_replicas });
  const staged: Given = {
    enable_cicd_trigger: true,
    github_repository_url: "https://github.com/acme/dify",
    enable_cloud_deploy: true,
  };

  test.each([
    ["on the same Redis", plan("Redis stays", memorystore, labels(memorystore))],
    [
      "on another Redis, with a move",
      plan("Redis moves", { ...memorystore, redis_moves_from: "file_server" }, labels({})),
    ],
    ["on as many pods", plan("pods stay", pods(3), labels(pods(3)))],
    ["on more pods", plan("more pods", pods(3), labels(pods(1)))],
    [
      "on fewer pods, and the others are empty",
      plan("fewer pods, drained", { ...pods(1), vector_store_drained_from: 3 }, labels(pods(3))),
    ],
    ["in a store that has not noted its pods", plan("pods not noted", pods(1), { vectors: "qdrant" })],
    [
      "given up, for a store with fewer pods",
      plan("given up", { ...pods(1), vector_store: "weaviate", vector_store_moves_from: "nothing" }, labels(pods(3))),
    ],
    ["on the same share", plan("files stay", filestore, labels(filestore))],
    ["on another share, with a copy", plan("files move", { ...filestore, files_move_from: "file_server" }, labels({}))],
    ["on the file server, where it always was", plan("file server", { redis_service: "file_server" }, labels({}))],
  ])("goes through where data is %s", (_, answer) => {
    expect(answer()).toMatchObject(through);
  });

  const fewer = plan("fewer pods", pods(1), labels(pods(5)));
  const others = plan("fewer pods, of others", { ...pods(1), vector_store_drained_from: 3 }, labels(pods(5)));
  const moving: Given = { ...pods(1), vector_store: "pgvector", vector_store_moves_from: "qdrant" };
  const fewerMeanwhile = plan("fewer pods while moving", moving, labels(pods(3)));

  const weaviate = (given: Given): Given => ({ ...given, vector_store: "weaviate" });
  const fewerOfWeaviate = plan("fewer of Weaviate's", weaviate(pods(1)), labels(weaviate(pods(3))));

  test("takes no pod with vectors away, unless it was emptied", () => {
    expect(fewerOfWeaviate().refusals).toEqual([
      expect.stringMatching(/weaviate has 3 pods: .* vector_store_replicas = 3\. Those that are left .* leader/),
    ]);
    expect(fewer().refusals).toEqual([
      expect.stringMatching(/is 1, and qdrant has 5 pods: .* vector_store_replicas = 5\. .*drained_from = 5/),
    ]);
    expect(others().refusals).toEqual(fewer().refusals);
    expect(fewerMeanwhile().refusals).toEqual([expect.stringMatching(/is 1, and qdrant has 3 pods/)]);
  });

  const hosted: Given = { redis_host: "10.9.0.7" };
  const toHost = plan("queue left for a host", hosted, labels({}));
  const fromHost = plan("queue left at a host", {}, labels(hosted));
  const noShare = plan("files left for none", { enable_nfs: false, redis_host: "10.9.0.7" }, labels(hosted));
  const unknown = plan("nothing noted", hosted, {});

  test("knows where both are from the first apply on, also where no variable says it", () => {
    expect(toHost().refusals).toEqual([expect.stringMatching(/another Redis \(file_server\) than external/)]);
    expect(fromHost().refusals).toEqual([expect.stringMatching(/another Redis \(external\) than file_server/)]);
    expect(noShare().refusals).toEqual([expect.stringMatching(/elsewhere \(file_server\) than none/)]);
    expect(unknown()).toMatchObject(through);
  });

  const noQueue = plan("queue left", memorystore, labels({}));
  const queueBack = plan("queue left there", { redis_service: "file_server" }, labels(memorystore));
  const noFiles = plan("files left", filestore, labels({}));
  const filesBack = plan("files left there", {}, labels(filestore));
  const delivered = plan("files of releases", { ...filestore, ...staged }, labels(staged));

  test("does not leave a queue or files behind", () => {
    expect(noQueue().refusals).toEqual([expect.stringMatching(/another Redis \(file_server\) than memorystore/)]);
    expect(queueBack().refusals).toEqual([expect.stringMatching(/another Redis \(memorystore\) than file_server/)]);
    expect(noFiles().refusals).toEqual([expect.stringMatching(/\(file_server\) than filestore.* Set files_move_from/)]);
    expect(filesBack().refusals).toEqual([expect.stringMatching(/elsewhere \(filestore\) than file_server/)]);
    expect(delivered().refusals).toEqual([
      expect.stringMatching(/leave filestore_tier and filestore_name as they were/),
    ]);
  });

  const qdrant: Given = { vector_store: "qdrant", deletion_protection: true };
  const byKubeBlocks: Given = { ...qdrant, data_services: { qdrant: "kubeblocks" } };
  const released: Given = { ...byKubeBlocks, deletion_protection: false };

  test.each([
    ["stays", plan("KubeBlocks stays", byKubeBlocks, labels(byKubeBlocks))],
    ["is let go of", plan("KubeBlocks let go of", released, labels(byKubeBlocks))],
    ["is protected again", plan("KubeBlocks protected", byKubeBlocks, labels(released))],
    ["comes", plan("KubeBlocks comes", { ...byKubeBlocks, vector_store_moves_from: "pgvector" }, labels({}))],
    [
      "has been left",
      plan("KubeBlocks left", { vector_store_moves_from: "nothing", deletion_protection: true }, labels(released)),
    ],
    [
      "is being left",
      plan(
        "KubeBlocks being left",
        { ...byKubeBlocks, vector_store: "pgvector", vector_store_moves_from: "qdrant" },
        labels(byKubeBlocks),
      ),
    ],
  ])("goes through where a Qdrant of KubeBlocks %s", (_, answer) => {
    expect(answer()).toMatchObject(through);
  });

  const postgres: Given = { data_services: { postgresql: "kubeblocks" }, deletion_protection: true };
  const loose: Given = { ...postgres, deletion_protection: false };
  const given: Given = { database_moves_from: "nothing" };

  test.each([
    ["is there first", plan("PostgreSQL first", postgres)],
    ["stays", plan("PostgreSQL stays", postgres, labels(postgres))],
    ["is let go of", plan("PostgreSQL let go of", loose, labels(postgres))],
    ["comes with nothing", plan("PostgreSQL comes", { ...postgres, ...given }, labels({}))],
    ["has been given up", plan("PostgreSQL given up", given, labels(loose))],
  ])("goes through where a PostgreSQL of KubeBlocks %s", (_, answer) => {
    expect(answer()).toMatchObject(through);
  });

  const emptyOne = plan("PostgreSQL instead of Cloud SQL", postgres, labels({}));
  const emptyOther = plan("Cloud SQL instead of PostgreSQL", {}, labels(loose));
  const kept = plan("PostgreSQL kept", given, labels(postgres));

  test("gives Dify no empty database in the place of the one with its data, and does not delete what KubeBlocks keeps", () => {
    expect(emptyOne().refusals).toEqual([expect.stringMatching(/Dify has its data in Cloud SQL, and with/)]);
    expect(emptyOther().refusals).toEqual([expect.stringMatching(/Dify has its data in the PostgreSQL of KubeBlocks/)]);
    expect(kept().refusals).toEqual([expect.stringMatching(/KubeBlocks runs PostgreSQL .* with deletion_protection/)]);
  });

  const gone = plan("KubeBlocks gone", { vector_store_moves_from: "nothing" }, labels(byKubeBlocks));
  const ours = plan("Qdrant of ours", qdrant, labels(released));
  const emptied = plan(
    "another Qdrant",
    { ...qdrant, vector_store: "pgvector", vector_store_moves_from: "qdrant" },
    labels(released),
  );
  const theirs = plan("Qdrant of KubeBlocks", byKubeBlocks, labels(qdrant));

  test("does not delete what KubeBlocks keeps, and puts no empty Qdrant in the place of one", () => {
    expect(gone().refusals).toEqual([
      expect.stringMatching(/applied with deletion_protection, so that KubeBlocks would/),
    ]);
    const moved = expect.stringMatching(/moves nothing from one Qdrant to another/) as unknown;
    expect(ours().refusals).toEqual([expect.stringMatching(/another store \(qdrant_of_kubeblocks\)/), moved]);
    expect(emptied().refusals).toEqual([moved]);
    expect(theirs().refusals).toEqual([expect.stringMatching(/another store \(qdrant\) than qdrant-of-kubeblocks/)]);
  });
});
