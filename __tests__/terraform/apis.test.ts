import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { agentOfType, apisOfType } from "../../modules/app-gke/google/api-of-type";
import { type StackJson, synth } from "./synth";
import { VARIANTS } from "./variants";

// What is not in the inventories is in no variant: another test holds them to all of them.
const DIRECTORY = join(__dirname, "inventory");
const TYPES = new Set(
  readdirSync(DIRECTORY).flatMap((file) =>
    [...readFileSync(join(DIRECTORY, file), "utf8").matchAll(/\b(google_[a-z0-9_]+)\./g)].map(([, type = ""]) => type),
  ),
);

test("every type that any variant has says which APIs it uses", () => {
  expect(TYPES.size).toBeGreaterThan(60);
  for (const type of TYPES) expect(() => apisOfType(type)).not.toThrow();
  expect(() => apisOfType("google_bigquery_dataset")).toThrow("google_bigquery_dataset");
  // Neither is the beginning of the other's name only.
  expect(apisOfType("google_project_iam_member")).toEqual(["cloudresourcemanager.googleapis.com"]);
  expect(apisOfType("google_container_analysis_note")).toEqual(["containeranalysis.googleapis.com"]);
  expect(apisOfType("kubernetes_secret_v1")).toEqual([]);
});

const STACKS: [string, StackJson][] = [
  "the defaults",
  "all but the cluster named",
  "every shared service named",
  "Binary Authorization, ALWAYS_DENY without a mirror",
  "delivery: three stages with Binary Authorization, REQUIRE_ATTESTATION",
  "delivery: private pool",
  "front door: domain + Cloud Armor + IAP",
].flatMap((name) => {
  const given = VARIANTS[name];
  if (!given) throw new Error(`There is no variant ${name}`);
  const { foundation, application } = synth(given);
  const stacks: [string, StackJson][] = [[`${name}, application`, application]];
  return foundation ? [[`${name}, foundation`, foundation] as [string, StackJson], ...stacks] : stacks;
});

describe.each(STACKS)("%s", (_, { resource }) => {
  const services = resource["google_project_service"] ?? {};
  const enabledBy = new Map(Object.entries(services).map(([name, block]) => [block["service"], name]));
  const waits = (block: Record<string, unknown> | undefined): unknown[] => (block?.["depends_on"] ?? []) as unknown[];

  test("what uses an API waits until it is on", () => {
    for (const [type, blocks] of Object.entries(resource)) {
      const wanted = apisOfType(type).map(
        (api) => `google_project_service.${enabledBy.get(api) ?? `nobody turns ${api} on`}`,
      );
      for (const block of Object.values(blocks)) expect(waits(block)).toEqual(expect.arrayContaining(wanted));
    }
  });

  test("what an account of Google's acts for waits until that is there, and it for its API", () => {
    for (const [type, blocks] of Object.entries(resource)) {
      const api = agentOfType(type);
      if (api === undefined) continue;
      for (const block of Object.values(blocks)) {
        const agent = waits(block).find((address) => String(address).endsWith("_agent_request"));
        const made = resource["terraform_data"]?.[String(agent).replace("terraform_data.", "")];
        expect(made?.["input"]).toEqual({ service: api.replace(".googleapis.com", "") });
        expect(waits(made)).toEqual([`google_project_service.${enabledBy.get(api)}`]);
      }
    }
  });

  test("others in the project keep every API that was turned on", () => {
    for (const service of Object.values(services)) {
      expect(service).toMatchObject({ disable_on_destroy: false, disable_dependent_services: false });
    }
  });
});

test("a cluster that looks at the policy is made once Binary Authorization is on", () => {
  const { foundation } = synth({ enable_binary_authorization: true });
  const [cluster] = Object.values(foundation?.resource["google_container_cluster"] ?? {});
  expect(cluster?.["depends_on"]).toEqual(
    expect.arrayContaining(
      ["binaryauthorization", "logging", "monitoring"].map(
        (api) => `google_project_service.foundation_services_${api}`,
      ),
    ),
  );
});
