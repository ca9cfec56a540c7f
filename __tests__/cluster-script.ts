import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { clusterScript } from "../modules/app-gke/terraform/cluster-script";
import { plain } from "../modules/app-gke/terraform/literal";
import { preparedPython } from "./services/prepared-python";
import { tools } from "./services/require";

export interface ClusterScript {
  /** File in `scripts/kubernetes`: `stateful_set.py`. */
  readonly file: string;
  readonly action: string;
  /** Address of the API that answers. */
  readonly host: string;
  readonly settings: object;
}

/** What a script said: its errors where it failed. */
export interface Said {
  readonly code: number | null;
  readonly said: string;
}

function variables(host: string, settings: object): Record<string, string | undefined> {
  return {
    PATH: process.env.PATH,
    CLUSTER_SETTINGS: JSON.stringify(settings),
    CLUSTER_HOST: host,
    CLUSTER_TOKEN: "token",
    CLUSTER_PAUSE: "0.01",
  };
}

/** Runs a script for the cluster's API without a stack. */
export async function runClusterScript({ file, action, host, settings }: ClusterScript): Promise<Said> {
  const script = join(__dirname, "../scripts/kubernetes", file);
  const { code, stdout, stderr } = await preparedPython(tools.python.command)([script, action], {
    env: variables(host, settings),
  });
  return { code, said: code === 0 ? stdout : stderr };
}

/** Runs what an apply runs: the text that starts the scripts, with the scripts in variables. */
export async function runAsApplied(
  action: Parameters<typeof clusterScript>[0],
  { host, settings }: Pick<ClusterScript, "host" | "settings">,
): Promise<Said> {
  const { command, environment = {}, interpreter = [] } = clusterScript(action, { host, caCertificate: "" }, "token");
  const scripts = Object.entries(environment).map(([name, text]) => [name, plain(text)] as const);
  const env = { ...Object.fromEntries(scripts), ...variables(host, settings) };
  try {
    const { stdout } = await promisify(execFile)(tools.python.command, ["-S", ...interpreter.slice(1), command], {
      env,
    });
    return { code: 0, said: stdout };
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string };
    return { code, said: stderr };
  }
}
