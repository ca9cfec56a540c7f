import { RESTRICTED_SERVICES } from "../../modules/app-gke/guardrails/restricted-services";
import { get, type Stack, synthesize } from "../dify/synthesize";
import { describeWith, tools } from "../services/require";
import type { Given } from "../terraform/synth";
import { answering, provisionerOf, runScript } from "./scripts";

const ON: Given = { enable_vpc_sc: true, organization_id: "111111111111" };
const RUNNER = "serviceAccount:terraform@demo-project.iam.gserviceaccount.com";
const ENFORCED: Given = { ...ON, vpc_sc_dry_run: false, vpc_sc_identities: [RUNNER] };
const TRIGGER: Given = {
  enable_cicd_trigger: true,
  github_repository_url: "https://github.com/acme/dify",
  github_app_installation_id: "12345678",
};

const stackWith = (given: Given): Stack => synthesize(given).application;
const PERIMETER = "google_access_context_manager_service_perimeter";
const LEVEL = "google_access_context_manager_access_level";
const perimeterOf = (stack: Stack): unknown => Object.values(stack.resource[PERIMETER] ?? {})[0];
const levels = (stack: Stack): unknown[] => Object.values(stack.resource[LEVEL] ?? {});

interface Rule {
  readonly ingress_from?: { readonly identities: readonly string[]; readonly sources: readonly unknown[] };
  readonly egress_from?: { readonly identities?: readonly string[]; readonly identity_type?: string };
  readonly egress_to?: { readonly operations: readonly { readonly service_name: string }[] };
}
const ingress = (stack: Stack, part = "status"): readonly Rule[] =>
  get<{ ingress_policies?: readonly Rule[] }>(perimeterOf(stack), part).ingress_policies ?? [];
const letIn = (stack: Stack): readonly string[] =>
  ingress(stack).flatMap((rule) => rule.ingress_from?.identities ?? []);
const egressServices = (stack: Stack): readonly string[] =>
  get<readonly Rule[]>(perimeterOf(stack), "status.egress_policies").flatMap(
    (rule) => rule.egress_to?.operations.map(({ service_name }) => service_name) ?? [],
  );

