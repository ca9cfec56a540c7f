import { parseArgs } from "node:util";
import type { Context } from "../terminal/command";
import { askedFor, variablesDirectory, wrongUsage } from "../terminal/usage";

const HELP = `Shows the databases that KubeBlocks runs for an environment, and does what a variable file cannot do.

  npm run day2 -- <environment> status
  npm run day2 -- <environment> restart <database> [--part PART] [options]
  npm run day2 -- <environment> switchover <database> [--to POD] [options]
  npm run day2 -- <environment> backup <database> [--method METHOD] [options]
  npm run day2 -- <environment> restore <database> --from BACKUP [--as NAME] [options]

  database: one of data_services, such as qdrant

  status                  databases, their pods with roles, last backups, and operations that run or failed
  restart                 has the operator replace pods, one by one, and waits for it
  switchover              moves the role of the pod that takes writes to another pod, and waits for it
  backup                  takes one now: by the job that copies the database every night, or else by KubeBlocks into its repository
  restore                 makes another Cluster from a backup of KubeBlocks; the existing one stays as it is
      --part PART         pods of one kind, where a database has several
      --to POD            the pod that takes over. Without it, the operator picks one
      --method METHOD     by KubeBlocks, with this method of its addon, such as datafile
      --from BACKUP       name of a backup, or newest
      --as NAME           name of the other Cluster (default: the next of <Cluster>-r1 to r9, which Dify can use)
  -y, --yes               do not ask
      --directory DIR     directory of the variable files (default: $DIFY_VARIABLES, else variables)
  -h, --help              this text

Sizes, numbers of pods, disks and versions are in the variable file: kubeblocks_clusters. Terraform sees no difference after this.

Exit codes: 0 done, or all runs; 1 failed, or something does not run: the output says why; 2 nothing was done; 130 interrupted: the operator
continues what it has begun. Needs credentials like a plan, and a connection to the control plane. More in
docs/kubeblocks-operations.md.
`;

export const EXIT = { done: 0, failed: 1, nothing: 2, interrupted: 130 } as const;

export type Wanted =
  | { readonly what: "status" }
  | {
      readonly what: "restart";
      readonly database: string;
      /** Pods of one kind. @default - all */
      readonly part?: string;
    }
  | {
      readonly what: "switchover";
      readonly database: string;
      /** Pod that takes over. @default - the operator picks one */
      readonly to?: string;
    }
  | {
      readonly what: "backup";
      readonly database: string;
      /** One of the addon's. @default - a job, or the one that copies everything */
      readonly method?: string;
    }
  | {
      readonly what: "restore";
      readonly database: string;
      /** Name of a backup, or `newest`. */
      readonly from: string;
      /** Name of the other Cluster. @default - the next that Dify can use: `<Cluster>-r1` */
      readonly as?: string;
    };

export interface Options {
  readonly environment: string;
  readonly directory: string;
  readonly yes: boolean;
  readonly wanted: Wanted;
}

/** @returns what the command line asks for, or the exit code where there is nothing to run: help, or a mistake in it */
export function commandLine(args: readonly string[], context: Omit<Context, "signal">): Options | number {
  return askedFor(parseOptions(args, context.env), HELP, context);
}

/** Options that only some commands take. */
const OWN = {
  status: [],
  restart: ["part"],
  switchover: ["to"],
  backup: ["method"],
  restore: ["from", "as"],
} as const;
const SPECIAL = ["part", "to", "method", "from", "as"] as const;

type Special = Partial<Record<(typeof SPECIAL)[number], string | undefined>>;

function parseOptions(args: readonly string[], env: NodeJS.ProcessEnv): Options | string | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        part: { type: "string" },
        to: { type: "string" },
        method: { type: "string" },
        from: { type: "string" },
        as: { type: "string" },
        yes: { type: "boolean", short: "y" },
        directory: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) return undefined;
    const [environment, what = "", database, ...others] = positionals;
    if (environment === undefined || !isCommand(what))
      return `Name an environment and one of ${Object.keys(OWN).join(", ")}: npm run day2 -- prod status.`;
    if (what === "status" ? database !== undefined : database === undefined || others.length > 0)
      return what === "status"
        ? "status shows all databases: npm run day2 -- prod status."
        : `Name one database: npm run day2 -- prod ${what} qdrant.`;
    const foreign = SPECIAL.find((one) => values[one] !== undefined && !takes(what, one));
    if (foreign !== undefined) return `${what} has no option --${foreign}.`;
    if (what === "restore" && values.from === undefined)
      return "Name a backup: npm run day2 -- prod restore qdrant --from newest. status shows the last one.";
    return {
      environment,
      directory: variablesDirectory(env, values.directory),
      yes: values.yes === true,
      wanted: wantedOf(what, database ?? "", values),
    };
  } catch (error) {
    return wrongUsage(error);
  }
}

function isCommand(what: string): what is keyof typeof OWN {
  return Object.hasOwn(OWN, what);
}

function takes(what: keyof typeof OWN, option: string): boolean {
  return OWN[what].some((own) => own === option);
}

function wantedOf(what: keyof typeof OWN, database: string, { part, to, method, from, as }: Special): Wanted {
  switch (what) {
    case "status":
      return { what };
    case "restart":
      return { what, database, ...(part !== undefined && { part }) };
    case "switchover":
      return { what, database, ...(to !== undefined && { to }) };
    case "backup":
      return { what, database, ...(method !== undefined && { method }) };
    case "restore":
      return { what, database, from: from ?? "", ...(as !== undefined && { as }) };
  }
}
