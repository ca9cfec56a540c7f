import { parseArgs } from "node:util";
import type { Variables } from "../../modules/dify-gke/variables";
import type { Context } from "../terminal/command";
import { askedFor, variablesDirectory, wrongUsage } from "../terminal/usage";

/** A shared service that can be handed over. */
export type Service = Variables["handed_over_services"][number];

/** Address of each service in the foundation's state. */
export const ADDRESSES: Readonly<Record<Service, string>> = {
  network: "google_compute_network.foundation_network",
  cluster: "google_container_cluster.foundation_cluster",
  sql_instance: "google_sql_database_instance.foundation_sql_instance",
};

const HELP = `Hands a service that an environment's foundation created over to another team's Terraform.

  npm run handover -- <environment> <service> [<service> …] [options]

  service: ${Object.keys(ADDRESSES).join(", ")}

  -y, --yes               write the variable file without asking
      --directory DIR     directory of the variable files (default: $DIFY_VARIABLES, else variables)
  -h, --help              this text

Plans both stacks with the service in handed_over_services, on a copy of their states, and shows what they would do. If they
destroy and replace nothing, it writes that into the variable file, once you agree. It changes nothing else.

Exit codes: 0 nothing would be destroyed; 1 something would be, or the variable file has mistakes; 2 nothing was looked at
(wrong usage, no state of the service); 130 interrupted.
Needs Terraform 1.11 or newer, and the environment of a plan: credentials, TF_VAR_…. More in docs/adopt.md.
`;

export interface Options {
  readonly environment: string;
  readonly services: readonly Service[];
  readonly directory: string;
  readonly yes: boolean;
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
        yes: { type: "boolean", short: "y" },
        directory: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) return undefined;
    const [environment, ...services] = positionals;
    if (environment === undefined || services.length === 0) {
      return "Name an environment and a service: npm run handover -- dev sql_instance.";
    }
    if (services.includes("file_server")) {
      return (
        "A file server cannot be handed over: its VM gets another name whenever it is replaced, and nothing would find " +
        "it. Copy the files to the other team's server, then set nfs_instance_name and redis_password_secret, or redis_host."
      );
    }
    const unknown = services.filter((service) => !(service in ADDRESSES));
    if (unknown.length > 0) {
      return `${unknown.join(", ")}: not a service that can be handed over. These can: ${Object.keys(ADDRESSES).join(", ")}.`;
    }
    return {
      environment,
      services: services as Service[],
      directory: variablesDirectory(env, values.directory),
      yes: values.yes ?? false,
    };
  } catch (error) {
    return wrongUsage(error);
  }
}
