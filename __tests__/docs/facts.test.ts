import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SecurityContext } from "../../modules/app-gke/application-config";
import { difyOf } from "../../modules/dify-gke/dify";
import { rules } from "../../modules/dify-gke/rules";
import { PITFALLS } from "../../modules/dify-gke/rules/rule";
import { defaults } from "../../modules/dify-gke/variables";

function read(path: string): string {
  return readFileSync(join(__dirname, "../..", path), "utf8");
}

/** Rows of the tables in a text: cells without their borders. */
function rows(text: string): string[][] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("|") && !line.startsWith("| -"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const application = difyOf({ ...defaults, project_id: "demo-project", require_services_gcp_module: false });

describe("docs/pitfalls.md", () => {
  const text = read("docs/pitfalls.md");
  const documented = rows(text.slice(text.indexOf("## The documented table"), text.indexOf("## Text is text")));
  const named = documented
    .flatMap((row) => [...(row.at(-1) ?? "").matchAll(/`([a-z0-9-]+)`/g)])
    .map(([, id = ""]) => id)
    .filter((id) => id.includes("-"));
  const ids = rules.map((rule) => rule.id);

  test("names rules that exist", () => {
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((id) => !ids.includes(id))).toEqual([]);
  });

  test("takes each pitfall as seriously as its rules do", () => {
    const order = ["Low", "Medium", "High", "Critical"];
    expect(documented).toHaveLength(1 + 19);
    for (const [pitfall, risk = "", , list = ""] of documented.slice(1)) {
      const risks = rules
        .filter((rule) => rule.source === PITFALLS && list.includes(`\`${rule.id}\``))
        .map((rule) => order.indexOf(rule.risk));
      expect({ pitfall, known: order.includes(risk) }).toEqual({ pitfall, known: true });
      if (risks.length > 0) expect(Math.max(...risks)).toBeGreaterThanOrEqual(order.indexOf(risk));
    }
  });
});

describe("docs/security.md", () => {
  const text = read("docs/security.md");
  const table = (heading: string, next: string): string[][] =>
    rows(text.slice(text.indexOf(heading), text.indexOf(next)));

  test("describes every component as it runs", () => {
    const described = new Map(table("## Pods", "## IAM").map(([name = "", ...rest]) => [name, rest]));
    const google = application.components
      .filter(({ needs }) => needs?.database === true || needs?.googleApis === true)
      .map(({ name }) => name);
    for (const component of application.components) {
      const security: SecurityContext = component.security ?? {};
      const [user, rootFileSystem, identity, exception = ""] = described.get(component.name) ?? [];
      expect({ name: component.name, user, rootFileSystem, identity }).toEqual({
        name: component.name,
        user: String(security.runAsUser ?? 65534),
        rootFileSystem: (security.readOnlyRootFilesystem ?? true) ? "read-only" : "writable",
        identity: google.includes(component.name) ? "Google" : "none",
      });
      expect(exception.includes("NFS volume")).toBe(component.needs?.sharedFiles === true);
      expect(exception.startsWith("root")).toBe(security.runAsUser === 0);
      for (const capability of security.addCapabilities ?? []) expect(exception).toContain(capability);
    }
  });

  test("describes every secret that is generated", () => {
    const described = table("## Secrets", "## First visit");
    for (const { name, source, rotates } of application.secrets) {
      if (source.type !== "generated") continue;
      const row = described.find(([names = ""]) => names.includes(`\`${name}\``));
      expect(row?.[3]).toBe(rotates === false ? "no" : "yes");
      if (name !== "db-password") expect(row?.[1]).toBe(String(source.format.length));
    }
  });
});

describe("pages that list components", () => {
  const readme = read("README.md");
  const architecture = read("docs/architecture.md");
  const lists = new Map([
    ["README.md, what an apply creates", /^\|.*Deployments: (.*)\|$/m.exec(readme)?.[1] ?? ""],
    [
      "docs/architecture.md, what an environment consists of",
      /## What an environment consists of\n+```mermaid\n([\s\S]*?)```/.exec(architecture)?.[1] ?? "",
    ],
  ]);

  test.each([...lists])("%s: every component of the newest release", (_, list) => {
    const words = new Set(list.match(/[a-z]+(-[a-z]+)*/g));
    expect(application.components.map(({ name }) => name).filter((name) => !words.has(name))).toEqual([]);
  });

  test("README.md counts the secrets that are generated", () => {
    const numbers = ["no", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven"];
    const generated = application.secrets.filter(({ source }) => source.type === "generated");
    expect(readme).toContain(`${numbers[generated.length] ?? generated.length} generated secrets in Secret Manager`);
  });
});
