import { newest } from "../../../modules/dify-common/releases";
import type { RuleCase } from "./rule-case";
import { cron, job, service } from "./workloads";

const domains = (count: number): string[] => Array.from({ length: count }, (_, index) => `${index}.example.com`);
const DIGEST = `sha256:${"a".repeat(64)}`;

const SIGN_IN = {
  enable_custom_domain: true,
  application_domains: ["dify.example.com"],
  enable_iap: true,
  iap_authorized_users: ["ann@example.com"],
  iap_exempt_paths: ["/v1"],
};

/** Jobs, buckets, releases, the way in, images. */
export const resourceCases: readonly RuleCase[] = [
  {
    id: "workload-names-unique",
    breaks: [{ ...service({}), ...cron({ name: "tika" }) }],
    holds: [{ ...service({}), ...cron({}) }],
  },
  {
    id: "workload-names-free",
    breaks: [
      service({ name: "plugin-daemon" }),
      cron({ name: "worker" }),
      cron({ name: "db-init" }),
      { ...service({ name: "proxy-open" }), ...SIGN_IN },
      { ...cron({ name: "default-deny" }), enable_network_segmentation: true },
      { ...cron({ name: "verify" }), delivered_by_service_account: "deploy@demo-project.iam.gserviceaccount.com" },
      { ...service({ name: "qdrant" }), vector_store: "qdrant" },
      { ...cron({ name: "redis-sentinel" }), data_services: { redis: "kubeblocks" } },
      { ...cron({ name: "database-maintenance" }), database_maintenance_schedule: "0 3 * * 0" },
    ],
    holds: [
      job({ name: "db-init" }),
      service({ name: "proxy-open" }),
      { ...job({ name: "proxy-open" }), ...SIGN_IN },
      cron({ name: "default-deny" }),
      cron({ name: "verify" }),
      service({ name: "qdrant" }),
      service({ name: "constructor" }),
    ],
  },
  {
    id: "job-dependencies-known",
    breaks: [job({ depends_on_jobs: ["job-9"] })],
    holds: [job({ depends_on_jobs: ["db-init"] }, { depends_on_jobs: ["job-0"] })],
  },
  {
    id: "job-dependencies-end",
    breaks: [job({ depends_on_jobs: ["job-1"] }, { depends_on_jobs: ["job-0"] }), job({ depends_on_jobs: ["job-0"] })],
    holds: [
      job({ depends_on_jobs: ["job-1"] }, {}),
      job({}, { depends_on_jobs: ["job-0"] }, { depends_on_jobs: ["job-1"] }),
    ],
  },
  {
    id: "share-for-mounts",
    breaks: [
      { ...cron({ mount_nfs: true }), enable_nfs: false, redis_host: "10.0.0.3" },
      {
        ...service({ volume_mounts: [{ name: "nfs-data-volume", mount_path: "/share" }] }),
        enable_nfs: false,
        redis_host: "10.0.0.3",
      },
    ],
    holds: [cron({ mount_nfs: true })],
  },
  {
    id: "volumes-known",
    breaks: [
      cron({ mount_gcs_volumes: ["files"] }),
      service({ volume_mounts: [{ name: "files", mount_path: "/files" }] }),
    ],
    holds: [
      service({ volume_mounts: [{ name: "nfs-data-volume", mount_path: "/files" }] }),
      {
        ...cron({ mount_gcs_volumes: ["files"] }),
        gcs_volumes: [{ name: "files", bucket_name: "data", mount_path: "/files" }],
      },
    ],
  },
  {
    id: "service-instances-order",
    breaks: [service({ min_instance_count: 2 })],
    holds: [service({ min_instance_count: 2, max_instance_count: 2 })],
  },
  {
    id: "service-runs",
    breaks: [service({ min_instance_count: 0 })],
    holds: [service({ min_instance_count: 1 })],
  },
  {
    id: "job-scripts-exist",
    breaks: [
      cron({ script_path: "no-such-script.sh" }),
      { ...cron({ script_path: "docs.ts" }), scripts_dir: "nowhere" },
      cron({ script_path: "jobs" }),
      cron({ script_path: "/etc/passwd" }),
      cron({ script_path: "x".repeat(300_000) }),
      { ...cron({ script_path: "typescript/bin/tsc/.." }), scripts_dir: "node_modules" },
      { ...cron({ script_path: "hcl2json/main.wasm.gz" }), scripts_dir: "node_modules/@cdktf" },
    ],
    holds: [cron({ script_path: "docs.ts" }), { ...cron({ script_path: "docs.ts" }), scripts_dir: "scripts" }],
  },
  {
    id: "job-has-a-command",
    breaks: [cron({}), job({ image: "" })],
    holds: [
      cron({ command: ["flask"] }),
      cron({ args: ["x"] }),
      cron({ env_vars: { MODE: "migration" } }),
      cron({ script_path: "docs.ts" }),
      job({}),
    ],
  },
  {
    id: "job-fields-of-cloud-run",
    breaks: [job({ execution_mode: "SERVICE" }), service({ ingress: "INGRESS_TRAFFIC_ALL" })],
    holds: [job({ execution_mode: "TASK" }), service({})],
  },
  {
    id: "bucket-names-short",
    breaks: [{ storage_buckets: [{ name_suffix: "a".repeat(40) }], application_name: "dify-for-everyone" }],
    holds: [
      { storage_buckets: [{ name_suffix: "a".repeat(40) }] },
      {
        storage_buckets: [{ name_suffix: "a".repeat(40) }],
        application_name: "dify-for-everyone",
        create_cloud_storage: false,
      },
    ],
  },
  {
    id: "domains-named",
    breaks: [
      { enable_custom_domain: true, enable_cloud_armor: true },
      { enable_custom_domain: true, enable_cdn: true },
    ],
    holds: [
      { enable_custom_domain: true },
      { enable_custom_domain: true, enable_cloud_armor: true, application_domains: ["dify.example.com"] },
      { enable_custom_domain: true, enable_cloud_armor: true, enable_iap: true },
    ],
  },
  {
    id: "domains-public",
    breaks: ["dify.local", "ai.corp", "dify.internal"].map((domain) => ({
      enable_custom_domain: true,
      application_domains: [domain],
    })),
    holds: [
      { enable_custom_domain: true, application_domains: ["dify.local.example.com", "ai.localhost.run"] },
      { application_domains: ["dify.local"] },
    ],
  },
  {
    id: "admin-ranges-narrow",
    breaks: [
      { enable_cloud_armor: true, admin_ip_ranges: ["0.0.0.0/0"] },
      { enable_cloud_armor: true, admin_ip_ranges: ["203.0.113.0/24", "128.0.0.0/1"] },
    ],
    holds: [{ enable_cloud_armor: true, admin_ip_ranges: ["10.0.0.0/8", "203.0.113.0/24"] }],
  },
  {
    id: "default-namespace-allowed",
    breaks: [
      { application_name: "kube" },
      { application_name: "gke" },
      { application_name: "istio-x" },
      { application_name: "kube", namespace_name: "ai", enable_cloud_deploy: true },
    ],
    holds: [
      { application_name: "kubes" },
      { application_name: "kube", namespace_name: "ai" },
      {
        application_name: "kube",
        namespace_name: "ai",
        enable_cloud_deploy: true,
        cloud_deploy_stages: [{ name: "prod", namespace: "ai-prod" }],
      },
    ],
  },
  {
    id: "bucket-names-allowed",
    breaks: [
      { storage_buckets: [{ name_suffix: "for-google-drive" }] },
      { storage_buckets: [{ name_suffix: "g00gle" }] },
      { application_name: "goog" },
      { application_name: "my-google", create_cloud_storage: false },
      { tenant_id: "google" },
    ],
    holds: [
      { storage_buckets: [{ name_suffix: "goog" }, { name_suffix: "goggles" }], tenant_id: "goog" },
      { storage_buckets: [{ name_suffix: "google" }], create_cloud_storage: false },
    ],
  },
  {
    id: "bucket-names-unique",
    breaks: [
      { storage_buckets: [{ name_suffix: "data" }, { name_suffix: "data" }] },
      { storage_buckets: [{ name_suffix: "storage" }] },
      { storage_buckets: [{ name_suffix: "backups" }], enable_portable_backups: true },
    ],
    holds: [{ storage_buckets: [{ name_suffix: "data" }, { name_suffix: "files" }] }],
  },
  {
    id: "own-labels",
    breaks: [{ resource_labels: { environment: "x" } }, { resource_labels: { "managed-by": "x" } }],
    holds: [{ resource_labels: { env: "x", team: "y" } }],
  },
  {
    id: "labels-have-values",
    breaks: [{ resource_labels: { env: "" } }, { resource_labels: { env: "", team: "", cost: "1" } }],
    holds: [{ resource_labels: {} }, { resource_labels: { env: "x" } }],
  },
  {
    id: "bucket-access-uniform",
    breaks: [{ storage_buckets: [{ name_suffix: "a", uniform_bucket_level_access: false }] }],
    holds: [{ storage_buckets: [{ name_suffix: "a", uniform_bucket_level_access: true }] }],
  },
  {
    id: "bucket-deletion",
    breaks: [{ storage_buckets: [{ name_suffix: "a", force_destroy: true }] }],
    holds: [{ storage_buckets: [{ name_suffix: "a", force_destroy: true }], deletion_protection: false }],
  },
  {
    id: "version-pinned",
    breaks: [
      { application_version: "latest" },
      { component_image_tags: { proxy: "latest" } },
      { container_image: "example/dify-api:latest" },
      { sandbox_image: "example/dify-sandbox:latest" },
    ],
    holds: [{ application_version: "1.16.1" }, { container_image: "example/dify-api:1.16.1" }],
  },
  {
    id: "old-plugins-need-share",
    breaks: [
      { application_version: "1.8.1", enable_nfs: false, redis_host: "10.0.0.3" },
      { application_version: "1.13.3", enable_nfs: false, redis_host: "10.0.0.3" },
      { component_image_tags: { plugin_daemon: "0.5.9-local" }, enable_nfs: false, redis_host: "10.0.0.3" },
    ],
    holds: [
      { application_version: "1.8.1" },
      { enable_nfs: false, redis_host: "10.0.0.3" },
      { application_version: "1.14.0", enable_nfs: false, redis_host: "10.0.0.3" },
    ],
  },
  {
    id: "version-in-catalogue",
    breaks: [
      { application_version: "99.0.0" },
      { application_version: "99.0.0-rc.1" },
      { application_version: "1.11.5" },
      { application_version: "1.10.2", component_image_tags: { plugin_daemon: "0.5.1-local" } },
    ],
    holds: [
      { application_version: "1.16.1" },
      { application_version: "1.16.1-fix.1" },
      { application_version: "1.15.0-rc.2" },
      { application_version: "1.14.3" },
      {},
    ],
  },
  {
    id: "version-known",
    breaks: [
      { application_version: "1.16.01" },
      { application_version: "v1.16.1" },
      { application_version: "1.16" },
      { application_version: "1.16.1-acme" },
      { application_version: "0.15.3" },
      { application_version: "1.8.0" },
      { application_version: "1.14.3" },
      { application_version: "1.10.2" },
      { application_version: "1.15.1", component_image_tags: { agent_backend: "1.15.1" } },
    ],
    holds: [
      { application_version: "1.16.1-fix.1" },
      { application_version: "99.0.0" },
      { application_version: "1.11.5" },
      { application_version: "latest" },
      {},
    ],
  },
  {
    id: "release-vulnerable",
    breaks: [
      { application_version: "1.8.1" },
      { application_version: "1.10.1" },
      { application_version: "1.10.1-rc.1" },
    ],
    // 1.8.1, 1.10.1 and its candidate: the front end and the API both.
    count: 2,
    holds: [{ application_version: "1.15.0" }, { application_version: "1.16.1" }, { application_version: "latest" }],
  },
  {
    id: "release-vulnerable",
    breaks: [
      { application_version: "1.14.1" },
      { component_image_tags: { web: "1.9.0" } },
      { application_version: "1.15.0", environment_variables: { VECTOR_STORE: "myscale" } },
    ],
    holds: [{ application_version: "1.15.0", environment_variables: { VECTOR_STORE: "pgvector" } }],
  },
  {
    id: "downgrade-allowed",
    breaks: [{ allow_version_downgrade: true }],
    holds: [{ allow_version_downgrade: false }],
  },
  {
    id: "upgrade-step-not-passed",
    breaks: [
      { application_version: "1.15.0", upgrade_steps_by_hand: ["1.15.0"] },
      { application_version: "1.8.1", upgrade_steps_by_hand: ["1.9.0"] },
    ],
    holds: [{ upgrade_steps_by_hand: ["1.9.0", "1.15.0"] }, { application_version: "latest" }],
  },
  {
    id: "iap-needs-domain",
    breaks: [{ enable_iap: true }],
    holds: [{ enable_iap: true, enable_custom_domain: true }],
  },
  {
    id: "iap-lets-someone-in",
    breaks: [{ enable_iap: true, enable_custom_domain: true }],
    holds: [{ enable_iap: true, iap_authorized_groups: ["team@example.com"] }, {}],
  },
  {
    id: "iap-members-once",
    breaks: [
      { enable_iap: true, enable_custom_domain: true, iap_authorized_users: ["me@example.com", "user:me@example.com"] },
      { enable_iap: true, enable_custom_domain: true, iap_authorized_users: ["me@example.com", "Me@example.com"] },
      {
        enable_iap: true,
        enable_custom_domain: true,
        iap_authorized_groups: ["us@example.com", "group:us@example.com"],
      },
    ],
    holds: [
      {
        enable_iap: true,
        enable_custom_domain: true,
        iap_authorized_users: ["me@example.com", "serviceAccount:me@demo-project.iam.gserviceaccount.com"],
        iap_authorized_groups: ["us@example.com"],
      },
    ],
  },
  {
    id: "cdn-without-iap",
    breaks: [{ enable_cdn: true, enable_iap: true, enable_custom_domain: true }],
    holds: [
      { enable_cdn: true, enable_custom_domain: true },
      { enable_iap: true, enable_custom_domain: true },
    ],
  },
  {
    id: "gateway-needs-address",
    breaks: [
      { reserve_static_ip: false, enable_custom_domain: true },
      { reserve_static_ip: false, enable_cloud_armor: true },
      { reserve_static_ip: false, enable_cdn: true },
    ],
    holds: [{ reserve_static_ip: false }, { enable_custom_domain: true }],
  },
  {
    id: "gateway-service-internal",
    breaks: [{ service_type: "NodePort", enable_custom_domain: true }],
    holds: [
      { service_type: "NodePort" },
      { service_type: "ClusterIP", enable_custom_domain: true },
      { service_type: "LoadBalancer", enable_cdn: true },
    ],
  },
  {
    id: "container-speaks-http1",
    breaks: [
      { container_protocol: "h2c", enable_custom_domain: true },
      { container_protocol: "h2c", enable_cdn: true },
      { container_protocol: "h2c", component_image_tags: { proxy: "1.25.0-alpine" } },
      { container_protocol: "h2c", component_image_tags: { proxy: "1.24" } },
    ],
    holds: [
      { container_protocol: "http1", enable_custom_domain: true, component_image_tags: { proxy: "1.24.0" } },
      { container_protocol: "h2c" },
      { container_protocol: "h2c", component_image_tags: { proxy: "1.25.1" } },
      { container_protocol: "h2c", component_image_tags: { proxy: "1.27" } },
      { container_protocol: "h2c", component_image_tags: { proxy: "stable-alpine" } },
    ],
  },
  {
    id: "gateway-has-two-ports",
    breaks: [{ extra_service_ports: [{ name: "more", port: 8443 }], enable_cloud_armor: true }],
    holds: [{ extra_service_ports: [{ name: "more", port: 8443 }] }, { enable_cloud_armor: true }],
  },
  {
    id: "domains-once",
    breaks: [{ enable_custom_domain: true, application_domains: ["a.example.com", "a.example.com"] }],
    holds: [{ enable_custom_domain: true, application_domains: ["a.example.com", "b.example.com"] }],
  },
  {
    id: "domains-fit",
    breaks: [
      { enable_custom_domain: true, application_domains: domains(17) },
      { enable_custom_domain: true, enable_iap: true, application_domains: domains(14) },
    ],
    holds: [
      { enable_custom_domain: true, application_domains: domains(16) },
      { enable_custom_domain: true, enable_iap: true, application_domains: domains(13) },
    ],
  },
  {
    id: "gateway-log-counts",
    breaks: [
      { gateway_log: "all" },
      { gateway_log_sample_rate: 0.1, enable_custom_domain: true },
      { gateway_log_sample_rate: 0.1, enable_cloud_armor: true, gateway_log: "none" },
    ],
    holds: [
      { gateway_log: "all", gateway_log_sample_rate: 0.1, enable_custom_domain: true },
      { gateway_log_sample_rate: 0.1, enable_cloud_armor: true },
      { gateway_log: "none", enable_cloud_armor: true },
    ],
  },
  {
    id: "gateway-is-the-door",
    shows: "trusted_proxy_namespaces",
    breaks: [{ enable_cloud_armor: true, trusted_proxy_namespaces: ["ingress-nginx"] }],
    holds: [
      { trusted_proxy_namespaces: ["ingress-nginx"] },
      { enable_cloud_armor: true, trusted_proxy_ranges: ["10.20.0.0/24"] },
    ],
  },
  {
    id: "public-urls-once",
    breaks: [{ public_urls: ["https://a.example.com", "https://b.example.com", "https://a.example.com"] }],
    holds: [{ public_urls: ["https://a.example.com", "https://a.example.com:8443"] }],
  },
  {
    id: "public-urls-sign-in",
    shows: "public_urls",
    breaks: [{ public_urls: ["https://a.example.com", "http://b.example.com"] }],
    holds: [
      { public_urls: ["https://a.example.com", "https://b.example.com"] },
      { public_urls: ["http://a.example.com", "https://b.example.com"] },
      { public_urls: ["http://dify:8080"] },
    ],
  },
  {
    id: "own-proxy-says-who",
    breaks: [
      { public_urls: ["https://a.example.com"] },
      { public_urls: ["https://a.example.com"], enable_custom_domain: true, application_domains: ["b.example.com"] },
    ],
    holds: [
      {},
      { public_urls: ["https://a.example.com"], trusted_proxy_ranges: ["10.20.0.0/24"] },
      { public_urls: ["https://a.example.com"], enable_custom_domain: true, application_domains: ["a.example.com"] },
    ],
  },
  {
    id: "trusted-proxies-narrow",
    shows: "trusted_proxy_ranges",
    breaks: [{ trusted_proxy_ranges: ["10.20.0.0/24", "0.0.0.0/0"] }, { trusted_proxy_ranges: ["128.0.0.0/1"] }],
    holds: [{ trusted_proxy_ranges: ["10.0.0.0/8", "203.0.113.4/32"] }],
  },
  {
    id: "clients-keep-their-address",
    breaks: [{ external_traffic_policy: "Cluster" }],
    holds: [
      { external_traffic_policy: "Local" },
      { external_traffic_policy: "Cluster", service_type: "NodePort" },
      { external_traffic_policy: "Cluster", enable_custom_domain: true },
    ],
  },
  {
    id: "proxy-namespaces-count",
    breaks: [
      { trusted_proxy_namespaces: ["ingress-nginx"] },
      { trusted_proxy_namespaces: ["ingress-nginx"], service_type: "NodePort", enable_network_segmentation: true },
    ],
    holds: [
      { trusted_proxy_namespaces: ["ingress-nginx"], service_type: "ClusterIP" },
      { trusted_proxy_namespaces: ["ingress-nginx"], load_balancer_source_ranges: ["10.20.0.0/24"] },
    ],
  },
  {
    id: "client-limit-counts",
    breaks: [
      { client_connection_limit: 50, service_type: "ClusterIP" },
      { client_connection_limit: 50, external_traffic_policy: "Cluster" },
      { client_connection_limit: 50, service_type: "NodePort" },
      { client_connection_limit: 50, public_urls: ["https://a.example.com"] },
      { client_connection_limit: 50, public_urls: ["https://a.example.com"], external_traffic_policy: "Cluster" },
    ],
    holds: [
      { client_connection_limit: 50 },
      { client_connection_limit: 50, service_type: "ClusterIP", trusted_proxy_ranges: ["10.20.0.0/24"] },
      { client_connection_limit: 50, service_type: "ClusterIP", enable_custom_domain: true },
      { client_connection_limit: 50, service_type: "NodePort", external_traffic_policy: "Local" },
    ],
  },
  {
    id: "service-is-published",
    breaks: [
      { load_balancer_source_ranges: ["203.0.113.0/24"], service_type: "NodePort" },
      { load_balancer_source_ranges: ["203.0.113.0/24"], enable_cloud_armor: true },
      { external_traffic_policy: "Local", service_type: "ClusterIP" },
    ],
    holds: [
      { load_balancer_source_ranges: ["203.0.113.0/24"], external_traffic_policy: "Local" },
      { external_traffic_policy: "Local", service_type: "NodePort" },
      { service_type: "ClusterIP" },
    ],
  },
  {
    id: "iap-exempt-paths-narrow",
    breaks: [
      { iap_exempt_paths: ["/v1", "/console/api"] },
      { iap_exempt_paths: ["/console"] },
      ...["/app", "/explore", "/account", "/init", "/forgot-password/", "/signin/sso", "/install"].map((path) => ({
        iap_exempt_paths: [path],
      })),
    ],
    holds: [
      {
        iap_exempt_paths: [
          "/v1",
          "/consoles",
          "/triggers/webhook",
          "/chat",
          "/webapp-signin",
          "/_next/static",
          "/.well-known",
        ],
      },
    ],
  },
  {
    id: "existing-policy-has-its-rules",
    breaks: [
      { enable_cloud_armor: true, create_cloud_armor_policy: false, admin_ip_ranges: ["203.0.113.0/24"] },
      { enable_cloud_armor: true, create_cloud_armor_policy: false, cloud_armor_preview: true },
    ],
    holds: [
      { enable_cloud_armor: true, create_cloud_armor_policy: false },
      { enable_cloud_armor: true, admin_ip_ranges: ["203.0.113.0/24"], cloud_armor_preview: true },
    ],
  },
  {
    id: "binauthz-refuses-nothing",
    breaks: [{ enable_binary_authorization: true }],
    holds: [
      {},
      { enable_binary_authorization: true, binauthz_evaluation_mode: "ALWAYS_ALLOW" },
      { enable_binary_authorization: true, binauthz_evaluation_mode: "REQUIRE_ATTESTATION" },
    ],
    shows: "enable_binary_authorization",
  },
  {
    id: "binauthz-denies-new-images",
    breaks: [{ enable_binary_authorization: true, binauthz_evaluation_mode: "ALWAYS_DENY" }],
    holds: [
      { enable_binary_authorization: false, binauthz_evaluation_mode: "ALWAYS_DENY" },
      { enable_binary_authorization: true, binauthz_evaluation_mode: "REQUIRE_ATTESTATION" },
    ],
    shows: "binauthz_evaluation_mode",
  },
  {
    id: "digests-name-images",
    breaks: [
      { image_digests: { "langgenius/dify-api:1.16.2": DIGEST } },
      { image_digests: { "langgenius/dify-api:1.0.0": DIGEST, [`langgenius/dify-web:${newest.version}`]: DIGEST } },
      { image_digests: { [`langgenius/dify-api:${newest.version}`]: DIGEST }, application_version: "1.8.1" },
    ],
    holds: [
      { image_digests: { [`langgenius/dify-api:${newest.version}`]: DIGEST, "postgres:15.14-alpine3.22": DIGEST } },
      { image_digests: { "langgenius/dify-api:1.8.1": DIGEST }, application_version: "1.8.1" },
      { image_digests: { "gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.18.2-alpine": DIGEST } },
      { ...job({ image: "busybox:1.37", script_path: "missing.sh" }), image_digests: { "busybox:1.37": DIGEST } },
    ],
    shows: "image_digests",
  },
];
