import { connectionsOf, tierFor } from "../../modules/app-gke/google/sql-connections";
import type { Component, Probe } from "../../modules/app-gke/application-config";
import { CONNECTIONS_EACH } from "../../modules/dify-common/capacity";
import { CONNECTION_KIB } from "../../modules/dify-common/nginx-limits";
import { facts } from "../../modules/dify-common/releases";
import { managedEnvironment } from "../../modules/dify-common/reserved";
import { databaseRoom } from "../../modules/dify-gke/database-room";
import { capacityOf, difyOf } from "../../modules/dify-gke/dify";
import { readEnvironments } from "../../modules/dify-gke/variable-files";
import { variablesOf } from "../terraform/synth";
import { holdsSecret } from "../../modules/dify-gke/variables/secret-detection";
import { topologies } from "./topologies";
import { broken, environmentWith, type Given } from "../variables/cases/given";
import { componentsOf, filesIn, variablesIn } from "./components";

const of = (given: Given = {}) => capacityOf("test", variablesOf(given));
const component = (components: readonly Component[], name: string): Component => {
  const found = components.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`There is no ${name}`);
  return found;
};
const variables = (name: string, given: Given = {}) => variablesIn(component(componentsOf(given), name));

describe("from the size of a component follows", () => {
  test("a process for each CPU, as far as each has a gibibyte", () => {
    expect(of({ cpu_limit: "4000m" }).api.processes).toBe(4);
    expect(of({ cpu_limit: "4000m", memory_limit: "3Gi" }).api.processes).toBe(3);
    expect(of({ cpu_limit: "500m", memory_limit: "1Gi" }).api.processes).toBe(1);
  });

  test("as many connections of a process as its memory has room for", () => {
    expect(of().api.connections).toBe(1000);
    expect(of({ memory_limit: "2Gi" }).api.connections).toBe(512);
    // There a stream has its run next to it.
    expect(of({ application_version: "1.12.1" }).api.connections).toBe(153);
    expect(of({ application_version: "1.13.0" }).api.connections).toBe(1000);
    expect(of().websocket).toMatchObject({ connections: 1000, processes: 1 });
  });

  test("tasks side by side, each with the database connections that it needs", () => {
    expect(of().worker.tasks).toBe(10);
    expect(of({ memory_limit: "1536Mi" }).worker.tasks).toBe(4);
    for (const given of [{}, { sql_tier: "db-custom-4-15360", max_instance_count: 10 }]) {
      const { tasks, pool: own } = of(given).worker;
      expect(own.size + own.overflow).toBeGreaterThan(CONNECTIONS_EACH * tasks);
    }
  });

  test("pieces of code side by side in the sandbox, and room for many more to wait", () => {
    expect(variables("sandbox")).toMatchObject({ MAX_WORKERS: "10", MAX_REQUESTS: "1000" });
    expect(of({ component_settings: { sandbox: { memory: "2Gi" } } }).sandbox.workers).toBe(21);
    const own = { component_settings: { sandbox: { environment: { MAX_WORKERS: "2", MAX_REQUESTS: "3" } } } };
    expect(variables("sandbox", own)).toMatchObject({ MAX_WORKERS: "2", MAX_REQUESTS: "3" });
  });

  test("what waits in the sandbox is waited for, as long as a request may take", () => {
    expect(variables("api").CODE_EXECUTION_READ_TIMEOUT).toBe("300");
    expect(variables("worker", { timeout_seconds: 900 }).CODE_EXECUTION_READ_TIMEOUT).toBe("900");
    expect(variables("api", { timeout_seconds: 10 }).CODE_EXECUTION_READ_TIMEOUT).toBe("60");
    const own = { environment_variables: { CODE_EXECUTION_READ_TIMEOUT: "30" } };
    expect(variables("api", own).CODE_EXECUTION_READ_TIMEOUT).toBe("30");
  });

  test("connections of nginx: as many as fit if each takes all it can, a quarter of them for one client", () => {
    for (const memory of ["256Mi", "1Gi"]) {
      const given = { component_settings: { proxy: { memory } } };
      const { processes, connections, requestsOfClient } = of(given).proxy;
      const [mebibytes] = [{ "256Mi": 256, "1Gi": 1024 }[memory] ?? 0];
      expect(connections * CONNECTION_KIB).toBeLessThan((mebibytes - 16) * 1024);
      expect(connections * CONNECTION_KIB).toBeGreaterThan((mebibytes / 2) * 1024);
      expect(requestsOfClient).toBe(Math.floor(connections / 8));
      const nginx = filesIn(component(componentsOf(given), "proxy"))["/etc/nginx/nginx.conf"];
      expect(nginx).toContain(`worker_connections ${Math.ceil(connections / processes)};`);
    }
    expect(of().proxy.connections).toBe(4096);
    expect(of({ client_connection_limit: 50 }).proxy.requestsOfClient).toBe(50);
    expect(of({ client_connection_limit: 0 }).proxy.requestsOfClient).toBeUndefined();
  });

  test("a share of CPU at which pods are added: what a pod can use of it at all", () => {
    expect(of({ worker_placement: "deployment" }).cpuUtilization).toEqual({ api: 70, worker: 35 });
    expect(of({ worker_placement: "deployment", cpu_limit: "1000m" }).cpuUtilization).toEqual({ api: 70, worker: 70 });
    // Three of four CPUs.
    expect(of().cpuUtilization.api).toBe(53);
    const scaling = component(componentsOf({ worker_placement: "deployment" }), "worker").scaling;
    expect(scaling).toMatchObject({ type: "automatic", cpuUtilization: 35 });
  });

  test("scratch for uploads, within what Autopilot gives a pod", () => {
    const tmp = (given: Given) => component(componentsOf(given), "api").scratch?.[0]?.sizeLimit;
    expect(tmp({})).toBe("1Gi");
    expect(tmp({ upload_file_size_limit_mb: 500 })).toBe("2Gi");
    expect(tmp({ upload_file_size_limit_mb: 1024 })).toBe("3Gi");
    const { resources } = component(componentsOf({ upload_file_size_limit_mb: 1024 }), "api");
    expect(resources.ephemeralStorage).toBe("4Gi");
  });
});

