import { z } from "zod";
import { definitions } from "../../modules/dify-gke/variables";

/** @returns the JSON Schema of a .tfvars.json file; name it in `$schema` for completion in an editor */
export function jsonSchema(): unknown {
  const properties = definitions
    .filter((definition) => !definition.sensitive)
    .map((definition) => {
      const schema = z.toJSONSchema(definition.schema, { io: "input" });
      delete schema.$schema;
      const given = definition.required ? {} : { default: definition.default };
      return [definition.name, { description: definition.description, ...given, ...schema }] as const;
    });
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Variables of one environment",
    type: "object",
    properties: { $schema: { type: "string" }, ...Object.fromEntries(properties) },
    patternProperties: { "^//": {} },
    additionalProperties: false,
  };
}
