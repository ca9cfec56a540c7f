import { describeWith, tools } from "../services/require";
import { digest, Playground, starting } from "./stub";

const REGISTRY = "us-central1-docker.pkg.dev/demo-project";
const API = `${REGISTRY}/builds/api@${digest("a")}`;
const WEB = `${REGISTRY}/mirror/langgenius/dify-web@${digest("b")}`;

interface Finding {
  readonly severity: string;
  readonly cve: string;
  readonly fixedIn?: string;
}

/** What `gcloud artifacts docker images describe --show-package-vulnerability --format=json` prints. */
function scan(status: string | undefined, findings: readonly Finding[] = []): string {
  const bySeverity: Record<string, unknown[]> = {};
  for (const { severity, cve, fixedIn } of findings) {
    (bySeverity[severity] ??= []).push({
      kind: "VULNERABILITY",
      name: `projects/demo-project/occurrences/${cve}`,
      noteName: `projects/goog-vulnz/notes/${cve}`,
      resourceUri: `https://${API}`,
      vulnerability: {
        effectiveSeverity: severity,
        shortDescription: cve,
        packageIssue: [
          {
            affectedPackage: "openssl",
            affectedVersion: { fullName: "3.0.11-1", kind: "NORMAL", name: "3.0.11", revision: "1" },
            effectiveSeverity: severity,
            fixedPackage: "openssl",
            fixedVersion: fixedIn === undefined ? { kind: "MAXIMUM" } : { fullName: fixedIn, kind: "NORMAL" },
          },
        ],
      },
    });
  }
  return JSON.stringify({
    image_summary: { digest: digest("a"), fully_qualified_digest: API, registry: "us-central1-docker.pkg.dev" },
    ...(status === undefined
      ? {}
      : {
          discovery_summary: {
            discovery: [
              {
                kind: "DISCOVERY",
                noteName: "projects/goog-analysis/notes/PACKAGE_VULNERABILITY",
                discovery: { analysisStatus: status, continuousAnalysis: "ACTIVE" },
              },
            ],
          },
        }),
    ...(findings.length > 0
      ? { package_vulnerability_summary: { vulnerabilities: bySeverity, total_vulnerability_count: findings.length } }
      : {}),
  });
}

const ONE_OF_EACH: readonly Finding[] = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "MINIMAL", "SEVERITY_UNSPECIFIED"].map(
  (severity, index) => ({ severity, cve: `CVE-2026-000${index}`, fixedIn: "3.0.13-1" }),
);

