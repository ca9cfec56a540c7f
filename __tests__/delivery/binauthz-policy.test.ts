import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { policyScript, type PolicyScriptOptions } from "../../modules/app-gke/admission/policy-script";
import { plains } from "../../modules/app-gke/terraform/literal";
import { preparedPython } from "../services/prepared-python";
import { freePort, type Result, run } from "../services/processes";
import { describeWith, path, tools } from "../services/require";
import { type Policy, PolicyApi, type Rule } from "./policy-api";

const SCRIPT = resolve(__dirname, "../../scripts/google/binauthz_policy.py");
const TOKEN = "very-secret-token";
const CLUSTER = "europe-west1.dify";
const ATTESTOR = "projects/demo-project/attestors/dify-attestor";
const REPOSITORY = "europe-west1-docker.pkg.dev/demo-project/dify-mirror";
const API_IMAGE = `${REPOSITORY}/langgenius/dify-api:1.16.1`;
const PROXY_IMAGE = "gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.18.2-alpine";

const rule = (evaluationMode: string, ...attestors: string[]): Rule => ({
  evaluationMode,
  enforcementMode: "ENFORCED_BLOCK_AND_AUDIT_LOG",
  ...(attestors.length > 0 ? { requireAttestationsBy: attestors } : {}),
});

/** Of others: every kind of entry, and a field that nobody here knows. */
const FOREIGN: Policy = {
  name: "projects/demo-project/policy",
  description: "the platform team's",
  globalPolicyEvaluationMode: "ENABLE",
  admissionWhitelistPatterns: [{ namePattern: "gcr.io/other-team/*" }, { namePattern: `${REPOSITORY}/**` }],
  clusterAdmissionRules: {
    "europe-west1.other": { ...rule("REQUIRE_ATTESTATION", "projects/p/attestors/a"), comesLater: ["kept"] } as Rule,
  },
  kubernetesNamespaceAdmissionRules: { legacy: rule("ALWAYS_ALLOW") },
  defaultAdmissionRule: rule("ALWAYS_ALLOW"),
};
const OPEN: Policy = { globalPolicyEvaluationMode: "ENABLE", defaultAdmissionRule: rule("ALWAYS_ALLOW") };

const settings = (fields: object = {}) => ({
  project: "demo-project",
  cluster: CLUSTER,
  mode: "REQUIRE_ATTESTATION",
  attestor: ATTESTOR,
  exempt: [PROXY_IMAGE, API_IMAGE],
  repository: REPOSITORY,
  impersonate: "",
  ...fields,
});

