import { componentAlerts } from "./component-alerts";
import { logAlerts } from "./log-alerts";
import { ofChecks, ofContainers, ofDatabase, ofOwnDisks, ofPods, ofVolume, readyPods } from "./promql";
import type { StandardAlert } from "./standard-alert";

const metricAlerts: readonly StandardAlert[] = [
  {
    id: "requests_failing",
    title: "requests are answered with 5xx",
    severity: "CRITICAL",
    // At night, a handful of errors is a large share of very few requests.
    query: ({ requestMetric }) => {
      if (requestMetric === undefined) return undefined;
      const count = (more: string) => `sum(increase(${requestMetric}{monitored_resource="k8s_container"${more}}[10m]))`;
      const failed = count(', status=~"5.."');
      return `100 * ${failed} / ${count("")} and ${failed} > 10`;
    },
    threshold: 5,
    unit: "percent of the requests of ten minutes, and more than ten of them",
    minutes: 5,
    meaning: "The entry point answers requests with 5xx: it does not reach a component, or a component fails.",
    remedy:
      "Look at the entry point's log for `upstreamStatus` and `upstream`: without a status the component did not answer, so look at its pods; with one, look at the component's log at that time.",
  },
  {
    id: "first_byte_slow",
    title: "answers begin late",
    severity: "WARNING",
    // A few requests say too little.
    query: ({ firstByteMetric }) => {
      if (firstByteMetric === undefined) return undefined;
      const of = (part: string) => `increase(${firstByteMetric}_${part}{monitored_resource="k8s_container"}[10m])`;
      return `histogram_quantile(0.95, sum by (le) (${of("bucket")})) and sum(${of("count")}) > 20`;
    },
    threshold: 30,
    unit: "seconds until 95 percent of the answers of ten minutes have begun, and more than 20 of them",
    minutes: 10,
    meaning: "Users wait for the first byte: components are busy, or wait for the database or a model.",
    remedy:
      "The entry point's log has `firstByteSeconds` and `upstream` for each request: look for what the slow ones have in common. If it is one workflow, its model is slow. Otherwise look at the CPU of that component and of the database, and at its connections.",
  },
  {
    id: "component_unavailable",
    title: "a component has no ready pod",
    severity: "CRITICAL",
    query: readyPods,
    opens: "less",
    threshold: 1,
    unit: "ready pods of a component",
    minutes: 5,
    meaning: "No pod of a Deployment is ready, so nobody does its work.",
    remedy:
      "`kubectl describe deployment` and `kubectl describe pod` say why: an image that is not found, a probe that fails, a pod that waits for a node. If it began with a release or an apply, roll that back.",
  },
  {
    id: "container_restarting",
    title: "a container restarts again and again",
    severity: "ERROR",
    query: (watched) =>
      `sum by (namespace_name, container_name) (increase(kubernetes_io:container_restart_count{${ofContainers(watched)}}[15m]))`,
    threshold: 3,
    unit: "restarts in 15 minutes",
    minutes: 0,
    meaning:
      "A container ends and is started again: it fails, its liveness probe fails, or it needs more memory than it has.",
    remedy:
      "`kubectl describe pod` shows why it ended. For `OOMKilled`, give it more memory (`component_settings`); for another reason, read `kubectl logs --previous`.",
  },
  {
    id: "container_memory",
    title: "a container has almost no memory left",
    severity: "WARNING",
    query: (watched) =>
      `100 * max by (namespace_name, container_name) (kubernetes_io:container_memory_limit_utilization{${ofContainers(watched)}, memory_type="non-evictable"})`,
    threshold: 95,
    unit: "percent of the memory limit",
    minutes: 10,
    meaning: "Linux ends a container at its limit, and what it is doing is lost.",
    remedy: "Give the component more memory (`component_settings`), or more pods if the load is the reason.",
  },
  {
    id: "container_memory_killed",
    title: "a container was ended for lack of memory",
    severity: "ERROR",
    // Google has no metric of why a container ended, so this counts restarts of containers that had used almost all their memory.
    query: (watched) => {
      const of = ofContainers(watched);
      const started = `increase(kubernetes_io:container_restart_count{${of}}[15m]) > 0`;
      const full = `max_over_time(kubernetes_io:container_memory_limit_utilization{${of}, memory_type="non-evictable"}[15m]) > 0.9`;
      return `sum by (namespace_name, container_name) (${started} and on (namespace_name, pod_name, container_name) ${full})`;
    },
    threshold: 0,
    unit: "restarts in 15 minutes of containers that had used nine tenths of their memory",
    minutes: 0,
    meaning:
      "A container was started again shortly after it had almost no memory left, so Linux has most likely ended it: what it was doing is lost. This alert misses a container that fills its memory within a minute; `container_restarting` opens if that continues.",
    remedy:
      "`kubectl describe pod` shows `OOMKilled` as the reason. Give the component more memory (`component_settings`); in a worker, fewer tasks at a time (`CELERY_WORKER_AMOUNT`).",
  },
  {
    id: "pod_unschedulable",
    title: "a pod finds no node",
    severity: "ERROR",
    query: (watched) => `sum by (namespace) (kube_pod_status_unschedulable{${ofPods(watched)}})`,
    threshold: 0,
    unit: "pods without a node",
    minutes: 20,
    meaning: "Autopilot normally adds a node within minutes. A quota, a stock-out or a rule of the pod prevents it.",
    remedy:
      "`kubectl describe pod` has the reason in its events. Quotas: `npm run doctor`. Node selectors, tolerations and strict topology spread come from the variable file.",
  },
  {
    id: "database_cpu",
    title: "the database's processors are busy",
    severity: "WARNING",
    query: ({ database }) =>
      database && `100 * max(cloudsql_googleapis_com:database_cpu_utilization${ofDatabase(database)})`,
    threshold: 90,
    unit: "percent",
    minutes: 15,
    meaning: "Queries wait for each other: everything that uses the database becomes slow.",
    remedy: "Query Insights shows which queries it is. A larger `sql_tier` helps at once, with a restart of a minute.",
  },
  {
    id: "database_disk",
    title: "the database's disk is filling up",
    severity: "ERROR",
    query: ({ database }) =>
      database && `100 * max(cloudsql_googleapis_com:database_disk_utilization${ofDatabase(database)})`,
    threshold: 85,
    unit: "percent",
    minutes: 15,
    meaning:
      "A full disk stops the instance. One that is created here grows on its own, so it fills up faster than it grows; another one may not grow at all.",
    remedy:
      "Raise `sql_disk_size_gb`; a disk cannot shrink again. Then look for what fills it: logs of runs, or embeddings.",
  },
  {
    id: "database_connections",
    title: "the database's connections run out",
    severity: "ERROR",
    query: ({ database, databaseConnections }) =>
      database !== undefined && databaseConnections !== undefined
        ? `100 * sum(cloudsql_googleapis_com:database_postgresql_num_backends${ofDatabase(database)}) / ${databaseConnections}`
        : undefined,
    threshold: 85,
    unit: "percent of the connections that the tier takes",
    minutes: 10,
    meaning: "With none left, requests and tasks fail with `too many clients already`.",
    remedy: "Take a larger `sql_tier`, or fewer pods. What each component may open is in docs/operations.md.",
  },
  {
    id: "share_full",
    title: "the shared files' disk is filling up",
    severity: "ERROR",
    query: ({ sharedVolume, ...watched }) =>
      sharedVolume && `100 * max(kubernetes_io:pod_volume_utilization{${ofVolume(watched, sharedVolume)}})`,
    threshold: 85,
    unit: "percent",
    minutes: 30,
    meaning: "On a full share plugins are not installed or updated.",
    remedy: "Raise `nfs_disk_size_gb`: the disk grows while it is in use.",
  },
  {
    id: "own_disk_full",
    title: "the disk of a pod is filling up",
    severity: "ERROR",
    query: (watched) => {
      const disks = ofOwnDisks(watched);
      return disks && `100 * max by (namespace_name, pod_name, volume_name) (${disks})`;
    },
    threshold: 85,
    unit: "percent",
    minutes: 30,
    meaning:
      "A pod has almost no room left on its own disk. On a full one, Qdrant refuses to write, Weaviate turns its shards read-only, and neither can be copied. PostgreSQL stops, and Redis refuses to write: Dify stands still.",
    remedy:
      "Raise `vector_store_disk_gb`, `stateful_pvc_size` for the API's pods, or `storage_gb` in `kubeblocks_clusters` for a database of KubeBlocks, and apply: disks grow while they are in use, and cannot shrink again. For a Cluster that Dify does not use any more, see docs/kubeblocks-operations.md.",
  },
  {
    id: "certificate_expiring",
    title: "a certificate expires",
    severity: "ERROR",
    query: ({ checkIds = [] }) =>
      checkIds.length > 0
        ? `min by (check_id) (monitoring_googleapis_com:uptime_check_time_until_ssl_cert_expires{${ofChecks(checkIds)}})`
        : undefined,
    opens: "less",
    threshold: 21,
    unit: "days until it expires",
    minutes: 60,
    meaning: "Google renews its certificates a month before they end, so this one was not renewed.",
    remedy:
      "Look at the certificate in Certificate Manager: its DNS authorization has to resolve (output `dns_records`). With a proxy of your own in front, the certificate is the proxy's.",
  },
  {
    id: "certificate_not_active",
    title: "a certificate does not become active",
    severity: "ERROR",
    // Google counts certificates by state for a whole project only. What the checks of this environment's addresses see tells them
    // apart: a load balancer without an active certificate shows none, and one whose components fail shows it with its 5xx.
    query: ({ checkIds = [] }) => {
      if (checkIds.length === 0) return undefined;
      const newest = (metric: string) =>
        `max by (check_id) (max_over_time(monitoring_googleapis_com:uptime_check_${metric}{${ofChecks(checkIds)}}[20m]))`;
      return `1 - ${newest("check_passed")} unless on (check_id) ${newest("time_until_ssl_cert_expires")}`;
    },
    threshold: 0,
    unit: "HTTPS addresses that fail at every location and show no certificate",
    minutes: 60,
    meaning:
      "For more than an hour nobody has seen a certificate at an address: that of a new domain has not become active, or the address leads elsewhere. `terraform plan` warns with the reason of one that failed.",
    remedy:
      "The domain's DNS record has to lead to this address, and its DNS authorization has to resolve (output `dns_records`); a CAA record of the domain has to allow `pki.goog`. `gcloud certificate-manager certificates describe NAME` says what is missing. Without a domain of yours, the certificate of the `nip.io` name waits for the load balancer to answer.",
  },
  {
    id: "nat_exhausted",
    title: "outgoing connections find no port",
    severity: "ERROR",
    query: ({ nat }) =>
      nat &&
      `sum(increase(router_googleapis_com:nat_dropped_sent_packets_count{monitored_resource="nat_gateway", gateway_name="${nat}", reason="OUT_OF_RESOURCES"}[10m]))`,
    threshold: 0,
    unit: "packets in ten minutes",
    minutes: 0,
    meaning: "Cloud NAT has no port left for new connections: model providers, marketplace and registries time out.",
    remedy:
      "With `nat_address_count`, raise it. Otherwise look for a workflow that opens thousands of connections to one address.",
  },
  {
    id: "firewall_refusing",
    title: "Cloud Armor refuses many requests",
    severity: "WARNING",
    query: ({ firewallPolicy }) =>
      firewallPolicy &&
      `sum(increase(networksecurity_googleapis_com:https_request_count{policy_name="${firewallPolicy}", blocked="true"}[10m]))`,
    threshold: 1000,
    unit: "requests in ten minutes",
    minutes: 0,
    meaning: "Somebody attacks, or a rule refuses what people need.",
    remedy:
      "The gateway's log says which rule refused what (docs/logging.md). If that was right, do nothing. Otherwise exempt the clients (`admin_ip_ranges`) or let the rules only log (`cloud_armor_preview`).",
  },
  {
    id: "secret_rotation_due",
    title: "a secret's rotation is due",
    severity: "WARNING",
    query: ({ rotationTopic }) =>
      rotationTopic &&
      `sum(increase(pubsub_googleapis_com:topic_send_message_operation_count{monitored_resource="pubsub_topic", topic_id="${rotationTopic}"}[1h]))`,
    threshold: 0,
    unit: "reminders in an hour",
    minutes: 0,
    meaning:
      "A secret is older than `secret_rotation_period`. Secret Manager only sends a reminder and changes nothing.",
    remedy: "Rotate it as docs/operations.md describes. Secrets whose rotation would destroy data have no reminder.",
  },
];

/** All of them, in the order of docs/monitoring.md. */
export const standardAlerts: readonly StandardAlert[] = [...metricAlerts, ...componentAlerts, ...logAlerts];