describeWith([tools.python], "scan-images.sh", () => {
  let playground: Playground;

  beforeEach(() => {
    playground = new Playground("scan-images.sh", {
      SEVERITY: "HIGH",
      PROJECT: "demo-project",
      POLL_SECONDS: "0.05",
    }).answer("gcloud artifacts docker images describe *", scan("FINISHED_SUCCESS"));
    playground.images = { api: API };
  });

  afterEach(() => {
    playground.remove();
  });

  test("asks once for each image, however many names it has", async () => {
    playground.images = { web: WEB, api: API, worker: API };
    const { code, stdout, stderr, calls } = await playground.run();
    expect([code, stderr]).toEqual([0, ""]);
    expect(calls).toEqual(
      [API, WEB].map(
        (image) =>
          `gcloud artifacts docker images describe ${image} --show-package-vulnerability --format=json --project=demo-project`,
      ),
    );
    expect(stdout).toMatch(/nothing of severity HIGH or above\n$/);
  });

  test("refuses images of other registries, which nothing scans", async () => {
    playground.images = { nginx: `docker.io/nginx@${digest("c")}` };
    const { code, stderr, calls } = await playground.run();
    expect([code, calls]).toEqual([1, []]);
    expect(stderr).toContain(`docker.io/nginx@${digest("c")} is not in Artifact Registry`);
  });

  test.each([
    ["CRITICAL", ["CRITICAL"]],
    ["HIGH", ["CRITICAL", "HIGH"]],
    ["MEDIUM", ["CRITICAL", "HIGH", "MEDIUM"]],
    ["LOW", ["CRITICAL", "HIGH", "MEDIUM", "LOW"]],
  ])("stops at %s and above", async (severity, stopped) => {
    playground.answer("gcloud artifacts *", scan("FINISHED_SUCCESS", ONE_OF_EACH));
    const { code, stderr } = await playground.run({ SEVERITY: severity });
    expect(code).toBe(1);
    const lines = stopped.map((level, index) => `  ${level} CVE-2026-000${index} openssl 3.0.11-1 fixed in: 3.0.13-1`);
    expect(stderr.split("\n").filter((line) => line.startsWith("  "))).toEqual(lines);
    expect(stderr).toContain(`${API}\n`);
    expect(stderr).toContain(`error: vulnerabilities of severity ${severity} or above`);
  });

  test("lets lesser ones pass", async () => {
    playground.answer("gcloud artifacts *", scan("FINISHED_SUCCESS", ONE_OF_EACH.slice(2)));
    const { code, stderr } = await playground.run();
    expect([code, stderr]).toEqual([0, ""]);
  });

  test("lets ignored ones pass, but not one whose name only begins alike", async () => {
    const findings = ["CVE-2026-1", "CVE-2026-2", "CVE-2026-22"].map((cve) => ({ severity: "CRITICAL", cve }));
    playground.answer("gcloud artifacts *", scan("FINISHED_SUCCESS", findings));
    const { code, stderr } = await playground.run({ IGNORE: "CVE-2026-1\nCVE-2026-2\n" });
    expect(code).toBe(1);
    expect(stderr).toContain("  CRITICAL CVE-2026-22 openssl 3.0.11-1 fixed in: none\n");
    expect(stderr).not.toMatch(/CVE-2026-[12] /);
    const { code: ignored } = await playground.run({ IGNORE: "CVE-2026-1\nCVE-2026-2\nCVE-2026-22" });
    expect(ignored).toBe(0);
  });

  test("looks at every image before it fails", async () => {
    playground.images = { api: API, web: WEB };
    playground.answer("gcloud artifacts *", scan("FINISHED_SUCCESS", ONE_OF_EACH));
    const { code, stderr } = await playground.run();
    expect(code).toBe(1);
    expect(stderr).toContain(API);
    expect(stderr).toContain(WEB);
  });

  test("waits until a scan has begun and is done", async () => {
    playground
      .answer("gcloud artifacts *", { stdout: scan("SCANNING", ONE_OF_EACH), times: 2 })
      .answer("gcloud artifacts *", { stdout: scan("PENDING"), times: 1 })
      .answer("gcloud artifacts *", { stdout: scan(undefined), times: 1 });
    const { code, calls } = await playground.run();
    expect([code, calls.length]).toEqual([0, 5]);
  });

  test("judges by the scan that is not done yet", async () => {
    const [running, done] = [scan("SCANNING"), scan("FINISHED_SUCCESS")].map(
      (text) => JSON.parse(text) as { discovery_summary: { discovery: unknown[] } },
    );
    done?.discovery_summary.discovery.push(...(running?.discovery_summary.discovery ?? []));
    playground.answer("gcloud artifacts *", { stdout: JSON.stringify(done), times: 1 });
    expect((await playground.run()).calls).toHaveLength(2);
  });

  test("says that scanning may be off when none begins", async () => {
    playground.answer("gcloud artifacts *", scan(undefined));
    const { code, stderr } = await playground.run({ TIMEOUT_SECONDS: "1" });
    expect(code).toBe(1);
    expect(stderr).toContain(`no scan of ${API} began in 1 seconds. Container Scanning may be off`);
    expect(stderr).toContain("containerscanning.googleapis.com");
  });

  test("gives up on a scan that does not end", async () => {
    playground.answer("gcloud artifacts *", scan("SCANNING"));
    const { code, stderr } = await playground.run({ TIMEOUT_SECONDS: "0" });
    expect(code).toBe(1);
    expect(stderr).toContain(`the scan of ${API} is SCANNING after 0 seconds`);
  });

  test("fails with a failed scan", async () => {
    playground.answer("gcloud artifacts *", scan("FINISHED_FAILED"));
    const { code, stderr } = await playground.run();
    expect(code).toBe(1);
    expect(stderr).toContain(`the scan of ${API} failed`);
  });

  test("stops at an image that cannot be scanned", async () => {
    playground.answer("gcloud artifacts *", scan("FINISHED_UNSUPPORTED"));
    const { code, stderr } = await playground.run();
    expect(code).toBe(1);
    expect(stderr).toContain(`nothing can scan ${API}`);
  });

  test("fails when the scan cannot be read, with gcloud's own words", async () => {
    playground.answer("gcloud artifacts *", { code: 1, stderr: "ERROR: PERMISSION_DENIED\n" });
    const { code, stderr, calls } = await playground.run();
    expect(code).toBe(1);
    expect(stderr).toContain("ERROR: PERMISSION_DENIED\n");
    expect(stderr).toContain(`cannot read the scan of ${API}`);
    expect(starting(calls, "gcloud")).toHaveLength(1);
  });

  test.each([
    ["SEVERITY", "high", "SEVERITY is 'high'"],
    ["SEVERITY", "MINIMAL", "SEVERITY is 'MINIMAL'"],
    ["TIMEOUT_SECONDS", "10m", "TIMEOUT_SECONDS is '10m', not a number"],
  ])("refuses %s=%s before it calls anything", async (name, value, message) => {
    const { code, stderr, calls } = await playground.run({ [name]: value });
    expect([code, calls]).toEqual([1, []]);
    expect(stderr).toContain(message);
  });
});
