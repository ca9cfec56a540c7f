import { lastBackups } from "./last-backup";
import { checkFile, type CheckedFile } from "./check-file";
import type { Environment, Location, Siblings } from "./environment";
import { hasErrors, type Problem } from "./problems";
import { checkRules } from "./rules";
import { applySilences, type Silenced } from "./silences";
import { meetingProblems } from "./meeting-problems";
import { stageProblems } from "./sibling-problems";
import { stagesElsewhere, withFrontStage } from "./stages";
import { defaults, definitionOf, definitions, type Variables } from "./variables";
import { listFiles, select } from "./variables/list-files";
import { shorten } from "./variables/mention";
import { parseFile } from "./variables/parse";
import { setInVain } from "./variables/process-environment";

export interface ReadOptions {
  /** Directory of the variable files. @see docs/operations.md */
  readonly directory: string;
  /** Names of environments; an empty list stands for all of them. @default - all of them */
  readonly only?: readonly string[];
  /** What files are to hold, by path, to be checked before it is written. @default - what they hold */
  readonly proposed?: ReadonlyMap<string, string>;
  /** What the shell exports: a variable may be set there without effect. @default - not looked at */
  readonly exported?: Readonly<Record<string, string | undefined>>;
}

export interface ReadResult {
  /** Environments without errors. */
  readonly environments: readonly Environment[];
  readonly problems: readonly Problem[];
  /** Warnings that the files silence. */
  readonly silenced: readonly Silenced[];
  /** Notes that need no action, one line each. */
  readonly notes: readonly string[];
  /** Environments that were asked for, with or without errors, with their files. @see docs/operations.md */
  readonly read: readonly Pick<Environment, "name" | "file">[];
}

/** The result before warnings are silenced, with the places of the parts of values in the files. */
interface FileResult extends Omit<ReadResult, "silenced"> {
  readonly inside: ReadonlyMap<string, CheckedFile["inside"]>;
}

const COMMON = "common";
/** Ends of the names of all stacks but the application's. */
const STACKS = ["foundation", "operators"] as const;
const NAME = /^[a-z][a-z0-9-]{0,28}[a-z0-9]$/;

/**
 * Reads the variable files of a directory and checks them: each value on its own, then the rules between them. All
 * problems in all files are reported together.
 */
export async function readEnvironments(options: ReadOptions): Promise<ReadResult> {
  const read = await readFiles(options);
  const alone = [...read.problems, ...read.environments.flatMap(checkRules).map((problem) => placed(problem, read))];
  const sound = read.environments.filter((environment) => !hasErrors(alone, environment.name));
  const stages = await readSiblings(options, read.environments, sound);
  const meetings = meetingProblems(whole(read.environments), await readOthers(options));
  const { problems, silenced } = applySilences([...alone, ...stages.problems, ...meetings], read.environments, {
    partial: (options.only ?? []).length > 0,
  });
  // A pipeline would apply what a stage's file says, so a mistake there makes the pipeline's own environment unsound as
  // well.
  const fitting = sound.filter(({ name, variables }) =>
    [name, ...stagesElsewhere(name, variables)].every((part) => !hasErrors(problems, part)),
  );
  return {
    environments: fitting.map((environment) => ({
      ...environment,
      variables: withFrontStage(environment.name, environment.variables, environment.given),
      siblings: stages.of(environment),
    })),
    problems,
    silenced,
    notes: [...read.notes, ...setInVain(options.exported ?? {}), ...lastBackups(fitting)],
    read: read.read,
  };
}

/**
 * Reads the files of environments without comparing what they say: for a command that helps with what a rule asks for.
 * @returns environments of which every value is known, and problems of single values
 */
export async function readValues(options: ReadOptions): Promise<Pick<ReadResult, "environments" | "problems">> {
  const { environments, problems } = await readFiles(options);
  return { environments: whole(environments), problems };
}

/**
 * Environments of which all values are known: a refused value has its default, which says nothing about what was meant.
 */
function whole(environments: readonly Environment[]): Environment[] {
  return environments.filter(({ refused }) => refused.size === 0);
}

/**
 * Reads the rest of the directory, to compare it with the environments that were asked for; its own mistakes are not
 * reported.
 */
