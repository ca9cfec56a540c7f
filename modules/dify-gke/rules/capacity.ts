import { tierFor } from "../../app-gke/google/sql-connections";
import {
  type Capacity,
  type CapacityVariable,
  capacityVariables,
  type Pool,
  type ServerCapacity,
} from "../../dify-common/capacity";
import { postgresByKubeBlocks } from "../database-place";
import { databaseRoom } from "../database-room";
import { capacityOf } from "../dify";
import { kubernetesName } from "../dify-settings";
import type { Variables } from "../variables";
import { DESIGN, GOOGLE, type Rule } from "./rule";

/** `1270` → `1,270`. */
const number = (value: number): string => value.toLocaleString("en-US");

/** How many connections may be open, and how many the instance takes; undefined if they fit. */
function tooMany(environment: string, v: Variables): { readonly sum: string; readonly all: number } | undefined {
  const { takes, reserved, installations, jobs } = databaseRoom(environment, v);
  // For a named instance, the plan knows more.
  if (takes === undefined || v.sql_instance_name !== "") return undefined;
  const { demand, databaseConnections } = capacityOf(environment, v);
  const all = (databaseConnections + jobs) * installations + reserved;
  if (all <= takes) return undefined;
  const parts = [
    ...demand.map(({ component, processes, each }) => `${component} ${processes} x ${each}`),
    `jobs ${jobs}`,
  ].join(", ");
  const stages = installations > 1 ? `, in each of ${installations} stages on the instance` : "";
  return {
    all,
    sum: `Dify may open up to ${number(all)} connections (${parts}${stages}; ${reserved} stay free for ${postgresByKubeBlocks(v) ? "the server" : "Cloud SQL"} itself), and ${server(v)} takes ${number(takes)}`,
  };
}

/** @returns what decides how many connections there are */
function server(v: Variables): string {
  if (postgresByKubeBlocks(v))
    return `a PostgreSQL of KubeBlocks with ${v.kubeblocks_clusters.postgresql.memory} (kubeblocks_clusters.postgresql.memory)`;
  return v.sql_database_flags["max_connections"] === undefined ? v.sql_tier : "max_connections in sql_database_flags";
}

const connections: Rule = {
  id: "database-connections-fit",
  what: "More connections than the `sql_tier` takes",
  why: "Under load, sign-ins, runs and the plugin daemon would fail.",
  risk: "Critical",
  severity: "error",
  variables: [
    "sql_tier",
    "sql_database_flags",
    "data_services",
    "kubeblocks_clusters",
    "max_instance_count",
    "worker_max_instance_count",
    "worker_placement",
    "cpu_limit",
    "memory_limit",
    "environment_variables",
    "component_settings",
    "application_version",
    "component_image_tags",
    "sandbox_image",
    "cloud_deploy_stages",
    "enable_cloud_deploy",
    "sql_instance_name",
    "initialization_jobs",
    "cron_jobs",
  ],
  source: GOOGLE,
  brokenBy: (v, _, environment) => {
    const found = tooMany(environment, v);
    return found
      ? [
          `${found.sum}. Under load, sign-ins, runs and the plugin daemon would fail with "remaining connection slots are reserved". ${remedy(environment, v, found.all)}`,
        ]
      : false;
  },
  message: (_, subject) => subject,
};

/** What would help, and nothing that would not. */
function remedy(environment: string, v: Variables, all: number): string {
  const fits = (changed: Partial<Variables>): boolean => tooMany(environment, { ...v, ...changed }) === undefined;
  const tier = tierFor(all);
  const pools = Object.keys(v.environment_variables).filter((name) => name.startsWith("SQLALCHEMY_"));
  const ways = [
    ...(postgresByKubeBlocks(v)
      ? ["raise kubeblocks_clusters.postgresql.memory"]
      : v.sql_database_flags["max_connections"] === undefined
        ? tier === undefined
          ? []
          : [`set sql_tier = "${tier}"`]
        : ["raise max_connections in sql_database_flags"]),
    ...fewerPods(v, fits),
    ...(v.enable_cloud_deploy && v.cloud_deploy_stages.length > 1 && fits({ enable_cloud_deploy: false })
      ? ["have fewer stages with data of their own in cloud_deploy_stages"]
      : []),
    ...(pools.length > 0 ? [`take ${pools.join(" and ")} out of environment_variables`] : []),
  ];
  const otherwise = ["lower the sizes and numbers of pods, such as cpu_limit"];
  return `${(ways.length > 0 ? ways : otherwise).join(", or ").replace(/^./, (first) => first.toUpperCase())}.`;
}

/** Largest numbers of pods with which the connections fit, if any does. */
function fewerPods(v: Variables, fits: (changed: Partial<Variables>) => boolean): readonly string[] {
  if (v.worker_placement === "deployment") {
    const least = {
      max_instance_count: v.min_instance_count,
      worker_max_instance_count: v.worker_min_instance_count,
    };
    return fits(least) ? ["lower max_instance_count and worker_max_instance_count"] : [];
  }
  let [good, bad] = [Math.max(v.min_instance_count, 1) - 1, v.max_instance_count];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (fits({ max_instance_count: middle })) good = middle;
    else bad = middle;
  }
  return good >= Math.max(v.min_instance_count, 1) ? [`set max_instance_count = ${good}`] : [];
}

/** A number from the user that replaces the model's. */
interface Given {
  /** As in the file: `SERVER_WORKER_AMOUNT`, or `api.SERVER_WORKER_AMOUNT` in component_settings. */
  readonly subject: string;
  readonly component: string;
  readonly name: CapacityVariable;
  /** @default - it is a secret */
  readonly value?: string;
}

