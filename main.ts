import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { App, type StackManifest } from "cdktf";
import { quickenSynthesis } from "./modules/app-gke/terraform/quick-synthesis";
import { takesColor } from "./modules/dify-gke/colors";
import { DifyGke } from "./modules/dify-gke/dify-gke";
import type { Environment } from "./modules/dify-gke/environment";
import { printable } from "./modules/dify-gke/printable";
import { formatProblems, hasErrors } from "./modules/dify-gke/problems";
import { silencedSum } from "./modules/dify-gke/silences";
import { readEnvironments } from "./modules/dify-gke/variable-files";
import { endWithReader, lastNet } from "./scripts/synth/last-net";
import { type Answer, type Failure, inThread, shares } from "./scripts/synth/share";
import { variablesDirectory } from "./scripts/terminal/usage";
import { makeStaging, moveStaged, removeImports, stageManifest, stageStacks } from "./scripts/synth/whole";

endWithReader();

/** The current step, for the last error handler. */
let step = "starting";
/** Whether earlier output may have been replaced. */
let replacing = false;

/** One variable file in, one or two Terraform stacks out. */
async function main(): Promise<void> {
  const directory = variablesDirectory(process.env);
  step = `reading the variable files in ${directory}`;
  const only = (process.env.DIFY_ENVIRONMENTS ?? "").split(",").map((name) => name.trim());
  const { environments, problems, silenced, notes } = await readEnvironments({
    directory,
    only: only.filter(Boolean),
    exported: process.env,
  });
  for (const note of notes) console.error(printable(note));
  if (problems.length > 0) {
    console.error(formatProblems(problems, { color: takesColor(process.stderr, process.env) }));
  }
  for (const sum of silencedSum(silenced)) console.error(`Warnings: ${sum}`);
  if (hasErrors(problems)) {
    // Before anything is built, so what an earlier run wrote stays as it is.
    console.error("\nNothing was written.");
    process.exitCode = 1;
    return;
  }
  const [own = [], ...others] = shares(environments);
  // Before other threads start, because it creates the directory.
  const app = createApp();
  const writing = `writing the stacks to ${app.outdir}`;
  step = writing;
  const staging = makeStaging(app.outdir);
  const answers = others.map((environments) =>
    inThread<Written>(join(__dirname, "scripts", "synth.mjs"), { environments, staging } satisfies Share),
  );
  const all = Promise.allSettled(answers);
  try {
    const ids = write(app, own, staging);
    step = "waiting for the other threads";
    for (const answer of await Promise.all(answers)) {
      if ("failed" in answer) throw failure(answer.failed);
      Object.assign(app.manifest.stacks, answer.result.stacks);
      ids.push(...answer.result.ids);
    }
    step = writing;
    stageManifest(app.manifest, staging);
    moveStaged(staging, app.outdir, () => {
      replacing = true;
    });
    removeImports(app.outdir, ids);
    for (const id of ids) console.log(printable(`${app.outdir}/stacks/${id}/cdk.tf.json`));
  } finally {
    // After a failure in this thread, the others still write.
    await all;
    rmSync(staging, { recursive: true, force: true });
  }
}

/** A thread's part of the work. */
interface Share {
  readonly environments: readonly Environment[];
  readonly staging: string;
}

/** What a thread has written, for the list of stacks. */
interface Written {
  readonly ids: readonly string[];
  readonly stacks: Readonly<Record<string, StackManifest>>;
}

function createApp(): App {
  // With stack traces, CDKTF's errors say where a reference was made.
  if (!process.env.DIFY_TRACE) quickenSynthesis();
  // CDKTF only creates the last directory of the path.
  const outdir = process.env.CDKTF_OUTDIR || "cdktf.out";
  step = `making the directory ${outdir}`;
  mkdirSync(outdir, { recursive: true });
  // CDKTF would run `terraform version` for every stack; the stacks themselves say which version they need.
  return new App({ outdir, skipValidation: true });
}

/** Builds each environment and writes it to the staging directory. @returns names of the stacks */
function write(app: App, environments: readonly Environment[], staging: string): string[] {
  return environments.flatMap(({ name, variables, siblings }) => {
    step = `building the stacks of environment "${name}"`;
    const { stacks } = new DifyGke(app, { environment: name, variables, siblings });
    step = `writing the stacks to ${app.outdir}`;
    stageStacks(app, stacks, staging);
    return stacks.map(({ node }) => node.id);
  });
}

function failure({ step: at, message, code, stack }: Failure): Error {
  step = at;
  return Object.assign(new Error(message), { code, stack });
}

/** Writes a thread's share of the stacks; the thread that started it writes the manifest. */
function work(): void {
  let answer: Answer<Written>;
  try {
    const app = createApp();
    const { environments, staging } = workerData as Share;
    const ids = write(app, environments, staging);
    answer = { result: { ids, stacks: app.manifest.stacks } };
  } catch (error) {
    const { message, code, stack } = error as NodeJS.ErrnoException;
    answer = { failed: { step, message, code, stack } };
  }
  parentPort?.postMessage(answer);
}

/** Reports an unexpected error: what a user can correct was reported as a problem before. */
function report(error: unknown): void {
  lastNet(step, error, "DIFY_VARIABLES or CDKTF_OUTDIR");
  console.error(replacing ? "\nOnly a part was written. Run it again." : "\nNothing was written.");
  process.exitCode = 1;
}

if (isMainThread) main().catch(report);
else work();