async function readOthers({ directory, only = [], proposed }: ReadOptions): Promise<readonly Environment[]> {
  if (only.length === 0) return [];
  const names = [...((await listFiles(directory)) ?? new Map<string, string[]>()).keys()];
  const others = names.filter((name) => name !== COMMON && !only.includes(name));
  return others.length === 0 ? [] : whole((await readFiles({ directory, only: others, proposed })).environments);
}

/**
 * Reads the files of environments that are stages of a pipeline, even if they were not asked for, because the pipeline
 * applies what they say. A stage without a file here is assumed to be like the pipeline's own environment, with a
 * warning.
 * @param read what was asked for and could be read, with its problems reported
 * @param pipelines those of them without errors
 */
async function readSiblings(
  { directory, only = [], proposed }: ReadOptions,
  read: readonly Environment[],
  pipelines: readonly Environment[],
) {
  const files = await listFiles(directory);
  const hasFile = (name: string): boolean => name !== COMMON && files?.has(name) === true;
  const wanted = pipelines.flatMap(({ name, variables }) => stagesElsewhere(name, variables)).filter(hasFile);
  // Reading again a file that could not be read would report the same again. If none was named, all were read.
  const missing = only.length === 0 ? [] : [...new Set(wanted)].filter((name) => !only.includes(name));
  const more = missing.length > 0 ? await readFiles({ directory, only: missing, proposed }) : undefined;
  const known = new Map([...read, ...(more?.environments ?? [])].map((environment) => [environment.name, environment]));
  const found = ({ name, variables }: Environment) =>
    new Map(
      stagesElsewhere(name, variables)
        .filter(hasFile)
        .map((stage) => {
          const sibling = known.get(stage);
          // A refused value has its default, which says nothing about what was meant.
          return [stage, sibling && sibling.refused.size === 0 ? sibling : undefined] as const;
        }),
    );
  const problems = [
    // Problems of the common file are reported already.
    ...(more?.problems ?? []).filter((problem) => problem.environment !== COMMON),
    // A warning concerns those who apply that environment.
    ...(more?.environments ?? []).flatMap(checkRules).filter(({ severity }) => severity === "error"),
    ...pipelines.flatMap((environment) => stageProblems(environment, found(environment))),
  ];
  return {
    problems,
    of: (environment: Environment): Siblings =>
      new Map([...found(environment)].flatMap(([name, sibling]) => (sibling ? [[name, sibling.variables]] : []))),
  };
}

async function readFiles(options: ReadOptions): Promise<FileResult> {
  const { directory } = options;
  const files = await listFiles(directory);
  if (!files)
    return failure({
      id: "directory-unreadable",
      environment: COMMON,
      file: directory,
      message:
        "This directory does not exist or cannot be read. Correct DIFY_VARIABLES, or the directory's permissions.",
    });
  const problems: Problem[] = [];
  const names = [...files.keys()].filter((name) => name !== COMMON);
  const wanted = select(names, options.only ?? [], directory, problems);
  if (wanted.length === 0 && problems.length === 0) {
    return failure({
      id: "directory-empty",
      environment: COMMON,
      file: directory,
      message: "This directory has no variable file. Copy dev.tfvars to <environment>.tfvars and edit it.",
    });
  }
  const sources: CheckedFile[] = [];
  for (const name of [...(files.has(COMMON) ? [COMMON] : []), ...wanted]) {
    const [file] = files.get(name) ?? [];
    if (file === undefined) continue;
    const problem = problemOfName(name, file, files);
    if (problem) problems.push(problem);
    // Of two files for one environment, nobody knows which one is meant.
    if (problem?.id === "file-twice") continue;
    const source = checkFile(name, file, await parseFile(file, options.proposed?.get(file)));
    if (problem) problems.push(...source.problems);
    else sources.push(source);
  }
  const commonWanted = files.has(COMMON);
  const common = sources.find((source) => source.environment === COMMON);
  const environments: Environment[] = [];
  for (const source of sources.filter(({ environment }) => environment !== COMMON)) {
    // The common file could not be read: whatever is missing here may be there.
    if (!source.readable || (commonWanted && !common?.readable)) continue;
    const environment = merge(common, source);
    environments.push(environment);
    for (const name of environment.refused) {
      const reported = source.refused.has(name) || common?.refused.has(name) === true;
      if (definitionOf(name)?.required && !reported) problems.push(missing(source, name));
    }
  }
  return {
    environments,
    problems: [...problems, ...sources.flatMap((source) => source.problems)],
    notes: sources.flatMap((source) => source.notes),
    inside: new Map(sources.map(({ file, inside }) => [file, inside])),
    read: wanted.flatMap((name) => (files.get(name) ?? []).slice(0, 1).map((file) => ({ name, file }))),
  };
}

