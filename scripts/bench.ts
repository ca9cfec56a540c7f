import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { endWithReader, lastNet } from "./synth/last-net";
import { appCommand, measureApp, measureSynth, median, type Sample, type Subject } from "./bench/measure";
import { wrongUsage } from "./terminal/usage";

endWithReader();

const HELP = `Measures how long a synth takes and how much memory it needs. A measurement, not a test: no figure makes it fail.

  npm run bench                       every size, the median of 3 runs
  npm run bench -- --runs 5           more runs
  npm run bench -- --only dev,100     some sizes only, of: one-bucket, dev, 1, 10, 100
  npm run bench -- --help             this text

For each size the app alone (what \`npm run synth\` starts) and the whole \`cdktf synth\`. Leave the machine idle otherwise.
`;

const SIZES = [1, 10, 100];
const ROOT = resolve(__dirname, "..");
/** As a file, because the measured commands run in a directory without node_modules. */
const TSX = pathToFileURL(require.resolve("tsx")).href;

/** Files like a user's, each a separate environment. */
function writeVariables(directory: string, count: number): string {
  mkdirSync(directory, { recursive: true });
  for (let index = 1; index <= count; index++) {
    const lines = [
      'project_id = "demo-project"',
      `tenant_id = "tenant-${index}"`,
      "require_services_gcp_module = false",
      "deletion_protection = false",
    ];
    writeFileSync(join(directory, `env-${index}.tfvars`), `${lines.join("\n")}\n`);
  }
  return directory;
}

function subjects(work: string): Subject[] {
  // As in cdktf.json.
  const project = [join(ROOT, "scripts", "synth.mjs")];
  const dev = join(work, "variables-dev");
  mkdirSync(dev);
  writeFileSync(join(dev, "dev.tfvars"), 'project_id = "demo-project"\nrequire_services_gcp_module = false\n');
  return [
    { name: "one-bucket", app: ["--import", TSX, join(ROOT, "scripts", "bench", "one-bucket.ts")] },
    { name: "dev", app: project, variables: dev },
    ...SIZES.map((count) => ({
      name: String(count),
      app: project,
      variables: writeVariables(join(work, `variables-${count}`), count),
    })),
  ];
}

interface Figures {
  readonly app: number;
  readonly synth: number;
  readonly memory: number;
}

async function measure(subject: Subject, work: string, runs: number): Promise<Figures> {
  const directory = join(work, subject.name);
  mkdirSync(directory);
  const config = {
    language: "typescript",
    app: appCommand(subject).join(" "),
    projectId: "bench",
    sendCrashReports: "false",
  };
  writeFileSync(join(directory, "cdktf.json"), JSON.stringify(config));
  const app: Sample[] = [];
  const synth: Sample[] = [];
  for (let run = 1; run <= runs; run++) {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${subject.name}: run ${run} of ${runs}`);
    app.push(await measureApp(subject, directory));
    synth.push(await measureSynth(subject, directory));
  }
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  return {
    app: median(app.map(({ seconds }) => seconds)),
    synth: median(synth.map(({ seconds }) => seconds)),
    memory: Math.max(...[...app, ...synth].map(({ memory }) => memory)),
  };
}

function row(cells: readonly string[]): string {
  return cells.map((cell, index) => (index === 0 ? cell.padEnd(18) : cell.padStart(14))).join("");
}

function label(name: string): string {
  return /^\d/.test(name) ? `${name} environment${name === "1" ? "" : "s"}` : name;
}

function reportAims(figures: ReadonlyMap<string, Figures>): void {
  const bucket = figures.get("one-bucket");
  const one = figures.get("1");
  const hundred = figures.get("100");
  const aims: [string, number | undefined, number, string][] = [
    ["app of 1 environment / of one-bucket", bucket && one && one.app / bucket.app, 1.5, "×"],
    ["cdktf synth of 1 environment / of one-bucket", bucket && one && one.synth / bucket.synth, 1.3, "×"],
    ["cdktf synth of 100 environments / of 1", hundred && one && hundred.synth / one.synth, 3.5, "×"],
    ["peak memory", Math.max(...[...figures.values()].map(({ memory }) => memory)), 1024, " MiB"],
  ];
  console.log();
  for (const [what, value, aim, unit] of aims) {
    if (value === undefined) continue;
    const digits = unit === "×" ? 2 : 0;
    console.log(`${what}: ${value.toFixed(digits)}${unit}, aim ${aim}${unit}: ${value <= aim ? "met" : "missed"}`);
  }
}

/** The command line is wrong. */
class Usage extends Error {}

function options() {
  try {
    return parseArgs({
      options: { runs: { type: "string" }, only: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
  } catch (error) {
    throw new Usage(wrongUsage(error).slice(0, -1));
  }
}

async function main(): Promise<void> {
  const { values } = options();
  if (values.help) {
    console.log(HELP.trimEnd());
    return;
  }
  const runs = Number(values.runs ?? 3);
  if (!Number.isInteger(runs) || runs < 1) throw new Usage("--runs takes a whole number, 1 or more");
  const only = values.only?.split(",");
  const work = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    const all = subjects(work);
    const known = all.map(({ name }) => name);
    for (const name of only ?? []) {
      if (!known.includes(name)) throw new Usage(`--only knows ${known.join(", ")}; not ${name}`);
    }
    console.log(`Node.js ${process.version}, ${availableParallelism()} cores, median of ${runs}`);
    console.log(row(["", "app", "cdktf synth", "peak memory"]));
    const figures = new Map<string, Figures>();
    for (const subject of all.filter(({ name }) => !only || only.includes(name))) {
      const measured = await measure(subject, work, runs);
      figures.set(subject.name, measured);
      const { app, synth, memory } = measured;
      console.log(
        row([label(subject.name), `${app.toFixed(2)} s`, `${synth.toFixed(2)} s`, `${memory.toFixed(0)} MiB`]),
      );
    }
    reportAims(figures);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  if (error instanceof Usage) console.error(`${error.message}. See --help.`);
  else lastNet("the measurement", error);
  process.exitCode = error instanceof Usage ? 2 : 1;
});
