import { TerraformStack, Testing } from "cdktf";
import { Certificates } from "../../modules/app-gke/front-door/certificates";
import type { Installation } from "../../modules/app-gke/installation";
import { evaluate, hasTerraform, type Question } from "../terraform/evaluate";

interface Checked {
  readonly check: Readonly<Record<string, { readonly assert: Question["conditions"][number] }>>;
}

function checks(domains: readonly string[]): Checked["check"] {
  const stack = new TerraformStack(Testing.app(), "stack");
  const installation = { projectId: "p", resourcePrefix: "dify-demo-1", region: "r" } as Installation;
  new Certificates(stack, "certificates", { installation, domains, fallback: "203.0.113.7.nip.io", dependsOn: [] });
  return (JSON.parse(Testing.synth(stack)) as Checked).check;
}

test("each certificate has a check, the one without a domain too", () => {
  expect(Object.keys(checks(["a.example.com", "b.example.com"]))).toHaveLength(2);
  expect(Object.keys(checks([]))).toHaveLength(1);
});

(hasTerraform ? test : test.skip)(
  "a plan warns of a certificate that has failed, with Google's reason, and of no other",
  () => {
    const [check] = Object.values(checks(["a.example.com"]));
    const conditions = check ? [check.assert] : [];
    const [managed = ""] =
      /google_certificate_manager_certificate[.][\w-]+[.]managed\[0\]/.exec(conditions[0]?.condition ?? "") ?? [];
    const attempt = (state: string) => [{ state, failure_reason: "CAA", details: "no record allows pki.goog" }];
    const states: Readonly<Record<string, object>> = {
      active: { state: "ACTIVE", authorization_attempt_info: attempt("AUTHORIZED"), provisioning_issue: [] },
      "on its way": {
        state: "PROVISIONING",
        authorization_attempt_info: attempt("AUTHORIZING"),
        provisioning_issue: [],
      },
      "without attempts": { state: "PROVISIONING" },
      "not authorized": {
        state: "PROVISIONING",
        authorization_attempt_info: attempt("FAILED"),
        provisioning_issue: [],
      },
      "given up": { state: "FAILED", provisioning_issue: [{ reason: "RATE_LIMITED", details: "" }] },
    };
    const answers = evaluate(
      new Map(Object.entries(states).map(([name, value]) => [name, { conditions, values: { [managed]: value } }])),
    );
    for (const name of ["active", "on its way", "without attempts"]) expect(answers.get(name)).toEqual([]);
    expect(answers.get("not authorized")?.[0]).toContain("(CAA no record allows pki.goog)");
    expect(answers.get("given up")?.[0]).toContain("(RATE_LIMITED)");
  },
);
