import { parseArgs } from "node:util";
import type { Context } from "../terminal/command";
import type { Terminal } from "../terminal/console";
import { askedFor, wrongUsage } from "../terminal/usage";

export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

const HELP = `Estimates what an environment costs a month, from its stacks and a dated table of list prices. Writes nothing.

  npm run cost -- <environment> [options]

      --compare ENV       another environment next to it
      --directory DIR     directory of the variable files (default: $DIFY_VARIABLES, else variables)
      --json              for programs: all items, what depends on use, and what is unknown
      --refresh-prices    first asks Google's price catalogue for every region, and writes scripts/cost/prices.json.
                          Needs credentials like Terraform's provider, and the Cloud Billing API
  -h, --help              this text

Exit codes: 0 done, 1 a variable file has errors or prices could not be fetched, 2 wrong usage.
`;

/** What a run has from outside. */
export interface CostContext extends Pick<Context, "env" | "complain"> {
  readonly terminal: Pick<Terminal, "write" | "color">;
}

export interface Options {
  readonly only: readonly string[];
  readonly directory?: string;
  readonly json: boolean;
  readonly refresh: boolean;
}

/** @returns what is asked for, or the exit code where nothing is: help, or a mistake */
export function commandLine(
  args: readonly string[],
  context: Pick<CostContext, "terminal" | "complain">,
): Options | number {
  return askedFor(parse(args), HELP, context);
}

/** @returns what is asked for, what is wrong with it, or `undefined` for help */
function parse(args: readonly string[]): Options | string | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        compare: { type: "string" },
        directory: { type: "string" },
        json: { type: "boolean" },
        "refresh-prices": { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) return undefined;
    const refresh = values["refresh-prices"] ?? false;
    const only = [...new Set([...positionals, ...(values.compare === undefined ? [] : [values.compare])])];
    if (positionals.length > 1) return "Name one environment, and another one after --compare.";
    if (positionals.length === 0 && (values.compare !== undefined || !refresh)) {
      return "Name one environment: npm run cost -- dev.";
    }
    return { only, directory: values.directory, json: values.json ?? false, refresh };
  } catch (error) {
    return wrongUsage(error);
  }
}
