import { clouddeploy_v1 } from "googleapis/build/src/apis/clouddeploy/v1";
import { printable } from "../../modules/dify-gke/printable";
import { formatProblems, hasErrors } from "../../modules/dify-gke/problems";
import { readEnvironments } from "../../modules/dify-gke/variable-files";
import { Refusal } from "../acceptance/options";
import { Impossible, step } from "../adopt/steps";
import { clientOptions, google } from "../google-apis/clients";
import { quotaProjectOf, usableCredentials } from "../google-apis/credentials";
import { Console } from "../terminal/console";
import { connect } from "./cluster";
import { Delivery } from "./delivery";
import { type Context, EXIT, type Options } from "./options";
import { placeOf } from "./place";
import { Restore } from "./run";

const PAUSE_MS = 3000;

/** The command. @returns the exit code */
export async function restore(options: Options, context: Context): Promise<number> {
  const { env, terminal, complain, signal } = context;
  const { environments, problems } = await readEnvironments({
    directory: options.directory,
    only: [options.environment],
  });
  if (problems.length > 0) complain(`${formatProblems(problems, { color: terminal.color })}\n`);
  const [environment] = environments;
  if (hasErrors(problems) || !environment) return EXIT.failed;
  const { variables } = environment;
  const output = new Console(terminal);
  try {
    const place = await step(output, `look where ${environment.name} is`, () => placeOf(environment));
    const auth = await usableCredentials(env, variables);
    if (typeof auth === "string") {
      complain(auth);
      return EXIT.nothing;
    }
    const quota = quotaProjectOf(variables);
    const clients = google(auth, env, quota);
    const deploy = new clouddeploy_v1.Clouddeploy(clientOptions(auth, env, "CLOUDDEPLOY", quota));
    const cluster = await step(output, `find the cluster ${place.cluster.name}`, () =>
      connect(auth, clients, place, variables.kubernetes_endpoint, env),
    );
    return await new Restore({
      ...{ options, output, google: clients, place, cluster },
      delivery: new Delivery(deploy, place.pipeline),
      waiting: { signal, pause: PAUSE_MS },
    }).run();
  } catch (error) {
    if (signal.aborted) {
      complain("Interrupted. Run it again to go on with what was begun, or with --undo to go back.\n");
      return EXIT.interrupted;
    }
    if (!(error instanceof Refusal || error instanceof Impossible)) throw error;
    complain(`${printable(error.message)}\n`);
    return error instanceof Impossible ? EXIT.failed : EXIT.nothing;
  }
}
