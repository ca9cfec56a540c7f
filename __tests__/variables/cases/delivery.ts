import type { RuleCase } from "./rule-case";

const TRIGGER = {
  enable_cicd_trigger: true,
  github_repository_url: "https://github.com/owner/name",
  github_app_installation_id: "123",
} as const;
const PIPELINE = { ...TRIGGER, enable_cloud_deploy: true } as const;
const stages = (...cloud_deploy_stages: object[]) => ({ ...PIPELINE, cloud_deploy_stages });

/** Cloud Build and Cloud Deploy. */
export const deliveryCases: readonly RuleCase[] = [
  {
    id: "running-image-kept",
    breaks: [{ ...TRIGGER, max_images_to_retain: 0 }],
    holds: [
      { ...TRIGGER, max_images_to_retain: 0, image_retention_days: 0 },
      { ...TRIGGER, max_images_to_retain: 1 },
      { max_images_to_retain: 0, enable_image_mirroring: true },
    ],
  },
  {
    id: "cloud-deploy-needs-trigger",
    breaks: [{ enable_cloud_deploy: true }],
    holds: [{ enable_cloud_deploy: true, enable_cicd_trigger: true }],
  },
  {
    id: "trigger-needs-repository",
    breaks: [{ enable_cicd_trigger: true }],
    holds: [TRIGGER],
  },
  {
    id: "trigger-on-github",
    breaks: [
      { ...TRIGGER, github_repository_url: "https://gitlab.com/owner/name" },
      { ...TRIGGER, github_repository_url: "https://github.com.example.com/owner/name" },
      // No address at all, though it looks like one.
      { ...TRIGGER, github_repository_url: "https://256.256.256.256/owner/name" },
    ],
    holds: [
      TRIGGER,
      { ...TRIGGER, github_repository_url: "https://GitHub.com/owner/name" },
      { github_repository_url: "https://gitlab.com/owner/name" },
    ],
  },
  {
    id: "trigger-needs-installation",
    breaks: [{ ...TRIGGER, github_app_installation_id: "" }],
    holds: [TRIGGER, {}],
  },
  {
    id: "stages-once",
    breaks: [
      stages({ name: "dev" }, { name: "dev" }),
      stages({ name: "dev", target_name: "one" }, { name: "prod", target_name: "one" }),
    ],
    holds: [PIPELINE, stages({ name: "dev", target_name: "one" }, { name: "prod", target_name: "two" })],
  },
  {
    id: "stages-apart",
    breaks: [
      stages({ name: "dev" }, { name: "qa", namespace: "shared" }, { name: "prod", namespace: "shared" }),
      // The namespace that a stage of its own gets.
      {
        ...stages({ name: "dev" }, { name: "qa" }, { name: "prod", namespace: "home-qa" }),
        namespace_name: "home",
      },
    ],
    holds: [
      PIPELINE,
      stages(
        { name: "dev" },
        { name: "qa", namespace: "shared" },
        { name: "prod", namespace: "shared", project_id: "other-project" },
      ),
    ],
  },
  {
    id: "stages-redis-apart",
    breaks: [
      // The fifth stage in addition to the environment itself, on somebody else's Redis: databases 15, 16 and 17 of 16.
      { ...stages(...["dev", "a", "b", "c", "d", "e"].map((name) => ({ name }))), redis_host: "10.0.0.3" },
      { ...stages({ name: "dev" }, { name: "a", redis_database: 14 }), redis_host: "10.0.0.3" },
    ],
    holds: [
      PIPELINE,
      stages(...["dev", "a", "b", "c", "d", "e", "f", "g", "h"].map((name) => ({ name }))),
      { ...stages(...["dev", "a", "b", "c", "d"].map((name) => ({ name }))), redis_host: "10.0.0.3" },
      { ...stages({ name: "dev" }, { name: "a", redis_database: 12 }, { name: "b" }), redis_host: "10.0.0.3" },
      {
        ...stages({ name: "dev" }, ...["a", "b", "c", "d", "e", "f"].map((name) => ({ name, namespace: name }))),
        redis_host: "10.0.0.3",
      },
    ],
  },
  {
    id: "stages-redis-apart",
    count: 2,
    breaks: [stages({ name: "dev" }, { name: "a", redis_database: 30 }, { name: "b", redis_database: 32 })],
    holds: [stages({ name: "dev" }, { name: "a", redis_database: 30 }, { name: "b", redis_database: 33 })],
  },
  {
    id: "front-stage-here",
    breaks: [
      { ...PIPELINE, gateway_backend_stage: "live" },
      { ...stages({ name: "dev" }, { name: "prod", namespace: "prod" }), gateway_backend_stage: "prod" },
    ],
    holds: [
      PIPELINE,
      stages({ name: "only" }),
      { ...PIPELINE, gateway_backend_stage: "staging" },
      { ...stages({ name: "only" }), gateway_backend_stage: "only" },
    ],
  },
  {
    id: "last-stage-promotes-nothing",
    breaks: [stages({ name: "dev" }, { name: "prod", auto_promote: true })],
    holds: [stages({ name: "dev", auto_promote: true }, { name: "prod" })],
  },
  {
    id: "delivered-once",
    breaks: [{ ...TRIGGER, delivered_by_service_account: "deploy@demo-project.iam.gserviceaccount.com" }],
    holds: [TRIGGER, { delivered_by_service_account: "deploy@demo-project.iam.gserviceaccount.com" }],
  },
  {
    id: "control-plane-by-dns",
    shows: "master_authorized_networks",
    breaks: [
      { ...TRIGGER, master_authorized_networks: ["203.0.113.0/24"] },
      { ...TRIGGER, master_authorized_networks: ["203.0.113.0/24"], network_name: "shared" },
    ],
    holds: [
      TRIGGER,
      { master_authorized_networks: ["203.0.113.0/24"] },
      { kubernetes_endpoint: "dns" },
      {
        ...TRIGGER,
        master_authorized_networks: ["203.0.113.0/24"],
        cloud_build_worker_pool: "projects/p/locations/us-central1/workerPools/own",
      },
      { ...TRIGGER, master_authorized_networks: ["203.0.113.0/24"], network_name: "a", gke_cluster_name: "b" },
    ],
  },
  {
    id: "build-pool-in-region",
    shows: "cloud_build_worker_pool",
    breaks: [
      { ...TRIGGER, cloud_build_worker_pool: "projects/p/locations/europe-west1/workerPools/own" },
      {
        ...TRIGGER,
        region: "europe-west1",
        cloud_build_worker_pool: "projects/us-central1/locations/us-central1/workerPools/europe-west1",
      },
    ],
    holds: [
      TRIGGER,
      { ...TRIGGER, cloud_build_worker_pool: "projects/p/locations/us-central1/workerPools/own" },
      {
        ...TRIGGER,
        region: "europe-west1",
        cloud_build_worker_pool: "projects/p/locations/europe-west1/workerPools/own",
      },
      { cloud_build_worker_pool: "projects/p/locations/europe-west1/workerPools/own" },
    ],
  },
  {
    id: "built-or-given",
    breaks: [{ ...TRIGGER, container_image_source: "prebuilt", container_image: "ghcr.io/acme/dify-api:1" }],
    holds: [
      { ...TRIGGER, container_image_source: "prebuilt" },
      { ...TRIGGER, container_image_source: "custom", container_image: "ghcr.io/acme/dify-api:1" },
    ],
  },
  {
    id: "scan-of-stock-images",
    shows: "image_scan_severity",
    breaks: [
      { ...TRIGGER, image_scan_severity: "HIGH", container_image_source: "prebuilt" },
      { ...TRIGGER, image_scan_severity: "LOW", container_build_config: { enabled: false } },
    ],
    holds: [
      { ...TRIGGER, image_scan_severity: "HIGH" },
      { ...TRIGGER, image_scan_severity: "OFF", container_image_source: "prebuilt" },
      { ...TRIGGER, container_image_source: "prebuilt" },
      { image_scan_severity: "HIGH", container_image_source: "prebuilt" },
    ],
  },
];