/** @returns what is wrong with the name of a file, which is its environment's: it makes no environment then */
function problemOfName(name: string, file: string, files: ReadonlyMap<string, readonly string[]>): Problem | undefined {
  const [, other] = files.get(name) ?? [];
  const problem = { severity: "error", environment: name, file } as const;
  if (other !== undefined)
    return {
      ...problem,
      id: "file-twice",
      message: `${other} is a file for the same environment: only one of them can count. Delete one of them.`,
    };
  if (name === COMMON) return undefined;
  if (!NAME.test(name))
    return {
      ...problem,
      id: "environment-name",
      message: "This file name is not a valid environment name.",
      given: shorten(name),
      allowed: "2 to 30 lower-case letters, digits and hyphens, first a letter, last no hyphen",
    };
  const taken = stackOfOther(name, files);
  return taken === undefined
    ? undefined
    : {
        ...problem,
        id: "stack-name-taken",
        message: `The stack of environment "${name}" is called like the ${taken}: one would overwrite the other's files and state. Rename one of the two files.`,
      };
}

/** @returns the problem with the line of the part of a value that the rule names, which may be in another variable than the rule's first */
function placed(problem: Problem, { inside, environments }: FileResult): Problem {
  const { subject, ...shown } = problem;
  const { variable = "", related = [], environment } = shown;
  if (subject === undefined) return shown;
  const locations = environments.find(({ name }) => name === environment)?.locations;
  for (const name of [variable, ...related]) {
    const file = locations?.get(name)?.file;
    const place = file === undefined ? undefined : inside.get(file)?.(name)?.ofSubject(subject);
    if (file === undefined || !place) continue;
    const others = [variable, ...related].filter((other) => other !== name);
    return {
      ...shown,
      ...place,
      file,
      variable: name,
      group: definitionOf(name)?.group,
      related: others,
      askedBy: undefined,
    };
  }
  return shown;
}

/** Another environment's stack that would have the name of this environment's own one, in words. */
function stackOfOther(name: string, files: ReadonlyMap<string, unknown>): string | undefined {
  const [, other = "", kind = ""] = /^(.+)-([a-z]+)$/.exec(name) ?? [];
  return STACKS.some((stack) => stack === kind) && other !== COMMON && files.has(other)
    ? `${kind} stack of environment "${other}"`
    : undefined;
}

function failure(problem: Omit<Problem, "severity">): FileResult {
  return { environments: [], problems: [{ severity: "error", ...problem }], notes: [], read: [], inside: new Map() };
}

function merge(common: CheckedFile | undefined, own: CheckedFile): Environment {
  const values = new Map<string, unknown>(Object.entries(defaults));
  const given = new Set<string>();
  const refused = new Set<string>();
  const locations = new Map<string, Location>();
  for (const source of common ? [common, own] : [own]) {
    for (const name of source.refused) {
      refused.add(name);
      locations.set(name, { file: source.file, ...source.places.get(name) });
    }
    for (const [name, value] of source.values) {
      // A variable with two values stays refused, because it is not known which one was meant.
      if (!source.refused.has(name)) refused.delete(name);
      if (value === undefined) {
        given.delete(name);
        // What is wrong with its default is wrong because of this line.
        locations.set(name, { file: source.file, ...source.places.get(name) });
        values.set(name, (defaults as Readonly<Record<string, unknown>>)[name]);
      } else {
        given.add(name);
        locations.set(name, { file: source.file, ...source.places.get(name) });
        values.set(name, value);
      }
    }
  }
  for (const { name, required } of definitions) if (required && !given.has(name)) refused.add(name);
  return {
    name: own.environment,
    file: own.file,
    variables: Object.fromEntries(values) as unknown as Variables,
    given,
    refused,
    locations,
  };
}

function missing(source: CheckedFile, name: string): Problem {
  return {
    id: "variable-missing",
    severity: "error",
    environment: source.environment,
    file: source.file,
    variable: name,
    group: definitionOf(name)?.group,
    message: `"${name}" is missing, and it has no default. Set it in every environment.`,
  };
}
