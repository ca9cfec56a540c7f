import { parseArgs } from "node:util";
import type { Context } from "../terminal/command";
import { askedFor, variablesDirectory, wrongUsage } from "../terminal/usage";
import { momentOf } from "./moment";

const HELP = `Restores the databases and shared files of an environment from a portable backup or to a moment, and undoes that.

  npm run restore -- <environment> --list
  npm run restore -- <environment> --from <backup> [options]
  npm run restore -- <environment> --at <time> [options]
  npm run restore -- <environment> --from <backup> | --at <time> --into <other environment> [--with-key] [options]
  npm run restore -- <environment> --undo [options]
  npm run restore -- <environment> --rehearse [--from <backup>]
  npm run restore -- <environment> --back-up

      --list              show the backups, and whether a restore was interrupted
      --from BACKUP       the name of a backup, or newest
      --at TIME           a moment of the last days, with its time zone: 2026-01-31T09:00:00Z. Google makes a copy of the database's
                          instance for it, which is read and deleted
      --into ENVIRONMENT  restore into another environment, for example one for tests. Credentials of models, tools and APIs are removed there
      --with-key          with --into: keep them, and copy the workspaces' private keys, without which they cannot be read
      --undo              go back to the data before a restore that was interrupted or failed
      --rehearse          restore the newest backup, or another one, into databases of its own, count the rows, and empty them
      --back-up           write a backup now, and wait for it: before an upgrade, or before everything is destroyed
  -y, --yes               do not ask
      --directory DIR     directory of the variable files (default: $DIFY_VARIABLES, else variables)
  -h, --help              this text

Checks that the backup is whole and fits, says what it will do, and asks. Then it stops everything that writes, takes a backup of
the current data, restores, starts everything again and waits until it is healthy. After an interruption, the same command continues.
Apply nothing until it has ended. Terraform sees no difference afterwards.

Exit codes: 0 restored; 1 failed: the output says what to do; 2 nothing was done; 130 interrupted.
Needs credentials like a plan, enable_portable_backups, and a connection to the control plane. More in docs/backups.md.
`;

export const EXIT = { done: 0, failed: 1, nothing: 2, interrupted: 130 } as const;

export type Wanted =
  | { readonly what: "list" }
  | { readonly what: "undo" }
  | { readonly what: "back up" }
  /** Of a backup; the newest without a name. @see docs/backups.md */
  | { readonly what: "rehearse"; readonly from: string }
  /** @see docs/backups.md */
  | { readonly what: "restore"; readonly from: string }
  /** @see docs/backups.md */
  | { readonly what: "restore moment"; readonly moment: Date };

export interface Options {
  readonly environment: string;
  readonly directory: string;
  readonly yes: boolean;
  readonly wanted: Wanted;
  /** The environment that is brought to a backup. @default - the same */
  readonly into?: { readonly environment: string; readonly withKey: boolean };
}

/** @returns what the command line asks for, or the exit code where there is nothing to run: help, or a mistake in it */
export function commandLine(args: readonly string[], context: Omit<Context, "signal">): Options | number {
  return askedFor(parseOptions(args, context.env), HELP, context);
}

function parseOptions(args: readonly string[], env: NodeJS.ProcessEnv): Options | string | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        list: { type: "boolean" },
        from: { type: "string" },
        at: { type: "string" },
        into: { type: "string" },
        "with-key": { type: "boolean" },
        undo: { type: "boolean" },
        "back-up": { type: "boolean" },
        rehearse: { type: "boolean" },
        yes: { type: "boolean", short: "y" },
        directory: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) return undefined;
    const [environment, ...others] = positionals;
    if (environment === undefined || others.length > 0) return "Name one environment: npm run restore -- prod --list.";
    const moment = values.at === undefined ? undefined : momentOf(values.at);
    if (typeof moment === "string") return moment;
    const asked: readonly Wanted[] = [
      ...(values.list ? [{ what: "list" } as const] : []),
      ...(values.undo ? [{ what: "undo" } as const] : []),
      ...(values["back-up"] ? [{ what: "back up" } as const] : []),
      ...(values.rehearse ? [{ what: "rehearse", from: values.from ?? "newest" } as const] : []),
      ...(moment ? [{ what: "restore moment", moment } as const] : []),
      ...(values.from === undefined || values.rehearse ? [] : [{ what: "restore", from: values.from } as const]),
    ];
    const [wanted] = asked;
    if (wanted === undefined || asked.length > 1)
      return "Give one of --list, --from, --at, --undo, --rehearse and --back-up.";
    const { into, "with-key": withKey = false } = values;
    if (into !== undefined && (into === environment || !wanted.what.startsWith("restore"))) {
      return "--into names another environment, with --from or --at.";
    }
    if (withKey && into === undefined)
      return "--with-key is for --into: an environment's own backup keeps its credentials.";
    return {
      environment,
      ...(into !== undefined && { into: { environment: into, withKey } }),
      directory: variablesDirectory(env, values.directory),
      yes: values.yes ?? false,
      wanted,
    };
  } catch (error) {
    return wrongUsage(error);
  }
}