/** @returns the component that a variable without a component belongs to */
function readerOf(name: CapacityVariable): string {
  if (name === "DB_MAX_OPEN_CONNS") return "plugin-daemon";
  if (name === "MAX_WORKERS" || name === "MAX_REQUESTS") return "sandbox";
  return name.startsWith("CELERY_") ? "worker" : "api";
}

/** @returns everything in the model that the user sets */
function given(v: Variables): readonly Given[] {
  const of = (
    component: (name: CapacityVariable) => string,
    prefix: string,
    environment: Readonly<Record<string, string>>,
    secrets: readonly string[],
  ): Given[] =>
    capacityVariables
      .filter((name) => name in environment || secrets.includes(name))
      .map((name) => ({
        subject: `${prefix}${name}`,
        component: component(name),
        name,
        value: secrets.includes(name) ? undefined : environment[name],
      }));
  const secrets = [...Object.keys(v.secret_environment_variables), ...v.explicit_secret_names];
  return [
    ...of(readerOf, "", v.environment_variables, secrets),
    ...Object.entries(v.component_settings).flatMap(([component, { environment, secret_environment }]) =>
      of(() => kubernetesName(component), `${component}.`, environment, Object.keys(secret_environment)),
    ),
  ];
}

const counts: Rule = {
  id: "capacity-counts",
  what: "Numbers of processes, pools and tasks that are not whole numbers, or are secrets",
  why: "Connections and memory could not be added up.",
  risk: "High",
  severity: "error",
  variables: ["environment_variables", "secret_environment_variables", "explicit_secret_names", "component_settings"],
  source: DESIGN,
  brokenBy: (v) =>
    given(v)
      .filter(({ value }) => value === undefined || !/^\d{1,6}$/.test(value))
      .map(({ subject }) => subject),
  message: (v, subject) => {
    const value = given(v).find((found) => found.subject === subject)?.value;
    return `${subject} ${value === undefined ? "is a secret" : `is "${value}", which is not a whole number`}: connections and memory could not be calculated from it. Give it a whole number, as a plain variable.`;
  },
};

/** @returns the model's value for a component's variable; undefined if it has none */
function modelled({ api, websocket, worker, beat, pluginDaemon, sandbox }: Capacity, component: string): Numbers {
  const pool = ({ size, overflow }: Pool): Numbers => ({
    SQLALCHEMY_POOL_SIZE: size,
    SQLALCHEMY_MAX_OVERFLOW: overflow,
  });
  const server = (of: ServerCapacity): Numbers => ({
    SERVER_WORKER_CONNECTIONS: of.connections,
    GUNICORN_TIMEOUT: of.timeoutSeconds,
    ...pool(of.pool),
  });
  const all: Readonly<Record<string, Numbers>> = {
    api: { SERVER_WORKER_AMOUNT: api.processes, ...server(api) },
    "api-websocket": server(websocket),
    worker: {
      CELERY_WORKER_AMOUNT: worker.tasks,
      CELERY_WORKER_CONCURRENCY: worker.tasks,
      CELERY_MAX_WORKERS: worker.autoscaled,
      ...pool(worker.pool),
    },
    beat: pool(beat.pool),
    "plugin-daemon": { DB_MAX_OPEN_CONNS: pluginDaemon.connections },
    sandbox: { MAX_WORKERS: sandbox.workers, MAX_REQUESTS: sandbox.requests },
  };
  return all[component] ?? {};
}

type Numbers = Readonly<Partial<Record<CapacityVariable, number>>>;

/** @returns what the model would use instead of a number */
function instead(v: Variables, { component, name, subject }: Given): number | undefined {
  const without = (of: Readonly<Record<string, string>> = {}): Record<string, string> =>
    Object.fromEntries(Object.entries(of).filter(([other]) => other !== name));
  const others = subject.includes(".")
    ? {
        component_settings: Object.fromEntries(
          Object.entries(v.component_settings).map(([key, settings]) => [
            key,
            kubernetesName(key) === component ? { ...settings, environment: without(settings.environment) } : settings,
          ]),
        ),
      }
    : { environment_variables: without(v.environment_variables) };
  return modelled(capacityOf("any", { ...v, ...others }), component)[name];
}

const byHand: Rule = {
  id: "capacity-by-hand",
  what: "Numbers of processes, pools and tasks that are set by hand",
  why: "They do not follow sizes and replicas any more.",
  risk: "Low",
  severity: "warning",
  variables: [
    "environment_variables",
    "component_settings",
    "cpu_limit",
    "memory_limit",
    "sql_tier",
    "max_instance_count",
    "worker_max_instance_count",
    "worker_placement",
    "timeout_seconds",
    "application_version",
    "component_image_tags",
    "sandbox_image",
  ],
  source: DESIGN,
  brokenBy: (v) =>
    given(v)
      .filter((found) => {
        const model = instead(v, found);
        return /^\d+$/.test(found.value ?? "") && model !== undefined && Number(found.value) !== model;
      })
      .map(({ subject }) => subject),
  message: (v, subject) => {
    const found = given(v).find((candidate) => candidate.subject === subject);
    const model = found && instead(v, found);
    return `${subject} = ${found?.value ?? ""} replaces ${number(model ?? 0)}, the number that follows from sizes, replicas and the database: it stays the same when they change. Take it out to have it follow them.`;
  },
};

export const capacityRules: readonly Rule[] = [connections, counts, byHand];
