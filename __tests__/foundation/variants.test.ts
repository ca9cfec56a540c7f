import type { SharedServices } from "../../modules/app-gke/google/shared-services";
import { only, SERVICES, synthesize } from "./stack";

describe("settings", () => {
  test("without deletion protection everything can be destroyed", () => {
    const stack = synthesize(SERVICES, false);
    expect(only(stack, "google_container_cluster")).toMatchObject({ deletion_protection: false });
    expect(only(stack, "google_sql_database_instance")).toMatchObject({
      deletion_protection: false,
      settings: { deletion_protection_enabled: false },
    });
    expect(only(stack, "google_compute_disk")).toMatchObject({ lifecycle: { prevent_destroy: false } });
  });

  test("the control plane can be closed to all but named ranges", () => {
    const stack = synthesize({
      ...SERVICES,
      cluster: { ...SERVICES.cluster, masterAuthorizedCidrs: ["192.0.2.0/24"] },
    });
    expect(only(stack, "google_container_cluster")).toMatchObject({
      master_authorized_networks_config: {
        gcp_public_cidrs_access_enabled: false,
        cidr_blocks: [{ cidr_block: "192.0.2.0/24" }],
      },
    });
  });

  test("MySQL has its own name for point-in-time recovery", () => {
    const stack = synthesize({ ...SERVICES, sql: { ...SERVICES.sql, databaseVersion: "MYSQL_8_0" } });
    const settings = only(stack, "google_sql_database_instance")["settings"];
    expect(settings).toMatchObject({ backup_configuration: { binary_log_enabled: true } });
    expect(settings).not.toHaveProperty("backup_configuration.point_in_time_recovery_enabled");
  });

  test("a file server without the name of its password is a mistake", () => {
    const fileServer = { ...SERVICES.fileServer, redisPasswordSecret: undefined };
    expect(() => synthesize({ ...SERVICES, fileServer })).toThrow("redisPasswordSecret");
  });
});

describe("named services are found, not created", () => {
  const created = (services: SharedServices) =>
    Object.keys(synthesize(services).resource).filter((type) => type !== "google_project_service");
  const named = <T extends object>(service: T) => ({ ...service, create: false });
  const none: SharedServices = {
    network: { ...SERVICES.network, create: false, createPrivateServicesAccess: false },
    cluster: named(SERVICES.cluster),
    sql: named(SERVICES.sql),
    fileServer: named(SERVICES.fileServer),
  };

  test("nothing is created when everything is named", () => {
    expect(created(none)).toEqual([]);
  });

  test("the SQL instance alone, in a network with private services access", () => {
    expect(created({ ...none, sql: SERVICES.sql })).toEqual(["google_sql_database_instance"]);
  });

  test("a cluster in an existing network gets a subnetwork and NAT of its own, and leaves the network alone", () => {
    const types = created({ ...none, cluster: SERVICES.cluster });
    expect(types).toEqual(
      expect.arrayContaining(["google_compute_subnetwork", "google_compute_router_nat", "google_container_cluster"]),
    );
    expect(types).not.toContain("google_compute_network");
    expect(types).not.toContain("google_service_networking_connection");
  });

  test("a file server for an existing cluster lets in that cluster's ranges", () => {
    const stack = synthesize({ ...none, fileServer: SERVICES.fileServer });
    const clients = stack.resource["google_compute_firewall"]?.["foundation_file_server_firewall_clients"];
    expect(clients?.["source_ranges"]).toEqual([
      "${data.google_compute_subnetwork.foundation_existing_cluster_subnetwork.ip_cidr_range}",
      "${data.google_container_cluster.foundation_existing_cluster_cluster.ip_allocation_policy[0].cluster_ipv4_cidr_block}",
    ]);
  });

  test("the nodes of an existing cluster may pull the mirrored images", () => {
    const stack = synthesize({ ...none, registry: SERVICES.registry });
    expect(only(stack, "google_artifact_registry_repository_iam_member")["member"]).toContain(
      "data.google_container_cluster.foundation_existing_cluster_cluster",
    );
  });
});
