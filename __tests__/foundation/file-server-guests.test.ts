import { Playground } from "../delivery/stub";
import { type Condition, evaluate, hasTerraform, type Question } from "../terraform/evaluate";
import { type Given, type StackJson, synth } from "../terraform/synth";

const OWNER: Given = { require_services_gcp_module: false, deletion_protection: false };
const LISTED = "data.google_secret_manager_secrets.foundation_guests.secrets";
const foundation = (given: Given): StackJson => {
  const { foundation: stack } = synth({ ...OWNER, ...given });
  if (!stack) throw new Error("There is no foundation");
  return stack;
};
const server = String(
  Object.values(foundation({}).resource["google_compute_address"] ?? {}).map(({ name }) => name)[0],
);

/** What an environment that uses the file server has noted. */
function guest(port: string, more: Given = {}): object {
  const { application } = synth({
    ...{ network_name: "vpc", gke_cluster_name: "gke", sql_instance_name: "shared", db_name: "b", db_user: "b" },
    ...{ nfs_instance_name: server, redis_port: port, ...more },
  });
  const noted = application.resource["google_secret_manager_secret"]?.["app_claims_secret"] ?? {};
  return { secret_id: "dify-demo-e1e1e1e1-claims", labels: { environment: "shop" }, annotations: noted["annotations"] };
}

/** Another one's, about something else. */
const other = { secret_id: "dify-demo-e2e2e2e2-claims", labels: {}, annotations: { "database-1a": "database x" } };
const bare = { secret_id: "claims-of-somebody" };

const questions = new Map<string, Question>();
let answers: ReadonlyMap<string, readonly string[]> | undefined;

function plan(name: string, given: Given, secrets: readonly object[]): () => readonly string[] {
  const check = foundation(given).resource["terraform_data"]?.["guard_check"] as {
    readonly lifecycle: { readonly precondition: readonly Condition[] };
  };
  const conditions = check.lifecycle.precondition.filter(({ condition }) => condition.includes("foundation_guests"));
  questions.set(name, { conditions, values: { [LISTED]: secrets } });
  return () => (answers ??= evaluate(questions)).get(name) ?? ["no answer"];
}

const ELSEWHERE: Given = { redis_service: "memorystore", redis_moves_from: "nothing", enable_nfs: false };
const SHOP: Given = { nfs_redis_guests: { shop: 7801 } };

(hasTerraform ? describe : describe.skip)("a plan of the foundation", () => {
  test.each([
    [
      "that keeps the file server, with a guest on its own Redis",
      plan("own", {}, [guest("6379", { redis_database: 3 })]),
    ],
    ["that keeps a guest's Redis", plan("kept", SHOP, [guest("7801"), other, bare])],
    ["that stops a Redis that nobody uses", plan("unused", {}, [other, bare])],
    ["that deletes a file server that nobody uses", plan("alone", ELSEWHERE, [other, bare])],
    [
      "with a guest that has only its files there",
      plan("files", {}, [guest("7801", { redis_host: "redis.example.com" })]),
    ],
  ])("%s goes through", (_, refusals) => {
    expect(refusals()).toEqual([]);
  });

  const stopped = plan("stopped", {}, [guest("7801"), other]);
  test("does not stop the Redis of a guest", () => {
    expect(stopped()).toEqual([
      expect.stringMatching(
        new RegExp(
          `^Environment shop, which noted it in secret dify-demo-e1e1e1e1-claims, uses Redis on port 7801 of file server ${server}, and nfs_redis_guests .* gcloud secrets delete dify-demo-e1e1e1e1-claims --project=demo-project$`,
        ),
      ),
    ]);
  });

  const files = guest("7801", { redis_host: "redis.example.com" });
  test.each([
    ["files and Redis", plan("both", ELSEWHERE, [other, guest("7801")])],
    ["files alone", plan("files alone", ELSEWHERE, [bare, files])],
  ])("does not delete a file server on which others have %s", (_, refusals) => {
    expect(refusals()).toEqual([
      expect.stringMatching(
        new RegExp(
          `^Environment shop, .*-claims, uses file server ${server}, and this environment no longer needs it: .*First move`,
        ),
      ),
    ]);
  });

  const twice = plan("twice", ELSEWHERE, [guest("7801"), { ...guest("6379"), secret_id: "a-claims" }]);
  test("names all of them", () => {
    expect(twice()).toEqual([
      expect.stringMatching(/dify-demo-e1e1e1e1-claims, uses .*\. Environment shop, .* a-claims, uses/),
    ]);
  });
});

