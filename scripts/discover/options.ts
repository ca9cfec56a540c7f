import { parseArgs } from "node:util";
import type { Context } from "../terminal/command";
import { askedFor, wrongUsage } from "../terminal/usage";

export const EXIT = { done: 0, refused: 1, usage: 2 } as const;

const HELP = `Shows what a project has that an environment can use by name, what fits and why not, and writes what you pick into its
variable file. Google is only asked, never changed. With application default credentials.

  npm run discover -- <environment> [options]

      --pick NAME=VALUE      writes that: gke_cluster_name=shared. Several: repeat it
      --yes                  writes what is unambiguous of network, cluster, database instance and file server
      --dry-run              shows the change of the file, and writes nothing
      --network-project ID   project of the networks, for a Shared VPC (default: network_project_id, else project_id)
      --directory DIR        directory of the variable files (default: $DIFY_VARIABLES, else variables)
      --json                 one JSON object, for programs; asks nothing
  -h, --help                 this text

On a terminal, it asks for what has no name yet, and before it writes. A file that would not pass npm run check is not written.
NO_COLOR turns colors off.
Exit codes: 0 looked, and written if that was asked for; 1 nothing could be read, the file has mistakes, or what was asked
for cannot be written; 2 wrong usage, or no credentials. What you may not look at is named, and is not a failure.
Credentials are those of Terraform's Google provider: gcloud auth application-default login, GOOGLE_CREDENTIALS,
GOOGLE_OAUTH_ACCESS_TOKEN, GOOGLE_IMPERSONATE_SERVICE_ACCOUNT.
`;

export interface Options {
  readonly environment: string;
  /** What is to be picked, by variable: `gke_cluster_name` is to be `shared`. */
  readonly picks: ReadonlyMap<string, string>;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly networkProject?: string;
  readonly directory?: string;
  readonly json: boolean;
}

/** @returns what is asked for, or the exit code where nothing is: help, or a mistake */
export function commandLine(
  args: readonly string[],
  context: Pick<Context, "terminal" | "complain">,
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
        pick: { type: "string", multiple: true },
        yes: { type: "boolean", short: "y" },
        "dry-run": { type: "boolean" },
        "network-project": { type: "string" },
        directory: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
    const { pick = [], yes = false, directory, json = false, help } = values;
    if (help) return undefined;
    const [environment, ...others] = positionals;
    if (environment === undefined || others.length > 0) return "Name one environment: npm run discover -- dev.";
    const picks = new Map<string, string>();
    for (const text of pick) {
      const [, name = "", value = ""] = /^([a-z_]+)=(.+)$/.exec(text) ?? [];
      if (name === "") return `--pick ${text} is not a pick. Write it as --pick gke_cluster_name=NAME.`;
      if (picks.has(name) && picks.get(name) !== value) return `--pick ${name} is there twice. Give one value.`;
      picks.set(name, value);
    }
    const networkProject = values["network-project"];
    return { environment, picks, yes, dryRun: values["dry-run"] ?? false, networkProject, directory, json };
  } catch (error) {
    return wrongUsage(error);
  }
}