describe("from the database follow the pools", () => {
  test("what all pods may open fits, while they are replaced as well", () => {
    for (const given of [{}, { max_instance_count: 8 }, { sql_tier: "db-custom-8-30720", max_instance_count: 12 }]) {
      const v = variablesOf(given);
      expect(of(given).databaseConnections).toBeLessThanOrEqual(databaseRoom("test", v).connections);
      const { demand } = of(given);
      const pods = demand.find(({ component: name }) => name === "api")?.processes;
      expect(pods).toBe((v.max_instance_count + 1) * 2);
    }
  });

  test("a larger tier has larger pools, more pods smaller ones", () => {
    const api = (given: Given) => of(given).api.pool.size + of(given).api.pool.overflow;
    expect(api({ sql_tier: "db-custom-4-15360" })).toBeGreaterThan(api({}));
    expect(api({ max_instance_count: 5 })).toBeLessThan(api({}));
    expect(api({ sql_tier: "db-custom-16-61440" })).toBe(40);
  });

  test("stages with databases on the same instance share it, and so do jobs", () => {
    const stages = [{ name: "dev" }, { name: "staging" }];
    const v = variablesOf({
      enable_cloud_deploy: true,
      enable_cicd_trigger: true,
      github_repository_url: "https://github.com/example/dify",
      cloud_deploy_stages: stages,
    });
    expect(databaseRoom("dev", v)).toMatchObject({ installations: 2, connections: 191 });
    const job = { name: "nightly", schedule: "0 1 * * *", image: "postgres:15" };
    expect(databaseRoom("dev", variablesOf({ cron_jobs: [job] })).connections).toBe(
      databaseRoom("dev", variablesOf()).connections - 2,
    );
    const tasks = { name: "first", command: ["true"], image: "postgres:15", task_count: 5 };
    expect(databaseRoom("dev", variablesOf({ initialization_jobs: [tasks] })).connections).toBe(
      databaseRoom("dev", variablesOf()).connections - 10,
    );
  });

  test("pgvector's own pools count, another store's do not", () => {
    const plain = of({ environment_variables: { VECTOR_STORE: "qdrant", QDRANT_URL: "http://qdrant:6333" } });
    const each = (name: string, model = plain) => model.demand.find((part) => part.component === name)?.each ?? 0;
    expect(each("api")).toBe(plain.api.pool.size + plain.api.pool.overflow);
    expect(each("worker", of())).toBe(of().worker.pool.size + of().worker.pool.overflow + of().worker.tasks);
  });

  test("tiers take what Google says, and the smallest that does is suggested", () => {
    expect(
      [
        "db-f1-micro",
        "db-g1-small",
        "db-custom-1-3840",
        "db-custom-2-6144",
        "db-custom-2-7680",
        "db-custom-8-65536",
        "db-perf-optimized-N-2",
        "db-c4a-highmem-4",
      ].map(connectionsOf),
    ).toEqual([25, 50, 100, 200, 400, 800, 500, 600]);
    expect(connectionsOf("db-of-tomorrow-4")).toBeUndefined();
    expect([tierFor(401), tierFor(5000)]).toEqual(["db-custom-4-15360", undefined]);
  });

  test.each(["dev", "prod"])("the shipped %s.tfvars fits", async (name) => {
    const { environments } = await readEnvironments({ directory: "variables", only: [name] });
    const v = environments[0]?.variables;
    if (!v) throw new Error(`${name}.tfvars is not good`);
    expect(capacityOf(name, v).databaseConnections).toBeLessThanOrEqual(databaseRoom(name, v).connections);
    expect(capacityOf(name, v).worker.tasks).toBeGreaterThanOrEqual(4);
  });

  test("what does not fit is refused with the sum, and with what would", () => {
    const [problem] = broken({ max_instance_count: 12, environment_variables: { SQLALCHEMY_POOL_SIZE: "30" } }).filter(
      ({ rule }) => rule?.id === "database-connections-fit",
    );
    expect(problem?.message).toMatch(
      /^Dify may open up to 1,\d{3} connections \(api 26 x \d+, worker 13 x \d+, .*, jobs 4; 10 stay free .*\), and db-custom-2-7680 takes 400\. Under load, .* Set|Lower /,
    );
    expect(problem?.message).toContain("or take SQLALCHEMY_POOL_SIZE out of environment_variables.");
    const [tier] = broken({ max_instance_count: 20 }).filter(({ rule }) => rule?.id === "database-connections-fit");
    expect(tier?.message).toMatch(/Set sql_tier = "db-custom-\d+-\d+", or set max_instance_count = \d+\.$/);
  });
});