describe("the perimeter", () => {
  test("logs by default, in the organization's own policy, around the project and what it uses", () => {
    const stack = stackWith(ON);
    expect(perimeterOf(stack)).toMatchObject({
      parent:
        "accessPolicies/${data.google_access_context_manager_access_policy.app_perimeter_the_organizations_access_policy.name}",
      use_explicit_dry_run_spec: true,
      spec: {
        resources: ["projects/${data.google_project.app_lookup_project.number}"],
        restricted_services: RESTRICTED_SERVICES,
      },
    });
    expect(perimeterOf(stack)).not.toHaveProperty("status");
    expect(get(perimeterOf(stack), "name")).toMatch(/\/servicePerimeters\/[a-z][a-z0-9_]{0,49}$/);
    expect(levels(stack)).toEqual([]);
    expect(ingress(stack, "spec")).toEqual([]);
  });

  test("guards data, and none of the services that somebody signs in with", () => {
    expect(RESTRICTED_SERVICES).toEqual(
      expect.arrayContaining(["secretmanager.googleapis.com", "sqladmin.googleapis.com", "storage.googleapis.com"]),
    );
    expect(RESTRICTED_SERVICES).not.toContain("iamcredentials.googleapis.com");
    expect(RESTRICTED_SERVICES).not.toContain("accesscontextmanager.googleapis.com");
  });

  test("blocks with the same content, and lets the mirror reach Docker Hub", () => {
    const stack = stackWith(ENFORCED);
    expect(perimeterOf(stack)).toMatchObject({ use_explicit_dry_run_spec: false });
    expect(perimeterOf(stack)).not.toHaveProperty("spec");
    expect(get(perimeterOf(stack), "status.restricted_services")).toEqual(RESTRICTED_SERVICES);
    expect(letIn(stack)).toEqual([RUNNER]);
    expect(egressServices(stack)).toEqual(["artifactregistry.googleapis.com", "compute.googleapis.com"]);
    expect(stack.resource.terraform_data).toHaveProperty("app_perimeter_upstreams_allowed");
    const without = stackWith({ ...ENFORCED, enable_image_mirroring: false });
    expect(without.resource.terraform_data).not.toHaveProperty("app_perimeter_upstreams_allowed");
  });

  test("lets Google's accounts use keys of another project, and the runner look at them", () => {
    const keys: Given = {
      customer_managed_keys: ["database", "files", "nodes", "logs"],
      log_retention_days: 90,
      kms_key_ring: "projects/key-project/locations/us-central1/keyRings/dify",
    };
    const [rule] = get<readonly Rule[]>(
      perimeterOf(stackWith({ ...ENFORCED, ...keys })),
      "status.egress_policies",
    ).filter(({ egress_to }) =>
      egress_to?.operations.some(({ service_name }) => service_name === "cloudkms.googleapis.com"),
    );
    const number = "${data.google_project.app_lookup_project.number}";
    expect(rule?.egress_from?.identities).toEqual([
      `serviceAccount:service-${number}@gcp-sa-cloud-sql.iam.gserviceaccount.com`,
      `serviceAccount:service-${number}@compute-system.iam.gserviceaccount.com`,
      "serviceAccount:${data.google_logging_project_settings.app_perimeter_logging_agent.kms_service_account_id}",
      RUNNER,
    ]);
    // Keys of the project itself are inside.
    expect(egressServices(stackWith({ ...ENFORCED, ...keys, kms_key_ring: "" }))).not.toContain(
      "cloudkms.googleapis.com",
    );
  });

  test("lets in from public ranges of administrators and internal ones of the network", () => {
    const stack = stackWith({
      ...ON,
      admin_ip_ranges: ["203.0.113.0/24", "10.0.0.0/8"],
      vpc_cidr_ranges: ["10.20.0.0/16"],
    });
    expect(levels(stack)).toMatchObject([
      {
        basic: {
          combining_function: "OR",
          conditions: [
            { ip_subnetworks: ["203.0.113.0/24"] },
            { vpc_network_sources: [{ vpc_subnetwork: { vpc_ip_subnetworks: ["10.20.0.0/16"] } }] },
          ],
        },
      },
    ]);
    expect(get(perimeterOf(stack), "spec.access_levels")).toEqual([
      expect.stringContaining(`\${${LEVEL}.app_perimeter_level.name}`),
    ]);
  });

  test("lets in whom Terraform acts as, who builds and deploys, and their services' own accounts", () => {
    const acting = "acting@demo-project.iam.gserviceaccount.com";
    const impersonated = stackWith({ ...ENFORCED, vpc_sc_identities: [], impersonation_service_account: acting });
    expect(letIn(impersonated)).toEqual([`serviceAccount:${acting}`]);

    const builds = letIn(stackWith({ ...ENFORCED, ...TRIGGER })).join(" ");
    expect(builds).toContain("app_delivery_accounts_build_account");
    expect(builds).toContain("cloudbuild_agent_request");
    expect(builds).not.toContain("clouddeploy_agent_request");
    const releases = letIn(
      stackWith({
        ...ENFORCED,
        ...TRIGGER,
        enable_cloud_deploy: true,
        cloud_deploy_stages: [{ name: "dev" }, { name: "prod" }],
      }),
    ).join(" ");
    expect(releases).toContain("app_delivery_accounts_deploy_account");
    expect(releases).toContain("clouddeploy_agent_request");
    const delivered = "deploy@other-project.iam.gserviceaccount.com";
    expect(letIn(stackWith({ ...ENFORCED, delivered_by_service_account: delivered }))).toContain(
      `serviceAccount:${delivered}`,
    );
  });

  test("is applied only by somebody whom it lets in", () => {
    const conditions = (given: Given): string[] =>
      get<{ condition: string }[]>(perimeterOf(stackWith(given)), "lifecycle.precondition").map(
        ({ condition }) => condition,
      );
    const runner = (given: Given): string[] => conditions(given).filter((text) => text.includes("openid_userinfo"));
    expect(runner(ENFORCED)).toEqual([
      '${contains(["terraform@demo-project.iam.gserviceaccount.com"], lower(data.google_client_openid_userinfo.app_perimeter_runner.email))}',
    ]);
    expect(runner(ON)).toEqual([]);
    // Members of a group or a pool cannot be compared.
    expect(runner({ ...ENFORCED, vpc_sc_identities: [RUNNER, "group:ops@example.com"] })).toEqual([]);
    // Where it comes from cannot be seen: a warning.
    const byAddress = { ...ENFORCED, admin_ip_ranges: ["203.0.113.0/24"] };
    expect(runner(byAddress)).toEqual([]);
    expect(JSON.stringify(stackWith(byAddress))).toContain("app_perimeter_runner_by_address");
  });

  test("in a named policy asks for no other", () => {
    const stack = stackWith({ ...ON, access_policy_id: "42" });
    expect(get(perimeterOf(stack), "parent")).toBe("accessPolicies/42");
    expect(stack.data).not.toHaveProperty("google_access_context_manager_access_policy");
  });
});

