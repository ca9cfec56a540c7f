import { catalogue, type Explained } from "../../modules/dify-gke/rules/catalogue";
import { nearest } from "../../modules/dify-gke/variables/mention";

/** @returns all ids, one per line, by subject */
export function listOfRules(): string {
  const widest = Math.max(...catalogue.flatMap(({ entries }) => entries.map(({ id }) => id.length)));
  return catalogue
    .map(({ title, entries }) =>
      [title, ...entries.map((entry) => `  ${entry.id.padEnd(widest)}  ${levelOf(entry)}`)].join("\n"),
    )
    .join("\n\n");
}

/** @returns the explanation of an id, or why there is none */
export function explanationOf(id: string): { readonly text: string } | { readonly unknown: string } {
  const subject = catalogue.find(({ entries }) => entries.some((entry) => entry.id === id));
  const entry = subject?.entries.find((candidate) => candidate.id === id);
  if (!entry || !subject) {
    const near = nearest(
      id,
      catalogue.flatMap(({ entries }) => entries.map((candidate) => candidate.id)),
    );
    return {
      unknown: `There is no rule "${id}".${near === undefined ? "" : ` Did you mean "${near}"?`}`,
    };
  }
  const { what, why, severities, variables = [], source } = entry;
  const lines = [
    ["finds", plain(what)],
    ["why it matters", plain(why)],
    ["looks at", variables.join(", ")],
    ["about", subject.title],
    ["from", source ?? ""],
    ["silenced", severities.includes("warning") ? `silenced_warnings = { ${id} = "<the reason>" }` : "never: an error"],
  ].filter(([, text]) => text !== "");
  return {
    text: [`${id} (${levelOf(entry)})`, ...lines.map(([label = "", text = ""]) => `  ${label}: ${text}`)].join("\n"),
  };
}

function levelOf({ severities, risk }: Explained): string {
  return [severities.join(" or "), ...(risk ? [`risk ${risk}`] : [])].join(", ");
}

/** A terminal shows no Markdown. */
function plain(text: string): string {
  return text.replaceAll("`", "");
}