describe("what a user sets goes before it", () => {
  const own = {
    SERVER_WORKER_AMOUNT: "3",
    SERVER_WORKER_CLASS: "sync",
    SERVER_WORKER_CONNECTIONS: "77",
    SQLALCHEMY_POOL_SIZE: "7",
    SQLALCHEMY_MAX_OVERFLOW: "2",
    CELERY_WORKER_AMOUNT: "6",
  };
  const given = { environment_variables: own };

  test("in the API and the worker", () => {
    for (const [name, value] of Object.entries(own))
      expect([name, variables("api", given)[name]]).toEqual([name, value]);
    expect(variables("worker", given)).toMatchObject({ CELERY_WORKER_AMOUNT: "6", SQLALCHEMY_POOL_SIZE: "7" });
    expect(variables("api", { environment_variables: { GUNICORN_TIMEOUT: "60" } }).GUNICORN_TIMEOUT).toBe("60");
  });

  test("and not in the Socket.IO process, which is of another kind", () => {
    expect(variables("api-websocket", given)).toMatchObject({
      SERVER_WORKER_AMOUNT: "1",
      SERVER_WORKER_CLASS: "geventwebsocket.gunicorn.workers.GeventWebSocketWorker",
      SERVER_WORKER_CONNECTIONS: "1000",
    });
  });

  test("of one component as well, which is how the Socket.IO process gets its own", () => {
    const chosen = {
      component_settings: {
        api: { cpu: "4000m", memory: "8Gi", replicas: 2 },
        worker: { environment: { CELERY_WORKER_AMOUNT: "3" } },
        api_websocket: { environment: { SERVER_WORKER_CONNECTIONS: "200" } },
        plugin_daemon: { environment: { DB_MAX_OPEN_CONNS: "9" } },
      },
    };
    expect(variables("api", chosen).SERVER_WORKER_AMOUNT).toBe("4");
    expect(variables("worker", chosen).CELERY_WORKER_AMOUNT).toBe("3");
    expect(variables("api-websocket", chosen).SERVER_WORKER_CONNECTIONS).toBe("200");
    const { demand, websocket } = of(chosen);
    expect(websocket.connections).toBe(200);
    expect(demand).toContainEqual({ component: "plugin-daemon", processes: 2, each: 9 });
    expect(demand.slice(0, 2).map(({ processes }) => processes)).toEqual([12, 3]);
    const own = component(
      componentsOf({ component_settings: { worker: { max_replicas: 2 } }, worker_placement: "deployment" }),
      "worker",
    );
    expect(own.scaling).toEqual({ type: "automatic", minimum: 1, maximum: 2, cpuUtilization: 35 });
  });

  test("and is counted in", () => {
    const { demand } = of(given);
    expect(demand).toContainEqual({ component: "api", processes: 12, each: 11 });
    expect(of({ environment_variables: { CELERY_WORKER_CONCURRENCY: "20" } }).worker.tasks).toBe(20);
    const scaled = { environment_variables: { CELERY_AUTO_SCALE: "true" } };
    expect(of(scaled).worker.tasks).toBe(10);
    // On its own it would count the node's processors.
    expect(variables("worker", scaled).CELERY_MAX_WORKERS).toBe("10");
    const most = { environment_variables: { CELERY_AUTO_SCALE: "true", CELERY_MAX_WORKERS: "5" } };
    expect([of(most).worker.tasks, variables("worker", most).CELERY_MAX_WORKERS]).toEqual([5, "5"]);
  });

  test("a heartbeat bounds a request of synchronous processes only", () => {
    const long = { timeout_seconds: 3600 };
    expect(of(long).api.timeoutSeconds).toBe(200);
    expect(of({ ...long, environment_variables: { SERVER_WORKER_CLASS: "sync" } }).api.timeoutSeconds).toBe(3600);
  });

  test("nothing else that a user sets is overwritten without a word: it is used, or refused", () => {
    const names = new Set(facts.variables.api.flatMap(({ added = {} }) => Object.keys(added)));
    for (const name of ["HOME", "GUNICORN_CMD_ARGS"]) names.add(name);
    // The Socket.IO process has its own of these, as upstream's has.
    const others = ["SERVER_WORKER_AMOUNT", "SERVER_WORKER_CLASS", "SERVER_WORKER_CONNECTIONS", "GUNICORN_TIMEOUT"];
    const set = Object.fromEntries(
      [...names].filter((name) => !managedEnvironment.has(name) && !holdsSecret(name, "7")).map((name) => [name, "7"]),
    );
    const overwritten = difyOf(environmentWith({ environment_variables: set }).variables)
      .components.filter(({ name }) => ["api", "worker", "beat", "api-websocket"].includes(name))
      .flatMap((part) =>
        Object.entries(variablesIn(part))
          .filter(([name, value]) => name in set && !value.includes("7"))
          .filter(([name]) => part.name !== "api-websocket" || !others.includes(name))
          .map(([name]) => `${part.name}: ${name}`),
      );
    expect(overwritten).toEqual([]);
  });
});

