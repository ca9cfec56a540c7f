import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Given } from "../terraform/synth";
import { synthesize } from "../dify/synthesize";

const REGION = "europe-west3";
const RUNNER = "serviceAccount:terraform@demo-project.iam.gserviceaccount.com";

/** What has as many kinds of resources as possible. */
const ENVIRONMENTS: Readonly<Record<string, Given>> = {
  "the defaults": {},
  "gateway, delivery and guardrails": {
    enable_custom_domain: true,
    application_domains: ["dify.example.com"],
    enable_cloud_armor: true,
    enable_cicd_trigger: true,
    github_repository_url: "https://github.com/acme/dify",
    github_app_installation_id: "12345678",
    enable_cloud_deploy: true,
    cloud_deploy_stages: [{ name: "dev" }, { name: "prod" }],
    enable_binary_authorization: true,
    enable_audit_logging: true,
    enable_vpc_sc: true,
    organization_id: "111111111111",
    vpc_sc_identities: [RUNNER],
    support_users: ["ops@example.com"],
    nat_address_count: 2,
  },
};

type Block = Readonly<Record<string, unknown>>;
interface Resource {
  readonly address: string;
  readonly type: string;
  readonly block: Block;
}

function resourcesOf(given: Given): Resource[] {
  const { foundation, application } = synthesize({ region: REGION, ...given });
  return [foundation, application].flatMap((stack) =>
    Object.entries(stack?.resource ?? {}).flatMap(([type, named]) =>
      Object.entries(named).map(([name, block]) => ({ address: `${type}.${name}`, type, block })),
    ),
  );
}

/** Every value under a key, however deep. */
function valuesOf(value: unknown, key: string): unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => valuesOf(item, key));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, field]) => [
    ...(name === key ? [field as unknown] : []),
    ...valuesOf(field, key),
  ]);
}

const PAGE = readFileSync(join(__dirname, "../../docs/organization-policies.md"), "utf8");

describe.each(Object.entries(ENVIRONMENTS))("%s", (_, given) => {
  const resources = resourcesOf(given).filter(({ type }) => type.startsWith("google_"));
  const ofType = (type: string): Resource[] => resources.filter((resource) => resource.type === type);
  const each = (type: string, key: string): unknown[] => ofType(type).map(({ block }) => valuesOf(block, key));

  test("gcp.resourceLocations: everything that has a place is in the region", () => {
    const places = resources.flatMap(({ address, block }) =>
      ["location", "locations", "region", "zone", "storage_locations", "storage_location"].flatMap((key) =>
        valuesOf(block, key)
          .flat()
          .map((place) => `${address} ${key}: ${String(place).toLowerCase()}`),
      ),
    );
    expect(places.length).toBeGreaterThan(15);
    expect(places.filter((place) => !new RegExp(`: ${REGION}(-[a-z])?$`).test(place))).toEqual([]);
    // A secret names its region, and the database's backups do.
    for (const { address, block } of ofType("google_secret_manager_secret")) {
      expect([address, valuesOf(block, "replicas")]).toEqual([address, [[{ location: REGION }]]]);
    }
    expect(each("google_sql_database_instance", "backup_configuration")).toMatchObject([[{ location: REGION }]]);
    expect(each("google_compute_resource_policy", "storage_locations")).toEqual([[[REGION]]]);
  });

  test("compute.vmExternalIpAccess, sql.restrictPublicIp: nothing has an external address of its own", () => {
    expect(each("google_compute_instance_template", "access_config")).toEqual([[]]);
    expect(each("google_container_cluster", "enable_private_nodes")).toEqual([[true]]);
    expect(each("google_sql_database_instance", "ipv4_enabled")).toEqual([[false]]);
  });

  test("compute.requireShieldedVm, compute.requireOsLogin, compute.disableSerialPortAccess: the file server", () => {
    expect(each("google_compute_instance_template", "shielded_instance_config")).toEqual([
      [{ enable_secure_boot: true, enable_vtpm: true, enable_integrity_monitoring: true }],
    ]);
    expect(each("google_compute_instance_template", "metadata")).toMatchObject([
      [{ "enable-oslogin": "TRUE", "serial-port-enable": "FALSE" }],
    ]);
    expect(each("google_compute_instance_template", "can_ip_forward").flat()).not.toContain(true);
  });

  test("storage.uniformBucketLevelAccess, storage.publicAccessPrevention: every bucket", () => {
    const buckets = ofType("google_storage_bucket");
    expect(buckets.length).toBeGreaterThan(1);
    for (const { block } of buckets) {
      expect(block).toMatchObject({ uniform_bucket_level_access: true, public_access_prevention: "enforced" });
    }
  });

  test("iam.disableServiceAccountKeyCreation, iam.automaticIamGrantsForDefaultServiceAccounts, iam.allowedPolicyMemberDomains", () => {
    expect(ofType("google_service_account_key")).toEqual([]);
    const members = resources.flatMap(({ block }) => valuesOf(block, "member").map(String));
    expect(members.length).toBeGreaterThan(5);
    expect(members.filter((member) => /^all(Authenticated)?Users$|^(user|group|domain):/.test(member))).toEqual([]);
    expect(members.filter((member) => member.includes("@cloudbuild.gserviceaccount"))).toEqual([]);
    expect(each("google_container_cluster", "service_account").flat()).toEqual([
      expect.stringMatching(/google_service_account\..*\.email/),
    ]);
  });

  test("compute.skipDefaultNetworkCreation: a network of its own", () => {
    expect(each("google_compute_network", "auto_create_subnetworks")).toEqual([[false]]);
    expect(JSON.stringify(resources.map(({ block }) => block))).not.toContain("networks/default");
  });

  test("compute.requireVpcFlowLogs: the subnetwork", () => {
    expect(each("google_compute_subnetwork", "log_config").flat()).toHaveLength(1);
  });

  test("cloudbuild.useBuildServiceAccount and the like: builds have an account of their own, and logs in no bucket", () => {
    for (const { block } of ofType("google_cloudbuild_trigger")) {
      expect(block.service_account).toMatch(/_accounts_build_account/);
      expect(valuesOf(block, "logging")).toEqual(["CLOUD_LOGGING_ONLY"]);
    }
  });
});

test("required labels reach everything: by the provider, and where it does not reach", () => {
  const { foundation } = synthesize({ region: REGION, resource_labels: { "cost-center": "42" } });
  const labels = { "cost-center": "42" };
  expect(foundation?.provider.google?.[0]).toMatchObject({ default_labels: labels });
  const [sql] = Object.values(foundation?.resource.google_sql_database_instance ?? {});
  expect(valuesOf(sql, "user_labels")).toMatchObject([labels]);
  const [policy] = Object.values(foundation?.resource.google_compute_resource_policy ?? {});
  expect(valuesOf(policy, "snapshot_properties")).toMatchObject([{ labels }]);
});

test("the page names every policy that is tested here", () => {
  const tested = [...readFileSync(__filename, "utf8").matchAll(/^ {2}test\("([^"]*)"/gm)].flatMap(([, title = ""]) => [
    ...title.matchAll(/\b(?:gcp|compute|sql|storage|iam|cloudbuild)\.\w+/g),
  ]);
  expect(tested.length).toBeGreaterThan(12);
  expect(tested.map(([name]) => name).filter((name) => !PAGE.includes(`\`${name}\``))).toEqual([]);
});
