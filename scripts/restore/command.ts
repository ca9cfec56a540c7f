import { clouddeploy_v1 } from "googleapis/build/src/apis/clouddeploy/v1";
import { formatProblems, hasErrors } from "../../modules/dify-gke/problems";
import { isStateful } from "../../modules/dify-gke/stateful-set";
import type { Environment } from "../../modules/dify-gke/environment";
import { readEnvironments } from "../../modules/dify-gke/variable-files";
import { Refusal } from "../acceptance/options";
import { endOf, step } from "../adopt/steps";
import { clientOptions, type Google, google } from "../google-apis/clients";
import { type Credentials, quotaProjectOf, usableCredentials } from "../google-apis/credentials";
import type { Context } from "../terminal/command";
import { Console } from "../terminal/console";
import { connect } from "./cluster";
import { Delivery } from "./delivery";
import { restoreInto } from "./into";
import { EXIT, type Options } from "./options";
import { type Place, placeOf } from "./place";
import { Restore, type RestoreProps } from "./run";

const PAUSE_MS = 3000;

/** An environment, and who acts in it. */
interface Located {
  readonly environment: Environment;
  readonly place: Place;
  readonly auth: Credentials;
  readonly clients: Google;
}

/** The command. @returns the exit code */
export async function restore(options: Options, context: Context): Promise<number> {
  const { terminal, complain } = context;
  const names = [options.environment, ...(options.into ? [options.into.environment] : [])];
  const { environments, problems } = await readEnvironments({ directory: options.directory, only: names });
  if (problems.length > 0) complain(`${formatProblems(problems, { color: terminal.color })}\n`);
  const [environment, other] = names.map((name) => environments.find((each) => each.name === name));
  if (hasErrors(problems) || !environment || (options.into && !other)) return EXIT.failed;
  const output = new Console(terminal);
  try {
    const here = await locate(environment, context, output);
    if (!options.into || !other) return await new Restore(await reach(here, options, context, output)).run();
    const there = await locate(other, context, output);
    const to = await reach(there, { ...options, environment: other.name }, context, output);
    const from = { name: environment.name, place: here.place, reach: () => reach(here, options, context, output) };
    return await restoreInto(from, to, { ...options.into, stateful: isStateful(other.variables) });
  } catch (error) {
    return endOf(error, context, `Interrupted. Run it again to continue${wayBack(options)}`);
  }
}

function wayBack({ environment, into, wanted }: Options): string {
  if (!into) return ", or with --undo to go back.";
  const command = (name: string) => `npm run restore -- ${name} --undo`;
  const copy = wanted.what === "restore moment" ? ` To delete a copy of the instance: ${command(environment)}` : "";
  return `. To undo it: ${command(into.environment)}.${copy}`;
}

async function locate(environment: Environment, { env }: Context, output: Console): Promise<Located> {
  const { name, variables } = environment;
  const place = await step(output, `look where ${name} is`, () => placeOf(environment));
  const auth = await usableCredentials(env, variables);
  if (typeof auth === "string") throw new Refusal(auth.trimEnd());
  return { environment, place, auth, clients: google(auth, env, quotaProjectOf(variables)) };
}

/** @returns what a restore there needs */
async function reach(
  { auth, clients, environment, place }: Located,
  options: Options,
  { env, signal }: Context,
  output: Console,
): Promise<RestoreProps> {
  const { variables } = environment;
  const deploy = new clouddeploy_v1.Clouddeploy(clientOptions(auth, env, "CLOUDDEPLOY", quotaProjectOf(variables)));
  const cluster = await step(output, `find the cluster ${place.cluster.name}`, () =>
    connect(auth, clients, place, variables.kubernetes_endpoint, env),
  );
  return {
    ...{ options, output, google: clients, place, cluster },
    delivery: new Delivery(deploy, place.pipeline),
    waiting: { signal, pause: PAUSE_MS },
  };
}
