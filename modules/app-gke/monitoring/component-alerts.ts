import { measured } from "./promql";
import type { StandardAlert } from "./standard-alert";

/**
 * Standard alerts on what components measure. Each namespace is looked at on its own, because stages collect the same metrics.
 */
export const componentAlerts: readonly StandardAlert[] = [
  {
    id: "tasks_waiting",
    title: "tasks wait in Celery's queues",
    severity: "WARNING",
    query: (watched) => {
      const length = measured(watched, "celery_queue_length");
      return length && `sum by (namespace) (${length})`;
    },
    threshold: 100,
    unit: "tasks that wait",
    minutes: 15,
    meaning:
      "More tasks arrive than workers do: documents are indexed late, workflows that run in the background start late.",
    remedy:
      "The dashboard shows which queue it is. `kubectl logs` of the worker shows what it does: tasks that wait for a model or the database take no CPU, so an autoscaler that looks at CPU adds no worker, and one that looks at waiting tasks (`worker_scaling`) does, up to `worker_max_instance_count`. Give workers more pods (`worker_placement`, `worker_min_instance_count`), or more tasks at a time (`CELERY_WORKER_AMOUNT`) if the database has connections left.",
  },
  {
    id: "task_overdue",
    title: "a task has waited too long",
    severity: "ERROR",
    query: (watched) => {
      const age = measured(watched, "celery_queue_oldest_seconds");
      return age && `max by (namespace, queue) (${age}) / 60`;
    },
    threshold: 15,
    unit: "minutes that the oldest task of a queue has waited",
    minutes: 5,
    meaning:
      "No worker takes the tasks of a queue, or too slowly: what users started a quarter of an hour ago has not begun.",
    remedy:
      "If the queue does not get shorter, no worker serves it: look at the workers' pods and logs, and at `CELERY_QUEUES` if your environment sets it. If it does, it is load: see `tasks_waiting`.",
  },
  {
    id: "redis_unreachable",
    title: "Redis does not answer",
    severity: "CRITICAL",
    query: (watched) => {
      const up = measured(watched, "redis_up");
      return up && `min by (namespace) (${up})`;
    },
    opens: "less",
    threshold: 1,
    unit: "answers, 0 or 1",
    minutes: 3,
    meaning: "Without Redis no task is started, and most requests fail: sessions, locks and streams are there.",
    remedy:
      "On the file server, its VM is replaced when its health check fails (docs/operations.md): look at the instance group and at the VM's log. For a Redis of your own, look at its network, password and certificate: `kubectl logs` of `redis-exporter` says what it was told.",
  },
  {
    id: "redis_memory",
    title: "Redis runs out of memory",
    severity: "ERROR",
    // A limit of 0 means that there is none.
    query: (watched) => {
      const used = measured(watched, "redis_memory_used_bytes");
      const most = measured(watched, "redis_memory_max_bytes");
      return used && most && `100 * max by (namespace) (${used}) / (max by (namespace) (${most}) > 0)`;
    },
    threshold: 85,
    unit: "percent of its limit",
    minutes: 10,
    meaning: "A full Redis refuses writes: no task is started any more, and requests fail.",
    remedy:
      "First look at Celery's queues: tasks that nobody takes fill it. Otherwise it needs more memory: a larger `nfs_machine_type` (a minute without Redis and share), or more for a Redis of your own.",
  },
  {
    id: "redis_refusing",
    title: "Redis refuses writes or gives up keys",
    severity: "CRITICAL",
    query: (watched) => {
      // OOM: no memory left. MISCONF: it cannot write to its disk. READONLY: it is a replica.
      const refused = measured(watched, "redis_errors_total", 'err=~"OOM|MISCONF|READONLY"');
      const evicted = measured(watched, "redis_evicted_keys_total");
      return refused && evicted && `sum by (namespace) (increase(${refused}[10m]) or increase(${evicted}[10m]))`;
    },
    threshold: 0,
    unit: "writes refused and keys given up in ten minutes",
    minutes: 0,
    meaning:
      "Redis has no memory left, or cannot write to its disk. Tasks are lost or never started: the deleted keys may hold tasks.",
    remedy:
      "See `redis_memory`. Where keys are given up, the server's `maxmemory-policy` should be `noeviction`, as it is on the file server: a broker must not forget tasks. `MISCONF` in the log of a component is a full or broken disk.",
  },
  {
    id: "file_server_memory",
    title: "the file server's memory runs out",
    severity: "ERROR",
    query: (watched) => {
      const held = measured(watched, "redis_memory_used_rss_bytes");
      const all = measured(watched, "redis_total_system_memory_bytes");
      return watched.redisOnFileServer ? held && all && `100 * sum(${held}) / max(${all})` : undefined;
    },
    threshold: 75,
    unit: "percent of the VM's memory that Redis holds",
    minutes: 10,
    meaning:
      "Redis may use half of the VM's memory and holds three quarters: rewriting its file may need as much again, and then Linux ends it, with the queue in it. What NFS takes is its cache, which gives way.",
    remedy:
      "A larger `nfs_machine_type` (a minute without Redis and share). Before that, look at `redis_memory`: if it is far below its limit, the memory is fragmented, and a restart of the VM gives it back.",
  },
  {
    id: "door_full",
    title: "the entry point runs out of connections",
    severity: "ERROR",
    query: (watched) => {
      const active = measured(watched, "nginx_connections_active");
      const writing = measured(watched, "nginx_connections_writing");
      const limit = measured(watched, "nginx_connections_limit");
      // A request in work has a second connection, to a component.
      return active && writing && limit && `100 * max by (namespace) ((${active} + ${writing}) / ${limit})`;
    },
    threshold: 80,
    unit: "percent of a pod's connections",
    minutes: 5,
    meaning: "nginx has almost no connection left in a pod. New requests wait, and then fail.",
    remedy:
      "Open streams and WebSockets each keep two. Give `proxy` more memory, which its connections follow, or more pods (`component_settings`). If a few clients have most of them, look at `client_connection_limit`.",
  },
];
