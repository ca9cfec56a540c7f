import { readFileSync } from "node:fs";
import { join } from "node:path";
import { definitionOf, definitions, groupTitles } from "../../modules/dify-gke/variables";
import { limits, typeName } from "../../modules/dify-gke/variables/describe";

interface Documented {
  readonly name: string;
  readonly group: number;
  readonly type: string;
  readonly default: unknown;
  readonly required?: boolean;
  readonly sensitive?: boolean;
  readonly immutable?: boolean;
  readonly platform_metadata?: boolean;
  readonly range?: readonly [number, number];
  readonly options?: readonly string[];
}

const reference = JSON.parse(readFileSync(join(__dirname, "../fixtures/variables.json"), "utf8")) as {
  readonly groups: Readonly<Record<string, string>>;
  readonly variables: readonly Documented[];
};
const documented = new Map(reference.variables.map((variable) => [variable.name, variable]));

/** A default that the documentation abridges: `{ hcl: … }`. */
function isAbridged(value: unknown): boolean {
  return typeof value === "object" && value !== null && "hcl" in value;
}

describe("the definitions against the documented variables", () => {
  it("has every documented variable, and each name once", () => {
    expect(definitions.map(({ name }) => name).filter((name) => documented.has(name))).toEqual(
      expect.arrayContaining([...documented.keys()]),
    );
    expect(new Set(definitions.map(({ name }) => name)).size).toBe(definitions.length);
    expect(definitions.filter((definition) => definition.documented)).toHaveLength(documented.size);
  });

  it("marks as documented what is documented, and nothing else", () => {
    const wrong = definitions.filter((definition) => definition.documented !== documented.has(definition.name));
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it("has the groups' titles", () => {
    expect(groupTitles).toEqual(reference.groups);
    for (const { group } of definitions) expect(groupTitles).toHaveProperty(String(group));
  });

  it.each([...documented.values()].map((variable) => [variable.name, variable] as const))("%s", (name, variable) => {
    const definition = definitionOf(name);
    if (!definition) throw new Error(`${name} has no definition`);
    expect(definition.group).toBe(variable.group);
    expect(typeName(definition.schema)).toBe(variable.type);
    if (!isAbridged(variable.default)) expect(definition.default).toEqual(variable.default);
    expect(definition.required).toBe(variable.required ?? false);
    expect(definition.immutable).toBe(variable.immutable ?? false);
    expect(definition.platformMetadata).toBe(variable.platform_metadata ?? false);
    // It holds the values of secrets, whatever the documentation says.
    expect(definition.sensitive).toBe((variable.sensitive ?? false) || name === "explicit_secret_values");
    if (variable.range) expect(limits(definition.schema)).toBe(variable.range.join(" to "));
    if (variable.options) expect(limits(definition.schema)).toBe(`one of ${variable.options.join(", ")}`);
  });

  it("gives the abridged defaults literally", () => {
    const abridged = reference.variables.filter((variable) => isAbridged(variable.default)).map(({ name }) => name);
    expect(Object.fromEntries(abridged.map((name) => [name, definitionOf(name)?.default]))).toMatchObject({
      module_description: expect.any(String) as string,
      module_services: expect.arrayContaining(["GKE Autopilot"]) as string[],
      requires_services: { create_postgres: true },
      resource_labels: { env: "dev" },
      container_build_config: { enabled: true },
      container_resources: { cpu_limit: "1000m", memory_limit: "512Mi" },
    });
    expect(abridged).toHaveLength(6);
  });
});

describe("the definitions by themselves", () => {
  it.each(definitions.map((definition) => [definition.name, definition] as const))(
    "%s: its default is allowed, and it is described",
    (_, definition) => {
      if (!definition.required) expect(definition.schema.safeParse(definition.default).success).toBe(true);
      expect(definition.description).toMatch(/\.$/);
    },
  );
});