describeWith([tools.python], "binauthz_policy.py", () => {
  let api: PolicyApi;
  let address: string;

  beforeEach(async () => {
    api = new PolicyApi(FOREIGN);
    address = await api.listen();
  });

  afterEach(async () => {
    await api.stop();
  });

  /** Runs it as Terraform does: its text in a variable, everything else as well. */
  async function script(
    action: PolicyScriptOptions["action"],
    fields: object = {},
    environment: Record<string, string> = {},
  ): Promise<Result> {
    const provisioner = policyScript({ action });
    const result = await preparedPython(path(tools.python))(["-c", provisioner.command], {
      env: {
        ...plains(provisioner.environment ?? {}),
        PATH: process.env.PATH,
        BINAUTHZ_SETTINGS: JSON.stringify(settings(fields)),
        BINAUTHZ_API: address,
        BINAUTHZ_PAUSE: "0.01",
        BINAUTHZ_TOKEN: TOKEN,
        ...environment,
      },
    });
    expect(`${result.stdout}${result.stderr}`).not.toContain(TOKEN);
    expect(result.stderr).not.toContain("Traceback");
    return result;
  }

  const previous = (mode: string, ...exempt: string[]) => ({ BINAUTHZ_PREVIOUS: JSON.stringify({ mode, exempt }) });
  const rules = (): Readonly<Record<string, Rule>> => api.policy.clusterAdmissionRules ?? {};
  const patterns = (): string[] => (api.policy.admissionWhitelistPatterns ?? []).map(({ namePattern }) => namePattern);
  const writes = (): number => api.requests.filter((request) => request.startsWith("PUT ")).length;

  /** The policy without what is this deployment's own. */
  function others(): string {
    const clusterAdmissionRules = Object.fromEntries(Object.entries(rules()).filter(([name]) => name !== CLUSTER));
    const foreign = (FOREIGN.admissionWhitelistPatterns ?? []).map(({ namePattern }) => namePattern);
    const kept = (api.policy.admissionWhitelistPatterns ?? []).filter(({ namePattern }) =>
      foreign.includes(namePattern),
    );
    return JSON.stringify({ ...api.policy, admissionWhitelistPatterns: kept, clusterAdmissionRules });
  }

  describe("put", () => {
    test("adds the rule and the exemptions, and leaves the rest as it was", async () => {
      const { code, stdout, stderr } = await script("put");
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toBe(
        `Binary Authorization: ${CLUSTER}: REQUIRE_ATTESTATION by ${ATTESTOR}, 2 images exempt, 2 of them new\n`,
      );
      expect(rules()[CLUSTER]).toEqual(rule("REQUIRE_ATTESTATION", ATTESTOR));
      expect(patterns()).toEqual(["gcr.io/other-team/*", `${REPOSITORY}/**`, PROXY_IMAGE, API_IMAGE]);
      expect(others()).toBe(JSON.stringify(FOREIGN));
      expect(api.requests).toEqual(["GET /v1/projects/demo-project/policy", "PUT /v1/projects/demo-project/policy"]);
      expect([...api.tokens]).toEqual([`Bearer ${TOKEN}`]);
    });

    test("counts for the project that is named, and for the credentials' own without", async () => {
      await script("put");
      expect([...api.quotaProjects]).toEqual([undefined]);
      await script("put", {}, { BINAUTHZ_QUOTA_PROJECT: "paying-project" });
      expect([...api.quotaProjects]).toEqual([undefined, "paying-project"]);
    });

    test("writes nothing where all is as it should be", async () => {
      await script("put");
      const { code } = await script("put");
      expect([code, writes()]).toEqual([0, 1]);
    });

    test.each(["ALWAYS_ALLOW", "ALWAYS_DENY"])("names no attestor with %s", async (mode) => {
      expect((await script("put", { mode, exempt: [] })).code).toBe(0);
      expect(rules()[CLUSTER]).toEqual(rule(mode));
      expect(others()).toBe(JSON.stringify(FOREIGN));
    });

    test("does not lose what somebody else wrote in between", async () => {
      const meanwhile = { ...FOREIGN, description: "changed meanwhile" };
      api.afterRead = () => {
        api.replace(meanwhile);
      };
      expect((await script("put")).code).toBe(0);
      expect(rules()[CLUSTER]).toEqual(rule("REQUIRE_ATTESTATION", ATTESTOR));
      expect(others()).toBe(JSON.stringify(meanwhile));
      expect(writes()).toBe(2);
    });

    test.each([
      [412, undefined],
      [429, undefined],
      [503, undefined],
      [403, { error: { code: 403, message: "API is off", details: [{ reason: "SERVICE_DISABLED" }] } }],
    ])("tries again after %i", async (status, body) => {
      api.refusals.push({ method: "PUT", status, body }, { method: "GET", status, body });
      expect((await script("put")).code).toBe(0);
      expect(rules()[CLUSTER]).toEqual(rule("REQUIRE_ATTESTATION", ATTESTOR));
    });

    test("gives up after a while, with the reason", async () => {
      for (let count = 0; count < 10; count += 1) api.refusals.push({ method: "PUT", status: 503 });
      const { code, stderr } = await script("put");
      expect([code, stderr]).toEqual([1, "Binary Authorization, put: Google answered 503: not now\n"]);
      expect(api.policy).toBe(FOREIGN);
    });

    test("does not insist where it may not", async () => {
      api.refusals.push({ method: "GET", status: 403, body: { error: { code: 403, message: "Permission denied" } } });
      const { code, stderr } = await script("put");
      expect([code, stderr]).toEqual([1, "Binary Authorization, put: Google answered 403: Permission denied\n"]);
      expect(api.requests).toHaveLength(1);
    });

    test("says that it could not reach Google, in one line", async () => {
      const port = await freePort();
      const { code, stderr } = await script("put", {}, { BINAUTHZ_API: `http://127.0.0.1:${port}` });
      expect(code).toBe(1);
      expect(stderr).toMatch(/^Binary Authorization, put: no answer from Google: .*refused\n$/);
    });

    test.each([
      ["another attestor's", "REQUIRE_ATTESTATION", rule("REQUIRE_ATTESTATION", "projects/demo-project/attestors/b")],
      [
        "another attestor's as well",
        "REQUIRE_ATTESTATION",
        rule("REQUIRE_ATTESTATION", ATTESTOR, "projects/p/attestors/b"),
      ],
      ["another mode's", "REQUIRE_ATTESTATION", rule("ALWAYS_DENY")],
      ["a trial's", "ALWAYS_DENY", { ...rule("ALWAYS_DENY"), enforcementMode: "DRYRUN_AUDIT_LOG_ONLY" }],
    ])("refuses to replace a rule that is %s", async (_, mode, found) => {
      const policy = { ...FOREIGN, clusterAdmissionRules: { ...FOREIGN.clusterAdmissionRules, [CLUSTER]: found } };
      api.replace(policy);
      const { code, stderr } = await script("put", { mode });
      expect(code).toBe(1);
      expect(stderr).toContain(`cluster ${CLUSTER} has a rule`);
      expect(stderr).toContain(found.evaluationMode);
      for (const attestor of found.requireAttestationsBy ?? []) expect(stderr).toContain(attestor);
      expect(stderr).toContain("enable_binary_authorization = false");
      expect(api.policy).toBe(policy);
    });

    test.each([
      ["ALWAYS_ALLOW", "REQUIRE_ATTESTATION"],
      ["REQUIRE_ATTESTATION", "ALWAYS_DENY"],
      ["ALWAYS_DENY", "ALWAYS_ALLOW"],
    ])("replaces its own rule: %s to %s", async (from, to) => {
      await script("put", { mode: from, exempt: [] });
      const { code } = await script("put", { mode: to, exempt: [] }, previous(from));
      expect(code).toBe(0);
      expect(rules()[CLUSTER]?.evaluationMode).toBe(to);
      expect(others()).toBe(JSON.stringify(FOREIGN));
    });

    test("takes `null` for nothing written before", async () => {
      expect((await script("put", {}, { BINAUTHZ_PREVIOUS: "null" })).code).toBe(0);
    });

    test.each(["DISABLE", "GLOBAL_POLICY_EVALUATION_MODE_UNSPECIFIED", undefined])(
      "refuses to stop GKE's own pods where the policy does not exempt them: %s",
      async (globalPolicyEvaluationMode) => {
        const policy = { ...FOREIGN, globalPolicyEvaluationMode };
        api.replace(policy);
        for (const mode of ["REQUIRE_ATTESTATION", "ALWAYS_DENY"]) {
          const { code, stderr } = await script("put", { mode });
          expect(code).toBe(1);
          expect(stderr).toContain("globalPolicyEvaluationMode: ENABLE");
          expect(stderr).toContain("gcloud container binauthz policy export --project=demo-project");
        }
        expect(api.policy).toBe(policy);
        expect((await script("put", { mode: "ALWAYS_ALLOW", exempt: [] })).code).toBe(0);
        expect(api.policy.globalPolicyEvaluationMode).toBe(globalPolicyEvaluationMode);
      },
    );
  });

  describe("prune", () => {
    const OLD_IMAGE = `${REPOSITORY}/langgenius/dify-api:1.8.1`;
    const OLD_PROXY = "gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.11.0";

    test("takes away what only the apply before asked for", async () => {
      api.replace(OPEN);
      await script("put", { exempt: [OLD_IMAGE, OLD_PROXY, API_IMAGE] });
      await script("put");
      const { code, stdout } = await script(
        "prune",
        {},
        previous("REQUIRE_ATTESTATION", OLD_IMAGE, OLD_PROXY, API_IMAGE),
      );
      expect([code, stdout]).toEqual([0, `Binary Authorization: ${CLUSTER}: 2 images no longer exempt\n`]);
      expect(patterns()).toEqual([API_IMAGE, PROXY_IMAGE]);
      expect(rules()[CLUSTER]).toEqual(rule("REQUIRE_ATTESTATION", ATTESTOR));
    });

    test("leaves a public image to others that may need it", async () => {
      await script("put", { exempt: [OLD_IMAGE, OLD_PROXY] });
      await script("prune", {}, previous("REQUIRE_ATTESTATION", OLD_IMAGE, OLD_PROXY));
      expect(patterns()).toEqual(["gcr.io/other-team/*", `${REPOSITORY}/**`, OLD_PROXY]);
    });

    test("touches nothing of others without a memory", async () => {
      await script("prune", { exempt: [] });
      expect(api.policy).toBe(FOREIGN);
    });
  });

  describe("remove", () => {
    test("leaves a policy as it was before the first put", async () => {
      api.replace(OPEN);
      await script("put");
      const { code, stdout } = await script("remove");
      expect([code, stdout]).toEqual([
        0,
        `Binary Authorization: ${CLUSTER}: rule removed; 2 images no longer exempt\n`,
      ]);
      expect(JSON.stringify(api.policy)).toBe(JSON.stringify(OPEN));
    });

    test.each(["ALWAYS_ALLOW", "REQUIRE_ATTESTATION", "ALWAYS_DENY"])(
      "leaves what is others' alone, and a public image that they may need: %s",
      async (mode) => {
        await script("put", { mode });
        expect((await script("remove", { mode })).code).toBe(0);
        expect(rules()).toEqual(FOREIGN.clusterAdmissionRules);
        expect(patterns()).toEqual(["gcr.io/other-team/*", `${REPOSITORY}/**`, PROXY_IMAGE]);
        expect(others()).toBe(JSON.stringify(FOREIGN));
      },
    );

    test("leaves the rule of another deployment in the same cluster, and says so", async () => {
      const theirs = {
        ...OPEN,
        clusterAdmissionRules: { [CLUSTER]: rule("REQUIRE_ATTESTATION", "projects/p/attestors/b") },
      };
      api.replace({
        ...theirs,
        admissionWhitelistPatterns: [{ namePattern: PROXY_IMAGE }, { namePattern: API_IMAGE }],
      });
      const { code, stdout } = await script("remove");
      expect(code).toBe(0);
      expect(stdout).toContain("rule not changed");
      expect(stdout).toContain("projects/p/attestors/b");
      expect(rules()).toEqual(theirs.clusterAdmissionRules);
      expect(patterns()).toEqual([PROXY_IMAGE]);
    });

    test("takes every single image of its own repository, as an apply that broke off leaves them", async () => {
      api.replace({
        ...OPEN,
        admissionWhitelistPatterns: [
          { namePattern: `${REPOSITORY}/a/b:1` },
          { namePattern: `${REPOSITORY}-two/a/b:1` },
          { namePattern: `${REPOSITORY}/*` },
        ],
      });
      await script("remove");
      expect(patterns()).toEqual([`${REPOSITORY}-two/a/b:1`, `${REPOSITORY}/*`]);
    });

    describe("without Terraform's token", () => {
      let directory: string;

      beforeEach(() => {
        directory = mkdtempSync(join(tmpdir(), "gcloud-"));
      });

      afterEach(() => {
        rmSync(directory, { recursive: true });
      });

      const gcloud = (text: string): Record<string, string> => {
        const file = join(directory, "gcloud");
        writeFileSync(file, `#!/bin/sh\n${text}\n`);
        chmodSync(file, 0o755);
        return { BINAUTHZ_TOKEN: "", PATH: `${directory}:${process.env.PATH ?? ""}` };
      };

      test("uses the one in GOOGLE_OAUTH_ACCESS_TOKEN", async () => {
        await script("remove", {}, { BINAUTHZ_TOKEN: "", GOOGLE_OAUTH_ACCESS_TOKEN: TOKEN });
        expect([...api.tokens]).toEqual([`Bearer ${TOKEN}`]);
      });

      test("acts with it as the account that Terraform acts as", async () => {
        const account = "deployer@demo-project.iam.gserviceaccount.com";
        await script("remove", { impersonate: account }, { BINAUTHZ_TOKEN: "", GOOGLE_OAUTH_ACCESS_TOKEN: TOKEN });
        expect(api.requests[0]).toBe(`POST /v1/projects/-/serviceAccounts/${account}:generateAccessToken`);
        expect([...api.tokens]).toEqual([`Bearer ${TOKEN}`, "Bearer token-of-the-account"]);
      });

      test("asks gcloud, as the same account", async () => {
        const asks = gcloud('echo "token-of $*"');
        await script("remove", { impersonate: "deployer@p.iam.gserviceaccount.com" }, asks);
        expect([...api.tokens]).toEqual([
          "Bearer token-of auth print-access-token --impersonate-service-account=deployer@p.iam.gserviceaccount.com",
        ]);
      });

      test.each([
        ["there is no gcloud", () => ({ BINAUTHZ_TOKEN: "", PATH: directory }), "gcloud is not installed"],
        ["gcloud is not logged in", () => gcloud("echo 'please run gcloud auth login' >&2; exit 1"), "please run"],
      ])("says what is left to do by hand where %s", async (_, environment, reason) => {
        const { code, stderr } = await script("remove", {}, environment());
        expect(code).toBe(1);
        expect(stderr).toContain(reason);
        for (const left of ["policy of project demo-project", CLUSTER, PROXY_IMAGE, API_IMAGE, "policy export"]) {
          expect(stderr).toContain(left);
        }
        expect(api.requests).toEqual([]);
      });
    });
  });

  test("explains itself, and does nothing without settings", async () => {
    const help = await run(SCRIPT, ["--help"], { env: { PATH: process.env.PATH } });
    expect([help.code, help.stderr]).toEqual([0, ""]);
    expect(help.stdout).toMatch(/^usage: binauthz_policy\.py/);
    const { code, stderr } = await run(SCRIPT, ["put"], { env: { PATH: process.env.PATH } });
    expect(code).toBe(2);
    expect(stderr).toContain("BINAUTHZ_SETTINGS");
  });
});