describeWith([tools.python], "perimeter_free.py", () => {
  const settings = { organization: "1", project: "demo-project", number: "42", name: "dify", impersonate: "" };
  const provisioner = provisionerOf(stackWith(ON), "perimeter_free");
  const perimeters = (policy: string, page = ""): string =>
    `GET /v1/accessPolicies/${policy}/servicePerimeters?pageToken=${page}`;
  const POLICIES = {
    "GET /v1/accessPolicies?parent=organizations/1&pageToken=": {
      accessPolicies: [{ name: "accessPolicies/7" }, { name: "accessPolicies/8" }],
    },
  };
  const held = (name: string, more: object = {}): object => ({
    name: `accessPolicies/8/servicePerimeters/${name}`,
    status: { resources: ["projects/42"] },
    ...more,
  });

  test.each([
    ["its own", held("dify")],
    ["a bridge", held("bridge", { perimeterType: "PERIMETER_TYPE_BRIDGE" })],
    ["another project's", held("other", { status: { resources: ["projects/420"] } })],
  ])("takes %s for none", async (_, perimeter) => {
    const answers = { ...POLICIES, [perimeters("7")]: {}, [perimeters("8")]: { servicePerimeters: [perimeter] } };
    await answering(answers, async (address) => {
      const { code, stdout } = await runScript(provisioner, "PERIMETER", settings, address);
      expect([code, stdout]).toEqual([0, "Service perimeter: project demo-project is in no other of 1 perimeters\n"]);
    });
  });

  test("refuses another one, in every policy and on every page, with what to do", async () => {
    const answers = {
      ...POLICIES,
      [perimeters("7")]: {},
      [perimeters("8")]: { servicePerimeters: [held("dify")], nextPageToken: "2" },
      [perimeters("8", "2")]: { servicePerimeters: [held("company", { spec: { resources: ["projects/42"] } })] },
    };
    await answering(answers, async (address) => {
      const { code, stderr } = await runScript(provisioner, "PERIMETER", settings, address);
      expect(code).toBe(1);
      expect(stderr).toContain(
        "project demo-project is in the perimeter accessPolicies/8/servicePerimeters/company already, which blocks and logs",
      );
      expect(stderr).toContain("Set enable_vpc_sc = false here");
    });
  });
});

describeWith([tools.python], "registry_upstreams.py", () => {
  const settings = { project: "demo-project", location: "us-central1", impersonate: "" };
  const provisioner = provisionerOf(stackWith(ENFORCED), "perimeter_upstreams_allowed");
  const config = "/v1/projects/demo-project/locations/us-central1/vpcscConfig";
  const patch = `PATCH ${config}?updateMask=vpcscPolicy`;

  test("allows what Google denies, once", async () => {
    await answering({ [`GET ${config}`]: { vpcscPolicy: "VPCSC_DENY" }, [patch]: {} }, async (address, requests) => {
      const { code, stdout } = await runScript(provisioner, "UPSTREAMS", settings, address);
      expect([code, stdout]).toEqual([0, "Upstreams of remote repositories: are allowed\n"]);
      expect(requests).toEqual([`GET ${config}`, patch]);
    });
    await answering({ [`GET ${config}`]: { vpcscPolicy: "ALLOW" } }, async (address, requests) => {
      expect((await runScript(provisioner, "UPSTREAMS", settings, address)).code).toBe(0);
      expect(requests).toEqual([`GET ${config}`]);
    });
  });

  test("tries again while Google does not know the perimeter, and then says what to do", async () => {
    await answering({ [`GET ${config}`]: {}, [patch]: 403 }, async (address, requests) => {
      const { code, stderr } = await runScript(provisioner, "UPSTREAMS", settings, address);
      expect(code).toBe(1);
      expect(stderr).toContain("gcloud artifacts vpcsc-config allow --project=demo-project --location=us-central1");
      expect(requests).toHaveLength(12);
    });
  });
});
