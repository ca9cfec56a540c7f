import { type Condition, evaluate, hasTerraform, type Question } from "../terraform/evaluate";
import { type Given, synth } from "../terraform/synth";

const BASE: Given = { require_services_gcp_module: false, deletion_protection: false };
const SECRETS = "data.google_secret_manager_secrets.foundation_release_labels.secrets";
const ADDRESSES = "data.google_compute_addresses.foundation_former_file_server.addresses";

const questions = new Map<string, Question>();
let answers: ReadonlyMap<string, readonly string[]> | undefined;

/** The secret in which the application notes where its data is, as another apply would leave it. */
function noted(given: Given): Readonly<Record<string, unknown>> {
  return synth({ ...BASE, ...given }).application.resource["google_secret_manager_secret"]?.["app_release"] ?? {};
}

/** @param server whether a file server is there, or was never made */
function plan(given: Given, release: Readonly<Record<string, unknown>>[], server = true): () => readonly string[] {
  const name = `case ${questions.size}`;
  const check = synth({ ...BASE, ...given }).foundation?.resource["terraform_data"]?.["guard_check"] as {
    readonly lifecycle: { readonly precondition: readonly Condition[] };
  };
  questions.set(name, {
    conditions: check.lifecycle.precondition.filter(({ condition }) => condition.includes("foundation_release_labels")),
    values: { [SECRETS]: [...release, { secret_id: "other", labels: {} }], [ADDRESSES]: server ? [{ name: "x" }] : [] },
  });
  return () => (answers ??= evaluate(questions)).get(name) ?? ["no answer"];
}

const EXTERNAL: Given = { redis_host: "10.9.0.7" };
const MEMORYSTORE: Given = { redis_service: "memorystore" };
const FILESTORE: Given = { filestore_tier: "ZONAL" };
const KUBEBLOCKS: Given = { data_services: { postgresql: "kubeblocks" } };
const NO_SHARE: Given = { enable_nfs: false };
const [{ secret_id: secret }] = [noted({})];
const unlabelled = { secret_id: secret, labels: {} };

(hasTerraform ? describe : describe.skip)("a plan of the foundation", () => {
  test.each([
    ["before the application", plan({ ...FILESTORE, ...MEMORYSTORE }, [])],
    ["with all that it had", plan({}, [noted({})])],
    [
      "after queue and files have moved",
      plan({ ...FILESTORE, ...MEMORYSTORE }, [noted({ ...FILESTORE, ...MEMORYSTORE })]),
    ],
    [
      "after the queue has moved away from it",
      plan({ ...FILESTORE, ...EXTERNAL }, [noted({ ...FILESTORE, ...EXTERNAL })]),
    ],
    ["after the files have moved back", plan({}, [noted({ ...FILESTORE, files_move_from: "filestore" })])],
    ["of an environment that never had a file server", plan({ ...NO_SHARE, ...EXTERNAL }, [unlabelled], false)],
    [
      "that gives up both",
      plan({ ...NO_SHARE, ...MEMORYSTORE, redis_moves_from: "nothing", files_move_from: "nothing" }, [noted({})]),
    ],
    ["that gives up the files of Filestore", plan({ files_move_from: "nothing" }, [noted(FILESTORE)])],
    ["after the database has moved", plan(KUBEBLOCKS, [noted(KUBEBLOCKS)])],
    ["that gives up the database", plan({ ...KUBEBLOCKS, database_moves_from: "nothing" }, [noted({})])],
    ["with another database, before the application", plan(KUBEBLOCKS, [])],
    ["that keeps both while they move", plan({ ...FILESTORE, files_move_from: "filestore" }, [noted(FILESTORE)])],
  ])("%s goes through", (_, refusals) => {
    expect(refusals()).toEqual([]);
  });

  const queue = /^The application has its queue on file server app-nfs-\w+, .* Set redis_moves_from = "file_server"/;
  const files =
    /^The application has its shared files on file server app-nfs-\w+, .* Set files_move_from = "file_server"/;
  test.each([
    ["the queue, on the file server", plan({ ...FILESTORE, ...EXTERNAL }, [noted(FILESTORE)]), [queue]],
    ["the files, on the file server", plan({ ...NO_SHARE, ...MEMORYSTORE }, [noted(MEMORYSTORE)]), [files]],
    ["both, where nobody noted it", plan({ ...NO_SHARE, ...EXTERNAL }, [unlabelled]), [queue, files]],
    [
      "the files, on Filestore",
      plan({}, [noted(FILESTORE)]),
      [
        /^The application has its shared files on Filestore .* Set filestore_tier back and files_move_from = "filestore"/,
      ],
    ],
    [
      "the queue, on Memorystore",
      plan(EXTERNAL, [noted(MEMORYSTORE)]),
      [/^The application has its queue on Memorystore .* Set redis_moves_from = "memorystore"/],
    ],
    [
      "the database, on Cloud SQL",
      plan(KUBEBLOCKS, [noted({})]),
      [
        /^The application has its database on Cloud SQL, or has not said yet where, .* Take postgresql out of data_services/,
      ],
    ],
    [
      "the queue alone, where the files are given up",
      plan({ ...NO_SHARE, ...EXTERNAL, files_move_from: "nothing" }, [noted({})]),
      [queue],
    ],
  ])("does not delete %s", (_, refusals, says) => {
    expect(refusals()).toEqual(says.map((one) => expect.stringMatching(one) as unknown));
  });
});
