import { rules } from "../../modules/dify-gke/rules";
import { noEffect } from "../../modules/dify-gke/rules/no-effect";
import { type Definition, definitions, groupTitles, type VariableName } from "../../modules/dify-gke/variables";
import { type Field, fields, limits, typeName } from "../../modules/dify-gke/variables/describe";
import effects from "./effects.json";
import { code } from "./markdown";

/** @returns the reference page of all variables. */
export function referencePage(): string {
  const groups = Object.entries(groupTitles)
    .map(([number, title]) => {
      const members = definitions.filter((definition) => definition.group === Number(number));
      return members.length === 0 ? "" : `## ${number}. ${title}\n\n${members.map(section).join("\n")}`;
    })
    .filter(Boolean);
  return `# Variables

<!-- Written by \`npm run docs\`; do not edit. -->

What a variable file may hold: \`variables/<environment>.tfvars\` or \`.tfvars.json\`. Values are plain; \`null\` stands for
the default. A **sensitive** variable never stands in a file: it is passed at apply, as \`TF_VAR_<name>\`. An **immutable**
one cannot change after the first apply.

**Changes** are the kinds of resources that other values showed to be different, in the tests. **Rules** look at the variable
before anything is synthesized; [pitfalls](pitfalls.md) lists them.

${groups.join("\n")}`;
}

function section(definition: Definition): string {
  const marks = [
    definition.required && "required",
    definition.sensitive && "sensitive",
    definition.immutable && "immutable",
    definition.platformMetadata && "ignored: for the hosting platform's catalogue",
    definition.name in noEffect && "without effect here",
    !definition.documented && "not in the documented modules",
  ].filter(Boolean);
  const says = limits(definition.schema);
  const reason = noEffect[definition.name as VariableName];
  const lines = [
    `- type: ${code(typeName(definition.schema))}`,
    definition.required ? undefined : `- default: ${code(JSON.stringify(definition.default))}`,
    says && `- allowed: ${escape(says)}`,
    marks.length > 0 && `- ${marks.join(", ")}`,
    ...changes(definition.name),
    ...looking(definition.name),
    ...fieldLines(fields(definition.schema), 0),
  ].filter(Boolean);
  const text = [escape(definition.description), reason].filter(Boolean).join(" ");
  return `### ${definition.name}\n\n${text}\n\n${lines.join("\n")}\n`;
}

/** More kinds than this are only counted. */
const MOST_KINDS = 12;

function changes(name: string): string[] {
  const kinds = (effects as Readonly<Record<string, readonly string[] | undefined>>)[name];
  if (!kinds) return [];
  return [
    `- changes: ${kinds.length > MOST_KINDS ? `${kinds.length} kinds of resources` : kinds.map(code).join(", ")}`,
  ];
}

function looking(name: string): string[] {
  const ids = rules.filter((rule) => rule.variables.some((variable) => variable === name)).map(({ id }) => id);
  return ids.length === 0 ? [] : [`- rules: ${ids.map(code).join(", ")}`];
}

function fieldLines(list: readonly Field[], depth: number): string[] {
  const indent = "  ".repeat(depth);
  return [
    ...(list.length > 0 && depth === 0 ? ["- fields:"] : []),
    ...list.flatMap((field) => {
      const details = [
        code(field.type),
        field.required && "required",
        field.default !== undefined && `default ${code(field.default)}`,
        field.limits && escape(field.limits),
      ].filter(Boolean);
      const description = field.description && `. ${escape(field.description)}`;
      return [
        `${indent}  - ${code(field.name)}: ${details.join(", ")}${description}`,
        ...fieldLines(field.fields, depth + 1),
      ];
    }),
  ];
}

/** Escapes characters that Markdown would interpret, outside of code. */
function escape(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith("`") ? part : part.replace(/[*_<>]/g, "\\$&")))
    .join("");
}
