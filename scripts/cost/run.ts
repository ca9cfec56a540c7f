import { printable } from "../../modules/dify-gke/printable";
import { formatProblems, hasErrors } from "../../modules/dify-gke/problems";
import { readEnvironments } from "../../modules/dify-gke/variable-files";
import { resourcesOf } from "../stacks/resources";
import { estimate, partsOf, total } from "./estimate";
import { variablesDirectory } from "../terminal/usage";
import { type CostContext, EXIT, type Options } from "./options";
import { readPrices } from "./prices";
import { refreshPrices } from "./refresh";
import { report } from "./report";

/** The command. @returns the exit code */
export async function cost(options: Options, context: CostContext): Promise<number> {
  const { env, terminal, complain } = context;
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
  const directory = variablesDirectory(env, options.directory);
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
