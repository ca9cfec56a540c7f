import { get, type Stack, synthesize } from "../dify/synthesize";
import type { Result } from "../services/processes";
import { describeWith, tools } from "../services/require";
import { AuditApi, type AuditConfig } from "./audit-api";
import { provisionerOf, runScript } from "./scripts";

const NOTE = "dify-demo-1-audit-logs";
const OTHER = "dify-demo-2-audit-logs";
const TYPES = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"];
const SERVICES = ["allServices", "secretmanager.googleapis.com", "cloudkms.googleapis.com"];
const ALL = SERVICES.flatMap((service) => TYPES.map((type) => `${service}/${type}`));

/** Of others: a service of their own, and one member that they exempt from what is asked for. */
const FOREIGN: readonly AuditConfig[] = [
  { service: "bigquery.googleapis.com", auditLogConfigs: [{ logType: "DATA_READ" }] },
  {
    service: "allServices",
    auditLogConfigs: [{ logType: "DATA_READ", exemptedMembers: ["user:robot@example.com"] }],
  },
];

describeWith([tools.python], "audit_config.py", () => {
  let api: AuditApi;
  let address: string;
  const stack = synthesize({ enable_audit_logging: true }).application;

  beforeEach(async () => {
    api = new AuditApi();
    address = await api.listen();
    api.notes[NOTE] = { "audit-logs": "wanted" };
  });

  afterEach(async () => {
    await api.stop();
  });

  async function script(action: "put" | "remove", note = NOTE): Promise<Result> {
    const provisioner = provisionerOf(stack, action === "put" ? "audit_logs_written" : "audit_logs_claim");
    expect(provisioner.environment.AUDIT_ACTION).toBe(action);
    const settings = { project: "demo-project", note, services: SERVICES, types: TYPES, impersonate: "" };
    return runScript(provisioner, "AUDIT", settings, address);
  }

  const on = (): string[] =>
    api.auditConfigs.flatMap(({ service, auditLogConfigs }) =>
      auditLogConfigs.map(({ logType }) => `${service}/${logType}`),
    );
  const exempted = (): unknown =>
    api.auditConfigs.flatMap(({ auditLogConfigs }) => auditLogConfigs.flatMap((log) => log.exemptedMembers ?? []));
  const writes = (): number => api.requests.filter((request) => request.endsWith(":setIamPolicy")).length;
  const noted = (note = NOTE): string[] => (api.notes[note]?.["audit-logs-added"] ?? "").split(" ").filter(Boolean);

  test("turns on what is missing, and only what it turned on is off again afterwards", async () => {
    api.replace(FOREIGN);
    const put = await script("put");
    expect([put.code, put.stderr]).toEqual([0, ""]);
    expect(put.stdout).toBe(
      "Audit logs: 8 types of logs turned on, 1 were on; not logged, because somebody else exempts them: " +
        "user:robot@example.com of allServices/DATA_READ\n",
    );
    expect(on().sort()).toEqual([...ALL, "bigquery.googleapis.com/DATA_READ"].sort());
    expect(exempted()).toEqual(["user:robot@example.com"]);
    expect(api.masks).toEqual(["auditConfigs,etag"]);

    expect((await script("remove")).stdout).toBe("Audit logs: 8 types of logs turned off, as they were before\n");
    expect(api.auditConfigs).toEqual(FOREIGN);
  });

  test("writes nothing where everything is on, and takes nothing away then", async () => {
    api.replace(SERVICES.map((service) => ({ service, auditLogConfigs: TYPES.map((logType) => ({ logType })) })));
    await script("put");
    await script("remove");
    expect(writes()).toBe(0);
    expect(on().sort()).toEqual([...ALL].sort());
  });

  test("a second deployment finds the logs on; the last one that is removed gives back what was there", async () => {
    api.replace(FOREIGN);
    api.notes["somebodys-audit-logs"] = { owner: "another team" };
    api.notes[OTHER] = { "audit-logs": "wanted" };
    await script("put");
    expect((await script("put", OTHER)).stdout).toContain("0 types of logs turned on, 9 were on");
    expect(writes()).toBe(1);

    expect((await script("remove")).stdout).toBe(
      `Audit logs: left on: ${OTHER} says that another deployment wants them\n`,
    );
    expect(noted(OTHER)).toHaveLength(8);
    expect(on()).toHaveLength(10);
    api.forget(NOTE);

    await script("remove", OTHER);
    expect(api.auditConfigs).toEqual(FOREIGN);
    expect(api.notes["somebodys-audit-logs"]).toEqual({ owner: "another team" });
  });

  test("does not hand over to a deployment that is being removed as well", async () => {
    await script("put");
    api.notes[OTHER] = { "audit-logs": "leaving", "audit-logs-added": "allServices/DATA_READ" };
    await script("remove");
    expect(on()).toEqual([]);
  });

  test("leaves on what somebody has exempted members from since", async () => {
    await script("put");
    const [first, ...rest] = api.auditConfigs;
    if (!first) throw new Error("nothing was turned on");
    const [log, ...logs] = first.auditLogConfigs;
    if (!log) throw new Error("nothing was turned on");
    api.replace([
      { ...first, auditLogConfigs: [{ ...log, exemptedMembers: ["user:a@example.com"] }, ...logs] },
      ...rest,
    ]);
    expect((await script("remove")).stdout).toContain(`left on, because somebody else has exempted members from them`);
    expect(on()).toEqual([`${first.service}/${log.logType}`]);
  });

  test("starts again where somebody else changed the policy in between, and keeps that change", async () => {
    api.afterRead = () => {
      api.replace(FOREIGN);
    };
    expect((await script("put")).code).toBe(0);
    expect(exempted()).toEqual(["user:robot@example.com"]);
    // What somebody turned on in the meantime was noted, and is theirs all the same: they exempt a member.
    await script("remove");
    expect(api.auditConfigs).toEqual(FOREIGN);
  });

  test("notes first: what broke off after that is taken back", async () => {
    api.refusals.push({ method: "setIamPolicy", status: 403 });
    const { code, stderr } = await script("put");
    expect(code).toBe(1);
    expect(stderr).toBe("Audit logs, put: Google answered 403: not so\n");
    expect(noted()).toHaveLength(9);
    expect((await script("remove")).stdout).toContain("0 types of logs turned off");
  });

  test("says how to go on where the logs cannot be turned off", async () => {
    await script("put");
    api.refusals.push({ method: "setIamPolicy", status: 403 });
    const { code, stderr } = await script("remove");
    expect(code).toBe(1);
    expect(stderr).toContain(`gcloud secrets describe ${NOTE} --project=demo-project`);
    expect(on()).toHaveLength(9);
  });

  test("goes on where the note is gone, and leaves the logs", async () => {
    await script("put");
    api.forget(NOTE);
    const { code, stdout } = await script("remove");
    expect([code, stdout]).toEqual([
      0,
      `Audit logs: not changed: secret ${NOTE}, which noted what was added, does not exist any more\n`,
    ]);
    expect(on()).toHaveLength(9);
  });
});

describe("the stack", () => {
  const addresses = (stack: Stack): string[] =>
    Object.keys(stack.resource.terraform_data ?? {}).filter((name) => name.startsWith("app_audit_logs"));

  test("has only what removes while the logs are off, with a count of zero", () => {
    const stack = synthesize({}).application;
    expect(addresses(stack)).toEqual(["app_audit_logs_claim"]);
    expect(get(stack.resource.terraform_data?.app_audit_logs_claim ?? {}, "count")).toBe(0);
    expect(provisionerOf(stack, "audit_logs_claim").when).toBe("destroy");
  });

  test("is removed by what was there before it was written, as the same account", () => {
    const stack = synthesize({
      enable_audit_logging: true,
      impersonation_service_account: "tf@demo-project.iam.gserviceaccount.com",
    }).application;
    expect(addresses(stack)).toEqual(["app_audit_logs_claim", "app_audit_logs_written"]);
    const written = stack.resource.terraform_data?.app_audit_logs_written ?? {};
    expect(get(written, "depends_on")).toContain("terraform_data.app_audit_logs_claim");
    expect(get(written, "input.impersonate")).toBe("tf@demo-project.iam.gserviceaccount.com");
  });
});
