import { formatProblems, hasErrors, type Problem } from "../../modules/dify-gke/problems";
import { nearest } from "../../modules/dify-gke/variables/mention";

describe("problems as text", () => {
  const problem: Problem = {
    severity: "error",
    environment: "dev",
    file: "variables/dev.tfvars",
    line: 7,
    variable: "region",
    group: 1,
    given: '"moon"',
    allowed: "string: a region",
    message: "It is wrong.",
    rule: { id: "some-rule", risk: "High" },
  };

  it("have what, where, given and allowed", () => {
    expect(formatProblems([problem], { color: false })).toBe(
      [
        "error variables/dev.tfvars:7: region (group 1, Project & identity)",
        "  It is wrong.",
        '  given: "moon"',
        "  allowed: string: a region",
        "  rule: some-rule, risk High",
      ].join("\n"),
    );
  });

  it("put errors before warnings, and colour only where asked", () => {
    const text = formatProblems([{ ...problem, severity: "warning" }, problem], { color: false });
    expect(text.indexOf("error ")).toBeLessThan(text.indexOf("warning "));
    expect(text).not.toContain("\u001b");
    expect(formatProblems([problem], { color: true })).toContain("\u001b[31m");
    expect(formatProblems([], { color: true })).toBe("");
  });

  it("come in the order of the files", () => {
    const lines = [9, undefined, 3].map((line) => ({ ...problem, line }));
    const text = formatProblems([...lines, { ...problem, file: "variables/a.tfvars" }], { color: false });
    expect(text.match(/^error \S+/gm)).toEqual([
      "error variables/a.tfvars:7:",
      "error variables/dev.tfvars:",
      "error variables/dev.tfvars:3:",
      "error variables/dev.tfvars:9:",
    ]);
  });

  it("name the nearest name, and none where none is near", () => {
    expect(nearest("min_instance_cout", ["max_instance_count", "min_instance_count"])).toBe("min_instance_count");
    expect(nearest("zzzzzz", ["region", "tenant_id"])).toBeUndefined();
  });

  it("count as errors for their own environment", () => {
    expect(hasErrors([problem])).toBe(true);
    expect(hasErrors([problem], "dev")).toBe(true);
    expect(hasErrors([problem], "prod")).toBe(false);
    expect(hasErrors([{ ...problem, severity: "warning" }])).toBe(false);
  });
});
