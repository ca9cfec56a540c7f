import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { get } from "node:http";
import { homedir } from "node:os";
import { join } from "node:path";
import { componentsOf, variablesIn } from "../dify/components";
import type { Given } from "../terraform/synth";
import { preparedPython } from "./prepared-python";
import { Daemon, freePort, until } from "./processes";
import { describeUnless, describeWith, type Tool } from "./require";

/** Stand-ins for Dify's own code. */
const STAND_INS = join(__dirname, "python");
/** What pods run in addition to their own process. */
export const POD_SCRIPTS = join(__dirname, "../../scripts/pods");

const LIST = readFileSync(join(STAND_INS, "requirements.txt"));
const CACHE = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
const ENVIRONMENT = `python-${createHash("sha256").update(LIST).digest("hex").slice(0, 12)}`;
/** With gunicorn and Celery: `.ci/python` makes it. Run modules (`-m`), its programs know another place. */
export const python = join(CACHE, "dify-gke-cdktf", ENVIRONMENT, "bin/python");

/** Runs scripts with these packages that work with PostgreSQL or Redis. */
export const python3 = preparedPython(python, ["psycopg2.errors", "psycopg2.extensions", "psycopg2.sql", "redis"]);
/** The same, of scripts that ask Celery. */
export const celeryPython = preparedPython(python, [
  ...["celery.app.amqp", "celery.app.control", "celery.app.events", "celery.loaders.app", "kombu.transport.redis"],
]);

/** `describe` for tests that need these packages, and programs. */
export function describeWithPackages(needed: readonly Tool[], title: string, body: () => void): void {
  if (existsSync(python)) describeWith(needed, title, body);
  else describeUnless("not installed: gunicorn and Celery (.ci/python makes an environment with them)", title, body);
}

/** @returns the environment of a component as it is synthesized; secrets are names, and paths in the pod are those here */
export function environmentOf(name: string, given: Given): Record<string, string> {
  const component = componentsOf(given).find((candidate) => candidate.name === name);
  if (!component) throw new Error(`There is no ${name}`);
  const here = Object.entries(variablesIn(component)).map(([variable, value]) => [
    variable,
    value.replaceAll("/opt/pods", POD_SCRIPTS),
  ]);
  return {
    ...(Object.fromEntries(here) as Record<string, string>),
    PYTHONDONTWRITEBYTECODE: "1",
    PYTHONPATH: STAND_INS,
  };
}

/** A server of the packages, as the user who runs the tests: the packages are in a home directory. */
export function pythonDaemon(args: readonly string[], log: string, cwd: string, env: Record<string, string>): Daemon {
  return new Daemon(python, args, log, { uid: process.getuid?.(), gid: process.getgid?.(), cwd, env });
}

export interface Gunicorn {
  readonly port: number;
  readonly daemon: Daemon;
}

/**
 * What the image's entry point (api/docker/entrypoint.sh of 1.16.1) starts for a component, with its environment, and with a
 * stand-in for Dify.
 * @param cwd the image's working directory
 */
export async function startGunicorn(
  component: string,
  cwd: string,
  given: Given = {},
  more: Readonly<Record<string, string>> = {},
): Promise<Gunicorn> {
  const port = await freePort();
  const variables = environmentOf(component, given);
  const env = { ...variables, ...more, DIFY_BIND_ADDRESS: "127.0.0.1", DIFY_PORT: String(port) };
  const of = (name: string, otherwise: string): string => variables[name] ?? otherwise;
  const daemon = pythonDaemon(
    [
      ...["-m", "gunicorn", "--no-control-socket", "--bind", `127.0.0.1:${port}`],
      ...["--workers", of("SERVER_WORKER_AMOUNT", "1")],
      ...["--worker-class", of("SERVER_WORKER_CLASS", "geventwebsocket.gunicorn.workers.GeventWebSocketWorker")],
      ...["--worker-connections", of("SERVER_WORKER_CONNECTIONS", "10")],
      ...["--timeout", of("GUNICORN_TIMEOUT", "200"), "app:socketio_app"],
    ],
    join(cwd, `${port}.log`),
    cwd,
    env,
  );
  await daemon.ready(port);
  await until("a process", async () => (await request(port, "/health").catch(() => undefined))?.status === 200, 30_000);
  return { port, daemon };
}

/** One request on a connection of its own. @param timeout milliseconds after which it fails */
export async function request(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  timeout = 30_000,
): Promise<{ readonly status: number; readonly body: string }> {
  return await new Promise((resolve, reject) => {
    const outgoing = get({ host: "127.0.0.1", port, path, headers, agent: false, timeout }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (part: string) => (body += part));
      response.on("error", reject).on("end", () => {
        resolve({ status: response.statusCode ?? 0, body });
      });
    });
    outgoing.on("error", reject).on("timeout", () => outgoing.destroy(new Error(`no answer from ${path}`)));
  });
}
