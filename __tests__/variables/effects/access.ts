import { cases, type EffectCases } from "./effect-case";

const GOOGLE = { deploy_application: false };
const NAMED_CLUSTER = { ...GOOGLE, gke_cluster_name: "shared", network_name: "shared" };
const DOMAIN = { enable_custom_domain: true, application_domains: ["dify.example.com"] };
const IAP = { ...DOMAIN, enable_iap: true, iap_authorized_users: ["ann@example.com"] };
const PERIMETER = {
  enable_vpc_sc: true,
  organization_id: "123",
  vpc_sc_identities: ["serviceAccount:terraform@demo-project.iam.gserviceaccount.com"],
};
const ARMOR = { enable_cloud_armor: true };
const SEGMENTED = { enable_network_segmentation: true };
const EGRESS = [{ components: ["plugin-daemon"], cidr: "10.0.0.7", ports: [8000] }];
const REDIS = { redis_host: "10.0.0.3" };

/** Groups 19 to 22. */
export const accessEffects: EffectCases = {
  enable_custom_domain: { value: true },
  application_domains: [{ value: ["other.example.com"], with: DOMAIN }, { value: ["other.example.com"] }],
  public_urls: [
    { value: ["https://ai.example.com"], with: { trusted_proxy_ranges: ["10.20.0.0/24"] } },
    { value: ["https://ai.example.com"], with: DOMAIN },
  ],
  trusted_proxy_ranges: [{ value: ["10.20.0.0/24"] }, { value: ["10.20.0.0/24"], with: DOMAIN }],
  trusted_proxy_namespaces: [
    { value: ["istio-system"], with: { service_type: "ClusterIP" } },
    { value: ["ingress-nginx"], with: { load_balancer_source_ranges: ["10.20.0.0/24"] } },
    { value: ["ingress-nginx"], with: { enable_network_segmentation: true } },
    { value: ["ingress-nginx"], with: DOMAIN },
  ],
  gateway_log: [
    { value: "all", with: DOMAIN },
    { value: "none", with: ARMOR },
    { value: "all", with: { enable_cdn: true } },
    { value: "all" },
  ],
  gateway_log_sample_rate: [
    { value: 0.1, with: ARMOR },
    { value: 0.1, with: { ...DOMAIN, gateway_log: "all" } },
    { value: 0.1, with: DOMAIN },
  ],
  client_connection_limit: [{ value: 50 }, { value: 50, with: { service_type: "ClusterIP" } }],
  load_balancer_source_ranges: [
    { value: ["203.0.113.0/24"] },
    { value: ["203.0.113.0/24"], with: { service_type: "NodePort" } },
    { value: ["203.0.113.0/24"], with: DOMAIN },
  ],
  external_traffic_policy: [
    { value: "Cluster" },
    { value: "Local", with: { service_type: "NodePort" } },
    { value: "Local", with: { service_type: "ClusterIP" } },
    { value: "Cluster", with: DOMAIN },
  ],
  reserve_static_ip: [
    { value: false },
    { value: false, with: { service_type: "ClusterIP" } },
    { value: false, with: DOMAIN },
  ],
  static_ip_name: [
    { value: "my-address" },
    { value: "my-address", with: DOMAIN },
    { value: "my-address", with: { service_type: "ClusterIP" } },
    { value: "my-address", with: { reserve_static_ip: false } },
  ],
  network_tags: [
    { value: ["nfsserver", "other"], with: GOOGLE },
    { value: ["nfsserver", "other"], with: NAMED_CLUSTER },
  ],
  network_name: { value: "shared", with: GOOGLE },
  network_project_id: {
    value: "host-project",
    with: { ...GOOGLE, network_name: "shared", subnetwork_name: "nodes", create_file_server_firewall: true },
  },
  subnetwork_name: [
    { value: "nodes", with: { ...GOOGLE, network_name: "shared" } },
    { value: "nodes", with: { ...NAMED_CLUSTER, nfs_instance_name: "shared" } },
  ],
  ...Object.fromEntries(
    ["pod_range_name", "service_range_name"].map((name) => [
      name,
      [
        { value: "others", with: { ...GOOGLE, network_name: "shared", subnetwork_name: "nodes" } },
        { value: "others", with: { ...NAMED_CLUSTER, subnetwork_name: "nodes" } },
      ],
    ]),
  ),
  create_file_server_firewall: [
    { value: false, with: { ...GOOGLE, network_name: "shared" } },
    { value: false, with: { ...GOOGLE, network_name: "shared", nfs_instance_name: "shared" } },
  ],
  additional_egress: [{ value: EGRESS, with: SEGMENTED }, { value: EGRESS }],
  ...cases(
    { ...SEGMENTED, additional_egress: EGRESS },
    {
      components: ["api"],
      cidr: "10.0.0.8",
      ports: [8001],
      protocol: "UDP",
    },
    "additional_egress[].",
  ),
  ...cases(
    { ...SEGMENTED, additional_egress: [{ components: ["api"], namespace: "models", ports: [80] }] },
    { namespace: "other", pod_labels: { app: "ollama" } },
    "additional_egress[].",
  ),
  "additional_egress[].component": {
    value: "web",
    with: { ...SEGMENTED, additional_egress: [{ components: ["plugin-daemon"], component: "proxy" }] },
  },
  ...cases(
    { outbound_proxy: { host: "proxy.corp.example", user: "dify", password_secret: "proxy-password" } },
    { host: "10.20.0.8", port: 8080, user: "other", password_secret: "other", no_proxy: [".corp.example"] },
    "outbound_proxy.",
  ),
  handed_over_services: [
    { value: ["sql_instance"], with: GOOGLE },
    { value: ["network"], with: GOOGLE },
    { value: ["cluster"], with: GOOGLE },
  ],
  create_private_services_access: [
    { value: true, with: { ...GOOGLE, network_name: "shared" } },
    { value: true, with: { ...GOOGLE, network_name: "shared", sql_instance_name: "shared" } },
  ],
  create_nat: [
    { value: true, with: { ...GOOGLE, network_name: "shared" } },
    { value: true, with: { ...NAMED_CLUSTER, nfs_instance_name: "shared" } },
  ],
  nat_address_count: [
    { value: 2, with: GOOGLE },
    { value: 2, with: { ...GOOGLE, network_name: "shared", create_nat: true } },
    { value: 2, with: { ...GOOGLE, network_name: "shared" } },
  ],
  enable_iap: { value: true, with: { ...DOMAIN, iap_authorized_users: [] } },
  ...cases(IAP, {
    iap_authorized_users: ["bob@example.com"],
    iap_authorized_groups: ["team@example.com"],
    iap_exempt_paths: ["/v1"],
    iap_oauth_client_id: "",
    iap_oauth_client_secret: "",
    iap_support_email: "help@example.com",
  }),
  enable_cloud_armor: { value: true },
  admin_ip_ranges: [
    { value: ["203.0.113.0/24"], with: ARMOR },
    { value: ["203.0.113.0/24"], with: PERIMETER },
    { value: ["203.0.113.0/24"] },
  ],
  ...cases(ARMOR, {
    cloud_armor_policy_name: "other",
    create_cloud_armor_policy: false,
    cloud_armor_preview: true,
  }),
  enable_cdn: { value: true },
  enable_redis: { value: false },
  redis_service: [{ value: "memorystore" }, { value: "file_server", with: { redis_host: "10.0.0.3" } }],
  redis_moves_from: { value: "file_server", with: { redis_service: "memorystore" } },
  ...cases(
    { redis_service: "memorystore" },
    { memorystore_memory_gb: 5, memorystore_high_availability: false, memorystore_version: "REDIS_7_0" },
  ),
  redis_host: { value: "10.0.0.4" },
  redis_port: [
    { value: "6380", with: REDIS },
    { value: "6380" },
    { value: "6380", with: { network_name: "shared", nfs_instance_name: "shared" } },
  ],
  redis_database: [
    { value: 3, with: REDIS },
    { value: 3 },
    { value: 3, with: { network_name: "shared", nfs_instance_name: "shared" } },
  ],
  redis_auth: { value: "", with: REDIS },
  redis_tls: { value: true, with: REDIS },
  redis_ca_file: [
    { value: "__tests__/fixtures/certificates/authority.pem", with: { ...REDIS, redis_tls: true } },
    { value: "__tests__/fixtures/certificates/authority.pem" },
  ],
  redis_password_secret: [{ value: "my-redis", with: REDIS }, { value: "my-redis" }],
  enable_audit_logging: { value: true },
  enable_vpc_sc: { value: true, with: { organization_id: "123" } },
  ...cases(PERIMETER, {
    vpc_cidr_ranges: ["10.0.0.0/8"],
    vpc_sc_dry_run: false,
    organization_id: "456",
    access_policy_id: "789",
    vpc_sc_identities: ["user:ann@example.com"],
  }),
};
