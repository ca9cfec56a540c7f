import { printable } from "../../modules/dify-gke/printable";
import type { Console } from "../terminal/console";
import type { Candidate } from "./kind";
import type { Seen } from "./look";
import { fitting, type Picks, valuesOf } from "./pick";
import { type Home, ownOf, wantedOf } from "./wanted";

/** Asks for each service that has no name yet, where there is a choice. @returns `undefined` if the run was interrupted */
export async function askFor(
  seen: readonly Seen[],
  environment: Home,
  output: Console,
  signal: AbortSignal,
): Promise<Picks | undefined> {
  const picks = new Map<string, string>();
  let network: ReturnType<typeof valuesOf> | undefined;
  for (const shelf of seen) {
    const { variable } = shelf.kind;
    const names = { ...Object.fromEntries(picks), ...network };
    const wanted = wantedOf(environment, names);
    if (!variable || wanted.variables[variable] !== "" || shelf.kind.used?.(wanted.variables) === false) continue;
    if (ownOf(shelf, environment) !== undefined) continue;
    const choices = fitting(shelf, wanted);
    if (choices.length === 0) continue;
    const chosen = await one(shelf, choices, output, signal);
    if (chosen === undefined) return undefined;
    if (chosen === "none") continue;
    picks.set(variable, chosen.name);
    if (variable === "network_name" || (wanted.variables.network_name === "" && chosen.network))
      network ??= valuesOf(chosen, wanted.variables);
  }
  return picks;
}

async function one(
  { kind }: Seen,
  choices: readonly Candidate[],
  output: Console,
  signal: AbortSignal,
): Promise<Candidate | "none" | undefined> {
  output.line();
  output.line(output.paint("bold", `Which ${kind.one} for ${kind.variable ?? ""}?`));
  for (const [index, { name, location, facts }] of choices.entries()) {
    output.line(printable(`  ${index + 1}  ${name}  ${location}  ${facts.join(", ")}`));
  }
  output.line("  0  none of them");
  for (;;) {
    const answer = await output.ask(`Number [0]: `, signal);
    if (answer === undefined) return undefined;
    const text = answer.trim();
    if (text === "" || text === "0") return "none";
    const choice = /^\d+$/.test(text) ? choices[Number(text) - 1] : choices.find(({ name }) => name === text);
    if (choice) return choice;
    output.line(`Type a number from 0 to ${choices.length}.`);
  }
}
