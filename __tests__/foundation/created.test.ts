import { readFileSync } from "node:fs";
import { join } from "node:path";
import { block, needs, only, SERVICES, synthesize } from "./stack";

const CLUSTER = "google_container_cluster.foundation_cluster";
const SQL = "google_sql_database_instance.foundation_sql_instance";
const GROUP = "google_compute_instance_group_manager.foundation_file_server_instance_group";

describe("everything created", () => {
  const stack = synthesize(SERVICES);

  test("Google's provider and a random password are all it takes: no Kubernetes", () => {
    const types = Object.keys({ ...stack.resource, ...stack.data, ...stack.ephemeral });
    expect(types.filter((type) => !type.startsWith("google_"))).toEqual(["terraform_data", "random_password"]);
    // Not even for the accounts that Google makes; the first looks for those who use the file server before a destroy.
    expect(Object.keys(stack.resource["terraform_data"] ?? {}).sort()).toEqual([
      "foundation_file_server_guests",
      ...["container", "servicenetworking", "sqladmin"].map((api) => `foundation_services_${api}_agent_request`),
    ]);
  });

  test("the slow ones do not wait for each other", () => {
    expect(needs(stack, CLUSTER)).toContain("google_compute_subnetwork.foundation_subnetwork");
    expect(needs(stack, CLUSTER)).not.toContain(SQL);
    expect(needs(stack, CLUSTER)).not.toContain(GROUP);
    expect(needs(stack, SQL)).not.toContain(CLUSTER);
    expect(needs(stack, SQL)).not.toContain(GROUP);
    expect(needs(stack, GROUP)).not.toContain(CLUSTER);
    expect(needs(stack, GROUP)).not.toContain(SQL);
  });

  test("everything waits for the API that it uses", () => {
    const apis = new Map<string, string>([
      ["google_compute_", "compute"],
      ["google_container_", "container"],
      ["google_sql_", "sqladmin"],
      ["google_secret_manager_", "secretmanager"],
      ["google_artifact_registry_", "artifactregistry"],
      ["google_service_networking_", "servicenetworking"],
      ["google_service_account", "iam"],
      ["google_project_iam_", "cloudresourcemanager"],
    ]);
    for (const [type, named] of Object.entries(stack.resource)) {
      const api = [...apis].find(([prefix]) => type.startsWith(prefix))?.[1];
      if (api === undefined) continue;
      for (const name of Object.keys(named))
        expect({ name, needs: [...needs(stack, `${type}.${name}`)] }).toMatchObject({
          needs: expect.arrayContaining([`google_project_service.foundation_services_${api}`]) as unknown,
        });
    }
  });

  test("no API is turned off again", () => {
    for (const service of Object.values(stack.resource["google_project_service"] ?? {}))
      expect(service).toMatchObject({ disable_on_destroy: false, disable_dependent_services: false });
  });

  test("the cluster is an Autopilot cluster with private nodes and an account of its own", () => {
    const cluster = only(stack, "google_container_cluster");
    expect(cluster).toMatchObject({
      enable_autopilot: true,
      deletion_protection: true,
      private_cluster_config: { enable_private_nodes: true, enable_private_endpoint: false },
      ip_allocation_policy: { cluster_secondary_range_name: "pods", services_secondary_range_name: "services" },
      gateway_api_config: { channel: "CHANNEL_STANDARD" },
      node_pool_auto_config: { network_tags: { tags: ["nfsserver"] } },
      cluster_autoscaling: {
        auto_provisioning_defaults: {
          service_account: "${google_service_account.foundation_cluster_node_service_account.email}",
        },
      },
    });
    expect(cluster).not.toHaveProperty("master_authorized_networks_config");
    expect(only(stack, "google_project_iam_member")).toMatchObject({
      role: "roles/container.defaultNodeServiceAccount",
      member: "serviceAccount:${google_service_account.foundation_cluster_node_service_account.email}",
    });
  });

  test("a cluster without network tags has no list of them, which Google would not report", () => {
    const untagged = synthesize({ ...SERVICES, cluster: { ...SERVICES.cluster, networkTags: [] } });
    expect(only(untagged, "google_container_cluster")).toHaveProperty("node_pool_auto_config", {});
  });

  test("the SQL instance has a private address only, demands TLS and can go back in time", () => {
    expect(only(stack, "google_sql_database_instance")).toMatchObject({
      deletion_protection: true,
      settings: {
        deletion_protection_enabled: true,
        edition: "ENTERPRISE",
        ip_configuration: { ipv4_enabled: false, ssl_mode: "ENCRYPTED_ONLY" },
        backup_configuration: { enabled: true, point_in_time_recovery_enabled: true },
        // Two hours after the backup, past midnight.
        maintenance_window: { hour: 1 },
      },
      lifecycle: { ignore_changes: ["settings[0].disk_size", "encryption_key_name"] },
    });
    expect(JSON.stringify(stack.resource["google_sql_database_instance"])).not.toMatch(/root_password/);
    expect(needs(stack, SQL)).toContain("google_service_networking_connection.foundation_private_services_connection");
  });

  test("the connection to Google's services is left alone at destroy", () => {
    expect(only(stack, "google_service_networking_connection")).toMatchObject({ deletion_policy: "ABANDON" });
  });

  test("NAT is for the own subnetwork only", () => {
    expect(only(stack, "google_compute_router_nat")).toMatchObject({
      source_subnetwork_ip_ranges_to_nat: "LIST_OF_SUBNETWORKS",
      subnetwork: [
        {
          name: "${google_compute_subnetwork.foundation_subnetwork.id}",
          source_ip_ranges_to_nat: ["ALL_IP_RANGES"],
        },
      ],
    });
  });

  test("the file server is open to the cluster and to health checks, and to nobody else", () => {
    const rules = Object.values(stack.resource["google_compute_firewall"] ?? {});
    expect(rules.map((rule) => [rule["source_ranges"], rule["allow"], rule["target_tags"]])).toEqual([
      [["10.0.0.0/20", "10.4.0.0/14"], [{ ports: ["6379"], protocol: "tcp" }], ["nfsserver"]],
      [["35.191.0.0/16", "130.211.0.0/22"], [{ ports: ["8080"], protocol: "tcp" }], ["nfsserver"]],
      [["10.0.0.0/20"], [{ ports: ["2049"], protocol: "tcp" }], ["nfsserver"]],
    ]);
  });

  test("the file server's disk and address outlive its VM", () => {
    expect(only(stack, "google_compute_disk")).toMatchObject({
      name: "nfs-data",
      lifecycle: { prevent_destroy: true },
    });
    expect(only(stack, "google_compute_instance_template")).toMatchObject({
      disk: [
        { boot: true, auto_delete: true },
        {
          device_name: "data",
          source: "${google_compute_disk.foundation_file_server_data_disk.name}",
          auto_delete: false,
        },
      ],
      network_interface: [{ network_ip: "${google_compute_address.foundation_file_server_address.address}" }],
      lifecycle: { create_before_destroy: true },
    });
    expect(only(stack, "google_compute_instance_group_manager")).toMatchObject({
      target_size: 1,
      stateful_disk: [{ device_name: "data", delete_rule: "NEVER" }],
      update_policy: { replacement_method: "RECREATE", max_surge_fixed: 0, max_unavailable_fixed: 1 },
    });
    expect(only(stack, "google_compute_disk_resource_policy_attachment")).toMatchObject({
      disk: "${google_compute_disk.foundation_file_server_data_disk.name}",
    });
  });

  test("the file server has no external address and starts once it can reach the internet and its password", () => {
    expect(JSON.stringify(stack.resource["google_compute_instance_template"])).not.toMatch(/access_config|nat_ip/);
    expect([...needs(stack, GROUP)]).toEqual(
      expect.arrayContaining([
        "google_compute_router_nat.foundation_nat_gateway",
        "google_secret_manager_secret_iam_member.foundation_file_server_redis_password_reader",
      ]),
    );
  });

  test("a data disk that would shrink is refused, with the size that the last apply remembered", () => {
    const secrets = "data.google_secret_manager_secrets.foundation_file_server_remembered";
    const [precondition] = (only(stack, "google_compute_disk")["lifecycle"] as { precondition: unknown[] })
      .precondition;
    expect(precondition).toMatchObject({
      condition: expect.stringMatching(/^\$\{max\(0, .*\) <= 50\}$/) as string,
      error_message: expect.stringContaining("nfs_disk_size_gb is 50. A disk cannot shrink") as string,
    });
    expect(JSON.stringify(precondition)).toContain(secrets);
    expect(block(stack, "google_secret_manager_secret.foundation_file_server_redis_password_secret")).toMatchObject({
      labels: { "data-disk-gb": "50" },
    });
    // Remembered once the disk has it.
    expect(needs(stack, "google_secret_manager_secret.foundation_file_server_redis_password_secret")).toContain(
      "google_compute_disk.foundation_file_server_data_disk",
    );
  });

  test("the VM gets its scripts as they are", () => {
    // As Terraform's strings write what is not an expression.
    const file = (name: string) =>
      readFileSync(join(__dirname, "../../scripts/file-server", name), "utf8").replaceAll("${", () => "$${");
    expect(only(stack, "google_compute_instance_template")["metadata"]).toMatchObject({
      "startup-script": file("startup.sh"),
      "redis-conf": file("redis.conf"),
      "redis-servers": file("redis_servers.py"),
      "redis-servers-secret":
        "${google_secret_manager_secret.foundation_file_server_redis_servers_list_secret.id}/versions/latest",
      "health-check": file("health.py"),
      "share-path": "/export/share",
      "data-disk": "/dev/disk/by-id/google-data",
      "allowed-cidrs": "10.0.0.0/20",
      "serial-port-logging-enable": "TRUE",
      "redis-password-secret":
        "${google_secret_manager_secret_version.foundation_file_server_redis_password_version.name}",
    });
  });

  test("the Redis password is generated and only ever goes into a write-only argument", () => {
    const version = block(stack, "google_secret_manager_secret_version.foundation_file_server_redis_password_version");
    expect(version["secret_data_wo"]).toBe(
      "${ephemeral.random_password.foundation_file_server_redis_password_value.result}",
    );
    expect(version).not.toHaveProperty("secret_data");
    expect(JSON.stringify(stack).match(/ephemeral\.random_password/g)).toHaveLength(1);
  });

  test("images are cleaned up, and the nodes may pull them", () => {
    expect(only(stack, "google_artifact_registry_repository")).toMatchObject({
      mode: "REMOTE_REPOSITORY",
      cleanup_policy_dry_run: false,
      cleanup_policies: [
        { id: "keep-newest", action: "KEEP", most_recent_versions: { keep_count: 5 } },
        { id: "delete-old", action: "DELETE", condition: { tag_state: "ANY", older_than: "2592000s" } },
        { id: "delete-untagged", action: "DELETE", condition: { tag_state: "UNTAGGED" } },
      ],
    });
    expect(only(stack, "google_artifact_registry_repository_iam_member")).toMatchObject({
      role: "roles/artifactregistry.reader",
      member: "serviceAccount:${google_service_account.foundation_cluster_node_service_account.email}",
    });
  });
});