describe("probes", () => {
  const seconds = ({ periodSeconds = 10, failureThreshold = 3 }: Probe): number => periodSeconds * failureThreshold;

  test.each(topologies)(
    "of Dify %s are there for all that listens, with more patience for what lives than for what is ready",
    (version) => {
      for (const { name, ports = [], probes = {} } of componentsOf({ application_version: version })) {
        const { liveness, readiness } = probes;
        if (ports.length > 0)
          expect([name, Object.keys(probes)]).toEqual([name, expect.arrayContaining(["liveness", "readiness"])]);
        if (!liveness) continue;
        expect([name, seconds(liveness) >= 300]).toEqual([name, true]);
        if (readiness) expect([name, seconds(readiness) <= 60]).toEqual([name, true]);
        expect([name, (liveness.timeoutSeconds ?? 1) < (liveness.periodSeconds ?? 10)]).toEqual([name, true]);
      }
    },
  );

  test("the API's outlasts the longest request, where a user leaves its times open", () => {
    const liveness = (given: Given) => component(componentsOf(given), "api").probes?.liveness;
    for (const timeout_seconds of [300, 3600]) {
      const probe = liveness({ timeout_seconds }) ?? { check: { type: "tcp", port: 1 } };
      expect(probe).toMatchObject({ check: { type: "http", path: "/health", port: 5001 }, failureThreshold: 3 });
      expect(seconds(probe)).toBeGreaterThan(timeout_seconds);
    }
    expect(liveness({ liveness_probe: { path: "/live", period_seconds: 7, timeout_seconds: 2 } })).toMatchObject({
      check: { path: "/live" },
      periodSeconds: 7,
      timeoutSeconds: 2,
    });
    expect(liveness({ health_check_config: { period_seconds: 9 } })).toMatchObject({ periodSeconds: 9 });
    expect(liveness({ liveness_probe: { enabled: false } })).toBeUndefined();
  });

  test.each(["api_pod", "deployment"])(
    "let a rollout wait until the worker answers, with worker_placement %s",
    (worker_placement) => {
      const { startup, readiness, liveness } = component(componentsOf({ worker_placement }), "worker").probes ?? {};
      // The same question with less patience. Nothing asks it all the time: each answer costs a second of CPU.
      expect(startup?.check).toEqual({ type: "exec", command: ["python", "/opt/pods/worker-answers.py", "5"] });
      const grace = `--grace=${worker_placement === "deployment" ? 295 : 55}`;
      expect(liveness?.check).toEqual({
        type: "exec",
        command: ["python", "/opt/pods/worker-answers.py", "15", grace],
      });
      expect(readiness).toBeUndefined();
      expect(startup && seconds(startup)).toBeGreaterThanOrEqual(300);
    },
  );

  test("do not ask for what may be full: nginx' and Socket.IO's connections", () => {
    for (const name of ["proxy", "api-websocket"]) {
      const { liveness, readiness } = component(componentsOf(), name).probes ?? {};
      expect([name, liveness?.check.type, readiness?.check.type]).toEqual([name, "tcp", "http"]);
    }
  });
});
