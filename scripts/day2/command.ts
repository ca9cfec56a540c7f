import { formatProblems, hasErrors } from "../../modules/dify-gke/problems";
import { readEnvironments } from "../../modules/dify-gke/variable-files";
import { Refusal } from "../acceptance/options";
import { endOf, step } from "../adopt/steps";
import { google } from "../google-apis/clients";
import { quotaProjectOf, usableCredentials } from "../google-apis/credentials";
import { connect } from "../restore/cluster";
import type { Context } from "../terminal/command";
import { Console } from "../terminal/console";
import { EXIT, type Options } from "./options";
import { placeOf } from "./place";
import { Day2 } from "./run";

const PAUSE_MS = 3000;

/** The command. @returns the exit code */
export async function day2(options: Options, context: Context): Promise<number> {
  const { complain, env, signal, terminal } = context;
  const { environments, problems } = await readEnvironments({
    directory: options.directory,
    only: [options.environment],
  });
  if (problems.length > 0) complain(`${formatProblems(problems, { color: terminal.color })}\n`);
  const [environment] = environments;
  if (hasErrors(problems) || !environment) return EXIT.failed;
  const output = new Console(terminal);
  const { name, variables } = environment;
  try {
    const place = await step(output, `look where ${name} is`, () => placeOf(environment));
    const auth = await usableCredentials(env, variables);
    if (typeof auth === "string") throw new Refusal(auth.trimEnd());
    const clients = google(auth, env, quotaProjectOf(variables));
    const cluster = await step(output, `find the cluster ${place.cluster.name}`, () =>
      connect(auth, clients, place, variables.kubernetes_endpoint, env),
    );
    return await new Day2({ options, output, place, cluster, waiting: { signal, pause: PAUSE_MS } }).run();
  } catch (error) {
    return endOf(
      error,
      context,
      `Interrupted. The operator continues what it has begun: npm run day2 -- ${name} status`,
    );
  }
}
