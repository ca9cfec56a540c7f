import type { RuleCase } from "./rule-case";

/** Seven installations on one instance. */
const PIPELINE = {
  enable_cicd_trigger: true,
  github_repository_url: "https://github.com/owner/name",
  github_app_installation_id: "12345678",
  enable_cloud_deploy: true,
  gateway_backend_stage: "s1",
  cloud_deploy_stages: [1, 2, 3, 4, 5, 6].map((each) => ({ name: `s${each}` })),
};

const many = { min_instance_count: 2, max_instance_count: 20 };

/** How much is done at a time, and what the database takes. */
export const capacityCases: readonly RuleCase[] = [
  {
    id: "database-connections-fit",
    breaks: [
      many,
      // The user's own pools are counted in, the most as upstream has them too.
      { ...many, max_instance_count: 4, environment_variables: { SQLALCHEMY_POOL_SIZE: "30" } },
      { ...many, max_instance_count: 3, environment_variables: { CELERY_WORKER_AMOUNT: "40" } },
      { component_settings: { api: { max_replicas: 20 } } },
      // As few pods as there can be are too many, in seven stages or on the smallest machine.
      { sql_tier: "db-f1-micro" },
      { max_instance_count: 1, ...PIPELINE },
      { sql_tier: "db-custom-8-30720", cpu_limit: "64", memory_limit: "256Gi" },
      { component_settings: { "plugin-daemon": { environment: { DB_MAX_OPEN_CONNS: "200" } } } },
      {
        ...many,
        max_instance_count: 3,
        environment_variables: { CELERY_WORKER_CLASS: "prefork", CELERY_WORKER_AMOUNT: "16" },
      },
    ],
    holds: [
      // Kubernetes has units of 1000 as well.
      {
        data_services: { postgresql: "kubeblocks" },
        kubeblocks_clusters: { postgresql: { memory: "4000M" } },
      },
      {},
      { max_instance_count: 10 },
      { ...many, sql_tier: "db-custom-8-30720" },
      // Its size is not known here.
      { ...many, sql_instance_name: "theirs" },
      { ...many, sql_tier: "db-n1-standard-2" },
      { ...many, cpu_limit: "1000m", worker_placement: "deployment", worker_max_instance_count: 3 },
    ],
  },
  {
    id: "capacity-counts",
    breaks: [
      { environment_variables: { SERVER_WORKER_AMOUNT: "two" } },
      { environment_variables: { SQLALCHEMY_POOL_SIZE: "1.5" } },
      { secret_environment_variables: { CELERY_WORKER_AMOUNT: "dify-tasks" } },
      { explicit_secret_names: ["GUNICORN_TIMEOUT"] },
      { component_settings: { worker: { environment: { CELERY_WORKER_AMOUNT: "many" } } } },
      { environment_variables: { CELERY_WORKER_CONCURRENCY: "many" } },
    ],
    holds: [{}, { environment_variables: { SERVER_WORKER_AMOUNT: "2", SQLALCHEMY_MAX_OVERFLOW: "0" } }],
  },
  {
    id: "capacity-by-hand",
    breaks: [
      { environment_variables: { SERVER_WORKER_AMOUNT: "3" } },
      { environment_variables: { GUNICORN_TIMEOUT: "3600" } },
      { environment_variables: { CELERY_WORKER_AMOUNT: "1" } },
      { component_settings: { sandbox: { environment: { MAX_WORKERS: "2" } } } },
      { component_settings: { plugin_daemon: { environment: { DB_MAX_OPEN_CONNS: "5" } } } },
      { component_settings: { "api-websocket": { environment: { SERVER_WORKER_CONNECTIONS: "50" } } } },
    ],
    holds: [
      {},
      // What follows anyway, and what the model has nothing to say about.
      { environment_variables: { SERVER_WORKER_AMOUNT: "2", LOG_LEVEL: "DEBUG" } },
    ],
  },
];
