import { parseArgs } from "node:util";
import { formatProblems, hasErrors, printable } from "../../modules/dify-gke/problems";
import { readEnvironments } from "../../modules/dify-gke/variable-files";
import { resourcesOf } from "../stacks/resources";
import type { Terminal } from "../terminal/console";
import { estimate, partsOf, total } from "./estimate";
import { readPrices } from "./prices";
import { refreshPrices } from "./refresh";
import { report } from "./report";

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

export interface CostContext {
  readonly env: NodeJS.ProcessEnv;
  readonly terminal: Pick<Terminal, "write" | "color">;
  readonly complain: (text: string) => void;
}

/** The command. @returns the exit code */
export async function cost(args: readonly string[], context: CostContext): Promise<number> {
  const { env, terminal, complain } = context;
  const options = parse(args);
  if (typeof options === "string") {
    complain(`${options} See --help.\n`);
    return EXIT.usage;
  }
  if (options.help) {
    terminal.write(HELP);
    return EXIT.done;
  }
  if (options.refresh) {
    try {
      const { prices, regions } = await refreshPrices(env, new Date());
      complain(`Read ${prices} prices of ${regions} regions.\n`);
    } catch (error) {
      complain(`The prices could not be read: ${(error as Error).message}\nThe table stays as it was.\n`);
      return EXIT.failed;
    }
  }
  const { only } = options;
  if (only.length === 0) return EXIT.done;
  const directory = options.directory ?? env.DIFY_VARIABLES ?? "variables";
  const { environments, problems } = await readEnvironments({ directory, only });
  if (problems.length > 0) complain(`${formatProblems(problems, { color: terminal.color })}\n`);
  if (hasErrors(problems)) return EXIT.failed;
  const table = readPrices();
  const estimates = [];
  for (const name of only) {
    const environment = environments.find((one) => one.name === name);
    if (!environment) continue;
    const { region } = environment.variables;
    estimates.push(estimate({ name, region }, await resourcesOf(environment), table));
  }
  const { date, currency } = table;
  terminal.write(
    options.json
      ? `${printable(JSON.stringify({ date, currency, environments: estimates.map((one) => ({ ...one, total: total(partsOf(one)) })) }, null, 2))}\n`
      : `${report(estimates, table)}\n`,
  );
  return EXIT.done;
}

interface Options {
  readonly only: readonly string[];
  readonly directory?: string;
  readonly json: boolean;
  readonly refresh: boolean;
  readonly help: boolean;
}

/** @returns what is asked for, or what is wrong with it */
function parse(args: readonly string[]): Options | string {
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
    const refresh = values["refresh-prices"] ?? false;
    const help = values.help ?? false;
    const only = [...new Set([...positionals, ...(values.compare === undefined ? [] : [values.compare])])];
    if (positionals.length > 1) return "One environment is wanted, and another one after --compare.";
    if (positionals.length === 0 && (values.compare !== undefined || !(refresh || help))) {
      return "One environment is wanted: npm run cost -- dev.";
    }
    return { only, directory: values.directory, json: values.json ?? false, refresh, help };
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}.`;
  }
}
