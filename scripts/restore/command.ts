import { clouddeploy_v1 } from "googleapis/build/src/apis/clouddeploy/v1";
import { printable } from "../../modules/dify-gke/printable";
import { formatProblems, hasErrors } from "../../modules/dify-gke/problems";
import { isStateful } from "../../modules/dify-gke/stateful-set";
import type { Environment } from "../../modules/dify-gke/environment";
import { readEnvironments } from "../../modules/dify-gke/variable-files";
import { Refusal } from "../acceptance/options";
import { Impossible, step } from "../adopt/steps";
import { clientOptions, type Google, google } from "../google-apis/clients";
import { type Credentials, quotaProjectOf, usableCredentials } from "../google-apis/credentials";
import { Console } from "../terminal/console";
import { chosen, wholeBackups } from "./backups";
import { connect } from "./cluster";
import { Copies } from "./copies";
import { Delivery } from "./delivery";
import { type Context, EXIT, type Options } from "./options";
import { copyOf } from "./moment";
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
  const { terminal, complain, signal } = context;
  const names = [options.environment, ...(options.into ? [options.into.environment] : [])];
  const { environments, problems } = await readEnvironments({ directory: options.directory, only: names });
  if (problems.length > 0) complain(`${formatProblems(problems, { color: terminal.color })}\n`);
  const [environment, other] = names.map((name) => environments.find((each) => each.name === name));
  if (hasErrors(problems) || !environment || (options.into && !other)) return EXIT.failed;
  const output = new Console(terminal);
  try {
    const here = await locate(environment, context, output);
    if (!options.into || !other) return await new Restore(await reach(here, options, context, output)).run();
    return await intoOther(here, await locate(other, context, output), options, context, output);
  } catch (error) {
    if (signal.aborted) {
      complain(`Interrupted. Run it again to go on with what was begun${wayBack(options)}\n`);
      return EXIT.interrupted;
    }
    if (!(error instanceof Refusal || error instanceof Impossible)) throw error;
    complain(`${printable(error.message)}\n`);
    return error instanceof Impossible ? EXIT.failed : EXIT.nothing;
  }
}

function wayBack({ environment, into, wanted }: Options): string {
  if (!into) return ", or with --undo to go back.";
  const command = (name: string) => `npm run restore -- ${name} --undo`;
  const copy = wanted.what === "restore moment" ? ` To delete a copy of the instance: ${command(environment)}` : "";
  return `. To go back: ${command(into.environment)}.${copy}`;
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

/** The backup is copied as who acts in the other environment, so neither side's jobs need a right on the other side. */
async function intoOther(
  from: Located,
  to: Located,
  options: Options,
  context: Context,
  output: Console,
): Promise<number> {
  const { wanted } = options;
  const { bucket } = from.place;
  const withKey = options.into?.withKey === true;
  const there = await reach(to, { ...options, environment: to.environment.name }, context, output);
  const { name, files } =
    wanted.what === "restore moment"
      ? await new Restore(await reach(from, options, context, output)).ofMoment(wanted.moment)
      : { name: chosen(wanted.what === "restore" ? wanted.from : "", bucket, await wholeBackups(to.clients, bucket)) };
  const copy = copyOf(name, from.environment.name, withKey);
  if (!(await wholeBackups(to.clients, to.place.bucket)).includes(copy)) {
    const copies = new Copies(to.clients);
    await step(
      output,
      `copy ${name} to gs://${to.place.bucket}`,
      () => copies.backup({ bucket, name, ...(files && { files }) }, to.place.bucket, copy, withKey ? "system" : "all"),
      () => copies.status,
    );
    output.line("The copy holds all that the original does, and stays there whatever comes next.");
  }
  const copied = {
    ...(withKey && { keysFrom: from.place.storage }),
    afterwards: afterwards(from.place, to, withKey),
  };
  const restored = { ...there.options, wanted: { what: "restore", from: copy } } as const;
  return await new Restore({ ...there, options: restored, copied }).run();
}

/** @returns what is left to do by hand. @see docs/backups.md */
function afterwards(from: Place, { environment, place: to }: Located, withKey: boolean): string {
  const kind = isStateful(environment.variables) ? "statefulset" : "deployment";
  const uploads = `Uploads were not copied: gcloud storage rsync --recursive --exclude='^privkeys/' gs://${from.storage} gs://${to.storage}`;
  const keys =
    "Workspaces need key pairs of their own before anybody enters credentials: " +
    `kubectl --namespace=${to.namespace} exec ${kind}/${to.application}-api --container=api -- flask reset-encrypt-key-pair --yes`;
  return withKey ? uploads : `${keys}\n${uploads}`;
}