test("an environment with a file server of its own notes none", () => {
  expect(JSON.stringify(synth(OWNER).application.resource["google_secret_manager_secret"])).not.toContain(
    "file-server-",
  );
});

describe("a destroy", () => {
  const made = foundation({}).resource["terraform_data"]?.["foundation_file_server_guests"] as unknown as {
    readonly input: { readonly note: string };
    readonly depends_on: readonly string[];
  };

  test("looks before anything goes, also where the file server is not asked for any more", () => {
    expect(made.depends_on).toEqual(
      expect.arrayContaining([
        "google_compute_disk.foundation_file_server_data_disk",
        "google_container_cluster.foundation_cluster",
        "google_sql_database_instance.foundation_sql_instance",
        "google_compute_firewall.foundation_file_server_firewall_clients",
      ]),
    );
    const { removed } = foundation(ELSEWHERE) as unknown as { readonly removed: readonly { readonly from: string }[] };
    expect(removed.map(({ from }) => from)).toContain("terraform_data.foundation_file_server_guests");
  });

  const SECRETS = "https://secretmanager.googleapis.com/v1/projects/p/secrets";
  const page = (secrets: readonly object[], nextPageToken?: string): string =>
    `${JSON.stringify({ secrets, nextPageToken }, null, 2)}\n200`;
  const secret = (id: string, annotations: object): object => ({
    name: `projects/1/secrets/${id}`,
    replication: { automatic: {} },
    topics: [{ name: "projects/p/topics/t" }],
    annotations,
  });
  const [key = ""] = Object.keys((guest("7801") as { annotations: object }).annotations).filter((one) =>
    one.startsWith("file-server-"),
  );
  const strangers = [secret("a-claims", { "database-1": "database x" }), secret("b-claims", {})];

  let playground: Playground;
  beforeEach(() => {
    playground = new Playground("../google/file-server-guests.sh", {
      PROJECT: "p",
      SERVER: server,
      NOTE: made.input.note,
      GOOGLE_OAUTH_ACCESS_TOKEN: "the-token",
    });
  });
  afterEach(() => {
    playground.remove();
  });

  test("goes on where nobody else uses the file server", async () => {
    playground.answer(`curl *${SECRETS}*pageToken=`, page(strangers));
    const { code, stderr, stdout, calls } = await playground.run();
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(`no other environment uses file server ${server}`);
    expect(calls.join("\n")).not.toContain("the-token");
  });

  test("stops where others do, on whichever page they are, and names them alone", async () => {
    playground
      .answer(
        `curl *${SECRETS}*pageToken=`,
        page([...strangers, secret("shop-claims", { [key]: "environment shop" })], "n"),
      )
      .answer(
        `curl *${SECRETS}*pageToken=n`,
        page([{ annotations: { [key]: "environment last" }, name: "projects/1/secrets/last-claims" }, ...strangers]),
      );
    const { code, stderr } = await playground.run();
    expect(code).toBe(1);
    expect(stderr).toContain(
      `use file server ${server}:\n - environment shop\n - environment last\nNothing is deleted`,
    );
  });

  test("goes on with a warning where it cannot look", async () => {
    playground.answer(`curl *${SECRETS}*`, '{ "error": { "message": "denied" } }\n403');
    const { code, stderr } = await playground.run();
    expect(code).toBe(0);
    expect(stderr).toMatch(/warning: Google's answer .*denied.*so nothing checked/);
  });
});
