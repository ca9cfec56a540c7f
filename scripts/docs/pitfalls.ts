import { catalogue, type Explained } from "../../modules/dify-gke/rules/catalogue";
import { code, table } from "./markdown";
import { answerTo, mistakes } from "./mistakes";
import { withWritten } from "./section";

/** @returns the page, with the parts that follow from the rules written again; the rest is by hand */
export async function pitfallsPage(page: string): Promise<string> {
  return withWritten(withWritten(page, rulesPart(), "rules"), await mistakesPart(), "mistakes");
}

function rulesPart(): string {
  return catalogue
    .map(
      ({ title, entries }) =>
        `### ${title}\n\n${table(["Rule", "Level", "What it finds", "Why it matters"], entries.map(row))}`,
    )
    .join("\n");
}

function row({ id, severities, risk, what, why }: Explained): string[] {
  return [code(id), [severities.join(" or "), ...(risk ? [risk] : [])].join(", "), what, why].map(cell);
}

/** The text of a cell is on one line and has no bar. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

async function mistakesPart(): Promise<string> {
  const parts: string[] = [];
  // One after the other: each runs in its own directory.
  for (const mistake of mistakes) {
    const files = Object.entries(mistake.files).map(
      ([name, text]) => `${code(`variables/${name}.tfvars`)}:\n\n\`\`\`text\n${text}\`\`\`\n`,
    );
    parts.push(
      `### ${mistake.title}\n\n${files.join("\n")}\n\`npm run check\` answers:\n\n\`\`\`text\n${await answerTo(mistake)}\n\`\`\`\n`,
    );
  }
  return parts.join("\n");
}
